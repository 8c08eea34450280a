"""The alignment map as SVG: cards by level, what contributes solid, what supports dotted, orphans in their own lane.

The same drawing serves the page, coloured by the stylesheet, and the file, which carries its colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sextant.reports.alignment_layout import CARD_HEIGHT, HEAD_HEIGHT, LANE_GAP, Layout, Place
from sextant.reports.drawing import COLOURS, FONT, escaped, joined, text_width

INSET = 12
EDGE_ROOM, FOLD_ROOM = 16, 22
TITLE_SIZE, SMALL_SIZE = 13, 11.5
MOST_MARKS = 7

# What each class looks like in a file: fill, stroke, stroke width, dashes. `okr.css` says the same for pages.
LOOKS: Mapping[str, tuple[str, str, float, str]] = {
    "m-card": ("surface", "rule-strong", 1, ""),
    "m-hit": ("surface", "accent", 2.5, ""),
    "m-context": ("surface", "rule-strong", 1, "4 3"),
    "m-top": ("chart-band", "rule-strong", 1, ""),
    "m-contributes": ("none", "chart-limit", 1.25, ""),
    "m-supports": ("none", "ink-3", 1.25, "2 4"),
    "m-step_of": ("none", "accent", 1.25, "8 4"),
    "m-track": ("chart-band", "none", 0, ""),
    "m-lane": ("none", "rule-strong", 1, ""),
    "m-title": ("ink", "none", 0, ""),
    "m-said": ("ink-2", "none", 0, ""),
    "m-quiet": ("ink-3", "none", 0, ""),
}
TONES: Mapping[str, str] = {
    "on_track": "good", "at_risk": "watch", "off_track": "bad", "exceeded": "best",
}  # fmt: skip
FILLED: Mapping[str, str] = {
    "on_track": "M6 1.4a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2z",
    "at_risk": "M6 .9 11.4 10.6H.6z",
    "off_track": "M6 .3 11.7 6 6 11.7.3 6z",
    "exceeded": "m6 .3 1.7 3.7 4 .5-3 2.7.8 4L6 9.2 2.5 11.2l.8-4-3-2.7 4-.5z",
}
HOLLOW = "M6 1.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4z"


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on the map. `kind` is vision, theme or objective; `share` raw progress; `marks` the statuses of its
    key results; `label` is read aloud. `folded` counts what is hidden below it; `fold_url` changes that."""

    identity: str
    kind: str
    title: str
    url: str = ""
    label: str = ""
    status: str = ""
    status_words: str = ""
    share: float | None = None
    share_words: str = ""
    beside: str = ""
    marks: Sequence[str] = ()
    is_hit: bool = False
    is_dimmed: bool = False
    is_context: bool = False
    folded: int = 0
    fold_url: str = ""
    fold_label: str = ""
    topics: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from a child to what is above it; kinds: contributes, supports, step_of."""

    child: str
    parent: str
    kind: str


@dataclass(frozen=True, slots=True)
class MapPicture:
    """The whole map: cards by id, lines, headings of the columns and of the lanes but the first."""

    title: str
    layout: Layout
    cards: Mapping[str, Card]
    edges: Sequence[Edge]
    heads: Sequence[str]
    lane_heads: Sequence[str] = ()


def svg(picture: MapPicture, *, theme: str | None = None) -> str:
    """The map for a page, or, with a theme (light or dark), as a file of its own."""
    layout = picture.layout
    width, height = layout.width + 2 * EDGE_ROOM + FOLD_ROOM, layout.height + 2 * EDGE_ROOM
    ink = _Ink(theme)
    parts = [
        _heads(picture, ink),
        joined(_edge(edge, layout, ink) for edge in picture.edges),
        joined(card(picture.cards[key], place, theme=theme) for key, place in layout.places.items()),
    ]
    inside = f'<g transform="translate({EDGE_ROOM} {EDGE_ROOM})">{joined(parts)}</g>'
    if theme is None:
        return (
            f'<svg class="amap" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'role="group" aria-label="{escaped(picture.title)}">{inside}</svg>'
        )
    ground = f'<rect width="{width:.0f}" height="{height:.0f}" fill="{COLOURS[theme]["surface"]}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}" role="img"><title>{escaped(picture.title)}'
        f"</title>{ground}{inside}</svg>"
    )


@dataclass(frozen=True, slots=True)
class _Ink:
    """Paints by class on a page and by attribute in a file."""

    theme: str | None

    def paint(self, look: str) -> str:
        if self.theme is None:
            return f'class="{look}"'
        colours = COLOURS[self.theme]
        fill, stroke, width, dashes = LOOKS[look]
        said = f'fill="{colours.get(fill, fill)}"'
        if stroke != "none":
            said += f' stroke="{colours[stroke]}" stroke-width="{width:g}"'
        return said + (f' stroke-dasharray="{dashes}"' if dashes else "")

    def tone(self, status: str, *, is_line: bool = False) -> str:
        """The colour of a status."""
        if self.theme is None:
            return f'class="{"m-hollow" if is_line else "m-tone"} m-{escaped(status)}"'
        colour = COLOURS[self.theme][TONES.get(status, "ink-3")]
        return f'fill="none" stroke="{colour}" stroke-width="1.4"' if is_line else f'fill="{colour}"'

    def text(self, look: str, x: float, y: float, words: str, *, size: float, anchor: str = "start") -> str:
        if not words:
            return ""
        weight = ' font-weight="bold"' if self.theme is not None and look == "m-title" else ""
        font = f' font-size="{size:g}"{weight}' if self.theme is not None else ""
        side = "" if anchor == "start" else f' text-anchor="{anchor}"'
        return f'<text {self.paint(look)}{font}{side} x="{x:g}" y="{y:g}">{escaped(words)}</text>'


def card(one: Card, place: Place, *, theme: str | None = None) -> str:
    """One card at its place."""
    ink = _Ink(theme)
    look = (
        "m-hit" if one.is_hit else "m-context" if one.is_context else "m-card" if one.kind == "objective" else "m-top"
    )
    body = [f'<rect {ink.paint(look)} width="{place.width:g}" height="{CARD_HEIGHT}" rx="6"/>']
    lines = wrapped(one.title, place.width - 2 * INSET, 2 if one.kind == "objective" else 4)
    body += [ink.text("m-title", INSET, 21 + 17 * at, line, size=TITLE_SIZE) for at, line in enumerate(lines)]
    if one.kind == "objective":
        body += _standing(one, place.width, ink)
    if theme is not None:
        folded = (
            ink.text("m-quiet", place.width + 6, CARD_HEIGHT / 2 + 4, f"+{one.folded}", size=SMALL_SIZE)
            if one.folded
            else ""
        )
        opacity = ' opacity="0.4"' if one.is_dimmed else ""
        return f'<g transform="translate({place.x:g} {place.y:g})"{opacity}>{joined(body)}{folded}</g>'
    whole = f"<title>{escaped(one.title)}</title>" if lines and lines[-1].endswith("…") else ""
    link = f'<a href="{escaped(one.url)}" class="m-link" aria-label="{escaped(one.label)}">{joined(body)}{whole}</a>'
    fold = ""
    if one.fold_url:
        sign = f"+{one.folded}" if one.folded else "−"
        fold = (
            f'<a href="{escaped(one.fold_url)}" class="m-fold" data-fold="" aria-label="{escaped(one.fold_label)}">'
            f'<rect x="{place.width + 4:g}" y="{CARD_HEIGHT / 2 - 10:g}" width="30" height="20" rx="10"/>'
            f'<text x="{place.width + 19:g}" y="{CARD_HEIGHT / 2 + 4:g}" text-anchor="middle">{sign}</text></a>'
        )
    more = f' data-topics="{escaped(one.topics)}" data-objective="{escaped(one.identity)}"' if one.topics else ""
    dimmed = " is-dimmed" if one.is_dimmed else ""
    return (
        f'<g id="o-{escaped(one.identity)}" class="m-node{dimmed}" data-column="{place.column}"{more} '
        f'transform="translate({place.x:g} {place.y:g})">{link}{fold}</g>'
    )


def _standing(one: Card, width: float, ink: _Ink) -> list[str]:
    """Status with its word, progress with its bar, and the key results as small marks."""
    marks = [
        f'<g transform="translate({width - INSET - 11 * (min(len(one.marks), MOST_MARKS) - at):g} 49) scale(.72)">'
        f"{_mark(status, ink)}</g>"
        for at, status in enumerate(one.marks[:MOST_MARKS])
    ]
    bar_width = width - 2 * INSET - 56
    reached = min(max(one.share or 0.0, 0.0), 1.0)
    parts = [
        f'<g transform="translate({INSET} 48)">{_mark(one.status, ink)}</g>',
        ink.text("m-said", INSET + 18, 58, one.status_words, size=SMALL_SIZE),
        *marks,
        f'<rect {ink.paint("m-track")} x="{INSET}" y="72" width="{bar_width:g}" height="7" rx="2"/>',
    ]
    if reached > 0:
        tone = ink.tone(one.status)
        parts.append(f'<rect {tone} x="{INSET}" y="72" width="{bar_width * reached:.1f}" height="7" rx="2"/>')
    parts.append(ink.text("m-title", width - INSET, 80, one.share_words, size=SMALL_SIZE, anchor="end"))
    return parts


def _mark(status: str, ink: _Ink) -> str:
    if status in FILLED:
        return f'<path {ink.tone(status)} d="{FILLED[status]}"/>'
    return f'<path {ink.tone(status, is_line=True)} d="{HOLLOW}"/>'


def _edge(edge: Edge, layout: Layout, ink: _Ink) -> str:
    """A curve from the parent's right side to the child's left; other links go round the outside."""
    child, parent = layout.places.get(edge.child), layout.places.get(edge.parent)
    if child is None or parent is None:
        return ""
    look, middle = ink.paint(f"m-{edge.kind}"), CARD_HEIGHT / 2
    y1, y2 = parent.y + middle, child.y + middle
    if child.column > parent.column:
        x1, x2 = parent.x + parent.width, child.x
        bend = x1 + (x2 - x1) / 2 if child.column == parent.column + 1 else x2 - 26
    else:
        x1, x2 = parent.x + parent.width, child.x + child.width
        bend = max(x1, x2) + 24
    return f'<path {look} d="M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2:g} {y2:g}"/>'


def _heads(picture: MapPicture, ink: _Ink) -> str:
    """Names of the columns, and of the lanes below the first with a line above them."""
    layout = picture.layout
    parts = [
        ink.text("m-quiet", left, HEAD_HEIGHT - 14, words, size=SMALL_SIZE)
        for left, words in zip(layout.columns, picture.heads, strict=False)
    ]
    for top, words in zip(layout.lanes[1:], picture.lane_heads, strict=False):
        y = top - LANE_GAP / 2
        parts.append(f'<path {ink.paint("m-lane")} d="M0 {y - 10:g}H{layout.width:g}"/>')
        parts.append(ink.text("m-quiet", 0, y + 8, words, size=SMALL_SIZE))
    return joined(parts)


def wrapped(words: str, room: float, most: int, size: float = TITLE_SIZE) -> list[str]:
    """A text in at most so many lines that fit the room; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    line = ""
    for word in words.split():
        candidate = f"{line} {word}".strip()
        if text_width(candidate, size * 0.98) <= room or not line:
            line = candidate
            continue
        lines.append(line)
        line = word
        if len(lines) == most:
            break
    if len(lines) < most and line:
        lines.append(line)
        line = ""
    is_cut = len(" ".join(lines)) < len(" ".join(words.split()))
    fitted = [_fitted(one, room, size) for one in lines]
    if is_cut and fitted and not fitted[-1].endswith("…"):
        fitted[-1] = _fitted(f"{fitted[-1]} …", room, size)
    return fitted


def _fitted(line: str, room: float, size: float) -> str:
    if text_width(line, size * 0.98) <= room:
        return line
    fits = max(1, int(room / (0.6 * size * 0.98)) - 1)
    return f"{line[:fits].rstrip(' …')}…"
