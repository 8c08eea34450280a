"""What a promotion would begin with: its target, the past against it, and what is doubtful about its exit rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date
from statistics import median
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sextant.alerts.insight_sentences import span_words
from sextant.calc import promotion as calc
from sextant.calc.numbers import format_value
from sextant.calc.periods import Frequency, hour_of, period_at
from sextant.calc.promotion_advice import HINTS, countable_periods
from sextant.calc.status import STALE, kpi_status
from sextant.calc.targets import TargetValues
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import Standing
from sextant.lifecycle.days import hour_after, hour_now
from sextant.lifecycle.looking import VERDICTS
from sextant.metrics.models import Measurement
from sextant.people import queries as people

JUDGED = 24  # so many past periods say whether a target was ever met
ARRIVALS = 6


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason why the promotion may not come back as its rule says. A hint does not ask for a second word."""

    key: str
    message: str
    is_hint: bool


def standard_of(standing: Standing) -> TargetValues | None:
    """What the KPI is to reach: the target of the running period, else of the judged one. None where nothing says."""
    metric, series = standing.metric, standing.series
    frequency = Frequency(metric.frequency)
    running = period_at(hour_now(metric.frequency), frequency, series.calendar)
    for found in (standing.target_of(running), standing.target):
        if found is not None and found.judges(metric.direction):
            return found
    return None


def aimed(standard: TargetValues | None, direction: str, own: float | None) -> TargetValues | None:
    """The standard, or with a target of its own (never for a band) that one."""
    if own is None or direction == "within":
        return standard
    return replace(standard or TargetValues(), target=own, red_flag=None)


def aim_words(kpi: Kpi, aim: TargetValues, locale: str = "en") -> str:
    """ "99 %", or "4 to 8 %"."""
    metric = kpi.metric

    def figure(value: float) -> str:
        return format_value(value, metric.unit, metric.precision, locale=locale)

    if metric.direction != "within":
        return figure(aim.target) if aim.target is not None else "–"
    if aim.low is not None and aim.high is not None:
        return _("%(low)s to %(high)s") % {"low": figure(aim.low), "high": figure(aim.high)}
    if aim.low is not None:
        return _("at least %(low)s") % {"low": figure(aim.low)}
    return _("at most %(high)s") % {"high": figure(aim.high)} if aim.high is not None else "–"


def entry_of(
    standing: Standing, aim: TargetValues | None, ends_on: date, *, revert_after: int = 3, has_guard: bool = False
) -> calc.Entry:
    """What the doubts about it are worked out from."""
    metric, series = standing.metric, standing.series
    least, most = standing.bounds
    return calc.Entry(
        now=hour_now(metric.frequency), ends=hour_after(ends_on, metric.frequency), frequency=series.frequency,
        target=aim, direction=metric.direction, revert_after=revert_after, verdicts=_verdicts(standing, aim),
        calendar=series.calendar, span=series.span, arrives_after=_arrives_after(standing), least=least, most=most,
        is_stale=standing.freshness == STALE, has_guard=has_guard,
    )  # fmt: skip


def doubts_of(kpi: Kpi, entry: calc.Entry) -> tuple[Doubt, ...]:
    """The warnings, then the hints, in words."""
    return tuple(Doubt(key, words, key in HINTS) for key, words in _in_words(kpi, entry).items())


def _in_words(kpi: Kpi, entry: calc.Entry) -> Mapping[str, str]:
    found = calc.doubts(entry)
    if not found:
        return {}
    frequency = kpi.metric.frequency
    words = {
        "needed": span_words(frequency, entry.revert_after), "count": span_words(frequency, countable_periods(entry)),
        "aim": aim_words(kpi, entry.target) if entry.target is not None else "–",
    }  # fmt: skip
    sentences = {
        "no-target": _("It has no target, so nothing says when it is restored."),
        "beyond-bounds": _("No value it can have meets %(aim)s, so it can never come back."),
        "too-few-periods": _("It comes back after %(needed)s in a row, but only %(count)s end before its last day."),
        "stale": _("Its values have stopped coming, and silence brings nothing back."),
        "already-met": _("It has met %(aim)s for %(needed)s in a row already and would come back at once."),
        "never-met-before": _("It has not met %(aim)s in any period of the past that can be judged."),
        "guard-missing": _("Nothing guards against reaching it at the cost of something else."),
    }
    return {key: sentences[key] % words for key in found}


def _verdicts(standing: Standing, aim: TargetValues | None) -> tuple[str, ...]:
    series, found = standing.series, []
    for index in range(max(0, series.complete - JUDGED), series.complete):
        value = float(series.values[index])
        status = kpi_status(None if math.isnan(value) else value, aim, standing.metric.direction)
        found.append(VERDICTS.get(status, calc.NONE))
    return tuple(found)


def _arrives_after(standing: Standing) -> int:
    """Hours from the end of a period until its value usually comes: as the newest ones did, within the grace days."""
    metric = standing.metric
    if standing.series.is_calculated or not metric.grace_days:
        return 0
    zone = UTC if metric.frequency == Frequency.HOUR else ZoneInfo(people.organisation().time_zone)
    newest = Measurement.objects.filter(metric=metric, superseded_at=None).order_by("-start")
    delays = [
        hour_of(known_at.astimezone(zone).replace(tzinfo=None)) - end
        for end, known_at in newest.values_list("end", "known_at")[:ARRIVALS]
    ]
    return round(min(max(0.0, median(delays)), 24.0 * metric.grace_days)) if delays else 0
