"""Say something, change it, take it back; follow; mark as read.

Following and reading are a person's own affair and leave no event: the log tells what happened to things.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from sextant.core import access, clock, editing, events
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.core.writing import writing
from sextant.notifications.mentions import People
from sextant.notifications.models import Comment, Follow, FormerText, Notification
from sextant.notifications.rendering import mentioned, mentions
from sextant.notifications.subjects import Subject, subject
from sextant.notifications.telling import ensure_follow, follower_ids, inbox_topics, tell
from sextant.people.models import Person

LONGEST = 20_000  # characters


def comment(actor: Actor, kind: str, key: str, text: str, *, reply_to: Comment | None = None) -> Comment:
    """Say something about a thing, in Markdown; `reply_to` answers a comment on the same thing.

    Who is mentioned, answered or following finds it in their inbox with the same transaction, if they may see the
    thing. Raises Hidden, NotAllowed for who may not write, Refused for an empty text or an unclear name.
    """
    thing = subject(actor, kind, key)
    access.require_writer(actor, "comment.write")
    text, people = _checked(text)
    with writing():
        if reply_to is not None:
            editing.hold(reply_to)
            if (reply_to.subject_kind, reply_to.subject_key) != (kind, key) or reply_to.is_removed:
                raise refuse("no-such-comment", _("The comment you answer is no longer here."), "reply_to")
        said = Comment.objects.create(
            subject_kind=kind, subject_key=key, subject_label=thing.label, parent=reply_to,
            author_id=actor.person_id, text=text, known_at=clock.now(),
        )  # fmt: skip
        reasons = dict.fromkeys(follower_ids(thing), "comment")
        if reply_to is not None and reply_to.author_id is not None:
            reasons[reply_to.author_id] = "reply"
        reasons |= dict.fromkeys((one.id for one in mentioned(text, people)), "mention")
        ensure_follow(actor.person_id, thing)
        told = tell(actor, thing, reasons, comment=said)
        _announce(actor, "comment.answered" if reply_to else "comment.written", thing, said, told)
    return said


def change_comment(actor: Actor, said: Comment, text: str, *, version: int | None = None) -> Comment:
    """Say it differently; how it read before stays in its history. Who is mentioned anew is told."""
    thing = subject(actor, said.subject_kind, said.subject_key)
    access.require("comment", actor, "change", said)
    text, people = _checked(text)
    with writing():
        row = editing.fresh(said, version, {"text": text})
        _require_standing(row)
        if row.text == text:
            return row
        before = {one.id for one in mentioned(row.text, people)}
        now = clock.now()
        FormerText.objects.create(
            comment=row, text=row.text, known_at=row.changed_at or row.known_at, superseded_at=now
        )
        editing.change(row, {"text": text, "changed_at": now})
        anew = [one.id for one in mentioned(text, people) if one.id not in before]
        told = tell(actor, thing, dict.fromkeys(anew, "mention"), comment=row)
        _announce(actor, "comment.changed", thing, row, told)
    return row


def remove_comment(actor: Actor, said: Comment) -> Comment:
    """Take a comment back: nobody reads it any more, on no date. `restore_comment` undoes it."""
    return _set_removed(actor, said, is_removed=True)


def restore_comment(actor: Actor, said: Comment) -> Comment:
    """Show it again, in its words of before."""
    return _set_removed(actor, said, is_removed=False)


def _set_removed(actor: Actor, said: Comment, *, is_removed: bool) -> Comment:
    thing = subject(actor, said.subject_kind, said.subject_key)
    with writing():
        row = editing.fresh(said, None, {})
        access.require("comment", actor, "remove" if is_removed else "restore", row)
        if row.is_removed == is_removed:
            return row
        who = actor.person_id if is_removed else None
        editing.change(row, {"deleted_at": clock.now() if is_removed else None, "deleted_by_id": who})
        waiting = Person.objects.filter(notifications__comment=row, notifications__read_at=None)
        _announce(actor, "comment.removed" if is_removed else "comment.restored", thing, row, waiting)
    return row


def follow(actor: Actor, kind: str, key: str) -> None:
    """Hear of what is said about the thing."""
    _set_following(actor, subject(actor, kind, key), follows=True)


def unfollow(actor: Actor, kind: str, key: str) -> None:
    """Hear no more of it, except of mentions and answers; for owners too."""
    _set_following(actor, subject(actor, kind, key), follows=False)


def _set_following(actor: Actor, thing: Subject, *, follows: bool) -> None:
    access.require_writer(actor, "comment.write")
    if actor.person_id is None:
        raise refuse("nobody-to-tell", _("Only a person can follow something."))
    with writing():
        Follow.objects.update_or_create(
            person_id=actor.person_id, subject_kind=thing.kind, subject_key=thing.key,
            defaults={"ended_at": None if follows else clock.now()}, create_defaults={
                "known_at": clock.now(), "ended_at": None if follows else clock.now(),
            },
        )  # fmt: skip


def mark_read(actor: Actor, ids: Iterable[int] | None = None, *, is_read: bool = True) -> int:
    """Mark notifications of the actor (None: all of them) as read, or as unread again. Returns how many changed."""
    access.require_writer(actor, "comment.write")
    with writing():
        mine = Notification.objects.filter(person_id=actor.person_id or 0, read_at__isnull=is_read)
        if ids is not None:
            mine = mine.filter(pk__in=list(ids))
        return mine.update(read_at=clock.now() if is_read else None)


def mark_seen(actor: Actor, kind: str, key: str) -> int:
    """Mark everything waiting about one thing as read, such as when its discussion was read to the end."""
    access.require_writer(actor, "comment.write")
    with writing():
        mine = Notification.objects.filter(person_id=actor.person_id or 0, read_at=None)
        return mine.filter(subject_kind=kind, subject_key=key).update(read_at=clock.now())


def _checked(text: str) -> tuple[str, People]:
    """The text as it is kept, and the people it may mean. Refused when empty, too long, or unclear."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise refuse("text-missing", _("Write something."), "text")
    if len(text) > LONGEST:
        raise refuse("too-long", _("Use at most %(most)s characters.") % {"most": LONGEST}, "text")
    if "\0" in text:
        raise refuse("bad-text", _("The text holds a character that cannot be kept."), "text")
    people = People.read([text])
    for mention in mentions(text, people):
        if len(mention.people) > 1:
            keys = ", ".join(f"@{one.key}" for one in mention.people)
            message = _("Several people are called %(name)s. Say which one: %(keys)s.")
            raise refuse("mention-unclear", message % {"name": mention.people[0].name, "keys": keys}, "text")
    return text, people


def _require_standing(row: Comment) -> None:
    if row.is_removed:
        raise Hidden("comment", str(row.pk))


def _announce(actor: Actor, name: str, thing: Subject, said: Comment, told: Iterable[Person]) -> None:
    """Write the event about the thing, for those who may see it."""
    events.emit(
        actor, name, *thing.logged, thing.label, team_id=thing.team_id, visibility=thing.visibility,
        viewer_ids=thing.viewer_ids, topics=[thing.topic, *inbox_topics(told)], comment=said.pk,
    )  # fmt: skip
