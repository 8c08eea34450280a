"""Candidates for a cycle: put forward, scored, taken up or left, and what they are scored by."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.calc.number_display import MINUS
from sextant.core.access import can, find, visible
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.models import Kpi
from sextant.okrs.commands import planning as commands
from sextant.okrs.models import Candidate, Objective
from sextant.people import queries as people
from sextant.people.models import Team
from sextant.strategy import queries as strategy
from sextant.strategy.models import Cycle
from sextant.web.planning import CandidateForm, plan_page, seen_of
from sextant.web.requests import PageRequest, carry_out, say, status_of, whole
from sextant.web.terms import terms


class ChoiceForm(forms.Form):
    choice = forms.ChoiceField(
        label=gettext_lazy("Choice"),
        choices=[("taken", gettext_lazy("Take it up")), ("left", gettext_lazy("Leave it"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why?"), widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It stays on record, and whoever asks next time can read it."),
    )  # fmt: skip


@require_safe
def candidate_new(request: PageRequest) -> HttpResponse:
    """To the form on the planning page of the next cycle that is not closed, with `?kpi=` filled in."""
    open_ones = strategy.cycles(request.actor).filter(closed_at=None, ends_on__gte=people.today())
    coming = open_ones.filter(starts_on__gt=people.today()).order_by("starts_on", "ends_on").first()
    cycle = coming or open_ones.order_by("ends_on").first()
    if cycle is None:
        return redirect("cycles")
    query = urlencode({"kpi": request.GET.get("kpi", "")})
    return redirect(f"{reverse('cycle_plan', args=[cycle.key])}?{query}#add")


@require_POST
def candidates(request: PageRequest, key: str) -> HttpResponse:
    """Put a candidate forward."""
    actor = request.actor
    cycle: Cycle = find("cycle", actor, key)
    form = CandidateForm(request.POST, actor=actor)
    if form.is_valid():
        asked = form.cleaned_data
        team: Team = find("team", actor, asked["team"])
        kpi: Kpi | None = find("kpi", actor, asked["kpi"]) if asked["kpi"] else None
        made = carry_out(
            form,
            lambda: commands.add_candidate(
                actor, cycle, team=team, title=asked["title"], why=asked["why"], kpi=kpi
            ),
        )  # fmt: skip
        if made is not None:
            say(request, _("“%(title)s” is on the list.") % {"title": made.title})
            return redirect(f"{reverse('cycle_plan', args=[key])}#candidate-{made.pk}")
    return plan_page(request, cycle, form)


@require_POST
def criteria(request: PageRequest, key: str) -> HttpResponse:
    """What candidates are scored by: `name` and `weight` in turn; an empty name takes a criterion away."""
    cycle: Cycle = find("cycle", request.actor, key)
    pairs = zip(request.POST.getlist("name"), request.POST.getlist("weight"), strict=False)
    try:
        wanted = [(name, number(weight) or 0.0) for name, weight in pairs if name.strip()]
        commands.set_criteria(request.actor, cycle, wanted)
    except Refused as refusal:
        if refusal.status != 422:
            raise
        return plan_page(request, cycle, problems=[one.message for one in refusal.problems])
    say(request, _("Candidates are scored by this from now on."))
    return redirect("cycle_plan", key)


@require_POST
def scores(request: PageRequest, key: str) -> HttpResponse:
    """The scores of the table: `score:<candidate>:<criterion>`, and `version:<candidate>` as it was seen."""
    actor = request.actor
    cycle: Cycle = find("cycle", actor, key)
    known = {one.pk: one for one in visible("candidate", actor).filter(cycle=cycle, archived_at=None)}
    try:
        changed = _changed_scores(request.POST, known)
        with writing():
            for candidate, given in changed:
                version = whole(request.POST.get(f"version:{candidate.pk}", ""))
                commands.score_candidate(actor, candidate, given, version=version)
    except Refused as refusal:
        if refusal.status != 422:
            raise
        return plan_page(request, cycle, problems=[one.message for one in refusal.problems])
    if changed:
        say(request, _("The scores are saved."))
    return redirect(f"{reverse('cycle_plan', args=[key])}{_team_query(request)}")


def _changed_scores(posted: QueryDict, known: dict[int, Candidate]) -> list[tuple[Candidate, dict[int, float | None]]]:
    """By candidate the scores that differ from what is kept, so that a table saved as it was changes nothing."""
    found: dict[int, dict[int, float | None]] = {}
    for name, text in posted.items():
        parts = name.split(":")
        if len(parts) != 3 or parts[0] != "score":
            continue
        candidate_id, criterion_id = whole(parts[1]), whole(parts[2])
        candidate = known.get(candidate_id or 0)
        if candidate is None or criterion_id is None:
            continue
        score = number(str(text))
        if score != candidate.scores.get(str(criterion_id)):
            found.setdefault(candidate.pk, {})[criterion_id] = score
    return [(known[pk], given) for pk, given in found.items()]


def number(text: str) -> float | None:
    """A number as people type it, None for an empty field. Raises Refused for anything else."""
    plain = text.strip().replace(",", ".").replace(MINUS, "-")
    if not plain:
        return None
    try:
        return float(plain)
    except ValueError:
        raise refuse("not-a-number", _("“%(text)s” is not a number.") % {"text": text.strip()[:20]}) from None


def _team_query(request: PageRequest) -> str:
    team = request.POST.get("team", "")
    return f"?team={team}" if people.team_tree().find(team) is not None else ""


def _candidate(actor: Actor, candidate_id: int) -> Candidate:
    found = visible("candidate", actor).filter(pk=candidate_id).first() if candidate_id < 2**63 else None
    if found is None:
        raise Hidden("candidate", str(candidate_id)[:20])
    candidate: Candidate = found
    return candidate


@require_http_methods(["GET", "POST"])
def candidate_choice(request: PageRequest, candidate_id: int) -> HttpResponse:
    """Take it up or leave it, with the reason; or open the choice again."""
    actor = request.actor
    candidate = _candidate(actor, candidate_id)
    may_change = can("candidate", actor, "change", candidate)
    back = f"{reverse('cycle_plan', args=[candidate.cycle.key])}#candidate-{candidate.pk}"
    form = ChoiceForm(request.POST or None, initial={"choice": request.GET.get("choice", "taken")})
    if request.method == "POST" and "again" in request.POST:
        commands.undecide_candidate(actor, candidate)
        say(request, _("The choice is open again."))
        return redirect(back)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        done = carry_out(
            form, lambda: commands.decide_candidate(actor, candidate, asked["choice"], reason=asked["reason"])
        )
        if done is not None:
            taken = _("“%(title)s” is drafted in %(cycle)s. Complete it, then propose it.")
            text = taken if done.choice == "taken" else _("“%(title)s” is left, with the reason on record.")
            say(request, text % {"title": done.title, "cycle": done.cycle.name})
            return redirect(back)
    context = {
        "candidate": candidate, "form": form, "may_change": may_change, "words": terms(), "back": back,
        "objective": _visible_objective(actor, candidate),
        "kpi": candidate.kpi if seen_of("kpi", actor, [candidate.kpi_id]) else None,
    }  # fmt: skip
    return render(request, "planning/choice.html", context, status=status_of(form))


def _visible_objective(actor: Actor, candidate: Candidate) -> Objective | None:
    return candidate.objective if seen_of("objective", actor, [candidate.objective_id]) else None


@require_POST
def candidate_archive(request: PageRequest, candidate_id: int) -> HttpResponse:
    candidate = _candidate(request.actor, candidate_id)
    commands.archive_candidate(request.actor, candidate)
    undo = reverse("candidate_restore", args=[candidate_id])
    say(request, _("“%(title)s” is off the list.") % {"title": candidate.title}, undo=undo)
    return redirect("cycle_plan", candidate.cycle.key)


@require_POST
def candidate_restore(request: PageRequest, candidate_id: int) -> HttpResponse:
    candidate = _candidate(request.actor, candidate_id)
    commands.restore_candidate(request.actor, candidate)
    say(request, _("“%(title)s” is back on the list.") % {"title": candidate.title})
    return redirect(f"{reverse('cycle_plan', args=[candidate.cycle.key])}#candidate-{candidate.pk}")


urlpatterns = [
    path("candidates/new", candidate_new, name="candidate_new"),
    path("cycles/<str:key>/candidates", candidates, name="cycle_candidates"),
    path("cycles/<str:key>/criteria", criteria, name="cycle_criteria"),
    path("cycles/<str:key>/scores", scores, name="cycle_scores"),
    path("candidates/<int:candidate_id>/choice", candidate_choice, name="candidate_choice"),
    path("candidates/<int:candidate_id>/archive", candidate_archive, name="candidate_archive"),
    path("candidates/<int:candidate_id>/restore", candidate_restore, name="candidate_restore"),
]
