"""How likely the targets of a draft are met as things stand, said while they are typed: a hint, never a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sextant.calc.periods import hour_of
from sextant.calc.progress import relative_target
from sextant.calc.wording_drafts import KeyResultDraft
from sextant.forecasts.queries.chances import Ask, chance_now, chances
from sextant.forecasts.words import start_hint
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import standpoint
from sextant.strategy.models import Cycle
from sextant.web.key_result_forms import KeyResultForm


def start_hints(
    drafts: Sequence[KeyResultDraft], forms: Mapping[str, KeyResultForm], cycle: Cycle | None
) -> dict[str, str]:
    """What the forecasts say to targets on metrics that are there already, by the row's ref; nothing of the others."""
    asks = []
    for place, one in enumerate(drafts):
        given = forms[one.ref].cleaned_data
        due = given.get("due_on") or (cycle.ends_on if cycle is not None else None)
        ask = _ask(place, one, given.get("metric"), due)
        if ask is not None:
            asks.append(ask)
    point = standpoint()
    known = chances(asks, point) if asks else {}
    known |= {ask.id: chance_now(ask, point) for ask in asks if known[ask.id].reason == "no_forecast"}
    said = {drafts[place].ref: start_hint(one.share) for place, one in known.items() if one.share is not None}
    return {ref: words for ref, words in said.items() if words}


def _ask(place: int, one: KeyResultDraft, metric: Metric | None, due: date | None) -> Ask | None:
    if metric is None or due is None or one.kind != "metric":
        return None
    target = one.target
    if one.relative and one.amount is not None and one.baseline is not None:
        target = relative_target(one.baseline, one.amount, one.relative, metric.direction)
    if target is None:
        return None
    direction = "down" if metric.direction == "down" else "up"
    if one.baseline is not None and one.baseline != target:
        direction = "up" if target > one.baseline else "down"
    return Ask(place, metric.pk, target, direction, hour_of(due) + 24)
