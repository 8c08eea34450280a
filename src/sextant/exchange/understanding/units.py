"""Units found in cells and headers, and shares written as 0-1 where 0-100 is meant."""

import re
from collections.abc import Sequence

from sextant.calc.numbers import read_number, read_unit
from sextant.exchange.understanding.cells import normal
from sextant.exchange.understanding.drafts import MetricDraft
from sextant.exchange.understanding.headers import split_unit
from sextant.exchange.understanding.members import Member
from sextant.exchange.understanding.plans import Plan
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.words import word_lists

PERCENT_WORDS = word_lists("members")["percent"]
_SIGN = re.compile(r"(?<!\d)(?<!\d )%")
"""A percent sign that is not part of a number ("within 90% of")."""
ENOUGH = 5
CLEARLY_A_SHARE = 0.2


def teach_unit(draft: MetricDraft, table: TableReading, place: int, members: Sequence[Member]) -> None:
    """The unit a column's header, its cells' format or the metric's own name gives."""
    slot = table.slots[place]
    profile = table.profiles[slot.column]
    origin = f"{table.grid.file}: header"
    if slot.unit and draft.learn("unit_text", slot.unit, origin):
        draft.learn("unit", read_unit(slot.unit) or "", origin)
    if profile.percent_cells >= 0.8 or profile.percent_signs >= 0.8 or _shown_as_percent(members):
        draft.learn("unit", "percent", f"{table.grid.file}: percent cells")
    if speaks_of_percent(slot.label) or speaks_of_percent(draft.name):
        draft.learn("unit", "percent", "name")
    if not draft.unit and not draft.unit_text:
        written = split_unit(draft.name)[1]
        named = read_unit(written) if written else ""
        draft.learn("unit", named or _of_cells(members, place, table), "name or cells")


def _of_cells(members: Sequence[Member], place: int, table: TableReading) -> str:
    """The unit that all cells bear: "$1,200", "47 %", "45 days"."""
    readings = [
        reading.unit for member in members for _, texts in member.combination.samples[:20]
        if (reading := read_number(texts[place], table.number_format)).kind == "number"
    ]  # fmt: skip
    return readings[0] if readings and len(set(readings)) == 1 else ""


def _shown_as_percent(members: Sequence[Member]) -> bool:
    """Whether a workbook shows most cells of these rows as percent."""
    filled = sum(sum(member.combination.filled) for member in members)
    return filled > 0 and sum(member.combination.percent for member in members) >= 0.6 * filled


def speaks_of_percent(text: str) -> bool:
    """Whether a name says that its numbers are percent: "Percentage seen within 4 hours", "Churn %"."""
    words = f" {normal(text)} "
    if words.startswith((" number of ", " anzahl ", " nombre de ", " numero de ", " aantal ")):
        return False
    return _SIGN.search(text) is not None or any(f" {word} " in words for word in PERCENT_WORDS)


def settle_shares(plan: Plan, drafts: Sequence[MetricDraft], members: dict[int, list[tuple[Member, int]]]) -> None:
    """Decide per table whether percent metrics are written as 0-1, and say so. `members`: metric -> (member, slot)."""
    table = plan.table
    pooled: list[float] = []
    doubtful: list[int] = []
    for metric, places in members.items():
        draft = drafts[metric]
        if draft.unit != "percent":
            continue
        chosen = table.settings.scale
        if chosen is not None and (chosen == 1 or max(map(abs, _values(table, places)), default=0.0) <= 1.0):
            plan.scales[metric] = chosen
        if chosen is not None:
            continue
        by_format = max(table.profiles[table.slots[place].column].percent_cells for _, place in places)
        if by_format >= 0.8 or _shown_as_percent([member for member, _ in places]):
            continue
        values = _values(table, places)
        if values and max(map(abs, values)) <= 1.0 and any(not value.is_integer() for value in values):
            pooled += values
            doubtful.append(metric)
        elif values:
            pooled += values
    if doubtful:
        _settle(plan, drafts, doubtful, pooled)


def _values(table: TableReading, places: Sequence[tuple[Member, int]]) -> list[float]:
    found = []
    for member, place in places:
        for _, texts in member.combination.samples:
            reading = read_number(texts[place], table.number_format)
            if reading.kind == "number" and reading.value is not None:
                if reading.unit == "percent":
                    return []
                found.append(reading.value)
    return found


def _settle(plan: Plan, drafts: Sequence[MetricDraft], doubtful: Sequence[int], pooled: Sequence[float]) -> None:
    table = plan.table
    names = ", ".join(f"“{drafts[metric].name}”" for metric in doubtful[:3])
    more = f" and {len(doubtful) - 3} more" if len(doubtful) > 3 else ""
    largest = max(map(abs, pooled))
    aims = [target.target for metric in doubtful for target in drafts[metric].targets if target.target is not None]
    clearly = len(pooled) >= ENOUGH and CLEARLY_A_SHARE <= largest <= 1.0
    if clearly or (largest <= 1.0 and aims and min(aims) > 1.0):
        for metric in doubtful:
            plan.scales[metric] = 100.0
        table.note("share-times-100", f"{names}{more}: all values lie between 0 and 1, so they are taken as shares and "
                   f"stored as percent (largest {largest:g} becomes {largest * 100:g} %).")  # fmt: skip
        table.offer("scale", f"{names}{more}: values from 0 to 1 are taken as shares of 1.", "scale",
                    choices=("100", "1"), chosen="100")  # fmt: skip
    else:
        table.offer("scale", f"{names}{more}: values from 0 to {largest:g} under “percent” are taken as they are.",
                    "scale", choices=("1", "100"), chosen="1")  # fmt: skip
