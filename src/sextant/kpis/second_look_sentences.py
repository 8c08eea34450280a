"""What is worth a second look, in sentences: what is seen and what to do, never who is to blame."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.numbers import format_value
from sextant.calc.periods import Calendar, spoken
from sextant.core.words import Words
from sextant.kpis.queries.second_looks import SecondLook
from sextant.metrics.models import Metric

TITLES: dict[str, Words] = {
    "target-eased-late": gettext_lazy("Target made easier late"),
    "target-long-met": gettext_lazy("Target long since met"),
    "frozen": gettext_lazy("Stands still"),
    "too-smooth": gettext_lazy("Smoother than before"),
}
ADVICE: dict[str, Words] = {
    "target-eased-late": gettext_lazy("Say what changed, so that the period can still be compared."),
    "target-long-met": gettext_lazy("Consider a target that asks for something, or watch it without one."),
    "frozen": gettext_lazy("Check that new values are really new."),
    "too-smooth": gettext_lazy("Check that values are measured, not estimated or averaged."),
}

Say = Callable[[float], str]


def title(one: SecondLook) -> str:
    return str(TITLES[one.key])


def advice(one: SecondLook) -> str:
    """What a look would check."""
    return str(ADVICE[one.key])


def sentence(one: SecondLook, metric: Metric, calendar: Calendar, locale: str = "en") -> str:
    """What is seen, with its figures: "The same value, 64 %, 5 times in a row, typed in by hand"."""

    def say(value: float) -> str:
        return format_value(value, metric.unit, metric.precision, locale=locale)

    return _SENTENCES[one.key](one, say, calendar)


def _eased(one: SecondLook, say: Say, calendar: Calendar) -> str:
    period = spoken(one.period, calendar) if one.period else ""
    words = {"period": period, "before": "" if one.before is None else say(one.before)}
    if one.before is None:
        text = _("The target of %(period)s was made easier when most of the time was over.") % words
    elif one.after is None:
        text = _("The target of %(period)s, %(before)s, was taken away when most of the time was over.") % words
    else:
        words["after"] = say(one.after)
        text = (
            _("The target of %(period)s went from %(before)s to the easier %(after)s when most of the time was over.")
            % words
        )
    return f"{text} {_('Its value was known by then.')}" if one.was_known else text


def _long_met(one: SecondLook, say: Say, calendar: Calendar) -> str:
    words = {"target": say(one.before or 0), "typical": say(one.after or 0)}
    return _(
        "The newest values, typically %(typical)s, are beyond the target of %(target)s by more than the whole "
        "normal range: it asks for nothing new."
    ) % words  # fmt: skip


def _frozen(one: SecondLook, say: Say, calendar: Calendar) -> str:
    words = {"value": say(one.after or 0), "count": one.count}
    if one.is_by_hand:
        return (
            _("The same value, %(value)s, %(count)s times in a row, typed in by hand; rounding does not explain it.")
            % words
        )
    return _(
        "The same value, %(value)s, %(count)s times in a row from its source; rounding does not explain it. "
        "The source may stand still."
    ) % words  # fmt: skip


def _too_smooth(one: SecondLook, say: Say, calendar: Calendar) -> str:
    words = {"step": say(one.after or 0), "usual": say(one.before or 0), "count": one.count}
    return _(
        "The newest %(count)s values move by %(step)s from one to the next, less than a fifth of the %(usual)s "
        "that was usual before."
    ) % words  # fmt: skip


_SENTENCES: dict[str, Callable[[SecondLook, Say, Calendar], str]] = {
    "target-eased-late": _eased,
    "target-long-met": _long_met,
    "frozen": _frozen,
    "too-smooth": _too_smooth,
}
