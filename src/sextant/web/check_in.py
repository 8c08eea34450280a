"""Checking in: what somebody owes as one list, the check-ins of one thing, and what a lead reads before the meeting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.alerts.queries.waiting import my_responses
from sextant.core.access import find, visible
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Refused, Stale, refuse
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs import subjects
from sextant.okrs.commands import blockers as blocking
from sextant.okrs.commands import check_ins as checking
from sextant.okrs.models import CheckIn
from sextant.okrs.queries.check_ins import blocker_seen, check_in_seen, due_check_ins, item_of
from sextant.okrs.queries.due import count_due
from sextant.okrs.queries.effort import median_effort
from sextant.okrs.queries.standing import okr_board
from sextant.okrs.queries.team_check_ins import LeadList, check_in_discipline, lead_list, teams_led
from sextant.people import queries as people
from sextant.people.models import Person
from sextant.web import alert_waiting
from sextant.web import check_in_view as shown
from sextant.web.check_in_form import ItemForm, address_of, page_of
from sextant.web.context import day_asked_for, team_asked_for
from sextant.web.requests import PageRequest, say, whole
from sextant.web.templatetags.sextant import safe_back

TEXTS = ("status", "note", "action", "blocker")
MONTHS_SHOWN = 3
MOST_AT_ONCE = 100


@require_safe
def check_in_list(request: PageRequest) -> HttpResponse:
    """Everything this person owes, filled in, and what they have just said."""
    day = day_asked_for(request)
    items = due_check_ins(request.actor, standpoint(day))
    parts = {"summary": shown.summary(request.actor) if day is None else None}
    if request.headers.get("HX-Request"):
        return render(request, "check_in/_summary.html", parts)
    context = parts | {
        "forms": [ItemForm(item) for item in items],
        "automatic": sum(item.is_automatic for item in items),
        "is_past": day is not None,
        "people": _people() if items else [],
        "leads": bool(teams_led(request.actor)),
        "responses": alert_waiting.responses(request.actor) if day is None else [],
    }
    return render(request, "check_in/check_in.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def check_ins(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """The check-ins of one key result or KPI, with the form for the next one. POST says something."""
    subject: subjects.Subject = find(kind, request.actor, key)
    if request.method == "POST":
        return _say(request, subject)
    return _page(request, subject, None)


def _say(request: PageRequest, subject: subjects.Subject) -> HttpResponse:
    is_draft = request.POST.get("as") == "draft"
    try:
        done = checking.check_in(request.actor, subject, **_sent(request), is_draft=is_draft)
    except NotAllowed:
        raise
    except Stale as stale:
        return _again(request, subject, stale)
    except Refused as refusal:
        return _again(request, subject, refusal)
    if request.headers.get("HX-Request"):
        return _counted(request, render(request, "check_in/_said.html", _said(request, done)))
    if is_draft:
        say(request, _("Kept as a draft: only you see it."), undo=reverse("check_in_taking_back", args=[done.pk]))
    else:
        say(request, _("Checked in on %(name)s.") % {"name": subject},
            undo=reverse("check_in_taking_back", args=[done.pk]))  # fmt: skip
    return redirect(_back(request, reverse("check_in")))


def _sent(request: PageRequest) -> dict[str, Any]:
    """What the form holds, as the command takes it. Raises Refused for a person nobody knows."""
    sent = request.POST
    level = sent.get("confidence", "")
    seconds = sent.get("seconds", "")
    steps = {
        step: sent.get(f"evidence-{step}", "")
        for name in sent
        if name.startswith("done-") and (step := whole(name[5:])) is not None
    }
    return {
        "value": sent.get("value", "").strip() or None,
        "period": sent.get("period") or None,
        "confidence": whole(level) if level else None,
        "blocker_owner": _person(sent.get("blocker_owner", "")),
        "milestones": steps,
        "seconds": float(seconds) if seconds.replace(".", "", 1).isdecimal() and seconds.isascii() else None,
        "seen": whole(sent.get("seen", "")),
        **{name: sent.get(name, "").replace("\r\n", "\n") for name in TEXTS},
    }


def _person(text: str) -> Person | None:
    """The one person with this key or name."""
    name = text.strip().replace("\0", "")
    if not name:
        return None
    found = list(people.people_at_work().filter(key=name)) or list(
        people.people_at_work().filter(name__iexact=name)[:2]
    )
    if len(found) == 1:
        return found[0]
    if not found:
        message = _("There is nobody called “%(name)s” here.") % {"name": name[:100]}
    else:
        keys = ", ".join(sorted(one.key for one in found))
        message = _("Several people are called “%(name)s”. Say which one: %(keys)s.") % {"name": name, "keys": keys}
    raise refuse("unknown-person", message, "blocker_owner")


def _again(request: PageRequest, subject: subjects.Subject, refusal: Refused) -> HttpResponse:
    """The form as it was sent, with what was wrong or with both versions; nothing of it is lost."""
    typed = {name: request.POST.get(name, "") for name in request.POST if name != "csrfmiddlewaretoken"}
    problems: dict[str, list[str]] = {}
    theirs: Mapping[str, object] | None = None
    if isinstance(refusal, Stale):
        theirs = refusal.theirs
    else:
        for problem in refusal.problems:
            problems.setdefault(problem.field or "", []).append(problem.message)
    form = ItemForm(item_of(request.actor, subject), typed, problems, theirs, is_expanded=True)
    if request.headers.get("HX-Request"):
        # 200 as elsewhere for parts of a page: the part says what was wrong.
        return render(request, "check_in/_item.html", {"form": form})
    return _page(request, subject, form, refusal.status)


def _page(
    request: PageRequest, subject: subjects.Subject, form: ItemForm | None, status: int = 200
) -> HttpResponse:  # fmt: skip
    point = standpoint(day_asked_for(request))
    found = shown.history(request.actor, subject, point)
    if form is None and found.may_check_in:
        form = ItemForm(item_of(request.actor, subject), is_expanded=True)
    context = {
        "subject": subject, "subject_url": page_of(subject), "form": form, "history": found,
        "people": _people() if form else [], "next": found.url,
    }  # fmt: skip
    return render(request, "check_in/check_ins.html", context, status=status)


def _back(request: PageRequest, otherwise: str) -> str:
    """Where the form was sent from."""
    sent = request.POST.get("next", "")
    return safe_back(sent) if sent else otherwise


def _people() -> list[str]:
    return list(people.people_at_work().order_by("name").values_list("name", flat=True))


def _said(request: PageRequest, done: CheckIn) -> dict[str, Any]:
    found = shown.summary(request.actor)
    lines = found.lines if found is not None else []
    line = next((one for one in lines if one.id == done.pk), None) or shown.lines_of(request.actor, [done])[0]
    return {"line": line}


def _counted(request: PageRequest, response: HttpResponse) -> HttpResponse:
    """Tells the page how much is still owed, for the top bar."""
    response.headers["X-Owed"] = str(count_due(request.actor) + my_responses(request.actor).count())
    return response


@require_http_methods(["GET", "HEAD", "DELETE"])
def check_in(request: PageRequest, check_in: int) -> HttpResponse:
    """One check-in: leads to where it stands; DELETE takes it back."""
    found = check_in_seen(request.actor, check_in)
    subject = checking.subject_of(found)
    if request.method == "DELETE":
        return _take_back(request, found)
    return redirect(f"{address_of(subject)}#check-in-{found.pk}")


@require_POST
def taking_back(request: PageRequest, check_in: int) -> HttpResponse:
    """The same from a form."""
    return _take_back(request, check_in_seen(request.actor, check_in))


def _take_back(request: PageRequest, found: CheckIn) -> HttpResponse:
    subject = checking.subject_of(found)
    checking.take_back(request.actor, found)
    if request.headers.get("HX-Request"):
        form = ItemForm(item_of(request.actor, subject))
        return _counted(request, render(request, "check_in/_item.html", {"form": form}))
    say(request, _("Taken back. What stood before stands again."))
    return redirect(_back(request, reverse("check_in")))


@require_POST
def acknowledgement(request: PageRequest, check_in: int) -> HttpResponse:
    """The lead has read it."""
    found = check_in_seen(request.actor, check_in)
    checking.acknowledge(request.actor, found)
    say(request, _("%(who)s sees that you have read it.") % {"who": found.author})
    return redirect(_back(request, reverse("check_in_team")))


@require_POST
def acknowledgements(request: PageRequest) -> HttpResponse:
    """The lead has read everything that was shown."""
    read = [
        checking.acknowledge(request.actor, check_in_seen(request.actor, number))
        for text in request.POST.getlist("check_in")[:MOST_AT_ONCE]
        if (number := whole(text)) is not None
    ]
    count = len(read)
    words = ngettext("%(count)s check-in acknowledged.", "%(count)s check-ins acknowledged.", count) % {"count": count}
    say(request, words)
    return redirect(_back(request, reverse("check_in_team")))


@require_POST
def blockers(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """Name what is in the way, apart from a check-in."""
    subject: subjects.Subject = find(kind, request.actor, key)
    owner = _person(request.POST.get("blocker_owner", ""))
    raised = blocking.raise_blocker(request.actor, subject, text=request.POST.get("blocker", ""), owner=owner)
    say(request, _("The blocker is named."), undo=reverse("blocker_resolution", args=[raised.pk]))
    return redirect(_back(request, address_of(subject)))


@require_POST
def resolution(request: PageRequest, blocker: int) -> HttpResponse:
    """It is out of the way."""
    found = blocker_seen(request.actor, blocker)
    blocking.resolve_blocker(request.actor, found, resolution=request.POST.get("resolution", ""))
    say(request, _("The blocker is cleared."), undo=reverse("blocker_reopening", args=[found.pk]))
    return redirect(_back(request, address_of(blocking.subject_of(found))))


@require_POST
def reopening(request: PageRequest, blocker: int) -> HttpResponse:
    """It is in the way again."""
    found = blocker_seen(request.actor, blocker)
    blocking.reopen_blocker(request.actor, found)
    say(request, _("The blocker is open again."))
    return redirect(_back(request, address_of(blocking.subject_of(found))))


@require_safe
def team_page(request: PageRequest) -> HttpResponse:
    """What a lead looks at before the meeting: what is owed and by whom, what waits to be read, what is in the way."""
    actor = request.actor
    node, _path = team_asked_for(request)
    chosen = people.team_tree().with_descendants(node.pk) if node is not None else None
    found = lead_list(actor, team_ids=chosen, point=standpoint())
    context = {
        "found": found, "leads": bool(teams_led(actor)), "today": people.today(),
        "unread": shown.lines_of(actor, found.unread),
        "owed": [(by, [(one, page_of(one), owed) for one, owed in by.items]) for by in found.owed],
        "blockers": [
            (one, page_of(one.subject), shown.age_words(one.age_days), blocking.may_clear(actor, one.blocker))
            for one in found.blockers
        ],
        "discipline": [
            (team, team.each[-MONTHS_SHOWN:], shown.rate_words(team.whole.rate))
            for team in check_in_discipline(actor, months=MONTHS_SHOWN, team_ids=found.team_ids)
            if team.whole.due
        ],
        "effort_words": shown.team_effort_words(median_effort(team_ids=found.team_ids)),
        "watermelons": _watermelons(actor, found),
    }  # fmt: skip
    return render(request, "check_in/team.html", context)


def _watermelons(actor: Actor, found: LeadList) -> list[Any]:
    """Key results of these teams whose report is better than their numbers."""
    objectives = visible("objective", actor).filter(team_id__in=found.team_ids, state="active", archived_at=None)
    board = okr_board(objectives, standpoint())
    return [one for pk in board.asked for one in board.objectives[pk].watermelons]


def _both(ending: str, view: Any, name: str) -> list[Any]:
    return [
        path(f"key-results/<str:key>/{ending}", view, {"kind": "key_result"}, name=f"key_result_{name}"),
        path(f"kpis/<str:key>/{ending}", view, {"kind": "kpi"}, name=f"kpi_{name}"),
    ]


urlpatterns = [
    path("check-in/", check_in_list, name="check_in"),
    path("check-in/team", team_page, name="check_in_team"),
    *_both("check-ins", check_ins, "check_ins"),
    *_both("blockers", blockers, "blockers"),
    path("check-ins/acknowledgements", acknowledgements, name="check_in_acknowledgements"),
    path("check-ins/<int:check_in>", check_in, name="check_in_one"),
    path("check-ins/<int:check_in>/taking-back", taking_back, name="check_in_taking_back"),
    path("check-ins/<int:check_in>/acknowledgement", acknowledgement, name="check_in_acknowledgement"),
    path("blockers/<int:blocker>/resolution", resolution, name="blocker_resolution"),
    path("blockers/<int:blocker>/reopening", reopening, name="blocker_reopening"),
]
