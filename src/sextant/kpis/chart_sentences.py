"""What the marks of a process-behaviour chart say, in sentences. They are reading aids and raise no alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sextant.calc.limits import Segment
from sextant.calc.numbers import format_value
from sextant.calc.periods import spoken
from sextant.core.words import Words, stretch_words
from sextant.kpis.queries.standing import Standing

RUNS: Mapping[tuple[str, str], Words] = {
    ("run_of_eight", "above"): gettext_lazy("%(count)s in a row above the average of %(centre)s (%(when)s)."),
    ("run_of_eight", "below"): gettext_lazy("%(count)s in a row below the average of %(centre)s (%(when)s)."),
    ("three_of_four", "above"): gettext_lazy("Three of four near the upper limit of %(upper)s (%(when)s)."),
    ("three_of_four", "below"): gettext_lazy("Three of four near the lower limit of %(lower)s (%(when)s)."),
}
BASIS: Mapping[str, Words] = {
    "computed": gettext_lazy("The normal range is worked out from %(points)s values, the newest of its segment."),
    "locked": gettext_lazy("The normal range is locked: it comes from %(points)s chosen values."),
    "typed": gettext_lazy("The normal range was typed by a person."),
    "too_few": gettext_lazy("There are too few values for a normal range: %(points)s of at least 6."),
}
LONGEST_RUN = 400  # how far before the first period shown the beginning of a run is looked for


@dataclass(frozen=True, slots=True)
class ReadingAid:
    """One thing the marks show: the rule, the side, how it is judged (better, worse, odd), and the sentence."""

    rule: str
    side: str
    tone: str
    text: str
    index: int


def reading_aids(standing: Standing, first: int = 0, most: int = 6) -> tuple[list[ReadingAid], int]:
    """The newest marks of the chart from index `first` on as one sentence each, and how many more there are.

    Neighbouring marks of one rule are told together; the newest come first.
    """
    runs = _runs_from(standing, first)
    return [_told(standing, rule, side, run) for rule, side, run in runs[:most]], max(0, len(runs) - most)


def _runs_from(standing: Standing, first: int) -> list[tuple[str, str, list[int]]]:
    """Rule, side and indexes of all marks that belong together and end at `first` or later, the newest first."""
    marks = sorted(
        (mark.rule, mark.side, mark.index) for mark in standing.chart.marks if mark.index >= first - LONGEST_RUN
    )
    found = [
        (rule, side, run)
        for (rule, side), group in groupby(marks, lambda mark: mark[:2])
        for run in _runs([index for *_kind, index in group], together=rule != "outside", standing=standing)
        if run[-1] >= first
    ]
    return sorted(found, key=lambda one: (-one[2][-1], one[0]))


def _told(standing: Standing, rule: str, side: str, run: list[int]) -> ReadingAid:
    text = _outside(standing, run[0]) if rule == "outside" else _run(standing, rule, side, run)
    return ReadingAid(rule, side, tone_of(standing, side), text, run[-1])


def basis(standing: Standing) -> str:
    """Where the newest normal range comes from."""
    segments = standing.chart.segments
    if not segments:
        return _("There is no value yet, so there is no normal range.")
    newest = segments[-1]
    words = str(BASIS[newest.basis]) % {"points": newest.points}
    if newest.basis == "computed" and not standing.chart.enough_history:
        words = f"{words} {_('From 20 values on it is firm enough to judge the target by.')}"
    return words


def _runs(indexes: list[int], *, together: bool, standing: Standing) -> list[list[int]]:
    """Marks of one rule that belong together: neighbours, a missing period between them left aside."""
    if not together:
        return [[index] for index in indexes]
    values = standing.chart.values
    runs: list[list[int]] = []
    for index in indexes:
        between = slice(runs[-1][-1] + 1, index) if runs else slice(0, 0)
        if runs and np.isnan(values[between]).all() and _segment(standing, index).first <= runs[-1][-1]:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _outside(standing: Standing, index: int) -> str:
    """ "Mar 2026 outside its normal range: 61 % where 64 % to 72 % is usual." """
    segment = _segment(standing, index)
    at = index - segment.first
    words = {
        "when": spoken(standing.series.period(index), standing.series.calendar),
        "value": _figure(standing, float(standing.chart.values[index])),
        "lower": _figure(standing, float(segment.lower[at])),
        "upper": _figure(standing, float(segment.upper[at])),
    }
    return _("%(when)s outside its normal range: %(value)s where %(lower)s to %(upper)s is usual.") % words


def _run(standing: Standing, rule: str, side: str, run: list[int]) -> str:
    segment = _segment(standing, run[-1])
    at = run[-1] - segment.first
    calendar = standing.series.calendar
    first, last = spoken(standing.series.period(run[0]), calendar), spoken(standing.series.period(run[-1]), calendar)
    words = {
        "count": len(run),
        "when": stretch_words(first, last),
        "centre": _figure(standing, float(segment.centre[at])),
        "lower": _figure(standing, float(segment.lower[at])),
        "upper": _figure(standing, float(segment.upper[at])),
    }
    return str(RUNS[rule, side]) % words


def _segment(standing: Standing, index: int) -> Segment:
    return next(one for one in standing.chart.segments if one.first <= index <= one.last)


def _figure(standing: Standing, figure: float) -> str:
    metric = standing.kpi.metric
    return format_value(figure, metric.unit, metric.precision, locale=get_language() or "en")


def tone_of(standing: Standing, side: str) -> str:
    """Whether that side is the good one: better, worse, or odd where neither is."""
    direction = standing.kpi.metric.direction
    if direction == "within":
        return "odd"
    return "better" if (side == "above") == (direction == "up") else "worse"
