"""What the pages of an objective and of a key result have in common: the thing, its rights, its addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.paths import Step, path_to_vision
from sextant.okrs.queries.standing import ObjectiveStanding, okr_board
from sextant.web.context import day_asked_for, require_present
from sextant.web.kpi_words import address
from sextant.web.okr_links import Station, stations
from sextant.web.requests import PageRequest

ACTIONS = ("change", "propose", "agree", "activate", "close", "override", "work", "check_in")


@dataclass(frozen=True)
class ObjectiveSubject:
    """An objective as seen by somebody from today or from a past day."""

    actor: Actor
    objective: Objective
    as_of: date | None

    @property
    def key(self) -> str:
        return self.objective.key

    @cached_property
    def point(self) -> Standpoint:
        return standpoint(self.as_of)

    @cached_property
    def standing(self) -> ObjectiveStanding:
        """Raises Hidden where it was not there on that day."""
        found: QuerySet[Objective] = Objective.objects.filter(pk=self.objective.pk)
        board = okr_board(found, self.point)
        if self.objective.pk not in board.objectives:
            raise Hidden("objective", self.key)
        return board.objectives[self.objective.pk]

    @cached_property
    def seen_metrics(self) -> frozenset[int]:
        """Ids of the metrics of its key results that the actor may see; others are named nowhere."""
        ids = [one.metric.id for one in self.standing.key_results if one.metric is not None]
        return frozenset(access.visible("metric", self.actor).filter(pk__in=ids).values_list("pk", flat=True))

    @property
    def is_archived(self) -> bool:
        return self.objective.archived_at is not None

    @property
    def is_closed(self) -> bool:
        return self.standing.state == "closed"

    @cached_property
    def may(self) -> dict[str, bool]:
        """What the actor may do here today; nothing in the past."""
        if self.as_of is not None:
            return dict.fromkeys(ACTIONS, False)
        return {name: access.can("objective", self.actor, name, self.objective) for name in ACTIONS}

    def require(self, action: str) -> None:
        """Raise unless the actor may do this now: NotAllowed for a missing right, Refused in the past."""
        require_present(self.as_of)
        access.require("objective", self.actor, action, self.objective)

    def url(self, name: str = "objective", *more: str) -> str:
        """The address of one of its pages, the past day kept."""
        return reverse(name, args=[self.key, *more]) + asked_day(self.as_of)

    @cached_property
    def path(self) -> list[Station]:
        """From the vision down; nothing leads to what is archived."""
        if self.is_archived:
            return []
        return steps_of(path_to_vision(self.actor, self.objective, self.point), self.as_of)

    @property
    def repairs_url(self) -> str:
        return reverse("objective_repairs", args=[self.key])

    def frame(self) -> dict[str, Any]:
        """What every page about it hands to its template."""
        return {
            "subject": self, "objective": self.objective, "may": self.may, "page_url": self.url(),
            "list_url": address("objectives"),
        }  # fmt: skip


@dataclass(frozen=True)
class KeyResultSubject:
    """A key result as seen by somebody from today or from a past day."""

    actor: Actor
    key_result: KeyResult
    as_of: date | None

    @property
    def key(self) -> str:
        return self.key_result.key

    @property
    def objective(self) -> Objective:
        return self.key_result.objective

    @cached_property
    def parent(self) -> ObjectiveSubject:
        return ObjectiveSubject(self.actor, self.objective, self.as_of)

    @property
    def point(self) -> Standpoint:
        return self.parent.point

    @cached_property
    def standing(self) -> KeyResultStanding | None:
        """None for an archived one, or one that was not there on that day."""
        return self.parent.standing.board.key_results.get(self.key_result.pk)

    @property
    def is_archived(self) -> bool:
        return self.key_result.archived_at is not None

    @cached_property
    def may(self) -> dict[str, bool]:
        if self.as_of is not None:
            return dict.fromkeys(ACTIONS, False)
        return {name: access.can("key_result", self.actor, name, self.key_result) for name in ACTIONS}

    def require(self, action: str) -> None:
        require_present(self.as_of)
        access.require("key_result", self.actor, action, self.key_result)

    def url(self, name: str = "key_result", *more: str) -> str:
        return reverse(name, args=[self.key, *more]) + asked_day(self.as_of)

    @cached_property
    def path(self) -> list[Station]:
        if self.parent.is_archived:
            return []
        return steps_of(path_to_vision(self.actor, self.key_result, self.point), self.as_of)

    def frame(self) -> dict[str, Any]:
        return {
            "subject": self, "key_result": self.key_result, "objective": self.objective, "may": self.may,
            "page_url": self.url(), "objective_url": self.parent.url(), "list_url": address("objectives"),
        }  # fmt: skip


def asked_day(as_of: date | None) -> str:
    return f"?as_of={as_of.isoformat()}" if as_of else ""


def objective_asked_for(request: PageRequest, key: str) -> ObjectiveSubject:
    """The objective with this key; 404 where there is none or it may not be seen."""
    objective: Objective = access.find("objective", request.actor, key)
    return ObjectiveSubject(request.actor, objective, day_asked_for(request))


def key_result_asked_for(request: PageRequest, key: str) -> KeyResultSubject:
    """The key result with this key; 404 where there is none or its objective may not be seen."""
    key_result: KeyResult = access.find("key_result", request.actor, key)
    return KeyResultSubject(request.actor, key_result, day_asked_for(request))


def steps_of(path: Sequence[Step], as_of: date | None) -> list[Station]:
    """The path without its last station, which is the page itself; the past day is kept."""
    day = asked_day(as_of)
    shown = stations(path[:-1])
    return [replace(one, url=one.url + day) if one.kind in ("objective", "key_result") else one for one in shown]
