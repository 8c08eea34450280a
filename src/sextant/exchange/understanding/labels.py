"""Names as people mean them: without the marks of footnotes, and told apart where headers repeat."""

from collections import Counter
from collections.abc import Iterable

from sextant.exchange.understanding.cells import normal
from sextant.exchange.understanding.marks import without_mark
from sextant.exchange.understanding.tables import Slot, TableReading


def unmarked(names: Iterable[str]) -> dict[str, str]:
    """Name as written -> without its mark; names that would become the same keep theirs."""
    plain = {name: without_mark(name) for name in dict.fromkeys(names)}
    counts = Counter(plain.values())
    return {name: bare if counts[bare] == 1 else name for name, bare in plain.items()}


def tidy_labels(table: TableReading) -> None:
    """Take marks off the labels of value columns; columns of one header become metrics of their own."""
    plain = unmarked(slot.label for slot in table.slots if slot.label)
    for slot in table.slots:
        slot.label = plain.get(slot.label, slot.label)
    if table.role != "series_wide_metrics_across":
        return
    seen: dict[tuple[str, str, str], list[Slot]] = {}
    for slot in table.slots:
        seen.setdefault((normal(slot.label), slot.kind, slot.period), []).append(slot)
    for slots in seen.values():
        for slot in slots[1:]:
            slot.label = f"{slot.label} (column {slot.column + 1})"
        if len(slots) > 1:
            message = f"{len(slots)} columns are called “{slots[0].label}”; they are kept apart as metrics."
            table.note("repeated-header", message)
