"""The pen: SVG elements with everything escaped, painted by class on a page and by attribute in a file.

On a page the stylesheet colours the classes, in both themes. A file that leaves the page (a download, a PNG, a mail)
carries its colours itself, as plain attributes without any style element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

# The same figures as tokens.css, which a test compares.
COLOURS: Mapping[str, Mapping[str, str]] = {
    "light": {
        "surface": "#ffffff",
        "ink": "#14181d",
        "ink-2": "#434b56",
        "ink-3": "#5d6672",
        "rule-strong": "#c3c9d1",
        "accent": "#4350c8",
        "good": "#007b66",
        "watch": "#8f5a00",
        "bad": "#96102f",
        "best": "#0b4fa8",
        "chart-line": "#26303b",
        "chart-band": "#edf0f5",
        "chart-limit": "#7d8794",
        "chart-grid": "#eceef2",
        "chart-fan": "#e3e6fa",
        "chart-fan-core": "#c9cff4",
        "watch-wash": "#fbf2e1",
        "best-wash": "#e8f0fb",
        "sunken": "#eef0f3",
    },
    "dark": {
        "surface": "#161b1f",
        "ink": "#edf0f3",
        "ink-2": "#bcc4cd",
        "ink-3": "#98a2ae",
        "rule-strong": "#3d4650",
        "accent": "#a5aeff",
        "good": "#48d6ac",
        "watch": "#f5b83d",
        "bad": "#f2657c",
        "best": "#6b9cf5",
        "chart-line": "#dfe5eb",
        "chart-band": "#212930",
        "chart-limit": "#77828e",
        "chart-grid": "#242b31",
        "chart-fan": "#252a47",
        "chart-fan-core": "#363d6b",
        "watch-wash": "#352b16",
        "best-wash": "#1a2840",
        "sunken": "#20272d",
    },
}
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
TEXT_SIZE = 12
ROOM_SIZE = 13.5
"""Room is kept for letters of this size: the stylesheet enlarges them where the chart is shown smaller."""

# What each class looks like: fill, stroke, stroke width, dashes. `chart.css` says the same for pages.
LOOKS: Mapping[str, tuple[str, str, float, str]] = {
    "grid": ("none", "chart-grid", 1, ""),
    "axis": ("none", "rule-strong", 1, ""),
    "band": ("chart-band", "none", 0, ""),
    "limit": ("none", "chart-limit", 1, "5 4"),
    "centre": ("none", "chart-limit", 1, ""),
    "aim": ("none", "good", 1.5, "7 4"),
    "flag": ("none", "bad", 1.25, "2 3"),
    "path": ("none", "good", 1.25, "1 4"),
    "line": ("none", "chart-line", 1.6, ""),
    "so-far": ("none", "chart-line", 1.25, "2 3"),
    "dot": ("chart-line", "none", 0, ""),
    "hollow": ("surface", "chart-line", 1.4, ""),
    "running": ("surface", "chart-line", 1.4, "2 1.6"),
    "better": ("surface", "best", 1.4, ""),
    "worse": ("surface", "watch", 1.4, ""),
    "odd": ("surface", "chart-line", 1.4, ""),
    "ring": ("none", "ink-3", 1, ""),
    "event": ("none", "accent", 1, "3 3"),
    "event-flag": ("accent", "none", 0, ""),
    "definition": ("none", "ink-3", 1, "1 3"),
    "definition-flag": ("ink-3", "none", 0, ""),
    "cut": ("none", "ink-2", 1.25, ""),
    "window-better": ("best-wash", "none", 0, ""),
    "window-worse": ("watch-wash", "none", 0, ""),
    "window-odd": ("sunken", "none", 0, ""),
    "found-better": ("none", "best", 2, ""),
    "found-worse": ("none", "watch", 2, ""),
    "found-odd": ("none", "ink-2", 2, ""),
    "expected": ("none", "accent", 1.25, "6 2 1 2"),
    "fan": ("chart-fan", "none", 0, ""),
    "fan-core": ("chart-fan-core", "none", 0, ""),
    "fan-line": ("none", "accent", 1.4, "5 4"),
    "former": ("none", "ink-3", 1, "2 2"),
    "spread": ("none", "accent", 1.25, ""),
    "former-dot": ("surface", "ink-3", 1.2, ""),
    "grip": ("ink-2", "surface", 1.5, ""),
    "text": ("ink-3", "none", 0, ""),
    "strong": ("ink", "none", 0, ""),
    "text-aim": ("good", "none", 0, ""),
    "text-flag": ("bad", "none", 0, ""),
    "text-event": ("accent", "none", 0, ""),
    "heading": ("ink", "none", 0, ""),
}
# Characters XML 1.0 cannot hold, not even escaped.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes elements; `theme` None leaves the colours to the page's stylesheet."""

    theme: str | None = None

    def paint(self, look: str) -> str:
        """The attributes that make something look like `look`."""
        if self.theme is None:
            return f' class="{look}"'
        colours = COLOURS[self.theme]
        fill, stroke, width, dashes = LOOKS[look]
        said = f' fill="{colours.get(fill, fill)}"'
        if stroke != "none":
            said += f' stroke="{colours[stroke]}" stroke-width="{width:g}"'
        if dashes:
            said += f' stroke-dasharray="{dashes}"'
        return said

    def line(self, look: str, x1: float, y1: float, x2: float, y2: float) -> str:
        return f'<path{self.paint(look)} d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'

    def path(self, look: str, drawn: str) -> str:
        return f'<path{self.paint(look)} d="{drawn}"/>' if drawn else ""

    def text(self, look: str, x: float, y: float, words: str, *, anchor: str = "start", note: str = "") -> str:
        """One line of text; `note` is shown on hover and read aloud in its place."""
        size = "" if self.theme is None else _font(look)
        side = "" if anchor == "start" else f' text-anchor="{anchor}"'
        more = f"<title>{escaped(note)}</title>" if note else ""
        return f'<text{self.paint(look)}{size}{side} x="{x:.1f}" y="{y:.1f}">{escaped(words)}{more}</text>'


def _font(look: str) -> str:
    weight = ' font-weight="bold"' if look in ("strong", "heading") else ""
    size = TEXT_SIZE + 3 if look == "heading" else TEXT_SIZE
    return f' font-family="{FONT}" font-size="{size}"{weight}'


def escaped(words: object) -> str:
    """Text that is safe inside any element or attribute of an XML file."""
    return escape(UNPRINTABLE.sub("", str(words)), quote=True)


def joined(parts: Iterable[str]) -> str:
    return "".join(part for part in parts if part)


def text_width(words: str, size: float = ROOM_SIZE) -> float:
    """About how wide a text is; a sans-serif letter takes 0.6 of its size, an East Asian one all of it."""
    return sum(1.0 if ord(letter) > 0x2E7F else 0.6 for letter in words) * size


def shortened(words: str, room: float, size: float = ROOM_SIZE) -> str:
    """As much of a text as fits, with an ellipsis where something is missing; empty when nothing useful fits."""
    if text_width(words, size) <= room:
        return words
    fits = int((room - size) / (0.6 * size))
    return f"{words[:fits].rstrip()}…" if fits >= 3 else ""
