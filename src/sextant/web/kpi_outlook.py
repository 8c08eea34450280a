"""What may come of a KPI, as its page shows it: the fan on the chart, and how likely the target is met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.http import QueryDict
from django.utils.translation import gettext as _

from sextant.calc.periods import Frequency, spoken
from sextant.kpis.queries.outlook import fan_of, outlook
from sextant.kpis.queries.standing import Standing
from sextant.reports.pictures import FanShape
from sextant.web.forecast_words import ChanceWords, Unit, chance_told, fan_shape
from sextant.web.kpi_subject import Subject

HIDDEN = "0"


@dataclass(frozen=True, slots=True)
class OutlookView:
    """`fan` is None where there is no forecast or `?forecast=0` hides it; `has_forecast` tells the two apart.

    `question` says of which period the chance is: "Will the target be met by the end of Dec 2026?"
    """

    fan: FanShape | None
    words: str
    has_forecast: bool
    is_hidden: bool
    chance: ChanceWords
    question: str


def outlook_view(subject: Subject, seen: Standing, asked: QueryDict) -> OutlookView:
    """What may come, for the periods the page shows; longer ones than the KPI's own have no forecast."""
    own = subject.standing
    found = outlook(subject.actor, own)
    unit = unit_of_standing(own)
    is_shown = seen.series.frequency == subject.metric.frequency
    fan = fan_of(own) if is_shown else None
    shape = fan_shape(fan, unit, newest_known(own), found.period.end, bounds=own.bounds)
    is_hidden = asked.get("forecast") == HIDDEN
    return OutlookView(
        fan=None if is_hidden else shape,
        words="" if shape is None else shape.words,
        has_forecast=shape is not None,
        is_hidden=is_hidden,
        chance=chance_told(found.chance, found.why, unit, found.period),
        question=_("Will it be met by the end of %(period)s?") % {"period": spoken(found.period, unit.calendar)},
    )


def unit_of_standing(standing: Standing) -> Unit:
    metric = standing.metric
    return Unit(metric.unit, metric.precision, Frequency(metric.frequency), standing.series.calendar, metric.span)


def newest_known(standing: Standing) -> int:
    """The start of the newest complete period with a value."""
    series = standing.series
    known = np.flatnonzero(~np.isnan(series.values[: series.complete]))
    return int(series.starts[known[-1]]) if len(known) else -(2**62)
