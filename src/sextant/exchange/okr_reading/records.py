"""Records of key results: one per row, several rows of one key result joined, repeats reported."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sextant.exchange.okr_reading.cells import Cells, confidence_of, share_scale
from sextant.exchange.okr_reading.columns import DONE, Table, is_error
from sextant.exchange.okr_reading.document import OkrDocument, Place, ReadKeyResult, ReadUpdate
from sextant.exchange.okr_reading.names import are_turned, is_code, names_in
from sextant.exchange.okr_reading.spans import cycle_in
from sextant.exchange.okr_reading.words import ambition_of, kind_of, status_of
from sextant.exchange.understanding.units import speaks_of_percent

FIGURES = ("start", "target", "current")


def digest(*parts: str) -> str:
    """A short name for these texts, blanks and capitals aside."""
    plain = "\0".join(" ".join(part.split()).casefold() for part in parts)
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


@dataclass(slots=True)
class Record:
    """One row about a key result. `facts` are all its cells, to tell an exact repeat from a conflicting one."""

    place: Place
    period: str
    value: float | None
    baseline: float | None
    target: float | None
    low: float | None
    high: float | None
    progress: float | None
    progress_text: str
    status: str
    confidence: float | None
    note: str
    score: float | None
    unit: str
    facts: tuple[str, ...]


@dataclass(slots=True)
class _Rows:
    """All rows of one key result; `shape` holds what the first row says of it."""

    shape: ReadKeyResult
    kind_words: str
    records: list[Record] = field(default_factory=list)


class KeyResultRows:
    """Collects the rows of one table into key results and updates."""

    def __init__(self, table: Table, document: OkrDocument, teams: dict[str, str]) -> None:
        self.table, self.document, self.teams = table, document, teams
        self.cells = Cells(table, document)
        self.found: dict[tuple[str, ...], _Rows] = {}
        self.across = [] if table.has("period") or table.has("year", "quarter") else table.period_columns()
        self.has_periods = table.has("year", "quarter") or table.has("period")
        owners = [cell for place in table.roles.get("owner", ()) for cell in table.column(place) if cell]
        self.is_turned = are_turned(owners)
        names = [name for cell in owners for name in names_in(cell)]
        codes = sum(is_code(name) or name in teams for name in names)
        self.owners_are_teams = bool(names) and codes >= 0.8 * len(names)

    def add(self, row: tuple[int, list[str]], objective_ref: str, title: str, *, period: str | None = None) -> None:
        """One row of the key result with this title; `period` overrules what the row's own columns say."""
        _number, cells = row
        indicator = " ".join(self.table.cell(cells, "indicator").split())
        indicator = "" if indicator == title else indicator
        own_id = self.table.cell(cells, "key_result_id")
        identity = (objective_ref, own_id) if own_id else (objective_ref, _plain(title), _plain(indicator))
        record = self._record(row, self.period(row) if period is None else period)
        if identity in self.found and not self.has_periods:
            if record.facts == self.found[identity].records[0].facts:
                self._repeat(record, self.found[identity].records[0], title)
                return
            identity = (*identity, str(len(self.found)))
        rows = self.found.get(identity)
        if rows is None:
            ref = own_id or f"{objective_ref}|{digest(*identity[1:])}"
            rows = self.found[identity] = _Rows(
                self._shape(row, f"kr:{ref}", objective_ref, title, indicator), self.table.cell(cells, "kind")
            )
        rows.records.append(record)
        rows.records += self._across(row, record)

    def _across(self, row: tuple[int, list[str]], record: Record) -> list[Record]:
        """The values of a row whose periods stand side by side."""
        found = []
        for column, period in self.across:
            value = self.cells.at(row, column)
            found.append(
                replace(record, period=period, value=value, baseline=None, target=None, progress=None, progress_text="",
                        status="", confidence=None, note="", score=None)
            )  # fmt: skip
        return found

    def period(self, row: tuple[int, list[str]]) -> str:
        """The period a row is about, as text; "" when it says none."""
        _, cells = row
        if self.table.has("year", "quarter"):
            year, quarter = self.table.cell(cells, "year"), self.table.cell(cells, "quarter")[-1:]
            year = year.upper().removeprefix("FY").strip(" '’")
            if year.isdigit() and quarter.isdigit():
                year = year if len(year) == 4 else f"20{year}"
                return f"{'FY' if self.is_fiscal else ''}{year}-Q{quarter}"
            return ""
        text = self.table.cell(cells, "period")
        return cycle_in(text)[0] or self.cells.day(row, "period") if text else ""

    @property
    def is_fiscal(self) -> bool:
        words = " ".join(
            self.table.headers[place] for role in ("year", "quarter") for place in self.table.roles.get(role, ())
        )
        return any(word in words.casefold() for word in ("fiscal", "fy", "financial")) or any(
            cell.upper().startswith("FY") for cell in self.table.column(self.table.roles["year"][0])
        )

    def _record(self, row: tuple[int, list[str]], period: str) -> Record:
        number, cells = row
        start, target, current = (self.cells.reading(row, role) for role in FIGURES)
        progress = self.cells.reading(row, "progress")
        unit = next((found.unit for found in (target, current, start) if found.unit), "")
        return Record(
            self.table.place(number), period, current.value, start.value, target.value,
            self.cells.number(row, "low"), self.cells.number(row, "high"), progress.value, progress.text,
            self._status(cells), self.cells.number(row, "confidence"), " · ".join(self.table.cells(cells, "note")),
            self.cells.number(row, "score"), unit, tuple(_plain(cell) for cell in cells),
        )  # fmt: skip

    def _status(self, cells: Sequence[str]) -> str:
        """The status as written: what it means is decided when it is taken in."""
        return self.table.cell(cells, "status")

    def _shape(
        self, row: tuple[int, list[str]], ref: str, objective_ref: str, title: str, indicator: str
    ) -> ReadKeyResult:
        number, cells = row
        teams, owners = self.holders(cells)
        done = self.table.cell(cells, "done").casefold()
        return ReadKeyResult(
            ref, objective_ref, title, self.table.place(number),
            indicator=indicator, unit=self.table.cell(cells, "unit"),
            direction=_direction(self.table.cell(cells, "direction")), weight=self.cells.number(row, "weight"),
            ambition=ambition_of(self.table.cell(cells, "ambition")), teams=teams, owners=owners,
            starts=self.cells.day(row, "begin"), due=self.cells.day(row, "due"),
            priority=self.table.cell(cells, "priority"), is_done=(done in DONE) if self.table.has("done") else None,
            note=" ".join(self.table.cells(cells, "description")), link=self.table.cell(cells, "link"),
            external_id=ref.removeprefix("kr:"), key=self.table.cell(cells, "id") if _is_key_column(self.table) else "",
        )  # fmt: skip

    def holders(self, cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(teams, people) of a row; an owner column of abbreviations names teams."""
        known = frozenset(self.teams)
        owners = [
            name for text in self.table.cells(cells, "owner") for name in names_in(text, known, turned=self.is_turned)
        ]
        team = self.table.cell(cells, "team")
        teams = names_in(team, known) if team else ()
        if self.owners_are_teams:
            return tuple(dict.fromkeys([*owners, *teams])), ()
        return teams, tuple(dict.fromkeys(owners))

    def _repeat(self, record: Record, first: Record, title: str) -> None:
        place, when = record.place, f", {record.period}" if record.period else ""
        if record.facts == first.facts:
            message = f"“{title[:120]}”{when}: the same record stands in row {first.place.row} already; taken once."
            self.document.problem(place, "exact-repeat", message)
            return
        pairs = zip(self.table.headers, record.facts, first.facts, strict=False)
        said = ", ".join(f"{header}: {mine or 'empty'} (row {first.place.row}: {theirs or 'empty'})"
                         for header, mine, theirs in pairs if mine != theirs)  # fmt: skip
        message = f"“{title[:120]}”{when} stands here again and says something else: {said[:400]}."
        self.document.problem(place, "conflicting-repeat", message)

    def finish(self) -> None:
        """Put key results and updates into the document."""
        scale = self._progress_scale()
        most = max((r.confidence for rows in self.found.values() for r in rows.records if r.confidence is not None),
                   default=10.0)  # fmt: skip
        titles = Counter((rows.shape.objective_ref, rows.shape.title) for rows in self.found.values())
        for rows in self.found.values():
            self._report_repeats(rows)
            shape = _with_figures(rows, scale)
            if titles[shape.objective_ref, shape.title] > 1 and shape.indicator:
                shape = replace(shape, title=f"{shape.title}: {shape.indicator}")
            self.document.key_results.append(shape)
            for record in rows.records:
                self.document.updates.append(_update(shape, record, scale, most))
                self.document.skipped += record.value is None
        self.document.is_fiscal |= self.table.has("year", "quarter") and self.is_fiscal

    def _report_repeats(self, rows: _Rows) -> None:
        seen: dict[str, list[Record]] = {}
        for record in rows.records:
            before = seen.setdefault(record.period, [])
            if before and record.period:
                same = next((one for one in before if one.facts == record.facts), before[0])
                self._repeat(record, same, rows.shape.title)
            before.append(record)

    def _progress_scale(self) -> float:
        pairs, texts = [], []
        for record in self._all():
            if record.progress is not None:
                pairs.append((record.progress, _ours(record)))
                texts.append(record.progress_text)
        return share_scale(pairs, texts)

    def _all(self) -> Iterator[Record]:
        for rows in self.found.values():
            yield from rows.records


def _is_key_column(table: Table) -> bool:
    return table.has("id") and table.header("id").strip().casefold() == "key"


def _plain(text: str) -> str:
    return "" if is_error(text) else " ".join(text.split())


def _ours(record: Record) -> float | None:
    if record.value is None or record.baseline is None or record.target is None or record.target == record.baseline:
        return None
    return (record.value - record.baseline) / (record.target - record.baseline)


def _direction(text: str) -> str:
    words = text.casefold()
    return "down" if any(w in words for w in ("down", "decrease", "lower", "reduce", "↓")) else (
        "up" if any(w in words for w in ("up", "increase", "higher", "raise", "↑")) else ""
    )  # fmt: skip


def _with_figures(rows: _Rows, scale: float) -> ReadKeyResult:
    """Kind, figures and unit of a key result from all of its records."""
    shape, records = rows.shape, rows.records
    baseline = next((r.baseline for r in records if r.baseline is not None), None)
    target = next((r.target for r in records if r.target is not None), None)
    values = [r.value for r in records if r.value is not None]
    said = kind_of(rows.kind_words)
    unit = shape.unit or next((r.unit for r in records if r.unit), "")
    if not unit and speaks_of_percent(f"{shape.indicator} {shape.title}" if shape.indicator else shape.title):
        unit = "percent"
    direction = shape.direction or (said if said in ("up", "down") else "")
    if not direction and baseline is not None and target is not None and baseline != target:
        direction = "down" if target < baseline else "up"
    figures = {"baseline": baseline, "target": target, "unit": unit, "direction": direction,
               "score": next((r.score for r in records if r.score is not None), None)}  # fmt: skip
    has_figures = baseline is not None or target is not None or bool(values)
    if said.startswith("guardrail"):
        low = next((r.low for r in records if r.low is not None), target if said == "guardrail_low" else None)
        high = next((r.high for r in records if r.high is not None), target if said == "guardrail_high" else None)
        periods = len({r.period for r in records if r.period})
        bounds = {
            "low": low,
            "high": high,
            "planned_periods": max(periods, 1),
            "direction": "up" if high is None else "down",
        }
        return replace(shape, kind="guardrail", **{**figures, **bounds})  # type: ignore[arg-type]
    if said == "baseline":
        return replace(shape, kind="baseline", **figures)  # type: ignore[arg-type]
    if not has_figures and (said in ("yes_no", "milestones") or shape.is_done is not None):
        reached = any((r.progress or 0) / scale >= 1 for r in records) or any(_says_done(r.status) for r in records)
        return replace(shape, kind="yes_no", is_done=bool(shape.is_done) or reached)
    if not has_figures and any(r.progress for r in records):
        return replace(shape, baseline=0.0, target=100.0, unit="percent", direction="up", score=figures["score"])  # type: ignore[arg-type]
    if not has_figures and figures["score"] is not None:
        return replace(shape, baseline=0.0, target=1.0, unit="number", direction="up", score=figures["score"])  # type: ignore[arg-type]
    return replace(shape, **figures)  # type: ignore[arg-type]


def _says_done(status: str) -> bool:
    return status.strip().casefold() in ("done", "completed", "complete", "achieved", "closed", "erledigt", "met")


def _update(shape: ReadKeyResult, record: Record, scale: float, most: float) -> ReadUpdate:
    """A record as an update. Progress 0 beside no value says that nothing was reported."""
    share = None if record.progress is None else record.progress / scale
    value = record.value
    is_share_only = value is None and record.baseline is None and record.target is None
    if value is None and is_share_only and share and shape.unit == "percent" and shape.target == 100.0:
        value = share * 100
    elif value is None and is_share_only and record.score is not None and (shape.baseline, shape.target) == (0.0, 1.0):
        value = record.score if record.score <= 1 else record.score / 100
    status = status_of(record.status) if record.status else ""
    return ReadUpdate(
        shape.ref, record.place, record.period, value, record.baseline, record.target,
        None if value is None and not share else share, status or "", confidence_of(record.confidence, most),
        " · ".join(part for part in (record.status if status is None else "", record.note) if part),
    )  # fmt: skip
