"""Who may see and change comments and channels.

A comment is as visible as what it is about and belongs to who wrote it; a channel belongs to its person or its team.
"""

from __future__ import annotations

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, NotAllowed, Problem
from sextant.notifications import subjects
from sextant.notifications.models import Channel, Comment
from sextant.notifications.subjects import Subject
from sextant.people.models import Team
from sextant.people.roles import allows


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


def visible_channels(actor: Actor) -> QuerySet[Channel]:
    """One's own, and those of teams one leads; an administrator sees those of all teams. `key` is the number."""
    found = Channel.objects.filter(removed_at=None).select_related("person", "team")
    found = found.annotate(key=Cast("pk", CharField()))
    if not actor.may_read:
        return found.none()
    mine = Q(person_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    if actor.is_admin:
        return found.filter(mine | Q(team__isnull=False))
    led = [team_id for team_id in actor.roles if actor.has_role(team_id, "lead")]
    return found.filter(mine | Q(team__in=led))


def can_channel(actor: Actor, action: str, channel: Channel) -> bool:
    """Its person keeps it, or who leads its team."""
    if action == "view":
        return actor.may_read
    if channel.team_id is not None:
        return allows(actor, "channel.change", channel.team_id)
    return actor.may_write and actor.person_id is not None and actor.person_id == channel.person_id


def require_team_channels(actor: Actor, team: Team) -> None:
    """Raise NotAllowed unless the actor keeps the channels of this team."""
    if not allows(actor, "channel.change", team.pk):
        message = _("Only who leads the team, or administrates it, keeps its channels.")
        raise NotAllowed(Problem("not-allowed", message, details={"action": "channel.change"}))


def register() -> None:
    access.register("comment", visible_to, can)
    access.register("channel", visible_channels, can_channel)
