"""The life of a KPI in words: its states, and each transition with its rule and the periods it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.alerts.insight_sentences import span_words
from sextant.calc.periods import Calendar, Frequency, period_at, spoken
from sextant.core.words import Words, stretch_words
from sextant.lifecycle.days import last_day, local_day
from sextant.lifecycle.models import Transition
from sextant.metrics.models import Metric
from sextant.people import queries as people

STATE_WORDS: Mapping[str, Words] = {
    "monitored": gettext_lazy("Watched as usual"), "suspected": gettext_lazy("Worth promoting"),
    "promoted": gettext_lazy("Being worked on"), "restoring": gettext_lazy("Coming back"),
    "overdue": gettext_lazy("Waits for a decision"), "accepted": gettext_lazy("Accepted as it is"),
    "watched": gettext_lazy("Watched closely"),
}  # fmt: skip
KIND_WORDS: Mapping[str, Words] = {
    "suspected": gettext_lazy("Promoting suggested"), "cleared": gettext_lazy("Cleared"),
    "promoted": gettext_lazy("Promoted"), "restoring": gettext_lazy("First time on target"),
    "slipped": gettext_lazy("Slipped"), "reverted": gettext_lazy("Restored"), "overdue": gettext_lazy("Overdue"),
    "extended": gettext_lazy("Extended"), "replanned": gettext_lazy("Planned anew"),
    "accepted": gettext_lazy("Accepted as it is"), "acceptance_ended": gettext_lazy("Acceptance over"),
    "withdrawn": gettext_lazy("Ended"), "set_aside": gettext_lazy("Set aside"), "relapsed": gettext_lazy("Relapse"),
    "watch_ended": gettext_lazy("Back to usual"), "restated": gettext_lazy("Corrected"),
    "retired": gettext_lazy("No longer watched"), "graduated": gettext_lazy("Graduated"),
    "undone": gettext_lazy("Taken back"),
}  # fmt: skip
# Why something happened, for those who want the rule and not its story.
RULE_WORDS: Mapping[str, Words] = {
    "decision": gettext_lazy("A person decided."),
    "off-target": gettext_lazy("Off target in so many periods in a row."),
    "adverse-finding": gettext_lazy("A change for the worse that season, trend and chance do not explain."),
    "no-longer-off-target": gettext_lazy("The newest value is no longer off target."),
    "nothing-to-judge": gettext_lazy("There is no value with a target any more."),
    "target-met": gettext_lazy("The newest value meets the target."),
    "first-on-target": gettext_lazy("The first period on target since it was promoted."),
    "target-missed": gettext_lazy("The newest value misses the target again."),
    "exit-rule": gettext_lazy("So many periods in a row met the target, with no change for the worse in them."),
    "date-reached": gettext_lazy("The last day has passed."),
    "would-have-reverted": gettext_lazy("Values that came late or were corrected would have met the exit rule."),
    "proof-corrected": gettext_lazy("A value that proved it restored was corrected."),
    "process-limits": gettext_lazy("Its normal range lies on the good side of the target."),
    "periods-met": gettext_lazy("The target was met in so many periods in a row."),
    "kpi-not-watched": gettext_lazy("The KPI was retired or archived."),
    "key-result-closed": gettext_lazy("The key result was closed or archived."),
}


class Teller:
    """Puts transitions into words on the organisation's calendar."""

    def __init__(self, calendar: Calendar | None = None) -> None:
        self.calendar = calendar or people.calendar()

    def sentence(self, one: Transition, *, names_key_result: bool = True) -> str:
        """ "Restored: on target for 3 weeks in a row (week 32 to week 34, 2026), no change for the worse."

        `names_key_result`: the reader may see the key result it is about.
        """
        if not names_key_result and (words := _UNNAMED.get(one.kind)) is not None:
            return _with_reason(str(words) % {"ends": ends_words(one)}, one)
        tell = _TELLERS.get(one.kind)
        return tell(self, one) if tell is not None else str(KIND_WORDS.get(one.kind, one.kind))

    def period(self, metric: Metric, start: int) -> str:
        """The metric's period that starts at this hour, as people say it."""
        own = metric.year_start_month
        calendar = self.calendar if own is None else Calendar(own, self.calendar.fiscal_year_named_by)
        return spoken(period_at(start, Frequency(metric.frequency), calendar, metric.span), calendar)

    def stretch(self, metric: Metric, starts: Sequence[int]) -> str:
        """ "week 32, 2026", or "week 32 to week 34, 2026"."""
        if not starts:
            return ""
        return stretch_words(self.period(metric, min(starts)), self.period(metric, max(starts)))

    def trouble(self, one: Transition) -> str:
        """Of a suspicion or a relapse what spoke for it that day, to go on from a colon."""
        if one.rule == "adverse-finding":
            return _("worse than season, trend and chance explain since %(since)s") % {"since": self._since(one)}
        return _("off target for %(span)s in a row (%(when)s)") % self.proof(one)

    def trouble_sentence(self, one: Transition) -> str:
        """The same as a sentence of its own, with the day: what spoke for it then may have lasted or passed since."""
        words = {"day": day_words(local_day(one.known_at)), "trouble": self.trouble(one)}
        return _("Suggested on %(day)s: %(trouble)s.") % words

    def _since(self, one: Transition) -> str:
        starts = periods_of(one)
        first = one.evidence.get("finding")
        first = min(starts, default=None) if first is None else int(first)
        return "–" if first is None else self.period(one.kpi.metric, first)

    def proof(self, one: Transition) -> dict[str, str]:
        """ "3 weeks" as `span` and which as `when`."""
        metric, starts = one.kpi.metric, periods_of(one)
        return {"span": span_words(metric.frequency, len(starts)), "when": self.stretch(metric, starts)}


def periods_of(one: Transition) -> list[int]:
    """The starts of the periods a transition rests on."""
    return [int(start) for start in one.evidence.get("periods", ())]


def day_words(day: date) -> str:
    """ "9 Mar 2026"."""
    return date_format(day, "j M Y")


def ends_words(one: Transition) -> str:
    """The last day of what began with the transition; empty where it has none."""
    ends = one.after.get("ends")
    return "" if ends is None else day_words(last_day(ends, one.kpi.metric.frequency))


def _with_reason(said: str, one: Transition) -> str:
    return _("%(said)s: %(reason)s") % {"said": said, "reason": one.reason} if one.reason else f"{said}."


def _suspected(teller: Teller, one: Transition) -> str:
    return _("Promoting is suggested: %(trouble)s.") % {"trouble": teller.trouble(one)}


def _cleared(teller: Teller, one: Transition) -> str:
    words = teller.proof(one)
    if one.rule == "nothing-to-judge":
        return _("Its values or its target were taken away, so there is nothing to suspect any more.")
    if one.rule == "target-met":
        return _("Target met (%(when)s), so nobody has to accept it as it is any more.") % words
    return _("No longer off target (%(when)s): nothing is suggested any more.") % words


def _promoted(teller: Teller, one: Transition) -> str:
    words = {"ends": ends_words(one), "title": one.promotion.key_result.title if one.promotion is not None else ""}
    return _with_reason(_("Promoted to the key result “%(title)s” until %(ends)s") % words, one)


def _restoring(teller: Teller, one: Transition) -> str:
    return _("On target for the first time since it was promoted (%(when)s).") % teller.proof(one)


def _slipped(teller: Teller, one: Transition) -> str:
    return _("Off target again (%(when)s): its row of good periods begins anew.") % teller.proof(one)


def _reverted(teller: Teller, one: Transition) -> str:
    words = teller.proof(one)
    if one.promotion is not None and not one.promotion.heeds_findings:
        return _("Restored: on target for %(span)s in a row (%(when)s).") % words
    return _("Restored: on target for %(span)s in a row (%(when)s), no change for the worse.") % words


def _overdue(teller: Teller, one: Transition) -> str:
    return _("Its last day (%(ends)s) has passed and it is not restored: extend, plan anew, accept or end it.") % {
        "ends": ends_words(one)
    }


def _until(words: Words) -> Callable[[Teller, Transition], str]:
    def tell(teller: Teller, one: Transition) -> str:
        return _with_reason(str(words) % {"ends": ends_words(one)}, one)

    return tell


def _plain(words: Words) -> Callable[[Teller, Transition], str]:
    def tell(teller: Teller, one: Transition) -> str:
        return _with_reason(str(words), one)

    return tell


def _withdrawn(teller: Teller, one: Transition) -> str:
    if one.rule == "key-result-closed":
        return _("Its key result was closed or archived, and the promotion ended with it.")
    return _with_reason(_("The promotion was ended before it was restored"), one)


def _relapsed(teller: Teller, one: Transition) -> str:
    return _("Relapse while it was watched closely: %(trouble)s.") % {"trouble": teller.trouble(one)}


def _restated(teller: Teller, one: Transition) -> str:
    words = teller.proof(one)
    if one.rule == "proof-corrected":
        return _("%(when)s, which proved it restored, does not meet the target after a correction. Nothing else "
                 "was changed.") % {"when": words["when"][:1].upper() + words["when"][1:]}  # fmt: skip
    return _("With values that came late or were corrected it met its rule (%(when)s). Nothing was rewritten.") % words


def _graduated(teller: Teller, one: Transition) -> str:
    title = one.graduation.key_result.title if one.graduation is not None else ""
    said = _("Taken over from the key result “%(title)s”, watched closely until %(ends)s") % {
        "title": title, "ends": ends_words(one),
    }  # fmt: skip
    return _with_reason(said, one)


def _undone(teller: Teller, one: Transition) -> str:
    what = ""
    if one.undoes is not None:
        what = _("“%(kind)s” of %(day)s") % {
            "kind": KIND_WORDS.get(one.undoes.kind, one.undoes.kind), "day": day_words(local_day(one.undoes.known_at)),
        }  # fmt: skip
    return _with_reason(_("Taken back: %(what)s") % {"what": what}, one)


# For those who may see the KPI and not the key result.
_UNNAMED: Mapping[str, Words] = {
    "promoted": gettext_lazy("Promoted to a key result until %(ends)s"),
    "graduated": gettext_lazy("Taken over from a key result, watched closely until %(ends)s"),
}
_TELLERS: Mapping[str, Callable[[Teller, Transition], str]] = {
    "suspected": _suspected, "cleared": _cleared, "promoted": _promoted, "restoring": _restoring, "slipped": _slipped,
    "reverted": _reverted, "overdue": _overdue, "withdrawn": _withdrawn, "relapsed": _relapsed, "restated": _restated,
    "graduated": _graduated, "undone": _undone,
    "extended": _until(gettext_lazy("Extended until %(ends)s")),
    "replanned": _until(gettext_lazy("Planned anew until %(ends)s")),
    "accepted": _until(gettext_lazy("Accepted as it is until %(ends)s")),
    "acceptance_ended": _plain(gettext_lazy("The time for which it was accepted as it is has passed")),
    "set_aside": _plain(gettext_lazy("The suspicion was set aside")),
    "watch_ended": _plain(gettext_lazy("It held while it was watched closely, and is watched as usual again")),
    "retired": _plain(gettext_lazy("It is not watched any more, so its life as a promoted KPI ended")),
}  # fmt: skip
