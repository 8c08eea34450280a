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
from sextant.people.models import Membership, Person
from sextant.people.queries import actor_of_person, people_at_work, team_tree

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
    that waits the lead hears as well, and of one that is overdue those who oversee the team, in their digest. A
    suspicion is told to nobody: its alert tells of the same values.
    """
    notice = NOTICES.get(transition.kind)
    if notice is None:
        return []
    people, event = hearers(transition), _event(transition)
    told = notify(SYSTEM, "kpi", transition.kpi.key, people, notice, event=event) if people else []
    if transition.kind == "overdue":
        above = [one for one in overseers(transition) if one not in people]
        told += notify(SYSTEM, "kpi", transition.kpi.key, above, "lifecycle_overdue_below", event=event)
    return told


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


def overseers(transition: Transition) -> list[Person]:
    """Who oversees the team of the KPI: who administers it or a team above it, and the leads of the nearest team above
    that has any; where there is nobody of the kind, the administrators of the organisation.
    """
    team_id = transition.kpi.metric.team_id
    above = [node.pk for node in reversed(team_tree().ancestors(team_id))]
    here = people_at_work().in_bulk()
    rows = Membership.objects.filter(superseded_at=None, team_id__in=[team_id, *above], person_id__in=here)
    held = list(rows.order_by("id").values_list("team_id", "role", "person_id"))
    led = next((one for one in above if any(team == one and role == "lead" for team, role, _ in held)), None)
    ids = [pk for team, role, pk in held if role == "admin" or (role == "lead" and team == led)]
    ids = ids or [pk for pk, person in here.items() if person.is_admin]
    return [one for pk in dict.fromkeys(ids) if _sees(one := here[pk], transition)]


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
