"""Makes drafts and a plan out of one table of values: headlines, measures, breakdowns, sums."""

from collections.abc import Mapping, Sequence

from sextant.calc.numbers import read_unit
from sextant.exchange.understanding.arrangement import Arrangement, column_labels, draft_for, measure_draft, part_draft
from sextant.exchange.understanding.cells import at, normal, shown
from sextant.exchange.understanding.drafts import MetricDraft
from sextant.exchange.understanding.facts import Facts, teach
from sextant.exchange.understanding.joins import Catalogue
from sextant.exchange.understanding.judging import last_value, teach_targets
from sextant.exchange.understanding.mapping import RatioDefinition
from sextant.exchange.understanding.members import (
    Identity,
    Member,
    headline,
    read_members,
    whole_by_sum,
    without_totals,
)
from sextant.exchange.understanding.plans import BREAKDOWN, JUDGES, LEFT_OUT, UNANSWERED, Plan
from sextant.exchange.understanding.ratios import definitions, find_parts
from sextant.exchange.understanding.scan import RowReader, Scan
from sextant.exchange.understanding.sums import mark_ratio, offer_parts, ratio_for, send_sums
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.units import settle_shares, teach_unit
from sextant.exchange.understanding.value_columns import COLUMNS, Labels, note_whole_column, rate_label, whole_label
from sextant.exchange.understanding.when import PeriodReader
from sextant.exchange.understanding.wholes import note_whole, offer_headline, whole_by_place
from sextant.exchange.understanding.words import Role

Defaults = Mapping[str, Sequence[str]]


def arrange(
    table: TableReading, scan: Scan, catalogue: Catalogue, periods: PeriodReader, *,
    base: MetricDraft | None, name: str, team: str = "",
) -> Plan:  # fmt: skip
    """Route every value of a table; drafts are found in the catalogue or added to it."""
    judges = [place for place, slot in enumerate(table.slots) if slot.kind in ("target", "red_flag")]
    plan = Plan(table, scan, judges=judges, last=last_value(table, periods))
    work = Arrangement(table, plan, read_members(table, scan), catalogue, base, name, team, base is not None, periods)
    if base is not None and not scan.combinations:
        return plan
    found = find_parts(table)
    work.ratios, work.sums = definitions(table, found), found
    for identity in work.members.identities():
        _arrange_metric(work, identity)
    _mark_ratios(work)
    offer_parts(table, found, work.ratios, has_whole=bool(work.placed) or not work.offered)
    above = {role.value: text for role, text in table.layout.facts.items()} if table.layout else {}
    for metric in work.placed:
        teach(catalogue.drafts[metric], above, {}, f"{table.grid.file}: above the table")
    settle_shares(plan, catalogue.drafts, work.placed)
    for metric, places in work.placed.items():
        draft = catalogue.drafts[metric]
        draft.has_series = True
        draft.has_values = draft.has_values or any(member.combination.filled[place] for member, place in places)
        teach_targets(draft, table, places, plan, work.members, periods)
    if not work.placed and not table.settings.headline:
        offer_headline(table, work.headless)
    _offer_breakdowns(work)
    return plan


def _arrange_metric(work: Arrangement, identity: Identity) -> None:
    members = work.members.of(identity)
    for member in members:
        if member.kind != "actual":
            code = JUDGES if member.kind in ("target", "red_flag") else LEFT_OUT
            work.plan.route[member.combination.key] = [code] * len(work.table.slots)
    actual = [member for member in members if member.kind == "actual"]
    labels = column_labels(work.table)
    if _has_parts_only(work.table):
        labels = [*labels, ("", [])]
    labels = _without_parts(work, identity, labels, actual)
    rate = rate_label(work.table, labels) if actual else ""
    if rate:
        _arrange_rate(work, identity, rate, labels, actual)
        return
    known = {normal(label) for label, _ in labels}
    labels += [(ratio.name, []) for ratio in work.ratios if normal(ratio.name) not in known]
    for label, places in labels if actual else ():
        _arrange_label(work, identity, label, places, actual)


def _without_parts(work: Arrangement, identity: Identity, labels: Labels, members: list[Member]) -> Labels:
    """Where one column is the whole of the others, only it is the metric; the others are its breakdown."""
    whole = whole_label(work.table, labels, work.sums)
    if not whole:
        return labels
    parts = [(label, places) for label, places in labels if label != whole]
    note_whole_column(work.table, whole, [label for label, _ in parts])
    chosen = (COLUMNS,) in work.table.settings.breakdowns
    base = draft_for(work, identity, "", members) if chosen else None
    for label, places in parts:
        for member in members:
            dims = {**member.dims, COLUMNS: label}
            is_part = base is not None and not without_totals(member.dims, {}, False)
            to = part_draft(work, base, {COLUMNS: label}, member).index if is_part and base else BREAKDOWN
            _send(work, member, places, to)
            work.offered[tuple(dims)] += not is_part
    return [("", places) for label, places in labels if label == whole]


def _arrange_rate(work: Arrangement, identity: Identity, rate: str, labels: Labels, members: list[Member]) -> None:
    """A rate with its numerator and denominator: one metric, and the two as what it is made of."""
    named = bool(identity[0] or identity[1])
    _arrange_label(work, identity, "" if named else rate, dict(labels)[rate], members)
    base = work.labelled["" if named else normal(rate)]
    base.learn("unit_text", rate if "per" in normal(rate).split() else "", "header")
    for label, places in labels:
        if label != rate:
            _arrange_label(work, identity, label, places, members)
            part = work.labelled[normal(label)]
            part.measure, part.measure_of = label, base.index
            part.name = f"{base.name} – {label}"
    for ratio in work.ratios:
        if normal(ratio.name) == normal(rate):
            mark_ratio(base, ratio, work.catalogue, work.labelled)


def _arrange_label(work: Arrangement, identity: Identity, label: str, places: list[int], members: list[Member]) -> None:
    base = draft_for(work, identity, label, members)
    facts = work.catalogue.facts.get(base.index, [])
    defaults = _defaults(facts, work.table)
    chosen = bool(work.table.settings.headline)
    heads, by_totals = headline(members, defaults, chosen)
    heads, by_totals = (heads, by_totals) if heads else (whole_by_sum(work.table, members), True)
    if not heads and not defaults and (wholes := whole_by_place(members)):
        heads, by_totals = headline(members, wholes, True)
        defaults, chosen = (wholes, True) if heads else (defaults, chosen)
        if heads:
            note_whole(work.table, wholes)
    base.has_series = True
    work.labelled[normal(label)] = base
    if work.table.settings.roll_up == "sum" and not heads:
        _add_up(work, base, label, places, members)
        return
    if heads and _is_disputed(work, heads):
        for member in members:
            _send(work, member, places, UNANSWERED if member in heads else BREAKDOWN)
        _ask_value_column(work)
        base.is_headline = False
        return
    if not places:
        _divide(work, base, heads)
        return
    measures = list(dict.fromkeys(member.measure for member in members))
    primary = _primary(measures, facts, heads, work.table)
    by_words = by_totals and not any(note.key == "whole-by-place" for note in work.table.notes)
    if by_words and heads and any(member not in heads for member in members):
        work.table.note("headline-by-total", f"“{base.name}”: the rows named total are taken as the whole.")
    for measure in measures:
        own = [member for member in members if member.measure == measure]
        whole = [member for member in own if member in heads]
        draft = base if measure == primary else measure_draft(work, base, measure, whole)
        _place(work, draft, own, whole, places, defaults if by_totals else None, chosen)
    if not heads:
        work.headless += members
        base.is_headline = False


def _has_parts_only(table: TableReading) -> bool:
    """Whether rows give numerator and denominator and leave the quotient to us."""
    roles = {table.columns[slot.column].role for slot in table.slots}
    return roles == {Role.NUMERATOR, Role.DENOMINATOR} and len(table.slots) == 2


def _quotient(table: TableReading) -> RatioDefinition:
    above, below = (table.header(table.all_of(role)[0]) for role in (Role.NUMERATOR, Role.DENOMINATOR))
    return RatioDefinition("", above, below)


def _add_up(work: Arrangement, base: MetricDraft, label: str, places: Sequence[int], members: Sequence[Member]) -> None:
    """The whole, and the chosen breakdowns, as sums of rows or as ratios of sums."""
    ratio = ratio_for(work.table, label, work.ratios)
    place = places[0] if places else None
    base.has_values = True
    if ratio is None:
        base.learn("aggregation", "sum", "chosen roll-up")
    for member in members:
        send_sums(work.plan, base, member, place, ratio)
        for names in work.table.settings.breakdowns:
            wanted = {normal(name) for name in names}
            dims = {name: text for name, text in member.dims.items() if normal(name) in wanted}
            if len(dims) == len(wanted):
                part = part_draft(work, base, dims, member)
                part.has_series = part.has_values = True
                send_sums(work.plan, part, member, place, ratio)
    if places:
        teach_unit(base, work.table, places[0], members)


def _divide(work: Arrangement, base: MetricDraft, heads: Sequence[Member]) -> None:
    """A metric whose rows give only the two sides of its quotient."""
    if not _has_parts_only(work.table):
        return
    ratio = _quotient(work.table)
    for member in heads:
        send_sums(work.plan, base, member, None, ratio)
        teach(base, member.combination.texts, {}, work.table.grid.file)
    base.has_values = bool(heads)
    mark_ratio(base, ratio, work.catalogue, {})
    for label, draft_field in ((ratio.numerator, "numerator_metric"), (ratio.denominator, "denominator_metric")):
        part = work.catalogue.find(f"{base.external_id} | {label}")
        setattr(base, draft_field, part.index if part else None)


def _mark_ratios(work: Arrangement) -> None:
    for ratio in work.ratios:
        draft = work.labelled.get(normal(ratio.name))
        if draft is not None:
            mark_ratio(draft, ratio, work.catalogue, work.labelled)
            for part in work.catalogue.drafts:
                if part.part_of == draft.index:
                    mark_ratio(part, ratio, work.catalogue, {})


def _defaults(facts: Sequence[Facts], table: TableReading) -> dict[str, list[str]]:
    """Members that stand for the whole, by the metadata or by the person."""
    found: dict[str, list[str]] = {}
    for source in facts:
        for name, members in source.defaults.items():
            found.setdefault(normal(name), []).extend(members)
    found.update({normal(name): [member] for name, member in table.settings.headline.items()})
    return found


def _is_disputed(work: Arrangement, heads: Sequence[Member]) -> bool:
    """Whether rows carry a second number of unknown meaning while targets and direction come from elsewhere.

    Which of the two numbers these are about is then not ours to guess.
    """
    table = work.table
    if table.settings.value_column or not work.joined:
        return False
    others = [column for column in table.all_of(Role.NUMBER) if column not in {slot.column for slot in table.slots}]
    if not others or table.layout is None:
        return False
    keys = {member.combination.key for member in heads}
    reader = RowReader(table, work.plan.scan.columns, work.plan.scan.roles)
    seen = full = 0
    for _, key, _, texts in reader.rows():
        if key in keys or tuple(part.strip() for part in key) in keys:
            seen += 1
            full += any(at(texts, column) for column in others)
    return seen > 0 and full == seen


def _ask_value_column(work: Arrangement) -> None:
    table = work.table
    columns = [slot.column for slot in table.slots] + table.all_of(Role.NUMBER)
    names = tuple(dict.fromkeys(shown(table.header(column)) for column in columns))
    table.offer(
        "value_column", "Each row of the whole carries more than one number, and the metadata does not say which "
        "of them its target and direction are about.", "value_column", choices=names, required=True,
    )  # fmt: skip


def _primary(
    measures: list[tuple[str, ...]], facts: Sequence[Facts], heads: Sequence[Member], table: TableReading
) -> tuple[str, ...]:
    """The measure that is the metric itself: chosen, the only one the metadata speaks of, or the first."""
    wanted = normal(table.settings.measure)
    spoken = {normal(name) for source in facts for about in source.measures for name in about.split(" / ")}
    with_head = [measure for measure in measures if any(member.measure == measure for member in heads)] or measures
    if wanted:
        chosen = [measure for measure in with_head if wanted in {normal(text) for text in measure}]
        if chosen:
            return chosen[0]
    best = max((len(spoken & {normal(text) for text in measure}) for measure in with_head), default=0)
    named = [measure for measure in with_head if len(spoken & {normal(text) for text in measure}) == best]
    return named[0] if best else with_head[0]


def _place(
    work: Arrangement, draft: MetricDraft | None, own: Sequence[Member], whole: Sequence[Member],
    places: Sequence[int], defaults: Defaults | None, is_sure: bool,
) -> None:  # fmt: skip
    """Route the rows of one measure: the whole, the chosen breakdowns, the rest."""
    if draft is not None:
        for text in own[0].measure:
            draft.learn("unit", read_unit(text) or "", "measure")
        teach_unit(draft, work.table, places[0], own)
    chosen = [frozenset(normal(name) for name in names) for names in work.table.settings.breakdowns]
    for member in own:
        if draft is not None and member in whole:
            _send(work, member, places, draft.index)
            teach(draft, member.combination.texts, {}, work.table.grid.file)
            continue
        dims = member.dims if defaults is None else without_totals(member.dims, defaults, is_sure)
        if draft is not None and frozenset(map(normal, dims)) in chosen:
            part = part_draft(work, draft, dims, member)
            _send(work, member, places, part.index)
            teach(part, member.combination.texts, {}, work.table.grid.file)
        else:
            _send(work, member, places, BREAKDOWN)
            work.offered[tuple(dims)] += 1


def _send(work: Arrangement, member: Member, places: Sequence[int], metric: int) -> None:
    for place in places:
        work.plan.send(member.combination.key, place, metric)
        if metric >= 0:
            work.placed.setdefault(metric, []).append((member, place))


def _offer_breakdowns(work: Arrangement) -> None:
    """One offer per way in which the rows are split."""
    for dims, count in work.offered.most_common(20):
        names = " by ".join(dims) or "other rows"
        work.table.offer(
            "breakdown", f"{count} series by {names}.", "breakdowns", choices=dims, count=count,
        )  # fmt: skip
    if len(work.offered) > 20:
        work.table.note("more-breakdowns", f"{len(work.offered) - 20} more ways in which rows are split.")
