"""Add, change and remove channels, make sure of mail addresses, and try channels out.

The address of a chat is a secret: it is kept encrypted, stands in no event and is shown to nobody again.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import events
from sextant.core.access import require, require_writer
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.secrets import seal
from sextant.core.writing import writing
from sextant.notifications import planning
from sextant.notifications.access import require_team_channels
from sextant.notifications.models import Channel, Delivery, Message
from sextant.notifications.muting import read_confirmation
from sextant.notifications.notices import OF_TEAMS
from sextant.notifications.services import MAIL, Address, fingerprint, masked_mail, read_address, service_name
from sextant.notifications.sight import circle
from sextant.people.models import Team
from sextant.people.queries import actor_of_person, people_at_work

MOST_CHANNELS = 10
TEAM_PACES = ("at_once", "daily", "weekly")


def add_channel(actor: Actor, *, service: str, address: str, name: str = "") -> Channel:
    """Add a mail address or a chat of one's own. A mail address is asked first whether it wants that.

    Refused for an address that is none, leads into the own network, or is a mail address without a mail server.
    """
    if actor.person_id is None:
        raise refuse("nobody-to-tell", _("Only a person has channels of their own."))
    require_writer(actor, "channel.add")
    if service == MAIL:
        email = _checked_mail(address)
        read = Address(email, masked_mail(email))
    else:
        read = read_address(service, address)
    with writing():
        _check_room(Channel.objects.filter(person_id=actor.person_id, removed_at=None))
        channel = _new(actor, service, name, sealed=seal(read.url), shown=read.shown, person_id=actor.person_id)
        if service == MAIL:
            channel.asked = fingerprint(read.url)
            channel.save(update_fields=["asked"])
            planning.ask_to_confirm([channel])
        _announce(actor, "channel.added", channel)
    return channel


def add_team_channel(
    actor: Actor, team: Team, *, service: str, address: str, name: str = "", pace: str = "at_once",
    groups: Iterable[str] = OF_TEAMS,
) -> Channel:  # fmt: skip
    """Add a chat that hears of alerts of the team and those below it, as far as all members may see them."""
    require_team_channels(actor, team)
    read, wanted = read_address(service, address), _checked_groups(groups)
    _check_pace(pace)
    with writing():
        _check_room(Channel.objects.filter(team=team, removed_at=None))
        channel = _new(
            actor, service, name, sealed=seal(read.url), shown=read.shown, team=team, pace=pace, groups=wanted
        )
        _announce(actor, "channel.added", channel)
    return channel


def change_team_channel(actor: Actor, channel: Channel, *, pace: str, groups: Iterable[str]) -> Channel:
    """Say what a team's channel hears of, and how fast."""
    require("channel", actor, "change", channel)
    if channel.team is None:
        raise refuse("not-a-team-channel", _("This is a channel of a person."))
    wanted = _checked_groups(groups)
    _check_pace(pace)
    with writing():
        if (channel.pace, channel.groups) != (pace, wanted):
            channel.pace, channel.groups = pace, wanted
            channel.save(update_fields=["pace", "groups"])
            _announce(actor, "channel.changed", channel)
    return channel


def remove_channel(actor: Actor, channel: Channel) -> None:
    """End a channel: its address is forgotten, and what waited for it goes nowhere."""
    require("channel", actor, "change", channel)
    if channel.is_account:
        message = _("The address you sign in with stays. Choose “Inbox only” where you want no mail.")
        raise refuse("account-channel", message)
    with writing():
        if Channel.objects.filter(pk=channel.pk, removed_at=None).update(removed_at=timezone.now(), sealed=""):
            Delivery.objects.not_gone().filter(channel=channel).update(state="dropped", because="closed")
            Message.objects.filter(channel=channel, state="waiting").update(state="dropped")
            _announce(actor, "channel.removed", channel)


def send_test(actor: Actor, channel: Channel) -> None:
    """Send a message that says it arrived. How it went stands with the channel soon after."""
    require("channel", actor, "change", channel)
    if not planning.is_open(channel):
        raise refuse("channel-closed", _("Nothing can be sent there yet: confirm the address first."))
    now = timezone.now()
    with writing():
        if Message.objects.filter(channel=channel, kind="test", state__in=("waiting", "sending")).exists():
            return
        Message.objects.create(channel=channel, kind="test", created_at=now, send_after=now)
        planning.soon(now)


def ask_confirmation(actor: Actor, channel: Channel) -> None:
    """Ask a mail address again whether notices may come there."""
    require("channel", actor, "change", channel)
    if not settings.HAS_MAIL_SERVER:
        raise _no_mail_server()
    with writing():
        waiting = Message.objects.filter(channel=channel, kind="confirm", state__in=("waiting", "sending"))
        if not waiting.exists():
            planning.ask_to_confirm([channel])


def ask_account(actor: Actor) -> None:
    """Ask the address one signs in with, the first time, whether notices may come there."""
    require_writer(actor, "channel.add")
    if not settings.HAS_MAIL_SERVER:
        raise _no_mail_server()
    with writing():
        planning.add_accounts(people_at_work().filter(pk=actor.person_id or 0))


def confirm_address(token: str) -> Channel:
    """The answer to such a question: the mail address is who it was said to be. The link is the right to do it."""
    channel, mark = read_confirmation(token)
    person = channel.person
    is_todays = (
        person is not None and mark == fingerprint(person.email) if channel.is_account else mark == channel.asked
    )
    if person is None or not is_todays:
        raise refuse("link-closed", _("This link no longer works."))
    with writing():
        if channel.confirmed != mark:
            channel.confirmed = mark
            channel.save(update_fields=["confirmed"])
            _announce(actor_of_person(person), "channel.confirmed", channel)
    return channel


def _new(actor: Actor, service: str, name: str, **values: object) -> Channel:
    called = " ".join(name.split())[:100] or service_name(service)
    return Channel.objects.create(
        service=service, name=called, created_at=timezone.now(), created_by_id=actor.person_id, **values
    )


def _checked_mail(address: str) -> str:
    if not settings.HAS_MAIL_SERVER:
        raise _no_mail_server()
    email = address.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise refuse("bad-address", _("This is not an e-mail address."), "address") from None
    return email


def _no_mail_server() -> Exception:
    return refuse("no-mail-server", _("No mail server is set up here, so that no mail can be sent."), "service")


def _check_room(channels: object) -> None:
    if channels.count() >= MOST_CHANNELS:  # type: ignore[attr-defined]
        raise refuse("too-many-channels", _("Use at most %(most)d channels.") % {"most": MOST_CHANNELS})


def _checked_groups(groups: Iterable[str]) -> list[str]:
    wanted = [group for group in OF_TEAMS if group in set(groups)]
    if not wanted:
        raise refuse("nothing-chosen", _("Choose what the channel is to hear of."), "groups")
    return wanted


def _check_pace(pace: str) -> None:
    if pace not in TEAM_PACES:
        raise refuse("unknown-pace", _("Choose how fast it is to come."), "pace")


def _announce(actor: Actor, name: str, channel: Channel) -> None:
    events.emit(actor, name, "channel", str(channel.pk), channel.name, **circle(channel))
