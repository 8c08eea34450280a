"""The settings of alert rules: what holds where and who said so, changed or silenced with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.alerts import commands
from sextant.alerts.models import AlertRule
from sextant.alerts.queries.rules import InForce, RulesInForce, history_of_rule, place_of
from sextant.alerts.rules import RULES, SETTING_WORDS, Settings, merged, title
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, NotAllowed, Problem, Stale
from sextant.core.writing import writing
from sextant.kpis.access import visible_to as visible_kpis
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.access import visible_key_results
from sextant.web import alert_replay
from sextant.web.alert_rule_forms import MuteForm, RuleForm, UnmuteForm, values_of
from sextant.web.alert_rule_places import Place, origin_words, place_asked_for
from sextant.web.alert_rule_words import figures, setting_words, state_words, told
from sextant.web.context import day_asked_for, refuse_past
from sextant.web.requests import PageRequest, carry_out, say, status_of

MOST_MUTED = 200


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as it holds in the place."""

    held: InForce
    state: str
    figures: list[str]
    told: str
    origin: str
    own: AlertRule | None  # what was said at this very place
    url: str

    @property
    def key(self) -> str:
        return self.held.rule.key

    @property
    def is_own(self) -> bool:
        return self.own is not None


@dataclass(frozen=True, slots=True)
class MutedLine:
    """A rule that is silent somewhere."""

    row: AlertRule
    title: str
    place: str
    url: str


@dataclass(frozen=True, slots=True)
class FormerLine:
    """What was said about the rule here at some time."""

    row: AlertRule
    words: list[str]


@require_safe
def rules(request: PageRequest) -> HttpResponse:
    """Every alert rule as it holds for everybody, for `?team=`, `?kpi=` or `?key_result=`."""
    place = place_asked_for(request.actor, request.GET)
    point = standpoint(day_asked_for(request))
    held = RulesInForce(point)
    lines = [_line(rule.key, place, held) for rule in RULES.values() if place.fits(rule)]
    context = {"place": place, "lines": lines, "muted": muted_rules(request.actor, point)}
    return render(request, "alerts/rules.html", context)


@require_http_methods(["GET", "POST"])
def rule(request: PageRequest, key: str) -> HttpResponse:
    """One rule in a place: its figures with where each comes from, silence, a replay, and what was said before."""
    place, held = _found(request, key)
    line = _line(key, place, held)
    above = place.above(key, held)
    initial = values_of(line.held.settings, line.held.rule.settable) | {"version": line.own.pk if line.own else 0}
    form = RuleForm(request.POST or None, held=line.held, above=above, initial=initial)
    if request.method == "POST":
        _require(place)
        if form.is_valid() and carry_out(form, _saving(request, key, place, form)) is not None:
            say(request, _("The rule holds like this from now on."))
            return redirect(line.url)
    return _page(request, line, place, above, form=form)


def _page(
    request: PageRequest, line: RuleLine, place: Place, above: Settings, *, form: RuleForm | None = None,
    mute: MuteForm | None = None, unmute: UnmuteForm | None = None,
) -> HttpResponse:  # fmt: skip
    values = values_of(line.held.settings, line.held.rule.settable) | {"version": line.own.pk if line.own else 0}
    point = standpoint(day_asked_for(request))
    context = {
        "line": line, "place": place, "may_set": place.may_set and day_asked_for(request) is None,
        "form": form or RuleForm(held=line.held, above=above, initial=values),
        "mute": mute or MuteForm(), "unmute": unmute or UnmuteForm(),
        "is_muted_here": line.own is not None and line.own.is_muted and not _is_over(line.own, point.now.date()),
        "settings": [
            (SETTING_WORDS[name], setting_words(name, line.held.settings), origin_words(line.held.origins[name]))
            for name in line.held.rule.settable
        ],
        "replay": alert_replay.asked_for(request, place, line.held),
        "history": [_former(one) for one in history_of_rule(line.key, **place.columns, point=point)[:50]],
    }  # fmt: skip
    refused = any(one is not None and one.errors for one in (form, mute, unmute))
    return render(request, "alerts/rule.html", context, status=422 if refused else 200)


def _saving(request: PageRequest, key: str, place: Place, form: RuleForm) -> Callable[[], bool]:
    asked = form.cleaned_data

    def save() -> bool:
        with writing():
            own = place.own(key)
            if (own.pk if own is not None else 0) != asked["version"]:
                raise _stale(form, own, asked["version"])
            if form.said_here or (own is not None and own.is_muted):
                commands.set_rule(
                    request.actor, key, settings=form.said_here, reason=asked["reason"], **place.columns
                )  # fmt: skip
            else:
                commands.restore_rule(request.actor, key, reason=asked["reason"], **place.columns)
        return True

    return save


def _stale(form: RuleForm, own: AlertRule | None, seen: int) -> Stale:
    """Both versions of the settings, in the words of the form."""
    now = merged(form.above, [own.settings] if own is not None else [])
    yours = merged(form.above, [form.said_here])
    names = form.held.rule.settable
    words = [{str(form.fields[name].label): setting_words(name, one) for name in names} for one in (now, yours)]
    return Stale({**words[0], "version": own.pk if own is not None else 0}, {**words[1], "version": seen})


@require_POST
def restoral(request: PageRequest, key: str) -> HttpResponse:
    """Take back everything said at this place; what holds above holds again."""
    place, _held = _found(request, key)
    reason = request.POST.get("reason", "").strip() or _("Taken back to what holds above.")
    commands.restore_rule(request.actor, key, reason=reason, **place.columns)
    say(request, _("The rule holds here as it does above."))
    return redirect(_url(key, place))


@require_POST
def mute(request: PageRequest, key: str) -> HttpResponse:
    """Let the rule be silent here, with a reason and a day."""
    place, held = _found(request, key)
    form = MuteForm(request.POST)
    if form.is_valid():
        done = carry_out(form, lambda: commands.mute_rule(request.actor, key, **form.cleaned_data, **place.columns))
        if done is not None:
            say(request, _("The rule is silent here. Its open alerts end."), undo=f"{_url(key, place, 'unmuting')}")
            return redirect(_url(key, place))
    _require(place)
    return _page(request, _line(key, place, held), place, place.above(key, held), mute=form)


@require_POST
def unmute(request: PageRequest, key: str) -> HttpResponse:
    """Let it be heard here again. Without a reason it is the undoing of a moment ago, and says so."""
    place, held = _found(request, key)
    sent = request.POST if "unmute-reason" in request.POST else {"unmute-reason": _("Muted by mistake.")}
    form = UnmuteForm(sent)
    if form.is_valid():
        carry_out(form, lambda: commands.unmute_rule(request.actor, key, **form.cleaned_data, **place.columns))
    if status_of(form) == 200:
        say(request, _("The rule is heard here again."))
        return redirect(_url(key, place))
    return _page(request, _line(key, place, held), place, place.above(key, held), unmute=form)


def _found(request: PageRequest, key: str) -> tuple[Place, RulesInForce]:
    place = place_asked_for(request.actor, request.GET)
    if key not in RULES or not place.fits(RULES[key]):
        raise Hidden("rule", key[:60])
    if request.method == "POST":
        refuse_past(request)
    return place, RulesInForce(standpoint(day_asked_for(request)))


def _require(place: Place) -> None:
    if not place.may_set:
        message = _("A rule is set by who may change the thing or leads the team; for everybody by an administrator.")
        raise NotAllowed(Problem("not-allowed", message, details={"action": "rule.tune"}))


def _url(key: str, place: Place, step: str = "") -> str:
    name = {"": "alert_rule", "unmuting": "alert_rule_unmuting"}[step]
    return reverse(name, args=[key]) + place.query


def _line(key: str, place: Place, rules: RulesInForce) -> RuleLine:
    held = place.held(key, rules)
    own = rules.row(key, *place_of(place.team, place.kpi, place.key_result)[:2])
    return RuleLine(held, state_words(held), figures(held), told(held), _origin(held), own, _url(key, place))


def _origin(held: InForce) -> str:
    """The nearest place that said anything about the rule."""
    said = [one for one in held.origins.values() if one.row is not None]
    nearest = max(said, key=lambda one: _NEARNESS.index(one.kind), default=None)
    return origin_words(nearest) if nearest is not None else _("as shipped")


_NEARNESS = ("shipped", "organisation", "team", "kpi", "key_result")


def _former(row: AlertRule) -> FormerLine:
    known = RULES.get(row.rule)
    words = [_("silent")] if row.is_muted else []
    if known is not None:
        said = merged(known.shipped, [row.settings])
        words += [setting_words(name, said) for name in known.settable if name in row.settings]
    return FormerLine(row, words or [_("as above")])


def muted_rules(actor: Actor, point: Standpoint) -> list[MutedLine]:
    """What was silent at the standpoint anywhere the actor may see, the newest first."""
    seen = Q(kpi=None, key_result=None) | Q(kpi_id__in=visible_kpis(actor).values("id"))
    seen |= Q(key_result_id__in=visible_key_results(actor).values("id"))
    rows = AlertRule.objects.filter(seen, standing_at(point), is_muted=True).order_by("-known_at")
    day = point.now.date()
    teams = set(visible("team", actor).values_list("pk", flat=True))
    found = []
    for row in rows.select_related("team", "kpi__metric", "key_result")[:MOST_MUTED]:
        if _is_over(row, day) or (row.team_id is not None and row.team_id not in teams):
            continue
        place = Place(actor, row.team, row.kpi, row.key_result)
        found.append(MutedLine(row, title(row.rule), place.name, _url(row.rule, place)))
    return found


def _is_over(row: AlertRule, day: date) -> bool:
    return row.until is not None and row.until < day


urlpatterns = [
    path("settings/alerts", rules, name="alert_rules"),
    path("settings/alerts/<str:key>", rule, name="alert_rule"),
    path("settings/alerts/<str:key>/restoral", restoral, name="alert_rule_restoral"),
    path("settings/alerts/<str:key>/muting", mute, name="alert_rule_muting"),
    path("settings/alerts/<str:key>/unmuting", unmute, name="alert_rule_unmuting"),
]
