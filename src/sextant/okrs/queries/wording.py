"""What the wording checks say about an objective as it stands."""

from __future__ import annotations

from sextant.calc.wording import check_objective
from sextant.calc.wording_drafts import Finding, KeyResultDraft, ObjectiveDraft
from sextant.core.actors import Actor
from sextant.okrs.access import visible_to
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rules import wording_settings
from sextant.okrs.queries.standing import ObjectiveStanding


def siblings_of(actor: Actor, team_id: int, cycle_id: int | None, besides: int = 0) -> tuple[str, ...]:
    """Titles of the team's other objectives in the cycle that the actor may see."""
    found = visible_to(actor).filter(team_id=team_id, archived_at=None).exclude(pk=besides)
    found = found.filter(cycle=None) if cycle_id is None else found.filter(cycle_id=cycle_id)
    return tuple(found.order_by("title").values_list("title", flat=True)[:200])


def draft_of(actor: Actor, standing: ObjectiveStanding) -> ObjectiveDraft:
    """The objective as the wording checks see it; the refs are the keys of its key results."""
    objective = standing.objective
    siblings = siblings_of(actor, objective.team_id, objective.cycle_id, objective.pk)
    rows = tuple(_key_result(one) for one in standing.key_results)
    return ObjectiveDraft(objective.title, objective.description, rows, siblings)


def _key_result(each: KeyResultStanding) -> KeyResultDraft:
    terms, metric = each.terms, each.metric
    return KeyResultDraft(
        ref=each.key,
        title=each.title,
        kind=each.kind,
        baseline=each.baseline,
        target=each.target,
        unit=metric.unit if metric is not None else "number",
        direction=metric.direction if metric is not None else "up",
        has_guard=each.key_result.guard_id is not None,
        due=each.due_on is not None,
        relative=terms.relative if terms is not None else "",
        amount=terms.amount if terms is not None else None,
        low=terms.low if terms is not None else None,
        high=terms.high if terms is not None else None,
        is_baseline_asked=bool(terms is not None and terms.from_series),
    )


def findings_in(actor: Actor, standing: ObjectiveStanding) -> list[Finding]:
    """What the rules in force say; nothing about what is closed."""
    if standing.state == "closed":
        return []
    return check_objective(draft_of(actor, standing), wording_settings(standing.objective))
