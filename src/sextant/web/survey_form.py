"""The form people answer: behind a personal link, an open link, or signed in. One question, no scripts, no session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sextant.calc.periods import spoken
from sextant.calc.surveys import first_score
from sextant.core.errors import Hidden, Problem, Refused
from sextant.surveys.commands import answer_as_member, answer_by_link
from sextant.surveys.models import Survey
from sextant.surveys.periods import calendar_for, period_now
from sextant.surveys.queries.asking import Asked, behind, find_for_member, has_answered, shut
from sextant.web.requests import PageRequest, whole

OK = 200
GONE = 410
REFUSED = 422
COOKIE_DAYS = 120
OVER = ("survey-answered", "survey-closed", "survey-period-over")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose: its number, and what it means where that is said."""

    score: int
    meaning: str


def choices_of(survey: Survey) -> list[Choice]:
    """The answers of a survey, the lowest first."""
    first = first_score(survey.kind)
    meanings = {0: survey.low_label, survey.points - 1: survey.high_label}
    return [Choice(first + at, meanings.get(at, "")) for at in range(survey.points)]


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def survey_form(request: HttpRequest, token: str) -> HttpResponse:
    """The form behind a link. Whoever follows it need not sign in, and is not recognised when they are."""
    try:
        asked = behind(token)
    except Hidden:
        limited: HttpResponse | None = ratelimit.consume_or_429(request, action="survey_link", limit_get=True)
        if limited is not None:
            return limited
        raise
    survey = asked.survey
    if asked.invitation is None and request.COOKIES.get(_cookie(survey)) == str(period_now(survey).start):
        return _shut(request, survey, _answered_here())
    response = _asked(request, asked, lambda score: answer_by_link(token, score))
    if asked.invitation is None and request.method == "POST" and response.status_code == OK:
        # The period in which this browser answered, for this one address: it names nobody.
        response.set_cookie(
            _cookie(survey), str(period_now(survey).start), max_age=COOKIE_DAYS * 86400,
            path=reverse("survey_form", args=[token]), httponly=True, samesite="Lax", secure=request.is_secure(),
        )  # fmt: skip
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def survey_answer(request: PageRequest, key: str) -> HttpResponse:
    """The form for the people of the team."""
    actor = request.actor
    survey = find_for_member(actor, key)
    if request.method != "POST" and has_answered(actor, survey):
        message = _("You have answered in this period. Your answer is counted; thank you.")
        return _shut(request, survey, Problem("survey-answered", message))
    return _asked(request, Asked(survey), lambda score: answer_as_member(actor, survey, score))


def _asked(request: HttpRequest, asked: Asked, answer: Callable[[int], object]) -> HttpResponse:
    """The form, or what came of it."""
    survey = asked.survey
    problem = shut(asked)
    if problem is not None:
        return _shut(request, survey, problem)
    if request.method != "POST":
        return _form(request, survey)
    score = whole(request.POST.get("score", ""))
    try:
        answer(-1 if score is None else score)
    except Refused as refusal:
        problem = refusal.problems[0]
        if problem.key != "score-missing":
            return _shut(request, survey, problem)
        return _form(request, survey, problem)
    return _page(request, "surveys/thanks.html", {"survey": survey})


def _form(request: HttpRequest, survey: Survey, problem: Problem | None = None) -> HttpResponse:
    context = {
        "survey": survey,
        "choices": choices_of(survey),
        "problem": problem,
        "period": spoken(period_now(survey), calendar_for(survey)),
    }
    return _page(request, "surveys/form.html", context, REFUSED if problem else OK)


def _shut(request: HttpRequest, survey: Survey, problem: Problem) -> HttpResponse:
    context = {"survey": survey, "problem": problem, "is_thanks": problem.key == "survey-answered"}
    return _page(request, "surveys/shut.html", context, GONE if problem.key in OVER else OK)


def _page(request: HttpRequest, template: str, context: dict[str, object], status: int = OK) -> HttpResponse:
    response = render(request, template, context, status=status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _cookie(survey: Survey) -> str:
    return f"answered-{survey.pk}"


def _answered_here() -> Problem:
    message = _("An answer came from this browser in this period already. It is counted; thank you.")
    return Problem("survey-answered", message)


urlpatterns = [
    path("s/<str:token>", survey_form, name="survey_form"),
    path("surveys/<str:key>/answer", survey_answer, name="survey_answer"),
]
