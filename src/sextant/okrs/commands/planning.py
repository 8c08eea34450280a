"""Choosing what a cycle is about: criteria with weights, candidates, their scores, and the choice with its reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from sextant.calc.planning import HIGHEST
from sextant.core import access, clock, events
from sextant.core.actors import Actor
from sextant.core.checking import A_TEXT, checked_text
from sextant.core.editing import fresh, hold
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.writing import writing
from sextant.kpis.models import Kpi
from sextant.metrics.commands.metrics import circle_of as circle_of_metric
from sextant.okrs.commands.announcing import circle
from sextant.okrs.commands.key_results import create_key_result
from sextant.okrs.commands.objectives import archive_objective, create_objective
from sextant.okrs.models import Candidate, Criterion, Objective
from sextant.people.models import Team
from sextant.people.roles import allows
from sextant.strategy.models import Cycle

MOST_CRITERIA = 12
LONGEST_TITLE = 300
CHOICES = ("taken", "left")


def set_criteria(actor: Actor, cycle: Cycle, criteria: Sequence[tuple[str, float]]) -> list[Criterion]:
    """State anew what candidates are scored by, with relative weights; one whose name stays keeps its scores."""
    access.require("cycle", actor, "plan", cycle)
    wanted = _checked_criteria(criteria)
    with writing():
        require_open_cycle(cycle)
        known = {one.name.casefold(): one for one in cycle.criteria.all()}
        kept = []
        for position, (name, weight) in enumerate(wanted):
            row = known.pop(name.casefold(), None) or Criterion(cycle=cycle)
            row.name, row.weight, row.position = name, weight, position
            row.save()
            kept.append(row)
        for gone in known.values():
            gone.delete()
        words = ", ".join(f"{row.name} {row.weight:g}" for row in kept)
        events.emit(actor, "criteria.changed", "cycle", cycle.key, cycle.name, criteria=words)
    return kept


def add_candidate(
    actor: Actor, cycle: Cycle, *, team: Team, title: str = "", why: str = "", kpi: Kpi | None = None
) -> Candidate:
    """Put something forward for a cycle. With a KPI and no title it is about bringing that KPI back on target."""
    if not allows(actor, "candidate.create", team.pk):
        message = _("You may not put candidates forward for %(team)s.") % {"team": team.name}
        raise NotAllowed(Problem("not-allowed", message, "team"))
    title = title.strip()
    if kpi is not None:
        access.require("kpi", actor, "view", kpi)
        title = title or _("Improve %(kpi)s") % {"kpi": kpi.metric.name}
    if not title:
        raise refuse("title-missing", _("Say in a sentence what the cycle could be about."), "title")
    if len(title) > LONGEST_TITLE:
        raise refuse("too-long", _("Use at most %(count)d characters.") % {"count": LONGEST_TITLE}, "title")
    with writing():
        require_open_cycle(cycle)
        candidate = Candidate.objects.create(
            cycle=cycle, team=team, title=title, why=why.strip(), kpi=kpi, author=actor.label, created_at=clock.now()
        )
        _announce(actor, "candidate.added", candidate, cycle=cycle.name)
    return candidate


def score_candidate(
    actor: Actor, candidate: Candidate, scores: Mapping[int, float | None], *, version: int | None = None
) -> Candidate:
    """Score by criterion id, 0 to 10; None takes a score back. Criteria not named keep theirs.

    Raises Stale when somebody else scored this candidate since `version`.
    """
    access.require("candidate", actor, "change", candidate)
    known = dict(Criterion.objects.filter(cycle_id=candidate.cycle_id).values_list("id", "name"))
    for criterion_id, score in scores.items():
        if criterion_id not in known:
            raise refuse("unknown-criterion", _("This cycle has no such criterion."), "scores")
        if score is not None and not (math.isfinite(score) and 0 <= score <= HIGHEST):
            message = _("%(name)s is scored from 0 to 10.") % {"name": known[criterion_id]}
            raise refuse("bad-score", message, "scores")
    with writing():
        row = fresh(candidate, version, {"scores": dict(candidate.scores)})
        require_open_cycle(row.cycle)
        _require_undecided(row)
        new = {key: score for key, score in row.scores.items() if int(key) in known}
        new.update({str(key): score for key, score in scores.items()})
        new = {key: score for key, score in new.items() if score is not None}
        if new != row.scores:
            row.scores = new
            row.version += 1
            row.save(update_fields=["scores", "version"])
            _announce(actor, "candidate.scored", row)
    return row


def decide_candidate(actor: Actor, candidate: Candidate, choice: str, *, reason: str) -> Candidate:
    """Take a candidate up or leave it, with the reason on record. Taking it drafts the objective in the cycle,
    with a key result on the candidate's KPI where there is one.
    """
    access.require("candidate", actor, "change", candidate)
    if choice not in CHOICES:
        raise refuse("unknown-choice", _("A candidate is taken or left."), "choice")
    missing = _("Say in a line why; whoever asks next quarter will want to know.")
    reason = checked_text(reason, "reason", missing=missing, most=A_TEXT)
    with writing():
        hold(candidate)
        require_open_cycle(candidate.cycle)
        _require_undecided(candidate)
        candidate.choice, candidate.choice_reason = choice, reason
        if choice == "taken":
            candidate.objective = _draft(actor, candidate)
        candidate.version += 1
        candidate.save()
        words = {"taken": _("taken up"), "left": _("left")}[choice]
        _announce(actor, "candidate.decided", candidate, choice=f"{words}: {candidate.choice_reason}")
    return candidate


def undecide_candidate(actor: Actor, candidate: Candidate) -> Candidate:
    """Open the choice again. The draft it made is archived; one that went further stays and refuses this."""
    access.require("candidate", actor, "change", candidate)
    with writing():
        hold(candidate)
        require_open_cycle(candidate.cycle)
        objective = candidate.objective
        if objective is not None and objective.archived_at is None:
            if objective.state != "draft":
                message = _("“%(title)s” was drafted from it and is %(state)s by now. Close or archive that first.")
                words = {"title": objective.title, "state": objective.get_state_display().lower()}
                raise refuse("already-under-way", message % words, "choice")
            archive_objective(actor, objective)
        candidate.choice, candidate.choice_reason, candidate.objective = "", "", None
        candidate.version += 1
        candidate.save()
        _announce(actor, "candidate.decided", candidate, choice=_("open again"))
    return candidate


def archive_candidate(actor: Actor, candidate: Candidate) -> Candidate:
    """Take it off the list; `restore_candidate` brings it back. What it became stays."""
    return _set_archived(actor, candidate, archived=True)


def restore_candidate(actor: Actor, candidate: Candidate) -> Candidate:
    return _set_archived(actor, candidate, archived=False)


def require_open_cycle(cycle: Cycle | None) -> None:
    """Refuse to plan into a span of time that is over and looked back on."""
    if cycle is None:
        return
    closed_at, archived_at = Cycle.objects.values_list("closed_at", "archived_at").get(pk=cycle.pk)
    if closed_at is not None:
        message = _("%(cycle)s is closed. Reopen it, or choose another one.") % {"cycle": cycle.name}
        raise refuse("cycle-closed", message, "cycle")
    if archived_at is not None:
        message = _("%(cycle)s is archived. Restore it, or choose another one.") % {"cycle": cycle.name}
        raise refuse("cycle-archived", message, "cycle")


def _checked_criteria(criteria: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    wanted: dict[str, tuple[str, float]] = {}
    for name, weight in criteria:
        name = " ".join(name.split())
        if not name or len(name) > 120:
            raise refuse("bad-name", _("Give each criterion a name of up to 120 characters."), "criteria")
        if name.casefold() in wanted:
            raise refuse("twice", _("%(name)s is named twice.") % {"name": name}, "criteria")
        if not (math.isfinite(weight) and 0 <= weight <= 1000):
            raise refuse("bad-weight", _("The weight of a criterion lies between 0 and 1000."), "criteria")
        wanted[name.casefold()] = (name, float(weight))
    if len(wanted) > MOST_CRITERIA:
        message = _("Use at most %(count)d criteria; more of them decide nothing better.")
        raise refuse("too-many", message % {"count": MOST_CRITERIA}, "criteria")
    return list(wanted.values())


def _require_undecided(candidate: Candidate) -> None:
    if candidate.choice:
        message = _("The choice is made: %(reason)s Open it again to change it.")
        reason = candidate.choice_reason.rstrip(".") + "."
        raise refuse("already-decided", message % {"reason": reason}, "choice")


def _draft(actor: Actor, candidate: Candidate) -> Objective:
    kpi = candidate.kpi
    if kpi is not None and not access.visible("kpi", actor).filter(pk=kpi.pk).exists():
        kpi = None
    objective = create_objective(
        actor, title=candidate.title, team=candidate.team, cycle=candidate.cycle, description=candidate.why,
        theme=kpi.metric.theme if kpi is not None else None,
    )  # fmt: skip
    if kpi is not None:
        create_key_result(
            actor, objective, title=kpi.metric.name, metric=kpi.metric, terms={"baseline_from_series": True}
        )
    return objective


def _set_archived(actor: Actor, candidate: Candidate, *, archived: bool) -> Candidate:
    access.require("candidate", actor, "change", candidate)
    with writing():
        hold(candidate)
        candidate.archived_at = clock.now() if archived else None
        candidate.version += 1
        candidate.save(update_fields=["archived_at", "version"])
        _announce(actor, "candidate.archived" if archived else "candidate.restored", candidate)
    return candidate


def _announce(actor: Actor, name: str, candidate: Candidate, **data: Any) -> None:
    team_id, visibility, viewer_ids = _circle(candidate)
    events.emit(
        actor, name, "candidate", str(candidate.pk), candidate.title, team_id=team_id, visibility=visibility,
        viewer_ids=viewer_ids, topics=[f"cycle:{candidate.cycle.key}"], **data,
    )  # fmt: skip


def _circle(candidate: Candidate) -> tuple[int | None, str, list[int]]:
    """Who may see it, as events say it: those who see what it became, else the KPI it is about."""
    if candidate.objective is not None:
        return circle(candidate.objective)
    return circle_of_metric(candidate.kpi.metric) if candidate.kpi is not None else (None, "organisation", [])
