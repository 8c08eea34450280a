"""OKRs in Markdown tables: bold rows are objectives, the rows below them key results with scores from 0 to 1."""

from __future__ import annotations

import re
from dataclasses import replace

from sextant.calc.numbers import guess_number_format, read_number
from sextant.calc.periods import Calendar
from sextant.exchange.okr_reading.blocks import Inline, MarkdownTable
from sextant.exchange.okr_reading.columns import Table, assign_roles
from sextant.exchange.okr_reading.document import (
    OkrDocument,
    Place,
    ReadCycle,
    ReadKeyResult,
    ReadObjective,
    ReadUpdate,
)
from sextant.exchange.okr_reading.marks import marked
from sextant.exchange.okr_reading.names import names_in
from sextant.exchange.okr_reading.objectives import short_title, team_names
from sextant.exchange.okr_reading.records import digest
from sextant.exchange.okr_reading.sheets import read_flat, read_typed
from sextant.exchange.okr_reading.spans import period_of_text
from sextant.exchange.understanding.cells import normal

_NUMBER = re.compile(r"^\s*\d+(?:[.)]|\s)\s*")
_BRACKET = re.compile(r"\s*\((?P<inside>[^()]+)\)\s*$")
_NAMES = re.compile(r"@?[A-Z][\w.-]*(?:\s[A-Z][\w.-]*)?(?:\s*(?:,|/|&|and)\s*@?[A-Z][\w.-]*(?:\s[A-Z][\w.-]*)?)*")
_MIDDLE = re.compile(r"\b(?:mid|middle|half ?way|interim)\b")
_EXPECTED = re.compile(r"\b(?:projection|projected|expected|forecast|plan)\b")


def read_table(table: MarkdownTable, document: OkrDocument, file: str, heading: str, cycle: str, team: str) -> None:
    """Read a table under a heading; one that holds no OKRs is named in the notes."""
    plain = _as_table(table, file, heading)
    teams, found = team_names([plain])
    if plain.has("type"):
        document.teams += found
        read_typed(plain, document, teams)
    elif plain.has("objective", "key_result"):
        document.teams += found
        read_flat(plain, document, teams)
    elif any(_is_objective_row(row) for row in table.rows[1:]):
        _Scored(table, document, file, cycle, team).read()
    else:
        document.notes.append((file, f"The table in line {table.lines[0]} holds no objectives and was not taken."))


def _as_table(table: MarkdownTable, file: str, heading: str) -> Table:
    rows = [(line, [cell.text for cell in row]) for line, row in zip(table.lines, table.rows, strict=True)]
    plain = Table(file, heading, rows[0][1], [row for row in rows[1:] if any(row[1])])
    assign_roles(plain)
    return plain


def _is_objective_row(row: list[Inline]) -> bool:
    """A bold first cell with text, and nothing of a key result beside it."""
    first = row[0] if row else Inline()
    return first.is_bold and bool(re.search(r"\w", first.text)) and not any(cell.text for cell in row[1:4])


class _Scored:
    def __init__(self, table: MarkdownTable, document: OkrDocument, file: str, cycle: str, team: str) -> None:
        self.table, self.document, self.file, self.cycle = table, document, file, cycle
        self.heads = [normal(cell.text) for cell in table.rows[0]]
        named = table.rows[0][0].text if table.rows[0] else ""
        self.team = named if named and normal(named) not in ("objective", "okr", "key result", "objectives") else team
        self.priority = self._column("priority", "prio")
        self.owner = self._column("owner", "owners", "lead", "dri", "who")
        self.scores = [place for place in range(1, len(self.heads)) if self._is_score(place)]
        self.objective = self.group = self.aside = ""
        self.path: tuple[str, ...] = (file.rsplit("/", 1)[-1], cycle)

    def _column(self, *names: str) -> int:
        return next((place for place, head in enumerate(self.heads) if head in names), -1)

    def _is_score(self, place: int) -> bool:
        if place in (self.priority, self.owner):
            return False
        cells = [row[place].text for row in self.table.rows[1:] if place < len(row) and row[place].text]
        form = guess_number_format(cells)
        numbers = [read_number(cell, form).value for cell in cells]
        known = [number for number in numbers if number is not None]
        return bool(known) and len(known) >= 0.5 * len(cells) and all(0 <= number <= 1 for number in known)

    def read(self) -> None:
        for line, row in zip(self.table.lines[1:], self.table.rows[1:], strict=True):
            first = row[0] if row else Inline()
            if not re.search(r"\w", first.text):
                self._roll_up(line, row)
            elif _is_objective_row(row):
                self._objective(line, first)
            elif first.is_italic and not any(cell.text for cell in row[1:]):
                self.aside = first.text.rstrip(":. ")
            else:
                self._key_result(line, row)

    def _roll_up(self, line: int, row: list[Inline]) -> None:
        """A row without a name that sums the table up is what its author computed; ours is computed anew."""
        said = [
            f"{self.heads[place]} {row[place].text}" for place in self.scores if place < len(row) and row[place].text
        ]
        if said:
            self.document.notes.append((self.file, f"Line {line} sums the table up ({', '.join(said)}); not taken."))

    def _objective(self, line: int, first: Inline) -> None:
        text = _NUMBER.sub("", first.text)
        owners: tuple[str, ...] = ()
        bracket = _BRACKET.search(text)
        if bracket and _NAMES.fullmatch(bracket["inside"].strip()):
            owners = names_in(bracket["inside"])
            text = text[: bracket.start()]
        mark = marked(replace(first, text=text))
        self.objective = f"o:{digest(*self.path, mark.title)}"
        self.group = self.aside = ""
        self.document.objectives.append(
            ReadObjective(
                self.objective, short_title(mark.title), Place(self.file, line), owners=owners,
                teams=(self.team,) if self.team else (), cycle=ReadCycle(self.cycle) if self.cycle else None,
                external_id=self.objective, link=mark.link,
            )
        )  # fmt: skip

    def _key_result(self, line: int, row: list[Inline]) -> None:
        first, place = row[0], Place(self.file, line)
        rest = [cell.text for cell in row[1:]]
        mark = marked(first)
        if mark.title.endswith(":") and not any(self._score(row, at, place) is not None for at in self.scores) and (
            not self._cell(row, self.owner)
        ):  # fmt: skip
            self.group = mark.title.rstrip(": ")
            return
        is_below = bool(self.group) and bool(_NUMBER.match(first.text))
        if not is_below:
            self.group = ""
        title = _NUMBER.sub("", mark.title) if is_below else mark.title
        if normal(title) in ("tbd", "tba", "todo", "n a"):
            message = f"“{first.text[:60]}” names no key result; the row was left out."
            self.document.problem(place, "no-text", message)
            return
        if not self.objective:
            message = f"No objective stands above “{title[:80]}”; it was left out."
            self.document.problem(place, "no-objective", message, kept_out=True)
            return
        owners = names_in(self._cell(row, self.owner))
        bracket = _BRACKET.search(title)
        if bracket and owners and names_in(bracket["inside"]) == owners:
            title = title[: bracket.start()]
        if is_below:
            title = f"{self.group}: {title}"
        link = next((address for cell in row for _, address in cell.links if address.startswith("http")), "")
        ref = f"kr:{digest(self.objective, title)}"
        self.document.key_results.append(
            ReadKeyResult(
                ref, self.objective, title, place, baseline=0.0, target=1.0, direction="up", unit="number",
                indicator="", priority=self._cell(row, self.priority) if rest else "", owners=owners, link=link,
                score=self._final(row, place), note=self.aside, external_id=ref,
            )
        )  # fmt: skip
        self._updates(ref, row, place)

    def _cell(self, row: list[Inline], column: int) -> str:
        return row[column].text if 0 <= column < len(row) else ""

    def _score(self, row: list[Inline], column: int, place: Place, *, report: bool = False) -> float | None:
        """The score in a cell: an empty one is no score, "0" is one."""
        text = self._cell(row, column)
        found = read_number(text)
        if report and text and found.kind not in ("number", "missing", "empty", "not_applicable"):
            message = f"“{text[:60]}” is no score. It was not taken; nothing stands in its place."
            self.document.problem(place, found.key or "not-a-number", message, column=self.heads[column], kept_out=True)
        return found.value

    def _final(self, row: list[Inline], place: Place) -> float | None:
        ends = [at for at in self.scores if not _MIDDLE.search(self.heads[at]) and not _EXPECTED.search(self.heads[at])]
        return self._score(row, ends[-1], place) if ends else None

    def _updates(self, ref: str, row: list[Inline], place: Place) -> None:
        """A score in the middle and one at the end of the cycle; what was expected is kept as a note."""
        span = period_of_text(self.cycle, Calendar()) if self.cycle else None
        expected = [f"{self.table.rows[0][at].text}: {self._cell(row, at)}" for at in self.scores
                    if _EXPECTED.search(self.heads[at]) and self._cell(row, at)]  # fmt: skip
        for at in self.scores:
            if _EXPECTED.search(self.heads[at]):
                continue
            value = self._score(row, at, place, report=True)
            self.document.skipped += value is None
            when = ""
            if span is not None:
                days = (span.last_day - span.first_day).days
                middle = span.first_day.fromordinal(span.first_day.toordinal() + days // 2)
                when = (middle if _MIDDLE.search(self.heads[at]) else span.last_day).isoformat()
            if value is not None:
                note = "; ".join(expected) if _MIDDLE.search(self.heads[at]) else ""
                self.document.updates.append(ReadUpdate(ref, place, when, value, note=note))
