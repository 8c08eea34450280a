"""One value per key result and period out of records that repeat, and figures that change from a period on."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sextant.calc.periods import Calendar, Frequency, Period, PeriodError, hour_of, parse_period, period_at
from sextant.calc.progress import progress
from sextant.exchange.okr_reading import ReadKeyResult, ReadUpdate

NEAR = 0.001


@dataclass(frozen=True, slots=True)
class Report:
    """What stands for one key result in one period, after repeats; `period` None is "as things stand"."""

    period: Period | None
    update: ReadUpdate


@dataclass(frozen=True, slots=True)
class Figures:
    """Baseline and target in force from an hour on; None: from the start."""

    valid_from: int | None
    baseline: float | None
    target: float | None
    when: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Published progress against ours, record by record."""

    published: int
    equal: int
    kinds: dict[str, int]  # why the others differ -> how many
    least: float | None
    most: float | None


def reports_of(updates: Sequence[ReadUpdate], calendar: Calendar, rule: str) -> dict[str, list[Report]]:
    """By key result, one report per period in the order of time. `rule` says which of several counts."""
    grouped: dict[str, dict[str, list[ReadUpdate]]] = defaultdict(lambda: defaultdict(list))
    for update in updates:
        grouped[update.key_result_ref][update.period].append(update)
    found: dict[str, list[Report]] = {}
    for ref, periods in grouped.items():
        reports = []
        for text, several in periods.items():
            merged = _merged(several, rule)
            if merged is not None:
                reports.append(Report(period_of(text, calendar), merged))
        found[ref] = sorted(reports, key=lambda report: report.period.start if report.period else math.inf)
    return found


def period_of(text: str, calendar: Calendar) -> Period | None:
    """The period a record names; None for none, or for a text that names none."""
    try:
        return parse_period(text, calendar=calendar) if text else None
    except PeriodError:
        return None


def _merged(updates: Sequence[ReadUpdate], rule: str) -> ReadUpdate | None:
    """One of several records of a period: the last with a value unless the rule says otherwise."""
    facts = [replace(update, place=updates[0].place) for update in updates]
    distinct = [update for at, update in enumerate(updates) if facts[at] not in facts[:at]]
    if len(distinct) == 1:
        return distinct[0]
    if rule == "refuse":
        return None
    with_value = [update for update in distinct if update.value is not None] or distinct
    if rule in ("sum", "mean", "max"):
        values = [update.value for update in with_value if update.value is not None]
        return replace(with_value[-1], value=_combined(values, rule) if values else None)
    return with_value[0] if rule == "first" else with_value[-1]


def _combined(values: Sequence[float], rule: str) -> float:
    if rule == "max":
        return max(values)
    return math.fsum(values) / (len(values) if rule == "mean" else 1)


def figures_of(key_result: ReadKeyResult, reports: Sequence[Report]) -> list[Figures]:
    """The figures in the order of time; a new entry where a period gives others than the one before."""
    rows: list[Figures] = []
    for report in reports:
        update = report.update
        before = rows[-1] if rows else Figures(None, None, None)
        baseline = before.baseline if update.baseline is None else update.baseline
        target = before.target if update.target is None else update.target
        if (baseline, target) == (before.baseline, before.target):
            continue
        first = not rows or (before.baseline is None and before.target is None)
        start = None if first or report.period is None else report.period.start
        rows = [] if first else rows
        rows.append(Figures(start, baseline, target, update.period))
    if not rows:
        rows = [Figures(None, key_result.baseline, key_result.target)]
    elif rows[0].baseline is None or rows[0].target is None:
        first_row = rows[0]
        rows[0] = replace(
            first_row,
            baseline=key_result.baseline if first_row.baseline is None else first_row.baseline,
            target=key_result.target if first_row.target is None else first_row.target,
        )
    return rows


def frequency_of(reports: Iterable[Report]) -> Frequency:
    """How often a key result of its own is measured: as its records come, but at most weekly."""
    found = {report.period.frequency for report in reports if report.period is not None}
    coarse = [frequency for frequency in found if frequency.rank > Frequency.WEEK.rank]
    return min(coarse, key=lambda frequency: frequency.rank) if coarse and len(coarse) == len(found) else Frequency.WEEK


def home_of(report: Report, frequency: Frequency, calendar: Calendar, day: date) -> Period:
    """The period of the metric in which a report is kept; one without a period stands on `day`."""
    if report.period is None:
        return period_at(hour_of(day), frequency, calendar)
    if report.period.frequency is frequency:
        return report.period
    return period_at(report.period.end - 1, frequency, calendar)


def compare_progress(key_results: Sequence[ReadKeyResult], updates: Sequence[ReadUpdate]) -> Compared:
    """Record by record, whether published progress is what our formula gives; where not, why."""
    kinds_of = {one.ref: one.kind for one in key_results}
    published: list[float] = []
    equal = 0
    kinds: dict[str, int] = {}
    for update in updates:
        if update.progress is None or update.value is None or update.baseline is None or update.target is None:
            continue
        published.append(update.progress)
        ours = progress(update.value, update.baseline, update.target)
        if ours is not None and abs(ours - update.progress) <= NEAR:
            equal += 1
            continue
        why = _why_other(update, ours, kinds_of.get(update.key_result_ref, ""))
        kinds[why] = kinds.get(why, 0) + 1
    return Compared(
        len(published), equal, kinds, min(published) if published else None, max(published) if published else None
    )


def _why_other(update: ReadUpdate, ours: float | None, kind: str) -> str:
    """Why the published progress of a record is not what our formula gives."""
    if ours is None:
        return "baseline-is-target"
    if kind == "guardrail":  # held or not held: it has no share of the way
        return "holds-a-bound"
    return (
        "reached-but-published-as-0" if update.value == update.target and not update.progress else "published-otherwise"
    )
