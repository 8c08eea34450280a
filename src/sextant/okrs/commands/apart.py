"""Setting a key result apart from its objective, for fewer eyes than the objective has."""

from __future__ import annotations

from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.keys import new_keys
from sextant.core.writing import writing
from sextant.kpis.models import Kpi
from sextant.okrs.commands.announcing import announce_objective
from sextant.okrs.commands.confining import confine, viewers_of
from sextant.okrs.models import Closure, ClosureItem, KeyResult, Objective


def set_apart(actor: Actor, key_result: KeyResult, kpi: Kpi, *, title: str) -> Objective:
    """Give the key result, with its work and its past, an objective of its own that is seen by whoever sees the KPI.

    It is in the state of the one it leaves, with its cycle and days; that one counts it no more. Who may keep the KPI
    to fewer may do this: no right on the objective is asked for.
    """
    with writing():
        hold(key_result)
        left, metric = key_result.objective, kpi.metric
        made = Objective.objects.create(
            key=new_keys(Objective, [title])[0], title=title[:300], team=metric.team, owner=metric.owner,
            cycle=left.cycle, theme=metric.theme, state=left.state, visibility=metric.visibility, restores=kpi,
            created_at=left.created_at, activated_at=left.activated_at, closed_at=left.closed_at,
            archived_at=left.archived_at,
        )  # fmt: skip
        made.viewers.set(viewers_of(metric))
        key_result.objective = made
        key_result.version += 1
        key_result.save(update_fields=["objective", "version"])
        key_result.initiatives.update(objective=made)
        _close_likewise(key_result, made)
        confine(actor, made)
        announce_objective(actor, "objective.created", made)
        Objective.objects.filter(pk=left.pk).update(version=left.version + 1)
        announce_objective(actor, "objective.changed", left, fields="key results")
    return made


def _close_likewise(key_result: KeyResult, made: Objective) -> None:
    """How it ended goes along; the score of the objective it leaves stays as it was told."""
    item = ClosureItem.objects.filter(key_result=key_result, closure__superseded_at=None).first()
    if item is None:
        return
    item.closure = Closure.objects.create(
        objective=made, score=item.score, learning=item.learning, decision=item.decision,
        author=item.closure.author, known_at=item.closure.known_at,
    )  # fmt: skip
    item.save(update_fields=["closure"])
