"""Targets: their values, whether those make sense, and which of them judges a period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from sextant.calc.periods import Calendar, Frequency, Period, containing, periods_between
from sextant.calc.why import Why, method

DIRECTIONS = ("up", "down", "within")
WEEK_HOURS = 7 * 24

Fault = tuple[str, str, str]
"""A stable key, a message for a person, and the name of the field at fault."""


class DirectionError(ValueError):
    """A direction that is none of up, down and within."""

    key = "direction-unknown"

    def __init__(self, direction: str) -> None:
        super().__init__(f"{direction!r} is no direction. Use up, down or within.")


@dataclass(frozen=True, slots=True)
class TargetValues:
    """What a value is judged against, in the unit of the metric; what is not set is None.

    ``target``, ``red_flag`` and ``stretch`` serve the directions up and down; ``low``, ``high``,
    ``red_low`` and ``red_high`` make the band of the direction within, where one side may stay open.
    """

    target: float | None = None
    red_flag: float | None = None
    low: float | None = None
    high: float | None = None
    red_low: float | None = None
    red_high: float | None = None
    stretch: float | None = None

    def judges(self, direction: str) -> bool:
        """True when there is something to meet in this direction."""
        if direction == "within":
            return self.low is not None or self.high is not None
        if direction not in DIRECTIONS:
            raise DirectionError(direction)
        return self.target is not None


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target as recorded: for one ``period``, from an hour on (``valid_from``; None: always), or an
    aim.

    An aim (``aim_by``) is the long-term value for a later date: it judges nothing before the end of
    ``aim_by``.
    """

    values: TargetValues
    valid_from: int | None = None
    period: Period | None = None
    aim_by: Period | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The target that judges a period, by which rule it was chosen, and the rows it comes from."""

    values: TargetValues | None
    rule: str
    rows: tuple[TargetRow, ...] = ()


FORMULAS = {
    "target-names-the-period": "the target row that names this period",
    "target-holds-from": "the newest target row that holds from a date on or before the period's start",
    "target-aim-reached": "the long-term aim, whose date the period has reached",
    "targets-add-up": "sum of the targets of the finer periods, as the values add up too",
    "target-of-last-period": "target of the last finer period",
    "target-incomplete": "a finer period has no target, so the sum would be too small",
    "target-missing": "no target row covers this period",
}


def check_target_values(values: TargetValues, direction: str) -> list[Fault]:
    """What is wrong with target values, empty when nothing is; an entirely empty row ends a target and
    is fine.
    """
    if direction not in DIRECTIONS:
        raise DirectionError(direction)
    faults = [
        ("target-not-finite", "This is not a finite number. Type a plain number.", field.name)
        for field in fields(values)
        if (figure := getattr(values, field.name)) is not None and not math.isfinite(figure)
    ]
    if faults:
        return faults
    return _band_faults(values) if direction == "within" else _line_faults(values, direction)


def target_for(
    period: Period,
    rows: Sequence[TargetRow],
    calendar: Calendar = Calendar(),
    aggregation: str = "last",
    native: Frequency | None = None,
) -> TargetValues | None:
    """The target that judges a period, or None.

    A row naming the period wins, else the newest row that holds from its start or earlier. ``native`` is
    the metric's own frequency (None: that of the period, or the finest one that rows name): where the
    period is coarser, targets of sum metrics add (every finer period must have one) and others take that
    of the last finer period.
    """
    return choose_target(period, rows, calendar, aggregation, native).values


def choose_target(
    period: Period,
    rows: Sequence[TargetRow],
    calendar: Calendar = Calendar(),
    aggregation: str = "last",
    native: Frequency | None = None,
) -> Choice:
    """As target_for, with the rule and the rows that decided."""
    named = _naming(period, rows)
    if named is not None:
        return Choice(named.values, "target-names-the-period", (named,))
    finer = _finer_periods(period, rows, calendar, native)
    if not finer:
        return _own_target(period, rows)
    if aggregation != "sum":
        last = _own_target(finer[-1], rows)
        return Choice(last.values, "target-of-last-period" if last.rows else last.rule, last.rows)
    parts = [_own_target(part, rows) for part in finer]
    used = tuple(dict.fromkeys(row for part in parts for row in part.rows))
    if not used:
        return Choice(None, "target-missing")
    if any(part.values is None for part in parts):
        return Choice(None, "target-incomplete", used)
    return Choice(_added([part.values for part in parts if part.values]), "targets-add-up", used)


def explain_target(
    period: Period,
    rows: Sequence[TargetRow],
    calendar: Calendar = Calendar(),
    aggregation: str = "last",
    native: Frequency | None = None,
) -> Why:
    """Why this target judges the period."""
    choice = choose_target(period, rows, calendar, aggregation, native)
    inputs = {
        "period_start": period.start,
        "period_end": period.end,
        "aggregation": aggregation,
        "rows": choice.rows,
        "result": choice.values,
    }
    return Why(choice.rule, FORMULAS[choice.rule], inputs, method("targets"))


def _naming(period: Period, rows: Sequence[TargetRow]) -> TargetRow | None:
    """The last row that names this very period; a later row in the sequence replaces an earlier one."""
    hits = [
        row
        for row in rows
        if row.aim_by is None
        and row.period is not None
        and (row.period.start, row.period.end) == (period.start, period.end)
    ]
    return hits[-1] if hits else None


def _own_target(period: Period, rows: Sequence[TargetRow]) -> Choice:
    named = _naming(period, rows)
    if named is not None:
        return Choice(named.values, "target-names-the-period", (named,))
    holding = [(since, row) for row in rows if (since := _holds_since(row, period)) is not None]
    if not holding:
        return Choice(None, "target-missing")
    newest = max(since for since, _ in holding)
    row = next(row for since, row in reversed(holding) if since == newest)
    return Choice(row.values, "target-holds-from" if row.aim_by is None else "target-aim-reached", (row,))


def _holds_since(row: TargetRow, period: Period) -> float | None:
    """The hour from which a row judges, when the period has reached it."""
    if row.aim_by is not None:
        return float(row.aim_by.end - 1) if period.end >= row.aim_by.end else None
    if row.period is not None:
        return None
    since = -math.inf if row.valid_from is None else float(row.valid_from)
    return since if since <= period.start else None


def _finer_periods(
    period: Period, rows: Sequence[TargetRow], calendar: Calendar, native: Frequency | None
) -> list[Period]:
    """The periods of the metric's own frequency inside a coarser one; empty when it is not coarser."""
    if native is None:
        named = [row.period.frequency for row in rows if row.period is not None and row.aim_by is None]
        native = min([*named, period.frequency], key=lambda frequency: frequency.rank)
    if native.rank >= period.frequency.rank or period.span > 1:
        return []
    around = periods_between(period.start - WEEK_HOURS, period.end + WEEK_HOURS, native, calendar)
    return [part for part in around if containing(part, period.frequency, calendar) == period]


def _added(parts: Sequence[TargetValues]) -> TargetValues:
    """Field by field; a field that one part lacks is lacking in the sum."""
    sums: dict[str, float | None] = {}
    for field in fields(TargetValues):
        figures = [getattr(part, field.name) for part in parts]
        sums[field.name] = None if None in figures else math.fsum(figures)
    return TargetValues(**sums)


def _line_faults(values: TargetValues, direction: str) -> list[Fault]:
    """Faults of a target with one good side."""
    faults = [
        ("band-without-within", "A band belongs to the direction within. Use target and red flag here.", name)
        for name in ("low", "high", "red_low", "red_high")
        if getattr(values, name) is not None
    ]
    sign = 1.0 if direction == "up" else -1.0
    worse, better = ("below", "above") if direction == "up" else ("above", "below")
    for name, words in (("red_flag", "A red flag"), ("stretch", "A stretch target")):
        if values.target is None and getattr(values, name) is not None:
            faults.append(("target-missing", f"{words} needs a target beside it. Set the target too.", "target"))
    sides = (("red_flag", "The red flag", worse, sign), ("stretch", "The stretch target", better, -sign))
    for name, words, side, towards in sides:
        figure = getattr(values, name)
        if values.target is None or figure is None or towards * figure < towards * values.target:
            continue
        message = f"{words} must lie {side} the target {values.target:g}; it is {figure:g}."
        faults.append((f"{name.replace('_', '-')}-on-wrong-side", message, name))
    return faults


def _band_faults(values: TargetValues) -> list[Fault]:
    """Faults of a band."""
    faults = [
        ("line-with-within", "The direction within has a band: set its lower and upper bound instead.", name)
        for name in ("target", "red_flag", "stretch")
        if getattr(values, name) is not None
    ]
    low, high = values.low, values.high
    if low is not None and high is not None and low > high:
        faults.append(("band-upside-down", f"The lower bound {low:g} lies above the upper one {high:g}.", "low"))
    sides = (("red_low", values.red_low, "low", low, 1.0), ("red_high", values.red_high, "high", high, -1.0))
    for name, flag, bound_name, bound, sign in sides:
        if flag is None:
            continue
        if bound is None:
            message = "A red flag needs the bound it lies outside of. Set that bound too."
            faults.append(("band-bound-missing", message, bound_name))
        elif sign * flag >= sign * bound:
            message = f"The red flag must lie outside the band, whose bound is {bound:g}; it is {flag:g}."
            faults.append(("red-flag-on-wrong-side", message, name))
    return faults
