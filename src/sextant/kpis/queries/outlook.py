"""What may come of a KPI: its forecast, and how likely its target is met at the end of the running cycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sextant.calc.period_grid import period_from_unit, unit_of
from sextant.calc.periods import Frequency, Period, containing, hour_of, period_of
from sextant.calc.why import Why
from sextant.core.actors import Actor
from sextant.forecasts.queries.chances import Ask, Chance, chances, explain_chance
from sextant.forecasts.queries.fans import Fan, fans
from sextant.kpis.queries.standing import Standing
from sextant.metrics.queries.standpoint import Standpoint
from sextant.strategy.models import Cycle
from sextant.strategy.queries import running_cycles


@dataclass(frozen=True, slots=True)
class Outlook:
    """`period` is the one looked at: the last of the running cycle (without a cycle, of the running quarter).

    `chance` is that of its target, or the reason why there is none.
    """

    period: Period
    cycle: Cycle | None
    ask: Ask
    chance: Chance

    @property
    def why(self) -> Why:
        return explain_chance(self.ask, self.chance)


def outlooks(actor: Actor, standings: Sequence[Standing]) -> list[Outlook]:
    """The outlook of each KPI, in their order; two statements however many there are."""
    if not standings:
        return []
    point = standings[0].point
    cycle = running_cycles(actor, point.now.date()).first()
    end = _end(cycle, point)
    found = []
    for place, each in enumerate(standings):
        period = _last_period(each, end)
        found.append((period, _ask(each, period, place)))
    known = chances([ask for _, ask in found], point)
    return [Outlook(period, cycle, ask, known[ask.id]) for period, ask in found]


def outlook(actor: Actor, standing: Standing) -> Outlook:
    return outlooks(actor, [standing])[0]


def fan_of(standing: Standing) -> Fan | None:
    """The stored forecast of a KPI as it stood at its standpoint."""
    return fans([standing.kpi.metric_id], standing.point).get(standing.kpi.metric_id)


def _end(cycle: Cycle | None, point: Standpoint) -> int:
    """The hour after the last day looked at."""
    day = point.now.date()
    if cycle is not None:
        return hour_of(cycle.ends_on) + 24
    return containing(period_of(day, Frequency.DAY), Frequency.QUARTER, point.calendar).end


def _last_period(standing: Standing, end: int) -> Period:
    """The period that holds the last hour."""
    frequency, calendar, span = Frequency(standing.metric.frequency), standing.series.calendar, standing.metric.span
    return period_from_unit(unit_of(end - 1, frequency, calendar) - span + 1, frequency, calendar, span)


def _ask(standing: Standing, period: Period, place: int) -> Ask:
    values, metric = standing.target_of(period), standing.metric
    target = None if values is None else values.target
    low, high = (None, None) if values is None else (values.low, values.high)
    direction = metric.direction
    if direction == "within" and low is None and high is None:
        direction = "up"  # a band without bounds is no target either, and is said so
    return Ask(place, metric.id, target, direction, period.end, low=low, high=high)
