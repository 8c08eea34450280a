"""Understanding a set of files: `understand(grids)` says what they hold, then streams the values."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any

from sextant.calc.numbers import read_unit
from sextant.calc.periods import Calendar
from sextant.exchange.understanding.arrange import arrange
from sextant.exchange.understanding.blocks import split_blocks
from sextant.exchange.understanding.cells import row_texts
from sextant.exchange.understanding.drafts import (
    Block,
    Counts,
    ImportNote,
    ImportProblem,
    MetricDraft,
    Offer,
    TargetDraft,
)
from sextant.exchange.understanding.facts import row_facts, target_of
from sextant.exchange.understanding.joins import Catalogue, infer_directions
from sextant.exchange.understanding.mapping import Mapping, TableMapping
from sextant.exchange.understanding.metadata import describing_columns
from sextant.exchange.understanding.names import table_name
from sextant.exchange.understanding.opening import decide_number_format, offer_number_format, read_table
from sextant.exchange.understanding.plans import Plan
from sextant.exchange.understanding.reshaping import held, reshaped, side_by_side
from sextant.exchange.understanding.saving import mapping_of
from sextant.exchange.understanding.scan import SAMPLES_IN_ALL, Scan, TooManyMetricsError, scan
from sextant.exchange.understanding.sources import read_metadata, set_hidden_aside, sheet_meanings
from sextant.exchange.understanding.stream import Progress, Streaming
from sextant.exchange.understanding.tables import TableReading, names_metrics
from sextant.exchange.understanding.timing import settle_frequency, settle_grains, texts_by_metric
from sextant.exchange.understanding.when import PeriodReader
from sextant.exchange.understanding.words import Role
from sextant.readers.grids import Grid

HELD_CELLS = 200_000
"""Cells of small sheets kept in memory, about 40 MB."""


@dataclass(slots=True)
class Understanding:
    """What the files hold. Reading it writes nothing; `measurements()` may be called again and again."""

    tables: tuple[TableReading, ...]
    metrics: list[MetricDraft]
    calendar: Calendar
    mapping: Mapping
    problems: list[ImportProblem] = field(default_factory=list)
    notes: list[ImportNote] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    _plans: list[Plan] = field(default_factory=list)
    _readers: list[PeriodReader] = field(default_factory=list)

    def measurements(self, progress: Progress | None = None) -> Iterator[Block]:
        """All values as blocks of (metric index, start, end, value, state, qualifier, note, row), in file order.

        While the blocks are taken, `problems` receives what kept cells out and `counts` what became of
        them; both start anew on every call.
        """
        self.problems = [problem for problem in self.problems if problem.row is None]
        streaming = Streaming(self._plans, self.metrics, self._readers, self.problems, progress=progress)
        self.counts = streaming.counts
        yield from streaming.blocks()
        if streaming.problems_left_out:
            self.problems.append(
                ImportProblem(
                    "", None, "", "more-problems", f"{streaming.problems_left_out:,} more cells were kept out."
                )
            )

    def to_mapping(self) -> dict[str, Any]:
        """How the files were read, as a plain dictionary for TOML, to correct and to use next month."""
        return mapping_of(self.tables, self.mapping, self.calendar).to_dict()

    @property
    def summary(self) -> dict[str, int]:
        """Counts for a report: metrics, with and without series, offering only breakdowns, further measures."""
        own = [draft for draft in self.metrics if draft.part_of is None and draft.measure_of is None]
        return {
            "tables": sum(table.is_series for table in self.tables),
            "metrics": len(self.metrics),
            "indicators": len(own),
            "with_series": sum(draft.has_series for draft in own),
            "without_series": sum(not draft.has_series for draft in own),
            "with_headline": sum(draft.has_values for draft in own),
            "breakdowns_only": sum(draft.has_series and not draft.has_values for draft in own),
            "further_measures": sum(draft.measure_of is not None for draft in self.metrics),
            "breakdowns": sum(draft.part_of is not None for draft in self.metrics),
        }


def understand(
    grids: Sequence[Grid], *, mapping: Mapping | None = None, calendar: Calendar = Calendar(),
    progress: Callable[[int], None] | None = None,
) -> Understanding:  # fmt: skip
    """Understand tables of KPIs in any shape. `mapping` holds what a person decided before.

    `progress` is called now and then with the number of rows looked at so far.
    """
    mapping = mapping or Mapping()
    calendar = mapping.calendar or calendar
    tables = []
    left = HELD_CELLS
    for grid in grids:
        grid, cells = held(grid, left)
        left -= cells
        settings = mapping.table(grid.file, grid.name)
        parts = _parts(grid, settings)
        chosen = mapping.calendar is not None
        tables += [read_table(reshaped(part), settings, calendar, chosen) for part in parts]
        for table in tables[-len(parts) :]:
            table.is_block = len(parts) > 1
    catalogue = Catalogue()
    understanding = Understanding(tuple(tables), catalogue.drafts, calendar, mapping)
    summaries = read_metadata(tables, catalogue, calendar)
    set_hidden_aside(tables)
    meanings = sheet_meanings(tables, PeriodReader(calendar))
    rows = 0
    most_samples = SAMPLES_IN_ALL // max(1, sum(table.is_series for table in tables))
    for table in tables:
        if table.is_series:
            said = None if progress is None else partial(_say, progress, rows)
            look = partial(scan, progress=said, most_samples=most_samples)
            _read_series(understanding, table, catalogue, meanings.get(id(table), ""), look)
            rows += table.grid.rows_estimate or 0
    for table in tables:
        if table.role == "targets":
            _read_targets(table, catalogue, calendar)
    _finish(understanding, catalogue, summaries)
    return understanding


def _parts(grid: Grid, settings: TableMapping) -> list[Grid]:
    """The tables of one grid; a header row that a person chose means that there is one."""
    if settings.header_row is not None:
        return [grid]
    return [part for beside in side_by_side(grid) for part in split_blocks(beside)]


def _say(progress: Callable[[int], None], before: int, rows: int) -> None:
    progress(before + rows)


def _read_series(
    understanding: Understanding, table: TableReading, catalogue: Catalogue, meaning: str,
    look: Callable[[TableReading], Scan],
) -> None:  # fmt: skip
    periods = table.reader(understanding.calendar)
    name = table_name(table, periods)
    base = None if meaning == "team" else _base(table, catalogue, name)
    if base is None:
        _name_by_measure(table)
    try:
        found = look(table)
    except TooManyMetricsError as error:
        understanding.problems.append(ImportProblem(table.grid.file, None, "", error.key, str(error), table.grid.name))
        table.role, table.reason = "ignored", str(error)
        return
    _settle_number_format(table, found)
    table.sheet_means = meaning
    team = table.settings.team or (table.grid.name.strip() if meaning == "team" else "")
    if meaning == "team":
        table.offer("sheet_means", f"The sheets repeat the same metrics; “{team}” is taken as their team.",
                    "sheet_means", choices=("team", "nothing"), chosen="team")  # fmt: skip
    plan = arrange(table, found, catalogue, periods, base=base, name=name, team=team)
    understanding._plans.append(plan)
    understanding._readers.append(periods)


def _settle_number_format(table: TableReading, found: Scan) -> None:
    """Look again where the first rows did not prove the number format; the whole table may."""
    if not table.format_is_open:
        return
    texts = [text for combo in found.combinations.values() for _, values in combo.samples for text in values]
    decide_number_format(table, texts)
    if table.format_is_open:
        offer_number_format(table, next(text for text in texts if "," in text or "." in text))


def _name_by_measure(table: TableReading) -> None:
    """Where neither another column nor another file names the metric, a column of several series does."""
    if names_metrics(table) or table.settings.metric_name:
        return
    for place in table.all_of(Role.MEASURE):
        if len(table.profiles[place].distinct) > 1 and table.columns[place].evidence != "chosen":
            table.columns[place] = replace(
                table.columns[place], role=Role.METRIC_NAME, evidence="the only column that names what is measured"
            )
            table.settle()
            return


def _base(table: TableReading, catalogue: Catalogue, name: str) -> MetricDraft | None:
    """The metric a whole table is about: by an identifier in the file's or sheet's name, or by its title."""
    named = table.column(Role.METRIC_KEY) is not None or table.column(Role.METRIC_NAME) is not None
    if table.settings.metric_name:
        return catalogue.find(table.settings.metric_name, table.settings.metric_name)
    if named:
        return None
    return catalogue.in_text(table.grid.name) or catalogue.in_text(table.stem) or catalogue.find(name, name)


def _read_targets(table: TableReading, catalogue: Catalogue, calendar: Calendar) -> None:
    """A table of targets per metric and period."""
    assert table.layout is not None
    periods = table.reader(calendar)
    key, name = table.column(Role.METRIC_KEY), table.column(Role.METRIC_NAME)
    when, roles = table.row_period, describing_columns(table)
    for number, row in table.layout.rows():
        texts = row_texts(row)
        draft = catalogue.find(texts[key] if key is not None else "", texts[name] if name is not None else "")
        if draft is None:
            continue
        said, numbers = row_facts(roles, row, table.number_format)
        period = periods.read(texts[when]) if when is not None else None
        target: TargetDraft | None = target_of(said, numbers, periods, f"{table.grid.file} row {number}", period)
        if target is not None:
            draft.targets.append(target)


def _finish(understanding: Understanding, catalogue: Catalogue, summaries: Sequence[TableReading]) -> None:
    """What needs all tables to be known: frequencies, directions, what the person said, what is missing."""
    texts: dict[int, list[str]] = {}
    readers: dict[int, PeriodReader] = {}
    chosen: dict[int, str] = {}
    for plan, periods in zip(understanding._plans, understanding._readers, strict=True):
        settle_grains(plan, catalogue.drafts)
        for metric, found in texts_by_metric(plan).items():
            texts.setdefault(metric, []).extend(found[:200])
            readers[metric] = periods
            chosen.setdefault(metric, plan.table.settings.frequency)
    for metric, found in texts.items():
        note = settle_frequency(catalogue.drafts[metric], found, readers[metric], chosen[metric])
        if note:
            understanding.notes.append(ImportNote(catalogue.drafts[metric].file, "frequencies-disagree", note))
    infer_directions(catalogue.drafts)
    _obey(understanding, catalogue)
    _collect(understanding, catalogue, summaries)


def _obey(understanding: Understanding, catalogue: Catalogue) -> None:
    """Facts the person wrote into the mapping overrule every file."""
    mapping = understanding.mapping
    periods = PeriodReader(understanding.calendar)
    for name, facts in chain(*(table.metrics.items() for table in mapping.tables), mapping.metrics.items()):
        draft = catalogue.find(name, name)
        if draft is not None:
            _overrule(draft, facts, periods)
        else:
            message = f"The mapping speaks of “{name}”, which these files do not hold, or hold more than once."
            understanding.notes.append(ImportNote("", "mapping-names-nothing", message))
    for plan in understanding._plans:
        settings = plan.table.settings
        for metric in plan.metrics():
            draft = catalogue.drafts[metric]
            if settings.aggregation and draft.aggregation != "ratio":
                draft.aggregation = settings.aggregation
            draft.learn("theme", settings.theme, "mapping")
    for draft in catalogue.drafts:
        if draft.part_of is not None:
            whole = catalogue.drafts[draft.part_of]
            for name in ("unit", "direction", "how_measured", "aggregation"):
                draft.learn(name, getattr(whole, name), f"as “{whole.name}”")


def _overrule(draft: MetricDraft, facts: Any, periods: PeriodReader) -> None:
    numbers = {name: float(facts[name]) for name in ("target", "red_flag", "low", "high") if name in facts}
    if numbers:
        aim = periods.read(str(facts["aim_by"])) if "aim_by" in facts else None
        start = periods.read(str(facts["valid_from"])) if "valid_from" in facts else None
        draft.targets = [TargetDraft(**numbers, aim_by=aim, valid_from=start, source="mapping")]  # type: ignore[arg-type]
    if "name" in facts:
        draft.evidence["name in the file"] = draft.name
    for name in ("name", "unit", "direction", "frequency", "aggregation", "description", "how_measured", "owner",
                 "team", "theme", "source", "precision"):  # fmt: skip
        if name in facts:
            value = read_unit(str(facts[name])) or facts[name] if name == "unit" else facts[name]
            setattr(draft, name, value)
            draft.evidence[name] = "mapping"


def _lists(catalogue: Catalogue, draft: MetricDraft, table: TableReading) -> bool:
    return any(facts.file == table.grid.file for facts in catalogue.facts.get(draft.index, []))


def _collect(understanding: Understanding, catalogue: Catalogue, summaries: Sequence[TableReading]) -> None:
    for table in understanding.tables:
        understanding.offers += table.offers
        understanding.notes += table.notes
    for draft, key, message in catalogue.disagreements:
        understanding.notes.append(ImportNote(draft.file, key, message))
    for table in summaries:
        kept = [draft for draft in catalogue.drafts if not draft.has_series and _lists(catalogue, draft, table)]
        if kept:
            understanding.offers.append(
                Offer("summary_values", table.grid.file, f"{len(kept)} metrics have no series; this file holds single "
                      "values of such metrics and was only used to describe them.", "role",
                      ("metric_list", "series_long"), "metric_list", sheet=table.grid.name, count=len(kept))
            )  # fmt: skip
    lost = [draft for draft in catalogue.drafts if not draft.has_series and draft.part_of is None]
    if any(draft.has_series for draft in catalogue.drafts):
        for draft in lost:
            understanding.notes.append(
                ImportNote(draft.file, "no-series", f"“{draft.name}” ({draft.external_id}) is described, but no file "
                           "holds values of it.")
            )  # fmt: skip
    for draft in catalogue.drafts:
        if draft.sub_hourly and draft.frequency == "hour":
            understanding.offers.append(
                Offer("aggregation", draft.file, f"“{draft.name}” has several values per hour; say how they are put "
                      "together, and whether per day or week is enough.", "aggregation",
                      choices=("mean", "sum", "max", "last"), chosen="mean")
            )  # fmt: skip
