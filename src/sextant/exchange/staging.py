"""What an import will publish, collected in a small SQLite file of its own (ADR 0008).

Reading a large file takes minutes; the product's database is not locked or grown meanwhile, and a process that
dies leaves nothing half-written. Values that meet in one period (repeats, or values finer than an hour) are
combined as they arrive, with everything any rule could ask for.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sextant.calc.aggregation import aggregate, expected_count
from sextant.calc.period_grid import Calendar, Frequency, Period, containing, period_at

RULES = ("last", "first", "sum", "mean", "max", "refuse")
REPEATS_LISTED = 5_000
_SCHEMA = """
CREATE TABLE staged (
  metric INTEGER, start INTEGER, "end" INTEGER, value REAL, state TEXT, qualifier TEXT, note TEXT,
  file INTEGER, row INTEGER, first REAL, total REAL, n INTEGER, low REAL, high REAL, seen INTEGER,
  PRIMARY KEY (metric, start)
) WITHOUT ROWID;
CREATE TABLE combined (
  draft INTEGER, start INTEGER, "end" INTEGER, value REAL, state TEXT, qualifier TEXT, note TEXT, coverage REAL,
  PRIMARY KEY (draft, start)
) WITHOUT ROWID;
CREATE TABLE released (draft INTEGER PRIMARY KEY);
CREATE TABLE problem (file TEXT, sheet TEXT, row INTEGER, col TEXT, key TEXT, message TEXT, kept_out INTEGER);
CREATE TABLE draft (position INTEGER PRIMARY KEY, state TEXT, name TEXT, n INTEGER, detail TEXT);
"""
# A value that arrives for a period that has one already: keep what every rule needs, decide when publishing.
_INSERT = """
INSERT INTO staged VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?4, ?4, ?4 IS NOT NULL, ?4, ?4, 1)
ON CONFLICT (metric, start) DO UPDATE SET
  value = excluded.value, state = excluded.state, qualifier = excluded.qualifier, note = excluded.note,
  file = excluded.file, row = excluded.row, seen = seen + 1,
  total = CASE WHEN total IS NULL THEN excluded.total WHEN excluded.total IS NULL THEN total
               ELSE total + excluded.total END,
  n = n + excluded.n,
  low = CASE WHEN low IS NULL OR excluded.low < low THEN excluded.low ELSE low END,
  high = CASE WHEN high IS NULL OR excluded.high > high THEN excluded.high ELSE high END
"""
_CHOSEN = "(?1 = '' OR state = ?1 OR (?1 = 'empty' AND n = 0)) AND (?2 = '' OR instr(lower(name), lower(?2)) > 0)"
_VIEWS = {
    # Most files need no combining; copying millions of rows would only take time and room.
    "staged": 'CREATE VIEW incoming AS SELECT metric AS draft, start, "end", value, state, qualifier, note, '
    "NULL AS coverage FROM staged",
    "combined": "CREATE VIEW incoming AS SELECT * FROM combined",
}
_PICK = {
    "last": "value",
    "first": "first",
    "sum": "total",
    "mean": "CASE WHEN n > 0 THEN total / n END",
    "min": "low",
    "max": "high",
    "refuse": "value",
}


@dataclass(frozen=True, slots=True)
class Destination:
    """How the values of one draft are laid out: the metric's periods, and how values that meet are combined.

    `rule` combines values that meet in one period (a repeats rule, or the metric's aggregation for values finer
    than an hour); `aggregation` brings finer periods to the metric's.
    """

    frequency: Frequency
    span: int
    calendar: Calendar
    rule: str
    aggregation: str


@dataclass(frozen=True, slots=True)
class Repeat:
    metric: int
    start: int
    file: int
    row: int
    seen: int
    value: float | None


class Staging:
    """The staging file. `files` numbers the (file, sheet) pairs that rows came from."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: list[tuple[str, str]] = []
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # The file can be made again from the upload, so speed goes before safety here.
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32000;")

    @classmethod
    def fresh(cls, path: Path) -> Staging:
        """An empty staging file, replacing an earlier one."""
        path.unlink(missing_ok=True)
        staging = cls(path)
        staging._db.executescript(_SCHEMA)
        return staging

    def close(self) -> None:
        self._db.close()

    def add(self, file: str, sheet: str, rows: Iterable[Sequence[Any]]) -> None:
        """Rows are (metric, start, end, value, state, qualifier, note, row in the file)."""
        if (file, sheet) not in self.files:
            self.files.append((file, sheet))
        number = self.files.index((file, sheet))
        self._db.execute("BEGIN")
        self._db.executemany(_INSERT, ((*row[:7], number, row[7]) for row in rows))
        self._db.execute("COMMIT")

    def add_problems(self, problems: Iterable[Sequence[Any]]) -> None:
        """Problems are (file, sheet, row, column, key, message, kept_out)."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?, ?)", problems)
        self._db.execute("COMMIT")

    def problems(self, limit: int = -1, offset: int = 0, key: str = "") -> Iterator[dict[str, Any]]:
        """Problems in the order found, all or those of one kind, as dictionaries."""
        rows = self._db.execute(
            "SELECT file, sheet, row, col, key, message, kept_out FROM problem WHERE ?3 = '' OR key = ?3 "
            "ORDER BY rowid LIMIT ?1 OFFSET ?2",
            (limit, offset, key),
        )
        names = ("file", "sheet", "row", "column", "key", "message", "kept_out")
        for row in rows:
            yield dict(zip(names, row, strict=True))

    def keep_drafts(self, drafts: Iterable[Mapping[str, Any]]) -> None:
        """Remember what a page shows of each draft; `index`, `state` and `name` can be asked for."""
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?, ?)",
            ((d["index"], d["state"], d["name"], d["values"], json.dumps(d, ensure_ascii=False)) for d in drafts),
        )
        self._db.execute("COMMIT")

    def drafts(self, *, state: str = "", text: str = "", limit: int = -1, offset: int = 0) -> list[dict[str, Any]]:
        """What was kept of the drafts whose name holds the text, open questions first, those without values last.

        `state` may also be "empty": those without values.
        """
        rows = self._db.execute(
            f"SELECT detail FROM draft WHERE {_CHOSEN} ORDER BY state <> 'asked', n = 0, position LIMIT ?3 OFFSET ?4",
            (state, text, limit, offset),
        )
        return [json.loads(detail) for (detail,) in rows]

    def draft(self, position: int) -> dict[str, Any] | None:
        found = self._db.execute("SELECT detail FROM draft WHERE position = ?", (position,)).fetchone()
        return json.loads(found[0]) if found else None

    def count_drafts(self, *, state: str = "", text: str = "") -> int:
        return int(self._db.execute(f"SELECT count(*) FROM draft WHERE {_CHOSEN}", (state, text)).fetchone()[0])

    def count_problems(self, *, kept_out: bool = False) -> int:
        where = "WHERE kept_out = 1" if kept_out else ""
        return int(self._db.execute(f"SELECT count(*) FROM problem {where}").fetchone()[0])

    def problem_keys(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT key, count(*) FROM problem GROUP BY key ORDER BY 2 DESC").fetchall())

    def summary(self) -> dict[int, tuple[int, int, int]]:
        """Draft -> (values, first start, last start)."""
        rows = self._db.execute("SELECT metric, count(*), min(start), max(start) FROM staged GROUP BY metric")
        return {metric: (count, first, last) for metric, count, first, last in rows}

    def preview(self, metric: int, count: int = 6) -> list[tuple[int, int, float | None, str, str]]:
        """The newest values of a draft: (start, end, value, state, qualifier), oldest first."""
        rows = self._db.execute(
            'SELECT start, "end", value, state, qualifier FROM staged WHERE metric = ? ORDER BY start DESC LIMIT ?',
            (metric, count),
        ).fetchall()
        return rows[::-1]

    def lengths(self, metric: int) -> list[tuple[int, int]]:
        """Start and end of one row of each length in hours, the most frequent length first."""
        return list(
            self._db.execute(
                'SELECT min(start), min("end") FROM staged WHERE metric = ? '
                'GROUP BY "end" - start ORDER BY count(*) DESC',
                (metric,),
            )
        )

    def start_months(self, metric: int) -> list[int]:
        """Starts of the rows, to see in which month years begin; at most 2,000 of them."""
        return [r[0] for r in self._db.execute("SELECT start FROM staged WHERE metric = ? LIMIT 2000", (metric,))]

    def repeats(self, sub_hourly: set[int]) -> Iterator[Repeat]:
        """Periods that occurred more than once, of metrics whose values are not finer than an hour."""
        rows = self._db.execute("SELECT metric, start, file, row, seen, value FROM staged WHERE seen > 1")
        for row in rows:
            if row[0] not in sub_hourly:
                yield Repeat(*row)

    def release(self, destinations: Mapping[int, Destination]) -> list[tuple[int, int, int, int, str]]:
        """Make `incoming` what is to be published.

        Returns what was kept out because its period has another length than the metric's:
        [(draft, start, file, row, reason key)].
        """
        self._db.executescript("DROP VIEW IF EXISTS incoming; DELETE FROM combined; DELETE FROM released;")
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO released VALUES (?)", ((draft,) for draft in destinations))
        fits = {
            draft: all(_fits(start, end, to) for start, end in self.lengths(draft))
            for draft, to in destinations.items()
        }
        kept_out: list[tuple[int, int, int, int, str]] = []
        as_staged = all(fits.values()) and all(to.rule == "last" for to in destinations.values())
        if not as_staged:
            for draft, to in destinations.items():
                if fits[draft]:
                    self._copy(draft, to.rule)
                else:
                    kept_out += self._aggregate(draft, to)
        self._db.execute(_VIEWS["staged" if as_staged else "combined"])
        self._db.execute("COMMIT")
        return kept_out

    def _copy(self, draft: int, rule: str) -> None:
        refused = "AND seen = 1" if rule == "refuse" else ""
        self._db.execute(
            f'INSERT INTO combined SELECT metric, start, "end", {_PICK[rule]}, state, qualifier, note, NULL '
            f"FROM staged WHERE metric = ? {refused}",
            (draft,),
        )

    def _aggregate(self, metric: int, to: Destination) -> list[tuple[int, int, int, int, str]]:
        """Rows of finer periods combined into the metric's; rows of other lengths are kept out."""
        groups: dict[Period, list[tuple[float, int, int]]] = {}
        whole: list[tuple[Any, ...]] = []
        kept_out = []
        for start, end, value, state, qualifier, note, file, row in self._db.execute(
            f'SELECT start, "end", {_PICK[to.rule]}, state, qualifier, note, file, row FROM staged WHERE metric = ?',
            (metric,),
        ):
            if _fits(start, end, to):
                whole.append((metric, start, end, value, state, qualifier, note, None))
                continue
            fine = _finer_frequency(start, end, to)
            if fine is None or value is None:
                kept_out.append((metric, start, file, row, "other-period-length" if fine is None else "missing-value"))
                continue
            home = containing(Period(start, end, fine), to.frequency, to.calendar)
            groups.setdefault(home, []).append((value, start, end))
        for period, points in groups.items():
            points.sort(key=lambda point: point[1])
            fine = _finer_frequency(points[0][1], points[0][2], to) or to.frequency
            expected = expected_count(period, fine, to.calendar)
            coverage = None if len(points) >= expected else len(points) / expected
            value = aggregate([point[0] for point in points], to.aggregation)
            whole.append((metric, period.start, period.end, value, "observed", "", "", coverage))
        self._db.executemany("INSERT OR REPLACE INTO combined VALUES (?, ?, ?, ?, ?, ?, ?, ?)", whole)
        return kept_out

    def incoming(self) -> Iterator[tuple[Any, ...]]:
        """Rows to publish by draft and period: draft, then the columns of `metrics.commands.publishing.Row`."""
        yield from self._db.execute(
            'SELECT i.draft, i.start, i."end", i.value, i.state, i.qualifier, i.note, i.coverage '
            "FROM released r CROSS JOIN incoming i WHERE i.draft = r.draft ORDER BY r.draft, i.start"
        )

    def forget_values(self) -> None:
        """Keep the list of problems and what was found, without the values."""
        self._db.executescript(
            "DROP VIEW IF EXISTS incoming; DROP TABLE IF EXISTS staged; DROP TABLE IF EXISTS combined; VACUUM;"
        )

    def count_incoming(self) -> int:
        counted = "SELECT count(*) FROM released r CROSS JOIN incoming i WHERE i.draft = r.draft"
        return int(self._db.execute(counted).fetchone()[0])


def _fits(start: int, end: int, to: Destination) -> bool:
    """Whether the stretch is one period of the destination."""
    period = period_at(start, to.frequency, to.calendar, to.span)
    return (period.start, period.end) == (start, end)


def _finer_frequency(start: int, end: int, to: Destination) -> Frequency | None:
    """The frequency the stretch is one period of, when that is finer than the destination's."""
    if to.span != 1:
        return None
    for frequency in Frequency:
        if frequency.rank >= to.frequency.rank:
            return None
        period = period_at(start, frequency, to.calendar)
        if (period.start, period.end) == (start, end):
            return frequency
    return None
