"""Sending what is due, each message once as far as that can be known.

A message is claimed by a lease before it goes out and settled right after, each in its own short transaction; the
network lies between them. Who dies in between leaves a message of which nobody knows whether it was taken: when its
lease has ended it is sent again, under the same number, because a notice that comes twice does less harm than one
that never comes.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import events
from sextant.core.actors import SYSTEM
from sextant.core.jobs import every, job
from sextant.core.secrets import UnreadableError, unseal
from sextant.core.writing import writing
from sextant.notifications import wishes
from sextant.notifications.bundling import bundle_due
from sextant.notifications.composing import Letter, compose
from sextant.notifications.models import Channel, Delivery, Message
from sextant.notifications.muting import confirmation_link
from sextant.notifications.outgoing import Outcome, Post, PostOffice, post_all
from sextant.notifications.planning import DELIVER, is_open
from sextant.notifications.services import fingerprint
from sextant.notifications.sight import circle
from sextant.people.queries import organisation

Made = TypeVar("Made")
log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
TOGETHER = 20  # messages claimed at once; as many chats are called at the same time
# After each failure; after the last one the message has failed.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
KEPT = timedelta(days=90)
AT_ONCE = 500


@job(DELIVER, lane="post")
def deliver_due() -> None:
    """Send what is due now."""
    deliver()


@job("notifications.digest", lane="post")
def send_digests() -> None:
    """The same, asked for every minute: digests, and what was held or failed and may go now."""
    deliver()


@job("notifications.tidy")
def tidy() -> None:
    """Forget what was sent, dropped or failed long ago."""
    before = timezone.now() - KEPT
    with writing():
        Delivery.objects.filter(created_at__lt=before).exclude(state__in=("waiting", "held", "sending")).delete()
        Message.objects.filter(created_at__lt=before).exclude(state__in=("waiting", "sending")).delete()


def register() -> None:
    every("notifications.digest", seconds=60)
    every("notifications.tidy", seconds=24 * 3600)


def deliver(now: datetime | None = None) -> int:
    """Make messages of what is due and send them. Returns how many were taken by the other side."""
    moment = now or timezone.now()
    bundle_due(moment)
    office, sent = PostOffice(), 0
    try:
        while batch := _claim(moment):
            sent += _send_chats([one for one in batch if not one.channel.is_mail], moment)
            sent += _send_mails([one for one in batch if one.channel.is_mail], office, moment)
    finally:
        office.close()
    return sent


def _claim(now: datetime) -> list[Message]:
    """Messages that are this worker's until their lease ends. An attempt counts from here, so that none is endless."""
    ready = Q(state="waiting", send_after__lte=now) | Q(state="sending", leased_until__lt=timezone.now())
    with writing():
        rows = (
            Message.objects.filter(ready).order_by("send_after", "pk").select_for_update(of=("self",), skip_locked=True)
        )
        ids = [row.pk for row in rows[:TOGETHER]]
        lease = secrets.token_hex(16)
        for row in Message.objects.filter(pk__in=ids):
            row.attempts += 1
            row.state, row.lease, row.leased_until = "sending", lease, timezone.now() + LEASE
            row.save(update_fields=["attempts", "state", "lease", "leased_until"])
    rows = Message.objects.filter(pk__in=ids).select_related("channel__person", "channel__team").order_by("pk")
    return list(rows)


def _holds(message: Message) -> bool:
    """Whether the message is still ours just before it goes out; renews the lease."""
    mine = Message.objects.filter(pk=message.pk, state="sending", lease=message.lease)
    with writing():
        return bool(mine.update(leased_until=timezone.now() + LEASE))


def _send_mails(messages: Sequence[Message], office: PostOffice, now: datetime) -> int:
    """Through one connection; each mail is settled before the next one goes."""
    sent = 0
    for message in messages:
        if _holds(message):
            mail, dropped = _made(message, _mail)
            outcome = office.send(mail) if isinstance(mail, EmailMultiAlternatives) else mail
            sent += _settle(message, outcome, dropped, now)
    return sent


def _send_chats(messages: Sequence[Message], now: datetime) -> int:
    """All at the same time, so that one that hangs holds up no other."""
    held = [one for one in messages if _holds(one)]
    prepared = [(one, *_made(one, _post)) for one in held]
    outcomes = post_all([post for _message, post, _dropped in prepared if isinstance(post, Post)]) if prepared else []
    sent, coming = 0, iter(outcomes)
    for message, post, dropped in prepared:
        sent += _settle(message, next(coming) if isinstance(post, Post) else post, dropped, now)
    return sent


def _made(
    message: Message, make: Callable[[Message], tuple[Made | Outcome | None, dict[str, list[int]]]]
) -> tuple[Made | Outcome | None, dict[str, list[int]]]:
    """What is to be handed over. A message that cannot be written stops no other; it is tried again, and then failed.

    A database that does not answer is no fault of a message: that is raised.
    """
    try:
        return make(message)
    except DatabaseError:
        raise
    except Exception:
        log.exception("The message %s could not be written", message.key)
        return Outcome(_("The message could not be written. The log of this installation says why.")), {}


def _mail(message: Message) -> tuple[EmailMultiAlternatives | None, dict[str, list[int]]]:
    channel = message.channel
    address = _mail_address(channel)
    if message.kind == "confirm":
        return _confirmation(message, address), {}
    if not is_open(channel) or not address:
        return None, {}
    letter, dropped = (_test_letter(channel), {}) if message.kind == "test" else compose(message)
    if letter is None:
        return None, dropped
    mail = _envelope(message, letter.title, letter.as_text(), address)
    if letter.mute_url:
        mail.extra_headers |= {
            "List-Unsubscribe": f"<{letter.mute_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    mail.attach_alternative(letter.as_html(), "text/html")
    return mail, dropped


def _confirmation(message: Message, address: str) -> EmailMultiAlternatives | None:
    channel = message.channel
    is_done = channel.confirmed == fingerprint(address)
    if not address or is_done or channel.removed_at is not None or not settings.HAS_MAIL_SERVER:
        return None
    words = {"organisation": organisation().name, "link": confirmation_link(channel, fingerprint(address))}
    title = _("May notices of %(organisation)s come here?") % words
    return _envelope(message, title, render_to_string("notifications/confirm.txt", words).strip() + "\n", address)


def _envelope(message: Message, title: str, text: str, address: str) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": f"<{message.key}@{settings.SITE_HOST}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    return EmailMultiAlternatives(" ".join(title.split()), text, None, [address], headers=headers)


def _mail_address(channel: Channel) -> str:
    """Where mails of this channel go: of an account today's address of its person; "" when there is none."""
    if channel.person is None or channel.person.archived_at is not None or channel.person.erased_at is not None:
        return ""
    if channel.is_account:
        return channel.person.email
    try:
        return unseal(channel.sealed) if channel.sealed else ""
    except UnreadableError:
        return ""


def _post(message: Message) -> tuple[Post | Outcome | None, dict[str, list[int]]]:
    channel = message.channel
    if not is_open(channel):
        return None, {}
    try:
        address = unseal(channel.sealed)
    except UnreadableError:
        return Outcome(
            _("The address cannot be read any more, because the signing key changed. Add it anew."), True
        ), {}
    letter, dropped = (_test_letter(channel), {}) if message.kind == "test" else compose(message)
    return (None if letter is None else Post(address, letter.title, letter.as_chat())), dropped


def _test_letter(channel: Channel) -> Letter:
    page = reverse("team_channels", args=[channel.team.key]) if channel.team else reverse("notification_settings")
    name = organisation().name
    return Letter(
        _("A test of %(organisation)s") % {"organisation": name}, _("It arrived: notices can come here."), [], 0,
        "", settings.SITE_URL + page, "", "", name,
    )  # fmt: skip


def _settle(message: Message, outcome: Outcome | None, dropped: dict[str, list[int]], now: datetime) -> int:
    """Write down how it ended, unless the lease was lost. `outcome` None: there was nothing left to send."""
    with writing():
        mine = Message.objects.filter(pk=message.pk, state="sending", lease=message.lease)
        row = mine.select_for_update(of=("self",)).first()
        if row is None:
            return 0
        channel = Channel.objects.get(pk=row.channel_id)
        for because, ids in dropped.items():
            for start in range(0, len(ids), AT_ONCE):
                Delivery.objects.filter(pk__in=ids[start : start + AT_ONCE]).update(state="dropped", because=because)
        rest = Delivery.objects.filter(message=row, state="sending")
        if outcome is None:
            row.state = "dropped"
            rest.update(state="dropped", because="closed")
        elif not outcome.error:
            row.state, row.sent_at, row.last_error = "sent", timezone.now(), ""
            rest.update(state="sent")
            Channel.objects.filter(pk=channel.pk).update(sent_at=row.sent_at, failing_since=None, last_error="")
        else:
            _failed(row, channel, outcome, now)
        row.lease, row.leased_until = "", None
        row.save(update_fields=["state", "sent_at", "last_error", "send_after", "lease", "leased_until"])
    return int(row.state == "sent")


def _failed(row: Message, channel: Channel, outcome: Outcome, now: datetime) -> None:
    row.last_error = outcome.error[:300]
    Channel.objects.filter(pk=channel.pk).update(last_error=row.last_error)
    if not outcome.is_final and row.attempts <= len(BACK_OFF) and row.kind != "test":
        after = now + BACK_OFF[row.attempts - 1]
        hours = wishes.timetables([channel.person_id])[channel.person_id] if channel.person_id is not None else None
        row.state, row.send_after = "waiting", (hours.quiet_until(after) if hours else None) or after
        return
    row.state = "failed"
    Delivery.objects.filter(message=row, state="sending").update(state="failed")
    if channel.failing_since is None:
        Channel.objects.filter(pk=channel.pk).update(failing_since=timezone.now())
        _announce_failure(channel)


def _announce_failure(channel: Channel) -> None:
    """Write into the log that a channel fails, for those whose it is."""
    events.emit(SYSTEM, "channel.failed", "channel", str(channel.pk), channel.name, **circle(channel))
