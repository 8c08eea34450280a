"""`/notifications/settings`: what comes to you outside of Sextant, through which channel, how fast and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field, StringConstraints

from sextant.api.actors import ApiRequest
from sextant.api.answering import answer
from sextant.api.asking import LONGEST_NUMBER, Change, Line, Version
from sextant.core.access import find
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.core.writing import writing
from sextant.notifications import commands, standing, wishes
from sextant.notifications.models import Wishes
from sextant.notifications.standing import ChannelLine
from sextant.people.models import Person

router = Router(tags=["Discussion"])
Pace = Literal["inbox", "weekly", "daily", "at_once"]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Weekday = Annotated[int, Field(ge=0, le=6)]


class ChannelOut(BaseModel):
    id: int
    name: str
    service: str = Field(description="mail, or the key of a chat service.")
    shown: str = Field(description="The address as far as it is shown; nobody gets it whole.")
    open: bool = Field(description="Whether messages may go there: a mail address has to be confirmed first.")
    failing_since: datetime | None
    error: str = Field(description="What the last try said, empty when it was taken.")
    paces: dict[str, Pace] = Field(description="How fast each group of notices comes through it.")


class NotificationSettingsOut(BaseModel):
    version: int
    time_zone: str = Field(description="Empty: the organisation's.")
    quiet_from: Clock | None
    quiet_to: Clock | None
    quiet_weekdays: list[int] = Field(description="On which days quiet hours begin: 0 Monday to 6 Sunday.")
    quiet_days: list[int] = Field(description="Days that are quiet altogether.")
    digest_at: Clock
    digest_weekday: int
    most_a_week: int | None = Field(description="Messages at once per channel in seven days; null: any number.")
    channels: list[ChannelOut]


class ChannelChange(Change):
    id: int = Field(ge=1, le=LONGEST_NUMBER)
    paces: dict[Line, Pace]


class NotificationSettingsChange(Change):
    version: Version
    time_zone: Line = Field(default_factory=str)
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    quiet_weekdays: list[Weekday] = Field(default_factory=list, max_length=7)
    quiet_days: list[Weekday] = Field(default_factory=list, max_length=7)
    digest_at: Clock = Field(default_factory=str)
    digest_weekday: Weekday = Field(default_factory=int)
    most_a_week: Annotated[int, Field(ge=0, le=500)] | None = None
    channels: list[ChannelChange] = Field(default_factory=list, max_length=50)


@router.get("/notifications/settings", response=NotificationSettingsOut, summary="What comes to you, where and when")
def get_notification_settings(request: ApiRequest) -> HttpResponse:
    return answer(_shown(_me(request.actor)))


@router.patch(
    "/notifications/settings", response=NotificationSettingsOut, summary="Change what comes to you, where and when"
)
def patch_notification_settings(request: ApiRequest, body: NotificationSettingsChange) -> HttpResponse:
    """Fields left out stay as they are; of a channel the groups left out do."""
    actor, me = request.actor, _me(request.actor)
    with writing():
        hours = body.given("version", "channels")
        if hours:
            now = standing.wishes_of(me)
            kept = {name: getattr(now, name) for name in _HOURS}
            commands.choose_hours(actor, version=body.version, **(kept | {n: _kept(n, v) for n, v in hours.items()}))
        for change in body.channels:
            try:
                channel = find("channel", actor, str(change.id), action="change")
            except Hidden as hidden:
                raise refuse("unknown-channel", str(hidden), "channels") from None
            commands.choose(actor, channel, change.paces)
    return answer(_shown(me))


_TIMES = ("quiet_from", "quiet_to", "digest_at")
_HOURS = (*_TIMES, "time_zone", "quiet_weekdays", "quiet_days", "digest_weekday", "most_a_week")


def _me(actor: Actor) -> Person:
    """The person who asks, or for whom a token acts."""
    person = Person.objects.filter(pk=actor.person_id or 0).first()
    if person is None:
        raise Hidden("page")
    return person


def _kept(name: str, value: Any) -> Any:
    if name in _TIMES and isinstance(value, str):
        hours, _colon, minutes = value.partition(":")
        return int(hours) * 60 + int(minutes)
    return value


def _clock(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


def _shown(me: Person) -> NotificationSettingsOut:
    row: Wishes = standing.wishes_of(me)
    lines = standing.own_channels(me)
    paces = wishes.paces([one.channel for one in lines])
    return NotificationSettingsOut(
        version=row.version,
        time_zone=row.time_zone,
        quiet_from=_clock(row.quiet_from),
        quiet_to=_clock(row.quiet_to),
        quiet_weekdays=row.quiet_weekdays,
        quiet_days=row.quiet_days,
        digest_at=_clock(row.digest_at) or "",
        digest_weekday=row.digest_weekday,
        most_a_week=row.most_a_week,
        channels=[_channel(one, paces[one.channel.pk]) for one in lines],
    )


def _channel(one: ChannelLine, paces: Mapping[str, str]) -> ChannelOut:
    row = one.channel
    return ChannelOut.model_validate(
        {
            "id": row.pk, "name": row.name, "service": row.service, "shown": one.shown, "open": one.is_open,
            "failing_since": row.failing_since, "error": one.error, "paces": dict(paces),
        }
    )  # fmt: skip
