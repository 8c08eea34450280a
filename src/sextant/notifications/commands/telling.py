"""Tell people of what concerns them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sextant.core import events
from sextant.core.actors import SYSTEM, Actor
from sextant.core.models import Event
from sextant.core.writing import writing
from sextant.notifications.subjects import Subject, subject
from sextant.notifications.telling import Telling, inbox_topics, tell, tell_many
from sextant.people.models import Person


def notify(
    actor: Actor,
    kind: str,
    key: str,
    people: Iterable[Person],
    notice: str,
    *,
    event: Event | None = None,
) -> list[Person]:
    """Tell people of something that concerns them, such as a blocker they are to clear.

    `notice` is registered in `notices`; `event` is what happened, None the last the actor did to the thing: emit
    first, then notify. Open pages of those told hear of it. Returns who was told: never the actor, nor who may not see
    the thing.
    """
    with writing():
        thing = subject(SYSTEM, kind, key)
        event = event or _last_done(actor, thing)
        told = tell(actor, thing, {one.pk: notice for one in people}, event=event)
        if event is not None and told:
            events.add_topics(event, inbox_topics(told))
    return told


def _last_done(actor: Actor, thing: Subject) -> Event | None:
    done = Event.objects.filter(subject_kind=thing.logged[0], subject_key=thing.logged[1])
    return done.filter(actor_kind=actor.kind, actor_key=actor.key).order_by("-pk").first()


def notify_many(actor: Actor, tellings: Iterable[Telling]) -> int:
    """Tell many people of many things, with a number of statements that does not grow with them.

    For runs that find much at once. As `notify`, but an event left out stays out. A thing that is gone, or cannot be
    discussed, is left out. Returns how many notifications were written.
    """
    with writing():
        rows = tell_many(actor, list(tellings))
        told: dict[int, list[Person]] = defaultdict(list)
        happened: dict[int, Event] = {}
        for row in rows:
            if row.event is not None:
                happened[row.event.pk] = row.event
                told[row.event.pk].append(row.person)
        for key, event in happened.items():
            event.topics = list(dict.fromkeys([*event.topics, *inbox_topics(told[key])]))
        Event.objects.bulk_update(happened.values(), ["topics"], batch_size=200)
    return len(rows)
