"""Measured points as the inputs of formulas: aligned with the periods of the result, or finer and grouped into them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sextant.calc.aggregation import Point, expected_count
from sextant.calc.formula_inputs import Column, Grain, Index, Input
from sextant.calc.formula_tree import FormulaError
from sextant.calc.periods import Calendar, Frequency, Period, containing, shift

_DAYS_TO_THURSDAY = 3


def grain_of(periods: Sequence[Period], calendar: Calendar) -> Grain:
    """The grain of a result over consecutive periods, oldest first; knows where the (fiscal) years begin."""
    starts = [_year(period, calendar) != _year(shift(period, -1, calendar), calendar) for period in periods]
    return Grain(len(periods), np.array(starts, dtype=np.bool_))


def input_of(
    points: Sequence[Point],
    frequency: Frequency,
    periods: Sequence[Period],
    calendar: Calendar,
    *,
    key: str = "",
    rule: str = "sum",
    unit: str = "number",
    parts: Sequence[Input] | None = None,
    breakdowns: Sequence[Input] | None = None,
) -> Input:
    """The points of one metric, one per period of its `frequency`, as an input for a result over `periods`.

    Periods without a point, or whose point has no value, have no data. What is finer than the result is grouped, and
    a result period counts as complete when all its finer periods have a value, those marked not applicable aside. A
    metric that is coarser than the result is refused (`grains-differ`). `key` names the metric in the refusal.
    """
    known = sorted((point for point in points if point.value is not None), key=lambda point: point.start)
    values = np.array([point.value for point in known], dtype=np.float64)
    homes = _homes(known, frequency, periods)
    if not periods or frequency is periods[0].frequency:
        aligned: Column = np.full(len(periods), np.nan)
        aligned[homes[homes >= 0]] = values[homes >= 0]
        return Input(aligned, rule=rule, unit=unit, parts=parts, breakdowns=breakdowns)
    if frequency.rank > periods[0].frequency.rank:
        raise FormulaError(
            "grains-differ",
            f"[{key}] has one value per {frequency}, so it cannot answer for each {periods[0].frequency}. "
            f"Choose {frequency} or longer as the frequency of the calculated metric.",
        )
    expected = np.array([expected_count(period, frequency, calendar) for period in periods], dtype=np.int64)
    skipped = _homes(
        [each for each in points if each.state == "not_applicable" and each.value is None], frequency, periods
    )
    np.subtract.at(expected, skipped[skipped >= 0], 1)
    return Input(values, homes, rule, parts, unit, expected, breakdowns)


def _homes(points: Sequence[Point], frequency: Frequency, periods: Sequence[Period]) -> Index:
    """For each point the index of the period it lies in, -1 for none; a week lies where its Thursday does."""
    moments = np.array([point.start for point in points], dtype=np.int64)
    if frequency is Frequency.WEEK:
        moments += 24 * _DAYS_TO_THURSDAY
    starts = np.array([period.start for period in periods], dtype=np.int64)
    ends = np.array([period.end for period in periods], dtype=np.int64)
    homes = np.searchsorted(starts, moments, side="right") - 1
    inside = (homes >= 0) & (moments < ends[homes]) if len(ends) else np.zeros(len(moments), dtype=np.bool_)
    return np.where(inside, homes, -1).astype(np.int64)


def _year(period: Period, calendar: Calendar) -> int:
    return containing(period, Frequency.YEAR, calendar).start
