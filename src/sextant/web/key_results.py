"""A key result's page: how far it is, whether that can be believed, and how it got there; its steps and states."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sextant.core.errors import Refused, refuse
from sextant.forecasts.words import start_hint
from sextant.okrs.commands import key_results as commands
from sextant.okrs.models import Milestone
from sextant.okrs.queries.chances import challenge
from sextant.web.key_result_view import key_result_view
from sextant.web.lifecycle_strip import strip_of_key_result
from sextant.web.objective_subject import KeyResultSubject, key_result_asked_for
from sextant.web.objective_view import topics_of
from sextant.web.requests import PageRequest, say


@require_safe
def key_result(request: PageRequest, key: str) -> HttpResponseBase:
    """The page. `?as_of=` looks from a past day, `?periods=` at more or fewer periods."""
    return _page(request, key_result_asked_for(request, key))


def _page(
    request: PageRequest, subject: KeyResultSubject, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    each = subject.standing
    topics = [f"objective:{subject.objective.key}", *(topics_of(subject.parent, each) if each is not None else [])]
    context = subject.frame() | {
        "view": key_result_view(subject, each, request.GET) if each is not None else None,
        "topics": " ".join(topics),
        "is_running": subject.objective.state == "active" and not subject.is_archived,
        "is_open": subject.objective.state != "closed",
        "problems": refusal.problems if refusal is not None else [],
        "strip": strip_of_key_result(request.actor, subject.key_result, subject.point) if each is not None else None,
    }
    return render(request, "key_results/key_result.html", context, status=status)


@require_POST
def publication(request: PageRequest, key: str) -> HttpResponse:
    """Let it count; what is missing is said with the field that says it."""
    subject = key_result_asked_for(request, key)
    subject.require("change")
    try:
        commands.publish_key_result(request.actor, subject.key_result)
    except Refused as refusal:
        return _page(request, key_result_asked_for(request, key), refusal, refusal.status)
    share = None if subject.standing is None else challenge(subject.standing).chance.share
    hint = "" if share is None else start_hint(share)
    said = _("%(title)s counts from now on.") % {"title": subject.key_result.title}
    say(request, f"{said} {hint}".rstrip())
    return redirect(subject.url())


@require_POST
def archive(request: PageRequest, key: str) -> HttpResponse:
    subject = key_result_asked_for(request, key)
    subject.require("change")
    commands.archive_key_result(request.actor, subject.key_result)
    undo = reverse("key_result_restoral", args=[key])
    say(request, _("%(title)s is archived. Its values stay.") % {"title": subject.key_result.title}, undo=undo)
    return redirect(subject.parent.url())


@require_POST
def restoral(request: PageRequest, key: str) -> HttpResponse:
    subject = key_result_asked_for(request, key)
    subject.require("change")
    commands.restore_key_result(request.actor, subject.key_result)
    say(request, _("%(title)s is back.") % {"title": subject.key_result.title})
    return redirect(subject.url())


@require_POST
def milestone(request: PageRequest, key: str, step: int) -> HttpResponse:
    """A step is reached, with a link or note that shows it; `undo` takes it back."""
    subject = key_result_asked_for(request, key)
    subject.require("check_in")
    rows = Milestone.objects.filter(key_result=subject.key_result, superseded_at=None)
    found = rows.select_related("key_result__objective").filter(pk=step).first() if step < 10**18 else None
    if found is None:
        raise refuse("unknown-milestone", _("There is no such step."))
    is_done = "undo" not in request.POST
    try:
        commands.mark_milestone(request.actor, found, done=is_done, evidence=request.POST.get("evidence", ""))
    except Refused as refusal:
        return _page(request, key_result_asked_for(request, key), refusal, refusal.status)
    words = _("“%(title)s” is reached.") if is_done else _("“%(title)s” is open again.")
    say(request, words % {"title": found.title})
    return redirect(f"{subject.url()}#steps")


urlpatterns = [
    path("key-results/<str:key>/", key_result, name="key_result"),
    path("key-results/<str:key>/publication", publication, name="key_result_publication"),
    path("key-results/<str:key>/archive", archive, name="key_result_archive"),
    path("key-results/<str:key>/restoral", restoral, name="key_result_restoral"),
    path("key-results/<str:key>/milestones/<int:step>", milestone, name="key_result_milestone"),
]
