"""Letting people know: who may hear of a thing, and the rows that wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sextant.core import clock
from sextant.core.actors import Actor
from sextant.core.models import Event
from sextant.notifications import notices, subjects
from sextant.notifications.models import Comment, Follow, Notification
from sextant.notifications.subjects import Subject
from sextant.people.models import Person
from sextant.people.queries import actor_of_person, people_at_work

# Somebody without any role, of whom nothing is known: what they may see, everybody may.
ANYBODY = Actor(kind="person", label="anybody", person_id=0)


def who_may_see(people: Iterable[Person], subject: Subject) -> list[Person]:
    """Those whom the owner's rule lets see the thing; one question where it is open to everybody."""
    people = list(people)
    if not people or _sees(ANYBODY, subject):
        return people
    return [one for one in people if _sees(actor_of_person(one), subject)]


def _sees(actor: Actor, subject: Subject) -> bool:
    return subject.key in subjects.things_visible(actor, subject.kind, [subject.key])


def follower_ids(subject: Subject) -> set[int]:
    """Who follows the thing: who asked to, and its owners unless they ended it."""
    rows = Follow.objects.filter(subject_kind=subject.kind, subject_key=subject.key)
    ended = dict(rows.values_list("person_id", "ended_at"))
    asked = {person_id for person_id, since in ended.items() if since is None}
    return asked | (set(subject.owner_ids) - ended.keys())


def ensure_follow(person_id: int | None, subject: Subject) -> None:
    """Who takes part follows from then on, unless they ended that themselves."""
    if person_id is not None:
        Follow.objects.get_or_create(
            person_id=person_id, subject_kind=subject.kind, subject_key=subject.key,
            defaults={"known_at": clock.now()},
        )  # fmt: skip


def tell(
    actor: Actor,
    subject: Subject,
    reasons: Mapping[int, str],
    *,
    comment: Comment | None = None,
    event: Event | None = None,
) -> list[Person]:
    """Write one notification for each person id -> notice; never to the actor, nor to who may not see the thing.

    Of one comment a person hears once; a stronger notice (`notices.OF_COMMENTS`) makes the row unread again. Call it
    inside `writing()`. Returns who was told.
    """
    wanted = [one for one in reasons if one != actor.person_id]
    people = who_may_see(people_at_work().filter(pk__in=wanted), subject)
    known = (
        {row.person_id: row for row in Notification.objects.filter(comment=comment, person__in=people)}
        if comment
        else {}
    )
    told, now = [], clock.now()
    for person in people:
        notice, row = reasons[person.pk], known.get(person.pk)
        if row is None:
            Notification.objects.create(
                person=person, notice=notice, subject_kind=subject.kind, subject_key=subject.key,
                subject_label=subject.label, comment=comment, event=event, created_at=now,
            )  # fmt: skip
        elif _is_stronger(notice, row.notice):
            row.notice, row.read_at, row.created_at = notice, None, now
            row.save(update_fields=["notice", "read_at", "created_at"])
        else:
            continue
        told.append(person)
    return told


def _is_stronger(notice: str, than: str) -> bool:
    order = notices.OF_COMMENTS
    return notice in order and than in order and order.index(notice) < order.index(than)


def inbox_topics(people: Iterable[Person]) -> list[str]:
    """What open pages of these people listen to; by number, so that a name forgotten later stays in no event."""
    return [f"inbox:{person.pk}" for person in people]
