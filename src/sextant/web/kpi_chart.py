"""A KPI's standing as a picture: which periods, which lines, what happened, and what the chart says."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from sextant.calc.limits import ProcessChart, Segment
from sextant.calc.periods import Period, label, period_at, spoken
from sextant.kpis.queries import kpi_page
from sextant.kpis.queries.standing import Standing
from sextant.metrics.queries.revisions import markers, revised_starts
from sextant.reports.pictures import FanShape, FoundShape, KpiPicture, Marker, Running, TargetStep, remarks
from sextant.web.requests import whole

Floats = NDArray[np.float64]
WINDOWS = (26, 52, 104, 260)
USUAL_WINDOW = 104
ALL_UP_TO = 130  # a history this long is shown whole unless somebody asks for less


def locale() -> str:
    return get_language() or "en"


@dataclass(frozen=True, slots=True)
class Window:
    """Which of the periods are shown: from index `first` on; `asked` as in `?periods=`."""

    first: int
    shown: int
    total: int
    asked: str

    @property
    def is_cut(self) -> bool:
        return self.first > 0


@dataclass(frozen=True, slots=True)
class Layers:
    """What is drawn over the values: findings and expectation (by index of the whole series), forecast, and the
    values as they were known then (by start hour)."""

    found: Sequence[FoundShape] = ()
    expected: Floats | None = None
    fan: FanShape | None = None
    former: Mapping[int, float | None] = field(default_factory=dict)
    markers: Sequence[Marker] = ()


def window(standing: Standing, asked: str) -> Window:
    """The periods to show: `all`, a number, or what is usual. Anything else counts as usual."""
    total = standing.series.complete
    if asked == "all":
        count = total
    elif number := whole(asked):
        count = min(number, total)
    else:
        asked, count = "", total if total <= ALL_UP_TO else USUAL_WINDOW
    return Window(total - count, count, total, asked)


def picture(standing: Standing, shown: Window, layers: Layers = Layers()) -> KpiPicture:
    """The chart of a standing, cut to a window; limits still come from the whole history."""
    metric, series, first = standing.kpi.metric, standing.series, shown.first
    periods = [series.period(index) for index in range(first, series.complete)]
    flags = {index - first: flag for index, flag in series.flags.items() if first <= index < series.complete}
    revised = revised_starts(metric, standing.point) if series.frequency == metric.frequency else frozenset()
    steps = [
        TargetStep(held.start, held.end, **_figures(held.values)) for held in kpi_page.held_targets(standing, first)
    ]
    return KpiPicture(
        title=metric.name,
        chart=cut(standing.chart, first),
        labels=[spoken(period, series.calendar) for period in periods],
        unit=metric.unit,
        precision=metric.precision,
        direction=metric.direction,
        states=[flags[at].state if at in flags else "observed" for at in range(len(periods))] if flags else (),
        qualifiers=[_qualifier(flags.get(at)) for at in range(len(periods))] if flags else (),
        running=_running(standing),
        targets=tuple(steps),
        aim_path=tuple(kpi_page.aim_corners(standing)),
        markers=(*_markers(standing), *layers.markers),
        definition_changes=tuple(_definition_changes(standing)),
        revised=frozenset(at for at, period in enumerate(periods) if period.start in revised),
        dividers=standing.settings.dividers,
        sentences=tuple(one.text for one in layers.found if one.last >= first)[:3],
        locale=locale(),
        notes=_notes(standing, first),
        found=tuple(
            replace(one, first=one.first - first, last=one.last - first) for one in layers.found if one.last >= first
        ),
        expected=None if layers.expected is None else layers.expected[first:],
        fan=layers.fan,
        former={at: layers.former[period.start] for at, period in enumerate(periods) if period.start in layers.former},
    )


def _figures(values: object) -> dict[str, float | None]:
    names = ("target", "red_flag", "low", "high", "red_low", "red_high", "stretch")
    return {name: getattr(values, name) for name in names}


def _qualifier(flag: object) -> str:
    return "" if flag is None else str(getattr(flag, "qualifier", ""))


def _running(standing: Standing) -> Running | None:
    series = standing.series
    index, metric = series.running, standing.kpi.metric
    is_part_of_a_sum = metric.aggregation == "sum" and series.frequency != metric.frequency
    if index is None or is_part_of_a_sum:  # a part of a sum beside whole ones would only flatten the chart
        return None
    period = series.period(index)
    words = spoken(period, series.calendar)
    return Running(period.start, float(series.values[index]), words, words)


def _markers(standing: Standing) -> list[Marker]:
    calendar = standing.series.calendar
    return [
        Marker(one.start, one.label, one.kind, spoken(_period_at(standing, one.start), calendar))
        for one in markers(standing.kpi.metric, standing.point)
    ]


def _definition_changes(standing: Standing) -> list[Marker]:
    return [
        Marker(
            one.valid_from,
            _("Definition %(number)s: %(reason)s") % {"number": one.number, "reason": one.reason},
            "definition",
            spoken(_period_at(standing, one.valid_from), standing.series.calendar),
        )
        for one in standing.versions
        if one.number > 1 and one.valid_from is not None
    ]


def _period_at(standing: Standing, hour: int) -> Period:
    return period_at(hour, standing.series.frequency, standing.series.calendar)


def _notes(standing: Standing, first: int) -> dict[int, str]:
    """Why a calculated value is missing, and how much of a period an incomplete one covers."""
    series = standing.series
    notes = {}
    for index, flag in series.flags.items():
        if flag.coverage is not None and first <= index < series.complete:
            notes[index - first] = _("made of %(share)s of its parts") % {"share": f"{flag.coverage:.0%}"}
    return notes


def cut(chart: ProcessChart, first: int) -> ProcessChart:
    """The chart from index `first` on, limits and marks as they are."""
    if first <= 0:
        return chart
    segments = [_cut_segment(one, first) for one in chart.segments if one.last >= first]
    return replace(
        chart,
        starts=chart.starts[first:],
        values=chart.values[first:],
        moving_ranges=chart.moving_ranges[first:],
        segments=tuple(segments),
        marks=tuple(replace(mark, index=mark.index - first) for mark in chart.marks if mark.index >= first),
        range_marks=tuple(index - first for index in chart.range_marks if index >= first),
    )


def _cut_segment(segment: Segment, first: int) -> Segment:
    skipped = max(0, first - segment.first)
    return replace(
        segment,
        first=max(segment.first, first) - first,
        last=segment.last - first,
        centre=segment.centre[skipped:],
        lower=segment.lower[skipped:],
        upper=segment.upper[skipped:],
    )


def as_csv(standing: Standing, drawn: KpiPicture) -> str:
    """The chart's table as CSV: period, value, target, red flag, limits, moving range, remarks."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["period", "value", "target", "red_flag", "lower", "centre", "upper", "moving_range", "remarks"])
    for row in _csv_rows(standing, drawn):
        writer.writerow(row)
    return out.getvalue()


def _csv_rows(standing: Standing, drawn: KpiPicture) -> Iterable[list[object]]:
    series, chart = standing.series, drawn.chart
    first = series.complete - len(chart.starts)
    for segment in chart.segments:
        for index in range(segment.first, segment.last + 1):
            at = index - segment.first
            held = drawn.target_at(int(chart.starts[index]))
            yield [
                label(series.period(first + index), series.calendar),
                _plain(float(chart.values[index])),
                _joined(held.aims) if held else "",
                _joined(held.flags) if held else "",
                *(_plain(float(line[at])) for line in (segment.lower, segment.centre, segment.upper)),
                _plain(float(chart.moving_ranges[index])),
                _safe("; ".join(remarks(drawn, index))),
            ]
    if series.running is not None:
        value = _plain(float(series.values[series.running]))
        yield [label(series.period(series.running), series.calendar), value, "", "", "", "", "", "", _("so far")]


def _plain(figure: float) -> str:
    return repr(figure).removesuffix(".0") if figure == figure else ""


def _joined(figures: Iterable[float]) -> str:
    return " – ".join(_plain(one) for one in figures)


def _safe(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
