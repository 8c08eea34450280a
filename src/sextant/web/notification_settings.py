"""What comes to me, where and when: my notification settings, the channels of teams, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.core.access import find, require
from sextant.core.writing import writing
from sextant.notifications import commands, standing, wishes
from sextant.notifications.access import require_team_channels
from sextant.notifications.models import Channel
from sextant.notifications.notices import GROUPS
from sextant.notifications.services import SERVICES, masked_mail
from sextant.notifications.standing import ChannelLine
from sextant.people.models import Person, Team
from sextant.web.discussion_view import address_of
from sextant.web.notification_forms import (
    PACES,
    ChannelForm,
    HoursForm,
    TeamChannelForm,
    TeamPaceForm,
    hours_of,
    initial_hours,
)
from sextant.web.requests import PageRequest, carry_out, say, status_of, whole


@dataclass(frozen=True, slots=True)
class PaceCell:
    """One select of the table: how fast a group comes through a channel."""

    name: str
    label: str
    chosen: str


@dataclass(frozen=True, slots=True)
class PaceRow:
    group: str
    words: str
    cells: Sequence[PaceCell]


@require_http_methods(["GET", "POST"])
def notification_settings(request: PageRequest) -> HttpResponse:
    """Groups by channels, quiet hours and digests; my channels; what was sent, what waits and what failed."""
    me: Person = find("person", request.actor, request.actor.key)
    lines = standing.own_channels(me)
    chosen = standing.wishes_of(me)
    form = HoursForm(request.POST or None, initial=initial_hours(chosen))
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: _save(request, [one.channel for one in lines], hours_of(form)))
        if done:
            say(request, _("Saved."))
            return redirect("notification_settings")
    return _page(request, me, lines, form, ChannelForm())


def _save(request: PageRequest, channels: Sequence[Channel], hours: dict[str, Any]) -> bool:
    with writing():
        commands.choose_hours(request.actor, **hours)
        for channel in channels:
            sent = {group: request.POST.get(f"pace-{channel.pk}-{group}") for group in GROUPS}
            commands.choose(request.actor, channel, {group: pace for group, pace in sent.items() if pace})
    return True


def _page(
    request: PageRequest, me: Person, lines: Sequence[ChannelLine], form: HoursForm, adding: ChannelForm
) -> HttpResponse:
    mine = Channel.objects.filter(person=me)
    context = {
        "form": form,
        "adding": adding,
        "services": SERVICES.values(),
        "lines": lines,
        "rows": _pace_rows([one.channel for one in lines if one.is_open]),
        "paces": PACES,
        "open_lines": [one for one in lines if one.is_open],
        "has_mail": settings.HAS_MAIL_SERVER,
        "held": standing.held_back(mine),
        "recent": standing.recent(mine),
        "asks_account": _asks_account(me, lines),
    }
    status = 422 if form.errors or adding.errors else 200
    return render(request, "notifications/settings.html", context, status=status)


def _asks_account(me: Person, lines: Sequence[ChannelLine]) -> str:
    """The address to ask whether notices may come there, "" when it was asked or cannot be."""
    is_known = any(one.channel.is_account for one in lines)
    return masked_mail(me.email) if settings.HAS_MAIL_SERVER and me.user_id is not None and not is_known else ""


def _pace_rows(channels: Sequence[Channel]) -> list[PaceRow]:
    chosen = wishes.paces(channels)
    return [
        PaceRow(
            group, str(words),
            [PaceCell(f"pace-{one.pk}-{group}", f"{words}: {one.name}", chosen[one.pk][group]) for one in channels],
        )
        for group, words in GROUPS.items()
    ]  # fmt: skip


@require_POST
def channel_new(request: PageRequest) -> HttpResponse:
    """Add a mail address or a chat of one's own."""
    form = ChannelForm(request.POST)
    if form.is_valid():
        added = carry_out(form, lambda: commands.add_channel(request.actor, **form.cleaned_data))
        if added is not None:
            if added.is_mail:
                say(request, _("A question is on its way to this address. Notices come there once it was answered."))
            else:
                say(request, _("“%(name)s” is added. Send a test to see whether it arrives.") % {"name": added.name})
            return redirect("notification_settings")
    me: Person = find("person", request.actor, request.actor.key)
    hours = HoursForm(initial=initial_hours(standing.wishes_of(me)))
    return _page(request, me, standing.own_channels(me), hours, form)


@require_POST
def account_question(request: PageRequest) -> HttpResponse:
    """Ask the address I sign in with whether notices may come there."""
    commands.ask_account(request.actor)
    say(request, _("A link is on its way to this address. Open it to say that notices may come."))
    return redirect("notification_settings")


@require_http_methods(["GET", "POST"])
def team_channels(request: PageRequest, key: str) -> HttpResponse:
    """The chats that hear of alerts of a team. POST adds one."""
    team: Team = find("team", request.actor, key)
    require_team_channels(request.actor, team)
    form = TeamChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        added = carry_out(form, lambda: commands.add_team_channel(request.actor, team, **form.cleaned_data))
        if added is not None:
            say(request, _("“%(name)s” is added. Send a test to see whether it arrives.") % {"name": added.name})
            return redirect("team_channels", team.key)
    lines = standing.team_channels(team)
    context = {
        "team": team,
        "services": SERVICES.values(),
        "form": form,
        "lines": [(one, TeamPaceForm(channel=one.channel)) for one in lines],
        "is_top": team.parent_id is None,
        "recent": standing.recent(Channel.objects.filter(team=team)),
        "held": standing.held_back(Channel.objects.filter(team=team)),
    }
    return render(request, "notifications/team_channels.html", context, status=status_of(form))


@require_POST
def channel_change(request: PageRequest, number: int) -> HttpResponse:
    """What a team's channel hears of, and how fast."""
    channel = _channel(request, number)
    form = TeamPaceForm(request.POST, channel=channel)
    if not form.is_valid():
        say(request, _("Nothing was changed: choose what the channel is to hear of."))
    elif carry_out(form, lambda: commands.change_team_channel(request.actor, channel, **form.cleaned_data)) is not None:
        say(request, _("Saved."))
    return redirect(_back(channel))


@require_POST
def channel_removal(request: PageRequest, number: int) -> HttpResponse:
    """End a channel. Its address is forgotten, so that this cannot be undone but by adding it anew."""
    channel = _channel(request, number)
    commands.remove_channel(request.actor, channel)
    say(request, _("“%(name)s” is removed, and its address forgotten.") % {"name": channel.name})
    return redirect(_back(channel))


@require_POST
def channel_test(request: PageRequest, number: int) -> HttpResponse:
    """Send a message that says it arrived."""
    channel = _channel(request, number)
    commands.send_test(request.actor, channel)
    say(request, _("A test is on its way to “%(name)s”. How it went stands below.") % {"name": channel.name})
    return redirect(_back(channel))


@require_POST
def channel_question(request: PageRequest, number: int) -> HttpResponse:
    """Ask a mail address again whether notices may come there."""
    channel = _channel(request, number)
    commands.ask_confirmation(request.actor, channel)
    say(request, _("A link is on its way to this address. Open it to say that notices may come."))
    return redirect(_back(channel))


def _channel(request: PageRequest, number: int) -> Channel:
    found: Channel = find("channel", request.actor, str(number))
    require("channel", request.actor, "change", found)
    return found


def _back(channel: Channel) -> str:
    if channel.team is not None:
        return reverse("team_channels", args=[channel.team.key])
    return reverse("notification_settings")


@require_safe
def deliveries(request: PageRequest) -> HttpResponse:
    """What fails and what waits in the whole installation, for administrators."""
    return render(
        request, "notifications/deliveries.html",
        {"outlook": standing.outlook(request.actor), "has_mail": settings.HAS_MAIL_SERVER},
    )  # fmt: skip


@require_safe
def go(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """Where a message leads: the page of the thing, or of what is said about it."""
    comment = whole(request.GET.get("comment", ""))
    return redirect(address_of(kind, key, comment))


urlpatterns = [
    path("me/notifications", notification_settings, name="notification_settings"),
    path("me/notifications/channels", channel_new, name="channel_new"),
    path("me/notifications/account", account_question, name="account_question"),
    path("channels/<int:number>/test", channel_test, name="channel_test"),
    path("channels/<int:number>/question", channel_question, name="channel_question"),
    path("channels/<int:number>/choice", channel_change, name="channel_change"),
    path("channels/<int:number>/removal", channel_removal, name="channel_removal"),
    path("teams/<str:key>/channels", team_channels, name="team_channels"),
    path("settings/deliveries", deliveries, name="deliveries"),
    path("go/<str:kind>/<str:key>", go, name="go"),
]
