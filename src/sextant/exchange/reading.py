"""Reading an upload: understand the files, stage the values, say what would happen. Writes nothing of the product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from sextant.calc.periods import Calendar, Frequency, moment_of, period_at
from sextant.core.actors import Actor
from sextant.exchange.matching import Match, match_drafts
from sextant.exchange.staging import REPEATS_LISTED, Destination, Staging
from sextant.exchange.summaries import FIRST_ROWS, MOST_STORED, describe_drafts, spoken_start, summarise
from sextant.exchange.understanding import Block, MetricDraft, Understanding, understand
from sextant.exchange.understanding import Mapping as FileMapping
from sextant.exchange.understanding.drafts import Measurement
from sextant.metrics.models import Metric
from sextant.people.models import Team
from sextant.readers import Grid, ReadError, ReadNote, open_path, read_folder

Progress = Callable[[float, str], None]
STAGED = "staged.sqlite3"
DRAFTS = "drafts.json"
# Notes on a folder about files left out on purpose; every other note there is a file that could not be read.
LEFT_OUT = ("unknown-kind", "hidden-file", "link-left-out")
# What a reader notes of nearly every file and nobody has to act on.
UNREMARKABLE = ("delimiter", "delimiter-declared", "merged-cells", "encoding-guessed", "hidden-sheet")
MOST_NOTES = 20
PER_ROW = 2


def quiet(share: float, step: str) -> None:
    """No progress wanted."""


@dataclass(slots=True)
class Reading:
    """What an import understood, staged and matched; `summary` is the same as plain data for pages and scripts.

    `first`: (file, sheet) -> some values of its first rows, to be shown beside them.
    """

    drafts: list[MetricDraft]
    matches: list[Match]
    staging: Staging
    destinations: dict[int, Destination]
    assumed: dict[int, list[str]] = field(default_factory=dict)
    first: dict[tuple[str, str], list[Measurement]] = field(default_factory=dict)
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
    opened = open_files(paths)
    decisions = FileMapping.from_dict(mapping)
    rows = max(1, sum(grid.rows_estimate or 0 for grid in opened.grids))
    progress(0.02, "Looking for tables")
    understood = understand(
        opened.grids,
        mapping=decisions,
        calendar=calendar,
        progress=lambda read: progress(0.05 + 0.3 * min(1.0, read / rows), f"{read:,} rows looked at"),
    )
    staging = Staging.fresh(folder / STAGED)
    first = _stage(understood, staging, rows, progress)
    staging.add_problems((n.file, "", n.row, "", n.key, n.message, 1) for n in opened.unreadable)
    progress(0.9, "Comparing with what is known")
    drafts = understood.metrics
    matches = match_drafts(actor, drafts, team, source, answers(decisions))
    reading = Reading(drafts, matches, staging, {}, first=first)
    _plan(reading, calendar, repeats)
    _report_repeats(reading, repeats)
    _report_kept_out(reading, staging.release(reading.destinations))
    _report_open_matches(reading)
    reading.summary = summarise(reading, understood, opened.notes)
    staging.keep_drafts(describe_drafts(reading))
    progress(1.0, "Read")
    return reading


@dataclass(slots=True)
class Opened:
    """Grids of all files, what was left out on purpose, and which files could not be read."""

    grids: list[Grid] = field(default_factory=list)
    notes: list[ReadNote] = field(default_factory=list)
    unreadable: list[ReadNote] = field(default_factory=list)


def open_files(paths: Sequence[Path]) -> Opened:
    """Open files and folders. One file that can't be read does not stop the others; raises ReadError when none can."""
    opened = Opened()
    refusal: ReadError | None = None
    for path in paths:
        try:
            if path.is_dir():
                grids, notes = read_folder(path)
                opened.grids += grids
                for note in notes:
                    (opened.notes if note.key in LEFT_OUT else opened.unreadable).append(note)
            else:
                opened.grids += open_path(path)
        except ReadError as error:
            refusal = refusal or error
            opened.unreadable.append(ReadNote(error.key, error.message, error.row, error.column, error.file))
    if not opened.grids:
        raise refusal or _nothing_readable(opened)
    for grid in opened.grids:
        opened.notes += [note for note in grid.notes if note.key not in UNREMARKABLE][:MOST_NOTES]
    return opened


def _nothing_readable(opened: Opened) -> ReadError:
    said = [note.message for note in opened.unreadable + opened.notes]
    if not said:
        return ReadError("empty-folder", "There is no file in it, so there is nothing to import.")
    more = f" And {len(said) - 3} more files." if len(said) > 3 else ""
    key = opened.unreadable[0].key if opened.unreadable else opened.notes[0].key
    return ReadError(key, f"None of the files can be read. {' '.join(said[:3])}{more}")


def _stage(
    understood: Understanding, staging: Staging, total: int, progress: Progress
) -> dict[tuple[str, str], list[Measurement]]:
    """Stage all values; returns some of the first rows of each sheet."""
    read = 0
    first: dict[tuple[str, str], list[Measurement]] = {}
    for block in understood.measurements():
        staging.add(block.file, block.sheet, block.rows)
        read += len(block)
        _keep_first(first, block)
        progress(0.35 + 0.55 * min(1.0, read / total), f"{read:,} values read")
    staging.add_problems((p.file, p.sheet, p.row, p.column, p.key, p.message, 1) for p in understood.problems)
    return first


def _keep_first(first: dict[tuple[str, str], list[Measurement]], block: Block) -> None:
    """A few values of each of the first rows."""
    kept = first.setdefault((block.file, block.sheet), [])
    if len(kept) >= MOST_STORED:
        return
    per_row = Counter(entry[7] for entry in kept)
    for entry in block.rows:
        if per_row[entry[7]] < PER_ROW and (entry[7] in per_row or len(per_row) < FIRST_ROWS):
            per_row[entry[7]] += 1
            kept.append(entry)
        elif len(per_row) >= FIRST_ROWS and entry[7] not in per_row:
            return


def answers(mapping: FileMapping) -> dict[str, str]:
    """What the person said about identity: name or id -> key of a metric, "new" or "skip"."""
    said = chain(*(table.metrics.items() for table in mapping.tables), mapping.metrics.items())
    return {name: str(facts["match"]) for name, facts in said if facts.get("match")}


def _plan(reading: Reading, calendar: Calendar, repeats: str) -> None:
    """Decide for each draft with values how they are laid out; drafts with an open match have to wait."""
    staged = reading.staging.summary()
    for draft, match in zip(reading.drafts, reading.matches, strict=True):
        if not match.is_taken:
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
        if match.near:
            keys = ", ".join(f"{metric.name} ({metric.key})" for metric in match.near)
            message = (
                f"'{draft.name}' may be {keys}. Nothing of it was taken: say which it is "
                f'([metrics."{draft.name}"] match = "KEY"), match = "new" or match = "skip".'
            )
            problems.append((draft.file, draft.sheet, draft.row, "", "near-match", message, 1))
        elif match.is_open:
            message = (
                f"'{draft.name}' is to be a metric that is not there, or not visible to you. Nothing of it was "
                'taken: correct the key in the mapping, or say match = "new".'
            )
            problems.append((draft.file, draft.sheet, draft.row, "", "match-unknown", message, 1))
    reading.staging.add_problems(problems)
