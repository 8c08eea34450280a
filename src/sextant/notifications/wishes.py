"""What people want to hear, how fast and when: their own choices, and the calm defaults without one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from sextant.notifications.models import Channel, Choice, Wishes
from sextant.notifications.notices import GROUPS
from sextant.notifications.timetable import Timetable
from sextant.people.queries import organisation

PACES = ("inbox", "weekly", "daily", "at_once")
# By mail only what waits for an answer comes at once, and never more than `most_a_week`; the rest comes together.
OF_ACCOUNT = {
    "mentions": "at_once",
    "red_flags": "at_once",
    "responses": "at_once",
    "check_ins": "at_once",
    "alerts": "weekly",
    "comments": "weekly",
    "recovered": "weekly",
    "lifecycle": "daily",
    "system": "weekly",
    "team_alerts": "inbox",
}
# A channel somebody added themselves repeats nothing that can wait.
OF_ADDED = {group: "at_once" if OF_ACCOUNT[group] == "at_once" else "inbox" for group in GROUPS}
# What the tables below start with; the names are those of the columns.
DEFAULTS = Timetable(ZoneInfo("UTC"))


def default_pace(channel: Channel, group: str) -> str:
    """How fast a group comes through the channel until somebody chooses; one of PACES."""
    return (OF_ACCOUNT if channel.is_account else OF_ADDED)[group]


def paces(channels: Iterable[Channel]) -> dict[int, dict[str, str]]:
    """For each of these channels of people the pace of every group."""
    channels = list(channels)
    found = {one.pk: {group: default_pace(one, group) for group in GROUPS} for one in channels}
    rows = Choice.objects.filter(channel__in=found).values_list("channel_id", "group", "pace")
    for channel_id, group, pace in rows:
        found[channel_id][group] = pace
    return found


def timetables(person_ids: Iterable[int]) -> Mapping[int, Timetable]:
    """Everybody's hours by person id; of who never chose any the defaults."""
    zone = ZoneInfo(organisation().time_zone)
    wanted = set(person_ids)
    rows = Wishes.objects.filter(person_id__in=wanted)
    chosen = {row.person_id: timetable_of(row, zone) for row in rows}
    usual = Timetable(zone)
    return {person_id: chosen.get(person_id, usual) for person_id in wanted}


def timetable_of(row: Wishes, zone: ZoneInfo) -> Timetable:
    """The hours in a row; `zone` is the organisation's, for who named none."""
    return Timetable(
        ZoneInfo(row.time_zone) if row.time_zone else zone,
        row.quiet_from,
        row.quiet_to or 0,
        frozenset(row.quiet_weekdays),
        frozenset(row.quiet_days),
        row.digest_at,
        row.digest_weekday,
        row.most_a_week,
    )


def of_team_channel() -> Timetable:
    """A team's channel has no quiet hours and no most: its chat has both. Digests come when they do for people."""
    return Timetable(ZoneInfo(organisation().time_zone), quiet_from=None, most_a_week=None)
