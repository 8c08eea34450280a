"""Who may see and change a comment: it is as visible as what it is about, and belongs to who wrote it."""

from __future__ import annotations

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.notifications import subjects
from sextant.notifications.models import Comment
from sextant.notifications.subjects import Subject


def visible_to(actor: Actor) -> QuerySet[Comment]:
    """Comments on everything the actor may see, without those taken back; `key` is the number as a text."""
    found = Comment.objects.select_related("author", "parent").annotate(key=Cast("pk", CharField()))
    if not actor.may_read:
        return found.none()
    about = Q(pk__in=[])
    for kind in subjects.kinds():
        about |= Q(subject_kind=kind, subject_key__in=subjects.keys_visible(actor, kind))
    return found.filter(about, deleted_at=None)


def can(actor: Actor, action: str, comment: Comment) -> bool:
    """Actions: view, change (its author), remove, restore (its author, and the lead of the thing's team).

    What a lead removed its author cannot bring back.
    """
    if action == "view":
        return actor.may_read
    if not actor.may_write:
        return False
    is_mine = actor.person_id is not None and actor.person_id == comment.author_id
    if action == "change":
        return is_mine
    if is_mine and (action == "remove" or comment.deleted_by_id == actor.person_id):
        return True
    try:
        return keeps_order(actor, subjects.subject(actor, comment.subject_kind, comment.subject_key))
    except Hidden:
        return False


def keeps_order(actor: Actor, thing: Subject) -> bool:
    """Whether the actor leads the team of what is talked about, and so may remove what others said."""
    return actor.may_write and (actor.is_admin or (thing.led_by is not None and actor.has_role(thing.led_by, "lead")))


def register() -> None:
    access.register("comment", visible_to, can)
