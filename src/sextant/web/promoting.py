"""Promoting a KPI in one step: a page with everything filled in, from an alert, from the KPI, or from planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from sextant.alerts.insight_sentences import span_words
from sextant.alerts.models import Alert
from sextant.alerts.queries.inbox import alert
from sextant.core.access import find
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.kpis.models import Kpi
from sextant.lifecycle.commands.promoting import promote
from sextant.lifecycle.models import Promotion
from sextant.lifecycle.queries.drafts import Draft, draft_promotion
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.queries.lessons import Lesson
from sextant.web.context import refuse_past
from sextant.web.form_fields import known_metrics
from sextant.web.kpi_words import locale
from sextant.web.lifecycle_forms import PromoteForm
from sextant.web.lifecycle_words import day_of, undo_url
from sextant.web.requests import PageRequest, say, status_of, whole

DOUBTS = "accept_doubts"  # the field of problems that one may accept


@dataclass(frozen=True, slots=True)
class Before:
    """What was done about the KPI before."""

    title: str
    url: str
    when: str
    changed: str


@dataclass(frozen=True, slots=True)
class PromoteView:
    """The page as it is shown."""

    name: str
    url: str
    title: str
    until: str
    exit: str
    periods_words: str
    more_words: str
    doubts: Sequence[str]
    asks_twice: bool  # a doubt that is more than a hint: pressed as "Promote anyway"
    guards: Sequence[str]
    evidence_url: str
    past: Sequence[Before]
    lessons: Sequence[Lesson]
    alert_id: str
    draft_url: str


@require_http_methods(["GET", "POST"])
def promotion(request: PageRequest, key: str) -> HttpResponseBase:
    """`?alert=` names why, `?cycle=` the cycle that is being planned. POST promotes."""
    refuse_past(request)
    kpi: Kpi = find("kpi", request.actor, key, action="change")
    asked = request.POST.get("alert") or request.GET.get("alert") or ""
    because: Alert | None = alert(request.actor, asked, locale=locale()).alert if asked else None
    named = request.GET.get("cycle")
    cycle = find("cycle", request.actor, named) if named else None
    draft = draft_promotion(
        request.actor, kpi, alert=because, cycle=cycle, point=standpoint(), locale=locale()
    )  # fmt: skip
    if draft.problem is not None and draft.problem.field != "target":
        raise Refused(draft.problem)
    if request.method == "GET":
        form = PromoteForm(actor=request.actor, objectives=draft.objectives, initial=opened(draft))
        return _page(request, draft, form, because)
    form = PromoteForm(request.POST, actor=request.actor, objectives=draft.objectives)
    made, doubts = _promoted(request, draft, form, because) if form.is_valid() else (None, [])
    if made is None:
        return _page(request, draft, form, because, doubts)
    words = {"name": kpi.metric.name, "day": day_of(made.ends_on)}
    said = _("%(name)s is promoted until %(day)s. It comes back by itself once it is restored.") % words
    say(request, said, undo=undo_url(made.transitions.latest("pk")))
    return redirect(f"{reverse('kpi', args=[key])}#life-now")


def opened(draft: Draft) -> dict[str, Any]:
    """The values the form opens with."""
    return {
        "why": draft.why, "until": draft.cycle.key if draft.cycle else "",
        "ends_on": None if draft.cycle else draft.ends_on,
        "target": draft.aim.target if draft.aim is not None else None,
        "owner": draft.owner.key if draft.owner else "", "revert_after": draft.revert_after, "heeds_findings": True,
        "guard": draft.guard, "version": draft.version,
    }  # fmt: skip


def _promoted(
    request: PageRequest, draft: Draft, form: PromoteForm, because: Alert | None
) -> tuple[Promotion | None, list[str]]:  # fmt: skip
    """The promotion, or None with the doubts that ask for a second word; other refusals are errors of the form."""
    try:
        made = promote(
            request.actor, draft.kpi, **form.asked, alert=because, accept_doubts="anyway" in request.POST,
            version=whole(form.cleaned_data["version"]),
        )  # fmt: skip
    except (Stale, NotAllowed):
        raise
    except Refused as refusal:
        doubts = [one.message for one in refusal.problems if one.field == DOUBTS]
        for problem in refusal.problems:
            if problem.field != DOUBTS:
                form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        return None, doubts
    return made, []


def _page(
    request: PageRequest, draft: Draft, form: PromoteForm, because: Alert | None, doubts: Sequence[str] = ()
) -> HttpResponse:  # fmt: skip
    context = {"view": _view(draft, because, doubts), "form": form, "known_metrics": known_metrics(request.actor)}
    return render(request, "lifecycle/promote.html", context, status=422 if doubts else status_of(form))


def _view(draft: Draft, because: Alert | None, doubts: Sequence[str]) -> PromoteView:
    kpi = draft.kpi
    url = reverse("kpi", args=[kpi.key])
    span = span_words(kpi.metric.frequency, draft.revert_after)
    weeks = span_words(kpi.metric.frequency, 2).partition(" ")[2]
    when = {"cycle": draft.cycle.name if draft.cycle else "", "day": day_of(draft.ends_on)}
    objective = draft.objectives
    owner = draft.owner.name if draft.owner else _("nobody named")
    asked = {"kpi": kpi.key} | ({"alert": str(because.pk)} if because is not None else {})
    return PromoteView(
        name=kpi.metric.name,
        url=url,
        title=draft.key_result_title,
        until=_("In %(cycle)s, until %(day)s.") % when if draft.cycle else _("Until %(day)s.") % when,
        exit=_("It comes back by itself after %(span)s in a row on target.") % {"span": span},
        periods_words=_("%(weeks)s in a row on target") % {"weeks": weeks},
        more_words=", ".join(
            [draft.aim_words or _("no target"), owner,
             ngettext("%(n)s objective to join", "%(n)s objectives to join", len(objective)) % {"n": len(objective)}]
        ),
        doubts=[*doubts, *[one.message for one in draft.doubts if one.message not in doubts]],
        asks_twice=bool(doubts) or any(not one.is_hint for one in draft.doubts),
        guards=[one.name for one in draft.guards[:5]],
        evidence_url=reverse("alert", args=[because.pk]) if because is not None else f"{url}#chart-heading",
        past=[_before(one) for one in draft.past],
        lessons=draft.lessons,
        alert_id=str(because.pk) if because is not None else "",
        draft_url=f"{reverse('objective_new')}?{urlencode(asked)}",
    )  # fmt: skip


def _before(one: Promotion) -> Before:
    when = [day_of(one.started_at), str(one.get_outcome_display())]
    return Before(one.why, f"{reverse('kpi', args=[one.kpi.key])}#life", " · ".join(when), one.what_changed)


urlpatterns = [path("kpis/<str:key>/promote", promotion, name="kpi_promote")]
