"""Three truths side by side: what a person reported, what is computed, and whether there is recent data."""

from __future__ import annotations

from dataclasses import dataclass

from sextant.calc.why import Why, method

FORMULAS = {
    "reported-better-than-computed": "the reported status is better than the computed one",
    "reported-on-track-while-stale": "reported on track, while the data are older than they may be",
    "truths-agree": "what was reported is not better than what is computed",
    "truths-nothing-reported": "nobody has reported a status",
}

# Key results and KPIs have words of their own for the same three lights.
_BADNESS = {"on_track": 0, "on_target": 0, "at_risk": 1, "watch": 1, "off_track": 2, "off_target": 2}


@dataclass(frozen=True, slots=True)
class Truths:
    """The reported status ('' where nobody said one), the computed one, and the freshness of the data.

    A watermelon is green outside and red inside; ``reasons`` holds the keys of the rules that say so.
    """

    reported: str
    computed: str
    fresh: str
    is_watermelon: bool
    reasons: tuple[str, ...]


def truths(reported: str, computed: str, freshness: str) -> Truths:
    """The three truths about a key result or a KPI, and whether they make a watermelon.

    They do where the reported status is better than the computed one (on track before at risk before off
    track), and where on track is reported on stale data. Too early to tell, or no data, contradicts nobody.
    """
    reasons = []
    said, found = _BADNESS.get(reported), _BADNESS.get(computed)
    if said is not None and found is not None and said < found:
        reasons.append("reported-better-than-computed")
    if said == 0 and "stale" in (freshness, computed):
        reasons.append("reported-on-track-while-stale")
    return Truths(reported, computed, freshness, bool(reasons), tuple(reasons))


def explain_truths(found: Truths) -> Why:
    """Why something is a watermelon, or why it is not."""
    rule = found.reasons[0] if found.reasons else "truths-agree" if found.reported else "truths-nothing-reported"
    inputs = {
        "reported": found.reported,
        "computed": found.computed,
        "freshness": found.fresh,
        "reasons": found.reasons,
        "result": found.is_watermelon,
    }
    return Why(rule, FORMULAS[rule], inputs, method("three-truths"))
