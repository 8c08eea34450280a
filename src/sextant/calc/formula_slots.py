"""The slots of a program filled with columns, plainly or with the reason of every gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sextant.calc.formula_grammar import near_match
from sextant.calc.formula_inputs import (
    Column,
    Grain,
    Index,
    Input,
    aggregated_column,
    own_column,
    reduced,
    total_column,
)
from sextant.calc.formula_program import (
    CAUSES,
    DIVIDED_BY_ZERO,
    NO_CAUSE,
    OVERFLOW,
    Program,
    Slot,
    Traced,
    run,
    run_traced,
    traced,
)
from sextant.calc.formula_tree import FormulaError

Columns: TypeAlias = Mapping[str, Input | Column]


@dataclass(slots=True)
class Reasons:
    """Numbers for causes, so that they can travel in arrays."""

    texts: list[str] = field(default_factory=lambda: list(CAUSES))

    def missing(self, key: str) -> int:
        """The number of "this input has no data"."""
        text = f"missing-input:{key}"
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)


def metric(columns: Columns, key: str, position: int) -> Input:
    """The input of this key; a plain array is a column at the result's grain."""
    if key not in columns:
        raise unknown_metric(key, columns, position)
    found = columns[key]
    return found if isinstance(found, Input) else Input(found)


def unknown_metric(key: str, known: Mapping[str, object] | Sequence[str], position: int) -> FormulaError:
    """The refusal of a key that is no metric, with the near match."""
    meant = near_match(key, list(known))
    proposal = f" Did you mean [{meant}]?" if meant else ""
    return FormulaError("unknown-metric", f"There is no metric [{key}].{proposal}", position)


def filled(program: Program, columns: Columns, grain: Grain) -> list[Column]:
    """The columns of all slots. Raises `FloatingPointError` where a sum overflows, as numpy is told to do."""
    return [_column(slot, columns, grain) for slot in program.slots]


def filled_traced(program: Program, columns: Columns, grain: Grain, reasons: Reasons) -> list[Traced]:
    """The columns of all slots with the cause of every gap."""
    return [_traced_column(slot, columns, grain, reasons) for slot in program.slots]


def _column(slot: Slot, columns: Columns, grain: Grain) -> Column:
    if slot.rule == "constant":
        return np.array([slot.value])
    source = _first(slot, columns)
    if slot.inner is not None:
        shared, fine = _shared_periods(slot, slot.inner, columns, grain)
        values = run(slot.inner, filled(slot.inner, shared, fine), fine)
        column = reduced(values, source, grain, slot.rule, slot.key)
    elif source.groups is None and slot.rule != "total":
        return reduced(source.values, source, grain, slot.rule, slot.key)
    else:
        column = _metric_column(slot, source, grain)
    if np.isinf(column).any():
        raise FloatingPointError
    return column


def _traced_column(slot: Slot, columns: Columns, grain: Grain, reasons: Reasons) -> Traced:
    if slot.rule == "constant":
        return Traced(np.array([slot.value]), np.zeros(1, dtype=np.int64))
    source, missing = _first(slot, columns), reasons.missing(slot.key)
    if slot.inner is None:
        values = _metric_column(slot, source, grain)
        return traced(values, _gaps(values, _zero_wholes(slot, source, grain), missing))
    shared, fine = _shared_periods(slot, slot.inner, columns, grain)
    inner = run_traced(slot.inner, filled_traced(slot.inner, shared, fine, reasons), fine)
    values = reduced(inner.values, source, grain, slot.rule, slot.key)
    rule = "last" if slot.rule == "last" else "max"
    causes = reduced(inner.causes.astype(np.float64), source, grain, rule, slot.key)
    return traced(values, np.where(np.isnan(causes), missing, causes).astype(np.int64))


def _gaps(values: Column, zero_wholes: NDArray[np.bool_], missing: int) -> Index:
    causes = np.where(np.isnan(values), missing, np.where(np.isinf(values), OVERFLOW, NO_CAUSE))
    return np.where(zero_wholes, DIVIDED_BY_ZERO, causes)


def _zero_wholes(slot: Slot, source: Input, grain: Grain) -> NDArray[np.bool_]:
    """Where a ratio that is calculated from its parts has a denominator of zero."""
    if slot.rule != "own" or source.parts is None or not source.is_from_parts:
        return np.zeros(grain.size, dtype=np.bool_)
    return np.equal(own_column(source.parts[1], grain, slot.key, slot.position), 0)


def _metric_column(slot: Slot, source: Input, grain: Grain) -> Column:
    if slot.rule == "own":
        return own_column(source, grain, slot.key, slot.position)
    if slot.rule == "total":
        return total_column(source, grain, slot.key, slot.position)
    return aggregated_column(source, grain, slot.rule, slot.key, slot.position)


def _first(slot: Slot, columns: Columns) -> Input:
    return metric(columns, slot.key, slot.position)


def _shared_periods(slot: Slot, inner: Program, columns: Columns, grain: Grain) -> tuple[Columns, Grain]:
    """The inputs of an aggregated expression on their own periods, which must be the same for all of them."""
    first = _first(slot, columns)
    shared: dict[str, Input | Column] = {}
    for each in inner.slots:
        if each.rule == "constant":
            continue
        other = metric(columns, each.key, each.position)
        if not _same_periods(first, other):
            raise FormulaError(
                "grains-differ",
                f"{slot.rule}() calculates on the finer periods first, and those of [{slot.key}] and "
                f"[{each.key}] differ. Aggregate each by itself, as in {slot.rule}([{slot.key}]).",
                each.position,
            )
        shared[each.key] = other.values
    return shared, Grain(len(first.values))


def _same_periods(one: Input, other: Input) -> bool:
    if one.groups is None or other.groups is None:
        return one.groups is other.groups
    return np.array_equal(one.groups, other.groups)
