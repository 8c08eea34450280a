"""Which drafts are metrics we have already: exact matches are taken, near ones are asked, nothing is guessed.

PRODUCT 4.3b: by (source, external id), then key, then name within the team.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sextant.core import access
from sextant.core.actors import Actor
from sextant.exchange.understanding import MetricDraft
from sextant.metrics.commands.metrics import KEY
from sextant.metrics.models import Metric
from sextant.people.models import Team
from sextant.people.roles import allows

NEAR = 0.86
NEW, SKIP = "new", "skip"  # answers that name no metric: it is a new one; leave it out
UNKNOWN = "unknown"  # the answer names a metric that is not there
MOST_NEAR = 5
FETCHED = 500
MOST_COMPARED = 3_000  # metrics of the team; past this only exact names are matched
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Match:
    """What a draft is: an existing metric (and how that is known), something new, or an open question."""

    metric: Metric | None = None
    by: str = ""  # id | key | name | answer | new | skip | unknown
    near: tuple[Metric, ...] = ()

    @property
    def is_open(self) -> bool:
        return bool(self.near) or self.by == UNKNOWN

    @property
    def is_left_out(self) -> bool:
        return self.by == SKIP

    @property
    def is_taken(self) -> bool:
        """Whether something of the draft will be written."""
        return not self.is_open and not self.is_left_out

    @property
    def state(self) -> str:
        if self.is_open:
            return "asked"
        return "left_out" if self.is_left_out else "known" if self.metric is not None else "new"


def external_id_of(draft: MetricDraft) -> str:
    """The identity a draft has in its file: its own id, else its name there, with measure and slice."""
    name = draft.evidence.get("name in the file", draft.name)
    parts = [draft.external_id if has_id(draft) else f"name:{folded(name)}"]
    if draft.measure_of is not None:
        parts.append(folded(draft.measure or draft.name))
    parts += [f"{dimension}={member}" for dimension, member in sorted(draft.slice.items())]
    return " | ".join(parts)[:300]


def own_id(external_id: str, team: Team) -> str:
    """The identity where another team has taken the same file in before: theirs, and whose it is."""
    ending = f" | team:{team.key}"
    return external_id[: 300 - len(ending)] + ending


def has_id(draft: MetricDraft) -> bool:
    """Whether the file gives the row an identity besides its name."""
    written = draft.evidence.get("name in the file", draft.name)
    return bool(draft.external_id) and folded(draft.external_id) != folded(written)


def key_of(draft: MetricDraft) -> str:
    """The key the file gives, as a key of ours; empty when it gives none."""
    if not has_id(draft) or draft.slice or draft.measure_of is not None:
        return ""
    return draft.external_id if KEY.fullmatch(draft.external_id) else ""


def folded(name: str) -> str:
    """The name without differences people do not see as such."""
    return " ".join(name.casefold().split())


@dataclass(frozen=True, slots=True)
class _Known:
    """What matching needs of a metric; whole ones are fetched for those that match only."""

    id: int
    key: str
    name: str
    team_id: int
    source: str
    external_id: str
    is_archived: bool


@dataclass(frozen=True, slots=True)
class _Found:
    metric_id: int | None = None
    by: str = ""
    near: tuple[int, ...] = ()


def match_drafts(
    actor: Actor, drafts: Sequence[MetricDraft], team: Team, source: str, answers: Mapping[str, str]
) -> list[Match]:
    """One match per draft, in order. `answers` maps a draft's name or id to a metric's key, "new" or "skip"."""
    index = _Index(_known(actor), team, source, _recording_teams(actor, team))
    taken: set[int] = set()
    exact: list[_Found | None] = []
    for draft in drafts:
        found = index.exact(draft, answers)
        if found is not None and found.metric_id in taken:
            found = _Found(by=NEW)
        if found is not None and found.metric_id is not None:
            taken.add(found.metric_id)
        exact.append(found)
    all_found = [found or index.near(draft, taken) for draft, found in zip(drafts, exact, strict=True)]
    wanted = {found.metric_id for found in all_found} | {near for found in all_found for near in found.near}
    metrics = _fetch({one for one in wanted if one is not None})
    return [
        Match(
            metrics[found.metric_id] if found.metric_id is not None else None,
            found.by,
            tuple(metrics[near] for near in found.near),
        )
        for found in all_found
    ]


def _recording_teams(actor: Actor, team: Team) -> frozenset[int] | None:
    """Teams whose metrics a file may be the next edition of: where the actor records values; None for all."""
    if actor.is_admin:
        return None
    return frozenset({team.pk, *(one for one in actor.roles if allows(actor, "metric.record", one))})


def _known(actor: Actor) -> list[_Known]:
    rows = access.visible("metric", actor).order_by("id").values_list(
        "id", "key", "name", "team_id", "source", "external_id", "archived_at"
    )  # fmt: skip
    return [
        _Known(pk, key, name, team_id, source, external_id, archived_at is not None)
        for pk, key, name, team_id, source, external_id, archived_at in rows.iterator(chunk_size=5_000)
    ]


def _fetch(ids: set[int]) -> dict[int, Metric]:
    ordered = sorted(ids)
    found: dict[int, Metric] = {}
    for first in range(0, len(ordered), FETCHED):
        part = Metric.objects.filter(id__in=ordered[first : first + FETCHED]).select_related("team", "kpi")
        found |= {metric.id: metric for metric in part}
    return found


class _Index:
    def __init__(
        self, metrics: Iterable[_Known], team: Team, source: str, recording: frozenset[int] | None = None
    ) -> None:
        self.team = team
        self.by_id: dict[str, _Known] = {}
        self.by_key: dict[str, _Known] = {}
        self.by_name: dict[str, _Known] = {}
        for metric in metrics:
            is_ours = recording is None or metric.team_id in recording
            if metric.external_id and metric.source == source and is_ours:
                self.by_id[metric.external_id] = metric
            if metric.is_archived:
                continue
            self.by_key[metric.key] = metric
            if metric.team_id == team.id:
                self.by_name.setdefault(folded(metric.name), metric)

    def exact(self, draft: MetricDraft, answers: Mapping[str, str]) -> _Found | None:
        answer = answers.get(draft.external_id) or answers.get(draft.name)
        if answer in (NEW, SKIP):
            return _Found(by=answer)
        if answer:
            chosen = self.by_key.get(answer)
            return _Found(chosen.id, "answer") if chosen is not None else _Found(by=UNKNOWN)
        external_id = external_id_of(draft)
        for identity in (own_id(external_id, self.team), external_id):
            if identity in self.by_id:
                return _Found(self.by_id[identity].id, "id")
        key = key_of(draft)
        if key and key in self.by_key:
            return _Found(self.by_key[key].id, "key")
        if not draft.slice and folded(draft.name) in self.by_name:
            return _Found(self.by_name[folded(draft.name)].id, "name")
        return None

    def near(self, draft: MetricDraft, taken: set[int]) -> _Found:
        """Metrics of the team nearly called so. Rows with an id of their own, and breakdowns, are simply new."""
        if has_id(draft) or draft.slice or len(self.by_name) > MOST_COMPARED:
            return _Found()
        name = folded(draft.name)
        digits = _DIGITS.findall(name)
        matcher = SequenceMatcher(b=name)  # it prepares b once, whatever it is compared with
        candidates = []
        for other, metric in self.by_name.items():
            # Twice the shorter length is the most two names can have in common.
            if 2 * min(len(name), len(other)) < NEAR * (len(name) + len(other)) or metric.id in taken:
                continue
            matcher.set_seq1(other)
            if matcher.quick_ratio() >= NEAR and _DIGITS.findall(other) == digits and matcher.ratio() >= NEAR:
                candidates.append(metric.id)
        return _Found(near=tuple(candidates[:MOST_NEAR]))
