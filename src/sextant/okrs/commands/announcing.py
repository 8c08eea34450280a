"""Saying that something happened to an objective or to what hangs on it, to those who may see it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sextant.core.actors import Actor
from sextant.core.events import emit
from sextant.okrs.models import Initiative, KeyResult, Objective


def circle(objective: Objective) -> tuple[int | None, str, list[int]]:
    """Team, visibility and people by id: who may see the objective, as events say it."""
    if objective.visibility == "organisation":
        return None, objective.visibility, []
    viewer_ids = set(objective.viewers.values_list("id", flat=True)) if objective.visibility == "people" else set()
    if objective.owner_id:
        viewer_ids.add(objective.owner_id)
    return objective.team_id, objective.visibility, sorted(viewer_ids)


def announce_objective(
    actor: Actor, name: str, objective: Objective, *, topics: Iterable[str] = (), **data: Any
) -> None:
    _announce(actor, name, "objective", objective.key, objective.title, objective, topics, data)


def announce_key_result(
    actor: Actor, name: str, key_result: KeyResult, *, topics: Iterable[str] = (), **data: Any
) -> None:
    """Open pages of the objective hear it as well."""
    heard = [f"objective:{key_result.objective.key}", *topics]
    _announce(actor, name, "key_result", key_result.key, key_result.title, key_result.objective, heard, data)


def announce_initiative(actor: Actor, name: str, initiative: Initiative, **data: Any) -> None:
    heard = [f"objective:{initiative.objective.key}"]
    if initiative.key_result is not None:
        heard.append(f"key_result:{initiative.key_result.key}")
    _announce(actor, name, "initiative", initiative.key, initiative.title, initiative.objective, heard, data)


def _announce(
    actor: Actor, name: str, kind: str, key: str, label: str, objective: Objective, topics: Iterable[str],
    data: dict[str, Any],
) -> None:  # fmt: skip
    team_id, visibility, viewer_ids = circle(objective)
    emit(
        actor, name, kind, key, label, team_id=team_id, visibility=visibility, viewer_ids=viewer_ids,
        topics=["objectives", *topics], **data,
    )  # fmt: skip
