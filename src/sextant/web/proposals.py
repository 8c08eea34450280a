"""Proposing a change of a KPI: the list, the form with its preview, and the page where those concerned answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.calc.periods import Frequency, label, period_at, shift
from sextant.core.access import require, visible
from sextant.core.errors import Hidden
from sextant.kpis.commands import applying, proposals, signing
from sextant.kpis.models import ChangeProposal
from sextant.kpis.proposal_sentences import STATES
from sextant.kpis.queries.proposals import preview, proposals_of
from sextant.metrics.queries.standpoint import standpoint
from sextant.web.form_fields import known_metrics
from sextant.web.kpi_subject import Subject, kpi_asked_for
from sextant.web.kpi_words import hour_words
from sextant.web.proposal_forms import ProposalForm, ReasonForm, initial_of
from sextant.web.proposal_view import PreviewView, preview_view, proposal_view
from sextant.web.requests import PageRequest, carry_out, say, status_of


@require_safe
def listing(request: PageRequest, key: str) -> HttpResponse:
    """The proposals of a KPI, the newest first."""
    subject = kpi_asked_for(request, key)
    rows = [
        (one, STATES[one.state], hour_words(one.valid_from) if one.valid_from is not None else "")
        for one in proposals_of(request.actor, subject.kpi)
    ]
    return render(request, "proposals/proposals.html", subject.frame("definition") | {"rows": rows})


@require_http_methods(["GET", "POST"])
def new(request: PageRequest, key: str) -> HttpResponseBase:
    """Write a proposal, look at what it would do, keep it as a draft or announce it."""
    subject = kpi_asked_for(request, key)
    subject.require("change")
    return _edited(request, subject, None)


@require_http_methods(["GET", "POST"])
def edit(request: PageRequest, number: int) -> HttpResponseBase:
    """Write a draft anew; what was announced stands as it was told."""
    proposal = found(request, number)
    require("proposal", request.actor, "change", proposal)
    if proposal.state != "draft":
        return redirect("proposal", number)
    return _edited(request, Subject(request.actor, proposal.kpi, True, None), proposal)


def _edited(request: PageRequest, subject: Subject, proposal: ChangeProposal | None) -> HttpResponseBase:
    actor = request.actor
    target = subject.standing.target
    initial = initial_of(subject.kpi, actor, proposal, _next_period(subject), target)
    form = ProposalForm(request.POST or None, actor=actor, kpi=subject.kpi, target=target, initial=initial)
    seen: PreviewView | None = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "look":
            seen = carry_out(form, lambda: _looked_at(subject, form))
        else:
            done = carry_out(form, lambda: _kept(request, subject, form, proposal))
            if done is not None:
                return redirect("proposal", done.pk)
    context = subject.frame("definition") | {
        "form": form, "proposal": proposal, "preview": seen, "known_metrics": known_metrics(actor),
    }  # fmt: skip
    return render(request, "proposals/edit.html", context, status=status_of(form))


def _looked_at(subject: Subject, form: ProposalForm) -> PreviewView:
    changes = proposals.checked_changes(subject.actor, subject.kpi, form.changes())
    return preview_view(preview(subject.kpi, changes, form.valid_from(), standpoint()))


def _kept(
    request: PageRequest, subject: Subject, form: ProposalForm, proposal: ChangeProposal | None
) -> ChangeProposal:
    if proposal is None:
        proposal = proposals.draft_proposal(request.actor, subject.kpi, **form.given())
    else:
        version = form.cleaned_data["version"] or 0
        proposal = proposals.change_proposal(request.actor, proposal, version=version, **form.given())
    if request.POST.get("do") == "announce":
        proposals.announce_proposal(request.actor, proposal)
        say(request, _("It is announced. Those who answer for what it concerns are told."))
    else:
        say(request, _("The draft is kept. Nobody has been told."))
    return proposal


@require_safe
def page(request: PageRequest, number: int) -> HttpResponse:
    return _shown(request, found(request, number))


def _shown(request: PageRequest, proposal: ChangeProposal, form: ReasonForm | None = None) -> HttpResponse:
    subject = Subject(request.actor, proposal.kpi, True, None)
    context = subject.frame("definition") | {
        "view": proposal_view(request.actor, proposal), "proposal": proposal, "form": form or ReasonForm(),
        "asked_for": request.resolver_match.url_name if form is not None and request.resolver_match else "",
    }  # fmt: skip
    return render(request, "proposals/proposal.html", context, status=422 if form is not None else 200)


@require_POST
def announcement(request: PageRequest, number: int) -> HttpResponse:
    proposals.announce_proposal(request.actor, found(request, number))
    say(request, _("It is announced. Those who answer for what it concerns are told."))
    return redirect("proposal", number)


@require_POST
def sign_off(request: PageRequest, number: int) -> HttpResponse:
    """Say that nothing speaks against it."""
    signing.sign_proposal(request.actor, found(request, number))
    say(request, _("Thank you. You agree to it."))
    return redirect("proposal", number)


@require_POST
def objection_withdrawal(request: PageRequest, number: int) -> HttpResponse:
    signing.withdraw_objection(request.actor, found(request, number))
    say(request, _("Your objection is withdrawn. The proposal goes on."))
    return redirect("proposal", number)


@require_POST
def objection(request: PageRequest, number: int) -> HttpResponse:
    """Stop it, with the reason."""
    return _with_reason(
        request, number, signing.object_to_proposal,
        _("Your objection stops the proposal. Withdraw it when it is settled."),
        undo=reverse("proposal_objection_withdrawal", args=[number]),
    )  # fmt: skip


@require_POST
def overruling(request: PageRequest, number: int) -> HttpResponse:
    """An administrator lets it go on against the objection."""
    return _with_reason(
        request, number, signing.overrule_objections,
        _("The objection is overruled; your reason stays on record."),
    )  # fmt: skip


@require_POST
def withdrawal(request: PageRequest, number: int) -> HttpResponse:
    return _with_reason(
        request, number, proposals.withdraw_proposal, _("The proposal is withdrawn. Nothing was changed.")
    )  # fmt: skip


@require_POST
def standing_for(request: PageRequest, number: int) -> HttpResponse:
    """Put it into force in the place of an author who may not any more."""
    done = applying.stand_for_proposal(request.actor, found(request, number))
    if done.state == "in_force":
        say(request, _("It is in force. Within seven days it can be taken back."))
    return redirect("proposal", number)


@require_POST
def taking_back(request: PageRequest, number: int) -> HttpResponse:
    """Within a week: everything as it was before."""
    return _with_reason(
        request, number, applying.take_back_proposal, _("It is taken back: everything stands as before.")
    )  # fmt: skip


def _with_reason(
    request: PageRequest, number: int, command: Callable[..., object], words: str, *, undo: str = ""
) -> HttpResponse:
    """Carry out a command that asks why; the page again, with what was wrong, when it is refused."""
    proposal = found(request, number)
    form = ReasonForm(request.POST)
    if form.is_valid() and carry_out(form, lambda: command(request.actor, proposal, **form.cleaned_data)) is not None:
        say(request, words, undo=undo)
        return redirect("proposal", number)
    return _shown(request, found(request, number), form)


def found(request: PageRequest, number: int) -> ChangeProposal:
    """The proposal with this number; 404 where there is none or it may not be seen."""
    proposal: ChangeProposal | None = visible("proposal", request.actor).filter(pk=number).first()
    if proposal is None:
        raise Hidden("proposal", str(number))
    return proposal


def _next_period(subject: Subject) -> str:
    """The period after the running one: the first nobody has begun to rely on."""
    frequency, calendar = Frequency(subject.metric.frequency), subject.standing.series.calendar
    running = period_at(subject.point.hour(frequency), frequency, calendar)
    return label(shift(running, 1, calendar), calendar)


urlpatterns = [
    path("kpis/<str:key>/proposals", listing, name="kpi_proposals"),
    path("kpis/<str:key>/proposals/new", new, name="proposal_new"),
    path("proposals/<int:number>", page, name="proposal"),
    path("proposals/<int:number>/edit", edit, name="proposal_edit"),
    path("proposals/<int:number>/announcement", announcement, name="proposal_announcement"),
    path("proposals/<int:number>/sign-off", sign_off, name="proposal_sign_off"),
    path("proposals/<int:number>/objection", objection, name="proposal_objection"),
    path("proposals/<int:number>/objection/withdrawal", objection_withdrawal, name="proposal_objection_withdrawal"),
    path("proposals/<int:number>/overruling", overruling, name="proposal_overruling"),
    path("proposals/<int:number>/withdrawal", withdrawal, name="proposal_withdrawal"),
    path("proposals/<int:number>/standing-for", standing_for, name="proposal_standing_for"),
    path("proposals/<int:number>/taking-back", taking_back, name="proposal_taking_back"),
]
