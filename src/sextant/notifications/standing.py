"""Reads: how things stand with channels and what went through them, in words. Addresses are never shown whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.core.actors import Actor
from sextant.notifications import wishes
from sextant.notifications.models import Channel, Delivery, Message, Wishes
from sextant.notifications.notices import GROUPS
from sextant.notifications.planning import is_open
from sextant.notifications.services import masked_mail, service_name
from sextant.people.access import require_organisation
from sextant.people.models import Person, Team

RECENT = 20


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel for who keeps it."""

    channel: Channel
    service: str
    shown: str
    is_open: bool
    waits_for_answer: bool  # a mail address that has not said yet whether it wants mail
    error: str
    last_sent: datetime | None
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Notices that wait, and why."""

    channel: str
    count: int
    until: datetime
    words: str


@dataclass(frozen=True, slots=True)
class SentLine:
    """A message on its way or gone."""

    at: datetime
    channel: str
    what: str
    words: str
    error: str
    is_failed: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """Deliveries of the whole installation, for its administrators."""

    failing: Sequence[ChannelLine]
    failed: Sequence[SentLine]
    waiting: int
    oldest: datetime | None


def own_channels(person: Person) -> list[ChannelLine]:
    """The channels of a person; the account's mail only where there is a mail server."""
    rows = Channel.objects.filter(person=person, removed_at=None).select_related("person", "team")
    return [line_of(row) for row in rows if settings.HAS_MAIL_SERVER or not row.is_account]


def team_channels(team: Team) -> list[ChannelLine]:
    """The channels of the team itself, not those of the teams above it."""
    rows = Channel.objects.filter(team=team, removed_at=None).select_related("person", "team")
    return [line_of(row) for row in rows]


def line_of(row: Channel) -> ChannelLine:
    """The channel as a page shows it, its address only as far as that may be read."""
    shown = masked_mail(row.person.email) if row.is_account and row.person is not None else row.shown
    can_send = is_open(row)
    whose = row.team.name if row.team is not None else row.person.name if row.person is not None else ""
    return ChannelLine(
        row, service_name(row.service), shown, can_send, row.is_mail and not can_send and settings.HAS_MAIL_SERVER,
        row.last_error, row.sent_at, whose,
    )  # fmt: skip


def wishes_of(person: Person) -> Wishes:
    """What the person chose, or an unsaved row with what holds without a choice."""
    usual = wishes.DEFAULTS
    found = Wishes.objects.filter(person=person).first()
    return found or Wishes(
        person=person, quiet_from=usual.quiet_from, quiet_to=usual.quiet_to, digest_at=usual.digest_at,
        quiet_weekdays=sorted(usual.quiet_weekdays), quiet_days=sorted(usual.quiet_days),
        digest_weekday=usual.digest_weekday, most_a_week=usual.most_a_week, version=0,
    )  # fmt: skip


def held_back(channels: QuerySet[Channel]) -> list[Held]:
    """What waits in these channels, each reason and moment once."""
    pending = Delivery.objects.filter(channel__in=channels, state__in=("waiting", "held")).order_by()
    rows = pending.values_list("channel__name", "because", "pace", "sent_before").annotate(
        count=Count("pk"), until=Min("send_after")
    )
    found = [
        Held(name, count, until, _held_words(because, pace, sent)) for name, because, pace, sent, count, until in rows
    ]
    return sorted(found, key=lambda one: one.until)


def _held_words(because: str, pace: str, sent: int) -> str:
    if because == "cap":
        words = ngettext(
            "%(sent)d of %(sent)d this week was sent; joined to the next digest",
            "%(sent)d of %(sent)d this week were sent; joined to the next digest", sent,
        )  # fmt: skip
        return words % {"sent": sent}
    if because == "quiet":
        return _("quiet hours")
    if because == "gap":
        return _("joined to the next message, five minutes after the last one")
    if pace == "at_once":
        return _("about to be sent")
    return _("the daily digest") if pace == "daily" else _("the weekly digest")


def recent(channels: QuerySet[Channel], most: int = RECENT) -> list[SentLine]:
    """The last messages of these channels, the newest first."""
    rows = Message.objects.filter(channel__in=channels).exclude(state="dropped").select_related("channel")
    return _sent_lines(list(rows[:most]))


def _sent_lines(rows: Sequence[Message]) -> list[SentLine]:
    counted = Delivery.objects.filter(message__in=rows).exclude(state="dropped").order_by()
    counts: dict[int, list[tuple[str, int]]] = {}
    for message_id, group, count in counted.values_list("message_id", "group").annotate(count=Count("pk")):
        counts.setdefault(message_id or 0, []).append((str(GROUPS[group]), count))
    return [
        SentLine(
            row.sent_at or row.created_at, row.channel.name, _what(row, counts.get(row.pk, [])), _state_words(row),
            row.last_error if row.state in ("failed", "waiting") else "", row.state == "failed",
        )
        for row in rows
    ]  # fmt: skip


def _what(row: Message, counts: Sequence[tuple[str, int]]) -> str:
    if row.kind == "test":
        return _("A test")
    if row.kind == "confirm":
        return _("The question whether notices may come there")
    return ", ".join(f"{count} × {words}" for words, count in sorted(counts, key=lambda one: -one[1]))


def _state_words(row: Message) -> str:
    if row.state == "waiting" and row.attempts:
        return _("Failed, will be tried again")
    words = {"waiting": _("About to be sent"), "sending": _("Being sent"), "sent": _("Sent"), "failed": _("Failed")}
    return words.get(row.state, row.state)


def outlook(actor: Actor) -> Outlook:
    """What fails and what waits, for administrators of the organisation; others are refused."""
    require_organisation(actor)
    failing = Channel.objects.filter(removed_at=None, failing_since__isnull=False).select_related("person", "team")
    failed = Message.objects.filter(state="failed").select_related("channel")[:RECENT]
    pending = Delivery.objects.filter(state__in=("waiting", "held"))
    late = Message.objects.filter(state__in=("waiting", "sending")).aggregate(oldest=Min("created_at"))["oldest"]
    return Outlook([line_of(row) for row in failing[:100]], _sent_lines(list(failed)), pending.count(), late)
