"""What several columns of numbers are to each other: parts of one whole, or a rate and what it is made of."""

from collections.abc import Sequence

from sextant.exchange.understanding.cells import normal
from sextant.exchange.understanding.ratios import Parts
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.wholes import whole_among
from sextant.exchange.understanding.words import TOTAL_WORDS, Role

COLUMNS = "columns"
"""The name of the dimension whose members are the columns; `breakdowns = [["columns"]]` takes them."""
LEAST_COLUMNS = 3
Labels = list[tuple[str, list[int]]]


def whole_label(table: TableReading, labels: Sequence[tuple[str, list[int]]], parts: Parts) -> str:
    """The label of the column of which all others are parts: the country, or a total that adds them up; else ""."""
    names = [label for label, _ in labels if label]
    if len(names) < LEAST_COLUMNS or len(names) != len(labels):
        return ""
    country = whole_among(names)
    if country:
        return country
    sums = [label for label, places in labels if normal(label) in TOTAL_WORDS
            and parts.total in {table.slots[place].column for place in places}]  # fmt: skip
    return sums[0] if len(sums) == 1 and len(parts.parts) == len(names) - 1 else ""


def rate_label(table: TableReading, labels: Sequence[tuple[str, list[int]]]) -> str:
    """The label of the one column beside a numerator and a denominator, which is what they are about; else ""."""
    roles = {label: {table.columns[table.slots[place].column].role for place in places} for label, places in labels}
    parts = {label for label, found in roles.items() if found & {Role.NUMERATOR, Role.DENOMINATOR}}
    others = [label for label, _ in labels if label not in parts]
    both = {Role.NUMERATOR, Role.DENOMINATOR} <= {role for found in roles.values() for role in found}
    return others[0] if both and len(others) == 1 else ""


def note_whole_column(table: TableReading, whole: str, parts: Sequence[str]) -> None:
    """Say which column is taken for the whole."""
    if not any(note.key == "whole-column" for note in table.notes):
        names = ", ".join(f"“{part}”" for part in parts[:4]) + (" and more" if parts[4:] else "")
        table.note("whole-column", f"The column “{whole}” is the whole; {names} are parts of it and are offered as a "
                   "breakdown by columns.")  # fmt: skip
