"""The pulse: answering it in under a minute, its results by team, and asking for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sextant.core.access import can, find
from sextant.metrics.queries.standpoint import standpoint
from sextant.people import queries as people
from sextant.practice.commands import pulse as commands
from sextant.practice.models import PulseRound
from sextant.practice.queries.home_teams import teams_of
from sextant.practice.queries.pulse import (
    TeamPulse,
    closed_rounds,
    next_round_on,
    open_round,
    results,
    rhythm,
    round_to_answer,
)
from sextant.practice.queries.situation import Situation
from sextant.practice.sentences import STATEMENTS
from sextant.web.context import day_asked_for
from sextant.web.requests import PageRequest, carry_out, say, status_of

SCORES = [(str(number), str(number)) for number in range(1, 6)]
MOST_ROUNDS = 8


class RhythmForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    is_on = forms.BooleanField(label=gettext_lazy("Ask for the pulse"), required=False)
    every_months = forms.IntegerField(label=gettext_lazy("Every so many months"), min_value=1, max_value=24)
    open_days = forms.IntegerField(label=gettext_lazy("Open for so many days"), min_value=1, max_value=60)


class PulseForm(forms.Form):
    """A figure from 1 to 5 for each statement, and the team one answers for where there are several."""

    def __init__(self, *args: object, found: PulseRound, person_id: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for key in found.statements:
            self.fields[key] = forms.ChoiceField(
                label=STATEMENTS.get(key, key), choices=SCORES, widget=forms.RadioSelect(attrs={"class": "score"})
            )
        tree = people.team_tree()
        own = teams_of(person_id)
        if len(own) > 1:
            choices = [(tree[one].key, tree[one].name) for one in own]
            label = gettext_lazy("The team you answer for")
            self.fields["team"] = forms.ChoiceField(label=label, choices=choices)


@dataclass(frozen=True, slots=True)
class PulseLine:
    """A team's results; `said` in place of figures where they are withheld."""

    name: str
    step: int
    answers: int | None
    mean: str
    share: float
    statements: Sequence[tuple[str, str]]
    said: str


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A closed round in the history of the organisation."""

    key: str
    day: str
    answers: int | None
    mean: str
    is_shown: bool
    url: str


@require_http_methods(["GET", "POST"])
def answering(request: PageRequest) -> HttpResponse:
    """The form while a round waits for this person; else what there is to know."""
    waiting = round_to_answer(request.actor)
    context = {
        "round": waiting,
        "running": open_round(),
        "next_on": next_round_on(),
        "form": None,
        "is_on": rhythm().is_on,
    }
    if waiting is None:
        return render(request, "practice/pulse.html", context)
    form = PulseForm(request.POST or None, found=waiting, person_id=request.actor.person_id or 0)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        scores = {key: int(words[key]) for key in waiting.statements}
        team = find("team", request.actor, words["team"]) if "team" in words else None

        def counted() -> bool:
            commands.answer_pulse(request.actor, waiting, scores=scores, team=team)
            return True

        if carry_out(form, counted):
            say(request, _("Counted, and nobody can tell that it was you. Thank you."))
            return redirect("home")
    return render(request, "practice/pulse.html", context | {"form": form}, status=status_of(form))


@require_http_methods(["GET", "POST"])
def results_page(request: PageRequest) -> HttpResponse:
    """Results of closed rounds by team; for an administrator also the rhythm, opening and closing."""
    actor, held = request.actor, rhythm()
    initial = {
        "version": held.version if held.pk else 0, "is_on": held.is_on, "every_months": held.every_months,
        "open_days": held.open_days,
    }  # fmt: skip
    form = RhythmForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and carry_out(form, lambda: _set(request, form)):
        say(request, _("Saved."))
        return redirect("practice_pulse")
    point = standpoint(day_asked_for(request))
    rounds = closed_rounds(actor, point)
    shown = next((one for one in rounds if one.key == request.GET.get("round")), rounds[0] if rounds else None)
    running = open_round() if point.known_at is None else None
    context = {
        "form": form if can("pulse", actor, "change", None) and point.known_at is None else None,
        "rounds": [_round_line(one, one == shown) for one in rounds[:MOST_ROUNDS]], "shown": shown,
        "lines": [_line(one) for one in results(shown)] if shown is not None else [],
        "statements": [STATEMENTS.get(key, key) for key in shown.statements] if shown is not None else [],
        "running": running, "next_on": next_round_on(), "is_on": held.is_on,
        "may_answer": running is not None and round_to_answer(actor) is not None,
    }  # fmt: skip
    return render(request, "practice/results.html", context, status=status_of(form))


def _set(request: PageRequest, form: RhythmForm) -> bool:
    commands.set_rhythm(request.actor, **form.cleaned_data)
    return True


def _line(one: TeamPulse) -> PulseLine:
    said = ""
    if one.answers is None:
        said = _("fewer than five answers")
        if one.counted_in:
            said = _("counted with %(team)s, so that nobody can be told apart") % {"team": one.counted_in}
    each = [(f"{part.mean:.1f}", f"{100 * part.agree:.0f} %") for part in one.statements]
    mean = one.mean if one.mean is not None else 0.0
    share = 100 * (mean - 1) / 4 if one.mean is not None else 0.0
    return PulseLine(one.team, min(one.depth, 6), one.answers, f"{mean:.1f}" if one.mean else "", share, each, said)


def _round_line(one: PulseRound, is_shown: bool) -> RoundLine:
    whole = results(one)[:1]
    mean = whole[0].mean if whole and whole[0].answers is not None else None
    url = f"{reverse('practice_pulse')}?round={one.key}"
    day = date_format(one.opened_at, "F Y")
    return RoundLine(one.key, day, one.answers, f"{mean:.1f}" if mean is not None else "–", is_shown, url)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest result for the page on the practice; `mean` is empty before there is one."""

    mean: str
    answers: int
    is_open: bool


def newest(now: Situation) -> Newest:
    found = next((one for one in closed_rounds(now.actor, now.point) if one.answers), None)
    whole = results(found)[:1] if found is not None else []
    mean = whole[0].mean if whole else None
    is_open = now.point.known_at is None and open_round() is not None
    return Newest(f"{mean:.1f}" if mean is not None else "", whole[0].answers or 0 if whole else 0, is_open)


@require_POST
def opening(request: PageRequest) -> HttpResponse:
    """Ask everybody now."""
    made = commands.start_round(request.actor)
    words = {"day": date_format(made.closes_on, "j F Y")}
    say(request, _("The pulse is open until %(day)s. Everybody finds it on their home page.") % words)
    return redirect("practice_pulse")


@require_POST
def closing(request: PageRequest, key: str) -> HttpResponse:
    """End the round and tell its results."""
    found: PulseRound = find("pulse", request.actor, key)
    closed = commands.close_round(request.actor, found)
    if closed.answers is None:
        say(request, _("Closed. Fewer than five people answered, so nothing is told and nothing is kept."))
    else:
        say(request, _("Closed. %(count)s answers are counted.") % {"count": closed.answers})
    return redirect("practice_pulse")
