"""A tree compiled once to a short list of steps over a stack, and the numpy work behind each step.

Steps work along the last axis, so the same program runs one formula over its periods or many formulas of the
same shape at once. Constants and metrics are *slots*, filled from outside: formulas that differ only in them
share a shape.

No step leaves an infinite value behind: division by zero gives nan here, and the two runners deal with
overflow (`run` lets numpy raise `FloatingPointError`, `run_traced` turns it into nan with a reason).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sextant.calc.formula_inputs import Column, Grain, Index
from sextant.calc.formula_tree import Binary, Call, FormulaError, Name, Node, Number, children, walk

NO_CAUSE, DIVIDED_BY_ZERO, OVERFLOW, NOT_REAL, TOO_FEW = range(5)
CAUSES = ("", "divided-by-zero", "overflow", "not-a-real-number", "too-few-periods")


class Step(NamedTuple):
    """Push a slot, or replace the newest `arity` values of the stack by one."""

    operation: str
    arity: int = 0
    number: int = 0
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a program needs from outside: a constant, a metric (`rule`: own, total or an aggregation) or, with
    `inner`, an expression calculated on the fine periods first and then aggregated by `rule`."""

    rule: str
    key: str = ""
    value: float = 0.0
    inner: Program | None = None
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Program:
    """Steps and slots of one formula; equal `shape` means equal steps with constants in the same places."""

    steps: tuple[Step, ...]
    slots: tuple[Slot, ...]
    shape: str = field(compare=False)


class Traced(NamedTuple):
    """A column (or many) and why each nan of it is one: a number of `CAUSES` or one that the caller gave."""

    values: Column
    causes: Index


def compile_tree(root: Node, *, flat: bool = False) -> Program:
    """The program of a tree. `flat`: every input has the result's grain, so aggregations change nothing."""
    steps: list[Step] = []
    slots: dict[Slot, int] = {}
    _compile(root, steps, slots, flat)
    shape = repr(([tuple(step) for step in steps], [slot.rule == "constant" for slot in slots]))
    return Program(tuple(steps), tuple(slots), shape)


def run(program: Program, columns: Sequence[Column], grain: Grain) -> Column:
    """The result of a program; call it where numpy raises on overflow and ignores invalid operations."""
    stack: list[Column] = []
    for step in program.steps:
        operation, arity, number, _ = step
        if arity == 0:
            stack.append(columns[number])
        elif arity == 1:
            stack[-1] = _WORK[operation](stack[-1:], step, grain)
        else:
            values = stack[-arity:]
            del stack[1 - arity :]
            stack[-1] = _WORK[operation](values, step, grain)
    return stack[0]


def run_traced(program: Program, columns: Sequence[Traced], grain: Grain) -> Traced:
    """The result with the cause of every nan; call it where numpy ignores floating point errors."""
    stack: list[Traced] = []
    for step in program.steps:
        if step.operation == "slot":
            stack.append(columns[step.number])
        else:
            inputs = stack[-step.arity :]
            del stack[-step.arity :]
            values = _WORK[step.operation]([each.values for each in inputs], step, grain)
            stack.append(traced(values, _causes(inputs, step, grain)))
    return stack[0]


def traced(values: Column, causes: Index) -> Traced:
    """Values without infinities, each nan with its cause (overflow where no other is given)."""
    lost = ~np.isfinite(values)
    causes = np.where(lost & (causes == NO_CAUSE), OVERFLOW, np.where(lost, causes, NO_CAUSE))
    return Traced(np.where(lost, np.nan, values), causes)


def _compile(node: Node, steps: list[Step], slots: dict[Slot, int], flat: bool) -> None:
    slot = _slot(node, flat)
    if slot is not None:
        steps.append(Step("slot", number=slots.setdefault(slot, len(slots))))
        return
    for child in children(node):
        _compile(child, steps, slots, flat)
    if not (isinstance(node, Call) and node.is_aggregate):
        steps.append(_step(node))


def _slot(node: Node, flat: bool) -> Slot | None:
    if isinstance(node, Number):
        return Slot("constant", value=node.value)
    if isinstance(node, Name):
        return Slot("own", node.key, position=node.position)
    if not isinstance(node, Call) or not (node.name == "total" or (node.is_aggregate and not flat)):
        return None
    inside = node.arguments[0]
    if isinstance(inside, Name):
        return Slot(node.name, inside.key, position=node.position)
    key = next(each.key for each in walk(inside) if isinstance(each, Name))
    return Slot(node.name, key, inner=compile_tree(inside), position=node.position)


def _step(node: Node) -> Step:
    if isinstance(node, Binary):
        return Step(node.operator, 2)
    if isinstance(node, Call):
        return Step(node.name, len(node.arguments), node.number, node.rule)
    return Step("negate", 1)


def _causes(inputs: Sequence[Traced], step: Step, grain: Grain) -> Index:
    """Why the result of a step may be nan: its inputs' cause, else its own; 0 where only overflow is left."""
    if step.operation in ("previous", "rolling", "cumulative"):
        moved = _WORK[step.operation]([inputs[0].causes.astype(np.float64)], step._replace(rule="max"), grain)
        return np.where(np.isnan(moved), TOO_FEW, moved).astype(np.int64)
    if step.operation == "if":
        condition, yes, no = inputs
        chosen = np.where(condition.values == 1, yes.causes, no.causes)
        return np.where(condition.causes == NO_CAUSE, chosen, condition.causes)
    inherited = inputs[0].causes
    for other in inputs[1:]:
        inherited = np.where(inherited == NO_CAUSE, other.causes, inherited)
    return np.where(inherited == NO_CAUSE, _own_cause([each.values for each in inputs], step), inherited)


def _own_cause(values: Sequence[Column], step: Step) -> Index:
    if step.operation == "/":
        return np.where(values[1] == 0, DIVIDED_BY_ZERO, NO_CAUSE)
    if step.operation == "^":
        base, exponent = values
        is_root_of_negative = (base < 0) & (exponent != np.floor(exponent))
        zero_below = (base == 0) & (exponent < 0)
        return np.where(zero_below, DIVIDED_BY_ZERO, np.where(is_root_of_negative, NOT_REAL, NO_CAUSE))
    return np.zeros(1, dtype=np.int64)


Work: TypeAlias = Callable[[Sequence[Column], Step, Grain], Column]


def _divide(values: Sequence[Column], step: Step, grain: Grain) -> Column:
    left, right = values
    quotient = left / right
    np.copyto(quotient, np.nan, where=right == 0)
    return quotient


def _power(values: Sequence[Column], step: Step, grain: Grain) -> Column:
    base, exponent = values
    with np.errstate(all="ignore"):
        raised = np.power(base, exponent)
    # numpy agrees with C that nan ^ 0 and 1 ^ nan are 1; a missing value stays missing here.
    return np.where(np.isnan(base) | np.isnan(exponent) | ~np.isfinite(raised), np.nan, raised)


def _comparison(compare: Callable[[Column, Column], Column]) -> Work:
    def work(values: Sequence[Column], step: Step, grain: Grain) -> Column:
        left, right = values
        return np.where(np.isnan(left) | np.isnan(right), np.nan, compare(left, right))

    return work


def _if(values: Sequence[Column], step: Step, grain: Grain) -> Column:
    condition, yes, no = values
    return np.where(np.isnan(condition), np.nan, np.where(condition == 1, yes, no))


def _default(values: Sequence[Column], step: Step, grain: Grain) -> Column:
    return np.where(np.isnan(values[0]), values[1], values[0])


def _round(values: Sequence[Column], step: Step, grain: Grain) -> Column:
    """Halves away from zero, as on paper; a value that misses a half by one unit in the last place is one."""
    size = np.abs(values[0])
    factor = 10.0 ** abs(step.number)
    with np.errstate(over="ignore"):
        scaled = size * factor if step.number >= 0 else size / factor
    whole = np.floor(scaled + np.spacing(scaled) + 0.5)
    rounded = whole / factor if step.number >= 0 else whole * factor
    # From 1e15 on a float has no digits left to round.
    return np.where(scaled < 1e15, np.copysign(rounded, values[0]), values[0])


def _previous(values: Sequence[Column], step: Step, grain: Grain) -> Column:
    moved = np.full_like(values[0], np.nan)
    moved[..., step.number :] = values[0][..., : -step.number]
    return moved


def _rolling(values: Sequence[Column], step: Step, grain: Grain) -> Column:
    rolled = np.full_like(values[0], np.nan)
    if step.number <= grain.size:
        windows = sliding_window_view(values[0], step.number, axis=-1)
        rolled[..., step.number - 1 :] = _OVER_SPAN[step.rule](windows, axis=-1)
    return rolled


def _cumulative(values: Sequence[Column], step: Step, grain: Grain) -> Column:
    """Since the start of each year; periods before the first start that is known have no data."""
    if grain.year_starts is None:
        raise FormulaError("year-unknown", "cumulative() needs to know where the years begin.")
    result = np.full_like(values[0], np.nan)
    for first, end in pairwise([*np.flatnonzero(grain.year_starts), grain.size]):
        year = values[0][..., first:end]
        if step.rule in ("min", "max"):
            result[..., first:end] = (np.minimum if step.rule == "min" else np.maximum).accumulate(year, axis=-1)
        else:
            divisor = np.arange(1, end - first + 1) if step.rule == "mean" else 1
            result[..., first:end] = np.cumsum(year, axis=-1) / divisor
    return result


_OVER_SPAN: dict[str, Callable[..., Column]] = {"sum": np.sum, "mean": np.mean, "min": np.min, "max": np.max}

_WORK: dict[str, Work] = {
    "+": lambda values, step, grain: values[0] + values[1],
    "-": lambda values, step, grain: values[0] - values[1],
    "*": lambda values, step, grain: values[0] * values[1],
    "/": _divide,
    "^": _power,
    "negate": lambda values, step, grain: -values[0],
    "<": _comparison(np.less),
    "<=": _comparison(np.less_equal),
    ">": _comparison(np.greater),
    ">=": _comparison(np.greater_equal),
    "=": _comparison(np.equal),
    "!=": _comparison(np.not_equal),
    "if": _if,
    "default": _default,
    "abs": lambda values, step, grain: np.abs(values[0]),
    "round": _round,
    "min": lambda values, step, grain: reduce(np.minimum, values),
    "max": lambda values, step, grain: reduce(np.maximum, values),
    "previous": _previous,
    "rolling": _rolling,
    "cumulative": _cumulative,
}
