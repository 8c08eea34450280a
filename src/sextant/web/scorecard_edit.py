"""Making a scorecard, changing it, and choosing and ordering its KPIs."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sextant.core.access import find, require, visible
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.kpis import commands
from sextant.kpis.commands.scorecards import MOST_KPIS
from sextant.kpis.models import Kpi, Scorecard, ScorecardItem
from sextant.people import queries as people
from sextant.people.models import VISIBILITY_CHOICES, Person
from sextant.people.roles import allows
from sextant.web.requests import PageRequest, carry_out, say, status_of

MOST_OFFERED = 20
STARTS = [
    ("team", gettext_lazy("with the KPIs of the team and of the teams below")),
    ("own", gettext_lazy("with the KPIs of the team itself")),
    ("empty", gettext_lazy("empty: choose the KPIs next")),
]


class ScorecardForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    team = forms.ChoiceField(label=gettext_lazy("Team"))
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    visibility = forms.ChoiceField(label=gettext_lazy("Who sees it"), choices=VISIBILITY_CHOICES)
    viewers = forms.MultipleChoiceField(
        label=gettext_lazy("Named people"), required=False,
        help_text=gettext_lazy("Counts when only named people see it."),
    )  # fmt: skip
    start = forms.ChoiceField(label=gettext_lazy("Begin"), choices=STARTS, widget=forms.RadioSelect, initial="team")

    def __init__(self, *args: object, actor: Actor, card: Scorecard | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        person_choices = list(people.people_at_work().values_list("key", "name"))
        self.fields["team"].choices = [  # type: ignore[attr-defined]
            (node.key, node.path_words)
            for node in people.team_tree().at_work()
            if allows(actor, "scorecard.create", node.pk) or (card is not None and node.pk == card.team_id)
        ]
        self.fields["owner"].choices = [("", _("Nobody")), *person_choices]  # type: ignore[attr-defined]
        self.fields["viewers"].choices = person_choices  # type: ignore[attr-defined]
        if card is not None:
            del self.fields["start"]


@require_http_methods(["GET", "POST"])
def scorecard_new(request: PageRequest) -> HttpResponse:
    """A new scorecard of a team, with its KPIs or with those named in the address."""
    actor = request.actor
    chosen = request.GET.getlist("kpi") or request.POST.getlist("kpi")
    initial = {"team": request.GET.get("team"), "owner": actor.key, "visibility": "organisation", "start": "team"}
    form = ScorecardForm(request.POST or None, actor=actor, initial=initial)
    if not form.fields["team"].choices:  # type: ignore[attr-defined]
        raise NotAllowed(Problem("not-allowed", _("Your role does not allow you to make scorecards.")))
    if chosen:
        del form.fields["start"]
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        team = find("team", actor, words["team"])
        kpis = _named(actor, chosen) if chosen else _kpis_to_start_with(actor, team.pk, words["start"])
        made = carry_out(
            form,
            lambda: commands.create_scorecard(
                actor, name=words["name"], team=team, kpis=kpis[: MOST_KPIS],
                owner=_person(actor, words["owner"]), visibility=words["visibility"],
            ),
        )  # fmt: skip
        if made is not None:
            if words["visibility"] == "people" and words["viewers"]:
                viewers = [find("person", actor, key) for key in words["viewers"]]
                commands.change_scorecard(actor, made, version=made.version, viewers=viewers)
            say(request, _("%(name)s is there.") % {"name": made.name})
            return redirect("scorecard" if kpis else "scorecard_kpis", made.key)
    context = {"form": form, "chosen": _named(actor, chosen)}
    return render(request, "scorecards/form.html", context, status=status_of(form))


def _kpis_to_start_with(actor: Actor, team_id: int, start: str) -> list[Kpi]:
    if start == "empty":
        return []
    teams = people.team_tree().with_descendants(team_id) if start == "team" else [team_id]
    found = visible("kpi", actor).filter(metric__team_id__in=teams, archived_at=None, metric__part_of=None)
    return list(found.exclude(state="retired").order_by("metric__theme__position", "metric__name"))


def _named(actor: Actor, keys: list[str]) -> list[Kpi]:
    """The KPIs of these keys that the actor may see, in the order of the keys."""
    by_key = {kpi.key: kpi for kpi in visible("kpi", actor).filter(key__in=keys, archived_at=None)}
    return [by_key[key] for key in dict.fromkeys(keys) if key in by_key]


def _person(actor: Actor, key: str) -> Person | None:
    found: Person | None = find("person", actor, key) if key else None
    return found


@require_http_methods(["GET", "POST"])
def scorecard_change(request: PageRequest, key: str) -> HttpResponse:
    """Name, team, owner and who sees it."""
    actor = request.actor
    card: Scorecard = find("scorecard", actor, key, action="change")
    initial = {
        "name": card.name, "team": card.team.key, "owner": card.owner.key if card.owner else "",
        "visibility": card.visibility, "viewers": list(card.viewers.values_list("key", flat=True)),
        "version": card.version,
    }  # fmt: skip
    form = ScorecardForm(request.POST or None, actor=actor, card=card, initial=initial)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        viewers = [find("person", actor, each) for each in words["viewers"]]
        done = carry_out(
            form,
            lambda: commands.change_scorecard(
                actor, card, version=words["version"] or 0, viewers=viewers, name=words["name"],
                team=find("team", actor, words["team"]), owner=_person(actor, words["owner"]),
                visibility=words["visibility"],
            ),
        )  # fmt: skip
        if done is not None:
            say(request, _("Saved."))
            return redirect("scorecard", key)
    return render(request, "scorecards/form.html", {"form": form, "card": card}, status=status_of(form))


@dataclass(frozen=True, slots=True)
class Place:
    """A KPI's line in the arrangement. `focus` names the button that had the focus, so that it keeps it."""

    key: str
    name: str
    team: str
    state: str
    weight: str
    focus: str


@require_http_methods(["GET", "POST"])
def scorecard_kpis(request: PageRequest, key: str) -> HttpResponse:
    """Which KPIs, in which order, with which weights. Every button saves the whole arrangement as it stands."""
    card: Scorecard = find("scorecard", request.actor, key)
    require("scorecard", request.actor, "change", card)
    if request.method == "POST":
        return _arranged(request, card)
    items = list(ScorecardItem.objects.filter(scorecard=card, superseded_at=None).order_by("position", "id"))
    kpis = {kpi.id: kpi for kpi in visible("kpi", request.actor).filter(id__in=[item.kpi_id for item in items])}
    moved, button = request.GET.get("moved", ""), request.GET.get("by", "")
    shown = [(item, kpis[item.kpi_id]) for item in items if item.kpi_id in kpis]
    places = [
        Place(k.key, k.name, k.metric.team.name, k.state, f"{item.weight:g}", button if k.key == moved else "")
        for item, k in shown
    ]
    asked = request.GET.get("q", "").strip()
    context = {
        "card": card,
        "places": places,
        "query": asked,
        "offered": _offered(request.actor, card, asked, {item.kpi_id for item in items}),
        "version": commands.arrangement_version(card),
    }
    return render(request, "scorecards/kpis.html", context)


def _offered(actor: Actor, card: Scorecard, asked: str, taken: set[int]) -> list[Kpi]:
    """KPIs to add: those whose name or key holds every word asked for; without words those of the team."""
    found = visible("kpi", actor).filter(archived_at=None).exclude(id__in=taken).exclude(state="retired")
    if not asked:
        found = found.filter(metric__team_id__in=people.team_tree().with_descendants(card.team_id))
    for word in asked.split()[:8]:
        found = found.filter(Q(metric__name__icontains=word) | Q(key__icontains=word))
    return list(found[:MOST_OFFERED])


def _arranged(request: PageRequest, card: Scorecard) -> HttpResponse:
    """Save order and weights as sent, with the one step of the button that was pressed."""
    sent = request.POST
    keys, weights = sent.getlist("kpi"), sent.getlist("weight")
    if len(keys) != len(weights):
        raise refuse("weights-do-not-match", _("There is not one weight for each KPI; nothing was saved."), "weight")
    pairs = [(key, _weight(key, text)) for key, text in zip(keys, weights, strict=True)]
    step, _colon, moved = sent.get("step", "").partition(":")
    at = next((place for place, (key, _w) in enumerate(pairs) if key == moved), None)
    if step in ("up", "down") and at is not None:
        other = at + (-1 if step == "up" else 1)
        if 0 <= other < len(pairs):
            pairs[at], pairs[other] = pairs[other], pairs[at]
    elif step == "remove" and at is not None:
        del pairs[at]
    elif step == "add" and at is None:
        pairs.append((find("kpi", request.actor, moved).key, 1.0))
    kpis = {kpi.key: kpi for kpi in visible("kpi", request.actor).filter(key__in=[key for key, _w in pairs])}
    items = [(kpis[key], weight) for key, weight in pairs if key in kpis]
    commands.set_arrangement(request.actor, card, items, version=sent.get("version"))
    if step not in ("up", "down", "add", "remove"):
        say(request, _("Saved."))
        return redirect("scorecard", card.key)
    back = request.GET.copy()
    back["moved"], back["by"] = moved, step
    return redirect(f"{reverse('scorecard_kpis', args=[card.key])}?{back.urlencode()}")


def _weight(key: str, text: str) -> float:
    try:
        return float(text.strip().replace(",", ".") or 1)
    except ValueError:
        message = _("“%(text)s” is not a weight. Type a number from 0 to 1000; nothing was saved.")
        raise refuse("bad-weight", message % {"text": text[:40]}, f"weight-{key}") from None
