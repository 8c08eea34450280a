"""What became of a number after an action, as a sentence people read."""

from __future__ import annotations

import math
from collections.abc import Mapping

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sextant.calc.effects import HISTORY_NEEDED, POINTS_NEEDED, Effect, odds
from sextant.calc.number_display import MINUS
from sextant.calc.numbers import format_change
from sextant.core.words import Words

VERDICTS: Mapping[str, Words] = {
    "better": gettext_lazy("Changed for the better"),
    "worse": gettext_lazy("Changed for the worse"),
    "changed": gettext_lazy("Changed"),
    "no_evidence": gettext_lazy("No evidence yet"),
    "too_early": gettext_lazy("Too early to tell"),
    "not_enough_history": gettext_lazy("Not enough history to tell"),
    "not_comparable": gettext_lazy("Cannot be compared"),
}
VALUES: Mapping[str, Words] = {
    "hour": gettext_lazy("the hourly value"), "day": gettext_lazy("the daily value"),
    "week": gettext_lazy("the weekly value"), "month": gettext_lazy("the monthly value"),
    "quarter": gettext_lazy("the quarterly value"), "tertial": gettext_lazy("the four-monthly value"),
    "half": gettext_lazy("the half-yearly value"), "year": gettext_lazy("the yearly value"),
}  # fmt: skip


def verdict_words(verdict: str) -> str:
    return str(VERDICTS.get(verdict, ""))


def effect_sentence(found: Effect, since: str, *, unit: str, precision: int | None, frequency: str) -> str:
    """`since` is what comes after the word: "the work began on 3 Mar 2026"."""
    words = {"verdict": verdict_words(found.verdict), "since": since, "value": str(VALUES[frequency])}
    if found.verdict == "not_comparable":
        return _("%(verdict)s: since %(since)s it is measured in another way.") % words
    if found.verdict == "not_enough_history":
        counts = {"points": found.history, "needed": HISTORY_NEEDED}
        return _("%(verdict)s: %(points)s of at least %(needed)s values from before.") % (words | counts)
    if found.verdict == "too_early" or found.size is None or found.low is None or found.high is None:
        counts = {"points": found.points, "needed": POINTS_NEEDED}
        return _("%(verdict)s: %(points)s of at least %(needed)s values since %(since)s.") % (words | counts)
    finer = None if precision is None else precision + 1  # a mean of whole numbers is seldom one

    def sided(value: float) -> str:
        return _("%(size)s above") % {"size": amount(value, unit, finer)} if value >= 0 else _("%(size)s below") % {
            "size": amount(value, unit, finer)}  # fmt: skip

    low, high = sorted((found.low, found.high), key=abs)
    if found.low < 0 < found.high:
        span = {"low": sided(found.low), "high": sided(found.high)}
    else:
        bare = "number" if unit == "percent" else unit  # "between 4.2 and 8.0 points"
        span = {"low": amount(low, bare, finer), "high": amount(high, unit, finer)}
    words |= {"gap": sided(found.size), "chance": chance_words(found), **span}
    return (
        _("%(verdict)s: since %(since)s %(value)s averages %(gap)s what was expected (between %(low)s and %(high)s);")
        % words + " " + words["chance"]
    )  # fmt: skip


def chance_words(found: Effect) -> str:
    """How surprising it is: "chance alone does this less than once in 200 such cases."."""
    surprise = 1.0 if found.surprise is None else found.surprise
    if found.is_real:
        return _("chance alone does this less than once in %(odds)s such cases.") % {"odds": odds(surprise)}
    share = max(1, math.floor(surprise * 10 + 0.5))
    if surprise < 0.1:
        return _("chance alone does as much in about 1 of %(odds)s such cases.") % {"odds": odds(surprise)}
    return _("chance alone does as much in about %(share)s of 10 such cases.") % {"share": min(share, 10)}


def amount(value: float, unit: str, precision: int | None) -> str:
    """A difference without its sign: "6.1 points", "12 min"."""
    return format_change(abs(value), unit, precision, locale=get_language() or "en").lstrip(f"+{MINUS}")
