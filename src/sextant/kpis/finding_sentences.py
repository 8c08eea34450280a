"""What changed in a KPI, in one sentence per finding: window, size and how surprising that is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from sextant.calc.findings import Detection, Finding
from sextant.calc.numbers import format_value
from sextant.calc.periods import spoken
from sextant.calc.why import Why, method
from sextant.core.words import Words, stretch_words
from sextant.kpis.queries.standing import Standing

AVERAGED: Mapping[str, Words] = {
    "above": gettext_lazy("%(when)s averaged %(size)s above what season and trend led us to expect"),
    "below": gettext_lazy("%(when)s averaged %(size)s below what season and trend led us to expect"),
}
STOOD_OUT: Mapping[str, Words] = {
    "above": gettext_lazy("%(when)s was %(actual)s, %(size)s above what season and trend led us to expect"),
    "below": gettext_lazy("%(when)s was %(actual)s, %(size)s below what season and trend led us to expect"),
}
NEWEST = 5  # so many values say where a KPI stands now
YEARS = (1, 2, 3, 5, 10, 20, 50, 100)
"""In how many years something happens once, as people say it; what is rarer is rarer than the last."""


def finding_sentence(standing: Standing, one: Finding) -> str:
    """ "Week 42 to week 46 averaged 12 % below what season and trend led us to expect; chance alone does that to this
    KPI less than once in 2 years. It still lasts." """
    series = standing.series
    first, noticed, last = (spoken(series.period(at), series.calendar) for at in (one.first, one.found, one.last))
    if one.first == one.found:
        told = str(STOOD_OUT[one.side]) % {
            "when": first, "actual": _figure(standing, one.actual), "size": size_words(standing, one),
        }  # fmt: skip
    else:
        told = str(AVERAGED[one.side]) % {"when": stretch_words(first, noticed), "size": size_words(standing, one)}
    told = _("%(told)s; %(often)s.") % {"told": told[:1].upper() + told[1:], "often": surprise_words(one.surprise)}
    if one.is_open and one.last == standing.series.complete - 1:
        return f"{told} {_('It still lasts.')}" if one.last > one.found else told
    if stays(standing, one):
        return f"{told} {_('It has stayed there, and is judged by its new level since.')}"
    return f"{told} {_('It lasted until %(period)s.') % {'period': last}}" if one.last > one.found else told


def stays(standing: Standing, one: Finding) -> bool:
    """Whether the newest values are still where a finding that is over took them: nearer to that level than to the one
    expected before. It is no deviation any more because its level has become the usual one.
    """
    after = standing.series.values[one.last + 1 : standing.series.complete]
    newest = after[~np.isnan(after)][-NEWEST:]
    return bool(len(newest)) and abs(float(newest.mean()) - one.actual) <= abs(one.gap) / 2


def size_words(standing: Standing, one: Finding) -> str:
    """How large a gap is: of percentages in points, else as a share of what was expected, around zero in the unit."""
    unit = standing.metric.unit
    if unit == "percent":
        precision = standing.metric.precision if standing.metric.precision is not None else 1
        points = format_value(abs(one.gap), "number", precision, locale=get_language() or "en")
        return _("%(points)s points") % {"points": points}
    if one.relative is None:
        return _figure(standing, abs(one.gap))
    share = abs(one.relative)
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.1f} %"


def surprise_words(surprise: float) -> str:
    """How often chance alone does as much; `surprise` is the expected number of such findings per KPI-year."""
    return _("chance alone does that to this KPI %(often)s") % {"often": how_often(surprise)}


def how_often(surprise: float) -> str:
    """How often something happens that is expected so many times a year: "less than once in 20 years"."""
    if surprise > 0.7:
        count = max(1, round(surprise))
        return ngettext("about once a year", "about %(count)s times a year", count) % {"count": count}
    years = max((each for each in YEARS if surprise * each <= 1), default=1)
    return ngettext("less than once a year", "less than once in %(years)s years", years) % {"years": years}


def explain_finding(standing: Standing, judged: Detection, one: Finding) -> Why:
    """Why it is a finding: what was expected, what came, how far it stood out, and from when on that is one."""
    series = standing.series
    inputs = {
        "first": series.period(one.first),
        "noticed_with": series.period(one.found),
        "values": one.found - one.first + 1,
        "value": one.actual,
        "centre": one.expected,
        "gap": one.gap,
        "score": one.score,
        "threshold": judged.threshold,
        "by_chance_per_year": one.surprise,
        "result": size_words(standing, one),
    }
    formula = "mean of the values less the mean of what was expected, from the first to the one that was noticed"
    return Why(f"finding-{one.kind}", formula, inputs, method("deviations"))


def _figure(standing: Standing, figure: float) -> str:
    metric = standing.metric
    return format_value(figure, metric.unit, metric.precision, locale=get_language() or "en")
