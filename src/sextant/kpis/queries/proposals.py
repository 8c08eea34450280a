"""Proposals to change a KPI: what would be different, period by period, and what those concerned say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sextant.calc.periods import Period
from sextant.calc.status import kpi_status
from sextant.calc.targets import TargetRow, TargetValues
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.commands.proposals import PARTS, as_it_stands, changed_metric, notice_ends
from sextant.kpis.models import ChangeProposal, Kpi, SignOff
from sextant.kpis.queries.standing import Standing, standing
from sextant.kpis.using import labels_seen
from sextant.metrics.models import Definition
from sextant.metrics.queries.formula_sight import hidden_inputs, without_hidden
from sextant.metrics.queries.series import series_many
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people.models import Person
from sextant.people.queries import people_at_work


@dataclass(frozen=True, slots=True)
class Restated:
    """One complete period as it is and as it would be. `is_restated` says whether the change reaches it; where not,
    what would be is what the new meaning would have said then.
    """

    period: Period
    before: float | None
    after: float | None
    status_before: str
    status_after: str
    is_restated: bool

    @property
    def differs(self) -> bool:
        return self.before != self.after or self.status_before != self.status_after


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do to the history, worked out without writing anything.

    `rows` are the complete periods, the newest first. `is_recalculated` says whether values are worked out anew (a
    formula or the parts of a ratio change); where not, recorded values stay as they are, and only how they are judged
    may differ. `whole_because_of_parts`: parts of a ratio have no versions, so every period is restated.
    """

    before: Standing
    after: Standing
    rows: tuple[Restated, ...]
    is_recalculated: bool
    whole_because_of_parts: bool

    @property
    def restated(self) -> int:
        return sum(row.is_restated for row in self.rows)

    @property
    def value_changes(self) -> int:
        return sum(row.is_restated and row.before != row.after for row in self.rows)

    @property
    def status_changes(self) -> int:
        """How many periods change their status."""
        return sum(row.is_restated and row.status_before != row.status_after for row in self.rows)

    @property
    def would_change_status(self) -> int:
        """How many would have another status if it had always been so."""
        return sum(row.status_before != row.status_after for row in self.rows)


def preview(kpi: Kpi, changes: Mapping[str, Any], valid_from: int | None, point: Standpoint) -> Preview:
    """The history under the changes, beside the one there is.

    `changes` as `commands.proposals.checked_changes` gives them. Targets that name a period stay: they were set for it.
    """
    now = standing(kpi, point)
    whole = any(name in changes for name in PARTS)
    since = None if whole else valid_from
    later = _standing_with(now, changes, since)
    always = later if since is None else _standing_with(now, changes, None)
    rows = tuple(_restated(now, later, always, since))
    is_recalculated = "formula" in changes or whole
    return Preview(now, later, rows[::-1], is_recalculated, whole)


def _standing_with(now: Standing, changes: Mapping[str, Any], since: int | None) -> Standing:
    metric = changed_metric(now.metric, changes)
    texts: list[tuple[int | None, str]] = [(one.valid_from, one.formula) for one in _own_versions(now)]
    if "formula" in changes:
        texts = [*(texts if since is not None else []), (since, changes["formula"])]
    series = series_many([metric], now.point, formulas={metric.id: texts})[metric.id]
    targets: Sequence[TargetRow] = now.targets
    if "target" in changes:
        targets = [*targets, TargetRow(TargetValues(**changes["target"]), since)]
        if since is None:
            targets = [one for one in targets[:-1] if one.period is not None or one.aim_by is not None] + [targets[-1]]
    kpi = Kpi(id=now.kpi.id, key=now.kpi.key, metric=metric, state=now.kpi.state)
    return replace(now, kpi=kpi, series=series, targets=targets)


def _own_versions(now: Standing) -> Sequence[Definition]:
    """The metric's own versions; a breakdown without words of its own carries its headline's, which has its formula."""
    return [one for one in now.versions if one.metric_id == now.metric.id]


def _restated(now: Standing, later: Standing, always: Standing, since: int | None) -> list[Restated]:
    places = {int(start): index for index, start in enumerate(now.series.starts[: now.series.complete])}
    starts = sorted(places.keys() | {int(start) for start in always.series.starts[: always.series.complete]})
    new_places = {int(start): index for index, start in enumerate(always.series.starts[: always.series.complete])}
    rows = []
    for start in starts:
        is_restated = since is None or start >= since
        own = later if is_restated else always
        index = places.get(start)
        period = now.series.period(index) if index is not None else own.series.period(new_places[start])
        before, after = _value(now, index), _value(own, new_places.get(start))
        rows.append(
            Restated(
                period, before, after, kpi_status(before, now.target_of(period), now.metric.direction),
                kpi_status(after, own.target_of(period), own.metric.direction), is_restated,
            )
        )  # fmt: skip
    return rows


def _value(each: Standing, index: int | None) -> float | None:
    if index is None or index >= len(each.series.values):
        return None
    value = float(each.series.values[index])
    return None if math.isnan(value) else value


@dataclass(frozen=True, slots=True)
class Said:
    """What one of those asked says, and for which things, as far as the reader may see them."""

    sign_off: SignOff
    things: tuple[tuple[str, str, str], ...]  # kind, key, name
    hidden: int  # things of theirs the reader may not see
    is_here: bool

    @property
    def person(self) -> Person:
        return self.sign_off.person

    @property
    def is_overruled(self) -> bool:
        return self.sign_off.overruled_at is not None


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that would be different; a part of a ratio is a key, None where the reader may not see it."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ProposalLook:
    """A proposal as somebody sees it."""

    proposal: ChangeProposal
    fields: tuple[Field, ...]
    said: tuple[Said, ...]
    own: Said | None
    notice_ends: datetime | None

    @property
    def objections(self) -> int:
        return sum(one.sign_off.answer == "objected" and not one.is_overruled for one in self.said)


def look_at_proposal(actor: Actor, proposal: ChangeProposal) -> ProposalLook:
    """With names of things and metrics left out that the actor may not see."""
    said = _said(actor, proposal)
    own = next((one for one in said if one.sign_off.person_id == actor.person_id), None)
    return ProposalLook(proposal, _fields(actor, proposal), said, own, notice_ends(proposal))


def proposals_of(actor: Actor, kpi: Kpi) -> list[ChangeProposal]:
    """Those of a KPI the actor may see, the newest first; withdrawn drafts are gone."""
    found = visible("proposal", actor).filter(kpi=kpi)
    return list(found.exclude(state="withdrawn", announced_at=None))


def open_proposal(actor: Actor, kpi: Kpi) -> ChangeProposal | None:
    """The change of the KPI that is announced and not in force yet."""
    found: ChangeProposal | None = (
        visible("proposal", actor).filter(kpi=kpi, state__in=("announced", "objected", "accepted")).first()
    )
    return found


def _said(actor: Actor, proposal: ChangeProposal) -> tuple[Said, ...]:
    rows = list(proposal.sign_offs.select_related("person").order_by("person__name", "id"))
    seen = labels_seen(actor, {(kind, key) for row in rows for kind, key in row.because})
    here = set(people_at_work().filter(pk__in=[row.person_id for row in rows]).values_list("pk", flat=True))
    found = []
    for row in rows:
        things = tuple((kind, key, seen[kind, key]) for kind, key in row.because if (kind, key) in seen)
        found.append(Said(row, things, len(row.because) - len(things), row.person_id in here))
    return tuple(found)


def _fields(actor: Actor, proposal: ChangeProposal) -> tuple[Field, ...]:
    """What would be different, in the order people read it; once in force, what was different."""
    before: Mapping[str, Any] = proposal.before or as_it_stands(proposal.kpi)
    found = []
    for name, after in proposal.changes.items():
        was = before.get(name, "")
        if name == "formula":
            hidden = hidden_inputs(actor, [text for text in (str(was), str(after)) if text])
            was, after = without_hidden(str(was), hidden), without_hidden(str(after), hidden)
        if name in PARTS:
            keys = {str(was), str(after)} - {""}
            seen = {"", *visible("metric", actor).filter(key__in=keys).values_list("key", flat=True)}
            was, after = (key if key in seen else None for key in (was, after))
        found.append(Field(name, was if name != "target" else None, after))
    return tuple(found)
