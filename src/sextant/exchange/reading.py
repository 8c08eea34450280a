"""Reading an upload: understand the files, stage the values, say what would happen. Writes nothing of the product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sextant.calc.periods import Calendar, Frequency, Period, label, moment_of, period_at
from sextant.core.actors import Actor
from sextant.exchange.matching import Match, match_drafts
from sextant.exchange.staging import REPEATS_LISTED, Destination, Staging
from sextant.exchange.understanding import Mapping as FileMapping
from sextant.exchange.understanding import MetricDraft, TableReading, Understanding, understand
from sextant.exchange.understanding.cells import row_texts
from sextant.metrics.models import Metric
from sextant.people.models import Team
from sextant.readers import Grid, ReadNote, open_path, read_folder

Progress = Callable[[float, str], None]
PREVIEWED = 6
FIRST_ROWS = 5
MOST_COLUMNS = 60
STAGED = "staged.sqlite3"
DRAFTS = "drafts.json"


def quiet(share: float, step: str) -> None:
    """No progress wanted."""


@dataclass(slots=True)
class Reading:
    """What an import understood, staged and matched; `summary` is the same as plain data for pages and scripts."""

    drafts: list[MetricDraft]
    matches: list[Match]
    staging: Staging
    destinations: dict[int, Destination]
    assumed: dict[int, list[str]] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)


def read_files(
    actor: Actor,
    paths: Sequence[Path],
    folder: Path,
    *,
    team: Team,
    source: str,
    mapping: Mapping[str, Any],
    repeats: str,
    calendar: Calendar,
    progress: Progress = quiet,
) -> Reading:
    """Read the files into a staging file in `folder`. Raises ReadError or MappingError when nothing can be read."""
    progress(0.0, "Opening the files")
    grids, notes = _open(paths)
    decisions = FileMapping.from_dict(mapping)
    progress(0.02, "Understanding the tables")
    understood = understand(grids, mapping=decisions, calendar=calendar)
    staging = Staging.fresh(folder / STAGED)
    rows = sum(grid.rows_estimate or 0 for grid in grids)
    _stage(understood, staging, rows, progress)
    progress(0.9, "Comparing with what is known")
    drafts = understood.metrics
    matches = match_drafts(actor, drafts, team, source, answers(decisions))
    reading = Reading(drafts, matches, staging, {})
    _plan(reading, calendar, repeats)
    _report_repeats(reading, repeats)
    _report_kept_out(reading, staging.release(reading.destinations))
    _report_open_matches(reading)
    reading.summary = summarise(reading, understood, notes)
    progress(1.0, "Read")
    return reading


def _open(paths: Sequence[Path]) -> tuple[list[Grid], list[ReadNote]]:
    grids: list[Grid] = []
    notes: list[ReadNote] = []
    for path in paths:
        if path.is_dir():
            found, said = read_folder(path)
            grids += found
            notes += said
        else:
            grids += open_path(path)
    return grids, notes


def _stage(understood: Understanding, staging: Staging, total: int, progress: Progress) -> None:
    read = 0
    for block in understood.measurements():
        staging.add(block.file, block.sheet, block.rows)
        read += len(block)
        progress(0.05 + 0.85 * min(1.0, read / max(1, total)), f"{read:,} values read")
    staging.add_problems((p.file, p.sheet, p.row, p.column, p.key, p.message, 1) for p in understood.problems)


def answers(mapping: FileMapping) -> dict[str, str]:
    """What the person said about near matches: name or id -> key of a metric, or "new"."""
    return {
        name: str(said["match"])
        for table in mapping.tables
        for name, said in table.metrics.items()
        if said.get("match")
    }


def _plan(reading: Reading, calendar: Calendar, repeats: str) -> None:
    """Decide for each draft with values how they are laid out; drafts with an open match have to wait."""
    staged = reading.staging.summary()
    for draft, match in zip(reading.drafts, reading.matches, strict=True):
        if match.is_open:
            continue
        if draft.index in staged:
            destination = (
                _of_metric(match.metric, draft, calendar, repeats)
                if match.metric is not None
                else _of_draft(reading, draft, calendar, repeats)
            )
            reading.destinations[draft.index] = destination
        if match.metric is None:
            _assume(reading, draft)


def _of_metric(metric: Metric, draft: MetricDraft, calendar: Calendar, repeats: str) -> Destination:
    own = calendar
    if metric.year_start_month is not None:
        own = Calendar(metric.year_start_month, calendar.fiscal_year_named_by)
    rule = metric.aggregation if draft.sub_hourly and metric.aggregation != "ratio" else repeats
    return Destination(Frequency(metric.frequency), metric.span, own, rule, metric.aggregation)


def _of_draft(reading: Reading, draft: MetricDraft, calendar: Calendar, repeats: str) -> Destination:
    """Fill in what the files leave open about periods: frequency, span and where years begin."""
    lengths = reading.staging.lengths(draft.index)
    if not draft.frequency:
        draft.frequency, draft.span = _frequency_of(lengths[0], calendar)
    aggregation = draft.aggregation or ("mean" if draft.unit == "percent" else "last")
    own = _calendar_of(reading, draft, calendar)
    rule = aggregation if draft.sub_hourly else repeats
    return Destination(Frequency(draft.frequency), draft.span, own, rule, aggregation)


def _frequency_of(length: tuple[int, int], calendar: Calendar) -> tuple[str, int]:
    start, end = length
    for frequency in Frequency:
        for own in (calendar, Calendar()):
            period = period_at(start, frequency, own)
            if (period.start, period.end) == (start, end):
                return str(frequency), 1
    years = round((end - start) / 8766)
    return ("year", years) if years > 1 else ("day", max(1, (end - start) // 24))


def _calendar_of(reading: Reading, draft: MetricDraft, calendar: Calendar) -> Calendar:
    """The house's calendar, unless the periods of this draft begin their years in another month."""
    if Frequency(draft.frequency).rank < Frequency.QUARTER.rank:
        return calendar
    starts = reading.staging.start_months(draft.index)
    if all(period_at(start, Frequency(draft.frequency), calendar).start == start for start in starts):
        return calendar
    months = [moment_of(start).month for start in starts]
    return Calendar(max(set(months), key=months.count), calendar.fiscal_year_named_by)


def _assume(reading: Reading, draft: MetricDraft) -> None:
    """Name what a KPI needs and no file said."""
    said = {"direction": draft.direction, "unit": draft.unit, "aggregation": draft.aggregation}
    reading.assumed[draft.index] = [name for name, value in said.items() if not value]


def _report_repeats(reading: Reading, repeats: str) -> None:
    """Every period that came more than once: which rule was followed, and where the last of them stands."""
    sub_hourly = {draft.index for draft in reading.drafts if draft.sub_hourly}
    names = {draft.index: draft.name for draft in reading.drafts}
    problems: list[tuple[object, ...]] = []
    for repeat in reading.staging.repeats(sub_hourly):
        file, sheet = reading.staging.files[repeat.file]
        to = reading.destinations.get(repeat.metric)
        when = spoken_start(repeat.start, to)
        message = f"{names[repeat.metric]}: {when} occurs {repeat.seen} times; rule: {repeats}."
        problems.append((file, sheet, repeat.row, "", "repeated-period", message, int(repeats == "refuse")))
        if len(problems) == REPEATS_LISTED:
            message = "More periods are repeated; only the first of them are listed."
            problems.append((file, sheet, None, "", "more-repeats", message, 0))
            break
    reading.staging.add_problems(problems)


def spoken_start(start: int, to: Destination | None) -> str:
    """The period that starts at this hour as people write it."""
    if to is None:
        return f"{moment_of(start):%Y-%m-%d}"
    return label(period_at(start, to.frequency, to.calendar, to.span), to.calendar)


def _report_kept_out(reading: Reading, kept_out: Sequence[tuple[int, int, int, int, str]]) -> None:
    names = {draft.index: draft.name for draft in reading.drafts}
    problems = []
    for index, start, file, row, key in kept_out:
        to = reading.destinations[index]
        message = (
            f"{names[index]}: the value from {moment_of(start):%Y-%m-%d} is not one {to.frequency}"
            f"{f' over {to.span}' if to.span > 1 else ''}, as the metric is kept. It was not taken."
        )
        problems.append((*reading.staging.files[file], row, "", key, message, 1))
    reading.staging.add_problems(problems)


def _report_open_matches(reading: Reading) -> None:
    problems = []
    for draft, match in zip(reading.drafts, reading.matches, strict=True):
        if match.is_open:
            keys = ", ".join(f"{metric.name} ({metric.key})" for metric in match.near)
            message = (
                f"'{draft.name}' may be {keys}. Nothing of it was taken: say which it is "
                f'([table.metrics."{draft.name}"] match = "KEY"), or match = "new".'
            )
            problems.append((draft.file, draft.sheet, draft.row, "", "near-match", message, 1))
    reading.staging.add_problems(problems)


def summarise(reading: Reading, understood: Understanding, notes: Sequence[ReadNote]) -> dict[str, Any]:
    """The reading as plain data."""
    staged = reading.staging.summary()
    metrics = [
        _draft_summary(reading, draft, match, staged.get(draft.index))
        for draft, match in zip(reading.drafts, reading.matches, strict=True)
    ]
    kept = [draft for draft, match in zip(reading.drafts, reading.matches, strict=True) if not match.is_open]
    return {
        "counts": {
            "metrics": len(kept),
            "indicators": sum(is_indicator(draft) for draft in kept),
            "with_series": sum(draft.has_series and is_indicator(draft) for draft in kept),
            "measurements": reading.staging.count_incoming(),
            "new": sum(match.metric is None and not match.is_open for match in reading.matches),
            "known": sum(match.metric is not None for match in reading.matches),
            "asked": sum(match.is_open for match in reading.matches),
            "targets": sum(len(draft.targets) for draft in kept),
            "skipped": understood.counts.skipped,
            "offered": understood.counts.breakdown,
            "kept_out": reading.staging.count_problems(kept_out=True),
            "problems": reading.staging.count_problems(),
        },
        "problem_keys": reading.staging.problem_keys(),
        "tables": [_table_summary(table) for table in understood.tables],
        "mapping": understood.to_mapping(),
        "offers": [{name: getattr(offer, name) for name in type(offer).__slots__} for offer in understood.offers],
        "notes": [
            *({"file": note.file, "key": note.key, "message": note.message} for note in understood.notes),
            *({"file": "", "key": note.key, "message": note.message} for note in notes),
        ],
        "metrics": metrics,
    }


def _table_summary(table: TableReading) -> dict[str, Any]:
    """How a table was read, with its first rows as texts."""
    layout = table.layout
    rows = list(islice(layout.rows(), FIRST_ROWS)) if layout is not None else []
    return {
        "file": table.grid.file,
        "sheet": table.grid.name,
        "hidden": table.grid.hidden,
        "role": table.role,
        "reason": table.reason,
        "header_rows": list(layout.header_rows) if layout else [],
        "columns": [
            {"header": c.header, "role": str(c.role), "confidence": round(c.confidence, 2), "evidence": c.evidence}
            for c in table.columns[:MOST_COLUMNS]
        ],
        "column_count": len(table.columns),
        "number_format": {"decimal": table.number_format.decimal, "thousands": table.number_format.thousands},
        "frequency": table.frequency,
        "rows": [[number, row_texts(row)[:MOST_COLUMNS]] for number, row in rows],
    }


def is_indicator(draft: MetricDraft) -> bool:
    """A metric of its own: not a breakdown, nor a further measure of one."""
    return draft.part_of is None and draft.measure_of is None


def _draft_summary(
    reading: Reading, draft: MetricDraft, match: Match, staged: tuple[int, int, int] | None
) -> dict[str, Any]:
    to = reading.destinations.get(draft.index)
    newest = reading.staging.preview(draft.index, PREVIEWED) if staged else []
    return {
        "index": draft.index,
        "name": draft.name,
        "external_id": draft.external_id,
        "unit": draft.unit or "number",
        "direction": draft.direction,
        "frequency": draft.frequency,
        "span": draft.span,
        "owner": draft.owner,
        "team": draft.team,
        "slice": draft.slice,
        "is_indicator": is_indicator(draft),
        "part_of": draft.part_of,
        "match": match.metric.key if match.metric else "",
        "match_by": match.by,
        "near": [{"key": metric.key, "name": metric.name} for metric in match.near],
        "assumed": reading.assumed.get(draft.index, []),
        "missing": list(draft.missing),
        "evidence": draft.evidence,
        "targets": [_target_summary(target) for target in draft.targets],
        "values": staged[0] if staged else 0,
        "first": spoken_start(staged[1], to) if staged else "",
        "last": spoken_start(staged[2], to) if staged else "",
        "newest": [[spoken_start(start, to), value, state, qualifier] for start, _, value, state, qualifier in newest],
    }


def _target_summary(target: Any) -> dict[str, Any]:
    figures = ("target", "red_flag", "low", "high")
    summary: dict[str, Any] = {name: getattr(target, name) for name in figures if getattr(target, name) is not None}
    for name in ("period", "valid_from", "aim_by"):
        when: Period | None = getattr(target, name)
        if when is not None:
            summary[name] = label(when)
    return summary
