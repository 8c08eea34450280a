"""Surveys: the list, making and changing one, its page, and the steps of its life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.core.access import find, require
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.people import queries as people
from sextant.people.roles import allows
from sextant.surveys import commands
from sextant.surveys.commands.surveys import CHANGEABLE
from sextant.surveys.models import Survey
from sextant.surveys.queries.asking import surveys_of, waiting_for
from sextant.surveys.queries.results import results
from sextant.web.context import day_asked_for, require_present
from sextant.web.form_fields import known_metrics
from sextant.web.requests import PageRequest, carry_out, say, status_of
from sextant.web.survey_forms import TEMPLATES, ChangeSurveyForm, LinksForm, MailForm, NewSurveyForm
from sextant.web.survey_view import STATE_WORDS, ResultLine, result_line, survey_view

NEW = (
    "name", "question", "kind", "points", "low_label", "high_label", "audience", "min_answers", "team", "frequency",
    "owner", "visibility", "viewers", "metric",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list."""

    survey: Survey
    state: str
    url: str
    newest: ResultLine | None


@dataclass(frozen=True, slots=True)
class Start:
    """A kind of survey to begin with."""

    kind: str
    name: str
    says: str
    url: str


@require_safe
def surveys(request: PageRequest) -> HttpResponse:
    """The surveys one may see, with the newest result of each, and those that wait for one's own answer."""
    rows = [_row(survey) for survey in surveys_of(request.actor).exclude(state="closed")]
    over = [_row(survey) for survey in surveys_of(request.actor).filter(state="closed")]
    context = {
        "rows": rows, "over": over, "waiting": waiting_for(request.actor), "may_add": _may_add(request.actor),
        "starts": starts(),
    }  # fmt: skip
    return render(request, "surveys/surveys.html", context)


def _row(survey: Survey) -> Row:
    found = results(survey)
    newest = result_line(survey, found[0]) if found else None
    return Row(survey, str(STATE_WORDS[survey.state]), reverse("survey", args=[survey.key]), newest)


def starts() -> list[Start]:
    words = {
        "nps": (_("Net promoter score"), _("0 to 10: would they recommend you?")),
        "csat": (_("Satisfaction"), _("1 to 5: the share of the two best answers")),
        "rating": (_("Rating"), _("The mean of a scale of 3 to 10 points")),
    }
    return [Start(kind, *said, f"{reverse('survey_new')}?kind={kind}") for kind, said in words.items()]


def _may_add(actor: Actor) -> bool:
    return any(allows(actor, "metric.create", node.pk) for node in people.team_tree().at_work())


@require_http_methods(["GET", "POST"])
def new(request: PageRequest) -> HttpResponse:
    """A new survey; `?kind=` begins with words that fit, `?metric=` fills a metric that is there."""
    kind = request.GET.get("kind", "")
    name, question, low, high = (str(words) for words in TEMPLATES.get(kind, TEMPLATES["nps"]))
    initial = {
        "kind": kind or "nps", "name": name, "question": question, "low_label": low, "high_label": high,
        "owner": request.actor.key, "team": request.GET.get("team", ""), "metric": request.GET.get("metric", ""),
        "audience": "invited",
    }  # fmt: skip
    form = NewSurveyForm(request.POST or None, actor=request.actor, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = {field: form.cleaned_data[field] for field in NEW}
        made = carry_out(form, lambda: commands.create_survey(request.actor, **asked))
        if made is not None:
            undo = reverse("survey_archive", args=[made.key])
            say(request, _("%(name)s is a draft. Look at it, then open it.") % {"name": made.name}, undo=undo)
            return redirect("survey", made.key)
    context = {"form": form, "starts": starts(), "kind": kind or "nps", "known_metrics": known_metrics(request.actor)}
    return render(request, "surveys/new.html", context, status=status_of(form))


@require_safe
def survey(request: PageRequest, key: str) -> HttpResponse:
    """What is asked, of whom, how far it is, and what came of it."""
    return survey_page(request, find("survey", request.actor, key))


def survey_page(
    request: PageRequest, found: Survey, *, links: LinksForm | None = None, mail: MailForm | None = None
) -> HttpResponse:
    """The page, with the forms for links as they were sent where something was wrong with them."""
    view = survey_view(request.actor, found, day_asked_for(request))
    context = {
        "view": view, "survey": found, "links": links or LinksForm(), "mail": mail or MailForm(),
        "topics": f"survey:{found.key}",
    }  # fmt: skip
    refused = any(form is not None and form.errors for form in (links, mail))
    return render(request, "surveys/survey.html", context, status=422 if refused else 200)


@require_http_methods(["GET", "POST"])
def edit(request: PageRequest, key: str) -> HttpResponse:
    """Other words; who is asked only while it is a draft."""
    found: Survey = find("survey", request.actor, key)
    require("survey", request.actor, "change", found)
    require_present(day_asked_for(request))
    initial = {name: getattr(found, name) for name in CHANGEABLE} | {"version": found.version}
    form = ChangeSurveyForm(request.POST or None, survey=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        version = said.pop("version")
        if carry_out(form, lambda: commands.change_survey(request.actor, found, version=version, **said)) is not None:
            say(request, _("Saved."))
            return redirect("survey", found.key)
    return render(request, "surveys/edit.html", {"form": form, "survey": found}, status=status_of(form))


Step = Callable[[Actor, Survey], Survey]


def _step(command: Step, said: Words, undo: str) -> Callable[[PageRequest, str], HttpResponse]:
    """A page that takes a survey one step further; `undo` names the address of the step back."""

    @require_POST
    def step(request: PageRequest, key: str) -> HttpResponse:
        found: Survey = find("survey", request.actor, key)
        command(request.actor, found)
        back = reverse(undo, args=[found.key]) if undo else ""
        say(request, str(said) % {"name": found.name}, undo=back)
        return redirect("survey", found.key)

    return step


opening = _step(commands.open_survey, gettext_lazy("%(name)s takes answers now."), "survey_pause")
pause = _step(commands.pause_survey, gettext_lazy("%(name)s is paused; its links keep."), "survey_opening")
closure = _step(commands.close_survey, gettext_lazy("%(name)s is closed."), "survey_opening")
archive = _step(commands.archive_survey, gettext_lazy("%(name)s is archived."), "survey_restoral")
restoral = _step(commands.restore_survey, gettext_lazy("%(name)s is back."), "")
renewal = _step(commands.renew_link, gettext_lazy("%(name)s has a new link. The old one no longer works."), "")

urlpatterns = [
    path("surveys", surveys, name="surveys"),
    path("surveys/new", new, name="survey_new"),
    path("surveys/<str:key>/", survey, name="survey"),
    path("surveys/<str:key>/edit", edit, name="survey_edit"),
    path("surveys/<str:key>/opening", opening, name="survey_opening"),
    path("surveys/<str:key>/pause", pause, name="survey_pause"),
    path("surveys/<str:key>/closure", closure, name="survey_closure"),
    path("surveys/<str:key>/archive", archive, name="survey_archive"),
    path("surveys/<str:key>/restoral", restoral, name="survey_restoral"),
    path("surveys/<str:key>/link", renewal, name="survey_link"),
]
