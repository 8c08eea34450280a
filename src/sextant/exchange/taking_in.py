"""Making metrics, draft KPIs and targets out of drafts, inside the transaction that publishes their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sextant.calc.targets import TargetValues, check_target_values
from sextant.core import access
from sextant.core.actors import SYSTEM, Actor
from sextant.core.errors import Refused
from sextant.exchange.matching import Match, external_id_of, folded, key_of, own_id
from sextant.exchange.models import Import
from sextant.exchange.summaries import is_indicator
from sextant.exchange.understanding import MetricDraft, TargetDraft
from sextant.kpis.commands.adopting import NewMetric, NewTarget, adopt, would_refuse
from sextant.kpis.commands.targets import set_target
from sextant.metrics.models import Batch, Metric
from sextant.people.commands import person_named
from sextant.people.models import Person, Team
from sextant.people.queries import calendar
from sextant.people.roles import allows
from sextant.strategy.models import Theme

ROWS_AT_ONCE = 500


@dataclass(slots=True)
class TakenIn:
    """Which metric each draft became; `destinations` only holds drafts whose values are published."""

    destinations: dict[int, int] = field(default_factory=dict)
    new_drafts: set[int] = field(default_factory=set)
    created: list[Metric] = field(default_factory=list)
    targets: int = 0


def take_in(
    actor: Actor, imp: Import, batch: Batch, drafts: Sequence[MetricDraft], matches: Sequence[Match]
) -> TakenIn:
    """Known metrics get what they lack and their targets; new ones are made, KPIs as drafts."""
    names = _Names(actor, imp)
    taken = TakenIn()
    undone = _made_by_undone_imports()
    revived: list[Metric] = []
    places: dict[int, int] = {}
    news: list[NewMetric] = []
    new_drafts: list[MetricDraft] = []
    for draft, match in zip(drafts, matches, strict=True):
        if match.metric is not None:
            taken.destinations[draft.index] = match.metric.id
            if match.metric.archived_at is not None and match.metric.id in undone:
                _revive(match.metric)
                revived.append(match.metric)
            taken.targets += _update(actor, batch, match.metric, draft)
        elif match.is_taken:
            places[draft.index] = len(news)
            news.append(_new(imp, draft, names))
            new_drafts.append(draft)
    known = {draft.index: match.metric for draft, match in zip(drafts, matches, strict=True) if match.metric}
    for new, draft in zip(news, new_drafts, strict=True):
        new.part_of = _link(draft.part_of, places, known)
        if new.part_of is None and draft.slice:
            new.fields["slice"] = {}
        above, below = _link(draft.numerator_metric, places, known), _link(draft.denominator_metric, places, known)
        if above is not None and below is not None:
            new.numerator, new.denominator = above, below
    _keep_ids_apart(imp, news)
    taken.created = adopt(actor, news, batch_key=batch.key)
    for metric, draft in zip(taken.created, new_drafts, strict=True):
        taken.destinations[draft.index] = metric.id
        taken.new_drafts.add(draft.index)
    taken.created += revived
    taken.targets += sum(len(new.targets) for new in news)
    return taken


def _keep_ids_apart(imp: Import, news: Sequence[NewMetric]) -> None:
    """A row that another team took in from the same source gets an identity of its own.

    Theirs may be out of sight, so nothing is said about it; one that is taken as well is left empty.
    """
    ids = [str(new.fields["external_id"]) for new in news]
    known = _taken_ids(imp.source, ids)
    again = {one: own_id(one, imp.team) for one in ids if one in known}
    known |= _taken_ids(imp.source, list(again.values()))
    for new, one in zip(news, ids, strict=True):
        if one in again:
            new.fields["external_id"] = "" if again[one] in known else again[one]
            known.add(again[one])


def _taken_ids(source: str, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for first in range(0, len(ids), ROWS_AT_ONCE):
        rows = Metric.objects.filter(source=source, external_id__in=ids[first : first + ROWS_AT_ONCE])
        found |= set(rows.exclude(external_id="").values_list("external_id", flat=True))
    return found


def _made_by_undone_imports() -> set[int]:
    """Metrics that are archived because the import that made them was taken back."""
    undone = Import.objects.filter(state="undone").values_list("created_metric_ids", flat=True)
    return {metric_id for ids in undone for metric_id in ids}


def _revive(metric: Metric) -> None:
    """The same file came again: what its undone import made comes back, under the same key."""
    metric.archived_at = None
    metric.save(update_fields=["archived_at"])
    kpi = getattr(metric, "kpi", None)
    if kpi is not None:
        kpi.archived_at = None
        kpi.save(update_fields=["archived_at"])


def _link(index: int | None, places: dict[int, int], known: dict[int, Metric]) -> int | Metric | None:
    if index is None:
        return None
    return places.get(index, known.get(index))


class _Names:
    """People, teams and themes that files name, looked up once each; of teams those where one may add KPIs."""

    def __init__(self, actor: Actor, imp: Import) -> None:
        self.imp = imp
        self.year_start_month = calendar().year_start_month
        self.people: dict[str, Person | None] = {}
        at_work = Team.objects.filter(archived_at=None)
        self.teams = {folded(team.name): team for team in at_work if allows(actor, "kpi.create", team.pk)}
        self.themes = {folded(theme.name): theme for theme in Theme.objects.filter(archived_at=None)}

    def person(self, name: str) -> Person | None:
        """The person of this name, made without sign-in when nobody is alike; a near match is left to people."""
        if not name.strip():
            return None
        if name not in self.people:
            try:
                self.people[name] = person_named(SYSTEM, name, source=self.imp.source)
            except Refused:
                self.people[name] = None
        return self.people[name]

    def team(self, name: str) -> Team:
        return self.teams.get(folded(name), self.imp.team)

    def theme(self, name: str) -> Theme | None:
        return self.themes.get(folded(name))


def _new(imp: Import, draft: MetricDraft, names: _Names) -> NewMetric:
    frequency, span, year_month, aggregation = imp.summary["spans"].get(
        str(draft.index), [draft.frequency or "month", draft.span, None, draft.aggregation or "last"]
    )
    assumed = list(imp.summary["assumed"].get(str(draft.index), []))
    if draft.team.strip() and folded(draft.team) != folded(names.team(draft.team).name):
        assumed.append("team")
    fields: dict[str, Any] = {
        "name": draft.name[:300] or draft.external_id[:300],
        "unit": draft.unit or "number",
        "unit_label": draft.unit_text[:80],
        "direction": draft.direction or "up",
        "frequency": frequency,
        "span": span,
        "year_start_month": None if year_month == names.year_start_month else year_month,
        "aggregation": aggregation,
        "precision": draft.precision,
        "team": names.team(draft.team),
        "owner": names.person(draft.owner),
        "theme": names.theme(draft.theme),
        "slice": dict(draft.slice),
        "source": imp.source,
        "external_id": external_id_of(draft),
    }
    fields, repaired = _repaired(fields)
    reason = f"Theme in the file: {draft.theme}" if draft.theme and fields["theme"] is None else ""
    return NewMetric(
        fields,
        key=key_of(draft),
        description=draft.description,
        how_measured=draft.how_measured,
        reason=reason,
        assumed=assumed + repaired,
        is_kpi=is_indicator(draft),
        targets=_targets(draft, fields["direction"]) if is_indicator(draft) else [],
    )


def _repaired(fields: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Fields a file filled with something we can't keep fall back to the neutral choice, and are named."""
    neutral = {"unit": "number", "direction": "up", "frequency": "month", "aggregation": "last", "precision": None,
               "span": 1}  # fmt: skip
    refusal = would_refuse({**fields, "slice": {}})
    bad = [problem.field for problem in refusal.problems if problem.field in neutral] if refusal else []
    if "unit" in bad:
        fields["unit_label"] = fields["unit_label"] or str(fields["unit"])[:80]
    return {**fields, **{name: neutral[name] for name in bad if name}}, [name for name in bad if name]


def _targets(draft: MetricDraft, direction: str) -> list[NewTarget]:
    """The draft's targets that make sense; of several for the same time the last one counts."""
    found: dict[object, NewTarget] = {}
    for target in draft.targets:
        values = _values(target, direction)
        if values is None:
            continue
        start = target.valid_from.start if target.valid_from else None
        found[target.period, start, target.aim_by] = NewTarget(values, target.period, start, target.aim_by)
    return list(found.values())


def _values(target: TargetDraft, direction: str) -> TargetValues | None:
    values = TargetValues(target.target, target.red_flag, target.low, target.high)
    if not check_target_values(values, direction) and values != TargetValues():
        return values
    values = TargetValues(target=target.target, low=target.low, high=target.high)
    return values if not check_target_values(values, direction) and values != TargetValues() else None


def _update(actor: Actor, batch: Batch, metric: Metric, draft: MetricDraft) -> int:
    """Set targets that changed; description and unit of a known metric are its people's business."""
    kpi = getattr(metric, "kpi", None)
    if kpi is None or not draft.targets or not access.can("kpi", actor, "change", kpi):
        return 0
    changed = 0
    for new in _targets(draft, metric.direction):
        figures = {name: getattr(new.values, name) for name in ("target", "red_flag", "low", "high")}
        row = set_target(
            actor, kpi, period=new.period, valid_from=new.valid_from, aim_by=new.aim_by, batch_key=batch.key, **figures
        )
        changed += row.batch_key == batch.key
    return changed
