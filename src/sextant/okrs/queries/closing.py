"""What closing an objective says: proposed before, frozen after."""

from __future__ import annotations

from dataclasses import dataclass

from sextant.calc.planning import explain_score_at_close, is_achieved, score_at_close
from sextant.calc.progress import progress
from sextant.calc.why import Why
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import Closure, ClosureItem, Objective
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import ObjectiveStanding, objective_standing


@dataclass(frozen=True, slots=True)
class ClosingRow:
    """A key result as closing shows it: frozen once closed, as it stands before.

    `first_score` is the score against the first target, where that was another one.
    """

    standing: KeyResultStanding
    item: ClosureItem | None
    ambition: str

    @property
    def value(self) -> float | None:
        return self.standing.value if self.item is None else self.item.value

    @property
    def progress(self) -> float | None:
        return self.standing.progress if self.item is None else self.item.progress

    @property
    def score(self) -> float | None:
        return score_at_close(self.standing.progress) if self.item is None else self.item.score

    @property
    def achieved(self) -> bool | None:
        return is_achieved(self.score, self.ambition)

    @property
    def why(self) -> Why:
        return explain_score_at_close(self.progress)

    @property
    def first_target(self) -> float | None:
        """The target it started with, when it was changed on the way."""
        terms = self.standing.facts.terms
        if self.standing.kind != "metric" or self.standing.checkpoints or len(terms) < 2:
            return None
        return terms[0].target if terms[0].target != self.standing.target else None

    @property
    def first_score(self) -> float | None:
        if self.first_target is None:
            return None
        return score_at_close(progress(self.value, self.standing.baseline, self.first_target))


@dataclass(frozen=True, slots=True)
class Closing:
    """An objective at its end: `closure` is None while nobody closed it, and then the figures are a proposal."""

    objective: Objective
    standing: ObjectiveStanding
    rows: tuple[ClosingRow, ...]
    closure: Closure | None

    @property
    def score(self) -> float | None:
        return score_at_close(self.standing.progress) if self.closure is None else self.closure.score

    @property
    def achieved(self) -> bool | None:
        return is_achieved(self.score, self.objective.ambition)

    @property
    def why(self) -> Why:
        return explain_score_at_close(self.standing.progress if self.closure is None else self.closure.score)


def closing_of(objective: Objective, point: Standpoint) -> Closing:
    """What closing says of it, or said: a closed one shows the figures of the day it was closed."""
    closure = Closure.objects.filter(standing_at(point), objective=objective).select_related("carried_to__cycle")
    held = closure.first()
    items = {one.key_result_id: one for one in held.items.all()} if held is not None else {}
    standing = objective_standing(objective, point)
    rows = [
        ClosingRow(one, items.get(one.pk), one.facts.row.ambition or objective.ambition)
        for one in standing.key_results
        if held is None or one.pk in items
    ]
    return Closing(objective, standing, tuple(rows), held)


def former_closures(objective: Objective, point: Standpoint) -> list[Closure]:
    """Closings that were taken back, newest first."""
    found = Closure.objects.filter(objective=objective).exclude(standing_at(point)).exclude(superseded_at=None)
    if point.known_at is not None:
        found = found.filter(known_at__lte=point.known_at)
    return list(found.order_by("-known_at"))
