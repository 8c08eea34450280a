"""Insights as sentences people read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.alerts.sentences import surprise_words
from sextant.calc.numbers import format_value
from sextant.calc.periods import period_at, spoken
from sextant.kpis.queries.standing import Standing
from sextant.metrics.effect_sentences import amount

if TYPE_CHECKING:
    from sextant.alerts.queries.insight_rules import Found


class InsightTeller:
    """Puts what a rule found into words for one reader."""

    def __init__(self, locale: str = "en") -> None:
        self.locale = locale

    def sentence(self, standing: Standing, found: Found) -> str:
        """ "Adoption has been 12 % above what season and trend led us to expect for 4 weeks, since “Training” (May
        2026); by chance less than once in 10 years." `found` is what a rule of `queries.insight_rules` gives.
        """
        return _TELLERS[found.rule](self, standing, found)

    def value(self, standing: Standing, value: float | None) -> str:
        return format_value(value, standing.metric.unit, standing.metric.precision, locale=self.locale)

    def period(self, standing: Standing, hour: int) -> str:
        series = standing.series
        return spoken(period_at(hour, series.frequency, series.calendar, series.span), series.calendar)

    def size(self, standing: Standing, figures: Mapping[str, Any]) -> str:
        """The gap as a share of what was expected, or in the metric's own unit where that says nothing."""
        relative = figures.get("relative")
        if relative is not None and 0.01 <= abs(relative) < 10 and standing.metric.unit != "percent":
            return format_value(round(abs(relative) * 100), "percent", 0, locale=self.locale)
        return amount(figures["gap"], standing.metric.unit, standing.metric.precision)


def span_words(frequency: str, count: int) -> str:
    """ "4 weeks"."""
    words = {
        "hour": ngettext("%(count)s hour", "%(count)s hours", count),
        "day": ngettext("%(count)s day", "%(count)s days", count),
        "week": ngettext("%(count)s week", "%(count)s weeks", count),
        "month": ngettext("%(count)s month", "%(count)s months", count),
        "quarter": ngettext("%(count)s quarter", "%(count)s quarters", count),
        "year": ngettext("%(count)s year", "%(count)s years", count),
    }
    other = ngettext("%(count)s period", "%(count)s periods", count)
    return words.get(frequency, other) % {"count": count}


def _of_deviation(teller: InsightTeller, standing: Standing, found: Found) -> str:
    figures = found.figures
    above = found.side == "above"
    words = {
        "name": standing.metric.name, "size": teller.size(standing, figures),
        "span": span_words(str(standing.series.frequency), figures["count"]),
        "since": _since(teller, standing, found),
        "chance": surprise_words(figures["surprise"]),
        "last": teller.period(standing, found.last),
    }  # fmt: skip
    if figures["count"] == 1 and above:
        text = _("%(name)s was %(size)s above what season and trend led us to expect in %(last)s")
    elif figures["count"] == 1:
        text = _("%(name)s was %(size)s below what season and trend led us to expect in %(last)s")
    elif figures["is_open"] and above:
        text = _("%(name)s has been %(size)s above what season and trend lead us to expect for %(span)s, %(since)s")
    elif figures["is_open"]:
        text = _("%(name)s has been %(size)s below what season and trend lead us to expect for %(span)s, %(since)s")
    elif above:
        text = _("%(name)s was %(size)s above what season and trend led us to expect for %(span)s, until %(last)s")
    else:
        text = _("%(name)s was %(size)s below what season and trend led us to expect for %(span)s, until %(last)s")
    said = text % words
    return f"{said}; {words['chance']}." if words["chance"] else f"{said}."


def _since(teller: InsightTeller, standing: Standing, found: Found) -> str:
    if not found.causes:
        return _("since %(when)s") % {"when": teller.period(standing, found.first)}
    cause = found.causes[0]
    words = {"label": cause.label, "when": teller.period(standing, cause.hour)}
    if cause.kind == "definition":
        return _("since its definition changed in %(when)s") % words
    if cause.kind == "initiative":
        return _("since the work “%(label)s” began (%(when)s)") % words
    return _("since “%(label)s” (%(when)s)") % words


def _of_unusual(teller: InsightTeller, standing: Standing, found: Found) -> str:
    words = {
        "name": standing.metric.name, "when": teller.period(standing, found.first),
        "value": teller.value(standing, found.figures["actual"]),
        "expected": teller.value(standing, found.figures["expected"]),
        "chance": surprise_words(found.figures["surprise"]),
    }  # fmt: skip
    said = _("%(name)s stands out with %(value)s (%(when)s), where about %(expected)s was expected") % words
    return f"{said}; {words['chance']}." if words["chance"] else f"{said}."


def _of_first_met(teller: InsightTeller, standing: Standing, found: Found) -> str:
    words = {
        "name": standing.metric.name, "when": teller.period(standing, found.first),
        "value": teller.value(standing, found.figures["value"]),
        "before": span_words(str(standing.series.frequency), found.figures["before"]),
    }  # fmt: skip
    return (
        _("%(name)s met its target for the first time in %(when)s, with %(value)s, after %(before)s without it.")
        % words
    )


def _of_heading(teller: InsightTeller, standing: Standing, found: Found) -> str:
    figures, frequency = found.figures, str(standing.series.frequency)
    finer = None if standing.metric.precision is None else standing.metric.precision + 1
    words = {
        "name": standing.metric.name, "target": teller.value(standing, figures["target"]),
        "step": amount(figures["slope"], standing.metric.unit, finer),
        "span": span_words(frequency, figures["count"]), "unit": span_words(frequency, 1),
        "periods": span_words(frequency, figures["periods"]) if figures["periods"] else "",
    }  # fmt: skip
    if found.side == "towards":
        said = _("%(name)s has been heading for its target of %(target)s for %(span)s, by about %(step)s in %(unit)s")
        ahead = _("at this pace it is met in about %(periods)s")
    else:
        said = _(
            "%(name)s has been heading away from its target of %(target)s for %(span)s, by about %(step)s in %(unit)s"
        )
        ahead = _("at this pace it is missed in about %(periods)s")
    return f"{said % words}; {ahead % words}." if words["periods"] else f"{said % words}."


def _of_restated(teller: InsightTeller, standing: Standing, found: Found) -> str:
    words = {
        "name": standing.metric.name, "when": teller.period(standing, found.first),
        "before": teller.value(standing, found.figures["before"]),
        "after": teller.value(standing, found.figures["value"]),
    }  # fmt: skip
    said = _("%(name)s was corrected for %(when)s: %(after)s instead of %(before)s.") % words
    if (more := found.figures["count"] - 1) < 1:
        return said
    others = ngettext("%(count)s earlier period changed as well.", "%(count)s earlier periods changed as well.", more)
    return f"{said} {others % {'count': more}}"


_TELLERS: Mapping[str, Callable[[InsightTeller, Standing, Found], str]] = {
    "deviation": _of_deviation, "unusual": _of_unusual, "first_met": _of_first_met, "heading": _of_heading,
    "restated": _of_restated,
}  # fmt: skip
