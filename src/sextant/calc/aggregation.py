"""From fine values to coarse ones: sum, mean, last, min, max. Finished shares are never aggregated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sextant.calc.period_grid import (
    WEEK_HOURS,
    Calendar,
    Frequency,
    Period,
    containing,
    unit_of,
)

OVERLAP_SAFE = ("last", "min", "max")


class AggregationError(ValueError):
    """Values that cannot be aggregated. `key` is stable; the message says why and what to do."""

    key = "cannot-aggregate"

    def __init__(self, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key or self.key


class RatioNeedsParts(AggregationError):  # noqa: N818 (says what is needed)
    """A ratio of a longer period is the sum of its numerators over the sum of its denominators."""

    key = "ratio-needs-parts"

    def __init__(self) -> None:
        super().__init__(
            "Shares of several periods or units cannot be averaged. Keep numerator and denominator as two"
            " metrics and divide their sums."
        )


@dataclass(frozen=True, slots=True)
class Point:
    """One measured value; `start` and `end` in hours. `value` is None where there is none: never 0."""

    start: int
    end: int
    value: float | None
    state: str = "observed"
    qualifier: str = ""


@dataclass(frozen=True, slots=True)
class RolledPoint:
    """A coarser value made of `count` fine periods with a value out of `expected`."""

    period: Period
    value: float | None
    count: int
    expected: int
    is_complete: bool


def aggregate(values: Sequence[float], rule: str) -> float:
    """One value for many, in the order of time: `sum`, `mean`, `last`, `min` or `max`.

    Sums are exact before the one rounding at the end (Shewchuk, "Adaptive Precision Floating-Point
    Arithmetic", 1997, as in `math.fsum`), so their order does not matter. Raises RatioNeedsParts for `ratio`,
    AggregationError for no values, values that are not finite, results too large for a number, unknown rules.
    """
    if rule == "ratio":
        raise RatioNeedsParts
    function = RULES.get(rule)
    if function is None:
        raise AggregationError(f"“{rule}” is no way to aggregate. Choose one of {', '.join(RULES)}.", "unknown-rule")
    if not values:
        raise AggregationError("There is no value to aggregate.", "no-values")
    try:
        result = function(values)
    except OverflowError:
        result = math.inf
    except ValueError:  # fsum of opposite infinities
        result = math.nan
    if not math.isfinite(result):
        raise AggregationError("The values are too large to aggregate, or one is not a number.", "not-finite")
    return result


def _mean(values: Sequence[float]) -> float:
    count = len(values)
    try:
        mean = math.fsum(values) / count
    except OverflowError:
        mean = math.fsum(value / count for value in values)
    # Rounding may put the mean of equal values beside them.
    return min(max(mean, min(values)), max(values))


RULES: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum,
    "mean": _mean,
    "last": lambda values: values[-1],
    "min": min,
    "max": max,
}


def roll_up(
    points: Sequence[Point],
    frequency: Frequency,
    rule: str,
    calendar: Calendar,
    fine: Frequency,
    span: int = 1,
) -> list[RolledPoint]:
    """Points of the `fine` frequency (each over `span` units) as values of a coarser one, oldest first.

    Only periods that hold a point come back; a point without a value counts as missing, one that is
    `not_applicable` is not expected. A week counts where its Thursday lies. Several points of one fine period
    are all aggregated and count once. Raises PeriodError when the frequencies do not nest, RatioNeedsParts
    for `ratio`, and AggregationError when overlapping spans would be added or averaged.
    """
    if rule == "ratio":
        raise RatioNeedsParts
    if span > 1 and rule not in OVERLAP_SAFE:
        raise AggregationError(
            f"Periods that overlap (each spans {span} {fine} units) cannot be combined by “{rule}”: choose"
            f" one of {', '.join(OVERLAP_SAFE)}.",
            "overlapping-spans",
        )
    groups: dict[Period, list[Point]] = {}
    for point in sorted(points, key=lambda point: (point.start, point.end)):
        groups.setdefault(_home(point, frequency, calendar, fine, span), []).append(point)
    return [_rolled(period, groups[period], rule, calendar, fine) for period in sorted(groups)]


def _home(point: Point, frequency: Frequency, calendar: Calendar, fine: Frequency, span: int) -> Period:
    return containing(Period(point.start, point.end, fine, span), frequency, calendar)


def _rolled(period: Period, points: Iterable[Point], rule: str, calendar: Calendar, fine: Frequency) -> RolledPoint:
    values: list[float] = []
    present: set[int] = set()
    not_applicable: set[int] = set()
    for point in points:
        if point.value is not None:
            values.append(point.value)
            present.add(point.start)
        elif point.state == "not_applicable":
            not_applicable.add(point.start)
    expected = max(expected_count(period, fine, calendar) - len(not_applicable - present), 0)
    value = aggregate(values, rule) if values else None
    return RolledPoint(period, value, len(present), expected, bool(values) and len(present) >= expected)


def expected_count(period: Period, fine: Frequency, calendar: Calendar) -> int:
    """How many fine units belong to a period; weeks are counted by their Thursdays."""
    if fine is Frequency.WEEK and period.frequency is not Frequency.WEEK:
        return _thursdays_before(period.end) - _thursdays_before(period.start)
    return unit_of(period.end - 1, fine, calendar) - unit_of(period.start, fine, calendar) + 1


def _thursdays_before(hour: int) -> int:
    # Hour 0 is the start of a Thursday.
    return -(-hour // WEEK_HOURS)
