"""From a notice to the deliveries it is to have: which channels hear of it, how fast, and from when on.

Written in the transaction of the notice, so that nothing is told that did not happen and nothing is forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from sextant.core import clock, jobs
from sextant.core.models import Event
from sextant.notifications import notices, subjects, wishes
from sextant.notifications.models import Channel, Delivery, Follow, Message, Notification
from sextant.notifications.services import fingerprint
from sextant.notifications.sight import audience
from sextant.notifications.subjects import Subject
from sextant.notifications.timetable import Timetable
from sextant.people.models import Person
from sextant.people.queries import team_tree

# So long a message waits for others to join it; people read a mention within a minute.
SETTLING = timedelta(seconds=20)
# What is written down about the past, such as by the demo organisation, is news to nobody.
STILL_NEWS = timedelta(hours=1)
IN_ONE_STATEMENT = 500
DELIVER = "notifications.deliver"


@dataclass(frozen=True, slots=True)
class Told:
    """A notice about a thing, before anybody in particular is told."""

    subject: Subject
    notice: str
    event: Event | None


def is_news() -> bool:
    """Whether what is written now happened now, and not in a past that is being written down."""
    return timezone.now() - clock.now() < STILL_NEWS


def plan(rows: Sequence[Notification], about: Mapping[tuple[str, str], Subject]) -> None:
    """Plan how these notifications reach their people outside of Sextant. Each row holds its person.

    `about` has the subjects of the rows by kind and key.
    """
    if not rows or not is_news():
        return
    by_person = channels_of({row.person_id: row.person for row in rows}.values())
    if not by_person:
        return
    paces = wishes.paces(channel for channels in by_person.values() for channel in channels)
    hours = wishes.timetables(by_person)
    muted = _muted(by_person)
    now, planned = timezone.now(), []
    for row in rows:
        group = notices.group_of(row.notice, row.why)
        thing = (row.subject_kind, row.subject_key)
        if group != "mentions" and muted & {(row.person_id, *thing), (row.person_id, *about[thing].logged)}:
            continue
        for channel in by_person.get(row.person_id, ()):
            pace = paces[channel.pk][group]
            if pace != "inbox":
                planned.append(
                    Delivery(
                        channel=channel,
                        notification=row,
                        notice=row.notice,
                        group=group,
                        why=row.why,
                        subject_kind=row.subject_kind,
                        subject_key=row.subject_key,
                        subject_label=row.subject_label,
                        event_id=row.event_id,
                        pace=pace,
                        created_at=now,
                        send_after=_first_moment(now, pace, hours[row.person_id]),
                    )
                )
    _add(planned, now)


def plan_for_teams(told: Sequence[Told]) -> None:
    """Plan what the channels of teams hear: of their own things and of those of teams below, each event once."""
    told = [one for one in told if notices.group_of(one.notice) in notices.OF_TEAMS and one.subject.led_by is not None]
    if not told or not is_news():
        return
    channels = list(Channel.objects.filter(team__isnull=False, team__archived_at=None, removed_at=None))
    now, planned, tree = timezone.now(), [], team_tree()
    hours = wishes.of_team_channel()
    for channel in channels:
        teams = set(tree.with_descendants(channel.team_id or 0))
        wanted = [
            one for one in told
            if one.subject.led_by in teams and notices.group_of(one.notice) in channel.groups
        ]  # fmt: skip
        for one in _new_and_visible(channel, wanted):
            planned.append(
                Delivery(
                    channel=channel,
                    notice=one.notice,
                    group=notices.group_of(one.notice),
                    why=notices.OF_TEAM,
                    subject_kind=one.subject.kind,
                    subject_key=one.subject.key,
                    subject_label=one.subject.label,
                    event=one.event,
                    pace=channel.pace,
                    created_at=now,
                    send_after=_first_moment(now, channel.pace, hours),
                )
            )
    _add(planned, now)


def _new_and_visible(channel: Channel, wanted: Sequence[Told]) -> list[Told]:
    """What the channel's readers may all see, without events it hears of already."""
    if not wanted:
        return []
    actor = audience(channel)
    keys: dict[str, set[str]] = defaultdict(set)
    for one in wanted:
        keys[one.subject.kind].add(one.subject.key)
    seen = {(kind, key) for kind in keys for key in subjects.things_visible(actor, kind, keys[kind])}
    events = [one.event.pk for one in wanted if one.event is not None]
    known: set[tuple[int | None, str, str]] = set(
        Delivery.objects.filter(channel=channel, event__in=events).values_list(
            "event_id", "subject_kind", "subject_key"
        )
    )
    found = []
    for one in wanted:
        thing = (one.subject.kind, one.subject.key)
        mark = (one.event.pk if one.event is not None else None, *thing)
        if thing in seen and mark not in known:
            known.add(mark)
            found.append(one)
    return found


def channels_of(people: Iterable[Person]) -> dict[int, list[Channel]]:
    """The channels of these people through which something may be sent now, by person id."""
    by_id = {one.pk: one for one in people}
    if settings.HAS_MAIL_SERVER:
        add_accounts(by_id.values())
    found: dict[int, list[Channel]] = defaultdict(list)
    for channel in Channel.objects.filter(person__in=by_id, removed_at=None):
        channel.person = by_id[channel.person_id or 0]
        if is_open(channel):
            found[channel.person.pk].append(channel)
    return found


def is_open(channel: Channel) -> bool:
    """Whether messages may go there: mail only with a mail server, and only to an address that was confirmed.

    Nothing goes to who has left, nor to a team that is archived.
    """
    if channel.removed_at is not None or not _is_here(channel):
        return False
    if not channel.is_mail:
        return True
    if not settings.HAS_MAIL_SERVER or not channel.confirmed:
        return False
    return not channel.is_account or (
        channel.person is not None and channel.confirmed == fingerprint(channel.person.email)
    )


def _is_here(channel: Channel) -> bool:
    if channel.person is not None:
        return channel.person.archived_at is None and channel.person.erased_at is None
    return channel.team is not None and channel.team.archived_at is None


def add_accounts(people: Iterable[Person]) -> None:
    """Give everybody who signs in their mail channel, and ask once at each address whether it is theirs."""
    with_address = {one.pk: one for one in people if one.user_id is not None and one.email}
    known = Channel.objects.filter(is_account=True, person__in=with_address)
    missing = with_address.keys() - set(known.values_list("person_id", flat=True))
    now = timezone.now()
    Channel.objects.bulk_create(
        [Channel(person_id=pk, service="mail", is_account=True, name="E-mail", created_at=now) for pk in missing],
        ignore_conflicts=True,
    )
    asking = []
    for channel in known.filter(removed_at=None):
        mark = fingerprint(with_address[channel.person_id or 0].email)
        if mark not in (channel.confirmed, channel.asked):
            channel.asked = mark
            asking.append(channel)
    Channel.objects.bulk_update(asking, ["asked"], batch_size=IN_ONE_STATEMENT)
    ask_to_confirm(asking)


def ask_to_confirm(channels: Sequence[Channel]) -> None:
    """Send each of these mail addresses one message that asks whether notices may come there."""
    now = timezone.now()
    Message.objects.bulk_create(
        [Message(channel=one, kind="confirm", created_at=now, send_after=now) for one in channels],
        batch_size=IN_ONE_STATEMENT,
    )
    if channels:
        soon(now)


def _muted(person_ids: Iterable[int]) -> set[tuple[int, str, str]]:
    """(person, kind, key) of what somebody wants to hear no more of."""
    rows = Follow.objects.filter(person__in=list(person_ids), ended_at__isnull=False)
    return set(rows.values_list("person_id", "subject_kind", "subject_key"))


def _first_moment(now: datetime, pace: str, hours: Timetable) -> datetime:
    return now + SETTLING if pace == "at_once" else hours.next_digest(now, pace)


def _add(planned: Sequence[Delivery], now: datetime) -> None:
    Delivery.objects.bulk_create(planned, batch_size=IN_ONE_STATEMENT)
    if any(one.pace == "at_once" for one in planned):
        soon(now + SETTLING)


def soon(moment: datetime) -> None:
    """Have what is due sent at this moment. Inside `writing()`."""
    jobs.enqueue(DELIVER, {}, once="due", run_at=moment)
