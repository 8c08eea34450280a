"""What people do with alerts: take note, snooze, close, bring back; each can be taken back with one click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from sextant.alerts import commands
from sextant.alerts.models import Alert
from sextant.alerts.queries.inbox import alert
from sextant.core.access import visible
from sextant.core.errors import Refused, refuse
from sextant.core.writing import writing
from sextant.web.context import refuse_past
from sextant.web.kpi_words import day_words
from sextant.web.requests import PageRequest, say, whole
from sextant.web.templatetags.sextant import safe_back

MOST_AT_ONCE = 100


@require_POST
def acknowledgements(request: PageRequest) -> HttpResponse:
    """Take note of many (`id`, several); those that cannot be are counted and left as they are."""
    refuse_past(request)
    chosen = _chosen(request)
    waiting = [one for one in chosen if one.state != "acknowledged"]
    done, left = _each(waiting, lambda one: commands.acknowledge(request.actor, one))
    if not chosen:
        say(request, _("Nothing is chosen: tick the alerts you have seen."))
    elif done:
        words = ngettext("Took note of %(n)s alert.", "Took note of %(n)s alerts.", len(done)) % {"n": len(done)}
        undo = reverse("alert_reopenings") + "?" + urlencode({"id": [one.pk for one in done]}, doseq=True)
        say(request, f"{words}{_left_words(left)}", undo=undo)
    else:
        say(request, _("None of these is yours to handle.") if left else _("They were noted before."))
    return back(request)


@require_POST
def reopenings(request: PageRequest) -> HttpResponse:
    """Take that back for many (`?id=`, several)."""
    refuse_past(request)
    done, left = _each(_chosen(request), lambda one: commands.reopen(request.actor, one))
    words = ngettext("%(n)s alert is open again.", "%(n)s alerts are open again.", len(done)) % {"n": len(done)}
    say(request, f"{words}{_left_words(left)}")
    return back(request)


@require_POST
def acknowledgement(request: PageRequest, number: int) -> HttpResponse:
    """Say that it was seen."""
    found = _found(request, number)
    before = found.state
    commands.acknowledge(request.actor, found)
    say(request, _("Noted: others see that you saw it."), undo=undo_url(found, before))
    return back(request)


@require_POST
def snooze(request: PageRequest, number: int) -> HttpResponse:
    """Let it rest until the morning of a day (`until`)."""
    found = _found(request, number)
    before = found.state
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        raise refuse("bad-day", _("Choose a day after today, at most a year ahead."), "until") from None
    commands.snooze(request.actor, found, until=until, reason=request.POST.get("reason", ""))
    say(request, _("It rests until %(day)s.") % {"day": day_words(until)}, undo=undo_url(found, before))
    return back(request)


@require_POST
def reopening(request: PageRequest, number: int) -> HttpResponse:
    """Bring it back; with `?to=acknowledged` to where it was before, which is how a step is undone."""
    found = _found(request, number)
    with writing():
        commands.reopen(request.actor, found, reason=request.POST.get("reason", ""))
        if request.GET.get("to") == "acknowledged":
            commands.acknowledge(request.actor, found)
    say(request, _("It is open again.") if found.state == "open" else _("It is as it was before."))
    return back(request)


def undo_url(found: Alert, before: str) -> str:
    address = reverse("alert_reopening", args=[found.pk])
    return f"{address}?to=acknowledged" if before == "acknowledged" else address


def _found(request: PageRequest, number: int) -> Alert:
    """The alert, to be changed. Raises Hidden when it is out of sight, Refused when looking from a past day."""
    refuse_past(request)
    return alert(request.actor, number).alert


def _chosen(request: PageRequest) -> list[Alert]:
    """The alerts named by `id` that the actor may see."""
    asked = request.POST.getlist("id") or request.GET.getlist("id")
    numbers = [number for text in asked[:MOST_AT_ONCE] if (number := whole(text)) is not None]
    found = visible("alert", request.actor).filter(pk__in=numbers).select_related("response")
    return list(found.order_by("id"))


def _each(chosen: Sequence[Alert], command: Callable[[Alert], Alert]) -> tuple[list[Alert], int]:
    """Those it could be done to, and how many were left as they are."""
    done = []
    for one in chosen:
        try:
            done.append(command(one))
        except Refused:  # closed meanwhile, or not theirs to handle: counted and said
            continue
    return done, len(chosen) - len(done)


def _left_words(left: int) -> str:
    if not left:
        return ""
    words = ngettext("%(n)s was left as it is: it is not yours to handle, or closed.",
                     "%(n)s were left as they are: they are not yours to handle, or closed.", left)  # fmt: skip
    return " " + words % {"n": left}


def back(request: PageRequest) -> HttpResponse:
    """To the page one came from; without one to the inbox."""
    there = safe_back(request.POST.get("next") or request.headers.get("Referer", ""))
    return redirect(there if there != "/" else reverse("alerts"))


urlpatterns = [
    path("alerts/acknowledgements", acknowledgements, name="alert_acknowledgements"),
    path("alerts/reopenings", reopenings, name="alert_reopenings"),
    path("alerts/<int:number>/acknowledgement", acknowledgement, name="alert_acknowledgement"),
    path("alerts/<int:number>/snooze", snooze, name="alert_snooze"),
    path("alerts/<int:number>/reopening", reopening, name="alert_reopening"),
]
