"""From many due deliveries to one message per channel; or not yet, because of quiet hours or the most a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from sextant.core.writing import writing
from sextant.notifications import wishes
from sextant.notifications.models import Channel, Choice, Delivery, Message
from sextant.notifications.planning import is_open
from sextant.notifications.timetable import Timetable

# Between two messages at once through one channel; what comes between is joined to the second.
GAP = timedelta(minutes=5)
A_WEEK = timedelta(days=7)
PENDING = ("waiting", "held")
CHANNELS_AT_ONCE = 100


def bundle_due(now: datetime) -> int:
    """Make messages of everything that is due. Returns how many messages were made.

    Each channel is held while it is decided about, so that of two workers one makes its message.
    """
    made = 0
    while True:
        due = Delivery.objects.filter(state__in=PENDING, send_after__lte=now)
        ids = list(due.order_by().values_list("channel_id", flat=True).distinct()[:CHANNELS_AT_ONCE])
        if not ids:
            return made
        with writing():
            channels = list(_held(ids))
            hours = wishes.timetables(one.person_id for one in channels if one.person_id is not None)
            for channel in channels:
                its_hours = hours[channel.person_id] if channel.person_id is not None else wishes.of_team_channel()
                made += _bundle(channel, its_hours, now)
        if not channels:  # another worker decides about all of them
            return made


def _held(ids: Sequence[int]) -> Sequence[Channel]:
    rows = Channel.objects.select_related("person", "team").filter(pk__in=ids)
    return list(rows.select_for_update(of=("self",), skip_locked=True, no_key=True))


def _bundle(channel: Channel, hours: Timetable, now: datetime) -> int:
    due = Delivery.objects.filter(channel=channel, state__in=PENDING, send_after__lte=now)
    if not is_open(channel):
        due.update(state="dropped", because="closed")
        return 0
    quiet = hours.quiet_until(now)
    if quiet is not None:
        due.exclude(because="cap").update(state="held", because="quiet", send_after=quiet)
        due.update(send_after=quiet)
        return 0
    is_digest = due.exclude(pace="at_once").exists() or due.filter(because="cap").exists()
    if not is_digest and _wait(channel, hours, due, now):
        return 0
    message = Message.objects.create(
        channel=channel, kind="digest" if is_digest else "notices", created_at=now, send_after=now
    )
    due.update(state="sending", because="", message=message)
    return 1


def _wait(channel: Channel, hours: Timetable, due: QuerySet[Delivery], now: datetime) -> bool:
    """Hold what would come at once, when something came just now, or enough came this week."""
    before = Message.objects.filter(channel=channel, kind="notices").exclude(state__in=("dropped", "failed"))
    last = before.order_by("-created_at").values_list("created_at", flat=True).first()
    if last is not None and last + GAP > now:
        due.update(state="held", because="gap", send_after=last + GAP)
        return True
    count = before.filter(created_at__gt=now - A_WEEK).count()
    if hours.most_a_week is None or count < hours.most_a_week:
        return False
    is_daily = Choice.objects.filter(channel=channel, pace="daily").exists()
    due.update(
        state="held", because="cap", sent_before=count,
        send_after=hours.next_digest(now, "daily" if is_daily else "weekly"),
    )  # fmt: skip
    return True
