"""Mute by a link of a message, and take that back. The signed link is the right to do it; nobody needs to sign in."""

from __future__ import annotations

from collections import defaultdict

from sextant.core import clock
from sextant.core.actors import SYSTEM
from sextant.core.errors import Hidden
from sextant.core.writing import writing
from sextant.notifications import subjects, wishes
from sextant.notifications.commands.wishes import set_pace
from sextant.notifications.models import Channel, Choice, Delivery, Follow
from sextant.notifications.muting import GROUP, THING, Muting, read_link
from sextant.notifications.notices import GROUPS
from sextant.people.models import Person


def mute(token: str) -> None:
    """End what the link names: following a thing, or what comes through a channel. Doing it again changes nothing.

    Raises Hidden for a link we did not make, Refused when its person has left.
    """
    muting, person = read_link(token)
    with writing():
        if muting.what == THING:
            _end_following(muting, person)
            return
        channel = _channel(muting, person)
        for group, pace in wishes.paces([channel])[channel.pk].items():
            if group in _groups(muting) and pace != "inbox":
                set_pace(channel, group, "inbox", before=pace)


def unmute(token: str) -> None:
    """Take back what the link muted: everything comes again as it did before."""
    muting, person = read_link(token)
    with writing():
        if muting.what == THING:
            Follow.objects.filter(person=person, subject_kind=muting.kind, subject_key=muting.key).update(ended_at=None)
            return
        channel = _channel(muting, person)
        for choice in Choice.objects.filter(channel=channel, group__in=_groups(muting), pace="inbox").exclude(
            before=""
        ):
            set_pace(channel, choice.group, choice.before)


def _end_following(muting: Muting, person: Person) -> None:
    now = clock.now()
    Follow.objects.update_or_create(
        person=person, subject_kind=muting.kind, subject_key=muting.key,
        defaults={"ended_at": now}, create_defaults={"known_at": now, "ended_at": now},
    )  # fmt: skip
    pending = Delivery.objects.not_gone().filter(channel__person=person).exclude(group="mentions")
    keys: dict[str, set[str]] = defaultdict(set)
    for kind, key in pending.order_by().values_list("subject_kind", "subject_key").distinct():
        keys[kind].add(key)
    for kind in keys:
        things = subjects.things_visible(SYSTEM, kind, keys[kind])
        parts = [
            key for key, thing in things.items() if subjects.whole_of(kind, key, thing) == (muting.kind, muting.key)
        ]
        pending.filter(subject_kind=kind, subject_key__in=parts).update(state="dropped", because="muted")


def _channel(muting: Muting, person: Person) -> Channel:
    channel = Channel.objects.filter(pk=muting.channel_id, person=person, removed_at=None).first()
    if channel is None:
        raise Hidden("channel")
    return channel


def _groups(muting: Muting) -> list[str]:
    return [muting.group] if muting.what == GROUP else list(GROUPS)
