"""The layers of a KPI chart, each a function from the picture and its paper to SVG text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from django.utils.translation import gettext
from numpy.typing import NDArray

from sextant.calc.limits import Segment
from sextant.reports.drawing import Pen, escaped, joined, shortened, text_width
from sextant.reports.pictures import KpiPicture, Marker, TargetStep, point_words
from sextant.reports.scales import Scale, label_stride, line_through, thinned, tick_labels, ticks

Floats = NDArray[np.float64]
MOST_POINTS = 400
"""More points than this are not offered one by one; the extremes of every stretch are."""
LEAST_SPACING = 4.5
DENSE = 9.0
"""Closer together than this, marks are drawn smaller, so that the line stays the loudest."""
LINE_HEIGHT = 15.5


@dataclass(frozen=True)
class Paper:
    """Where things go: the frame of the plot, and the two scales."""

    left: float
    right: float
    top: float
    bottom: float
    across: Scale
    up: Scale
    xs: Floats
    ys: Floats
    pen: Pen
    is_narrow: bool = False

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def spacing(self) -> float:
        """The usual distance between two neighbouring periods."""
        return float(np.median(np.diff(self.xs))) if len(self.xs) > 1 else self.width

    def x(self, hour: int) -> float:
        return self.across(float(hour))

    def inside(self, x: float) -> float:
        return min(max(x, self.left), self.right)

    def edge_before(self, index: int) -> float:
        """The place halfway between a period and the one before it."""
        if index <= 0:
            return self.inside(float(self.xs[0]) - self.spacing / 2)
        return float(self.xs[index - 1] + self.xs[index]) / 2

    def edge_after(self, index: int) -> float:
        last = len(self.xs) - 1
        if index >= last:
            return self.inside(float(self.xs[last]) + self.spacing / 2)
        return self.edge_before(index + 1)


def value_axis(paper: Paper, unit: str, locale: str, wanted: int = 5) -> str:
    """Horizontal rules with their figures left of the plot."""
    figures = ticks(paper.up.low, paper.up.high, wanted, unit)
    parts = []
    for figure, words in zip(figures, tick_labels(figures, unit, locale), strict=True):
        y = paper.up(figure)
        parts.append(paper.pen.line("grid", paper.left, y, paper.right, y))
        parts.append(paper.pen.text("text", paper.left - 8, y + 4, words, anchor="end"))
    return joined(parts)


def period_axis(paper: Paper, picture: KpiPicture) -> str:
    """The line of time, labelled as often as there is room; a year shared by neighbours is said once, below."""
    pen, labels = paper.pen, list(picture.labels)
    places = paper.xs.tolist()
    newest = picture.newest_hour
    if picture.running is not None:
        labels, places = [*labels, picture.running.label], [*places, paper.x(picture.running.start)]
    if picture.fan is not None:
        ahead = [at for at, hour in enumerate(picture.fan.starts) if hour > newest and at < len(picture.fan.labels)]
        labels += [picture.fan.labels[at] for at in ahead]
        places += [paper.x(int(picture.fan.starts[at])) for at in ahead]
    split = [_name_and_year(label) for label in labels]
    parts = [pen.line("axis", paper.left, paper.bottom, paper.right, paper.bottom)]
    widest = max((text_width(name) for name, _ in split), default=0.0) + 14
    stride = label_stride(widest, paper.spacing)
    said_year = ""
    for index in range((len(labels) - 1) % stride, len(labels), stride):
        name, year = split[index]
        parts.append(pen.line("axis", places[index], paper.bottom, places[index], paper.bottom + 4))
        parts.append(pen.text("text", places[index], paper.bottom + 17, name, anchor="middle"))
        if year and year != said_year:
            parts.append(pen.text("text", places[index], paper.bottom + 31, year, anchor="middle"))
            said_year = year
    return joined(parts)


def _name_and_year(label: str) -> tuple[str, str]:
    name, _, year = label.rpartition(" ")
    return (name.rstrip(","), year) if name and len(year) == 4 and year.isdigit() else (label, "")


def normal_range(paper: Paper, segments: Iterable[Segment]) -> str:
    """Band, limits and centre of every segment."""
    pen, parts = paper.pen, []
    for segment in segments:
        if not segment.has_limits:
            continue
        kept = thinned(paper.xs[segment.first : segment.last + 1], segment.centre, int(paper.width))
        upper, lower, centre = (
            _level(paper, segment, line, kept) for line in (segment.upper, segment.lower, segment.centre)
        )
        back = "L".join(reversed(lower[1:].split("L")))
        parts.append(pen.path("band", f"{upper}L{back}Z"))
        parts += [pen.path("limit", upper), pen.path("limit", lower), pen.path("centre", centre)]
    return joined(parts)


def _level(paper: Paper, segment: Segment, line: Floats, kept: NDArray[np.int64]) -> str:
    """A limit as a path: two points when it is level, else through every period."""
    begin, end = paper.edge_before(segment.first), paper.edge_after(segment.last)
    heights = paper.up.many(line)
    if np.ptp(heights) < 0.05:
        return f"M{begin:.1f} {heights[0]:.1f}L{end:.1f} {heights[0]:.1f}"
    places = [begin, *(paper.xs[segment.first + kept]).tolist(), end]
    levels = [heights[0], *heights[kept].tolist(), heights[-1]]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(places, levels, strict=True))


def target_lines(paper: Paper, picture: KpiPicture) -> str:
    """Targets and red flags as steps, each from where it begins to hold, and the path to a long-term aim."""
    parts = []
    for held in picture.targets:
        if held.start > picture.newest_hour:
            continue
        begin, end = _stretch(paper, picture, held)
        if end <= begin:
            continue
        parts += [paper.pen.line("aim", begin, paper.up(one), end, paper.up(one)) for one in held.aims]
        parts += [paper.pen.line("flag", begin, paper.up(one), end, paper.up(one)) for one in held.flags]
    path = [(paper.x(hour), paper.up(value)) for hour, value in picture.aim_path]
    drawn = "L".join(f"{x:.1f} {y:.1f}" for x, y in _clipped(path, paper.left, paper.right))
    parts.append(paper.pen.path("path", f"M{drawn}" if drawn else ""))
    if path and path[-1][0] <= paper.right:
        words = f"{gettext('aim')} {picture.said(picture.aim_path[-1][1], short=True)}"
        parts.append(paper.pen.text("text-aim", path[-1][0], path[-1][1] - 7, words, anchor="end"))
    return joined(parts)


def _stretch(paper: Paper, picture: KpiPicture, held: TargetStep) -> tuple[float, float]:
    """From where to where a target is drawn: whole periods, up to the edge while it still holds."""
    starts = picture.starts
    first = int(np.searchsorted(starts, held.start))
    begin = paper.edge_before(first) if first < len(starts) else paper.inside(paper.x(held.start))
    if held.end is None:
        return begin, paper.right
    after = int(np.searchsorted(starts, held.end))
    return begin, paper.edge_before(after) if after < len(starts) else paper.inside(paper.x(held.end))


def _clipped(path: list[tuple[float, float]], left: float, right: float) -> Iterator[tuple[float, float]]:
    """A rising line of points cut at both edges of the plot."""
    for at, (x, y) in enumerate(path):
        if at and (path[at - 1][0] < left < x or path[at - 1][0] < right < x):
            before_x, before_y = path[at - 1]
            for edge in (left, right):
                if before_x < edge < x:
                    yield edge, before_y + (y - before_y) * (edge - before_x) / (x - before_x)
        if left <= x <= right:
            yield x, y


def series_line(paper: Paper, picture: KpiPicture) -> str:
    """The values as a line that breaks at gaps, then dashed to the period that is still running."""
    kept = thinned(paper.xs, picture.values, int(paper.width))
    parts = [paper.pen.path("line", line_through(paper.xs, paper.ys, kept, picture.values))]
    running = picture.running
    if running is not None and running.known is not None and len(kept) and kept[-1] == len(paper.xs) - 1:
        last = int(kept[-1])
        x, y = paper.x(running.start), paper.up(running.known)
        parts.append(paper.pen.line("so-far", float(paper.xs[last]), float(paper.ys[last]), x, y))
    return joined(parts)


def offered_points(paper: Paper, picture: KpiPicture) -> list[int]:
    """The points drawn and read one by one: all of them, or the extremes and the newest marks of very many."""
    known = np.flatnonzero(np.isfinite(picture.values))
    if len(known) <= MOST_POINTS:
        return [int(one) for one in known]
    kept = thinned(paper.xs, picture.values, MOST_POINTS // 8)
    return sorted({*kept.tolist(), *sorted(picture.marks)[-MOST_POINTS // 4 :]})


def points(paper: Paper, picture: KpiPicture) -> str:
    """Every offered point as one list item: its shape, and its sentence for hover, keyboard and screen reader."""
    shown = offered_points(paper, picture)
    is_roomy = len(shown) * 22 < paper.width
    items = []
    for index in shown:
        x, y = float(paper.xs[index]), float(paper.ys[index])
        drawn = _shape(paper, picture, index, x, y)
        if is_roomy and (qualifier := picture.qualifier_of(index)):
            drawn += paper.pen.text("text", x, y - 9, qualifier[:3], anchor="middle")
        items.append(_item(paper.pen, index, int(picture.starts[index]), (x, y), point_words(picture, index), drawn))
    running = picture.running
    if running is not None and running.known is not None:
        x, y = paper.x(running.start), paper.up(running.known)
        words = f"{running.spoken or running.label}: {picture.said(running.value)}, {gettext('so far')}"
        items.append(
            _item(paper.pen, len(paper.xs), running.start, (x, y), words, _circle(paper.pen, "running", x, y, 3.6))
        )
    if not items or paper.pen.theme is not None:
        return joined(items)
    return f'<g class="points" role="list" aria-label="{escaped(gettext("Values"))}">{joined(items)}</g>'


def _item(pen: Pen, index: int, start: int, at: tuple[float, float], words: str, drawn: str) -> str:
    if pen.theme is not None:
        return drawn
    spot = f'data-i="{index}" data-t="{start}" data-x="{at[0]:.1f}" data-y="{at[1]:.1f}"'
    return f'<g class="pt" role="listitem" {spot} aria-label="{escaped(words)}">{drawn}</g>'


def _shape(paper: Paper, picture: KpiPicture, index: int, x: float, y: float) -> str:
    """Marks by shape: diamond outside the range, triangle near a limit, square in a run; hollow when estimated."""
    pen = paper.pen
    ring = _circle(pen, "ring", x, y, 6.5) if index in picture.revised else ""
    mark = picture.marks.get(index)
    if mark is not None:
        look = picture.tone_of(mark)
        size = 3 if paper.spacing < DENSE else 4.5
        if mark.rule == "outside":
            shape = f"M{x:.1f} {y - size:.1f}l{size} {size}-{size} {size}-{size}-{size}z"
        elif mark.rule == "three_of_four":
            shape = f"M{x:.1f} {y - size:.1f}l{size} {1.7 * size:g}h-{2 * size}z"
        else:
            half = size - 1.5
            shape = f"M{x - half:.1f} {y - half:.1f}h{2 * half}v{2 * half}h-{2 * half}z"
        return ring + f'<path{pen.paint(look)} d="{shape}"/>'
    if picture.state_of(index) == "estimated" or picture.qualifier_of(index):
        return ring + _circle(pen, "hollow", x, y, 2.8)
    return ring + ("" if paper.spacing < LEAST_SPACING else _circle(pen, "dot", x, y, 2.4))


def _circle(pen: Pen, look: str, x: float, y: float, size: float) -> str:
    return f'<circle{pen.paint(look)} cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>'


def happenings(paper: Paper, picture: KpiPicture) -> str:
    """Initiatives, notes and definition changes: a line with a flag above the plot and as many words as fit."""
    every = sorted([*picture.markers, *picture.definition_changes], key=lambda one: one.start)
    shown = [one for one in every if paper.left - 1 <= paper.x(one.start) <= paper.right + 1]
    ends = [*(paper.x(one.start) for one in shown[1:]), paper.right + 70]
    return joined(_happening(paper, one, end) for one, end in zip(shown, ends, strict=False))


def _happening(paper: Paper, one: Marker, room_to: float) -> str:
    pen, x = paper.pen, paper.x(one.start)
    is_definition = one.kind in ("definition", "known", "due")
    look = "definition" if is_definition else "event"
    note = f"{one.label} ({one.spoken})" if one.spoken else one.label
    flag = f'<path{pen.paint(f"{look}-flag")} d="M{x:.1f} {paper.top - 20:.1f}h8l-2.500 3.500 2.500 3.500h-8z"/>'
    words = shortened(one.label, room_to - x - 18)
    said = pen.text("text" if is_definition else "text-event", x + 12, paper.top - 11, words) if words else ""
    line = pen.line(look, x, paper.top - 20, x, paper.bottom)
    return f"<g><title>{escaped(note)}</title>{line}{flag}{said}</g>".replace(".500", ".5")


def dividers(paper: Paper, picture: KpiPicture, *, editable: bool) -> str:
    """Where a new segment begins; each can be moved by mouse and keyboard when the reader may edit."""
    starts, parts = picture.starts, []
    for start in picture.dividers:
        index = int(np.searchsorted(starts, start))
        if not 0 < index < len(starts):
            continue
        x = paper.edge_before(index)
        words = gettext("New normal range from %(period)s") % {"period": picture.name_of(index)}
        drawn = paper.pen.line("cut", x, paper.top - 4, x, paper.bottom)
        if editable:
            corner = f'x="{x - 5:.1f}" y="{paper.top - 8:.1f}"'
            grip = f'<rect{paper.pen.paint("grip")} {corner} width="10" height="14" rx="3"/>'
            value = f'aria-valuemin="1" aria-valuemax="{len(starts) - 1}" aria-valuenow="{index}"'
            parts.append(
                f'<g class="divider" role="slider" tabindex="0" data-start="{start}" data-x="{x:.1f}" {value} '
                f'aria-valuetext="{escaped(picture.name_of(index))}" aria-label="{escaped(gettext("Divider"))}">'
                f"<title>{escaped(words)}</title>{drawn}{grip}</g>"
            )
        else:
            parts.append(f"<g><title>{escaped(words)}</title>{drawn}</g>")
    return joined(parts)


def line_names(picture: KpiPicture, *, brief: bool = False) -> list[tuple[float, str, str]]:
    """The level lines that hold now: figure, look and words of each; `brief` leaves the words to the legend."""
    chart, named = picture.chart, []
    if chart.has_limits:
        named += [
            (chart.upper_now, "text", gettext("upper")),
            (chart.centre_now, "text", gettext("average")),
            (chart.lower_now, "text", gettext("lower")),
        ]
    held = picture.target_at(picture.newest_hour)
    if held is not None:
        named += [(one, "text-aim", gettext("target")) for one in held.aims]
        named += [(one, "text-flag", gettext("red flag")) for one in held.flags]
    said = [(figure, look, words, picture.said(figure, short=True)) for figure, look, words in named]
    return [(figure or 0.0, look, value if brief else f"{words} {value}") for figure, look, words, value in said]


def edge_labels(paper: Paper, picture: KpiPicture) -> str:
    """Names of the lines at the right edge, moved apart where they would overlap."""
    named = line_names(picture, brief=paper.is_narrow)
    places = apart([paper.up(figure) for figure, _, _ in named], paper.top - 4, paper.bottom + 4)
    return joined(
        paper.pen.text(look, paper.right + 8, y + 4, words) for y, (_, look, words) in zip(places, named, strict=True)
    )


def apart(places: list[float], top: float, bottom: float, distance: float = LINE_HEIGHT) -> list[float]:
    """The same places, each at least `distance` from the next and within the paper where that is possible."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = [min(max(place, top), bottom) for place in places]
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + distance)
    limit = bottom
    for at in reversed(order):
        moved[at] = min(moved[at], limit)
        limit = moved[at] - distance
    return moved
