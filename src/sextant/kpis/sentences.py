"""Rule keys and parameters from `calc` as sentences people read."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.numbers import format_value
from sextant.calc.periods import spoken
from sextant.calc.targets import TargetValues
from sextant.calc.trust import Reason
from sextant.core.words import Words
from sextant.kpis.queries.standing import Standing
from sextant.metrics.models import Metric

STATUS: Mapping[str, Words] = {
    "on_target": gettext_lazy("On target"),
    "watch": gettext_lazy("Watch"),
    "off_target": gettext_lazy("Off target"),
    "no_target": gettext_lazy("No target"),
    "no_data": gettext_lazy("No data"),
    "stale": gettext_lazy("Stale"),
    "exceeded": gettext_lazy("Exceeded"),
    "running": gettext_lazy("So far"),
}
ASSURANCE: Mapping[str, Words] = {
    "consistently_meets": gettext_lazy("Consistently meets its target"),
    "hit_or_miss": gettext_lazy("Hit or miss"),
    "consistently_misses": gettext_lazy("Consistently misses its target"),
    "not_enough_history": gettext_lazy("Not enough history yet"),
    "no_target": gettext_lazy("No target"),
}
FRESHNESS: Mapping[str, Words] = {
    "fresh": gettext_lazy("Up to date"),
    "due": gettext_lazy("The next value is due"),
    "stale": gettext_lazy("Stale: the next value is overdue"),
    "never": gettext_lazy("No value yet"),
}
TRUST: Mapping[str, Words] = {
    "no-values": gettext_lazy("There is no value yet."),
    "stale": gettext_lazy("The newest value is older than it should be."),
    "no-definition": gettext_lazy("Nobody has said how it is measured."),
    "no-source": gettext_lazy("Nobody knows where the values come from."),
    "not-approved": gettext_lazy("The newest value has not been approved yet."),
    "draft": gettext_lazy("The KPI is a draft: something of its description is missing."),
    "incomplete-history": gettext_lazy("Some of the last periods have no value."),
    "estimated-values": gettext_lazy("Some of the last values are estimates."),
    "no-owner": gettext_lazy("Nobody owns it."),
    "restated-recently": gettext_lazy("A value was corrected in the last three months."),
    "definition-changed-recently": gettext_lazy("The definition changed in the last year."),
    "qualified-latest": gettext_lazy("The newest value is qualified or made of an incomplete period."),
    "dated-by-import": gettext_lazy("The history was dated by the import that brought it."),
}
MARKS: Mapping[tuple[str, str], Words] = {
    ("outside", "above"): gettext_lazy("above the normal range"),
    ("outside", "below"): gettext_lazy("below the normal range"),
    ("run_of_eight", "above"): gettext_lazy("eight or more in a row above the centre"),
    ("run_of_eight", "below"): gettext_lazy("eight or more in a row below the centre"),
    ("three_of_four", "above"): gettext_lazy("three of four near the upper limit"),
    ("three_of_four", "below"): gettext_lazy("three of four near the lower limit"),
}
MISSING: Mapping[str, Words] = {
    "how-measured-missing": gettext_lazy("how it is measured"),
    "assumption-open": gettext_lazy("a look at what was assumed"),
    "owner-missing": gettext_lazy("an owner"),
    "theme-or-reason-missing": gettext_lazy("a theme or a reason"),
}


def trust_reason(reason: Reason) -> str:
    """One reason of a trust grade in words."""
    return str(TRUST.get(reason.key, reason.key)) % dict(reason.params)


def against_target(standing: Standing, locale: str = "en") -> str:
    """The value against its target in words: "4.2 points under target", "1.4 above the range aimed at"."""
    value, target, metric = standing.value, standing.target, standing.kpi.metric
    if value is None or target is None:
        return ""
    if target.target is None:
        return _against_band(value, target, metric, locale)
    gap = value - target.target
    size = _size(abs(gap), metric.unit, metric.precision, locale)
    if abs(gap) <= 1e-12 * max(abs(value), abs(target.target)):
        return _("exactly on target")
    return _("%(size)s above target") % {"size": size} if gap > 0 else _("%(size)s under target") % {"size": size}


def _against_band(value: float, target: TargetValues, metric: Metric, locale: str) -> str:
    if target.low is None and target.high is None:
        return ""
    if target.low is not None and value < target.low:
        size = _size(target.low - value, metric.unit, metric.precision, locale)
        return _("%(size)s below the range aimed at") % {"size": size}
    if target.high is not None and value > target.high:
        size = _size(value - target.high, metric.unit, metric.precision, locale)
        return _("%(size)s above the range aimed at") % {"size": size}
    return _("within the range aimed at")


def against_range(standing: Standing, locale: str = "en") -> str:
    """The value against what is usual: "61 % where 64 % to 72 % is usual"."""
    chart, metric = standing.chart, standing.kpi.metric
    lower, upper, value = chart.lower_now, chart.upper_now, standing.value
    if value is None or lower is None or upper is None:
        return _("Not enough history for a normal range yet.")
    words = {
        "value": format_value(value, metric.unit, metric.precision, locale=locale),
        "lower": format_value(lower, metric.unit, metric.precision, locale=locale),
        "upper": format_value(upper, metric.unit, metric.precision, locale=locale),
    }
    if lower <= value <= upper:
        return _("Within its normal range: %(value)s where %(lower)s to %(upper)s is usual.") % words
    return _("Outside its normal range: %(value)s where %(lower)s to %(upper)s is usual.") % words


def fresh_words(standing: Standing) -> str:
    """How recent the newest value is, without blame: "No value since Mar 2026"."""
    if standing.period is None:
        return str(FRESHNESS["never"])
    latest = spoken(standing.period, standing.series.calendar)
    if standing.freshness == "stale":
        return _("No value since %(period)s") % {"period": latest}
    return _("Newest value: %(period)s") % {"period": latest}


def _size(gap: float, unit: str, precision: int | None, locale: str) -> str:
    """The distance with as many digits as it takes not to read as none: "0.03" where values have one digit."""
    if precision is not None and round(gap, precision) == 0:
        precision = next((one for one in range(precision + 1, precision + 7) if round(gap, one)), precision)
    if unit != "percent":
        return format_value(gap, unit, precision, locale=locale)
    figure = format_value(gap, "number", precision if precision is not None else 1, locale=locale)
    return _("%(figure)s points") % {"figure": figure}
