"""The reliability diagram: what was said against what came, one dot per class of chances.

On the diagonal a chance is worth what it says; a dot above it was too timid, one below too bold. A larger dot stands
for more cases, and the line through it for how far chance alone may have moved it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from sextant.reports.drawing import Pen, escaped, joined

SIZE, LEFT, TOP, FOOT = 380, 52, 14, 44
SURE = 1.96
SMALLEST, LARGEST = 3.5, 11.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One class: the mean of what was said, how many of `count` came true, and its sentence."""

    said: float
    met: int
    count: int
    words: str


def interval(met: int, count: int) -> tuple[float, float]:
    """Between which shares the true one lies in 19 of 20 cases (Wilson 1927, Probable Inference)."""
    if not count:
        return 0.0, 1.0
    share, square = met / count, SURE**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = SURE * math.sqrt(share * (1 - share) / count + square / (4 * count**2)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def reliability_diagram(dots: Sequence[Dot], *, title: str, description: str) -> str:
    """The picture for a page; every dot can be read as its sentence."""
    pen = Pen()
    side = float(SIZE - LEFT - 14)
    most = max((dot.count for dot in dots), default=1)

    def x(share: float) -> float:
        return LEFT + share * side

    def y(share: float) -> float:
        return TOP + (1 - share) * side

    frame = []
    for step in range(6):
        share = step / 5
        frame.append(pen.line("grid", x(0), y(share), x(1), y(share)))
        frame.append(pen.text("text", LEFT - 8, y(share) + 4, f"{step * 20} %", anchor="end"))
        frame.append(pen.text("text", x(share), TOP + side + 18, f"{step * 20} %", anchor="middle"))
    frame.append(pen.line("centre", x(0), y(0), x(1), y(1)))
    frame.append(pen.line("axis", x(0), y(0), x(1), y(0)))
    frame.append(pen.text("text", x(0.5), TOP + side + 36, gettext("what was said"), anchor="middle"))
    frame.append(pen.text("text", x(0.02), TOP + 14, gettext("what came true")))
    drawn = []
    for dot in dots:
        low, high = interval(dot.met, dot.count)
        size = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(dot.count / most)
        at = (x(dot.said), y(dot.met / dot.count))
        words = escaped(dot.words)
        drawn.append(
            f'<g role="listitem" aria-label="{words}"><title>{words}</title>'
            f"{pen.line('spread', at[0], y(low), at[0], y(high))}"
            f'<circle class="case" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{size:.1f}"/></g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart diagram" viewBox="0 0 {SIZE} {TOP + int(side) + FOOT}" '
        f'role="group" aria-labelledby="diagram-title" aria-describedby="diagram-desc">'
        f'<title id="diagram-title">{escaped(title)}</title><desc id="diagram-desc">{escaped(description)}</desc>'
        f'<g aria-hidden="true">{joined(frame)}</g>'
        f'<g role="list" aria-label="{escaped(gettext("Classes of chances"))}">{joined(drawn)}</g></svg>'
    )
