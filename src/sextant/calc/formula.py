"""Calculated metrics: a formula is parsed once, checked, and evaluated many times over numpy columns.

The grammar is our own and small (`formula_grammar`, and `docs/method/formula.md` for people); nothing is ever
handed to Python's `eval`. Missing is not zero: a period in which an input has no data has no result. Division
by zero and overflow give no result either, never infinity, and `evaluate_with_reasons` says which it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from sextant.calc.formula_grammar import MAX_CHARACTERS, is_key, parse_tree
from sextant.calc.formula_inputs import Column, Grain, Index, Input
from sextant.calc.formula_many import Suite, arrange, evaluate_suite
from sextant.calc.formula_program import Program, compile_tree, run, run_traced
from sextant.calc.formula_slots import Columns, Reasons, filled, filled_traced, unknown_metric
from sextant.calc.formula_text import canonical, describe_tree
from sextant.calc.formula_tree import FUNCTIONS, Binary, Call, FormulaError, Name, Negate, Node, Number, walk
from sextant.calc.formula_units import infer

__all__ = [
    "FUNCTIONS",
    "Column",
    "Evaluation",
    "Formula",
    "FormulaError",
    "Grain",
    "Index",
    "Input",
    "Suite",
    "check_inputs",
    "compile_many",
    "dependants",
    "describe",
    "evaluate",
    "evaluate_many",
    "evaluate_with_reasons",
    "find_cycle",
    "order",
    "parse",
    "rename",
    "units",
]


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked formula. Equal formulas have equal trees; `text` is canonical and parses to an equal formula.

    `inputs` are the metric keys it needs, `lookback` how many periods before the first one it looks at, and
    `needs_year` whether it also needs the periods since the year began (`cumulative`).
    """

    root: Node
    text: str = field(compare=False)
    inputs: frozenset[str] = field(compare=False)
    lookback: int = field(compare=False)
    needs_year: bool = field(compare=False)
    program: Program = field(compare=False, repr=False)
    flat_program: Program = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """`values` per period (nan = no data) and, per period, why there is none ("" where there is one).

    Reasons: `missing-input:<key>`, `divided-by-zero`, `overflow`, `not-a-real-number` (the root of a negative
    number) and `too-few-periods` (before the first period that `previous`, `rolling` or `cumulative` can
    answer).
    """

    values: Column
    reasons: tuple[str, ...]


@lru_cache(maxsize=4096)
def parse(text: str) -> Formula:
    """Read and check a formula; raises `FormulaError` with a key, a position and a proposal."""
    return _formula(parse_tree(text))


def check_inputs(formula: Formula, known: Iterable[str]) -> None:
    """Refuse a formula that names an unknown metric (`unknown-metric`), proposing the near match."""
    keys = list(known)
    for node in walk(formula.root):
        if isinstance(node, Name) and node.key not in keys:
            raise unknown_metric(node.key, keys, node.position)


def rename(formula: Formula, keys: Mapping[str, str]) -> Formula:
    """The formula with metric keys replaced, all at once (`{"a": "b", "b": "a"}` swaps them)."""
    for new in keys.values():
        if not is_key(new):
            raise FormulaError("bad-metric-key", f"{new!r} is not a metric key: use letters, digits, _ - and .")
    return _formula(_renamed(formula.root, keys))


def describe(formula: Formula, names: Mapping[str, str]) -> str:
    """The formula in words, metrics by name: "1 minus the sum of Cost divided by the sum of Revenue"."""
    return describe_tree(formula.root, names)


def units(formula: Formula, input_units: Mapping[str, str]) -> str:
    """The unit of the result: a unit code, a compound (`currency:EUR/count`) or `unknown`.

    Raises `FormulaError` `units-do-not-add` or `percent-needs-parts`.
    """
    return infer(formula.root, input_units).text


def find_cycle(formulas: Mapping[str, Formula]) -> list[str] | None:
    """A path of calculated metrics that need each other, as `["a", "b", "a"]`, or None."""
    return _visit(formulas)[1]


def order(formulas: Mapping[str, Formula]) -> list[str]:
    """The keys, what others need first; refuses a cycle (`formula-cycle`) and names its path."""
    sequence, cycle = _visit(formulas)
    if cycle is not None:
        raise FormulaError(
            "formula-cycle",
            f"These metrics need each other in a circle: {' needs '.join(cycle)}. Break it at one.",
        )
    return sequence


def dependants(formulas: Mapping[str, Formula], changed: Iterable[str]) -> list[str]:
    """What to recompute when these metrics changed, directly or through others, in the order to do it."""
    dirty = set(changed)
    affected = []
    for key in order(formulas):
        if not dirty.isdisjoint(formulas[key].inputs):
            dirty.add(key)
            affected.append(key)
    return affected


def evaluate(formula: Formula, columns: Columns, *, grain: Grain) -> Column:
    """The result per period of `grain`, nan where there is none.

    `columns` gives for each metric key an `Input`, or a plain array that is already aligned with the periods.
    Raises `FormulaError` for an unknown metric and for what must not be aggregated (see `Input`).
    """
    try:
        with np.errstate(over="raise", divide="ignore", invalid="ignore", under="ignore"):
            values = run(formula.program, filled(formula.program, columns, grain), grain)
    except FloatingPointError:
        return evaluate_with_reasons(formula, columns, grain=grain).values
    return np.broadcast_to(values, (grain.size,)).copy()


def evaluate_with_reasons(formula: Formula, columns: Columns, *, grain: Grain) -> Evaluation:
    """The same numbers as `evaluate`, and for each period without one the reason."""
    reasons = Reasons()
    with np.errstate(all="ignore"):
        found = run_traced(formula.program, filled_traced(formula.program, columns, grain, reasons), grain)
    values = np.broadcast_to(found.values, (grain.size,)).copy()
    causes = np.broadcast_to(found.causes, (grain.size,))
    return Evaluation(values, tuple(reasons.texts[cause] for cause in causes.tolist()))


def compile_many(formulas: Mapping[str, Formula]) -> Suite:
    """Formulas made ready to be evaluated together many times; refuses a cycle."""
    return arrange(list(formulas), {key: formulas[key].flat_program for key in order(formulas)})


def evaluate_many(
    formulas: Mapping[str, Formula] | Suite,
    matrix: Column,
    rows: Mapping[str, int],
    *,
    grain: Grain | None = None,
) -> Column:
    """All formulas at once over metrics that share one grain: (formulas x periods), in the mapping's order.

    `matrix` is (metrics x periods) with nan for no data, `rows` the row of each metric key. A formula may use
    the result of another one. Formulas of one shape are calculated together, which makes thousands of them
    cheap.
    """
    suite = formulas if isinstance(formulas, Suite) else compile_many(formulas)
    return evaluate_suite(suite, matrix, rows, grain or Grain(matrix.shape[1]))


def _formula(root: Node) -> Formula:
    text = canonical(root)
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(
            "formula-too-long",
            f"Written out, the formula has {len(text):,} characters; {MAX_CHARACTERS:,} are allowed. "
            "Split it into several calculated metrics.",
            MAX_CHARACTERS,
        )
    nodes = list(walk(root))
    return Formula(
        root,
        text,
        frozenset(node.key for node in nodes if isinstance(node, Name)),
        _lookback(root),
        any(isinstance(node, Call) and node.name == "cumulative" for node in nodes),
        compile_tree(root),
        compile_tree(root, flat=True),
    )


def _lookback(node: Node) -> int:
    if isinstance(node, Binary):
        return max(_lookback(node.left), _lookback(node.right))
    if isinstance(node, Negate):
        return _lookback(node.operand)
    if not isinstance(node, Call):
        return 0
    own = {"previous": node.number, "rolling": node.number - 1}.get(node.name, 0)
    return own + max(map(_lookback, node.arguments))


def _renamed(node: Node, keys: Mapping[str, str]) -> Node:
    if isinstance(node, Number):
        return node
    if isinstance(node, Name):
        return replace(node, key=keys.get(node.key, node.key))
    if isinstance(node, Negate):
        return Negate(_renamed(node.operand, keys))
    if isinstance(node, Binary):
        return replace(node, left=_renamed(node.left, keys), right=_renamed(node.right, keys))
    return replace(node, arguments=tuple(_renamed(each, keys) for each in node.arguments))


def _visit(formulas: Mapping[str, Formula]) -> tuple[list[str], list[str] | None]:
    """Depth first without recursion (chains may be long); sorted keys make the answer repeatable."""

    def needed(key: str) -> Iterator[str]:
        return iter(sorted(each for each in formulas[key].inputs if each in formulas))

    finished: dict[str, None] = {}
    for start in sorted(formulas):
        path = {} if start in finished else {start: needed(start)}
        while path:
            here = next(reversed(path))
            following = next(path[here], None)
            if following is None:
                del path[here]
                finished[here] = None
            elif following in path:
                keys = list(path)
                return list(finished), [*keys[keys.index(following) :], following]
            elif following not in finished:
                path[following] = needed(following)
    return list(finished), None
