"""A replay: what a deviation rule would have raised in the last year with another alarm budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.alerts.models import Alert
from sextant.alerts.queries.rules import InForce
from sextant.alerts.sentences import Teller, surprise_words
from sextant.calc.findings import Finding
from sextant.calc.periods import hour_of
from sextant.core.access import visible
from sextant.kpis.models import Kpi
from sextant.metrics.queries.findings import findings
from sextant.metrics.queries.series import Series, series_many
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.people.queries import team_tree
from sextant.web.alert_rows import locale
from sextant.web.alert_rule_forms import AS_FITS, BUDGETS
from sextant.web.alert_rule_places import Place
from sextant.web.alert_rule_words import budget_words
from sextant.web.requests import PageRequest

MOST_KPIS = 60  # a replay judges every value of the year; a sample tells as much
MOST_SHOWN = 30
HOURS_OF_A_YEAR = 8766
GOOD_SIDE = {"up": "above", "down": "below"}


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that would have been raised."""

    name: str
    url: str
    sentence: str
    surprise: str


@dataclass(frozen=True, slots=True)
class Result:
    """What one budget would have raised: the newest first."""

    words: str
    raised: list[Raised]
    count: int
    kpis: int


@dataclass(frozen=True, slots=True)
class Replay:
    """The choices of the form; with results once a budget was chosen: that one, and the one in force."""

    choices: list[tuple[str, str, bool]]
    tried: Result | None
    now: Result | None
    looked_at: int
    left_out: int


def asked_for(request: PageRequest, place: Place, held: InForce) -> Replay | None:
    """With `?replay=0.5` the replay; without it its form. None for a rule without a budget, or a key result."""
    if "budget" not in held.rule.settable or place.key_result is not None:
        return None
    asked = request.GET.get("replay")
    figures = [*BUDGETS]
    chosen = next((one for one in figures if repr(one) == asked), None)
    choices = [(AS_FITS, _("as fits how often it is measured"), asked == AS_FITS)]
    choices += [(repr(one), budget_words(one), one == chosen) for one in figures]
    if asked is None or (chosen is None and asked != AS_FITS):
        return Replay(choices, None, None, 0, 0)
    kpis = _kpis(place)
    point, shown = standpoint(), kpis[:MOST_KPIS]
    series = series_many([one.metric for one in shown], point)
    tried = _result(shown, series, point, held, chosen)
    now = _result(shown, series, point, held, held.settings.budget)
    return Replay(choices, tried, now, len(shown), len(kpis) - len(shown))


def _kpis(place: Place) -> list[Kpi]:
    """The active KPIs the rule holds for here, as far as the person may see them."""
    if place.kpi is not None:
        return [place.kpi]
    found = visible("kpi", place.actor).filter(state="active", archived_at=None, metric__archived_at=None)
    if place.team is not None:
        found = found.filter(metric__team_id__in=team_tree().with_descendants(place.team.pk))
    return list(found.order_by("key"))


def _result(
    kpis: Sequence[Kpi], series: dict[int, Series], point: Standpoint, held: InForce, budget: float | None
) -> Result:  # fmt: skip
    budgets = {one.metric_id: budget for one in kpis} if budget is not None else {}
    found = findings([one.metric for one in kpis], point, budgets=budgets, series=series)
    teller, since = Teller(locale(), point.calendar), hour_of(point.now) - HOURS_OF_A_YEAR
    raised: list[tuple[int, Raised]] = []
    for kpi in kpis:
        starts = series[kpi.metric_id].starts
        raised += [
            (int(starts[one.found]), _raised(kpi, one, series[kpi.metric_id], teller))
            for one in found[kpi.metric_id].findings
            if int(starts[one.found]) >= since and _is_heard(one, kpi, held)
        ]
    raised.sort(key=lambda pair: -pair[0])
    names = {one.url for _start, one in raised}
    return Result(budget_words(budget), [one for _start, one in raised[:MOST_SHOWN]], len(raised), len(names))


def _is_heard(one: Finding, kpi: Kpi, held: InForce) -> bool:
    if one.kind != held.rule.key:
        return False
    return held.settings.side != "adverse" or GOOD_SIDE.get(kpi.metric.direction) != one.side


def _raised(kpi: Kpi, one: Finding, series: Series, teller: Teller) -> Raised:
    evidence = {
        "since": int(series.starts[one.first]), "start": int(series.starts[one.found]),
        "found": int(series.starts[one.found]), "side": one.side,
        "expected": one.expected, "actual": one.actual, "gap": one.gap, "relative": one.relative,
        "surprise": one.surprise,
    }  # fmt: skip
    said = teller.sentence(Alert(rule=one.kind, kpi=kpi, evidence=evidence))
    return Raised(kpi.metric.name, reverse("kpi", args=[kpi.key]), said, surprise_words(one.surprise))
