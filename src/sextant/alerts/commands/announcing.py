"""Saying that something happened to an alert, to those who may see what it is about."""

from __future__ import annotations

from typing import Any

from sextant.alerts.models import Alert
from sextant.alerts.rules import title
from sextant.core.actors import Actor
from sextant.core.events import emit
from sextant.core.models import Event
from sextant.kpis.models import Kpi
from sextant.okrs.commands.announcing import circle as circle_of_objective
from sextant.okrs.models import KeyResult

Circle = tuple[int | None, str, list[int]]


def announce(actor: Actor, name: str, alert: Alert, **data: Any) -> Event:
    """Write the event about the KPI or key result; open pages of the alert and of its thing hear of it."""
    said = {"what": title(alert.rule), "rule": alert.rule, "alert": alert.pk} | data
    return announce_thing(actor, name, alert.thing, topics=[f"alert:{alert.pk}"], **said)


def announce_thing(actor: Actor, name: str, thing: Kpi | KeyResult, *, topics: list[str], **data: Any) -> Event:
    """Write an event about the KPI or key result for those who may see it; `topics` are told besides its own."""
    if isinstance(thing, Kpi):
        kind, heard, (team_id, visibility, viewer_ids) = "kpi", f"metric:{thing.metric.key}", circle_of_kpi(thing)
    else:
        kind, heard = "key_result", f"objective:{thing.objective.key}"
        team_id, visibility, viewer_ids = circle_of_objective(thing.objective)
    return emit(
        actor, name, kind, thing.key, str(thing), team_id=team_id, visibility=visibility, viewer_ids=viewer_ids,
        topics=["alerts", *topics, heard], **data,
    )  # fmt: skip


def circle_of_kpi(kpi: Kpi) -> Circle:
    """Team, visibility and people by id: who may see the KPI, as events say it."""
    metric = kpi.metric
    if metric.visibility == "organisation":
        return None, metric.visibility, []
    people = set(metric.viewers.values_list("id", flat=True)) if metric.visibility == "people" else set()
    if metric.owner_id:
        people.add(metric.owner_id)
    return metric.team_id, metric.visibility, sorted(people)
