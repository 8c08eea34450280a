"""Keeping what belongs to an objective to those who may see the objective: its past, and the metrics of its results."""

from __future__ import annotations

from sextant.core import events
from sextant.core.actors import Actor
from sextant.core.models import Event
from sextant.metrics.commands.metrics import keep_to
from sextant.metrics.models import Metric
from sextant.okrs.commands.announcing import circle
from sextant.okrs.models import Objective
from sextant.people.models import Person

WIDEST_FIRST = ("organisation", "team", "people", "private")


def confine(actor: Actor, objective: Objective) -> None:
    """Show what happened to the objective in the past, and its own metrics, to whom it is shown from now on.

    Call it inside `writing()`, in the transaction that changed who sees it.
    """
    things = [("objective", objective.key)]
    things += [("key_result", key) for key in objective.key_results.values_list("key", flat=True)]
    things += [("initiative", key) for key in objective.initiatives.values_list("key", flat=True)]
    things += [("candidate", str(pk)) for pk in objective.candidates.values_list("pk", flat=True)]
    _forget_in_links(objective)
    events.confine(things, *circle(objective), topic=f"objective:{objective.key}")
    for key in objective.key_results.values_list("key", flat=True):
        events.confine([], *circle(objective), topic=f"key_result:{key}")
    for metric in Metric.objects.filter(key_results__objective=objective, kpi=None).distinct():
        _confine_metric(actor, metric)


def confine_restoring(actor: Actor, metric: Metric) -> None:
    """Objectives that were made to restore a KPI carry its name: where fewer people see it, so they do. One that is
    kept to fewer already stays so; a KPI that is opened again opens none.
    """
    if metric.visibility == "organisation":
        return
    for objective in Objective.objects.filter(restores__metric=metric):
        is_narrower = WIDEST_FIRST.index(objective.visibility) > WIDEST_FIRST.index(metric.visibility)
        if is_narrower:
            continue
        objective.visibility, objective.version = metric.visibility, objective.version + 1
        if metric.visibility == "team":
            objective.team = metric.team
        objective.save(update_fields=["visibility", "team", "version"])
        if metric.visibility == "people":
            objective.viewers.set(viewers_of(metric))
        confine(actor, objective)


def viewers_of(metric: Metric) -> set[Person]:
    """Who sees the metric, where it is kept to people: those named, and who owns it."""
    return {*metric.viewers.all(), *([metric.owner] if metric.owner is not None else [])}


def _forget_in_links(objective: Objective) -> None:
    """The log of what was linked to it goes on without its title."""
    told = Event.objects.filter(name="objective.aligned", topics__icontains=f'"objective:{objective.key}"')
    for event in told.exclude(subject_key=objective.key).iterator():
        event.data = {**event.data, "link": "…"}
        event.save(update_fields=["data"])


def _confine_metric(actor: Actor, metric: Metric) -> None:
    """A metric that only key results use is seen by whoever sees one of their objectives."""
    users = list(Objective.objects.filter(key_results__metric=metric).select_related("team", "owner").distinct())
    widest = min(users, key=lambda one: WIDEST_FIRST.index(one.visibility))
    alike = [one for one in users if one.visibility == widest.visibility]
    viewers: set[Person] = set()
    if widest.visibility == "people":
        viewers = {person for one in alike for person in one.viewers.all()}
        viewers |= {one.owner for one in alike if one.owner is not None}
    owner = metric.owner if widest.visibility == "organisation" else widest.owner
    keep_to(
        actor, metric, team=metric.team if widest.visibility == "organisation" else widest.team, owner=owner,
        visibility=widest.visibility, viewers=list(viewers),
    )  # fmt: skip
