"""How likely key results reach their targets: what is asked of the forecasts, for a whole board at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sextant.calc.why import Why, method
from sextant.forecasts.queries.chances import Ask, Chance, chances, explain_chance

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
    if reason_without(each) or each.metric is None or each.end is None:
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
