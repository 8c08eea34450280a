"""Keeping what works on a KPI to those who may see the KPI, where it joined an objective that more people see."""

from __future__ import annotations

from sextant.core.actors import Actor
from sextant.lifecycle.models import Promotion
from sextant.lifecycle.queries.drafts import shows_more, title_of
from sextant.metrics.commands.metrics import circle_of, follow_circle
from sextant.metrics.models import Metric
from sextant.okrs.commands.announcing import circle
from sextant.okrs.commands.apart import set_apart
from sextant.okrs.models import Objective


def confine_promoted(actor: Actor, metric: Metric) -> None:
    """Key results of promotions, ended ones too, carry the name and the figures of the KPI: they leave an objective
    that more people see, for one of their own. A KPI that is opened again puts none back.
    """
    if metric.visibility == "organisation":
        return
    found = Promotion.objects.filter(kpi__metric=metric, made_objective=False).order_by("pk")
    for promotion in found.select_related("kpi", "key_result__objective__team", "key_result__objective__cycle"):
        promotion.kpi.metric = metric
        if _is_seen_by_more(promotion.key_result.objective, promotion):
            set_apart(actor, promotion.key_result, promotion.kpi, title=title_of(promotion.kpi))
            promotion.made_objective = True
            promotion.save(update_fields=["made_objective"])


def _is_seen_by_more(objective: Objective, promotion: Promotion) -> bool:
    """As far as can be told for sure; in doubt, yes."""
    metric = promotion.kpi.metric
    if (metric.visibility, objective.visibility) == ("people", "people"):
        return not set(circle(objective)[2]) <= set(circle_of(metric)[2])
    return objective.visibility != "private" and shows_more(objective, promotion.kpi)


def register() -> None:
    follow_circle(confine_promoted)
