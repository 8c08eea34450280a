"""Many formulas over one matrix: those of one shape are calculated together, and one may use another's result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sextant.calc.formula_inputs import Column, Grain, Index, no_breakdowns
from sextant.calc.formula_program import Program, Slot, Traced, run, run_traced
from sextant.calc.formula_slots import unknown_metric

_BLOCK = 32_768  # numbers per array worked on at once: a few of these stay in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Formulas of one shape: their rows in the result, and per slot of the shape one slot of each formula.

    `is_nearest`: they need stored metrics only, none of each other's results.
    """

    is_nearest: bool
    rows: tuple[int, ...]
    program: Program
    slots: tuple[tuple[Slot, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Suite:
    """Formulas arranged once to be evaluated together many times.

    `keys` name the rows of the result, `needed` holds one slot for each stored metric that some formula needs.
    """

    keys: tuple[str, ...]
    batches: tuple[Batch, ...]
    needed: tuple[Slot, ...]


def arrange(keys: Sequence[str], programs: Mapping[str, Program]) -> Suite:
    """Batches of equal shape and equal distance from the stored metrics, nearest first.

    `programs` come in an order in which each follows those it needs; `keys` give the order of the result.
    """
    distance: dict[str, int] = {}
    groups: dict[tuple[int, str], list[str]] = {}
    needed: dict[str, Slot] = {}
    for key, program in programs.items():
        for slot in program.slots:
            if slot.rule == "total":
                raise no_breakdowns(slot.key, slot.position)
            if slot.rule != "constant" and slot.key not in programs:
                needed.setdefault(slot.key, slot)
        distance[key] = 1 + max((distance.get(slot.key, 0) for slot in program.slots), default=0)
        groups.setdefault((distance[key], program.shape), []).append(key)
    row = {key: index for index, key in enumerate(keys)}
    batches = (
        _batch(steps == 1, [row[key] for key in part], [programs[key] for key in part])
        for (steps, _), part in sorted(groups.items(), key=lambda group: group[0][0])
    )
    return Suite(tuple(keys), tuple(batches), tuple(needed.values()))


def evaluate_suite(suite: Suite, matrix: Column, rows: Mapping[str, int], grain: Grain) -> Column:
    """All results (formulas x periods) over `matrix` (metrics x periods), of which `rows` names the rows."""
    for slot in suite.needed:
        if slot.key not in rows:
            raise unknown_metric(slot.key, list(rows), slot.position)
    matrix = np.asarray(matrix, dtype=np.float64)
    if np.isinf(matrix).any():
        matrix = np.where(np.isinf(matrix), np.nan, matrix)
    results = np.full((len(suite.keys), grain.size), np.nan)
    columns = {key: matrix[row] for key, row in rows.items()}
    columns.update(zip(suite.keys, results, strict=True))
    block = max(1, _BLOCK // max(grain.size, 1))
    with np.errstate(over="raise", divide="ignore", invalid="ignore", under="ignore"):
        for batch in suite.batches:
            if len(batch.rows) == 1:
                alone = [_one(slots[0], columns) for slots in batch.slots]
                results[batch.rows[0]] = _run(batch.program, alone, grain)
                continue
            stored = (matrix, rows) if batch.is_nearest else None
            for first in range(0, len(batch.rows), block):
                part = slice(first, first + block)
                several = [_several(slots[part], columns, stored) for slots in batch.slots]
                results[list(batch.rows[part])] = _run(batch.program, several, grain)
    return results


def _one(slot: Slot, columns: Mapping[str, Column]) -> Column:
    """The slot of a single formula: its periods, or one constant."""
    return np.array([slot.value]) if slot.rule == "constant" else columns[slot.key]


def _several(
    slots: Sequence[Slot], columns: Mapping[str, Column], stored: tuple[Column, Mapping[str, int]] | None
) -> Column:
    """The same slot of several formulas: formulas x periods, or formulas x 1 for constants."""
    if stored is None or slots[0].rule == "constant":
        return np.stack([_one(slot, columns) for slot in slots])
    matrix, rows = stored
    taken: Column = matrix[[rows[slot.key] for slot in slots]]
    return taken


def _batch(is_nearest: bool, rows: Sequence[int], programs: Sequence[Program]) -> Batch:
    slots = zip(*(program.slots for program in programs), strict=True)
    return Batch(is_nearest, tuple(rows), programs[0], tuple(slots))


def _run(program: Program, columns: Sequence[Column], grain: Grain) -> Column:
    """A batch, or the same with overflow removed step by step when numpy reports one."""
    try:
        return run(program, columns, grain)
    except FloatingPointError:
        no_causes: list[Index] = [np.zeros_like(values, dtype=np.int64) for values in columns]
        with np.errstate(all="ignore"):
            return run_traced(program, list(map(Traced, columns, no_causes)), grain).values
