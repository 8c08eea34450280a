"""Targets that stand among the values: plan columns, plan rows, a target beside each value."""

from collections.abc import Sequence
from dataclasses import replace

from sextant.calc.numbers import read_number
from sextant.calc.periods import Period
from sextant.exchange.understanding.cells import normal
from sextant.exchange.understanding.drafts import MetricDraft, TargetDraft
from sextant.exchange.understanding.facts import target_of
from sextant.exchange.understanding.members import Member, Members
from sextant.exchange.understanding.plans import Plan
from sextant.exchange.understanding.tables import Slot, TableReading
from sextant.exchange.understanding.when import PeriodReader
from sextant.exchange.understanding.words import Role

Stated = dict[str, dict[str, float]]
"""Period text -> target, red_flag, low, high."""


def teach_targets(
    draft: MetricDraft, table: TableReading, places: Sequence[tuple[Member, int]], plan: Plan, members: Members,
    periods: PeriodReader,
) -> None:  # fmt: skip
    """Give a draft the targets its table states, unless a better source gave some."""
    origin = table.grid.file + (f" {table.grid.name}" if table.grid.name else "")
    for member, _ in places:
        draft.learn("baseline", member.combination.numbers.get("baseline"), origin)
    if draft.targets and not _may_add(draft, table):
        return
    stated: Stated = {}
    for member, place in places:
        _from_columns(stated, plan, member, table.slots[place])
        if Role.SCENARIO in plan.scan.roles:
            _from_rows(stated, table, member, members)
        for text, numbers in member.combination.judged:
            stated.setdefault(text, {}).update(numbers)
    factor = _factor(draft, table, places, plan)
    found = _targets(stated, periods, origin, factor, plan.last)
    if not found:
        for member, _ in places:
            own = target_of(member.combination.texts, member.combination.numbers, periods, origin)
            if own is not None:
                found = [_scaled(_placed(own, table, periods), plan.scales.get(draft.index, 1.0))]
                break
    if found:
        draft.targets += found
        draft.evidence["target"] = origin


def _may_add(draft: MetricDraft, table: TableReading) -> bool:
    """Whether a further sheet of the same file states the targets of its own period."""
    same_file = all(target.source.startswith(table.grid.file) for target in draft.targets)
    return same_file and table.sheet_means == "period"


def _placed(target: TargetDraft, table: TableReading, periods: PeriodReader) -> TargetDraft:
    """A plain target of a table that is about one period, or of one sheet per year, holds for that time."""
    if table.sheet_means != "period" or target.aim_by is not None:
        return target
    if table.period:
        return replace(target, period=periods.read(table.period))
    starts = [period for slot in table.slots if slot.period and (period := periods.read(slot.period))]
    return replace(target, valid_from=min(starts, key=lambda period: period.start)) if starts else target


def last_value(table: TableReading, periods: PeriodReader) -> Period | None:
    """The last period that has a column of values."""
    read = [periods.read(slot.period) for slot in table.slots if slot.kind == "actual" and slot.period]
    return max((period for period in read if period), key=lambda period: period.end, default=None)


def _from_columns(stated: Stated, plan: Plan, member: Member, slot: Slot) -> None:
    """Columns such as "Jan plan" beside "Jan actual"."""
    table = plan.table
    for place in plan.judges:
        other = table.slots[place]
        if normal(other.label) == normal(slot.label):
            for text, texts in member.combination.samples:
                reading = read_number(texts[place], table.number_format)
                if reading.kind == "number" and reading.value is not None:
                    stated.setdefault(other.period or text, {})[other.kind] = reading.value


def _from_rows(stated: Stated, table: TableReading, member: Member, members: Members) -> None:
    """Rows that a scenario column calls plan or target."""
    for other in members.of(member.identity):
        same = (other.measure, other.dims) == (member.measure, member.dims)
        if not same or other.kind not in ("target", "red_flag"):
            continue
        for text, texts in other.combination.samples:
            for slot, written in zip(table.slots, texts, strict=True):
                reading = read_number(written, table.number_format)
                if reading.kind == "number" and reading.value is not None:
                    stated.setdefault(slot.period or text, {})[other.kind] = reading.value


def _factor(draft: MetricDraft, table: TableReading, places: Sequence[tuple[Member, int]], plan: Plan) -> float:
    shown = any(member.combination.percent for member, _ in places)
    return 100.0 if shown and draft.unit == "percent" else plan.scales.get(draft.index, 1.0)


def _targets(
    stated: Stated, periods: PeriodReader, origin: str, factor: float, last: Period | None
) -> list[TargetDraft]:
    """One target for all periods when they are all the same, else one per period; a later one is an aim."""
    if not stated:
        return []
    different = {tuple(sorted(numbers.items())) for numbers in stated.values()}
    if len(different) == 1 and len(stated) > 1:
        return [_draft(next(iter(stated.values())), None, origin, factor)]
    result = []
    for text, numbers in stated.items():
        period = periods.read(text)
        if period is None:
            continue
        target = _draft(numbers, period, origin, factor)
        if last is not None and period.start >= last.end and len(stated) == 1:
            target = replace(target, period=None, aim_by=period)
        elif last is not None and period.frequency.rank > last.frequency.rank:
            target = replace(target, period=None, valid_from=period)
        result.append(target)
    return result


def _draft(numbers: dict[str, float], period: Period | None, origin: str, factor: float) -> TargetDraft:
    known = {
        name: round(numbers[name] * factor, 12) for name in ("target", "red_flag", "low", "high") if name in numbers
    }
    return TargetDraft(**known, period=period, source=origin)  # type: ignore[arg-type]


def _scaled(target: TargetDraft, factor: float) -> TargetDraft:
    if factor == 1.0 or target.target is None or abs(target.target) > 1.0:
        return target
    numbers = {name: value * factor for name in ("target", "red_flag", "low", "high")
               if (value := getattr(target, name)) is not None}  # fmt: skip
    return replace(target, **numbers)
