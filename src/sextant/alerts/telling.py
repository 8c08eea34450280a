"""Telling people of untold steps: each step once, many of them at once in one line per person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sextant.alerts.hearing import Hearing, followers_of, team_id_of
from sextant.alerts.looking import with_relations
from sextant.alerts.models import Alert, AlertBundle, AlertStep
from sextant.alerts.queries.rules import RulesInForce
from sextant.core import access, clock
from sextant.core.actors import SYSTEM
from sextant.core.events import emit
from sextant.core.models import Event
from sextant.core.writing import alone, writing
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications.commands import notify_many
from sextant.notifications.telling import Telling, inbox_topics
from sextant.people.models import Person
from sextant.people.queries import actor_of_person

FEW = 5  # a person hears of so many alerts one by one, of more in one line
NOTICES = {
    "opened": "alert", "relapsed": "alert_relapsed", "recovered": "alert_recovered", "woken": "alert_woken",
    "response_due": "response_due",
}  # fmt: skip


def tell() -> int:
    """Tell of all untold steps, in one transaction with the word that they are told. Returns how many there were.

    An alert that opened and ended before anybody heard of it is told of as it ended.
    """
    if not AlertStep.objects.filter(is_untold=True).exists():
        return 0
    with writing():
        alone("alerts")
        steps = list(AlertStep.objects.filter(is_untold=True).order_by("id"))
        newest = {step.alert_id: step for step in steps if step.kind in NOTICES}
        alerts = _alerts(set(newest))
        told = _by_person([(alerts[pk], step) for pk, step in newest.items() if pk in alerts])
        events = _events(alerts)
        # Told to nobody in particular: this is what the chats of teams hear.
        tellings = [
            Telling("alert", str(alert.pk), [], _notice(alert, newest[alert.pk]), events.get(alert.pk))
            for alert in alerts.values()
        ]
        for person, own in told.items():
            tellings += _of_one_person(person, own, events)
        notify_many(SYSTEM, tellings)
        _let_inboxes_know(list(told))
        AlertStep.objects.filter(pk__in=[step.pk for step in steps]).update(is_untold=False)
    return len(steps)


def _let_inboxes_know(people: list[Person]) -> None:
    """An event for the open pages of those who were told; the events about the alerts themselves went out before."""
    if people:
        emit(
            SYSTEM, "alerts.told", "alerts", "told", "", visibility="people",
            viewer_ids=[person.pk for person in people], topics=inbox_topics(people),
        )  # fmt: skip


Told = list[tuple[Alert, AlertStep]]


def _alerts(ids: set[int]) -> dict[int, Alert]:
    """The alerts with what they are about and their response; a few statements for any number of them."""
    alerts: dict[int, Alert] = {}
    chosen = sorted(ids)
    for first in range(0, len(chosen), 500):
        alerts |= Alert.objects.select_related("response").in_bulk(chosen[first : first + 500])
    for kind in ("kpi", "key_result"):
        wanted = {getattr(one, f"{kind}_id") for one in alerts.values()} - {None}
        things = with_relations(kind, wanted)
        for one in alerts.values():
            if (pk := getattr(one, f"{kind}_id")) is not None:
                setattr(one, kind, things[pk])
    return alerts


def _by_person(told: Told) -> dict[Person, Told]:
    """Who hears of which alerts, as the rules are set now."""
    held, hearing = RulesInForce(standpoint()), Hearing()
    followers = followers_of([alert for alert, _ in told])
    found: dict[Person, Told] = defaultdict(list)
    for alert, step in told:
        settings = held.at(alert.rule, team_id_of(alert.thing), **{f"{alert.kind}_id": alert.thing.pk}).settings
        if step.kind == "response_due":
            people = _who_answers(alert, hearing)
        else:
            people = hearing.hearers(alert, settings, followers.get((alert.kind, alert.thing.key), ()))
        for person in people:
            found[person].append((alert, step))
    return found


def _who_answers(alert: Alert, hearing: Hearing) -> list[Person]:
    response = getattr(alert, "response", None)
    named = hearing.people([one for one in (response.owner_id if response else None, alert.owner_id) if one])
    return named[:1] or hearing.people(hearing.leads(team_id_of(alert.thing)))


def _events(alerts: Mapping[int, Alert]) -> dict[int, Event]:
    """The newest event about each alert, so that open inboxes hear of it."""
    things = {alert.thing.key for alert in alerts.values()}
    found: dict[int, Event] = {}
    names = ["alert.opened", "alert.relapsed", "alert.recovered", "alert.woken"]
    recent = Event.objects.filter(name__in=names).order_by("-pk")
    for event in recent[: 4 * len(alerts)]:
        if event.subject_key in things and event.data.get("alert") in alerts:
            found.setdefault(event.data["alert"], event)
    return found


def _of_one_person(person: Person, own: Told, events: Mapping[int, Event]) -> list[Telling]:
    """A line for each of a few; one line for many, counting only what the person may see."""
    if len(own) > FEW:
        ids = [alert.pk for alert, _ in own]
        seen = set()
        for first in range(0, len(ids), 500):
            visible = access.visible("alert", actor_of_person(person)).filter(pk__in=ids[first : first + 500])
            seen |= set(visible.order_by().values_list("pk", flat=True))
        own = [(alert, step) for alert, step in own if alert.pk in seen]
    if len(own) > FEW:
        recovered = sum(step.kind == "recovered" for _, step in own)
        bundle = AlertBundle.objects.create(
            person=person, opened=len(own) - recovered, recovered=recovered, known_at=clock.now()
        )
        return [Telling("alert_bundle", str(bundle.pk), [person], "alerts", events.get(own[0][0].pk))]
    return [
        Telling("alert", str(alert.pk), [person], _notice(alert, step), events.get(alert.pk)) for alert, step in own
    ]


def _notice(alert: Alert, step: AlertStep) -> str:
    """Red flags and late check-ins are groups of their own, which people choose about."""
    if step.kind in ("opened", "relapsed") and alert.rule in ("red_flag", "check_in_late"):
        return f"alert_{alert.rule}"
    return NOTICES[step.kind]
