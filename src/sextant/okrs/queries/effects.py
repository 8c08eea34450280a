"""Whether the work moved what it should: the number of its key result since it began, against what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sextant.calc.effects import Band, explain_effect
from sextant.calc.effects import Effect as Judged
from sextant.calc.periods import hour_of
from sextant.calc.why import Why
from sextant.metrics.queries.marker_effects import Ask, Since, effects_since
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.effect_sentences import work_sentence
from sextant.okrs.models import Initiative
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import Board, okr_board
from sextant.okrs.queries.values import value_at


@dataclass(frozen=True, slots=True)
class Effect:
    """`before` is the value of the last period that was over when the work began, `after` the newest one. `verdict` is
    one of `calc.effects.VERDICTS`, or "open" (not begun, no key result, no metric); `judged` holds the figures and
    `sentence` says it in words. That the number moved does not prove that the work moved it.
    """

    before: float | None
    after: float | None
    verdict: str
    judged: Judged | None = None
    sentence: str = ""

    @property
    def size(self) -> float | None:
        return None if self.judged is None else self.judged.size

    @property
    def low(self) -> float | None:
        return None if self.judged is None else self.judged.low

    @property
    def high(self) -> float | None:
        return None if self.judged is None else self.judged.high


OPEN = Effect(None, None, "open")


def effects(initiatives: Iterable[Initiative], board: Board, point: Standpoint) -> dict[int, Effect]:
    """By initiative id, with one read of the series concerned."""
    rows = list(initiatives)
    asks = [ask for one in rows if (ask := _ask(one, board, point)) is not None]
    found = effects_since(asks, point)
    titles = {one.pk: one.title for one in rows}
    return {one.pk: _effect(one, board, found[one.pk], titles) if one.pk in found else OPEN for one in rows}


def effects_of(initiatives: Iterable[Initiative], point: Standpoint) -> dict[int, Effect]:
    """The same for who has no board yet: work for any objectives."""
    rows = list(initiatives)
    objectives = {one.objective_id: one.objective for one in rows if one.key_result_id is not None}
    return effects(rows, okr_board(list(objectives.values()), point), point) if objectives else {}


def explain(found: Effect) -> Mapping[str, Why]:
    """Why the verdict is what it is; empty where there is nothing to judge."""
    return {} if found.judged is None else {"effect": explain_effect(found.judged)}


def _ask(one: Initiative, board: Board, point: Standpoint) -> Ask | None:
    each = board.key_results.get(one.key_result_id or 0)
    if each is None or each.metric is None or one.starts_on is None or one.starts_on > point.now.date():
        return None
    return Ask(one.pk, each.metric.id, hour_of(one.starts_on), _direction(each), _band(each))


def _effect(one: Initiative, board: Board, since: Since, titles: Mapping[int, str]) -> Effect:
    each = board.key_results[one.key_result_id or 0]
    assert one.starts_on is not None
    before, now = value_at(since.series, hour_of(one.starts_on)), each.reading
    known = before is not None and before.end <= hour_of(one.starts_on)
    others = [titles[other] for other in since.alike if isinstance(other, int) and other in titles]
    return Effect(
        before.value if before is not None and known else None,
        now.value if now is not None and now.end > hour_of(one.starts_on) else None,
        since.effect.verdict,
        since.effect,
        work_sentence(since.effect, one.starts_on, since.series.metric, others),
    )


def _direction(each: KeyResultStanding) -> str:
    """Up, down or within: the way from the baseline to the target, else that of the metric."""
    if each.kind == "guardrail":
        return "within"
    if each.target is not None and each.baseline is not None and each.target != each.baseline:
        return "up" if each.target > each.baseline else "down"
    return "" if each.metric is None else each.metric.direction


def _band(each: KeyResultStanding) -> Band:
    return (None, None) if each.terms is None else (each.terms.low, each.terms.high)
