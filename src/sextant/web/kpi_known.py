"""Values as they were known then beside those that stand now: what was corrected since, on the chart and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.calc.periods import hour_of, period_at, spoken
from sextant.kpis.queries.standing import Standing
from sextant.metrics.queries.revisions import first_known, known_on
from sextant.people.queries import today
from sextant.reports.pictures import Marker
from sextant.web.context import FIRST_DAY
from sextant.web.kpi_words import day_words, said

FIRST = "first"


@dataclass(frozen=True, slots=True)
class ThenKnown:
    """What `?known=` asks for: `first` (as each value was first recorded) or a day; empty for neither.

    `former` holds the values that differ from today's by start hour, `words` what that means in one sentence.
    """

    asked: str = ""
    day: date | None = None
    former: Mapping[int, float | None] = field(default_factory=dict)
    words: str = ""
    markers: tuple[Marker, ...] = ()


def then_known(standing: Standing, asked: QueryDict, first: int = 0) -> ThenKnown:
    """The values known then of the periods from index `first` on."""
    wanted = asked.get("known", "")
    if not wanted:
        return ThenKnown()
    metric, point, series = standing.kpi.metric, standing.point, standing.series
    is_own = series.frequency == metric.frequency
    if wanted == FIRST:
        if series.is_calculated or not is_own:
            return ThenKnown(words=_("These values are worked out, not recorded: choose a day to compare with."))
        return _told(standing, FIRST, None, first_known(metric, point), first)
    day = _day(wanted, point.as_of or today())
    if day is None:
        return ThenKnown(words=_("Choose a day in the past to see what was known then."))
    return _told(standing, wanted, day, known_on(metric, point, day, None if is_own else series.frequency), first)


def _day(text: str, before: date) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day < before else None


def _told(
    standing: Standing, asked: str, day: date | None, former: Mapping[int, float | None], first: int
) -> ThenKnown:
    shown = standing.series.starts[first : standing.series.complete].tolist()
    kept = {start: former[start] for start in shown if start in former}
    markers: tuple[Marker, ...] = ()
    if day is not None and shown and shown[0] <= hour_of(day) <= shown[-1]:
        words = _("Known on %(day)s") % {"day": day_words(day)}
        markers = (Marker(hour_of(day), words, "known", words),)
    return ThenKnown(asked, day, kept, _words(standing, day, kept, len(shown)), markers)


def _words(standing: Standing, day: date | None, former: Mapping[int, float | None], shown: int) -> str:
    when = _("on %(day)s") % {"day": day_words(day)} if day else _("when they were first recorded")
    if not former:
        return _("No value shown here was known otherwise %(when)s.") % {"when": when}
    count = len(former)
    words = ngettext(
        "%(count)s of %(shown)s values was known otherwise %(when)s.",
        "%(count)s of %(shown)s values were known otherwise %(when)s.", count,
    ) % {"count": count, "shown": shown, "when": when}  # fmt: skip
    return f"{words} {_largest(standing, former)}".rstrip()


def _largest(standing: Standing, former: Mapping[int, float | None]) -> str:
    """The correction that moved a value most."""
    series, metric = standing.series, standing.kpi.metric
    now = dict(zip(series.starts.tolist(), series.values.tolist(), strict=True))
    moved = [
        (abs(now[start] - then), start, then)
        for start, then in former.items()
        if then is not None and now[start] == now[start]
    ]
    if not moved:
        return ""
    _size, start, then = max(moved)
    period = spoken(period_at(start, series.frequency, series.calendar, series.span), series.calendar)
    return _("The largest correction: %(period)s, %(then)s then and %(now)s now.") % {
        "period": period, "then": said(then, metric), "now": said(now[start], metric),
    }  # fmt: skip
