"""Calculated metrics, evaluated when they are read: nothing can be out of date, and any past date works."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np

from sextant.calc.aggregation import expected_count
from sextant.calc.formula import Formula, FormulaError, Grain, Input, evaluate_with_reasons, parse
from sextant.calc.period_grid import unit_of
from sextant.calc.periods import Calendar, Frequency, PeriodError, period_at
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries import series as recorded_series
from sextant.metrics.queries.dependants import totals
from sextant.metrics.queries.reading import Floats, Hours
from sextant.metrics.queries.series import Series
from sextant.metrics.queries.standpoint import Standpoint

THURSDAY = 72  # hours from a week's start to the day that decides its month
DEEPEST = 40  # formulas built on formulas; a cycle is refused when a formula is saved


Texts = Mapping[int, Sequence[tuple[int | None, str]]]
"""By metric id, oldest first: from which hour on a formula (or none: "") is in force."""


def ratio_text(metric: Metric) -> str:
    """The formula of a ratio of sums; percent is 0-100."""
    assert metric.numerator is not None
    assert metric.denominator is not None
    scale = "100 * " if metric.unit == "percent" else ""
    return f"{scale}sum([{metric.numerator.key}]) / sum([{metric.denominator.key}])"


@dataclass(frozen=True, slots=True)
class Version:
    """A formula in force from an hour on (None: since the beginning)."""

    valid_from: int | None
    formula: Formula


@dataclass(slots=True)
class Calculation:
    """Everything needed to evaluate some metrics: their formulas, and all metrics those lead to."""

    point: Standpoint
    versions: dict[int, list[Version]] = field(default_factory=dict)
    by_key: dict[str, Metric] = field(default_factory=dict)
    by_id: dict[int, Metric] = field(default_factory=dict)
    parts: dict[str, list[Metric]] = field(default_factory=dict)
    done: dict[tuple[int, str], Series] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        metrics: Iterable[Metric],
        point: Standpoint,
        drafts: Mapping[int, Formula] | None = None,
        known: Texts | None = None,
    ) -> Calculation:
        """Load formulas and inputs level by level; metrics that are merely recorded cost one statement.

        `drafts` are formulas not saved yet, by the id of their metric, which need not be saved either. `known` is
        what a caller has read already of the metrics' own definitions, which spares that statement.
        """
        calculation = cls(point)
        for metric_id, formula in (drafts or {}).items():
            calculation.versions[metric_id] = [Version(None, formula)]
        level = list(metrics)
        for _ in range(DEEPEST):
            if not level:
                return calculation
            level, known = calculation._add(level, known), None
        return calculation

    def _add(self, level: Sequence[Metric], known: Texts | None = None) -> list[Metric]:
        """Take a level of metrics in; returns the inputs that are not known yet."""
        _attach_parts(level)
        for metric in level:
            self.by_id[metric.id] = metric
            self.by_key[metric.key] = metric
        self._take_versions(level, self._texts(level) if known is None else known)
        formulas = [v.formula for metric in level for v in self.versions.get(metric.id, [])]
        keys = {key for formula in formulas for key in formula.inputs}
        if not formulas:
            return []
        found = list(Metric.objects.filter(key__in=keys - set(self.by_key)).select_related("numerator", "denominator"))
        for metric in found:
            self.by_key[metric.key] = metric
        totalled = {self.by_key[key].id: key for formula in formulas for key in totals(formula) if key in self.by_key}
        if totalled:
            children = Metric.objects.filter(part_of_id__in=totalled, archived_at=None)
            for child in children.select_related("numerator", "denominator").order_by("key"):
                self.parts.setdefault(totalled[child.part_of_id or 0], []).append(child)
                found.append(child)
        return [metric for metric in found if metric.id not in self.by_id]

    def _texts(self, level: Sequence[Metric]) -> Texts:
        definitions = Definition.objects.filter(metric_id__in=[metric.id for metric in level])
        if self.point.known_at is None:
            definitions = definitions.filter(superseded_at=None)
        else:
            definitions = definitions.filter(known_at__lte=self.point.known_at).exclude(
                superseded_at__lte=self.point.known_at
            )
        rows: dict[int, list[tuple[int | None, str]]] = defaultdict(list)
        for metric_id, valid_from, text in definitions.order_by("number").values_list(
            "metric_id", "valid_from", "formula"
        ):
            rows[metric_id].append((valid_from, text))
        return rows

    def _take_versions(self, level: Sequence[Metric], rows: Texts) -> None:
        for metric in level:
            if metric.numerator_id is not None:
                self.versions[metric.id] = [Version(None, parse(ratio_text(metric)))]
            elif (own := rows.get(metric.id)) and own[-1][1]:
                self.versions[metric.id] = [Version(valid_from, parse(text)) for valid_from, text in own if text]

    def is_calculated(self, metric: Metric) -> bool:
        return metric.id in self.versions

    def formula(self, metric: Metric) -> Formula | None:
        """The formula in force now."""
        versions = self.versions.get(metric.id)
        return versions[-1].formula if versions else None

    def inputs(self, metric: Metric) -> list[Metric]:
        """The metrics it is directly calculated from, breakdowns of totals included."""
        found: dict[int, Metric] = {}
        for version in self.versions.get(metric.id, []):
            for key in sorted(version.formula.inputs):
                if key in self.by_key:
                    found[self.by_key[key].id] = self.by_key[key]
            for key in totals(version.formula):
                found |= {part.id: part for part in self.parts.get(key, [])}
        return list(found.values())

    def since(self, metrics: Iterable[Metric], newest: int | None) -> dict[int, int | None]:
        """From which hour on each recorded metric is needed (None: all), so that every result has its periods."""
        needed: dict[int, int | None] = {}
        for metric in metrics:
            lookback = max((v.formula.lookback for v in self.versions.get(metric.id, [])), default=0)
            if any(v.formula.needs_year for v in self.versions.get(metric.id, [])):
                lookback += 366
            start = (
                None
                if newest is None
                else recorded_series.first_needed(
                    metric, self.point, newest + recorded_series.slack_of(metric) + lookback
                )
            )
            self._need(metric, start, needed, DEEPEST)
        return needed

    def _need(self, metric: Metric, start: int | None, needed: dict[int, int | None], depth: int) -> None:
        if not self.is_calculated(metric):
            before = needed.get(metric.id, start)
            needed[metric.id] = None if start is None or before is None else min(start, before)
            return
        if depth:
            for each in self.inputs(metric):
                self._need(each, start, needed, depth - 1)

    def series(self, metric: Metric, recorded: Mapping[int, Series], grain: Frequency | None) -> Series:
        """The calculated series at the metric's own grain or a coarser one."""
        frequency = grain or Frequency(metric.frequency)
        if (metric.id, frequency) not in self.done:
            self.done[metric.id, frequency] = self._evaluate(metric, recorded, frequency)
        return self.done[metric.id, frequency]

    def columns(
        self, metric: Metric, formula: Formula, recorded: Mapping[int, Series], starts: Hours
    ) -> dict[str, Input]:
        """The inputs of one of the metric's formulas, laid on its periods that begin at these hours."""
        calendar = recorded_series.calendar_for(metric, self.point)
        inputs = {each.id: self._input_series(each, recorded) for each in self.inputs(metric)}
        return self._columns(formula, inputs, starts, Frequency(metric.frequency), calendar)

    def _columns(
        self, formula: Formula, inputs: Mapping[int, Series], starts: Hours, frequency: Frequency, calendar: Calendar
    ) -> dict[str, Input]:
        return {
            key: self._column(self.by_key[key], inputs, starts, frequency, calendar)
            for key in formula.inputs
            if key in self.by_key
        }

    def _evaluate(self, metric: Metric, recorded: Mapping[int, Series], frequency: Frequency) -> Series:
        calendar = recorded_series.calendar_for(metric, self.point)
        inputs = {each.id: self._input_series(each, recorded) for each in self.inputs(metric)}
        known = [series for series in inputs.values() if len(series.starts)]
        if not known:
            nothing = np.empty(0)
            return Series(metric, frequency, calendar, 1, nothing.astype(np.int64), nothing, 0, is_calculated=True)
        first = min(int(series.starts[0]) + _anchor(series) for series in known)
        last = max(int(series.starts[-1]) + _anchor(series) for series in known)
        starts = recorded_series.grid(first, last, frequency, calendar)
        values, reasons = self._spliced(metric, inputs, starts, frequency, calendar)
        complete = recorded_series.count_complete(starts, 1, frequency, calendar, self.point)
        return Series(metric, frequency, calendar, 1, starts, values, complete, reasons=reasons, is_calculated=True)

    def _input_series(self, metric: Metric, recorded: Mapping[int, Series]) -> Series:
        if self.is_calculated(metric):
            return self.series(metric, recorded, None)
        return recorded[metric.id]

    def _spliced(
        self,
        metric: Metric,
        inputs: Mapping[int, Series],
        starts: Hours,
        frequency: Frequency,
        calendar: Calendar,
    ) -> tuple[Floats, dict[int, str]]:
        """Each version's formula for the periods it is in force, side by side."""
        size = len(starts)
        values = np.full(size, np.nan)
        reasons: dict[int, str] = {}
        versions = self.versions[metric.id]
        edges = [0, *(int(np.searchsorted(starts, v.valid_from or starts[0])) for v in versions[1:]), size]
        for version, (left, right) in zip(versions, pairwise(edges), strict=True):
            if left >= right:
                continue
            found, why = self._run(version.formula, inputs, starts, frequency, calendar)
            values[left:right] = found[left:right]
            reasons |= {index: why[index] for index in range(left, right) if why[index]}
        return values, reasons

    def _run(
        self,
        formula: Formula,
        inputs: Mapping[int, Series],
        starts: Hours,
        frequency: Frequency,
        calendar: Calendar,
    ) -> tuple[Floats, Sequence[str]]:
        year_starts = None
        if formula.needs_year:
            years = [unit_of(int(start), Frequency.YEAR, calendar) for start in starts]
            year_starts = np.array([True, *np.diff(years).astype(bool)])
        grain = Grain(len(starts), year_starts)
        columns = self._columns(formula, inputs, starts, frequency, calendar)
        try:
            evaluation = evaluate_with_reasons(formula, columns, grain=grain)
        except (FormulaError, PeriodError) as error:
            return np.full(len(starts), np.nan), [error.key] * len(starts)
        return evaluation.values, evaluation.reasons

    def _column(
        self,
        metric: Metric,
        inputs: Mapping[int, Series],
        starts: Hours,
        frequency: Frequency,
        calendar: Calendar,
    ) -> Input:
        own = _laid(inputs[metric.id], starts, frequency, calendar) if metric.id in inputs else None
        if own is None:
            own = Input(np.full(len(starts), np.nan))
        children = [
            _laid(inputs[part.id], starts, frequency, calendar)
            for part in self.parts.get(metric.key, [])
            if part.id in inputs
        ]
        parts = None
        if metric.numerator is not None and metric.denominator is not None and own.groups is not None:
            pair = [
                self.done.get((part.id, Frequency(part.frequency))) for part in (metric.numerator, metric.denominator)
            ]
            pair = [
                series or inputs.get(part.id)
                for series, part in zip(pair, (metric.numerator, metric.denominator), strict=True)
            ]
            if all(series is not None for series in pair):
                parts = [_laid(series, starts, frequency, calendar) for series in pair if series is not None]
        return Input(own.values, own.groups, metric.aggregation, parts, metric.unit, own.expected, children or None)


def _attach_parts(metrics: Sequence[Metric]) -> None:
    """Give ratios their numerators and denominators with one statement instead of two for each."""
    names = ("numerator", "denominator")
    lacking = [
        (metric, name)
        for metric in metrics
        for name in names
        if getattr(metric, f"{name}_id") is not None and not Metric._meta.get_field(name).is_cached(metric)  # type: ignore[union-attr]
    ]
    if lacking:
        found = Metric.objects.in_bulk({getattr(metric, f"{name}_id") for metric, name in lacking})
        for metric, name in lacking:
            setattr(metric, name, found[getattr(metric, f"{name}_id")])


def _anchor(series: Series) -> int:
    return THURSDAY if series.frequency is Frequency.WEEK else 0


def _laid(series: Series, starts: Hours, frequency: Frequency, calendar: Calendar) -> Input:
    """A series as an input on the result's periods: aligned, finer with its groups, or empty when it is coarser."""
    rule = series.metric.aggregation
    unit = series.metric.unit
    if series.frequency.rank > frequency.rank:
        return Input(np.full(len(starts), np.nan), rule=rule, unit=unit)
    if series.frequency == frequency:
        values = np.full(len(starts), np.nan)
        places = np.searchsorted(starts, series.starts, side="right") - 1
        inside = places >= 0
        values[places[inside]] = series.values[inside]
        return Input(values, rule=rule, unit=unit)
    anchors = series.starts + _anchor(series)
    groups = np.searchsorted(starts, anchors, side="right") - 1
    expected = np.array(
        [_expected(int(start), frequency, series.frequency, calendar) for start in starts], dtype=np.int64
    )
    return Input(series.values, groups, rule, unit=unit, expected=expected)


@lru_cache(maxsize=65536)
def _expected(start: int, frequency: Frequency, fine: Frequency, calendar: Calendar) -> int:
    return expected_count(period_at(start, frequency, calendar), fine, calendar)
