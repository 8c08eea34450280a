"""Forecasts and chances on pages: the fan as it is drawn, and both in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.calc.numbers import format_value
from sextant.calc.period_grid import period_from_unit, unit_of
from sextant.calc.periods import Calendar, Frequency, Period, period_at, spoken
from sextant.calc.why import Why
from sextant.forecasts.queries.chances import Chance
from sextant.forecasts.queries.fans import Fan
from sextant.forecasts.sentences import chance_sentence
from sextant.forecasts.words import band, chance_words
from sextant.reports.pictures import FanShape
from sextant.web.kpi_words import Told, locale, moment_words

STEPS = {
    Frequency.HOUR: 48, Frequency.DAY: 28, Frequency.WEEK: 13, Frequency.MONTH: 4, Frequency.QUARTER: 3,
    Frequency.TERTIAL: 2, Frequency.HALF: 2, Frequency.YEAR: 1,
}  # fmt: skip
"""How many periods ahead are drawn at least, however soon the cycle ends."""


@dataclass(frozen=True, slots=True)
class ChanceWords:
    """A chance as a page shows it: `words` ("likely, 78 %") with its band, or `reason` why there is none."""

    words: str
    band: str
    sentence: str
    reason: str
    why: Told


@dataclass(frozen=True, slots=True)
class Unit:
    """How figures of a metric are written."""

    unit: str
    precision: int | None
    frequency: Frequency
    calendar: Calendar
    span: int = 1

    def said(self, figure: float | None) -> str:
        return format_value(figure, self.unit, self.precision, locale=locale())

    def named(self, start: int) -> str:
        """The period that begins with an hour."""
        return spoken(period_at(start, self.frequency, self.calendar, self.span), self.calendar)

    def ending(self, end: int) -> str:
        """The period that ends with an hour."""
        unit = unit_of(end - 1, self.frequency, self.calendar) - self.span + 1
        return spoken(period_from_unit(unit, self.frequency, self.calendar, self.span), self.calendar)


def fan_shape(
    fan: Fan | None, unit: Unit, known_until: int, until: int, *, least: int | None = None,
    bounds: tuple[float | None, float | None] = (None, None),
) -> FanShape | None:  # fmt: skip
    """The periods after `known_until` (the start of the newest known one) up to the hour `until`; at least so many.

    Nothing is drawn beyond `bounds`, where values cannot go.
    """
    if fan is None:
        return None
    ahead = np.flatnonzero(fan.starts > known_until)
    count = min(len(ahead), STEPS[unit.frequency] if least is None else least)
    last = int(fan.starts[ahead[count - 1]]) if count else until
    kept = ahead[fan.starts[ahead] <= max(last, until - 1)]
    if not len(kept):
        return None
    names = [unit.named(int(start)) for start in fan.starts[kept]]
    floor, roof = (-np.inf if bounds[0] is None else bounds[0], np.inf if bounds[1] is None else bounds[1])
    levels = (np.clip(fan.level(level)[kept], floor, roof) for level in (0.1, 0.25, 0.5, 0.75, 0.9))
    low, low_half, middle, high_half, high = levels
    at = _step_at(fan, kept.tolist(), until)
    words = likely_words(unit, float(low[at]), float(high[at]), names[at])
    return FanShape(fan.starts[kept], low, low_half, middle, high_half, high, names, names, words)


def _step_at(fan: Fan, kept: list[int], until: int) -> int:
    """The place of the last step that ends by an hour; the first step where none does."""
    return max((place for place, index in enumerate(kept) if fan.ends[index] <= until), default=0)


def likely_words(unit: Unit, low: float, high: float, period: str) -> str:
    """ "Likely between 61 % and 72 % by the end of Dec 2026." """
    words = {"low": unit.said(low), "high": unit.said(high), "period": period}
    if words["low"] == words["high"]:
        return _("Likely about %(low)s by the end of %(period)s.") % words
    return _("Likely between %(low)s and %(high)s by the end of %(period)s.") % words


def chance_told(chance: Chance, why: Why, unit: Unit, period: Period | None = None, reason: str = "") -> ChanceWords:
    """A chance with its explanation; `reason` where it is not the forecasts' to say why there is none."""
    told = Told(why.rule, why.formula, _inputs(chance, unit, period), why.source)
    if chance.share is None:
        return ChanceWords("", "", "", reason or chance_sentence(chance), told)
    return ChanceWords(chance_words(chance.share), band(chance.share), chance_sentence(chance), "", told)


def _inputs(chance: Chance, unit: Unit, period: Period | None) -> dict[str, object]:
    """What went into a chance, as people read it."""
    found: dict[str, object] = {}
    if period is not None:
        found[_("looked at")] = spoken(period, unit.calendar)
    if (between := chance.between(0.8)) is not None:
        found[_("four fifths of the futures")] = f"{unit.said(between[0])} – {unit.said(between[1])}"
        found[_("middle of the futures")] = unit.said(chance.median)
    if chance.history_end is not None and chance.points:
        found[_("history used")] = _("%(points)s values, the newest of %(period)s") % {
            "points": chance.points, "period": unit.ending(chance.history_end),
        }  # fmt: skip
    if chance.made_at is not None:
        found[_("made")] = moment_words(timezone.localtime(chance.made_at))
        found[_("method")] = chance.method
    if chance.share is not None:
        found[_("result")] = chance_words(chance.share)
    return found
