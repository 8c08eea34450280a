"""Who may see a survey and run it: it is as visible as its metric, and who may change that may run it.

Answering is another matter: whoever is asked may answer, whether they see the results or not (`queries.asking`).
"""

from __future__ import annotations

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.metrics.access import can as can_metric
from sextant.metrics.access import visible_to as visible_metrics
from sextant.surveys.models import Survey


def visible_to(actor: Actor) -> QuerySet[Survey]:
    """Surveys whose metric the actor may see, archived ones included (lists leave those out)."""
    rows = Survey.objects.select_related("metric", "metric__team", "metric__owner")
    return rows.filter(metric__in=visible_metrics(actor).values("pk"))


def can(actor: Actor, action: str, survey: Survey) -> bool:
    """Actions: view, change (its words, its state, its links)."""
    return can_metric(actor, action, survey.metric)


def register() -> None:
    access.register("survey", visible_to, can)
