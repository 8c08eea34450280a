"""The work on one table of values, and the metrics that its rows and columns are drafts of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sextant.exchange.understanding.cells import normal, shown
from sextant.exchange.understanding.drafts import MetricDraft
from sextant.exchange.understanding.facts import is_plain_unit
from sextant.exchange.understanding.joins import Catalogue
from sextant.exchange.understanding.mapping import RatioDefinition
from sextant.exchange.understanding.members import Identity, Member, Members
from sextant.exchange.understanding.plans import Plan
from sextant.exchange.understanding.ratios import Parts
from sextant.exchange.understanding.tables import TableReading, names_metrics
from sextant.exchange.understanding.units import speaks_of_percent
from sextant.exchange.understanding.when import PeriodReader


@dataclass(slots=True)
class Arrangement:
    """Work on one table. `base` is the metric the whole table is about, None when its rows or columns name them."""

    table: TableReading
    plan: Plan
    members: Members
    catalogue: Catalogue
    base: MetricDraft | None
    name: str
    team: str
    joined: bool
    periods: PeriodReader
    placed: dict[int, list[tuple[Member, int]]] = field(default_factory=dict)
    offered: Counter[tuple[str, ...]] = field(default_factory=Counter)
    ratios: list[RatioDefinition] = field(default_factory=list)
    labelled: dict[str, MetricDraft] = field(default_factory=dict)
    sums: Parts = field(default_factory=Parts)
    headless: list[Member] = field(default_factory=list)
    """Rows of metrics for which no row is of the whole."""


def column_labels(table: TableReading) -> list[tuple[str, list[int]]]:
    """The metrics that columns name, each with its slots; one nameless metric when columns name none."""
    labels: dict[str, list[int]] = {}
    for place, slot in enumerate(table.slots):
        if slot.kind == "actual":
            labels.setdefault(slot.label, []).append(place)
    if len(labels) == 1 and table.role != "series_wide_metrics_across":
        only = next(iter(labels))
        if is_plain_unit(only) or names_metrics(table) or (table.layout and not table.layout.header_rows):
            labels = {"": labels[only]}
    return list(labels.items())


def draft_for(work: Arrangement, identity: Identity, label: str, members: Sequence[Member]) -> MetricDraft:
    """The metric of these rows and columns: known to the catalogue, or new."""
    ident, name, team = identity
    team = team or work.team
    catalogue, table = work.catalogue, work.table
    said = table.settings.labels.get(ident) or table.settings.labels.get(label) or ""
    if ident or name:
        draft = None if team else catalogue.find(ident, name)
        title = said or (name or (draft.name if draft else ident))
        if label:
            draft, title = None, f"{draft.name if draft else title} – {label}"
    elif label:
        draft, title = None if team else catalogue.find(label), said or label
        if draft is None and catalogue.is_ambiguous(label):
            table.note("name-ambiguous", f"Several metrics are called “{label}”; the column is taken for none of them. "
                       "Say in the mapping which one it is.")  # fmt: skip
        if work.base is not None:
            draft, title = (work.base, "") if len(column_labels(table)) == 1 else (None, f"{work.base.name} – {label}")
    else:
        draft, title = work.base or catalogue.find("", work.name), work.name
    if draft is None:
        external = " | ".join(part for part in (ident or name, label, team) if part) or title
        known = catalogue.find(external) if team or label else None
        draft = known or catalogue.new(title, external, file=table.grid.file, sheet=table.grid.name,
                                       row=members[0].combination.row if members else None)  # fmt: skip
    draft.learn("team", team, "sheet or team column")
    return draft


def measure_draft(
    work: Arrangement, base: MetricDraft, measure: tuple[str, ...], whole: Sequence[Member]
) -> MetricDraft | None:
    """A further measure of the same file becomes a metric of its own when it has rows of the whole."""
    words = " – ".join(dict.fromkeys(text for text in measure if text))
    if not whole:
        work.table.offer("measure", f"“{words}” has only breakdown rows.", "measure", choices=(words,))
        return None
    external = f"{base.external_id} | {words}"
    draft = work.catalogue.find(external) or work.catalogue.new(
        words if len(words) > 24 else f"{base.name} – {words}", external, file=work.table.grid.file,
        sheet=work.table.grid.name, row=whole[0].combination.row,
    )  # fmt: skip
    draft.measure, draft.measure_of = words, base.index
    for name in ("owner", "team", "theme", "source", "frequency", "description"):
        draft.learn(name, getattr(base, name), f"as “{base.name}”")
    _split_by_measure(work, base, draft, measure)
    work.table.offer("measure", f"“{words}” is a further measure and becomes a metric of its own.", "measure",
                     choices=(words,), chosen=words)  # fmt: skip
    return draft


def _split_by_measure(work: Arrangement, base: MetricDraft, draft: MetricDraft, measure: tuple[str, ...]) -> None:
    """Targets, directions and units that the metadata states for one measure only."""
    mine = {normal(text) for text in measure}
    for source in work.catalogue.facts.get(base.index, []):
        for about, direction in source.directions.items():
            if about and any(normal(part) in mine for part in about.split(" / ")):
                draft.learn("direction", direction, source.file)
    own = [target for target in base.targets if any(normal(part) in mine for part in target.applies_to.split(" / "))]
    draft.targets += own
    base.targets = [target for target in base.targets if target not in own]
    for text in measure:
        if speaks_of_percent(text):
            draft.learn("unit", "percent", "measure")


def part_draft(work: Arrangement, draft: MetricDraft, dims: Mapping[str, str], member: Member) -> MetricDraft:
    """The metric of a chosen breakdown's member."""
    words = ", ".join(shown(text) for text in dims.values())
    external = f"{draft.external_id} | " + ", ".join(f"{name}={shown(text)}" for name, text in dims.items())
    part = work.catalogue.find(external)
    if part is None:
        part = work.catalogue.new(f"{draft.name}: {words}", external, file=work.table.grid.file,
                                  sheet=work.table.grid.name, row=member.combination.row)  # fmt: skip
        part.part_of, part.is_headline = draft.index, False
        part.slice = {name: shown(text) for name, text in dims.items()}
        for name in ("unit", "unit_text", "direction", "frequency", "aggregation", "how_measured", "theme"):
            part.learn(name, getattr(draft, name), f"as “{draft.name}”")
    return part
