"""A formula looked at before it is saved: in words, with its unit and its newest results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from sextant.calc.formula import Formula, FormulaError, describe, parse, units
from sextant.calc.periods import Frequency, Period
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.metrics.commands.definitions import check_formula
from sextant.metrics.models import Metric
from sextant.metrics.queries.calculated import Calculation, ratio_text
from sextant.metrics.queries.series import Series, load_recorded
from sextant.metrics.queries.standpoint import Standpoint

UNSAVED = -1
REASONS = ("missing-input", "divided-by-zero", "overflow", "not-a-real-number", "too-few-periods")


@dataclass(frozen=True, slots=True)
class Result:
    """One period of the preview; `reason` is a key that says why there is no value ("" where there is one)."""

    period: Period
    value: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class FormulaLook:
    """What a formula says. `unit` is a unit code or "" when the parts do not tell it."""

    text: str
    words: str
    inputs: tuple[Metric, ...]
    unit: str
    unit_problem: str
    results: tuple[Result, ...]
    series: Series


def look_at(
    actor: Actor, text: str, *, metric: Metric | None, frequency: str, point: Standpoint, newest: int = 6
) -> FormulaLook:
    """Check a formula as saving it would, and try it on the values there are.

    `metric` is the one it is meant for, None for a new one. Raises Refused for what saving would refuse: what
    cannot be read, unknown inputs, a cycle (with its path), a metric with values of its own.
    """
    subject = metric or Metric(key="new", name="", unit="number")
    formula = parse(check_formula(actor, subject, text))
    inputs = tuple(visible("metric", actor).filter(key__in=formula.inputs).order_by("name"))
    unit, problem = unit_of(formula, inputs)
    trial = Metric(id=UNSAVED, key=subject.key, frequency=frequency, unit=unit or "number", span=1)
    series = _tried(trial, formula, point)
    return FormulaLook(
        formula.text, describe(formula, {one.key: one.name for one in inputs}), inputs, unit, problem,
        _results(series, newest), series,
    )  # fmt: skip


def unit_of(formula: Formula, inputs: tuple[Metric, ...]) -> tuple[str, str]:
    """The unit of the result ("" when it cannot be told) and what speaks against it, in words."""
    try:
        found = units(formula, {one.key: one.unit for one in inputs})
    except FormulaError as error:
        return "", str(error)
    return ("" if found == "unknown" else found), ""


def formula_in_words(actor: Actor, metric: Metric, text: str) -> tuple[str, tuple[Metric, ...]]:
    """A saved formula (or the ratio of a metric) in words, and the metrics in it that the actor may see.

    Others are neither named nor quoted.
    """
    source = ratio_text(metric) if metric.numerator_id is not None else text
    if not source:
        return "", ()
    formula = parse(source)
    seen = tuple(visible("metric", actor).filter(key__in=formula.inputs).order_by("name"))
    hidden = {key: gettext("a metric not visible to you") for key in formula.inputs}
    return describe(formula, hidden | {one.key: one.name for one in seen}), seen


def _tried(trial: Metric, formula: Formula, point: Standpoint) -> Series:
    calculation = Calculation.of([trial], point, {UNSAVED: formula})
    since: Mapping[int, int | None] = calculation.since([trial], None)
    recorded = load_recorded({i: calculation.by_id[i] for i in since}, since, point, newest=None)
    return calculation.series(trial, recorded, Frequency(trial.frequency))


def _results(series: Series, newest: int) -> tuple[Result, ...]:
    shown = range(max(0, series.complete - newest), series.complete)
    return tuple(
        Result(
            series.period(index),
            None if math.isnan(value := float(series.values[index])) else value,
            series.reasons.get(index, ""),
        )
        for index in shown
    )
