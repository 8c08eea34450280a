"""Who may see a survey and run it: it is as visible as its metric, and who may change that may run it.

Answering is another matter: whoever is asked may answer, whether they see the results or not (`queries.asking`).
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.metrics.access import can as can_metric
from sextant.metrics.access import visible_to as visible_metrics
from sextant.notifications import subjects
from sextant.people.models import Membership
from sextant.people.queries import people_at_work, team_tree
from sextant.surveys.models import Survey


def visible_to(actor: Actor) -> QuerySet[Survey]:
    """Surveys whose metric the actor may see, archived ones included (lists leave those out)."""
    rows = Survey.objects.select_related("metric", "metric__team", "metric__owner")
    return rows.filter(metric__in=visible_metrics(actor).values("pk"))


def can(actor: Actor, action: str, survey: Survey) -> bool:
    """Actions: view, change (its words, its state, its links)."""
    return can_metric(actor, action, survey.metric)


def asked_of(actor: Actor) -> QuerySet[Survey]:
    """Surveys the actor is asked to answer by name, whether they see the results or not (`queries.asking`)."""
    rows = Survey.objects.select_related("metric", "metric__team", "metric__owner").filter(audience="internal")
    rows = rows.filter(archived_at=None).exclude(state="draft")
    if actor.kind == "system":
        return rows
    held = Membership.objects.filter(person_id=actor.person_id or 0, superseded_at=None)
    held = held.filter(person__user__isnull=False, person__archived_at=None)
    tree, team_ids = team_tree(), set(held.values_list("team_id", flat=True))
    above = {node.pk for team_id in team_ids for node in tree.ancestors(team_id)}
    everybody = Q(metric__team__parent=None) if _signs_in(actor) else Q(pk__in=[])
    return rows.filter(Q(metric__team_id__in=team_ids | above) | everybody)


def can_answer(actor: Actor, action: str, survey: Survey) -> bool:
    """Only to look at: what an answer needs is asked where it is given."""
    return action == "view" and actor.may_read


def _signs_in(actor: Actor) -> bool:
    return people_at_work().filter(pk=actor.person_id or 0, user__isnull=False).exists()


def register() -> None:
    access.register("survey", visible_to, can)
    access.register("survey_answer", asked_of, can_answer)
    subjects.register("survey_answer", row=lambda survey: survey.metric, log=lambda survey: ("survey", survey.key))
