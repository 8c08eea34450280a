"""What a person answers for among the KPIs, for the day they leave."""

from __future__ import annotations

from collections.abc import Sequence

from sextant.core import belongings
from sextant.core.actors import Actor
from sextant.core.belongings import Belonging
from sextant.kpis.access import label_of_proposal
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.commands.proposals import OPEN
from sextant.kpis.models import ChangeProposal, Kpi, SignOff
from sextant.metrics.models import Metric
from sextant.people.models import Person


def _kpis(person_id: int) -> list[Kpi]:
    found = Kpi.objects.filter(metric__owner_id=person_id, archived_at=None).exclude(state="retired")
    return list(found.select_related("metric").order_by("metric__name"))


def find(person_id: int) -> Sequence[Belonging]:
    found = [Belonging("kpi", kpi.key, kpi.name) for kpi in _kpis(person_id)]
    return found + [Belonging("proposal", str(one.pk), label_of_proposal(one)) for one in _proposals(person_id)]


def hand_over(actor: Actor, person_id: int, to: Person) -> None:
    for kpi in _kpis(person_id):
        metric = kpi.metric
        metric.owner, metric.version = to, metric.version + 1
        metric.save(update_fields=["owner", "version"])
        kpi.version += 1
        kpi.save(update_fields=["version"])
        announce_kpi(actor, "kpi.changed", kpi, fields="owner")
    Metric.objects.filter(owner_id=person_id, archived_at=None).update(owner=to)
    for proposal in _proposals(person_id):
        proposal.proposer = to
        proposal.save(update_fields=["proposer"])
    _hand_over_sign_offs(person_id, to)


def _proposals(person_id: int) -> list[ChangeProposal]:
    found = ChangeProposal.objects.filter(proposer_id=person_id, state__in=OPEN)
    return list(found.select_related("kpi__metric"))


def _hand_over_sign_offs(person_id: int, to: Person) -> None:
    """Who takes over is asked in their place; an answer given stays who gave it."""
    waiting = SignOff.objects.filter(person_id=person_id, answer="", proposal__state__in=OPEN)
    for one in waiting:
        if SignOff.objects.filter(proposal_id=one.proposal_id, person=to).exists():
            one.delete()
        else:
            one.person = to
            one.save(update_fields=["person"])


def register() -> None:
    belongings.register(find, hand_over)
