"""What an alert says: its evidence in words, why it was raised, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from sextant.alerts.models import Alert
from sextant.calc.numbers import format_value
from sextant.calc.periods import Calendar, Frequency, period_at, spoken, spoken_before
from sextant.calc.why import Why, method
from sextant.core.words import Words
from sextant.forecasts.sentences import hundredths
from sextant.kpis.finding_sentences import how_often
from sextant.kpis.sentences import STATUS
from sextant.metrics.effect_sentences import amount
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people import queries as people

Evidence = Mapping[str, Any]

STATES: Mapping[str, Words] = {
    "open": gettext_lazy("Open"),
    "acknowledged": gettext_lazy("Taken note of"),
    "snoozed": gettext_lazy("Snoozed"),
    "closed": gettext_lazy("Closed"),
}
ENDINGS: Mapping[str, Words] = {
    "recovered": gettext_lazy("It recovered."),
    "passed": gettext_lazy("It passed."),
    "person": gettext_lazy("Somebody closed it."),
    "muted": gettext_lazy("The rule was muted or switched off here."),
    "retired": gettext_lazy("The KPI or key result is no longer watched."),
    "escalated": gettext_lazy("Another alert on the same KPI goes on from here."),
}
STEPS: Mapping[str, Words] = {
    "opened": gettext_lazy("Opened"),
    "relapsed": gettext_lazy("Opened again after a recovery"),
    "worsened": gettext_lazy("Got worse"),
    "eased": gettext_lazy("Eased"),
    "restated": gettext_lazy("Evidence corrected"),
    "acknowledged": gettext_lazy("Taken note of"),
    "snoozed": gettext_lazy("Snoozed"),
    "woken": gettext_lazy("Snooze ended"),
    "assigned": gettext_lazy("Given to somebody"),
    "reopened": gettext_lazy("Reopened"),
    "recovered": gettext_lazy("Recovered"),
    "passed": gettext_lazy("Passed"),
    "silenced": gettext_lazy("Ended"),
    "closed": gettext_lazy("Closed"),
    "lifted": gettext_lazy("No longer holds"),
    "response_due": gettext_lazy("Reminded that an answer is due"),
}
_FORMULAS = {
    "red_flag": "status of the newest complete period is past the red flag; it ends when the target is met again",
    "target_crossed": "status of the newest complete period is watch or off target; it ends when the target is met",
    "deviation": "mean of the last periods against season and trend, beyond the threshold of the alarm budget",
    "unusual": "one value against its expectation, beyond the threshold of the alarm budget",
    "late": "now is past the end of the period plus the grace days, and there is no value",
    "restated": "status of the period with the value known before differs from the one with the corrected value",
    "unlikely": "chance below the threshold; without a chance, pace below 0.80",
    "check_in_late": "the day the check-in was due has passed, and nothing was said in its window",
}


class Teller:
    """Puts evidence into words for one reader: their locale, and the organisation's calendar."""

    def __init__(self, locale: str = "en", calendar: Calendar | None = None) -> None:
        self.locale, self.calendar = locale, calendar or people.calendar()

    def sentence(self, alert: Alert, evidence: Evidence | None = None) -> str:
        """A sentence with size and window, such as "Off target since March 2026: 61 % where 72 % was aimed at.", and
        one for each finding that joined the alert.
        """
        found = alert.evidence if evidence is None else evidence
        metric = metric_of(alert)
        said = [_TELLERS[alert.rule](self, metric, found)]
        joined = (("finding", _of_deviation), ("unusual", _of_unusual))
        said += [tell(self, metric, found[name]) for name, tell in joined if found.get(name)]
        return " ".join(_begun(one) for one in said)

    def since(self, alert: Alert, evidence: Evidence | None = None) -> str:
        """Since when, in words: the first period it held for."""
        found = alert.evidence if evidence is None else evidence
        return self.period(metric_of(alert), found.get("since", alert.since))

    def how_sure(self, alert: Alert, evidence: Evidence | None = None) -> str:
        """How much speaks for it: periods in a row, surprise, or chance; empty where it is a plain fact."""
        found = alert.evidence if evidence is None else evidence
        if alert.rule in ("deviation", "unusual"):
            return surprise_words(found.get("surprise"))
        if alert.rule == "unlikely" and found.get("chance") is not None:
            return _("chance %(chance)s") % {"chance": self.chance(found["chance"])}
        if alert.rule in ("target_crossed", "red_flag") and (count := found.get("periods", 0)) > 1:
            return ngettext("%(count)s period in a row", "%(count)s periods in a row", count) % {"count": count}
        return ""

    def value(self, metric: Metric | None, value: float | None) -> str:
        if value is None:
            return _("no value")
        if metric is None:
            return format_value(value, "number", None, locale=self.locale)
        return format_value(value, metric.unit, metric.precision, locale=self.locale)

    def apart(self, metric: Metric | None, evidence: Evidence) -> str:
        """The value with as many digits as it takes to tell it from what it missed: 6.96 where 7.0 was aimed at."""
        value, usual = evidence.get("value"), self.value(metric, evidence.get("value"))
        aims = [aim for name in ("target", "low", "high") if (aim := evidence.get(name)) is not None]
        if value is None or metric is None or usual not in [self.value(metric, aim) for aim in aims]:
            return usual
        digits = [(metric.precision or 0) + more for more in range(1, 7)]
        fits = next((one for one in digits if all(round(value, one) != round(aim, one) for aim in aims)), None)
        return usual if fits is None else format_value(value, metric.unit, fits, locale=self.locale)

    def share(self, share: float) -> str:
        return format_value(round(share * 100), "percent", 0, locale=self.locale)

    def chance(self, share: float) -> str:
        return format_value(hundredths(share), "percent", 0, locale=self.locale)

    def period(self, metric: Metric | None, start: int | None) -> str:
        """The metric's period that starts at this hour, as people say it."""
        if metric is None or start is None:
            return ""
        own = metric.year_start_month
        calendar = self.calendar if own is None else Calendar(own, self.calendar.fiscal_year_named_by)
        return spoken(period_at(start, Frequency(metric.frequency), calendar, metric.span), calendar)

    def aim(self, metric: Metric | None, evidence: Evidence) -> str:
        """What was aimed at: a value, or a band."""
        low, high = evidence.get("low"), evidence.get("high")
        if evidence.get("target") is not None:
            return self.value(metric, evidence["target"])
        if low is not None and high is not None:
            return _("%(low)s to %(high)s") % {"low": self.value(metric, low), "high": self.value(metric, high)}
        if low is not None:
            return _("at least %(low)s") % {"low": self.value(metric, low)}
        return _("at most %(high)s") % {"high": self.value(metric, high)}


def _begun(sentence: str) -> str:
    """With a capital letter: many begin with a period such as "week 39"."""
    return sentence[:1].upper() + sentence[1:]


def story_of(alert: Alert) -> str:
    """What a message says of it: what holds while it is open, and how the value came back to target; else nothing."""
    teller = Teller(get_language() or "en")
    if alert.is_live:
        return teller.sentence(alert)
    last = alert.steps.last()
    seen = {} if last is None else last.evidence.get("after", {})
    return teller.sentence(alert, seen) if seen.get("status") == "on_target" else ""


def metric_of(alert: Alert) -> Metric | None:
    """The metric an alert is about; None for a key result without one."""
    return alert.kpi.metric if alert.kpi is not None else alert.thing.metric


def surprise_words(surprise: float | None) -> str:
    """How often chance alone does that; `surprise` is the expected number of such findings per KPI-year, if known."""
    if surprise is None or surprise < 0:
        return ""
    return _("by chance %(often)s") % {"often": how_often(surprise)}


def _of_target(teller: Teller, metric: Metric | None, evidence: Evidence) -> str:
    words = {
        "since": teller.period(metric, evidence.get("since")), "value": teller.apart(metric, evidence),
        "aim": teller.aim(metric, evidence), "start": teller.period(metric, evidence.get("start")),
    }  # fmt: skip
    if evidence.get("status") == "on_target":
        return _("On target again: %(value)s where %(aim)s is aimed at.") % words
    if evidence.get("status") == "watch":
        return _("Misses its target since %(since)s: %(value)s where %(aim)s was aimed at.") % words
    return _("Off target since %(since)s: %(value)s where %(aim)s was aimed at.") % words


def _of_red_flag(teller: Teller, metric: Metric | None, evidence: Evidence) -> str:
    if evidence.get("status") != "off_target":
        return _of_target(teller, metric, evidence)
    words = {
        "since": teller.period(metric, evidence.get("since")), "value": teller.value(metric, evidence.get("value")),
        "flag": teller.value(metric, evidence.get("flag")), "aim": teller.aim(metric, evidence),
    }  # fmt: skip
    return _("Past the red flag of %(flag)s since %(since)s: %(value)s where %(aim)s was aimed at.") % words


def _of_deviation(teller: Teller, metric: Metric | None, evidence: Evidence) -> str:
    relative, gap = evidence.get("relative"), evidence.get("gap", 0.0)
    size = teller.value(metric, abs(gap))
    if metric is not None and metric.unit == "percent":
        size = amount(gap, metric.unit, metric.precision)  # a share of a percentage would be read as points
    elif relative is not None and 0.01 <= abs(relative) < 10:
        size = teller.share(abs(relative))
    above, last = evidence.get("side") == "above", teller.period(metric, evidence.get("found"))
    words = {
        "first": spoken_before(teller.period(metric, evidence.get("since")), last), "last": last,
        "size": size, "side": _("above") if above else _("below"),
    }  # fmt: skip
    if evidence.get("since") == evidence.get("found"):
        return _("%(last)s was %(size)s %(side)s what season and trend led us to expect.") % words
    said = _("From %(first)s to %(last)s it was on average %(size)s %(side)s what season and trend led us to expect.")
    return said % words


def _of_unusual(teller: Teller, metric: Metric | None, evidence: Evidence) -> str:
    words = {
        "start": teller.period(metric, evidence.get("start")), "value": teller.value(metric, evidence.get("actual")),
        "expected": teller.value(metric, evidence.get("expected")),
    }  # fmt: skip
    return _("%(start)s stands out: %(value)s where about %(expected)s was expected.") % words


def _of_late(teller: Teller, metric: Metric | None, evidence: Evidence) -> str:
    words = {"period": teller.period(metric, evidence.get("start"))}
    if evidence.get("kind") == "clear":
        return _("The value of %(period)s is there.") % words
    if evidence.get("kind") == "gap":
        return _("The value of %(period)s is missing, though later ones are there.") % words
    if evidence.get("kind") == "never":
        return _("No value yet: %(period)s is overdue.") % words
    return _("The value of %(period)s is overdue.") % words


def _of_restated(teller: Teller, metric: Metric | None, evidence: Evidence) -> str:
    words = {
        "period": teller.period(metric, evidence.get("start")),
        "before": teller.value(metric, evidence.get("before")), "after": teller.value(metric, evidence.get("value")),
        "was": str(STATUS.get(evidence.get("status_before", ""), "")).lower(),
        "is": str(STATUS.get(evidence.get("status", ""), "")).lower(),
    }  # fmt: skip
    return _("%(period)s was corrected from %(before)s to %(after)s: it was %(was)s and is %(is)s.") % words


def _of_unlikely(teller: Teller, metric: Metric | None, evidence: Evidence) -> str:
    words = {"aim": teller.value(metric, evidence.get("target")), "value": teller.value(metric, evidence.get("value"))}
    if evidence.get("chance") is not None:
        words["chance"] = teller.chance(evidence["chance"])
        return _("From where it stands, the chance of reaching %(aim)s is %(chance)s.") % words
    if (pace := evidence.get("pace")) is not None and pace < 0:
        return _("It stands worse than where it began: %(value)s where %(aim)s is aimed at.") % words
    if pace is not None:
        words["pace"] = teller.share(pace)
        return _("It has come %(pace)s of the way it should have by now.") % words
    return _("It is far behind its path.")


def _of_check_in(teller: Teller, metric: Metric | None, evidence: Evidence) -> str:
    if evidence.get("due_on") is None:
        return _("The check-in is there.")
    return _("A check-in was due on %(day)s.") % {"day": date_format(date.fromisoformat(evidence["due_on"]), "j M Y")}


def _of_source(teller: Teller, metric: Metric | None, evidence: Evidence) -> str:
    return _("Its source has failed.")


_TELLERS: Mapping[str, Callable[[Teller, Metric | None, Evidence], str]] = {
    "target_crossed": _of_target, "red_flag": _of_red_flag, "deviation": _of_deviation, "unusual": _of_unusual,
    "late": _of_late, "restated": _of_restated, "unlikely": _of_unlikely, "check_in_late": _of_check_in,
    "source_failing": _of_source,
}  # fmt: skip


def explain(alert: Alert, evidence: Evidence | None = None) -> Why:
    """The inputs an alert rests on, its formula, and the section of the method that describes it."""
    found = dict(alert.evidence if evidence is None else evidence)
    return Why(f"alert-{alert.rule.replace('_', '-')}", _FORMULAS.get(alert.rule, ""), found, method("alerts"))


def teller_at(point: Standpoint, locale: str = "en") -> Teller:
    """A teller with the organisation's calendar as of the standpoint."""
    return Teller(locale, point.calendar)
