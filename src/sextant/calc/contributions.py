"""How much of a calculated change each input explains, so that the shares add up to the change.

What one input explains depends on where the others stand while it moves. Shapley's answer is the mean over all orders
in which they could have moved one after the other (Shapley 1953; for ratios and products the fair halving of what they
did together). Of many inputs the mean of one order and its reverse is taken; the shares add up all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from sextant.calc.formula import Column, Formula, Grain, Input, evaluate
from sextant.calc.why import Why, method

MOST_ORDERS = 6
"""Up to so many inputs all orders are taken into account: 64 evaluations."""
FORMULA = "share = mean over the orders in which the inputs move of (result after it moved - result before it moved)"

Evaluate = Callable[[frozenset[str]], Column]
"""The result per period when these inputs have moved already and the others have not."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """Means over `used` of `asked` periods: the result `before` and `after`, and the share of each input in the change,
    in the unit of the result, in the order given. The shares add up to after - before.
    """

    before: float
    after: float
    shares: tuple[tuple[str, float], ...]
    used: int
    asked: int

    @property
    def change(self) -> float:
        return self.after - self.before


def contributions(
    formula: Formula, columns: Mapping[str, Input], size: int, *, first: int, last: int, back: int
) -> Contributions | None:
    """Why the periods `first` to `last` (indexes, both included) differ from those `back` periods earlier.

    `columns` are the inputs on `size` periods. Periods in which some mixture of old and new inputs has no result are
    left out; None when none is left, or when the formula counts from the beginning of a year, which cannot be moved.
    Raises `FormulaError` as evaluating does.
    """
    if formula.needs_year or back < 1 or not 0 <= first <= last < size:
        return None
    former = {key: moved(each, back) for key, each in columns.items()}

    def mixed(now: frozenset[str]) -> Column:
        known = {key: columns[key] if key in now else former[key] for key in columns}
        return evaluate(formula, known, grain=Grain(size))[first : last + 1]

    keys = sorted(formula.inputs)
    values = _results(mixed, keys)
    used = np.all([np.isfinite(each) for each in values.values()], axis=0)
    if not used.any():
        return None
    means = {now: float(each[used].mean()) for now, each in values.items()}
    shares = _shapley(means, keys) if len(keys) <= MOST_ORDERS else _stepwise(means, keys)
    return Contributions(
        means[frozenset()], means[frozenset(keys)], tuple(zip(keys, shares, strict=True)), int(used.sum()), len(used)
    )  # fmt: skip


def explain_contributions(found: Contributions) -> Why:
    """Why the shares are what they are."""
    inputs: dict[str, object] = {
        "before": found.before, "after": found.after, "change": found.change, "inputs": len(found.shares),
        "periods": found.used,
    }  # fmt: skip
    return Why("contributions", FORMULA, inputs, method("how-much-each-input-explains"))


def moved(column: Input, back: int) -> Input:
    """The column as it was so many result periods earlier, at the place of now."""
    parts = None if column.parts is None else [moved(each, back) for each in column.parts]
    breakdowns = None if column.breakdowns is None else [moved(each, back) for each in column.breakdowns]
    if column.groups is None:
        kept = column.values[: max(0, len(column.values) - back)]
        values = np.concatenate([np.full(len(column.values) - len(kept), np.nan), kept])
        return replace(column, values=values, parts=parts, breakdowns=breakdowns)
    groups = np.where(column.groups >= 0, column.groups + back, -1)
    expected = column.expected
    if expected is not None:
        expected = _ahead(expected, back)
    return replace(column, groups=groups, expected=expected, parts=parts, breakdowns=breakdowns)


def _ahead(expected: NDArray[np.int64], back: int) -> NDArray[np.int64]:
    kept = expected[: max(0, len(expected) - back)]
    return np.concatenate([np.ones(len(expected) - len(kept), np.int64), kept])


def _results(mixed: Evaluate, keys: Sequence[str]) -> dict[frozenset[str], Column]:
    """The result for every mixture that is asked for: all of them, or those along one order and its reverse."""
    if len(keys) <= MOST_ORDERS:
        sets = [frozenset(some) for count in range(len(keys) + 1) for some in combinations(keys, count)]
    else:
        sets = [frozenset(keys[:at]) for at in range(len(keys) + 1)]
        sets += [frozenset(keys[at:]) for at in range(len(keys) + 1)]
    return {each: mixed(each) for each in dict.fromkeys(sets)}


def _shapley(means: Mapping[frozenset[str], float], keys: Sequence[str]) -> list[float]:
    count = len(keys)
    weights = [math.factorial(had) * math.factorial(count - had - 1) / math.factorial(count) for had in range(count)]
    return [
        math.fsum(weights[len(had)] * (means[had | {key}] - value) for had, value in means.items() if key not in had)
        for key in keys
    ]


def _stepwise(means: Mapping[frozenset[str], float], keys: Sequence[str]) -> list[float]:
    forth = [means[frozenset(keys[:at])] for at in range(len(keys) + 1)]
    back = [means[frozenset(keys[at:])] for at in range(len(keys) + 1)]
    return [
        ((later - earlier) + (before - after)) / 2
        for (earlier, later), (before, after) in zip(pairwise(forth), pairwise(back), strict=True)
    ]
