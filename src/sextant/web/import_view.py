"""The preview of an import as a person reads it: tables, KPIs and the list of imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sextant.calc.numbers import format_value
from sextant.calc.periods import Calendar, PeriodError, parse_period, spoken
from sextant.exchange.models import Import
from sextant.people.queries import calendar
from sextant.reports.sparklines import sparkline
from sextant.web import import_words as words
from sextant.web.import_questions import Choices, place_of

FULLY_SHOWN_TABLES = 2
MOST_TABLES = 40


@dataclass(frozen=True, slots=True)
class Column:
    header: str
    role: str
    role_words: str
    choices: Choices
    evidence: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Stored:
    row: int
    name: str
    period: str
    value: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the files, with its first rows as written and as they will be stored."""

    number: int
    place: str
    role: str
    role_words: str
    reason: str
    is_open: bool
    is_used: bool
    columns: list[Column]
    more_columns: int
    rows: list[tuple[int, list[str]]]
    stored: list[Stored]
    facts: list[str]
    decided: Mapping[str, Any]
    ratios: list[Mapping[str, str]]
    number_columns: list[str] = field(default_factory=list)
    splits: list[tuple[int, str, bool]] = field(default_factory=list)
    """Columns by which rows can be told apart: number, header, whether their members come in as well."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One metric found, as a row of the list."""

    index: int
    name: str
    place: str
    state: str
    state_words: str
    known_as: str
    known_by: str
    near: list[Mapping[str, str]]
    facts: list[tuple[str, bool]]  # words, whether assumed
    direction: str
    direction_words: str
    direction_is_open: bool
    target: str
    owner: str
    missing: str
    span: str
    values: int
    newest: list[tuple[str, str]]
    spark: SafeString | str
    is_part: bool


def locale() -> str:
    return get_language() or "en"


def tables(summary: Mapping[str, Any]) -> list[Table]:
    found = summary.get("tables", [])
    used = sum(table["role"] not in ("ignored", "labels") for table in found)
    shown = sorted(enumerate(found), key=lambda pair: pair[1]["role"] == "ignored")
    return [_table(number, table, is_open=used <= FULLY_SHOWN_TABLES) for number, table in shown[:MOST_TABLES]]


def _table(number: int, table: Mapping[str, Any], *, is_open: bool) -> Table:
    used = table["role"] not in ("ignored", "labels")
    across = table["role"] == "series_wide_periods_across"
    columns = [_column(column, table["chosen_columns"], across=across) for column in table["columns"]]
    numeric = [column["header"] for column in table["columns"] if column["is_slot"]]
    return Table(
        number,
        place_of(table["file"], table["sheet"]),
        table["role"],
        str(words.TABLE_WORDS.get(table["role"], table["role"])),
        table["reason"],
        is_open and used,
        used,
        columns,
        table["column_count"] - len(columns),
        [(row, [*texts, *[""] * (len(columns) - len(texts))]) for row, texts in table["rows"]],
        [_stored(one) for one in table["stored"]],
        _table_facts(table),
        table["decided"],
        table["ratios"],
        numeric,
        [
            (place, column["header"], [column["header"]] in table["breakdowns"])
            for place, column in enumerate(table["columns"])
            if column["role"] in ("dimension", "team")
        ],
    )


def _column(column: Mapping[str, Any], chosen: Sequence[str], *, across: bool) -> Column:
    role = column["role"]
    known = [key for key in words.SLOT_ROLES if key != role] if column["is_slot"] else list(words.ROLE_WORDS)
    if column["is_slot"]:
        known.insert(0, role)
    said_of = words.ROLE_WORDS | ({"number": _("Values of this period")} if across else {})
    choices = [(key, str(said_of.get(key, key))) for key in known]
    if column["header"] in chosen:
        choices.insert(0, ("", _("Find out")))
    is_number = column["is_slot"] or role in ("value", "number", "target", "red_flag", "low", "high", "baseline")
    said = str(said_of.get(role, role))
    return Column(
        column["header"],
        role,
        said,
        choices,
        _("you chose it") if column["header"] in chosen else column["evidence"],
        is_number,
    )


def _stored(one: Mapping[str, Any]) -> Stored:
    value = value_words(one["value"], one["unit"], one["precision"], one["state"], one["qualifier"])
    return Stored(one["row"], one["name"], period_words(one["period"]), value)


def _table_facts(table: Mapping[str, Any]) -> list[str]:
    """How it was read, in short phrases."""
    facts = []
    if table["rows_estimate"]:
        facts.append(_("about %(count)s rows") % {"count": f"{table['rows_estimate']:,}"})
    if table["header_rows"]:
        rows = ", ".join(map(str, table["header_rows"]))
        facts.append(_("header in row %(rows)s") % {"rows": rows})
    form = table["number_format"]
    if (form["decimal"], form["thousands"]) != (".", ","):
        facts.append(_("numbers like 1%(thousands)s234%(decimal)s5") % form)
    if table["day_first"] is not None:
        facts.append(_("dates day first") if table["day_first"] else _("dates month first"))
    if table["period"]:
        facts.append(_("all of %(period)s") % {"period": table["period"]})
    if table["is_turned"]:
        facts.append(_("rows and columns exchanged"))
    if table["hidden"]:
        facts.append(_("a hidden sheet"))
    return facts


def value_words(value: float | None, unit: str, precision: int | None, state: str = "", qualifier: str = "") -> str:
    if state == "not_applicable":
        return _("not applicable")
    if value is None:
        return qualifier or "–"
    said = format_value(value, unit, precision, locale=locale())
    return f"{qualifier} {said}".strip() if qualifier in ("<", ">", "~", "≤", "≥") else f"{said} {qualifier}".strip()


def period_words(label: str, known: Calendar | None = None) -> str:
    """A period as people say it; what is none stays as it is."""
    try:
        return spoken(parse_period(label, calendar=known or calendar()), known or calendar())
    except PeriodError:
        return label


def drafts(rows: Iterable[Mapping[str, Any]]) -> list[Draft]:
    return [draft(row) for row in rows]


def draft(row: Mapping[str, Any]) -> Draft:
    newest = [(period_words(label), value, state, qualifier) for label, value, state, qualifier in row["newest"]]
    shown = [
        (period, value_words(value, row["unit"], row["precision"], state, qualifier))
        for period, value, state, qualifier in newest
    ]
    series = [float("nan") if value is None else value for _period, value, _state, _qualifier in newest]
    missing = [str(words.MISSING.get(name, name)) for name in row["missing"]]
    span = ""
    if row["values"]:
        first, last = period_words(row["first"]), period_words(row["last"])
        span = first if first == last else f"{first} – {last}"
    return Draft(
        row["index"],
        row["name"],
        place_of(row["file"], row["sheet"]),
        row["state"],
        str(words.DRAFT_STATES[row["state"]]),
        row["match_name"],
        str(words.MATCHED_BY.get(row["match_by"], "")),
        row["near"],
        _draft_facts(row),
        row["direction"],
        str(words.DIRECTIONS.get(row["direction"] or "up", "")),
        row["state"] in ("new", "asked") and row["part_of"] is None,
        _target_words(row),
        row["owner"],
        ", ".join(missing),
        span,
        row["values"],
        shown[-2:],
        sparkline(series, title=row["name"]) if sum(one == one for one in series) > 2 else "",
        row["part_of"] is not None,
    )


def _draft_facts(row: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Unit, frequency and roll-up, each with whether nobody said so."""
    assumed = set(row["assumed"]) if row["state"] == "new" else set()
    frequency = str(words.FREQUENCIES.get(row["frequency"], ""))
    if row["span"] > 1:
        frequency = _("over %(count)s: %(frequency)s") % {"count": row["span"], "frequency": frequency}
    pairs = [
        (words.unit_words(row["unit"]), "unit" in assumed),
        (frequency, False),
        (str(words.AGGREGATIONS.get(row["aggregation"] or "last", "")), "aggregation" in assumed),
    ]
    return [(said, is_assumed) for said, is_assumed in pairs if said]


def _target_words(row: Mapping[str, Any]) -> str:
    if not row["targets"]:
        return ""
    target = row["targets"][-1]
    named = {
        name: format_value(target[name], row["unit"], row["precision"], locale=locale())
        for name in ("target", "red_flag", "low", "high")
        if name in target
    }
    if "low" in named and "high" in named:
        said = f"{named['low']} – {named['high']}"
    else:
        said = named.get("target") or named.get("low") or named.get("high") or ""
    if "red_flag" in named:
        said += _(", red flag %(value)s") % {"value": named["red_flag"]}
    if "aim_by" in target:
        said = _("%(value)s by %(period)s") % {"value": said, "period": period_words(target["aim_by"])}
    more = len(row["targets"]) - 1
    return f"{said} (+{more})" if more else said


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list of imports."""

    key: str
    name: str
    team: str
    author: str
    created_at: datetime
    state: str
    state_words: str
    counts: str
    may_undo: bool


def row(imp: Import, *, may_run: bool, is_dead: bool) -> Row:
    counts = imp.batch.counts if imp.batch is not None else {}
    said = ""
    if counts:
        said = _("%(values)s values, %(metrics)s new KPIs") % {
            "values": f"{counts.get('accepted', 0):,}",
            "metrics": f"{counts.get('metrics', 0):,}",
        }
    if "objectives" in counts:
        said = _("%(objectives)s objectives, %(key_results)s key results, %(values)s values") % {
            "objectives": f"{counts['objectives']:,}",
            "key_results": f"{counts['key_results']:,}",
            "values": f"{counts.get('accepted', 0):,}",
        }
    state = _("Stopped before the end") if is_dead else str(words.IMPORT_STATES[imp.state])
    return Row(
        imp.key, imp.name, imp.team.name, imp.author, imp.created_at, "dead" if is_dead else imp.state, state, said,
        may_run and imp.state == "done",
    )  # fmt: skip
