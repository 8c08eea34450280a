"""How likely key results reach their targets: what is asked of the forecasts, for a whole board at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sextant.calc.why import Why, method
from sextant.forecasts.queries.chances import Ask, Chance, chance_now, chances, explain_chance
from sextant.forecasts.words import hint_key

if TYPE_CHECKING:
    from sextant.metrics.queries.standpoint import Standpoint
    from sextant.okrs.queries.key_results import KeyResultStanding

NO_METRIC, CLOSED, NO_DUE_DATE = "no_metric", "closed", "no_due_date"
OWN_REASONS = {
    NO_METRIC: "only a key result on a metric with a target has a chance",
    CLOSED: "the objective is closed; what came of it is known",
    NO_DUE_DATE: "without a due date there is no end to look at",
}
"""Why a key result has no chance before any forecast is asked; the rest are those of the forecasts."""


def reason_without(each: KeyResultStanding) -> str:
    """Why nothing can be asked for a key result; empty where it can."""
    if each.kind != "metric" or each.metric is None:
        return NO_METRIC
    if each.facts.objective.state == "closed":
        return CLOSED
    return NO_DUE_DATE if each.end is None else ""


def ask_of(each: KeyResultStanding) -> Ask | None:
    """What is asked for a key result: the side its target lies on, seen from the baseline, at its end."""
    return None if reason_without(each) else ask_at_end(each)


def ask_at_end(each: KeyResultStanding) -> Ask | None:
    """The same whatever became of it since; None without a metric or an end."""
    if each.kind != "metric" or each.metric is None or each.end is None:
        return None
    target, baseline = each.target, each.baseline
    direction = "down" if each.metric.direction == "down" else "up"
    if target is not None and baseline is not None and target != baseline:
        direction = "up" if target > baseline else "down"
    return Ask(
        each.pk, each.metric.id, target, direction, each.end,
        is_sum=each.facts.row.reading == "total", since_hour=each.start,
    )  # fmt: skip


def chances_of(standings: Iterable[KeyResultStanding], point: Standpoint) -> Mapping[int, Chance]:
    """The chance of every key result by its id, in at most four statements; without one, with the reason."""
    found: dict[int, Chance] = {}
    asks = []
    for each in standings:
        ask = ask_of(each)
        if ask is None:
            found[each.pk] = Chance(None, reason_without(each))
        else:
            asks.append(ask)
    return found | chances(asks, point) if asks else found


def explain_key_result_chance(each: KeyResultStanding) -> Why:
    """Why the chance is what it is: the target asked for, the history used, and by which method when."""
    ask = ask_of(each)
    if ask is None:
        reason = reason_without(each)
        return Why(f"chance-{reason.replace('_', '-')}", OWN_REASONS[reason], {"result": None}, method("chance"))
    return explain_chance(ask, each.outlook)


@dataclass(frozen=True, slots=True)
class Challenge:
    """The chance at the start, and the hint that follows (`forecasts.words.HINTS`; empty: neither nearly sure nor out
    of reach)."""

    chance: Chance
    hint: str


def challenge(each: KeyResultStanding) -> Challenge:
    """How ambitious the target of a key result is (SX-22), also of a draft: nothing needs to be stored, as a number
    without a forecast is forecast here by the light default, in a few milliseconds."""
    ask = ask_at_end(each)
    if ask is None:
        return Challenge(Chance(None, reason_without(each) or NO_METRIC), "")
    found = chances([ask], each.board.point)[ask.id]
    if found.reason == "no_forecast":
        found = chance_now(ask, each.board.point)
    return Challenge(found, "" if found.share is None else hint_key(found.share))
