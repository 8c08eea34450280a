"""Where KPIs stand: value, target, status, score, freshness, normal range and trust, for many KPIs at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.utils.functional import cached_property  # the one of functools takes a lock each time

from sextant.calc.aims import Aim, aims_ahead
from sextant.calc.assurance import assurance
from sextant.calc.charts_many import process_charts
from sextant.calc.limits import LimitSettings, ProcessChart, process_chart
from sextant.calc.period_grid import unit_of, unit_start
from sextant.calc.periods import Period
from sextant.calc.status import exceeded, freshness, kpi_status, score, with_freshness
from sextant.calc.targets import TargetRow, TargetValues, target_for
from sextant.calc.trust import TrustFacts, TrustGrade, trust
from sextant.kpis.models import Kpi
from sextant.kpis.queries import facts
from sextant.kpis.queries.facts import Action, Recording
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.reading import Flag
from sextant.metrics.queries.series import BASELINE, Series, series_many
from sextant.metrics.queries.standpoint import Standpoint

PLAIN = LimitSettings()
PERIODS = 13


@dataclass(frozen=True, slots=True)
class Cell:
    """One period of a scorecard row. A running period has no status: it is shown "so far" and judges nothing."""

    period: Period
    value: float | None
    status: str
    flag: Flag | None
    is_running: bool


@dataclass(frozen=True, eq=False)
class Standing:
    """A KPI and where it stands at a standpoint; computed parts are worked out when asked for."""

    kpi: Kpi
    point: Standpoint
    series: Series
    targets: Sequence[TargetRow]
    settings: LimitSettings
    versions: Sequence[Definition]
    action: Action | None
    recording: Recording | None
    corrected: frozenset[int] = frozenset()  # start hours of the periods corrected in the last months
    approvals: Mapping[int, float] = field(default_factory=dict)  # start hour -> the value vouched for

    @cached_property
    def metric(self) -> Metric:
        """The KPI's metric; asked for so often that the way through the relation would cost a millisecond a page."""
        return self.kpi.metric

    @cached_property
    def index(self) -> int | None:
        """The judged period: the newest complete one with a value."""
        return self.series.latest

    @cached_property
    def period(self) -> Period | None:
        return None if self.index is None else self.series.period(self.index)

    @cached_property
    def value(self) -> float | None:
        return None if self.index is None else float(self.series.values[self.index])

    @cached_property
    def previous(self) -> float | None:
        """The value of the period just before the judged one."""
        if self.index is None or self.index == 0:
            return None
        value = float(self.series.values[self.index - 1])
        return None if math.isnan(value) else value

    @cached_property
    def target(self) -> TargetValues | None:
        """The target of the judged period; before there is a value, of the running one."""
        period = self.period
        if period is None:
            from sextant.calc.periods import Frequency, period_at

            frequency = Frequency(self.metric.frequency)
            period = period_at(self.point.hour(frequency), frequency, self.series.calendar)
        return self.target_of(period)

    @cached_property
    def always(self) -> TargetValues | None:
        """The one target that holds for every period, where it is as simple as that."""
        if len(self.targets) != 1:
            return None
        only = self.targets[0]
        return only.values if only.period is None and only.aim_by is None and only.valid_from is None else None

    @cached_property
    def _by_period(self) -> dict[tuple[int, int], TargetValues]:
        """Targets that name their period; the last one said counts."""
        return {(row.period.start, row.period.end): row.values for row in self.targets if row.period is not None}

    def target_of(self, period: Period) -> TargetValues | None:
        if not self.targets:
            return None
        if self.always is not None:
            return self.always
        named = self._by_period.get((period.start, period.end))
        if named is not None:
            return named
        return target_for(period, self.targets, self.series.calendar, self.metric.aggregation, self.series.frequency)

    @cached_property
    def freshness(self) -> str:
        answered, metric = self.series.answered, self.metric
        return freshness(
            None if answered is None else self.series.period(answered).end,
            self.point.hour(metric.frequency),
            self.series.frequency,
            metric.grace_days,
            self.series.calendar,
        )

    @cached_property
    def computed(self) -> str:
        """Status of the judged period, the age of the data left aside."""
        return kpi_status(self.value, self.target, self.metric.direction)

    @cached_property
    def status(self) -> str:
        return with_freshness(self.computed, self.freshness)

    @cached_property
    def is_exceeded(self) -> bool:
        return exceeded(self.value, self.target, self.metric.direction)

    @cached_property
    def score(self) -> float | None:
        return score(self.value, self.target, self.metric.direction)

    @cached_property
    def bounds(self) -> tuple[float | None, float | None]:
        """Where values cannot go: as the metric says; a share or count never seen below 0 has its floor there."""
        metric = self.metric
        lower, upper = metric.lower_bound, metric.upper_bound
        complete = self.series.complete
        values = self.series.values[max(0, complete - BASELINE) : complete]
        known = values[~np.isnan(values)]
        natural = metric.unit in ("count", "percent", "rating") or metric.unit.startswith("duration")
        if not known.size or not natural:
            return lower, upper
        if lower is None and known.min() >= 0:
            lower = 0.0
        if upper is None and metric.unit == "percent" and lower == 0 and known.max() <= 100:
            upper = 100.0
        return lower, upper

    @cached_property
    def chart(self) -> ProcessChart:
        """Normal range and marks over the complete periods."""
        complete = self.series.complete
        return process_chart(
            self.series.starts[:complete], self.series.values[:complete], self.settings, bounds=self.bounds
        )

    @cached_property
    def assurance(self) -> str:
        values = self.target or TargetValues()
        return assurance(self.chart, values.target, self.metric.direction, values.low, values.high)

    @cached_property
    def aims(self) -> list[Aim]:
        """Long-term aims ahead, the soonest first."""
        return aims_ahead(self.targets, self.point.now)

    @cached_property
    def awaits_approval(self) -> bool:
        """Whether the judged value of a sensitive KPI is still to be vouched for."""
        if not self.kpi.needs_approval or self.index is None:
            return False
        return self.approvals.get(int(self.series.starts[self.index])) != self.value

    @property
    def definition(self) -> Definition | None:
        return self.versions[-1] if self.versions else None

    @cached_property
    def trust_facts(self) -> TrustFacts:
        kpi, metric, series = self.kpi, self.metric, self.series
        recent = [i for i in series.flags if series.complete - PERIODS <= i < series.complete]
        estimated = sum(series.flags[i].state == "estimated" for i in recent)
        latest = series.flags.get(self.index) if self.index is not None else None
        definition = self.definition
        return TrustFacts(
            has_definition=bool(definition and (definition.how_measured or definition.formula))
            or metric.numerator_id is not None,
            has_source=series.is_calculated or bool(metric.source) or self.recording is not None,
            owner_present=metric.owner_id is not None,
            freshness=self.freshness,
            completeness=self._completeness(),
            estimated_share=estimated / PERIODS,
            restated_recently=bool(self.corrected),
            definition_changed_recently=facts.changed_recently(self.versions, self.point),
            qualified_latest=bool(latest and (latest.qualifier or latest.coverage is not None)),
            is_draft=kpi.state == "draft",
            awaiting_approval=self.awaits_approval,
            dated_by_import=bool(self.recording and self.recording.dated_by_import),
        )  # fmt: skip

    def _completeness(self) -> float | None:
        """What `calc.trust.completeness` says of the newest periods, counted on the series' own grid."""
        series, now = self.series, self.point.hour(self.series.frequency)
        frequency, calendar, last = series.frequency, series.calendar, series.complete - 1
        unit, last_due = unit_of(now, frequency, calendar) - 1, now - 24 * self.metric.grace_days
        newest = series.values[max(0, last - PERIODS + 1) : last + 1]
        is_full = len(newest) == PERIODS and not np.isnan(newest).any()
        if is_full and unit_of(int(series.starts[last]), frequency, calendar) + series.span - 1 == unit:
            return 1.0  # as it is for most
        known = ~np.isnan(series.values[: series.complete])
        if not known.any():
            return None
        first = unit_of(int(series.starts[0]), frequency, calendar) + series.span - 1
        earliest = first + int(known.argmax())
        expected = found = 0
        while expected < PERIODS and unit >= earliest:
            is_there = unit - first < series.complete and bool(known[unit - first])
            if is_there or unit_start(unit + 1, frequency, calendar) <= last_due:
                expected += 1
                found += is_there
            unit -= 1
        return found / expected if expected else None

    @cached_property
    def trust(self) -> TrustGrade:
        return trust(self.trust_facts)

    def cells(self, count: int = PERIODS) -> list[Cell]:
        """The newest complete periods, oldest first, and the running one when it has a value so far."""
        series = self.series
        direction = self.metric.direction
        cells = []
        last = series.complete + (1 if series.running is not None else 0)
        for index in range(max(0, series.complete - count), last):
            period, raw = series.period(index), float(series.values[index])
            value = None if math.isnan(raw) else raw
            is_running = index >= series.complete
            status = "running" if is_running else kpi_status(value, self.target_of(period), direction)
            cells.append(Cell(period, value, status, series.flags.get(index), is_running))
        return cells


def standings(kpis: Sequence[Kpi], point: Standpoint, *, newest: int | None = BASELINE) -> list[Standing]:
    """Standings in the order given, with a fixed number of statements. `newest=None` reads whole histories."""
    metrics = {kpi.id: kpi.metric for kpi in kpis}
    own = facts.own_definitions(list(metrics.values()), point)
    formulas = {metric_id: [(d.valid_from, d.formula) for d in rows] for metric_id, rows in own.items()}
    versions = facts.described(list(metrics.values()), own)
    settings = facts.limit_settings(list(metrics.values()), versions, point)
    recent = [m for m in metrics.values() if newest is None or not _look_back(settings.get(m.id, PLAIN))]
    series = series_many(recent, point, newest=newest, formulas=formulas)
    if newest is not None:
        series = {metric_id: each.newest(newest + 1) for metric_id, each in series.items()}
    if len(recent) < len(metrics):
        series |= series_many([m for m in metrics.values() if m.id not in series], point, formulas=formulas)
    targets = facts.target_rows(metrics, point)
    actions = facts.actions(list(metrics), point)
    recordings = facts.recordings(_latest_places(series), point)
    approvals = facts.approvals([kpi.id for kpi in kpis if kpi.needs_approval], point)
    corrected = facts.corrections([metric.id for metric in metrics.values()], point)
    return [
        Standing(
            kpi=kpi,
            point=point,
            series=series[kpi.metric_id],
            targets=targets.get(kpi.id, []),
            settings=settings.get(kpi.metric_id, PLAIN),
            versions=versions.get(kpi.metric_id, []),
            action=actions.get(kpi.id),
            recording=recordings.get(_place(series[kpi.metric_id])),
            corrected=corrected.get(kpi.metric_id, frozenset()),
            approvals=approvals.get(kpi.id, {}),
        )
        for kpi in kpis
    ]


def _look_back(settings: LimitSettings) -> bool:
    """Whether the normal range may rest on values older than the newest ones: a row then needs the whole history."""
    estimated = settings.season_length > 1 and not settings.seasonal_factors
    chosen = (settings.locked_from, settings.locked_to, settings.typed)
    return estimated or any(choice is not None for choice in chosen)


def draw_together(all_of_them: Sequence[Standing]) -> None:
    """Work out the charts of many standings in one go, for pages that show a row each; the same charts."""
    usual = [each for each in all_of_them if each.settings is PLAIN]
    cuts = [slice(0, each.series.complete) for each in usual]
    charts = process_charts(
        [each.series.starts[cut] for each, cut in zip(usual, cuts, strict=True)],
        [each.series.values[cut] for each, cut in zip(usual, cuts, strict=True)],
        [each.bounds for each in usual],
    )
    for each, chart in zip(usual, charts, strict=True):
        each.__dict__["chart"] = chart  # where cached_property keeps it


def standing(kpi: Kpi, point: Standpoint) -> Standing:
    """One KPI with its whole history."""
    return standings([kpi], point, newest=None)[0]


def _place(series: Series) -> tuple[int, int]:
    index = series.latest
    return series.metric.id, -1 if index is None else int(series.starts[index])


def _latest_places(series: Mapping[int, Series]) -> list[tuple[int, int]]:
    return [_place(each) for each in series.values() if not each.is_calculated and each.latest is not None]
