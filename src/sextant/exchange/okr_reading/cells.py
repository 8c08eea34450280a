"""Numbers, days and shares out of the cells of a table; what can't be read is a problem and never 0."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sextant.calc.numbers import Reading, read_number
from sextant.calc.periods import Calendar, PeriodError, guess_day_first, parse_period
from sextant.exchange.okr_reading.columns import Table, is_error
from sextant.exchange.okr_reading.document import OkrDocument

_OF = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:/|of|out of|von|sur|de)\s*(\d+(?:\.\d+)?)\s*$")


@dataclass(slots=True)
class Cells:
    """Reads the cells of one table and reports what can't be read into the document."""

    table: Table
    document: OkrDocument
    day_first: dict[str, bool | None] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    def number(self, row: tuple[int, list[str]], role: str) -> float | None:
        """The number in this role's cell; None for an empty one and for what is none."""
        return self.reading(row, role).value

    def at(self, row: tuple[int, list[str]], column: int) -> float | None:
        """The number in a column that has no role."""
        return self._read(row, column).value

    def reading(self, row: tuple[int, list[str]], role: str) -> Reading:
        places = self.table.roles.get(role)
        return self._read(row, places[0]) if places else Reading("empty", None)

    def _read(self, row: tuple[int, list[str]], column: int) -> Reading:
        number, cells = row
        text = cells[column] if column < len(cells) else ""
        if not text:
            return Reading("empty", None)
        found = read_number(text, self.table.forms[column])
        if found.kind == "number" or found.kind in ("empty", "missing", "not_applicable"):
            return found
        if of := _OF.match(text):
            return Reading("number", float(of[1]), text=text)
        key = "spreadsheet-error" if is_error(text) else found.key or "not-a-number"
        message = f"“{text[:80]}” is no number. It was not taken; nothing stands in its place."
        self.document.problem(self.table.place(number), key, message, column=self.table.headers[column], kept_out=True)
        return Reading("text", None, text=text, key=key)

    def day(self, row: tuple[int, list[str]], role: str) -> str:
        """The cell as ISO day (the last of a longer period; the first for `begin`), "" when it names none."""
        number, cells = row
        text = self.table.cell(cells, role)
        if not text:
            return ""
        if role not in self.day_first:
            column = [cell for cell in self.table.column(self.table.roles[role][0]) if cell]
            self.day_first[role] = guess_day_first(column[:2000])
        try:
            period = parse_period(text, calendar=Calendar(), day_first=self.day_first[role])
        except PeriodError as error:
            self.document.problem(self.table.place(number), error.key, str(error), column=self.table.header(role))
            return ""
        return (period.first_day if role in ("begin", "period") else period.last_day).isoformat()

    def report_errors(self, besides: frozenset[str]) -> None:
        """One problem per column that holds errors of a spreadsheet: how many, and where the first one stands."""
        read = {place for role in besides for place in self.table.roles.get(role, ())[:1]}
        for place, header in enumerate(self.table.headers):
            if place in read:
                continue
            wrong = [
                (number, row[place]) for number, row in self.table.rows if place < len(row) and is_error(row[place])
            ]
            if wrong:
                number, text = wrong[0]
                message = f"{len(wrong)} cells of this column hold an error such as {text}; they were read as empty."
                self.document.problem(self.table.place(number), "spreadsheet-error", message, column=header)


def share_scale(values: Sequence[tuple[float, float | None]], texts: Sequence[str]) -> float:
    """What published progress has to be divided by to be a share: 1 or 100.

    `values`: (published, ours) where ours is (current - start) / (target - start); the scale that fits more of
    them counts. Without any of ours the sign "%" or figures above 1.5 tell.
    """
    known = [(said, ours) for said, ours in values if ours is not None and abs(ours) > 0.02]
    as_share = sum(abs(said - ours) <= 0.011 for said, ours in known)
    as_percent = sum(abs(said / 100 - ours) <= 0.011 for said, ours in known)
    if as_share != as_percent:
        return 1.0 if as_share > as_percent else 100.0
    if any(text.rstrip().endswith("%") for text in texts):
        return 100.0
    return 100.0 if any(abs(said) > 1.5 for said, _ in values) else 1.0


def confidence_of(value: float | None, most: float) -> int | None:
    """Confidence 0 to 10 out of a column that goes to 1, 10 or 100."""
    if value is None or not 0 <= value <= 100:
        return None
    scale = 10.0 if most <= 1 else 1.0 if most <= 10 else 0.1
    return max(0, min(10, round(value * scale)))
