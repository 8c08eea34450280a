"""Adding rows up where a person chose it: totals over breakdowns, and ratios of such totals."""

from collections.abc import Sequence

from sextant.exchange.understanding.cells import normal
from sextant.exchange.understanding.drafts import MetricDraft
from sextant.exchange.understanding.joins import Catalogue
from sextant.exchange.understanding.mapping import RatioDefinition
from sextant.exchange.understanding.members import Member
from sextant.exchange.understanding.plans import Plan, Sum
from sextant.exchange.understanding.ratios import Parts
from sextant.exchange.understanding.tables import TableReading


def place_of(table: TableReading, name: str) -> int | None:
    """The slot with this label or header."""
    wanted = normal(name)
    for place, slot in enumerate(table.slots):
        if wanted in (normal(slot.label), normal(table.header(slot.column))):
            return place
    return None


def ratio_for(table: TableReading, label: str, definitions: Sequence[RatioDefinition]) -> RatioDefinition | None:
    """The definition of the ratio a label names."""
    return next((ratio for ratio in definitions if normal(ratio.name) == normal(label)), None)


def send_sums(plan: Plan, draft: MetricDraft, member: Member, place: int | None, ratio: RatioDefinition | None) -> None:
    """Let a row add to a metric: one column's value, or the two sides of a ratio."""
    if ratio is None:
        if place is not None:
            plan.sums.setdefault(member.combination.key, []).append(Sum(draft.index, place))
        return
    above, below = place_of(plan.table, ratio.numerator), place_of(plan.table, ratio.denominator)
    if above is not None and below is not None:
        factor = 100.0 if ratio.unit == "percent" else 1.0
        plan.sums.setdefault(member.combination.key, []).append(Sum(draft.index, above, below, factor))


def mark_ratio(draft: MetricDraft, ratio: RatioDefinition, catalogue: Catalogue, parts: dict[str, MetricDraft]) -> None:
    """Note on a draft that it is a quotient, and of which metrics."""
    draft.unit = draft.unit or ratio.unit
    draft.aggregation = "ratio"
    draft.numerator, draft.denominator = ratio.numerator, ratio.denominator
    above = parts.get(normal(ratio.numerator)) or catalogue.find("", ratio.numerator)
    below = parts.get(normal(ratio.denominator)) or catalogue.find("", ratio.denominator)
    draft.numerator_metric = above.index if above else None
    draft.denominator_metric = below.index if below else None
    if not draft.how_measured:
        draft.how_measured = f"{ratio.numerator} divided by {ratio.denominator}, as sums over the rows of a period"
        draft.evidence["how_measured"] = "the columns add up"


def offer_parts(table: TableReading, found: Parts, definitions: Sequence[RatioDefinition], has_whole: bool) -> None:
    """Tell the person what adds up, and offer to build the whole from its parts."""
    if found.total is not None:
        names = " + ".join(f"“{table.header(column)}”" for column in found.parts)
        table.note("total-of-columns", f"“{table.header(found.total)}” is {names} in all rows looked at.")
    for ratio in definitions:
        table.offer(
            "ratio", f"“{ratio.name}” is “{ratio.numerator}” divided by “{ratio.denominator}”; over several rows it "
            "is the ratio of the sums, never the mean of the percentages.", "ratio", chosen=ratio.name,
        )  # fmt: skip
    if not has_whole and not table.settings.roll_up:
        table.offer(
            "roll_up", "No row is of the whole. The rows can be added up where that makes sense; nothing is added "
            "unless you choose it.", "roll_up", choices=("", "sum"), chosen="",
        )  # fmt: skip
