"""Letting people know: who may hear of a thing, the rows that wait for them, and what is brought to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sextant.core import clock
from sextant.core.actors import SYSTEM, Actor
from sextant.core.models import Event
from sextant.notifications import notices, subjects
from sextant.notifications.models import Comment, Follow, Notification
from sextant.notifications.planning import Told, plan, plan_for_teams
from sextant.notifications.sight import ANYBODY
from sextant.notifications.subjects import Subject
from sextant.people.models import Person
from sextant.people.queries import actor_of_person, people_at_work

IN_ONE_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell several people: `kind` and `key` name the subject, `event` is what happened, if anything."""

    kind: str
    key: str
    people: Sequence[Person]
    notice: str
    event: Event | None = None


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
            person_id=person_id,
            subject_kind=subject.kind,
            subject_key=subject.key,
            defaults={"known_at": clock.now()},
        )


def tell(
    actor: Actor,
    subject: Subject,
    reasons: Mapping[int, str],
    *,
    comment: Comment | None = None,
    event: Event | None = None,
) -> list[Person]:
    """Write one notification for each person id -> notice; never to the actor, nor to who may not see the thing.

    Of one comment a person hears once; a stronger notice (`notices.OF_COMMENTS`) makes the row unread again. What
    comes outside of Sextant is planned with it. Call it inside `writing()`. Returns who was told.
    """
    wanted = [one for one in reasons if one != actor.person_id]
    people = who_may_see(people_at_work().filter(pk__in=wanted), subject)
    known = (
        {row.person_id: row for row in Notification.objects.filter(comment=comment, person__in=people)}
        if comment
        else {}
    )
    about = {(subject.kind, subject.key): subject}
    asked = _asked_to_follow(about) if people else set()
    rows, now = [], clock.now()
    for person in people:
        notice, row = reasons[person.pk], known.get(person.pk)
        why = _why(notice, person.pk, subject, asked)
        if row is None:
            row = Notification.objects.create(
                person=person,
                notice=notice,
                subject_kind=subject.kind,
                subject_key=subject.key,
                subject_label=subject.label,
                comment=comment,
                event=event,
                why=why,
                created_at=now,
            )
        elif _is_stronger(notice, row.notice):
            row.notice, row.why, row.read_at, row.created_at = notice, why, None, now
            row.save(update_fields=["notice", "why", "read_at", "created_at"])
            row.deliveries.filter(state__in=("waiting", "held")).delete()
        else:
            continue
        row.person = person
        rows.append(row)
    plan(rows, about)
    if comment is None:
        plan_for_teams([Told(subject, notice, event) for notice in dict.fromkeys(reasons.values())])
    return [row.person for row in rows]


def tell_many(actor: Actor, tellings: Sequence[Telling]) -> list[Notification]:
    """`tell` for very many things and people at once, with a number of statements that does not grow with them.

    Call it inside `writing()`. What cannot be discussed any more is left out.
    """
    found = _subjects(tellings)
    audience = _Audience({person.pk: person for one in tellings for person in one.people}, found)
    asked = _asked_to_follow(found)
    now, rows, told = clock.now(), [], set()
    for one in tellings:
        subject = found.get((one.kind, one.key))
        for person in one.people if subject is not None else ():
            mark = (person.pk, one.kind, one.key, one.notice, one.event.pk if one.event else None)
            if subject is None or person.pk == actor.person_id or mark in told or not audience.sees(person.pk, subject):
                continue
            told.add(mark)
            rows.append(
                Notification(
                    person=person,
                    notice=one.notice,
                    subject_kind=one.kind,
                    subject_key=one.key,
                    subject_label=subject.label,
                    event=one.event,
                    created_at=now,
                    why=_why(one.notice, person.pk, subject, asked),
                )
            )
    Notification.objects.bulk_create(rows, batch_size=IN_ONE_STATEMENT)
    plan(rows, found)
    plan_for_teams(
        [Told(found[one.kind, one.key], one.notice, one.event) for one in tellings if (one.kind, one.key) in found]
    )
    return rows


def _subjects(tellings: Sequence[Telling]) -> dict[tuple[str, str], Subject]:
    wanted = _keys_by_kind((one.kind, one.key) for one in tellings)
    return {
        (kind, key): subject
        for kind, keys in wanted.items()
        for key, subject in subjects.subjects_of(SYSTEM, kind, keys).items()
    }


def _keys_by_kind(found: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = defaultdict(set)
    for kind, key in found:
        keys[kind].add(key)
    return keys


class _Audience:
    """Who of these people, as far as they are at work, may see which of the things.

    One statement per kind for what is open to everybody, and one more per person where something is not.
    """

    def __init__(self, people: Mapping[int, Person], found: Mapping[tuple[str, str], Subject]) -> None:
        self._at_work = set(people_at_work().filter(pk__in=people).values_list("pk", flat=True))
        self._people = people
        keys = _keys_by_kind(found)
        self._open = {(kind, key) for kind in keys for key in subjects.things_visible(ANYBODY, kind, keys[kind])}
        self._confined = _keys_by_kind(thing for thing in found if thing not in self._open)
        self._theirs: dict[int, set[tuple[str, str]]] = {}

    def sees(self, person_id: int, subject: Subject) -> bool:
        thing = (subject.kind, subject.key)
        if person_id not in self._at_work:
            return False
        if thing in self._open:
            return True
        if person_id not in self._theirs:
            actor = actor_of_person(self._people[person_id])
            self._theirs[person_id] = {
                (kind, key) for kind, keys in self._confined.items()
                for key in subjects.things_visible(actor, kind, keys)
            }  # fmt: skip
        return thing in self._theirs[person_id]


def _asked_to_follow(found: Mapping[tuple[str, str], Subject]) -> set[tuple[int, str, str]]:
    """(person, kind, key) of who follows these things, or what they are parts of, because they asked to."""
    asked = set()
    for kind, wanted in _keys_by_kind([*found, *(subject.logged for subject in found.values())]).items():
        rows = Follow.objects.filter(subject_kind=kind, ended_at=None)
        if len(wanted) <= IN_ONE_STATEMENT:
            rows = rows.filter(subject_key__in=wanted)
        asked |= {(person_id, kind, key) for person_id, key in rows.values_list("person_id", "subject_key")}
    return asked


def _why(notice: str, person_id: int, subject: Subject, asked: set[tuple[int, str, str]]) -> str:
    """The reason somebody is told, one of those in `notices`."""
    if notice in ("mention", "reply"):
        return notices.MENTIONED if notice == "mention" else notices.ANSWERED
    if person_id in subject.owner_ids:
        return notices.OWNS
    if (person_id, subject.kind, subject.key) in asked or (person_id, *subject.logged) in asked:
        return notices.FOLLOWS
    return notices.ASKED if notices.group_of(notice) == "mentions" else notices.IN_TEAM


def _is_stronger(notice: str, than: str) -> bool:
    order = notices.OF_COMMENTS
    return notice in order and than in order and order.index(notice) < order.index(than)


def inbox_topics(people: Iterable[Person]) -> list[str]:
    """What open pages of these people listen to; by number, so that a name forgotten later stays in no event."""
    return [f"inbox:{person.pk}" for person in people]
