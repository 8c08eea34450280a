"""Reads: the conversation about a thing, its activity, who follows it, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.core.events import sentence, visible_events
from sextant.core.models import Event
from sextant.notifications import notices, subjects
from sextant.notifications.mentions import People
from sextant.notifications.models import Comment, FormerText, Notification
from sextant.notifications.rendering import plain
from sextant.notifications.subjects import Subject, subject
from sextant.notifications.telling import follower_ids, who_may_see
from sextant.people.models import Person
from sextant.people.queries import people_at_work

SYSTEM_NAME = "Sextant"
PEOPLE_OFFERED = 8
LONGEST_EXCERPT = 160


@dataclass(slots=True)
class Said:
    """A comment as it read at the moment asked about; `former` are its earlier texts, oldest first."""

    comment: Comment
    text: str
    is_edited: bool
    former: tuple[FormerText, ...] = ()
    answers: list[Said] = field(default_factory=list)

    @property
    def author(self) -> str:
        return self.comment.author.name if self.comment.author else SYSTEM_NAME


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a thing's activity: something said, or something that happened, in words without the actor."""

    at: datetime
    who: str
    who_key: str  # "" unless a person
    words: str
    said: Said | None = None
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notification with today's name of its subject."""

    row: Notification
    label: str
    who: str
    words: str
    excerpt: str

    @property
    def is_read(self) -> bool:
        return self.row.read_at is not None


def comments_of(actor: Actor, kind: str, key: str, *, known_at: datetime | None = None) -> list[Said]:
    """What was said about the thing, oldest first; of a past moment what was said by then, as it read then.

    A comment taken back is missing on every date. Raises Hidden when the actor may not see the thing.
    """
    subject(actor, kind, key)
    return [one for one in _said(kind, key, known_at) if not one.comment.is_removed]


def conversation(actor: Actor, kind: str, key: str, *, known_at: datetime | None = None) -> list[Said]:
    """The comments with their answers, the newest conversation first, answers oldest first.

    A comment taken back stays as an empty place while something answers it.
    """
    return conversation_on(subject(actor, kind, key), known_at=known_at)


def conversation_on(thing: Subject, *, known_at: datetime | None = None) -> list[Said]:
    """`conversation` for who has found the thing already."""
    everything = _said(thing.kind, thing.key, known_at)
    by_id = {one.comment.pk: one for one in everything}
    roots = []
    for one in everything:
        top = one
        while top.comment.parent_id in by_id:
            top = by_id[top.comment.parent_id]
        if top is one:
            roots.append(one)
        elif not one.comment.is_removed:
            top.answers.append(one)
    return [one for one in reversed(roots) if one.answers or not one.comment.is_removed]


def _said(kind: str, key: str, known_at: datetime | None) -> list[Said]:
    rows = Comment.objects.filter(subject_kind=kind, subject_key=key).select_related("author", "parent__author")
    if known_at is not None:
        rows = rows.filter(known_at__lt=known_at)
    rows = rows.order_by("known_at", "id").prefetch_related("former_texts")
    return [_as_read(row, known_at) for row in rows]


def _as_read(row: Comment, known_at: datetime | None) -> Said:
    former = tuple(row.former_texts.all())
    if known_at is not None and row.changed_at is not None and row.changed_at >= known_at:
        then = next(one for one in former if one.superseded_at >= known_at)
        earlier = former[: former.index(then)]
        return Said(row, then.text, bool(earlier), earlier)
    return Said(row, row.text, bool(former), former)


def said(comment_id: int) -> Said:
    """One comment with its earlier texts, for who has found it with `comment_seen` already."""
    rows = Comment.objects.select_related("author", "parent__author").prefetch_related("former_texts")
    return _as_read(rows.get(pk=comment_id), None)


def comment_seen(actor: Actor, comment_id: int, *, even_removed: bool = False) -> Comment:
    """The comment with this number. Raises Hidden when there is none on a thing the actor may see."""
    row = Comment.objects.select_related("author", "parent").filter(pk=comment_id).first()
    if row is None or (row.is_removed and not even_removed):
        raise Hidden("comment", str(comment_id))
    try:
        subject(actor, row.subject_kind, row.subject_key)
    except Hidden:
        raise Hidden("comment", str(comment_id)) from None
    return row


def feed(
    actor: Actor,
    kind: str,
    key: str,
    *,
    known_at: datetime | None = None,
    most: int = 50,
    before: datetime | None = None,
) -> list[Entry]:
    """Events and comments of a thing in one line of time, the newest first; `before` goes on further back."""
    thing = subject(actor, kind, key)
    spoken = [one for one in _said(kind, key, known_at) if not one.comment.is_removed]
    about = Q(subject_kind=kind, subject_key=key)
    for other_kind, other_key in subjects.belonging(actor, kind, key):
        about |= Q(subject_kind=other_kind, subject_key=other_key)
    happened = visible_events(actor).filter(about).exclude(name__startswith="comment.")
    for limit in filter(None, (known_at, before)):
        happened = happened.filter(at__lt=limit)
        spoken = [one for one in spoken if one.comment.known_at < limit]
    entries = [
        Entry(event.at, event.actor_label, event.actor_key if event.actor_kind == "person" else "", sentence(event),
              event=event)
        for event in happened.order_by("-at", "-id")[:most]
    ]  # fmt: skip
    for one in spoken[-most:]:
        name = "comment.answered" if one.comment.parent_id else "comment.written"
        words = sentence(Event(name=name, subject_label=thing.label))
        entries.append(Entry(one.comment.known_at, one.author, _author_key(one.comment), words, said=one))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:most]


def _author_key(comment: Comment) -> str:
    return comment.author.key if comment.author and comment.author.erased_at is None else ""


def followers(actor: Actor, kind: str, key: str) -> list[Person]:
    """Who hears of the thing, owners included, and may see it."""
    return followers_on(subject(actor, kind, key))


def followers_on(thing: Subject) -> list[Person]:
    """`followers` for who has found the thing already."""
    return who_may_see(people_at_work().filter(pk__in=follower_ids(thing)).order_by("name"), thing)


def not_told(actor: Actor, comment: Comment, mentioned_ids: Sequence[int]) -> list[Person]:
    """The people a comment mentions who found nothing in their inbox: they may not see the thing, or have left."""
    told = Notification.objects.filter(comment=comment).values("person_id")
    others = Person.objects.filter(pk__in=mentioned_ids, erased_at=None).exclude(pk__in=told)
    return list(others.exclude(pk=actor.person_id or 0).order_by("name"))


def people_like(actor: Actor, begun: str, *, thing: Subject | None = None) -> list[Person]:
    """At most eight people at work whose key, or a word of whose name, begins so; those who may see `thing`."""
    if not actor.may_read or "\0" in begun:
        return []
    found = people_at_work().order_by("name")
    if begun:
        found = found.filter(
            Q(name__istartswith=begun) | Q(name__icontains=f" {begun}") | Q(key__startswith=begun.lower())
        )
    near = list(found.exclude(pk=actor.person_id or 0)[: PEOPLE_OFFERED * 4])
    return (near if thing is None else who_may_see(near, thing))[:PEOPLE_OFFERED]


def notifications_of(actor: Actor, *, unread: bool = False) -> QuerySet[Notification]:
    """What the person was told of things they still may see, without comments taken back; the newest first."""
    mine = Notification.objects.filter(person_id=actor.person_id or 0).filter(
        Q(comment=None) | Q(comment__deleted_at=None)
    )
    if actor.person_id is None or not actor.may_read:
        return mine.none()
    if unread:
        mine = mine.filter(read_at=None)
    about = Q(pk__in=[])
    known = subjects.kinds()
    for kind in mine.order_by().values_list("subject_kind", flat=True).distinct():
        if kind in known:
            about |= Q(subject_kind=kind, subject_key__in=subjects.keys_visible(actor, kind))
    return mine.filter(about).select_related("comment", "comment__author", "event").order_by("-created_at", "-id")


def unread_count(actor: Actor) -> int:
    """How many unread notifications wait; one statement for most people, who have none."""
    if actor.person_id is None:
        return 0
    if not Notification.objects.filter(person_id=actor.person_id, read_at=None).exists():
        return 0
    return notifications_of(actor, unread=True).count()


def in_words(actor: Actor, rows: Sequence[Notification]) -> list[Waiting]:
    """The notifications in sentences, with the names their subjects have today."""
    labels: dict[tuple[str, str], str] = {}
    for kind in {row.subject_kind for row in rows}:
        keys = [row.subject_key for row in rows if row.subject_kind == kind]
        found = subjects.things_visible(actor, kind, keys)
        labels |= {(kind, key): subjects.label_of(kind, thing) for key, thing in found.items()}
    people = People.read(row.comment.text for row in rows if row.comment)
    return [_in_words(row, labels.get((row.subject_kind, row.subject_key), row.subject_label), people) for row in rows]


def _in_words(row: Notification, label: str, people: People) -> Waiting:
    if row.comment is not None:
        who = row.comment.author.name if row.comment.author else SYSTEM_NAME
        excerpt = plain(row.comment.text, LONGEST_EXCERPT, people)
    else:
        who = row.event.actor_label if row.event else SYSTEM_NAME
        excerpt = ""
    return Waiting(row, label, who, notices.sentence(row.notice, label), excerpt)
