"""Cycles and what they are about: the list of cycles, the planning page, candidates and their choice, the backlog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sextant.calc.planning import HIGHEST
from sextant.core.access import can, find, visible
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands import planning as commands
from sextant.okrs.commands.objectives import change_objective
from sextant.okrs.models import Criterion, Objective
from sextant.okrs.queries.cycles import CycleState, cycle_states
from sextant.okrs.queries.planning import Plan, Ranked, TeamCandidates, plan
from sextant.people import queries as people
from sextant.people.roles import allows
from sextant.people.tree import TeamNode
from sextant.strategy import queries as strategy
from sextant.strategy.models import Cycle
from sextant.web.context import day_asked_for, team_asked_for
from sextant.web.okr_words import share_words
from sextant.web.requests import PageRequest, say, whole
from sextant.web.terms import terms

SPARE_CRITERIA = 2
MOST_KPIS = 400


@dataclass(frozen=True, slots=True)
class CycleLine:
    """A cycle on the list."""

    state: CycleState
    share: float
    percent: str


@dataclass(frozen=True, slots=True)
class Group:
    """Cycles in the same phase."""

    key: str
    title: str
    lines: Sequence[CycleLine]


@dataclass(frozen=True, slots=True)
class ScoreCell:
    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """A candidate in a table; `under_line` draws the line of the cap above it, `is_past_cap` says so in words."""

    row: Ranked
    team: TeamNode
    cells: Sequence[ScoreCell]
    under_line: bool
    is_past_cap: bool
    may_change: bool
    shows_kpi: bool
    shows_objective: bool


@dataclass(frozen=True, slots=True)
class CandidateTable:
    """Candidates of one team, or of all; `team` is None for those of several."""

    team: TeamCandidates | None
    lines: Sequence[CandidateLine]


class CandidateForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("What could it be about?"), max_length=300, required=False,
        help_text=gettext_lazy("May stay empty when you choose a KPI."),
    )  # fmt: skip
    team = forms.ChoiceField(label=gettext_lazy("Team"))
    kpi = forms.ChoiceField(label=gettext_lazy("The KPI it is about"), required=False)
    why = forms.CharField(label=gettext_lazy("Why now?"), widget=forms.Textarea(attrs={"rows": 2}), required=False)

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        nodes = [node for node in people.team_tree().at_work() if allows(actor, "candidate.create", node.pk)]
        self.fields["team"].choices = [(node.key, node.path_words) for node in nodes]  # type: ignore[attr-defined]
        kpis = visible("kpi", actor).filter(archived_at=None).exclude(state="retired").order_by("metric__name")
        pairs = kpis.values_list("key", "metric__name", "metric__team__name")[:MOST_KPIS]
        named = [(key, f"{name} ({team})") for key, name, team in pairs]
        self.fields["kpi"].choices = [("", _("None")), *named]  # type: ignore[attr-defined]

    @property
    def is_possible(self) -> bool:
        return bool(self.fields["team"].choices)  # type: ignore[attr-defined]


@require_safe
def cycles(request: PageRequest) -> HttpResponse:
    """Cycles by phase, sprints apart, and what waits in the backlog."""
    actor, point = request.actor, standpoint(day_asked_for(request))
    states = cycle_states(actor, point)
    titles = [
        ("ended", _("Over, and not closed")), ("running", _("Running")), ("coming", _("Coming")),
        ("closed", _("Closed")),
    ]  # fmt: skip
    long_ones = [one for one in states if one.cycle.kind != "sprint"]
    groups = [Group(key, title, [_line(one) for one in long_ones if one.phase == key]) for key, title in titles]
    sprints = [_line(one) for one in states if one.cycle.kind == "sprint"]
    if sprints:
        groups.append(Group("sprints", _("Sprints"), sprints))
    waiting = (
        visible("objective", actor).filter(cycle=None, archived_at=None, restores=None).exclude(state="closed").count()
    )
    context = {
        "groups": [group for group in groups if group.lines], "backlog": waiting, "words": terms(),
        "may": {action: can("cycle", actor, action, None) for action in ("create", "change", "close")},
    }  # fmt: skip
    return render(request, "planning/cycles.html", context)


def _line(state: CycleState) -> CycleLine:
    share = strategy.share_elapsed(state.cycle, state.today)
    return CycleLine(state, share, share_words(share))


@require_safe
def cycle_plan(request: PageRequest, key: str) -> HttpResponse:
    """What the cycle could be about, against the caps, with what is not aligned and what was learned."""
    cycle: Cycle = find("cycle", request.actor, key)
    return plan_page(request, cycle)


def plan_page(
    request: PageRequest, cycle: Cycle, form: CandidateForm | None = None, problems: Sequence[str] = ()
) -> HttpResponse:
    actor, (team, _way) = request.actor, team_asked_for(request)
    query = request.GET.get("q", "")[:200].replace("\0", "")
    point = standpoint(day_asked_for(request))
    found = plan(cycle, actor, point, team_id=team.pk if team else None, query=query)
    chosen = {"kpi": request.GET.get("kpi", ""), "team": team.key if team else None}
    form = form or CandidateForm(actor=actor, initial=chosen)
    states, tables = cycle_states(actor, point), _tables(request, found)
    context = {
        "cycle": cycle, "plan": found, "tables": tables, "query": query, "words": terms(),
        "form": form if form.is_possible and cycle.closed_at is None else None,
        "problems": problems, "highest": int(HIGHEST),
        "unclosed": [one for one in states if one.phase == "ended" and one.cycle.pk != cycle.pk],
        "others": [one.cycle for one in states if one.cycle.pk != cycle.pk],
        "may": {action: can("cycle", actor, action, cycle) for action in ("plan", "close", "change")},
        "may_score": any(one.may_change and not one.row.candidate.choice for table in tables for one in table.lines),
        "by_team": request.GET.get("by") == "team", "criteria": _criteria_fields(found),
        "team_query": f"?team={team.key}" if team else "",
    }  # fmt: skip
    return render(request, "planning/plan.html", context, status=422 if problems or form.errors else 200)


def _criteria_fields(found: Plan) -> list[tuple[str, str]]:
    filled = [(one.name, f"{one.weight:g}") for one in found.criteria]
    return [*filled, *[("", "1")] * SPARE_CRITERIA]


def _tables(request: PageRequest, found: Plan) -> list[CandidateTable]:
    """One table by team, or one of all teams; what was typed and refused stays in the fields."""
    actor, rows = request.actor, found.together
    kpis = seen_of("kpi", actor, [row.one.candidate.kpi_id for row in rows])
    objectives = seen_of("objective", actor, [row.one.candidate.objective_id for row in rows])

    def line(one: Ranked, team: TeamNode, *, under_line: bool, is_past_cap: bool) -> CandidateLine:
        candidate = one.candidate
        may = found.cycle.closed_at is None and can("candidate", actor, "change", candidate)
        return CandidateLine(
            one, team, _cells(one, found.criteria, request.POST), under_line, is_past_cap, may,
            candidate.kpi_id in kpis, candidate.objective_id in objectives,
        )  # fmt: skip

    if len(found.teams) > 1 and request.GET.get("by") != "team":
        together = [line(row.one, row.team, under_line=False, is_past_cap=row.is_past_cap) for row in rows]
        return [CandidateTable(None, together)]
    tables = []
    for team in found.teams:
        ends = team.line if team.line is not None and team.line < len(team.ranked) else None
        of_team = (*team.ranked, *team.waiting, *team.left)
        lines = [
            line(one, team.team, under_line=place == ends, is_past_cap=False) for place, one in enumerate(of_team)
        ]  # fmt: skip
        tables.append(CandidateTable(team, lines))
    return tables


def _cells(one: Ranked, criteria: Sequence[Criterion], typed: Mapping[str, Any]) -> list[ScoreCell]:
    cells = []
    for criterion, score in zip(criteria, one.scores, strict=True):
        name = f"score:{one.candidate.pk}:{criterion.pk}"
        label = f"{criterion.name}, {one.candidate.title}"
        cells.append(ScoreCell(name, label, str(typed.get(name, written(score)))))
    return cells


def seen_of(kind: str, actor: Actor, ids: Sequence[int | None]) -> set[int]:
    known = [pk for pk in ids if pk is not None]
    return set(visible(kind, actor).filter(pk__in=known).values_list("pk", flat=True)) if known else set()


def written(score: float | None) -> str:
    """A score as it stands in a field: "7.5", empty for none."""
    return "" if score is None else f"{score:g}"


@require_http_methods(["GET", "POST"])
def backlog(request: PageRequest) -> HttpResponse:
    """Objectives without a cycle; POST `objective` and `cycle` moves one into a cycle."""
    actor = request.actor
    if request.method == "POST":
        objective: Objective = find("objective", actor, request.POST.get("objective", ""), action="change")
        cycle: Cycle = find("cycle", actor, request.POST.get("cycle", ""))
        commands.require_open_cycle(cycle)
        version = whole(request.POST.get("version", ""))
        change_objective(actor, objective, version=objective.version if version is None else version, cycle=cycle)
        say(request, _("“%(title)s” is in %(cycle)s now.") % {"title": objective.title, "cycle": cycle.name})
        return redirect("backlog")
    team, _way = team_asked_for(request)
    found = visible("objective", actor).filter(cycle=None, archived_at=None, restores=None).exclude(state="closed")
    if team is not None:
        found = found.filter(team_id__in=people.team_tree().with_descendants(team.pk))
    found = found.prefetch_related("carried_from__objective__cycle").order_by("team__name", "title")
    rows = [(one, can("objective", actor, "change", one)) for one in found]
    open_cycles = [one for one in strategy.cycles(actor) if one.closed_at is None]
    context = {"rows": rows, "cycles": open_cycles, "words": terms()}
    return render(request, "planning/backlog.html", context)


urlpatterns = [
    path("cycles", cycles, name="cycles"),
    path("cycles/<str:key>/plan", cycle_plan, name="cycle_plan"),
    path("backlog", backlog, name="backlog"),
]
