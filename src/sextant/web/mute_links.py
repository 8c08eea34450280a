"""Links of messages that work without signing in: mute, take that back, and say that a mail address is mine.

Opening a link changes nothing, because mail scanners open links; its button does. The signed link is the right to do
it, so that nobody signs in; a mail program mutes by one POST of its own, without a form token (RFC 8058).
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sextant.core.errors import Hidden, Refused
from sextant.notifications import commands
from sextant.notifications.muting import in_words, read_confirmation, read_link

GONE = 410


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mute(request: HttpRequest, token: str) -> HttpResponse:
    """Ask first, then mute; `undo` takes it back."""
    try:
        muting, person = read_link(token)
        if request.method == "POST":
            (commands.unmute if "undo" in request.POST else commands.mute)(token)
    except Hidden:
        raise
    except Refused as refusal:
        return _closed(request, refusal)
    done = "" if request.method != "POST" else "undone" if "undo" in request.POST else "muted"
    context = {"words": in_words(muting, person), "muting": muting, "done": done}
    return render(request, "notifications/mute.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def channel_confirmation(request: HttpRequest, token: str) -> HttpResponse:
    """Say that notices may come to a mail address."""
    try:
        channel, _mark = read_confirmation(token)
        if request.method == "POST":
            channel = commands.confirm_address(token)
    except Hidden:
        raise
    except Refused as refusal:
        return _closed(request, refusal)
    context = {"is_done": request.method == "POST", "channel": channel}
    return render(request, "notifications/confirmation.html", context)


def _closed(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return render(request, "account/link_closed.html", {"problem": refusal.problems[0]}, status=GONE)


urlpatterns = [
    path("mute/<str:token>", mute, name="mute"),
    path("confirmation/<str:token>", channel_confirmation, name="channel_confirmation"),
]
