"""Formulas worked out in both ways, which have to agree."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sextant.calc.formula import (
    Evaluation,
    Grain,
    Input,
    evaluate,
    evaluate_with_reasons,
    parse,
)

NAN = math.nan


QUARTERS = np.repeat([0, 1, 2, 3], 3)


def monthly(values: Sequence[float], rule: str = "sum", unit: str = "number", **more: object) -> Input:
    """Months of up to four quarters."""
    return Input(np.array(values), QUARTERS[: len(values)], rule, unit=unit, **more)  # type: ignore[arg-type]


def worked_out(text: str, size: int | None = None, **columns: Sequence[float] | Input) -> list[float]:
    return evaluated(text, size, **columns).values.tolist()


def evaluated(text: str, size: int | None = None, **columns: Sequence[float] | Input) -> Evaluation:
    """Both evaluations, after asserting that they agree."""
    inputs = {key: each if isinstance(each, Input) else np.array(each, dtype=float) for key, each in columns.items()}
    if size is None:
        size = max(len(each) for each in inputs.values() if isinstance(each, np.ndarray))
    year_starts = np.arange(size) % 4 == 1
    grain = Grain(size, year_starts)
    found = evaluate_with_reasons(parse(text), inputs, grain=grain)
    np.testing.assert_array_equal(evaluate(parse(text), inputs, grain=grain), found.values)
    assert [bool(reason) for reason in found.reasons] == np.isnan(found.values).tolist()
    return found
