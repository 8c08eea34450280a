"""P6: 1,000 calculated KPIs over 260 periods against checked-AST closures over numpy columns.

The floor is the quickest honest way to do without a grammar of one's own: Python's `ast`, a whitelist of
nodes, one numpy closure per node, nothing reported. Both sides calculate the same numbers, which is asserted
first, on data with gaps and with zeros that are divided by. Parsing happens once and is outside the timing on
both sides.

The goal of P6 is for all formulas at once (`evaluate_many`). The lines "one by one" show what a page pays
that evaluates each formula by itself, with a wider goal of their own.

    python benchmarks/p06_calculated_metrics.py [--json FILE]
"""

from __future__ import annotations

import ast
import operator
import random
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from ratio import compare, print_header
from sextant.calc.formula import Formula, Grain, Input, compile_many, evaluate, evaluate_many, parse

FORMULAS, METRICS, PERIODS = 1_000, 1_000, 260

Column = NDArray[np.float64]
Columns = Mapping[str, Column]
Closure = Callable[[Columns], Column]

# How people write calculated KPIs: ours on the left, the same in Python's syntax on the right.
USUAL = (
    ("1 - sum({a}) / sum({b})", "1 - {a} / {b}"),
    ("100 * sum({a}) / sum({b})", "100 * {a} / {b}"),
    ("{a} - {b}", "{a} - {b}"),
    ("({a} + {b} + {c}) / 3", "({a} + {b} + {c}) / 3"),
    ("{a} / ({b} + {c})", "{a} / ({b} + {c})"),
    ("100 * ({a} / previous({a}, 52) - 1)", "100 * ({a} / previous({a}, 52) - 1)"),
    ("rolling({a}, 12) / rolling({b}, 12)", "rolling({a}, 12) / rolling({b}, 12)"),
    ("if({b} > 0, {a} / {b}, 0)", "choose({b} > 0, {a} / {b}, 0)"),
    ("max({a} - {b}, 0)", "largest({a} - {b}, 0)"),
    ("round(0.6 * {a} + 0.4 * {b}, 1)", "nearest(0.6 * {a} + 0.4 * {b}, 1)"),
)


def choose(condition: Column, yes: Column, no: Column) -> Column:
    return np.where(condition, yes, no)


def previous(values: Column, steps: float) -> Column:
    moved = np.full_like(values, np.nan)
    moved[int(steps) :] = values[: -int(steps)]
    return moved


def rolling(values: Column, periods: float) -> Column:
    rolled = np.full_like(values, np.nan)
    rolled[int(periods) - 1 :] = np.lib.stride_tricks.sliding_window_view(values, int(periods)).sum(axis=-1)
    return rolled


def nearest(values: Column, digits: float) -> Column:
    return np.round(values, int(digits))


OPERATORS: dict[type[ast.AST], Callable[[Column, Column], Column]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
}
CALLS: dict[str, Callable[..., Column]] = {
    "choose": choose,
    "previous": previous,
    "rolling": rolling,
    "largest": np.maximum,
    "nearest": nearest,
}


def floor_closure(node: ast.expr) -> Closure:
    """The closure of one whitelisted node; anything else is refused."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        constant = np.float64(node.value)
        return lambda columns: constant
    if isinstance(node, ast.Name):
        name = node.id
        return lambda columns: columns[name]
    if isinstance(node, ast.BinOp):
        return _two(OPERATORS[type(node.op)], node.left, node.right)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _two(OPERATORS[type(node.ops[0])], node.left, node.comparators[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        work, inner = CALLS[node.func.id], [floor_closure(each) for each in node.args]
        return lambda columns: work(*[each(columns) for each in inner])
    raise ValueError(f"{type(node).__name__} is not allowed in a formula.")


def _two(work: Callable[[Column, Column], Column], left: ast.expr, right: ast.expr) -> Closure:
    one, two = floor_closure(left), floor_closure(right)
    return lambda columns: work(one(columns), two(columns))


def run_floor(closures: list[Closure], columns: Columns) -> Column:
    found = np.empty((len(closures), PERIODS))
    with np.errstate(all="ignore"):
        for index, closure in enumerate(closures):
            found[index] = closure(columns)
        found[~np.isfinite(found)] = np.nan
    return found


def run_one_by_one(formulas: Mapping[str, Formula], columns: Mapping[str, Input], grain: Grain) -> list[Column]:
    return [evaluate(formula, columns, grain=grain) for formula in formulas.values()]


def usual_pairs(chance: random.Random) -> list[tuple[str, str]]:
    pairs = []
    for index in range(FORMULAS):
        ours, floor = USUAL[index % len(USUAL)]
        names = dict(zip("abc", (f"m{each}" for each in chance.sample(range(METRICS), 3)), strict=True))
        pairs.append((ours.format(**names), floor.format(**names)))
    return pairs


def different_pairs(chance: random.Random) -> list[tuple[str, str]]:
    """No two formulas of one shape, so nothing can be calculated together."""
    pairs: dict[str, str] = {}
    while len(pairs) < FORMULAS:
        signs = tuple(chance.choice("+-*/") for _ in range(6))
        text = f"m{chance.randrange(METRICS)}"
        for sign in signs:
            term = f"m{chance.randrange(METRICS)}"
            text = f"({text}) {sign} {term}" if chance.random() < 0.5 else f"{term} {sign} ({text})"
        shape = "".join(letter for letter in text if letter in "()+-*/")
        pairs.setdefault(shape, text)
    return [(text, text) for text in pairs.values()]


def data(chance: np.random.Generator) -> Column:
    """Positive figures with 2 % gaps and 1 % zeros."""
    matrix = chance.lognormal(4, 1, (METRICS, PERIODS))
    luck = chance.random(matrix.shape)
    matrix[luck < 0.01] = 0
    matrix[luck > 0.98] = np.nan
    return matrix


def usable(ours: Column, floor: Column) -> None:
    """Both sides agree wherever the floor is right (it chooses a branch even where the condition has no data)."""
    both = np.isfinite(ours) & np.isfinite(floor)
    gaps = int((np.isnan(ours) & ~np.isnan(floor)).sum())
    assert both.mean() > 0.5
    assert gaps < 0.01 * ours.size
    assert np.isclose(ours[both], floor[both], rtol=1e-9, atol=0.11).all()


def main() -> None:
    chance = random.Random(6)
    matrix = data(np.random.default_rng(6))
    rows = {f"m{index}": index for index in range(METRICS)}
    columns = {key: matrix[row] for key, row in rows.items()}
    inputs = {key: Input(values) for key, values in columns.items()}
    grain = Grain(PERIODS)
    print_header()
    for name, pairs in (("usual", usual_pairs(chance)), ("all different", different_pairs(chance))):
        formulas = {f"k{index}": parse(ours) for index, (ours, _) in enumerate(pairs)}
        closures = [floor_closure(ast.parse(floor, mode="eval").body) for _, floor in pairs]
        together = partial(evaluate_many, compile_many(formulas), matrix, rows, grain=grain)
        floor = partial(run_floor, closures, columns)
        usable(together(), floor())
        compare(f"P6 {FORMULAS} x {PERIODS}, {name}", together, floor, "<= 2")
        alone = partial(run_one_by_one, formulas, inputs, grain)
        compare(f"P6 {FORMULAS} x {PERIODS}, {name}, one by one", alone, floor, "<= 4")


if __name__ == "__main__":
    main()
