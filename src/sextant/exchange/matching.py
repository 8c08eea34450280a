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

NEAR = 0.86
NEW, SKIP = "new", "skip"  # answers that name no metric: it is a new one; leave it out
MOST_COMPARED = 3_000  # drafts without an id times metrics of the team; past this only exact names are matched
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Match:
    """What a draft is: an existing metric (and how that is known), something new, or an open question."""

    metric: Metric | None = None
    by: str = ""  # id | key | name | answer | new | skip
    near: tuple[Metric, ...] = ()

    @property
    def is_open(self) -> bool:
        return bool(self.near)

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


def match_drafts(
    actor: Actor, drafts: Sequence[MetricDraft], team: Team, source: str, answers: Mapping[str, str]
) -> list[Match]:
    """One match per draft, in order. `answers` maps a draft's name or id to a metric's key, "new" or "skip"."""
    known = list(access.visible("metric", actor).select_related("team", "kpi"))
    index = _Index(known, team, source)
    taken: set[int] = set()
    found: list[Match | None] = []
    for draft in drafts:
        match = index.exact(draft, answers)
        if match is not None and match.metric is not None and match.metric.id in taken:
            match = Match(by=NEW)
        if match is not None and match.metric is not None:
            taken.add(match.metric.id)
        found.append(match)
    return [match or index.near(draft, taken) for draft, match in zip(drafts, found, strict=True)]


class _Index:
    def __init__(self, metrics: Iterable[Metric], team: Team, source: str) -> None:
        self.by_id: dict[str, Metric] = {}
        self.by_key: dict[str, Metric] = {}
        self.by_name: dict[str, Metric] = {}
        for metric in metrics:
            if metric.external_id and metric.source == source:
                self.by_id[metric.external_id] = metric
            if metric.archived_at is not None:
                continue
            self.by_key[metric.key] = metric
            if metric.team_id == team.id:
                self.by_name.setdefault(folded(metric.name), metric)

    def exact(self, draft: MetricDraft, answers: Mapping[str, str]) -> Match | None:
        answer = answers.get(draft.external_id) or answers.get(draft.name)
        if answer in (NEW, SKIP):
            return Match(by=answer)
        if answer:
            chosen = self.by_key.get(answer)
            return Match(chosen, "answer") if chosen is not None else None
        external_id = external_id_of(draft)
        if external_id in self.by_id:
            return Match(self.by_id[external_id], "id")
        key = key_of(draft)
        if key and key in self.by_key:
            return Match(self.by_key[key], "key")
        if not draft.slice and folded(draft.name) in self.by_name:
            return Match(self.by_name[folded(draft.name)], "name")
        return None

    def near(self, draft: MetricDraft, taken: set[int]) -> Match:
        """Metrics of the team nearly called so. Rows with an id of their own, and breakdowns, are simply new."""
        if has_id(draft) or draft.slice or len(self.by_name) > MOST_COMPARED:
            return Match()
        name = folded(draft.name)
        digits = _DIGITS.findall(name)
        candidates = [
            metric
            for other, metric in self.by_name.items()
            if metric.id not in taken and _DIGITS.findall(other) == digits and _alike(name, other)
        ]
        return Match(near=tuple(candidates[:5]))


def _alike(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one, other)
    return matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR
