"""Who may see and handle an alert: it is as visible as the KPI or key result it is about."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from sextant.alerts.models import Alert, AlertBundle
from sextant.alerts.rules import title
from sextant.alerts.sentences import story_of
from sextant.core import access
from sextant.core.actors import SYSTEM, Actor
from sextant.kpis.access import visible_to as visible_kpis
from sextant.kpis.models import Kpi
from sextant.notifications import subjects
from sextant.okrs.access import visible_key_results
from sextant.okrs.models import KeyResult
from sextant.okrs.subjects import may_check_in
from sextant.people.models import Team
from sextant.people.roles import allows


def visible_to(actor: Actor) -> QuerySet[Alert]:
    """Alerts about what the actor may see, closed ones included."""
    found = Alert.objects.select_related(
        "kpi__metric__team", "kpi__metric__owner", "key_result__objective__team", "key_result__owner",
        "key_result__metric", "owner",
    )  # fmt: skip
    if not actor.may_read:
        return found.none()
    on_kpis = Q(kpi_id__in=visible_kpis(actor).values("id"))
    return found.filter(on_kpis | Q(key_result_id__in=visible_key_results(actor).values("id")))


def can(actor: Actor, action: str, alert: Alert) -> bool:
    """Actions: view, handle (acknowledge, snooze, close, reopen, assign, answer).

    Whoever may check in on the thing handles its alerts, and so does who the alert or its response was given to.
    """
    if action == "view":
        return actor.may_read
    if not actor.may_write or action != "handle":
        return False
    if actor.person_id is not None and actor.person_id in owner_ids(alert):
        return True
    return may_check_in(actor, alert.thing)


def owner_ids(alert: Alert) -> set[int | None]:
    """Who answers for it: the owner of the alert and of its response."""
    response = getattr(alert, "response", None)
    return {one for one in (alert.owner_id, response.owner_id if response else None) if one is not None}


def may_set(
    actor: Actor, *, team: Team | None = None, kpi: Kpi | None = None, key_result: KeyResult | None = None
) -> bool:
    """Who sets rules: for everybody an administrator, for a team its lead, for one thing who may change it."""
    if kpi is not None:
        return actor.may_write and access.can("kpi", actor, "change", kpi)
    if key_result is not None:
        return actor.may_write and access.can("key_result", actor, "change", key_result)
    return allows(actor, "rule.tune", team.pk) if team is not None else allows(actor, "organisation.change", None)


def row_of(alert: Alert) -> Any:
    """What holds team, owner and visibility: the metric of a KPI, the objective of a key result."""
    return alert.kpi.metric if alert.kpi is not None else alert.thing.objective  # type: ignore[union-attr]


def logged(alert: Alert) -> tuple[str, str]:
    """The thing the events of an alert are about, so that they are confined with it."""
    return alert.kind, alert.thing.key


def label_of(alert: Alert) -> str:
    """What an alert is called beside others: its rule and what it is about."""
    return f"{title(alert.rule)}: {alert.thing}"


def visible_bundles(actor: Actor) -> QuerySet[AlertBundle]:
    """What a person was told at once is theirs alone."""
    if actor is SYSTEM:
        return AlertBundle.objects.all()
    return AlertBundle.objects.filter(person_id=actor.person_id if actor.person_id and actor.may_read else 0)


def can_bundle(actor: Actor, action: str, bundle: AlertBundle) -> bool:
    """Actions: view."""
    return action == "view" and actor.may_read and actor.person_id == bundle.person_id


def register() -> None:
    access.register("alert", visible_to, can)
    access.register("alert_bundle", visible_bundles, can_bundle)
    subjects.register("alert_bundle", by_id=True, lasts=False)
    subjects.register("alert", row=row_of, owners=owner_ids, label=label_of, log=logged, story=story_of, by_id=True)
