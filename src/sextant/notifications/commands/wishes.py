"""Choose what comes through which channel, how fast, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import editing
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.writing import writing
from sextant.notifications import wishes
from sextant.notifications.models import Channel, Choice, Delivery, Wishes
from sextant.notifications.notices import GROUPS
from sextant.notifications.timetable import MINUTES_A_DAY
from sextant.people.queries import organisation

MOST_A_WEEK = 500


def choose(actor: Actor, channel: Channel, paces: Mapping[str, str]) -> None:
    """Set how fast groups of notices (GROUPS) come through a channel of one's own: one of `wishes.PACES` each.

    What waits is moved to where it belongs now; what came only to the inbox stays there.
    """
    _require_own(actor, channel.person_id)
    for group, pace in paces.items():
        if group not in GROUPS or pace not in wishes.PACES:
            raise refuse("unknown-pace", _("Choose how fast each group is to come."), group)
    with writing():
        now_chosen = wishes.paces([channel])[channel.pk]
        for group, pace in paces.items():
            if now_chosen[group] != pace:
                set_pace(channel, group, pace)


def set_pace(channel: Channel, group: str, pace: str, *, before: str = "") -> None:
    """Write one choice and move what waits accordingly. Call it inside `writing()`."""
    Choice.objects.update_or_create(channel=channel, group=group, defaults={"pace": pace, "before": before})
    of_group = Delivery.objects.filter(channel=channel, group=group)
    if pace == "inbox":
        of_group.not_gone().update(state="dropped", because="muted")
    else:
        _move(channel, of_group.filter(state__in=("waiting", "held")).values_list("pk", flat=True), pace)


def _move(channel: Channel, ids: Iterable[int], pace: str) -> None:
    now = timezone.now()
    hours = wishes.timetables([channel.person_id or 0])[channel.person_id or 0]
    after = now if pace == "at_once" else hours.next_digest(now, pace)
    Delivery.objects.filter(pk__in=list(ids)).update(pace=pace, state="waiting", because="", send_after=after)


def choose_hours(
    actor: Actor, *, version: int | None, time_zone: str = "", quiet_from: int | None, quiet_to: int | None,
    quiet_weekdays: Iterable[int], quiet_days: Iterable[int], digest_at: int, digest_weekday: int,
    most_a_week: int | None,
) -> Wishes:  # fmt: skip
    """Set quiet hours, the time of digests and the most messages a week. Times are minutes of one's day.

    `quiet_from` None: no quiet hours. `most_a_week` None: any number. Raises Stale when changed elsewhere meanwhile.
    """
    _require_own(actor, actor.person_id)
    values: dict[str, object] = {
        "time_zone": time_zone, "quiet_from": quiet_from, "quiet_to": quiet_to, "digest_at": digest_at,
        "quiet_weekdays": sorted(set(quiet_weekdays)), "quiet_days": sorted(set(quiet_days)),
        "digest_weekday": digest_weekday, "most_a_week": most_a_week,
    }  # fmt: skip
    _check(values)
    with writing():
        row, is_new = Wishes.objects.get_or_create(person_id=actor.person_id or 0, defaults={**values})
        if not is_new:
            row = editing.fresh(row, version, values)
            editing.change(row, values)
        _move_to_new_hours(row)
    return row


def _check(values: Mapping[str, object]) -> None:
    if values["time_zone"] and values["time_zone"] not in available_timezones():
        raise refuse("unknown-zone", _("Choose a time zone."), "time_zone")
    for name in ("quiet_from", "quiet_to", "digest_at"):
        value = values[name]
        if value is not None and not (isinstance(value, int) and 0 <= value < MINUTES_A_DAY):
            raise refuse("bad-time", _("Give a time of the day."), name)
    if (values["quiet_from"] is None) != (values["quiet_to"] is None):
        raise refuse("half-quiet", _("Give both times, or neither."), "quiet_to")
    if values["quiet_from"] is not None and values["quiet_from"] == values["quiet_to"]:
        raise refuse("half-quiet", _("The quiet hours begin when they end. Leave both empty for none."), "quiet_to")
    days = [*values["quiet_weekdays"], *values["quiet_days"], values["digest_weekday"]]  # type: ignore[misc]
    if not all(isinstance(day, int) and 0 <= day <= 6 for day in days):
        raise refuse("bad-day", _("Choose days of the week."), "quiet_days")
    if len(values["quiet_days"]) == 7:  # type: ignore[arg-type]
        message = _("Leave a day that is not quiet, or choose “Inbox only” everywhere.")
        raise refuse("always-quiet", message, "quiet_days")
    most = values["most_a_week"]
    if most is not None and not (isinstance(most, int) and 0 <= most <= MOST_A_WEEK):
        raise refuse("bad-number", _("Give a number from 0 to %(most)d.") % {"most": MOST_A_WEEK}, "most_a_week")


def _move_to_new_hours(row: Wishes) -> None:
    """What waits for a digest, or for the end of the quiet, waits for the new ones."""
    now, hours = timezone.now(), wishes.timetable_of(row, ZoneInfo(organisation().time_zone))
    pending = Delivery.objects.filter(channel__person_id=row.person_id, state__in=("waiting", "held"))
    pending.filter(because__in=("quiet", "cap"), pace="at_once").update(state="waiting", because="", send_after=now)
    for pace in ("daily", "weekly"):
        pending.filter(pace=pace).update(state="waiting", because="", send_after=hours.next_digest(now, pace))


def _require_own(actor: Actor, person_id: int | None) -> None:
    if not actor.may_write or actor.person_id is None or actor.person_id != person_id:
        message = _("Everybody chooses for themselves what comes to them.")
        raise NotAllowed(Problem("not-allowed", message, details={"action": "channel.change"}))
