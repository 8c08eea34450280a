"""The values of two years and when each became known: pushed by systems at night, typed in by people by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sextant.calc.periods import Calendar, Frequency, Period, hour_of, label, moment_of, period_of, periods_between
from sextant.core.actors import Actor
from sextant.demo.plan import Source
from sextant.demo.series import DAY, Shape, values
from sextant.demo.timeline import Timeline
from sextant.kpis.models import Kpi
from sextant.metrics.commands import RawPoint, record
from sextant.metrics.models import Metric

VALUE, NUMERATOR, DENOMINATOR = "value", "numerator", "denominator"
Slot = tuple[str, str]  # name of the KPI, which of its metrics
Found = tuple[Slot, str, float]  # with the period and the value
Bounds = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """What the values of a KPI need to know of its metric before there is one."""

    frequency: Frequency
    unit: str
    aggregation: str
    precision: int
    bounds: Bounds
    numerator_unit: str = "count"
    denominator_unit: str = "count"


@dataclass(slots=True)
class History:
    """Collects points by moment and source, then puts one recording per batch on the timeline."""

    now: datetime  # the wall clock of the organisation, naive
    zone: ZoneInfo
    calendar: Calendar
    kpis: dict[str, Kpi]  # filled while the timeline runs
    batches: dict[tuple[datetime, str], list[tuple[Slot, str, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @property
    def today(self) -> int:
        return hour_of(self.now.replace(hour=0, minute=0, second=0, microsecond=0))

    def hour(self, days_ago: float, frequency: Frequency) -> int:
        """The start of the period that lay so many days back."""
        return period_of(self.now - timedelta(days=days_ago), frequency, self.calendar).start

    def moment(self, days_ago: float, hours: float = 9.5) -> datetime:
        """So many days back at this time of day, as an instant."""
        return self.at(self.today - DAY * days_ago + hours)

    def at(self, hour: float, frequency: Frequency = Frequency.DAY) -> datetime:
        """An hour of the calendar line as an instant; hourly values are counted in UTC."""
        return (moment_of(0) + timedelta(hours=hour)).replace(tzinfo=UTC if frequency is Frequency.HOUR else self.zone)

    def periods(self, frequency: Frequency, days: int) -> list[Period]:
        first = self.hour(days, frequency)
        return periods_between(first, self.today + DAY, frequency, self.calendar)

    def add(
        self, name: str, kind: Kind, shape: Shape, base: Shape | None, source: Source, *, days: int = 730,
        running: bool = False, stopped: int = 0, adjust: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    ) -> None:  # fmt: skip
        """All values of a KPI, each known when its source delivers it; `adjust` changes them by their start hours."""
        periods = self.periods(kind.frequency, days)
        starts = np.array([period.start for period in periods], np.int64)
        series = values(shape, starts, self.today, name, kind.bounds)
        if adjust is not None:
            series = adjust(series, starts)
        columns = _columns(kind, series, base, starts, self.today, name)
        for index, period in enumerate(periods):
            known = self._known(period, source, running)
            if known is None or (stopped and period.end > self.today - DAY * stopped):
                continue
            moment, share = known
            for part, (column, unit) in columns.items():
                flows = part != VALUE or kind.aggregation == "sum"
                value = _rounded(float(column[index]) * (share if flows else 1), unit, kind.precision)
                self.batches[moment, source.key].append(((name, part), label(period, self.calendar), value))

    def _known(self, period: Period, source: Source, running: bool) -> tuple[datetime, float] | None:
        """When the value came, and which share of the period it covers; None when it has not come yet."""
        moment = self.at(period.end + source.lag[period.frequency], period.frequency)
        now = self.now.replace(tzinfo=self.zone)
        if moment <= now:
            return moment, 1.0
        present = hour_of(self.now)
        if running and period.start < present < period.end:
            return self.at(self.today), max(0.05, (present - period.start) / (period.end - period.start))
        return None

    def put_on(self, timeline: Timeline, actors: dict[str, Actor], sources: dict[str, Source]) -> None:
        for (moment, key), points in self.batches.items():
            timeline.add(moment, self._recording(actors[key], sources[key], points))

    def _recording(
        self, actor: Actor, source: Source, points: Iterable[tuple[Slot, str, float]]
    ) -> Callable[[], object]:
        def step() -> None:
            found = [RawPoint(self.metric(slot).key, period, value) for slot, period, value in points]
            kind = "form" if source.person else "push"
            done = record(actor, found, kind=kind, source=source.name)
            if done.rejected:
                raise ValueError(f"The demo cannot record: {done.rejected[0].message}")

        return step

    def metric(self, slot: Slot) -> Metric:
        name, part = slot
        metric = self.kpis[name].metric
        found: Metric = metric if part == VALUE else getattr(metric, part)
        return found


def _columns(
    kind: Kind, series: np.ndarray, base: Shape | None, starts: np.ndarray, today: int, name: str
) -> dict[str, tuple[np.ndarray, str]]:
    """The values to record: the KPI's own, or those of its two inputs."""
    if base is None:
        return {VALUE: (series, kind.unit)}
    below = values(base, starts, today, f"{name} base", (0, None))
    below = np.maximum([_rounded(one, kind.denominator_unit, 1) for one in below], 1)
    above = series * below / (100 if kind.unit == "percent" else 1)
    if kind.bounds[1] == 100:
        above = np.minimum(above, below)
    return {NUMERATOR: (above, kind.numerator_unit), DENOMINATOR: (below, kind.denominator_unit)}


def _rounded(value: float, unit: str, precision: int) -> float:
    """As people would write it down."""
    if unit == "count":
        return float(round(value))
    if unit.startswith("currency") and abs(value) >= 10_000:
        return float(round(value, -2))
    return round(value, max(1, precision))
