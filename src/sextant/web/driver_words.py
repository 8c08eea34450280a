"""What each input explains, and what might be a driver, ready to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.number_display import MINUS
from sextant.calc.periods import Calendar, Period, spoken
from sextant.core.words import Words, stretch_words
from sextant.metrics import driver_sentences as words
from sextant.metrics.models import Metric
from sextant.metrics.queries.driver_shares import Share, Shares
from sextant.metrics.queries.driver_suggestions import Suggestion
from sextant.web.kpi_words import changed, said, thing_url

LENGTHS = (1, 3, 6, 13, 26, 52)
WHOLE = 100
PROBLEMS: Mapping[str, Words] = {
    "hidden-input": gettext_lazy("One of its inputs you may not see, so what each explains is not shown."),
    "definition-changed": gettext_lazy("It has been calculated in another way since: the two cannot be compared."),
    "counts-from-the-year": gettext_lazy("It counts from the beginning of a year, which cannot be shared out."),
    "no-values": gettext_lazy("In those periods a value is missing, so nothing can be compared."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShareLine:
    """What one input explains; `width` is the length of its bar, the longest is 100, `side` up or down."""

    name: str
    url: str
    amount: str
    share: str
    width: int
    side: str


@dataclass(frozen=True, slots=True)
class SuggestionLine:
    name: str
    url: str
    told: str
    counts: str
    add_url: str


def lengths(frequency: str) -> list[tuple[int, str]]:
    """How many of the newest periods may be compared."""
    return [(count, words.periods_words(count, frequency)) for count in LENGTHS]


def share_lines(metric: Metric, made: Shares) -> tuple[str, list[ShareLine]]:
    """The change in a sentence, and a row per input, the one that explains most first."""
    found = made.found
    if found is None:
        return "", []
    calendar = made.series.calendar
    sentence = _("%(name)s went from %(before)s (%(then)s) to %(after)s (%(now)s): %(change)s.") % {
        "name": metric.name, "before": said(found.before, metric), "after": said(found.after, metric),
        "then": _stretch(made.former_first, made.former_last, calendar),
        "now": _stretch(made.first, made.last, calendar), "change": changed(found.change, metric) or said(0.0, metric),
    }  # fmt: skip
    most = max((abs(one.amount) for one in made.shares), default=0.0)
    return sentence, [_row(one, metric, found.change, most) for one in made.shares]


def _row(one: Share, metric: Metric, change: float, most: float) -> ShareLine:
    # Where the parts all but cancel out, shares of the little that is left say nothing.
    part = round(WHOLE * one.amount / change) if change and abs(one.amount) < 10 * abs(change) else None
    share = "" if part is None else f"{part} %".replace("-", MINUS)
    return ShareLine(
        one.metric.name, thing_url(one.metric), changed(one.amount, metric), share,
        round(WHOLE * abs(one.amount) / most) if most else 0, "up" if one.amount >= 0 else "down",
    )  # fmt: skip


def _stretch(first: Period, last: Period, calendar: Calendar) -> str:
    return stretch_words(spoken(first, calendar), spoken(last, calendar))


def share_problem(made: Shares) -> str:
    """Why the change cannot be shared out, "" where it can."""
    return str(PROBLEMS.get(made.problem, PROBLEMS["no-values"])) if made.problem else ""


def suggestion_line(one: Suggestion, outcome: Metric, add_url: str) -> SuggestionLine:
    told = {"lag": words.lag_words(one.lag, outcome.frequency), "way": words.WAYS[one.way]}
    return SuggestionLine(
        one.metric.name, thing_url(one.metric), _("%(lag)s, %(way)s") % told, words.count_words(one.evidence.drive),
        add_url,
    )  # fmt: skip
