"""The layers of a KPI chart that judge and look ahead: findings, the expectation, the fan, and values as then known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from django.utils.translation import gettext

from sextant.reports.chart_parts import Floats, Paper
from sextant.reports.drawing import Pen, escaped, joined
from sextant.reports.pictures import FanShape, FoundShape, KpiPicture
from sextant.reports.scales import line_through, thinned

WINDOW_SHARE = 0.6
"""How much of what lies below a shaded window is covered: lines stay visible through it."""
LEAST_WIDTH = 12.0
WIDEST_FAN = 1.0
"""A fan stretches the axis by at most this many times what the values span; beyond, it is cut at the edge."""
LEVELS = ("low", "low_half", "middle", "high_half", "high")


def _edges(paper: Paper, one: FoundShape) -> tuple[float, float]:
    """From where to where a finding reaches: whole periods, never too narrow to be seen."""
    last = len(paper.xs) - 1
    begin, end = paper.edge_before(min(max(one.first, 0), last)), paper.edge_after(min(max(one.last, 0), last))
    lacking = max(0.0, LEAST_WIDTH - (end - begin)) / 2
    return paper.inside(begin - lacking), paper.inside(end + lacking)


def windows(paper: Paper, found: Iterable[FoundShape]) -> str:
    """The shaded stretch of every finding."""
    if not len(paper.xs):
        return ""
    parts = []
    for one in found:
        begin, end = _edges(paper, one)
        box = f'x="{begin:.1f}" y="{paper.top:.1f}" width="{end - begin:.1f}" height="{paper.bottom - paper.top:.1f}"'
        parts.append(f'<rect{paper.pen.paint(f"window-{one.tone}")} fill-opacity="{WINDOW_SHARE}" {box}/>')
    return joined(parts)


def brackets(paper: Paper, found: tuple[FoundShape, ...]) -> str:
    """Every finding as a bracket above its window with an arrow to its side, named by its sentence."""
    if not found or not len(paper.xs):
        return ""
    drawn = joined(_bracket(paper, one) for one in found)
    if paper.pen.theme is not None:
        return drawn
    return f'<g class="founds" role="list" aria-label="{escaped(gettext("Findings"))}">{drawn}</g>'


def _bracket(paper: Paper, one: FoundShape) -> str:
    begin, end = _edges(paper, one)
    top, middle = paper.top, (begin + end) / 2
    look = f"found-{one.tone}"
    drawn = paper.pen.path(look, f"M{begin:.1f} {top + 6:.1f}V{top:.1f}H{end:.1f}V{top + 6:.1f}")
    drawn += paper.pen.path(look, arrow(middle, top + 9, one.side))
    if paper.pen.theme is not None:
        return drawn
    words = escaped(one.text)
    return f'<g class="found" role="listitem" aria-label="{words}"><title>{words}</title>{drawn}</g>'


def arrow(x: float, y: float, side: str) -> str:
    """A double arrow head: upward for values above what is expected, downward for those below."""
    step = -4 if side == "above" else 4
    first = y + 4 if side == "above" else y
    return f"M{x - 4:.1f} {first:.1f}l4 {step}l4 {-step}M{x - 4:.1f} {first + step:.1f}l4 {step}l4 {-step}"


def expectation(paper: Paper, picture: KpiPicture) -> str:
    """What season and trend led to expect, as a line that breaks where nothing was expected yet."""
    if picture.expected is None or not len(paper.xs):
        return ""
    kept = thinned(paper.xs, picture.expected, int(paper.width))
    heights = np.clip(paper.up.many(picture.expected), paper.top, paper.bottom)
    return paper.pen.path("expected", line_through(paper.xs, heights, kept, picture.expected))


def fan(paper: Paper, picture: KpiPicture) -> str:
    """The forecast: a pale wide band, a darker narrow one and a dashed middle, opening from the newest value."""
    shape = picture.fan
    if shape is None or not len(shape.starts):
        return ""
    xs = [paper.x(int(hour)) for hour in shape.starts]
    heights = {name: _heights(paper, getattr(shape, name)) for name in LEVELS}
    known = np.flatnonzero(np.isfinite(picture.values))
    if len(known):
        xs.insert(0, float(paper.xs[known[-1]]))
        at = float(paper.ys[known[-1]])
        heights = {name: [at, *levels] for name, levels in heights.items()}
    parts = [
        paper.pen.path(look, _area(xs, heights[upper], heights[lower]))
        for look, upper, lower in (("fan", "high", "low"), ("fan-core", "high_half", "low_half"))
    ]
    parts.append(paper.pen.path("fan-line", "M" + "L".join(_spots(xs, heights["middle"]))))
    drawn = joined(parts)
    return f"<g><title>{escaped(shape.words)}</title>{drawn}</g>" if shape.words else drawn


def _heights(paper: Paper, figures: Floats) -> list[float]:
    return [float(one) for one in np.clip(paper.up.many(figures), paper.top, paper.bottom)]


def _spots(xs: list[float], ys: list[float]) -> list[str]:
    return [f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True)]


def _area(xs: list[float], upper: list[float], lower: list[float]) -> str:
    there, back = _spots(xs, upper), reversed(_spots(xs, lower))
    return f"M{'L'.join(there)}L{'L'.join(back)}Z"


def fan_figures(shape: FanShape | None, values: Floats) -> Floats:
    """The figures of a fan the value axis makes room for: never so many that the values themselves lie flat."""
    if shape is None or not len(shape.starts):
        return np.empty(0)
    figures = np.concatenate([shape.low, shape.high])
    known = values[np.isfinite(values)]
    if not len(known):
        return figures
    low, high = float(known.min()), float(known.max())
    room = WIDEST_FAN * max(high - low, 0.1 * max(abs(low), abs(high)))
    return np.asarray(np.clip(figures, low - room, high + room), dtype=np.float64)


def former_values(paper: Paper, picture: KpiPicture) -> str:
    """Values as they were known then, each tied to the value that stands today."""
    pen, parts = paper.pen, []
    for index, value in picture.former.items():
        if value is None or not np.isfinite(value) or not 0 <= index < len(paper.xs):
            continue
        x, y = float(paper.xs[index]), min(max(paper.up(value), paper.top), paper.bottom)
        if np.isfinite(picture.values[index]):
            parts.append(pen.line("former", x, y, x, float(paper.ys[index])))
        parts.append(f'<circle{pen.paint("former-dot")} cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>')
    return joined(parts)


def sign(pen: Pen, look: str) -> str:
    """The sign of the legend for one of these layers, drawn around the origin; empty for others."""
    if look == "found":
        return pen.path("found-odd", f"M-7 -1V-6H7V-1{arrow(0, -2, 'above')}")
    if look == "expected":
        return pen.line("expected", -8, 0, 8, 0)
    if look in ("fan", "fan-core"):
        return f'<path{pen.paint(look)} d="M-8 0L8 -6V6Z"/>'
    return f'<circle{pen.paint("former-dot")} r="3.2"/>' if look == "former" else ""
