"""The rules on wording and focus: what holds where, tuned or muted with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sextant.core.access import find
from sextant.core.errors import Hidden, NotAllowed, Problem
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.rules import may_tune, mute_rule, restore_rule, tune_rule
from sextant.okrs.models import Objective, RuleSetting
from sextant.okrs.queries.rules import ALL_RULES, FOCUS_RULES, InForce, Tunings, rules_in_force
from sextant.okrs.rule_words import LEVEL_WORDS, RULE_WORDS, RuleWords
from sextant.people.models import Team
from sextant.web.context import day_asked_for
from sextant.web.requests import PageRequest, carry_out, say, status_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting is for: everybody, a team, or one objective."""

    team: Team | None
    objective: Objective | None
    may_tune: bool

    @property
    def query(self) -> str:
        if self.objective is not None:
            return "?" + urlencode({"objective": self.objective.key})
        return "?" + urlencode({"team": self.team.key}) if self.team is not None else ""

    @property
    def team_id(self) -> int | None:
        if self.objective is not None:
            return self.objective.team_id
        return self.team.pk if self.team is not None else None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as it holds in the place; `from_here` when this place says so itself."""

    held: InForce
    words: RuleWords
    level: str
    threshold: str
    origin: str
    from_here: bool


class RuleForm(forms.Form):
    is_muted = forms.BooleanField(label=gettext_lazy("Silent here"), required=False)
    level = forms.ChoiceField(label=gettext_lazy("What it does"), required=False)
    value = forms.FloatField(label=gettext_lazy("Threshold"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why?"), widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It is shown beside the rule, and stays in the history."),
    )  # fmt: skip

    def __init__(self, *args: object, held: InForce, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        words = RULE_WORDS[held.rule.key]
        shipped = _("As shipped (%(level)s)") % {"level": str(LEVEL_WORDS[held.rule.level]).lower()}
        self.fields["level"].choices = [("", shipped), *LEVEL_WORDS.items()]  # type: ignore[attr-defined]
        if held.rule.key in FOCUS_RULES:
            del self.fields["level"]
        if held.rule.value is None:
            del self.fields["value"]
        else:
            self.fields["value"].label = _("Threshold: %(words)s") % {"words": words.threshold}
            self.fields["value"].help_text = _("As shipped: %(value)s") % {"value": f"{held.rule.value:g}"}


@require_safe
def rules(request: PageRequest) -> HttpResponse:
    """Every rule as it holds for everybody, for `?team=` or for `?objective=`."""
    place = _place(request)
    objective_id = place.objective.pk if place.objective is not None else None
    found = rules_in_force(place.team_id, objective_id, standpoint(day_asked_for(request)))
    lines = [_line(one, place) for one in found]
    context = {
        "place": place,
        "parts": [
            (_("Focus"), [one for one in lines if one.held.rule.key in FOCUS_RULES]),
            (_("Wording"), [one for one in lines if one.held.rule.key not in FOCUS_RULES]),
        ],
    }
    return render(request, "planning/rules.html", context)


@require_http_methods(["GET", "POST"])
def rule(request: PageRequest, key: str) -> HttpResponse:
    """One rule: level, threshold or silence for this place, with the reason; and everything that was set before."""
    if key not in ALL_RULES:
        raise Hidden("rule", key[:60])
    place = _place(request)
    objective_id = place.objective.pk if place.objective is not None else None
    held = Tunings(standpoint()).in_force(key, place.team_id, objective_id)
    line = _line(held, place)
    own = held.setting if line.from_here else None
    initial = {"is_muted": held.is_muted, "level": own.level if own else "", "value": held.value}
    form = RuleForm(request.POST or None, held=held, initial=initial)
    if request.method == "POST":
        if not place.may_tune:
            raise NotAllowed(Problem("not-allowed", _("Rules are tuned by who leads the team.")))
        if form.is_valid():
            done = carry_out(form, _change(request, key, place, form))
            if done is not None:
                say(request, _("The rule holds like this from now on."))
                return redirect(f"{reverse('rules')}{place.query}")
    history = RuleSetting.objects.filter(rule=key, objective=place.objective).select_related("team")
    if place.objective is None:
        history = history.filter(team=place.team)
    context = {
        "line": line, "place": place, "form": form if place.may_tune else None,
        "history": history.order_by("-known_at", "-pk"),
    }  # fmt: skip
    return render(request, "planning/rule.html", context, status=status_of(form))


def _change(request: PageRequest, key: str, place: Place, form: RuleForm) -> Callable[[], bool]:
    asked = form.cleaned_data
    where = {"team": place.team, "objective": place.objective}

    def change() -> bool:
        if "restore" in request.POST:
            restore_rule(request.actor, key, reason=asked["reason"], **where)  # type: ignore[arg-type]
        elif asked["is_muted"]:
            mute_rule(request.actor, key, reason=asked["reason"], **where)  # type: ignore[arg-type]
        else:
            tune_rule(
                request.actor, key, reason=asked["reason"], level=asked.get("level", ""),
                value=asked.get("value"), **where,  # type: ignore[arg-type]
            )  # fmt: skip
        return True

    return change


def _place(request: PageRequest) -> Place:
    """Raises Hidden for a team or an objective that is not there or not visible."""
    actor = request.actor
    if key := request.GET.get("objective", ""):
        objective: Objective = find("objective", actor, key)
        return Place(None, objective, may_tune(actor, objective=objective))
    if key := request.GET.get("team", ""):
        team: Team = find("team", actor, key)
        return Place(team, None, may_tune(actor, team))
    return Place(None, None, may_tune(actor))


def _line(held: InForce, place: Place) -> RuleLine:
    words, setting = RULE_WORDS[held.rule.key], held.setting
    threshold = f"{held.value:g} {words.threshold}" if held.value is not None else ""
    from_here = setting is not None and (setting.team_id, setting.objective_id) == (
        place.team.pk if place.team is not None else None,
        place.objective.pk if place.objective is not None else None,
    )
    return RuleLine(held, words, str(LEVEL_WORDS[held.level]), threshold, _origin(setting), from_here)


def _origin(setting: RuleSetting | None) -> str:
    if setting is None:
        return _("as shipped")
    if setting.objective is not None:
        return _("for this one")
    return _("for %(team)s") % {"team": setting.team.name} if setting.team is not None else _("for everybody")


urlpatterns = [
    path("settings/rules", rules, name="rules"),
    path("settings/rules/<str:key>", rule, name="rule"),
]
