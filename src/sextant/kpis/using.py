"""Who uses a KPI: scorecards, KPIs calculated from it, and what packages above say they hold, such as key results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sextant.core.actors import Actor
from sextant.kpis.models import Kpi, ScorecardItem
from sextant.metrics.queries.dependants import with_dependants
from sextant.notifications.subjects import label_of, things_visible
from sextant.people.models import Membership
from sextant.people.queries import people_at_work, team_tree


@dataclass(frozen=True, slots=True)
class Use:
    """A thing that shows or needs the KPI, and who answers for it (None: the leads of its team)."""

    kind: str
    key: str
    label: str
    owner_id: int | None
    team_id: int


Finder = Callable[[Kpi], Sequence[Use]]
_finders: list[Finder] = []


def register(find: Finder) -> None:
    """Let a package above say which of its things use a KPI now."""
    if find not in _finders:
        _finders.append(find)


def uses_of(kpi: Kpi) -> list[Use]:
    """All of them, whoever may see them."""
    found = [*_scorecards(kpi), *_calculated(kpi)]
    for find in _finders:
        found += find(kpi)
    return found


def seen_by(actor: Actor, uses: Sequence[Use]) -> list[Use]:
    """Those the actor may see."""
    seen = labels_seen(actor, [(use.kind, use.key) for use in uses])
    return [use for use in uses if (use.kind, use.key) in seen]


def labels_seen(actor: Actor, things: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """By (kind, key), the names of those things the actor may see."""
    keys: dict[str, list[str]] = {}
    for kind, key in things:
        keys.setdefault(kind, []).append(key)
    return {
        (kind, key): label_of(kind, thing)
        for kind, own in keys.items()
        for key, thing in things_visible(actor, kind, own).items()
    }


def is_shared(kpi: Kpi, uses: Sequence[Use]) -> bool:
    """Whether a change of its meaning concerns others: a key result, another KPI, or a scorecard of another team."""
    return any(use.kind != "scorecard" or use.team_id != kpi.metric.team_id for use in uses)


def answerable(uses: Sequence[Use]) -> dict[int, list[Use]]:
    """By person id, those still here who answer for something of it: its owner, else the nearest leads."""
    here = set(people_at_work().values_list("pk", flat=True))
    leads, tree = _leads(), team_tree()
    found: dict[int, list[Use]] = {}
    for use in uses:
        way = [use.team_id, *(node.pk for node in reversed(tree.ancestors(use.team_id)))]
        owners = next((leads[one] for one in way if one in leads), [])
        if use.owner_id is not None and use.owner_id in here:
            owners = [use.owner_id]
        for owner in here.intersection(owners):
            found.setdefault(owner, []).append(use)
    return found


def _leads() -> dict[int, list[int]]:
    held = Membership.objects.filter(superseded_at=None, role="lead", person__archived_at=None, person__erased_at=None)
    found: dict[int, list[int]] = {}
    for team_id, person_id in held.order_by("id").values_list("team_id", "person_id"):
        found.setdefault(team_id, []).append(person_id)
    return found


def _scorecards(kpi: Kpi) -> list[Use]:
    places = ScorecardItem.objects.filter(kpi=kpi, superseded_at=None, scorecard__archived_at=None)
    return [
        Use("scorecard", one.scorecard.key, one.scorecard.name, one.scorecard.owner_id, one.scorecard.team_id)
        for one in places.select_related("scorecard").order_by("scorecard__name")
    ]


def _calculated(kpi: Kpi) -> list[Use]:
    """KPIs at work that are calculated from it, at any distance."""
    others = with_dependants([kpi.metric_id]) - {kpi.metric_id}
    found = Kpi.objects.filter(metric_id__in=others, state="active", archived_at=None).select_related("metric")
    return [
        Use("kpi", one.key, one.name, one.metric.owner_id, one.metric.team_id) for one in found.order_by("metric__name")
    ]
