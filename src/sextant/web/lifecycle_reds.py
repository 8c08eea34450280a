"""What we did about the red ones: each KPI that was off target, with days, people, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.words import Words, stretch_words
from sextant.kpis import sentences
from sextant.kpis.queries.standing import Standing, standings
from sextant.lifecycle.queries.deeds import PROMOTION_OUTCOMES, Deed
from sextant.lifecycle.queries.reds import Red, reds
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.web.alerts import team_of
from sextant.web.context import day_asked_for
from sextant.web.kpi_words import locale, said
from sextant.web.lifecycle_words import day_of
from sextant.web.requests import PageRequest

BACKS: Mapping[str, tuple[int, Words]] = {
    "30": (30, gettext_lazy("30 days")), "90": (91, gettext_lazy("a quarter")),
    "180": (182, gettext_lazy("half a year")), "365": (365, gettext_lazy("a year")),
}  # fmt: skip
USUAL_BACK = "90"
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done."""

    day: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One KPI that was off target."""

    key: str
    name: str
    url: str
    team: str
    since: str
    is_red: bool
    status: str
    value: str
    against: str
    done: Sequence[Done]
    who: str
    outcome: str
    lesson: str
    promote_url: str


@dataclass(frozen=True, slots=True)
class Page:
    """The page as it is shown."""

    answer: str
    rows: Sequence[Row]
    back: str
    backs: Sequence[tuple[str, str]]


@require_safe
def page(request: PageRequest) -> HttpResponse:
    """`?team=`, `back` (30, 90, 180 or 365 days), `page`, `as_of`. The answer counts all of them."""
    actor, point = request.actor, standpoint(day_asked_for(request))
    back = request.GET.get("back", USUAL_BACK)
    back = back if back in BACKS else USUAL_BACK
    since: date = point.now.date() - timedelta(days=BACKS[back][0])
    found = reds(actor, point, since=since, team=team_of(request))
    page_obj = Paginator(found.rows, PER_PAGE).get_page(request.GET.get("page"))
    stand = {each.kpi.pk: each for each in standings([one.kpi for one in page_obj], point)}
    rows = [_row(actor, one, stand[one.kpi.pk], point) for one in page_obj]
    shown = Page(found.answer, rows, back, [(key, str(words)) for key, (_days, words) in BACKS.items()])
    context: dict[str, Any] = {"page": shown, "page_obj": page_obj, "is_past": point.as_of is not None}
    return render(request, "lifecycle/reds.html", context)


def _row(actor: Actor, one: Red, standing: Standing, point: Standpoint) -> Row:
    kpi = one.kpi
    day = f"?as_of={point.as_of}" if point.as_of else ""
    since = _("since %(day)s") % {"day": day_of(one.since)}
    if one.until is not None:
        since = stretch_words(day_of(one.since), day_of(one.until))
    may = one.outcome in ("nothing", "late") and one.is_red_now and point.as_of is None
    may_promote = may and access.can("kpi", actor, "change", kpi)
    return Row(
        key=kpi.key,
        name=kpi.metric.name,
        url=f"{reverse('kpi', args=[kpi.key])}{day}#life",
        team=kpi.metric.team.name,
        since=since,
        is_red=one.is_red_now,
        status=standing.status,
        value=said(standing.value, kpi.metric, short=True),
        against=sentences.against_target(standing, locale()),
        done=[_done(deed) for deed in one.deeds],
        who=", ".join(dict.fromkeys(deed.who for deed in one.deeds if deed.who)) or _owner(one),
        outcome=one.label,
        lesson=next((deed.lesson for deed in reversed(one.deeds) if deed.lesson), ""),
        promote_url=reverse("kpi_promote", args=[kpi.key]) if may_promote else "",
    )


def _owner(one: Red) -> str:
    return one.owner.name if one.owner is not None else _("nobody owns it")


def _done(deed: Deed) -> Done:
    words = f"{deed.label}: {deed.text}" if deed.text else deed.label
    if deed.due_on is not None:
        words = _("%(what)s (until %(day)s)") % {"what": words, "day": day_of(deed.due_on)}
    if deed.kind == "promotion":
        words = f"{words}: {PROMOTION_OUTCOMES.get(deed.outcome, deed.outcome)}"
    return Done(day_of(deed.on), words)


urlpatterns = [path("lifecycle/reds", page, name="lifecycle_reds")]
