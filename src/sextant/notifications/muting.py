"""Links that mute without signing in: signed, so that nobody can make one for somebody else."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.notifications import subjects
from sextant.notifications.models import Channel
from sextant.notifications.notices import GROUPS
from sextant.people.models import Person
from sextant.people.queries import actor_of_person, people_at_work

SALT = "sextant.notifications.mute"
CONFIRM_SALT = "sextant.notifications.confirm"
THING, GROUP, CHANNEL = "thing", "group", "channel"
SECONDS_TO_CONFIRM = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Muting:
    """What a link mutes: a thing everywhere, or on one channel a group of notices or all of them."""

    person_id: int
    what: str  # thing | group | channel
    kind: str = ""
    key: str = ""
    channel_id: int = 0
    group: str = ""


def link(muting: Muting) -> str:
    """The full address that mutes."""
    parts = [muting.person_id, muting.what, muting.kind, muting.key, muting.channel_id, muting.group]
    return f"{settings.SITE_URL}{reverse('mute', args=[signing.dumps(parts, salt=SALT, compress=True)])}"


def read_link(token: str) -> tuple[Muting, Person]:
    """What the link mutes and for whom. Raises Hidden for one we did not make, Refused when its person has left."""
    try:
        muting = Muting(*signing.loads(token, salt=SALT))
    except (signing.BadSignature, TypeError):
        raise Hidden("page") from None
    person = people_at_work().filter(pk=muting.person_id).first()
    if person is None:
        raise refuse("link-closed", _("This link no longer works."))
    return muting, person


def in_words(muting: Muting, person: Person) -> str:
    """What is muted; a thing its person may not see any more is not named."""
    if muting.what == THING:
        actor: Actor = actor_of_person(person)
        thing = subjects.things_visible(actor, muting.kind, [muting.key]).get(muting.key)
        return subjects.label_of(muting.kind, thing) if thing is not None else _("something you no longer see")
    channel = Channel.objects.filter(pk=muting.channel_id, person=person).first()
    name = channel.name if channel is not None else _("a channel that was removed")
    if muting.what == CHANNEL:
        return _("everything sent to “%(channel)s”") % {"channel": name}
    group = str(GROUPS.get(muting.group, muting.group))
    return _("“%(group)s” sent to “%(channel)s”") % {"group": group, "channel": name}


def confirmation_link(channel: Channel, mark: str) -> str:
    """The full address that says: this mail address is mine, notices may come here."""
    token = signing.dumps([channel.pk, mark], salt=CONFIRM_SALT)
    return f"{settings.SITE_URL}{reverse('channel_confirmation', args=[token])}"


def read_confirmation(token: str) -> tuple[Channel, str]:
    """The channel to confirm and the fingerprint of its address. Raises Hidden, or Refused when it is too old."""
    try:
        number, mark = signing.loads(token, salt=CONFIRM_SALT, max_age=SECONDS_TO_CONFIRM)
    except signing.SignatureExpired:
        raise refuse(
            "link-expired", _("This link has expired. Ask for a new one in your notification settings.")
        ) from None
    except (signing.BadSignature, TypeError, ValueError):
        raise Hidden("page") from None
    channel = Channel.objects.filter(pk=number, removed_at=None, service="mail").select_related("person").first()
    if channel is None or channel.person is None or channel.person.archived_at is not None:
        raise refuse("link-closed", _("This link no longer works."))
    return channel, str(mark)
