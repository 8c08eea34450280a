"""Who may see a KPI or a scorecard: a KPI is as visible as its metric."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from sextant.core import access
from sextant.core.actors import Actor
from sextant.kpis.models import ChangeProposal, Kpi, Scorecard
from sextant.metrics.access import visible_to as visible_metrics
from sextant.notifications import subjects
from sextant.people.roles import allows


def visible_to(actor: Actor) -> QuerySet[Kpi]:
    """KPIs whose metric the actor may see."""
    kpis = Kpi.objects.select_related("metric", "metric__team", "metric__owner", "metric__theme")
    if actor.is_admin and actor.may_read:
        return kpis
    return kpis.filter(metric_id__in=visible_metrics(actor).values("id"))


def can(actor: Actor, action: str, kpi: Kpi) -> bool:
    """Actions: view, change, activate. The owner may do what a lead may."""
    if action == "view":
        return actor.may_read
    if actor.person_id is not None and actor.person_id == kpi.metric.owner_id:
        return actor.may_write
    return allows(actor, f"kpi.{action}", kpi.metric.team_id)


def visible_scorecards(actor: Actor) -> QuerySet[Scorecard]:
    return Scorecard.objects.filter(access.seen_by(actor, Scorecard)).select_related("team", "owner")


def can_scorecard(actor: Actor, action: str, scorecard: Scorecard) -> bool:
    if action == "view":
        return actor.may_read
    if actor.person_id is not None and actor.person_id == scorecard.owner_id:
        return actor.may_write
    return allows(actor, f"scorecard.{action}", scorecard.team_id)


def visible_proposals(actor: Actor) -> QuerySet[ChangeProposal]:
    """Proposals about KPIs the actor may see; a draft is its author's, and an administrator's."""
    found = ChangeProposal.objects.filter(kpi_id__in=visible_to(actor).values("id"))
    found = found.select_related("kpi__metric__team", "kpi__metric__owner", "proposer")
    if actor.is_admin and actor.may_read:
        return found
    own = Q(proposer_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    return found.filter(~Q(announced_at=None) | own) if actor.may_read else found.none()


def can_proposal(actor: Actor, action: str, proposal: ChangeProposal) -> bool:
    """Actions: view, change (announce, withdraw, take back), overrule (an administrator's alone)."""
    if action == "view":
        return actor.may_read
    if action == "overrule":
        return actor.is_admin and actor.may_write
    return can(actor, "change", proposal.kpi)


def label_of_proposal(proposal: ChangeProposal) -> str:
    return gettext("Change of %(kpi)s") % {"kpi": proposal.kpi.name}


def register() -> None:
    access.register("kpi", visible_to, can)
    access.register("scorecard", visible_scorecards, can_scorecard)
    subjects.register("kpi", row=lambda kpi: kpi.metric, also=lambda kpi: [("metric", kpi.metric.key)])
    subjects.register("scorecard")
    access.register("proposal", visible_proposals, can_proposal)
    subjects.register(
        "proposal",
        row=lambda proposal: proposal.kpi.metric,
        owners=lambda proposal: [proposal.proposer_id, proposal.kpi.metric.owner_id],
        label=label_of_proposal,
        log=lambda proposal: ("kpi", proposal.kpi.key),
        by_id=True,
    )
