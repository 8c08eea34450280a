"""Chances and forecasts as sentences people read."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.words import Words
from sextant.forecasts.queries.chances import Chance

WITHOUT: Mapping[str, Words] = {
    "no_forecast": gettext_lazy("There is no forecast of this number yet."),
    "not_enough_history": gettext_lazy("There are too few values yet to say how likely the target is."),
    "no_target": gettext_lazy("There is no target to reach."),
    "ended": gettext_lazy("The values reach to the end already."),
    "too_far": gettext_lazy("The end lies further away than can be forecast."),
    "not_started": gettext_lazy("The sum has not begun yet."),
}
SHORT_HISTORY = 24
"""With fewer values than this the sentence says how few they are."""


def chance_sentence(chance: Chance) -> str:
    """The chance in words, or why there is none."""
    if chance.share is None:
        return str(WITHOUT[chance.reason])
    said = _(
        "From where this KPI stands, in %(count)d of 100 comparable situations "
        "the target was met by the end of the cycle."
    ) % {"count": hundredths(chance.share)}
    if chance.points >= SHORT_HISTORY:
        return said
    few = _("Only %(points)d values are known, so take it as a rough guess.") % {"points": chance.points}
    return f"{said} {few}"


def hundredths(share: float) -> int:
    """A chance in whole hundredths, never 0 or 100: nothing ahead is certain."""
    return min(99, max(1, round(share * 100)))
