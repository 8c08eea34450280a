"""Who hears what of the life of a KPI: who answers for it, and who was given the promotion; nobody of what they did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sextant.alerts.hearing import Hearing
from sextant.core import access, clock
from sextant.core.actors import SYSTEM
from sextant.core.models import Event
from sextant.core.writing import writing
from sextant.lifecycle.models import Promotion, Transition
from sextant.notifications.commands import notify
from sextant.notifications.models import Notification
from sextant.people.models import Person
from sextant.people.queries import actor_of_person

ANSWER_DAYS = 7  # after so many days without an answer it is asked once more what changed it
NOTICES: Mapping[str, str] = {
    "promoted": "lifecycle_promoted", "restoring": "lifecycle_restoring",
    "slipped": "lifecycle_slipped", "reverted": "lifecycle_reverted", "overdue": "lifecycle_overdue",
    "relapsed": "lifecycle_relapsed", "restated": "lifecycle_restated", "retired": "lifecycle_retired",
    "acceptance_ended": "lifecycle_acceptance_ended", "extended": "lifecycle_decided",
    "replanned": "lifecycle_decided", "accepted": "lifecycle_decided", "withdrawn": "lifecycle_decided",
    "graduated": "lifecycle_graduated", "undone": "lifecycle_undone",
}  # fmt: skip
FOR_LEADS = ("overdue", "acceptance_ended")  # nobody's alone: the lead hears that a decision waits


def tell(transition: Transition) -> list[Person]:
    """Tell of what has just happened; inside the transaction that wrote it. Returns who was told.

    The owner of the KPI and of the promotion hear of it; where neither is here, the lead of the team. Of a decision
    that waits the lead hears as well. A suspicion is told to nobody: its alert tells of the same values.
    """
    notice = NOTICES.get(transition.kind)
    if notice is None:
        return []
    people = hearers(transition)
    return notify(SYSTEM, "kpi", transition.kpi.key, people, notice, event=_event(transition)) if people else []


def hearers(transition: Transition) -> list[Person]:
    """Who hears of it: those who may see the KPI and did not do it themselves."""
    hearing, kpi = Hearing(), transition.kpi
    promotion = transition.promotion
    if promotion is None and (last := transition.prior.get("promotion")) is not None:
        promotion = Promotion.objects.filter(pk=last).first()
    owners = [kpi.metric.owner_id, promotion.owner_id if promotion is not None else None]
    people = hearing.people([one for one in owners if one is not None])
    if not people or transition.kind in FOR_LEADS:
        people += hearing.people(hearing.leads(kpi.metric.team_id))
    event = _event(transition)
    doer = event.actor_key if event is not None and event.actor_kind == "person" else ""
    return [one for one in dict.fromkeys(people) if one.key != doer and _sees(one, transition)]


def _sees(person: Person, transition: Transition) -> bool:
    return access.visible("kpi", actor_of_person(person)).filter(pk=transition.kpi_id).exists()


def _event(transition: Transition) -> Event | None:
    found = Event.objects.filter(
        name=f"lifecycle.{transition.kind}", subject_kind="kpi", subject_key=transition.kpi.key
    )
    return found.order_by("-pk").first()


def remind() -> int:
    """Ask once more what changed a KPI, where nobody answered for a week. Returns how many promotions it was."""
    now = clock.now()
    waiting = Promotion.objects.filter(
        outcome="reverted",
        what_changed="",
        ended_at__lte=now - timedelta(days=ANSWER_DAYS),
        ended_at__gt=now - timedelta(days=4 * ANSWER_DAYS),
    ).select_related("kpi__metric", "owner")
    asked = 0
    for promotion in waiting:
        known = Notification.objects.filter(
            notice="lifecycle_answer_due", subject_kind="kpi", subject_key=promotion.kpi.key,
            created_at__gte=promotion.ended_at,
        )  # fmt: skip
        if known.exists():
            continue
        reverted = promotion.transitions.filter(kind="reverted", undone_at=None).order_by("-pk").first()
        if reverted is None:
            continue
        with writing():
            people = hearers(reverted)
            asked += bool(people and notify(SYSTEM, "kpi", promotion.kpi.key, people, "lifecycle_answer_due"))
    return asked
