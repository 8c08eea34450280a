"""The bar of a key result: from baseline to target, with where it should be today, and what lies beyond either end.

The way from baseline to target always takes the same room, so bars below each other can be compared. What lies
outside is drawn in the margins on a scale that never ends: 1,100 % and -1,900 % have their place, and more is
always further. Places are percentages of the width, so a bar fits any column without shrinking its text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from sextant.reports.drawing import escaped, joined

BEFORE, BEYOND = 10.0, 20.0
"""Room in percent of the width for what lies below the baseline and beyond the target."""
WAY = 100.0 - BEFORE - BEYOND
ASPIRATION_REACHED = 0.7
SMALL_HEIGHT, TALL_HEIGHT = 16, 24


@dataclass(frozen=True, slots=True)
class KeyResultBar:
    """What a bar shows, as raw shares of the way (0 the baseline, 1 the target; None: not known).

    `stretch` is the share of the stretch value, `former` that of a target given up. `status` gives the colour,
    `words` what is read aloud in place of the picture.
    """

    share: float | None
    expected: float | None = None
    status: str = "no_data"
    checkpoints: Sequence[float] = ()
    stretch: float | None = None
    former: float | None = None
    is_aspirational: bool = False
    words: str = ""
    baseline_label: str = ""
    target_label: str = ""
    value_label: str = ""


def place(share: float) -> float:
    """Where a share lies, in percent of the width, rising with the share and always between 0 and 100."""
    if share < 0:
        return BEFORE - BEFORE * _squeezed(-share)
    if share <= 1:
        return BEFORE + WAY * share
    return 100.0 - BEYOND + BEYOND * _squeezed(share - 1)


def _squeezed(excess: float) -> float:
    """0 to 1 for 0 to infinity, half at 1: twice the target is in the middle of its margin."""
    return 1.0 if excess == float("inf") else excess / (excess + 1.0)


def small_bar(bar: KeyResultBar) -> SafeString:
    """The bar of a table or a card, 16 px high and as wide as its column."""
    return _svg(bar, "kr-bar", SMALL_HEIGHT, _shapes(bar, 4, 8))


def tall_bar(bar: KeyResultBar) -> SafeString:
    """The bar at the head of a page, with the figures of both ends and of today."""
    shapes = _shapes(bar, 24, 12)
    below = 24 + 12 + 18
    texts = [
        _text("kr-text", BEFORE, below, bar.baseline_label, "start"),
        _text("kr-text", BEFORE + WAY, below, bar.target_label, "end"),
    ]
    if bar.share is not None:
        at = place(bar.share)
        anchor = "start" if at < 25 else "end" if at > 75 else "middle"
        texts.append(_text("kr-value", at, 14, bar.value_label, anchor))
    return _svg(bar, "kr-bar kr-bar-tall", below + 6, shapes + joined(texts))


def _svg(bar: KeyResultBar, kind: str, height: int, inside: str) -> SafeString:
    spoken = f'role="img" aria-label="{escaped(bar.words)}"' if bar.words else 'aria-hidden="true"'
    title = f"<title>{escaped(bar.words)}</title>" if bar.words else ""
    return mark_safe(  # noqa: S308 - figures of our own and escaped words
        f'<svg class="{kind} kr-{escaped(bar.status)}" width="100%" height="{height}" {spoken}>{title}{inside}</svg>'
    )


def _shapes(bar: KeyResultBar, top: int, height: int) -> str:
    """Everything but the text, in the order it is painted."""
    reached = bar.share
    parts = [_box("kr-track", 0.0, 1.0, top, height)]
    if bar.is_aspirational:
        parts.append(_box("kr-stretch", ASPIRATION_REACHED, 1.0, top, height))
    if bar.stretch is not None and bar.stretch > 1:
        parts.append(_box("kr-stretch", 1.0, bar.stretch, top, height))
    if reached is not None and reached > 0:
        parts.append(_box("kr-fill", 0.0, min(reached, 1.0), top, height))
    if reached is not None and reached > 1:
        parts.append(_box("kr-over", 1.0, reached, top + 2, height - 4))
    if reached is not None and reached < 0:
        parts.append(_box("kr-under", reached, 0.0, top + 2, height - 4))
    parts += [_line("kr-checkpoint", share, top, height) for share in bar.checkpoints if 0 < share < 1]
    if bar.former is not None and bar.former != 1:
        parts.append(_line("kr-former", bar.former, top - 2, height + 4))
    parts += [_line("kr-end", share, top - 2, height + 4) for share in (0.0, 1.0)]
    if reached is not None and (reached > 1 or reached < 0):
        parts.append(f'<circle class="kr-tip" cx="{place(reached):.1f}%" cy="{top + height / 2:g}" r="3"/>')
    if bar.expected is not None:
        at = place(bar.expected)
        parts.append(_line("kr-expected", bar.expected, top - 3, height + 6))
        parts.append(
            f'<svg x="{at:.1f}%" y="{top - 4}" width="1" height="1" overflow="visible">'
            '<path class="kr-today" d="M-3.5 0h7L0 4z"/></svg>'
        )
    return joined(parts)


def _box(look: str, first: float, last: float, top: float, height: float) -> str:
    begin, end = place(first), place(last)
    return f'<rect class="{look}" x="{begin:.1f}%" y="{top:g}" width="{end - begin:.1f}%" height="{height:g}" rx="1"/>'


def _line(look: str, share: float, top: float, height: float) -> str:
    at = f"{place(share):.1f}%"
    return f'<line class="{look}" x1="{at}" x2="{at}" y1="{top:g}" y2="{top + height:g}"/>'


def _text(look: str, at: float, y: float, words: str, anchor: str) -> str:
    if not words:
        return ""
    return f'<text class="{look}" x="{at:.1f}%" y="{y:g}" text-anchor="{anchor}">{escaped(words)}</text>'
