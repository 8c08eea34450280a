"""Process-behaviour charts as SVG, drawn on the server from `calc` (docs/decisions/0006-own-svg-charts.md).

One drawing serves the page, the download, the mail and the report. On a page it is coloured by the stylesheet and
every point is a list item that can be read and reached; in a file it carries its own colours.
"""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext

from sextant.reports import chart_judgement as judgement
from sextant.reports import chart_parts as parts
from sextant.reports.chart_parts import Floats, Paper
from sextant.reports.drawing import COLOURS, TEXT_SIZE, Pen, escaped, joined, shortened, text_width
from sextant.reports.pictures import KpiPicture, description, key_items, point_words
from sextant.reports.scales import Scale, line_through, thinned, tick_labels, ticks, value_range

WIDTH, HEIGHT, RANGE_HEIGHT = 840, 360, 150
NARROW = 560
NARROW_WIDTH = 400
KEY_SHAPES = {
    "outside": "M{x} -5l5 5-5 5-5-5z",
    "three_of_four": "M{x} -5l5 8.6h-10z",
    "run_of_eight": "M-3.6 -3.6h7.2v7.2h-7.2z",
}


def svg(
    picture: KpiPicture,
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
    theme: str = "auto",
    standalone: bool = False,
    editable: bool = False,
    name: str = "chart",
) -> str:
    """The chart of individual values (X chart).

    `theme` auto leaves the colours to the page; light or dark (or `standalone`, for a file) writes them as
    attributes. `editable` makes dividers movable. `name` keeps the ids of several charts on a page apart.
    """
    pen = Pen(None if theme == "auto" and not standalone else "dark" if theme == "dark" else "light")
    title_room = 30 if standalone else 0
    signs = _sign_rows(picture, width) if standalone else []
    paper = _paper(picture, pen, width, height - 22 * len(signs), title_room)
    drawing = joined(
        [
            parts.normal_range(paper, picture.chart.segments),
            judgement.windows(paper, picture.found),
            judgement.fan(paper, picture),
            parts.value_axis(paper, picture.unit, picture.locale, 5 if height > 240 else 3),
            parts.period_axis(paper, picture),
            parts.happenings(paper, picture),
            parts.target_lines(paper, picture),
            judgement.expectation(paper, picture),
            judgement.former_values(paper, picture),
            parts.series_line(paper, picture),
            parts.edge_labels(paper, picture),
        ]
    )
    over = judgement.brackets(paper, picture.found) + parts.points(paper, picture)
    over += parts.dividers(paper, picture, editable=editable)
    if standalone:
        drawing = _file_frame(picture, pen, (width, height), signs) + drawing
    return _wrapped(picture.title, description(picture), drawing, over, (width, height), paper, name)


def moving_range_svg(
    picture: KpiPicture,
    *,
    width: int = WIDTH,
    height: int = RANGE_HEIGHT,
    theme: str = "auto",
    standalone: bool = False,
    name: str = "ranges",
) -> str:
    """The chart of moving ranges: how much the value changed from one period to the next, with its limit."""
    pen = Pen(None if theme == "auto" and not standalone else "dark" if theme == "dark" else "light")
    chart = picture.chart
    paper = _plain_paper(picture, pen, (width, height), _range_levels(picture), chart.moving_ranges)
    drawn = [
        _background(pen, width, height) if standalone else "",
        parts.value_axis(paper, picture.unit, picture.locale, 3),
        parts.period_axis(paper, picture),
    ]
    for segment in chart.segments:
        if segment.has_limits:
            begin, end = paper.edge_before(segment.first), paper.edge_after(segment.last)
            for look, figure in (("limit", segment.range_upper), ("centre", segment.range_mean)):
                drawn.append(pen.line(look, begin, paper.up(figure), end, paper.up(figure)))
    kept = thinned(paper.xs, chart.moving_ranges, int(paper.width))
    drawn.append(pen.path("line", line_through(paper.xs, paper.ys, kept, chart.moving_ranges)))
    drawn += [
        f'<path{pen.paint("odd")} d="M{paper.xs[index]:.1f} {paper.ys[index] - 5:.1f}l5 5-5 5-5-5z">'
        f"<title>{escaped(point_words(picture, index))}</title></path>"
        for index in chart.range_marks[-parts.MOST_POINTS :]
    ]
    if chart.has_limits:
        newest = chart.segments[-1]
        wanted = [(newest.range_upper, gettext("limit")), (newest.range_mean, gettext("average"))]
        places = parts.apart([paper.up(figure) for figure, _ in wanted], paper.top, paper.bottom)
        for y, (figure, words) in zip(places, wanted, strict=True):
            value = picture.said(figure, short=True)
            drawn.append(pen.text("text", paper.right + 8, y + 4, value if paper.is_narrow else f"{words} {value}"))
    title = gettext("%(name)s: change from period to period") % {"name": picture.title}
    said = gettext("%(count)s changes were larger than usual.") % {"count": len(chart.range_marks)}
    return _wrapped(title, said, joined(drawn), "", (width, height), paper, name)


def png(drawn: str, scale: float = 2) -> bytes:
    """A standalone SVG as a PNG picture, `scale` times its size."""
    import vl_convert  # 60 MB of library: loaded only where a picture is asked for

    return bytes(vl_convert.svg_to_png(drawn, scale=scale))


def _paper(picture: KpiPicture, pen: Pen, width: int, height: int, title_room: int) -> Paper:
    top = title_room + _flag_room(picture)
    return _plain_paper(picture, pen, (width, height), _levels(picture), picture.values, top)


def _flag_room(picture: KpiPicture) -> int:
    return 30 if picture.markers or picture.definition_changes else 14


def _plain_paper(
    picture: KpiPicture,
    pen: Pen,
    size: tuple[int, int],
    levels: tuple[float, float],
    figures: Floats,
    top: int = 10,
) -> Paper:
    """The frame: as much room on the left as the figures need, on the right as the names of the lines need."""
    width, height = size
    left = max(34.0, _figures_width(picture) + 14)
    right = width - (_names_width(picture, brief=width < NARROW) + 14)
    first, last = _first_and_last(picture)
    across = Scale(float(first), float(last), left + 10, right - 10)
    up = Scale(*levels, float(height - 40), float(top))
    xs = across.many(picture.starts.astype(np.float64))
    return Paper(left, right, float(top), float(height - 40), across, up, xs, up.many(figures), pen, width < NARROW)


def _figures_width(picture: KpiPicture) -> float:
    """How much room the figures left of both charts take: they stand below each other, period under period."""
    labels: list[str] = []
    for wanted, levels in ((5, _levels(picture)), (3, _range_levels(picture))):
        labels += tick_labels(ticks(*levels, wanted, picture.unit), picture.unit, picture.locale)
    return max(map(text_width, labels), default=0.0)


def _levels(picture: KpiPicture) -> tuple[float, float]:
    return value_range(_visible_figures(picture), unit=picture.unit)


def _range_levels(picture: KpiPicture) -> tuple[float, float]:
    limits = np.array([one.range_upper for one in picture.chart.segments], dtype=np.float64)
    return 0.0, value_range(np.concatenate((picture.chart.moving_ranges, limits, [0.0])))[1]


def _names_width(picture: KpiPicture, *, brief: bool) -> float:
    """How much room the names of the lines take right of the plot."""
    names = parts.line_names(picture, brief=brief)
    return min(max((text_width(words) for _, _, words in names), default=12.0), 150.0)


def _first_and_last(picture: KpiPicture) -> tuple[int, int]:
    """The hours the chart spans: all values, the running period, and a long-term aim when it is not far off."""
    starts = [int(picture.starts[0]), int(picture.starts[-1])] if len(picture.starts) else [0]
    if picture.running is not None:
        starts.append(picture.running.start)
    if picture.fan is not None:
        starts += [int(one) for one in picture.fan.starts[-1:]]
    first, last = min(starts), max(starts)
    aim = max((hour for hour, _ in picture.aim_path), default=last)
    if last < aim <= last + (last - first) * 0.6:
        last = aim
    return first, last if last > first else first + 1


def _visible_figures(picture: KpiPicture) -> Floats:
    """All figures the value axis has to show."""
    first, last = _first_and_last(picture)
    figures = [picture.values]
    for segment in picture.chart.segments:
        if segment.has_limits:
            figures += [segment.lower, segment.upper]
    shown = [held for held in picture.targets if held.start <= last and (held.end is None or held.end > first)]
    others = [figure for held in shown for figure in (*held.aims, *held.flags)]
    others += [value for hour, value in picture.aim_path if first <= hour <= last]
    if picture.running is not None and picture.running.known is not None:
        others.append(picture.running.known)
    others += [value for value in picture.former.values() if value is not None]
    figures += [judgement.fan_figures(picture.fan, picture.values)]
    if picture.expected is not None:
        figures.append(picture.expected)
    return np.concatenate([*figures, np.array(others, dtype=np.float64)])


def _wrapped(title: str, said: str, drawing: str, over: str, size: tuple[int, int], paper: Paper, name: str) -> str:
    """The whole file: named and described, the decoration hidden from screen readers."""
    width, height = size
    box = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    names = f"<title>{escaped(title)}</title><desc>{escaped(said)}</desc>"
    if paper.pen.theme is not None:
        return f'<svg {box} width="{width}" height="{height}" role="img">{names}{drawing}{over}</svg>'
    kind = "chart narrow" if width < NARROW else "chart wide"
    frame = (
        f'data-left="{paper.left:.1f}" data-right="{paper.right:.1f}" '
        f'data-top="{paper.top:.1f}" data-bottom="{paper.bottom:.1f}"'
    )
    names = f'<title id="{name}-title">{escaped(title)}</title><desc id="{name}-desc">{escaped(said)}</desc>'
    role = "group" if over else "img"
    return (
        f'<svg {box} class="{kind}" role="{role}" aria-labelledby="{name}-title" aria-describedby="{name}-desc" '
        f'{frame}>{names}<g aria-hidden="true">{drawing}</g>{over}</svg>'
    )


def _sign_rows(picture: KpiPicture, width: int) -> list[list[tuple[float, str, str]]]:
    """The legend of a file in as many rows as it needs: place, look and words of each sign."""
    rows: list[list[tuple[float, str, str]]] = []
    x = float(width)
    for look, words in key_items(picture):
        needed = text_width(words, TEXT_SIZE) + 36
        if x + needed > width:
            rows.append([])
            x = 16.0
        rows[-1].append((x, look, words))
        x += needed
    return rows


def _file_frame(picture: KpiPicture, pen: Pen, size: tuple[int, int], signs: list[list[tuple[float, str, str]]]) -> str:
    """Background, heading and legend that a chart needs once it has left its page."""
    width, height = size
    drawn = [
        _background(pen, width, height),
        pen.text("heading", 16, 24, shortened(picture.title, width - 32.0, TEXT_SIZE + 3)),
    ]
    for row, placed in enumerate(signs):
        y = height - 10 - 22 * (len(signs) - 1 - row)
        for x, look, words in placed:
            drawn.append(f'<g transform="translate({x + 6:.0f} {y - 4})">{key_shape(pen, look)}</g>')
            drawn.append(pen.text("text", x + 18, y, words))
    return joined(drawn)


def _background(pen: Pen, width: int, height: int) -> str:
    fill = "" if pen.theme is None else f' fill="{COLOURS[pen.theme]["surface"]}"'
    return f'<rect{fill} width="{width}" height="{height}"/>'


def key_shape(pen: Pen, look: str) -> str:
    """One sign of the legend, drawn around the origin."""
    if drawn := judgement.sign(pen, look):
        return drawn
    if look in KEY_SHAPES:
        return f'<path{pen.paint("odd")} d="{KEY_SHAPES[look].format(x=0)}"/>'
    if look in ("aim", "flag"):
        return pen.line(look, -8, 0, 8, 0)
    if look == "normal":
        return f'<rect{pen.paint("band")} x="-7" y="-5" width="14" height="10"/>'
    kind, size = {"revised": ("ring", 6.0), "running": ("running", 3.6)}.get(look, ("hollow", 2.8))
    return f'<circle{pen.paint(kind)} r="{size}"/>'
