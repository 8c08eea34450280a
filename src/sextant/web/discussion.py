"""Talking about a thing: comments and answers, its activity, following, and the inbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from sextant.core.errors import NotAllowed, Refused, Stale, refuse
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications import commands, queries
from sextant.notifications.mentions import People
from sextant.notifications.models import Comment
from sextant.notifications.rendering import mentioned
from sextant.notifications.subjects import Subject, subject
from sextant.web.context import day_asked_for
from sextant.web.discussion_view import Draft, address_of, inbox_lines, panel
from sextant.web.requests import PageRequest, say, whole
from sextant.web.templatetags.sextant import safe_back

PER_PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """The discussion of a thing: a page of its own, and the part every page about the thing shows. POST adds."""
    thing = subject(request.actor, kind, key)
    if request.method != "POST":
        return _shown(request, thing)
    _refuse_past(request)
    text, answered = request.POST.get("text", ""), request.POST.get("reply_to", "")
    reply_to = _found(request, whole(answered)) if answered else None
    place = f"answer-{reply_to.pk}" if reply_to else "new"
    return _written(
        request, thing, Draft(place, text, ()),
        lambda: commands.comment(request.actor, kind, key, text, reply_to=reply_to), _("Your comment is here."),
    )  # fmt: skip


@require_POST
def text(request: PageRequest, comment: int) -> HttpResponse:
    """Say it differently."""
    _refuse_past(request)
    found = _found(request, comment)
    thing = subject(request.actor, found.subject_kind, found.subject_key)
    sent, version = request.POST.get("text", ""), whole(request.POST.get("version", ""))
    return _written(
        request, thing, Draft(f"text-{found.pk}", sent, ()),
        lambda: commands.change_comment(request.actor, found, sent, version=version), _("The comment is changed."),
    )  # fmt: skip


def _written(
    request: PageRequest, thing: Subject, draft: Draft, command: Callable[[], Comment], done: str
) -> HttpResponse:
    """Carry out, then show the comment in its place; what is refused stays in the field it was typed in."""
    try:
        said = command()
    except (Stale, NotAllowed):
        raise
    except Refused as refusal:
        return _shown(request, thing, draft=Draft(draft.place, draft.text, refusal.problems), status=422)
    words = " ".join(filter(None, [done, _whom(request, said)]))
    return _done(request, thing, words, anchor=said.pk)


def _whom(request: PageRequest, said: Comment) -> str:
    """Which of the people mentioned were told, and which could not be."""
    people = mentioned(said.text, People.read([said.text]))
    missed = queries.not_told(request.actor, said, [one.id for one in people])
    others = {one.id for one in people} - {one.pk for one in missed} - {request.actor.person_id}
    told = ", ".join(one.name for one in people if one.id in others)
    words = [_("Told: %(names)s.") % {"names": told}] if told else []
    if missed:
        names = ", ".join(one.name for one in missed)
        words.append(_("Not told, because this is not shown to them: %(names)s.") % {"names": names})
    return " ".join(words)


@require_POST
def removal(request: PageRequest, comment: int) -> HttpResponse:
    """Take a comment back; the message takes that back."""
    _refuse_past(request)
    found = _found(request, comment)
    commands.remove_comment(request.actor, found)
    thing = subject(request.actor, found.subject_kind, found.subject_key)
    undo = reverse("comment_restoral", args=[found.pk])
    return _done(request, thing, _("The comment is removed."), undo=undo)


@require_POST
def restoral(request: PageRequest, comment: int) -> HttpResponse:
    _refuse_past(request)
    found = queries.comment_seen(request.actor, comment, even_removed=True)
    commands.restore_comment(request.actor, found)
    thing = subject(request.actor, found.subject_kind, found.subject_key)
    return _done(request, thing, _("The comment is back."), anchor=found.pk)


@require_POST
def following(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """`on=yes` follows the thing, anything else ends it."""
    thing = subject(request.actor, kind, key)
    if request.POST.get("on") == "yes":
        commands.follow(request.actor, kind, key)
        return _done(request, thing, _("You will hear of every comment."))
    commands.unfollow(request.actor, kind, key)
    return _done(request, thing, _("You will hear only of mentions and answers."))


@require_safe
def mention_choices(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """People whose name begins so and who may see the thing, for the list under the text field."""
    thing = subject(request.actor, kind, key)
    people = queries.people_like(request.actor, request.GET.get("q", "").strip()[:60], thing=thing)
    return render(request, "discussion/_mentions.html", {"people": people})


def _found(request: PageRequest, number: int | None) -> Comment:
    return queries.comment_seen(request.actor, -1 if number is None else number)


def _refuse_past(request: PageRequest) -> None:
    if day_asked_for(request) is not None:
        raise refuse("past-view", _("This is how it was known then; go back to today to say something."))


def _before(request: PageRequest) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(request.GET.get("before", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _shown(
    request: PageRequest,
    thing: Subject,
    *,
    draft: Draft | None = None,
    said: str = "",
    undo: str = "",
    status: int = 200,
) -> HttpResponse:
    """The part inside a page that asks for it, else a page of its own."""
    is_part = bool(request.headers.get("HX-Request"))
    view = panel(
        request.actor,
        thing,
        standpoint(day_asked_for(request)),
        tab=request.POST.get("tab", "comments") if request.method == "POST" else request.GET.get("tab", "comments"),
        is_whole="all" in request.GET or not is_part,
        before=_before(request),
        draft=draft,
        said=said,
        undo_url=undo,
        keeps_drafts=request.method != "POST",
    )
    template = "discussion/_panel.html" if is_part else "discussion/discussion.html"
    # htmx shows answers below 400 only; what is refused is said in the part itself.
    response = render(request, template, {"panel": view}, status=200 if is_part else status)
    response.headers["Vary"] = "HX-Request"
    return response


def _done(
    request: PageRequest, thing: Subject, words: str, *, undo: str = "", anchor: int | None = None
) -> HttpResponse:
    """Show the discussion with what was done; without scripts go back to the page one came from."""
    if request.headers.get("HX-Request"):
        return _shown(request, thing, said=words, undo=undo)
    say(request, words, undo=undo)
    back = safe_back(request.POST.get("next") or request.headers.get("Referer", ""))
    back = back if back != "/" else address_of(thing.kind, thing.key)
    return redirect(f"{back}#comment-{anchor}" if anchor is not None else f"{back}#discussion")


@require_safe
def inbox(request: PageRequest) -> HttpResponse:
    """What I was told: the unread first page, or with `?show=all` everything."""
    shows_all = request.GET.get("show") == "all"
    waiting = queries.unread_count(request.actor)
    rows = queries.notifications_of(request.actor, unread=not shows_all)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "lines": inbox_lines(request.actor, list(page)),
        "page_obj": page,
        "waiting": waiting,
        "shows_all": shows_all,
        "topic": f"inbox:{request.actor.person_id}",
    }
    return render(request, "discussion/inbox.html", context)


@require_safe
def bell(request: PageRequest) -> HttpResponse:
    """How many unread notifications wait: the part of the top bar that is fetched again."""
    return render(
        request, "discussion/_bell.html", {"waiting": queries.unread_count(request.actor), "actor": request.actor}
    )


@require_POST
def reading(request: PageRequest) -> HttpResponse:
    """`id` (several, or none for all) read, with `unread=yes` unread again; `open` goes where the first one leads."""
    numbers = [number for number in map(whole, request.POST.getlist("id")) if number is not None]
    if "open" in request.POST:
        return _opened(request, numbers)
    is_read = request.POST.get("unread") != "yes"
    count = commands.mark_read(request.actor, numbers or None, is_read=is_read)
    if is_read and len(numbers) != 1:
        say(request, ngettext("%(count)d is read.", "%(count)d are read.", count) % {"count": count})
    return redirect(safe_back(request.POST.get("next") or reverse("inbox")))


def _opened(request: PageRequest, numbers: list[int]) -> HttpResponse:
    """Everything that waits about the thing counts as read: its discussion is what is opened."""
    row = queries.notifications_of(request.actor).filter(pk__in=numbers).first()
    target = reverse("inbox")
    if row is not None:
        commands.mark_seen(request.actor, row.subject_kind, row.subject_key)
        target = address_of(row.subject_kind, row.subject_key, row.comment_id)
    return HttpResponseClientRedirect(target) if request.headers.get("HX-Request") else redirect(target)


urlpatterns = [
    path("comments/<int:comment>/text", text, name="comment_text"),
    path("comments/<int:comment>/removal", removal, name="comment_removal"),
    path("comments/<int:comment>/restoral", restoral, name="comment_restoral"),
    path("comments/<str:kind>/<str:key>", comments, name="comments"),
    path("comments/<str:kind>/<str:key>/following", following, name="following"),
    path("comments/<str:kind>/<str:key>/people", mention_choices, name="mention_choices"),
    path("inbox", inbox, name="inbox"),
    path("inbox/bell", bell, name="inbox_bell"),
    path("inbox/reading", reading, name="inbox_reading"),
]
