"""What a formula calculates with: the result's periods, and columns that are aligned with them or finer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sextant.calc.formula_tree import AGGREGATES, FormulaError
from sextant.calc.formula_units import percent_needs_parts

Column: TypeAlias = NDArray[np.float64]
Index: TypeAlias = NDArray[np.int64]

RULES = (*AGGREGATES, "ratio")


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """The periods of the result: consecutive, oldest first.

    `size` is their number; `year_starts` is True where a period is the first of its (fiscal) year and is
    needed by `cumulative` only.
    """

    size: int
    year_starts: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """One metric as a column.

    `values` (one per period, oldest first, nan = no data) are aligned with the result's periods, unless
    `groups` gives for each value the index of the result period it belongs to (-1: none of them); then the
    metric is finer and is brought to the result's grain by a function such as `sum(x)` or, written bare, by
    its own `rule` (sum, mean, min, max, last, ratio). `expected` is the number of fine values of each
    complete result period; without it the fine values must be gapless (nan where a value is missing). `parts`
    are numerator and denominator of a ratio, `breakdowns` the slices that `total(x)` adds, `unit` the unit
    code (percent is 0-100). A faulty combination raises `FormulaError` with key `bad-input`.
    """

    values: Column
    groups: Index | None = None
    rule: str = "sum"
    parts: Sequence[Input] | None = None
    unit: str = "number"
    expected: Index | None = None
    breakdowns: Sequence[Input] | None = None

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        object.__setattr__(self, "values", np.where(np.isinf(values), np.nan, values))
        if self.groups is not None:
            object.__setattr__(self, "groups", np.asarray(self.groups, dtype=np.int64))
        if values.ndim != 1 or (self.groups is not None and self.groups.shape != values.shape):
            raise FormulaError("bad-input", "The values and groups of an input are lists of one length.")
        if self.rule not in RULES:
            raise FormulaError("bad-input", f"There is no rule {self.rule!r}: use {', '.join(RULES)}.")
        if self.parts is not None and len(self.parts) != 2:
            raise FormulaError("bad-input", "The parts of a ratio are its numerator and its denominator.")

    @property
    def is_from_parts(self) -> bool:
        """Whether its coarser periods are the ratio of the sums of its parts."""
        return self.groups is not None and self.rule in ("ratio", "mean") and self.parts is not None


def own_column(metric: Input, grain: Grain, key: str, position: int) -> Column:
    """The metric at the result's grain by its own rule, ratios as ratio of sums; nan = no data.

    Refuses finer percentages and ratios without parts (`percent-needs-parts`, `ratio-needs-parts`).
    """
    if metric.is_from_parts and metric.parts is not None:
        top, whole = (own_column(part, grain, key, position) for part in metric.parts)
        scale = 100.0 if metric.unit == "percent" else 1.0
        return scale * top / np.where(whole == 0, np.nan, whole)
    if metric.groups is not None and metric.unit == "percent" and metric.rule in ("ratio", "mean"):
        raise percent_needs_parts(f"[{key}]", position)
    if metric.groups is not None and metric.rule == "ratio":
        raise FormulaError(
            "ratio-needs-parts",
            f"[{key}] is a ratio: its coarser periods need its numerator and denominator as metrics.",
            position,
        )
    return reduced(metric.values, metric, grain, metric.rule, key)


def aggregated_column(metric: Input, grain: Grain, rule: str, key: str, position: int) -> Column:
    """The metric at the result's grain by a rule of the formula; percentages neither add nor average."""
    if metric.groups is not None and metric.unit == "percent" and rule in ("sum", "mean") and metric.rule != "sum":
        raise percent_needs_parts(f"{rule}([{key}])", position)
    return reduced(metric.values, metric, grain, rule, key)


def total_column(metric: Input, grain: Grain, key: str, position: int) -> Column:
    """The sum of the metric's breakdowns at the result's grain; one without data leaves no total."""
    if not metric.breakdowns:
        raise no_breakdowns(key, position)
    columns = [own_column(each, grain, key, position) for each in metric.breakdowns]
    return np.asarray(np.sum(columns, axis=0), dtype=np.float64)


def no_breakdowns(key: str, position: int) -> FormulaError:
    """The refusal of `total` for a metric without slices."""
    return FormulaError(
        "total-needs-breakdowns",
        f"[{key}] has no breakdowns that total([{key}]) could add. Write [{key}] for its own value.",
        position,
    )


def reduced(values: Column, metric: Input, grain: Grain, rule: str, key: str) -> Column:
    """Values on the metric's own periods brought to the result's periods; an incomplete period has no data.

    `values` is the metric's column or something calculated from it on the same periods.
    """
    if metric.groups is None:
        if values.shape != (grain.size,):
            raise FormulaError(
                "bad-input", f"[{key}] has {len(values)} values, but the result has {grain.size} periods."
            )
        return values
    if metric.expected is not None and metric.expected.shape != (grain.size,):
        raise FormulaError("bad-input", f"[{key}] needs one expected count for each of {grain.size} periods.")
    inside = (metric.groups >= 0) & (metric.groups < grain.size)
    groups, values = metric.groups[inside], values[inside]
    counts = np.bincount(groups, minlength=grain.size)
    found = _by_group(values, groups, counts, grain.size, rule)
    wanted = 1 if metric.expected is None else np.maximum(metric.expected, 1)
    return np.where(counts >= wanted, found, np.nan)


def _by_group(values: Column, groups: Index, counts: Index, size: int, rule: str) -> Column:
    """One value per group; a nan in a group makes the group nan (for `last` only when it is the last one)."""
    if rule in ("sum", "mean"):
        sums = np.bincount(groups, weights=values, minlength=size).astype(np.float64)
        return sums if rule == "sum" else sums / np.maximum(counts, 1)
    if rule == "last":
        newest = np.zeros(size, dtype=np.int64)
        newest[groups] = np.arange(len(groups))
        return values[newest] if len(values) else np.full(size, np.nan)
    found = np.full(size, np.inf if rule == "min" else -np.inf)
    (np.minimum if rule == "min" else np.maximum).at(found, groups, values)
    return found
