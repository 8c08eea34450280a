"""Where the cards of an alignment map stand: columns by level, children beside their parent, lanes below each other.

Pure arithmetic on ids. A parent stands level with its first child, so that one reads from left to right and down; no
two cards of a column overlap, and lines between neighbouring columns do not cross.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CARD_WIDTH, TOP_WIDTH, CARD_HEIGHT = 222, 152, 92
COLUMN_GAP, ROW_GAP, LANE_GAP = 46, 14, 44
HEAD_HEIGHT = 30


@dataclass(frozen=True, slots=True)
class Place:
    """The upper left corner of a card, its column from 0, and its width."""

    x: float
    y: float
    column: int
    width: float = CARD_WIDTH


@dataclass(frozen=True, slots=True)
class Layout:
    """Places by id, the size of the whole, the top of each lane, and where each column begins."""

    places: Mapping[str, Place]
    width: float
    height: float
    lanes: Sequence[float]
    columns: Sequence[float]


Children = Mapping[str, Sequence[str]]


def laid_out(lanes: Sequence[tuple[Sequence[str], int]], children: Children, narrow: int = 0) -> Layout:
    """The layout of lanes, each with its roots and the column these stand in; the first `narrow` columns are narrow.

    Whatever `children` says, a card is placed once: a ring, which the commands refuse, ends where it began.
    """
    places: dict[str, Place] = {}
    tops: list[float] = []
    y = float(HEAD_HEIGHT)
    for roots, column in lanes:
        tops.append(y)
        for root in roots:
            y = _placed(root, column, y, children, narrow, places)
        y += LANE_GAP - ROW_GAP
    columns = [_left(column, narrow) for column in range(1 + max((one.column for one in places.values()), default=0))]
    width = max((place.x + place.width for place in places.values()), default=0.0)
    height = max((place.y for place in places.values()), default=0.0) + CARD_HEIGHT
    return Layout(places, width, height, tops, columns)


def _left(column: int, narrow: int) -> float:
    """Where a column begins."""
    slim = min(column, narrow)
    return float(slim * TOP_WIDTH + (column - slim) * CARD_WIDTH + column * COLUMN_GAP)


def _placed(root: str, column: int, top: float, children: Children, narrow: int, places: dict[str, Place]) -> float:
    """Place a tree from `top` on; returns where the next one may begin."""
    y = top
    waiting = [(root, column)]
    is_first = True
    while waiting:
        one, at = waiting.pop()
        if one in places:
            continue
        # A first child stands beside its parent; every other card begins a row of its own.
        if not is_first:
            y += CARD_HEIGHT + ROW_GAP
        places[one] = Place(_left(at, narrow), y, at, TOP_WIDTH if at < narrow else CARD_WIDTH)
        below = [child for child in children.get(one, ()) if child not in places]
        waiting.extend((child, at + 1) for child in reversed(below))
        is_first = bool(below)
    return y + CARD_HEIGHT + ROW_GAP


def unfolded(
    roots: Iterable[str], children: Children, most: int, opened: Iterable[str] = (), closed: Iterable[str] = ()
) -> tuple[set[str], dict[str, int]]:
    """Which cards are shown when no more than about `most` should be, and how many are folded below which.

    Whole levels are shown while they fit; `opened` cards show their children whatever that costs, `closed` ones never.
    """
    opened, closed = set(opened), set(closed)
    shown: set[str] = set()
    level = list(dict.fromkeys(roots))
    shown.update(level)
    fits = True
    while level:
        following = [
            child
            for one in level
            if one not in closed and (fits or one in opened)
            for child in children.get(one, ())
            if child not in shown
        ]
        if fits and len(shown) + len(following) > most:
            fits = False
            following = [child for one in level if one in opened - closed for child in children.get(one, ())]
            following = [child for child in following if child not in shown]
        level = list(dict.fromkeys(following))
        shown.update(level)
    folded = {one: _below(one, children) for one in shown if _is_folded(one, children, shown)}
    return shown, folded


def _is_folded(one: str, children: Children, shown: set[str]) -> bool:
    return any(child not in shown for child in children.get(one, ()))


def _below(one: str, children: Children) -> int:
    """How many hang below, over all levels."""
    seen, waiting = {one}, [one]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in seen:
                seen.add(child)
                waiting.append(child)
    return len(seen) - 1
