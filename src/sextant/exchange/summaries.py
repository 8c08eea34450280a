"""What a reading found, as plain data: for the preview page, the API and `--json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, Any

from sextant.calc.periods import Period, label, moment_of, period_at
from sextant.exchange.matching import Match
from sextant.exchange.staging import Destination
from sextant.exchange.understanding import MetricDraft, TableReading, Understanding
from sextant.exchange.understanding.cells import row_texts
from sextant.exchange.understanding.mapping import TableMapping
from sextant.readers import ReadNote

if TYPE_CHECKING:
    from sextant.exchange.reading import Reading

PREVIEWED = 13
FIRST_ROWS = 5
MOST_COLUMNS = 60
MOST_STORED = 10
# What a person may have decided about a table and the page shows as chosen.
_DECIDED = (
    "role", "header_row", "decimal", "thousands", "day_first", "frequency", "aggregation", "year", "period",
    "metric_name", "team", "sheet_means", "value_column", "measure", "roll_up", "scale", "repeats",
)  # fmt: skip


def summarise(reading: Reading, understood: Understanding, notes: Sequence[ReadNote]) -> dict[str, Any]:
    """The reading as plain data, without its drafts, which may be many: see `describe_drafts`."""
    pairs = list(zip(reading.drafts, reading.matches, strict=True))
    kept = [draft for draft, match in pairs if match.is_taken]
    staging = reading.staging
    return {
        "counts": {
            "metrics": len(kept),
            "indicators": sum(is_indicator(draft) for draft in kept),
            "with_series": sum(draft.has_series and is_indicator(draft) for draft in kept),
            "with_values": sum(draft.index in reading.destinations and is_indicator(draft) for draft in kept),
            "measurements": staging.count_incoming(),
            "new": sum(match.is_taken and match.metric is None for match in reading.matches),
            "known": sum(match.metric is not None for match in reading.matches),
            "asked": sum(match.is_open for match in reading.matches),
            "left_out": sum(match.is_left_out for match in reading.matches),
            "targets": sum(len(draft.targets) for draft in kept),
            "skipped": understood.counts.skipped,
            "offered": understood.counts.breakdown,
            "unanswered": understood.counts.unanswered,
            "kept_out": staging.count_problems(kept_out=True),
            "problems": staging.count_problems(),
        },
        "problem_keys": staging.problem_keys(),
        "tables": [_table(reading, table) for table in understood.tables],
        "mapping": understood.to_mapping(),
        "offers": [{name: getattr(offer, name) for name in type(offer).__slots__} for offer in understood.offers],
        "notes": [
            *({"file": note.file, "key": note.key, "message": note.message} for note in understood.notes),
            *({"file": note.file, "key": note.key, "message": note.message} for note in notes),
        ],
        "year_start_month": understood.calendar.year_start_month,
    }


def _table(reading: Reading, table: TableReading) -> dict[str, Any]:
    """How a table was read, with its first rows as texts and what of them will be stored."""
    layout = table.layout
    rows = list(islice(layout.rows(), FIRST_ROWS)) if layout is not None else []
    settings = table.settings
    return {
        "file": table.grid.file,
        "sheet": table.grid.name,
        "hidden": table.grid.hidden,
        "kind": table.grid.kind,
        "role": table.role,
        "reason": table.reason,
        "rows_estimate": table.grid.rows_estimate,
        "header_rows": list(layout.header_rows) if layout else [],
        "is_turned": layout is not None and layout.turned is not None,
        "columns": [
            {
                "header": c.header,
                "role": str(c.role),
                "confidence": round(c.confidence, 2),
                "evidence": c.evidence,
                "is_slot": any(slot.column == c.column for slot in table.slots),
            }
            for c in table.columns[:MOST_COLUMNS]
        ],
        "column_count": len(table.columns),
        "number_format": {"decimal": table.number_format.decimal, "thousands": table.number_format.thousands},
        "day_first": table.day_first,
        "period": table.period,
        "rows": [[number, [text[:200] for text in row_texts(row)[:MOST_COLUMNS]]] for number, row in rows],
        "stored": _stored(reading, table),
        "decided": {name: getattr(settings, name) for name in _DECIDED if getattr(settings, name) not in ("", None)},
        "chosen_columns": sorted(settings.columns),
        "breakdowns": [list(names) for names in settings.breakdowns],
        "ratios": [{part.name: getattr(ratio, part.name) for part in fields(ratio)} for ratio in settings.ratios],
    }


def _stored(reading: Reading, table: TableReading) -> list[dict[str, Any]]:
    """The first values of a table as they will be stored."""
    shown = []
    for metric, start, _, value, state, qualifier, _, row in reading.first.get(place_of(table), ()):
        draft, to = reading.drafts[metric], reading.destinations.get(metric)
        shown.append(
            {
                "row": row,
                "index": metric,
                "name": draft.name,
                "unit": draft.unit or "number",
                "precision": draft.precision,
                "period": spoken_start(start, to),
                "value": value,
                "state": state,
                "qualifier": qualifier,
                "is_taken": to is not None,
            }
        )
    return shown


def place_of(table: TableReading) -> tuple[str, str]:
    return table.grid.file, table.grid.name


def is_indicator(draft: MetricDraft) -> bool:
    """A metric of its own: not a breakdown, nor a further measure of one."""
    return draft.part_of is None and draft.measure_of is None


def describe_drafts(reading: Reading) -> Iterator[dict[str, Any]]:
    """Every draft as plain data, in order, one after the other."""
    staged = reading.staging.summary()
    for draft, match in zip(reading.drafts, reading.matches, strict=True):
        yield _draft(reading, draft, match, staged.get(draft.index))


def _draft(reading: Reading, draft: MetricDraft, match: Match, staged: tuple[int, int, int] | None) -> dict[str, Any]:
    to = reading.destinations.get(draft.index)
    newest = reading.staging.preview(draft.index, PREVIEWED) if staged else []
    known = match.metric
    return {
        "index": draft.index,
        "name": draft.name,
        "external_id": draft.external_id,
        "file": draft.file,
        "sheet": draft.sheet,
        "row": draft.row,
        "unit": known.unit if known else draft.unit or "number",
        "unit_text": draft.unit_text,
        "precision": known.precision if known else draft.precision,
        "direction": known.direction if known else draft.direction,
        "frequency": str(to.frequency) if to else draft.frequency,
        "span": to.span if to else draft.span,
        "aggregation": to.aggregation if to else draft.aggregation,
        "owner": draft.owner,
        "team": draft.team,
        "theme": draft.theme,
        "description": draft.description,
        "how_measured": draft.how_measured,
        "slice": draft.slice,
        "is_indicator": is_indicator(draft),
        "part_of": draft.part_of,
        "state": match.state,
        "match": known.key if known else "",
        "match_name": known.name if known else "",
        "match_by": match.by,
        "near": [{"key": metric.key, "name": metric.name} for metric in match.near],
        "assumed": reading.assumed.get(draft.index, []),
        "missing": list(draft.missing),
        "evidence": draft.evidence,
        "targets": [_target(target) for target in draft.targets],
        "values": staged[0] if staged else 0,
        "first": spoken_start(staged[1], to) if staged else "",
        "last": spoken_start(staged[2], to) if staged else "",
        "newest": [[spoken_start(start, to), value, state, qualifier] for start, _, value, state, qualifier in newest],
    }


def _target(target: Any) -> dict[str, Any]:
    figures = ("target", "red_flag", "low", "high")
    summary: dict[str, Any] = {name: getattr(target, name) for name in figures if getattr(target, name) is not None}
    for name in ("period", "valid_from", "aim_by"):
        when: Period | None = getattr(target, name)
        if when is not None:
            summary[name] = label(when)
    return summary


def spoken_start(start: int, to: Destination | None) -> str:
    """The period that starts at this hour as people write it."""
    if to is None:
        return f"{moment_of(start):%Y-%m-%d}"
    return label(period_at(start, to.frequency, to.calendar, to.span), to.calendar)


SETTINGS = frozenset(entry.name for entry in fields(TableMapping)) - {"file", "sheet", "ratios"} | {"ratio"}
"""The settings of a table that a mapping may hold."""
