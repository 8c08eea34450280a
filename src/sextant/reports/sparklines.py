"""Sparklines: a whole matrix of series drawn at once, each a small SVG of about 120 x 28.

Coordinates are written as digits of fixed width by numpy, for all series together; per series only a few short pieces
of text are put around its slice of that buffer. That is what makes a scorecard of them cheap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from numpy.typing import ArrayLike, NDArray

from sextant.reports.drawing import escaped

Floats = NDArray[np.float64]
WIDTH, HEIGHT = 1200, 280  # tenths of a pixel: whole numbers are enough
EDGE = 30
MOST_COLUMNS = 260
FEWEST = 4  # values that show a way


def sparkline(
    values: ArrayLike,
    *,
    lower: float | None = None,
    upper: float | None = None,
    centre: float | None = None,
    target: float | None = None,
    marks: Iterable[int] = (),
    found: Iterable[tuple[int, int]] = (),
    running: float | None = None,
    title: str = "",
) -> SafeString:
    """One series (nan = gap) with its normal range, target, marked indexes and running value (drawn hollow)."""
    row = np.atleast_2d(np.asarray(values, dtype=np.float64))

    def one(figure: float | None) -> list[float] | None:
        return None if figure is None else [figure]

    return sparklines(
        row,
        lower=one(lower),
        upper=one(upper),
        centre=one(centre),
        target=one(target),
        marks=[list(marks)],
        found=[list(found)],
        running=one(running),
        titles=[title],
    )[0]


def sparklines(
    matrix: ArrayLike,
    *,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    centre: ArrayLike | None = None,
    target: ArrayLike | None = None,
    marks: Sequence[Iterable[int]] = (),
    found: Sequence[Iterable[tuple[int, int]]] = (),
    running: ArrayLike | None = None,
    titles: Sequence[str] = (),
) -> list[SafeString]:
    """Series x periods (nan = gap) as one sparkline per series.

    `lower`, `upper`, `centre`, `target` and `running` hold one figure per series (nan or None: not there), `marks` the
    marked indexes of each series, `found` the first and last index of each open finding, `titles` their names. A
    series without any value gives a sparkline that says so.
    """
    table = np.array(matrix, dtype=np.float64, ndmin=2)
    table[~np.isfinite(table)] = np.nan
    table, thinning = _narrowed(table)
    rows, periods = table.shape
    levels = [_column(given, rows) for given in (lower, upper, centre, target, running)]
    low, high = _ranges(table, levels)
    slots = periods + (1 if running is not None else 0)
    xs = np.linspace(EDGE, WIDTH - EDGE * 2, max(slots, 2))[:slots].astype(np.int64)
    ys = _heights(table, low, high)
    paths = _paths(xs[:periods], ys, np.isfinite(table))
    places = [_heights(level[:, None], low, high)[:, 0].tolist() for level in levels]
    known = [np.isfinite(level).tolist() for level in levels]
    words = _words(table)
    marked = list(marks) + [()] * (rows - len(marks))
    windows = list(found) + [()] * (rows - len(found))
    names = list(titles) + [""] * (rows - len(titles))
    at = xs.tolist()
    ends = _last_known(table)
    return [
        _drawn(
            paths[row],
            [places[kind][row] if known[kind][row] else None for kind in range(5)],
            _spots(table, ys, at, row, marked[row], thinning),
            _stretches(windows[row], at[:periods], thinning),
            (at[ends[row]], int(ys[row, ends[row]])) if ends[row] >= 0 else None,
            (names[row], words[row]),
            at[-1] if at else EDGE,
        )
        for row in range(rows)
    ]


def _narrowed(table: Floats) -> tuple[Floats, slice]:
    """At most MOST_COLUMNS columns: of very long series the last value of every stretch, newest kept."""
    periods = table.shape[1]
    step = max(1, -(-periods // MOST_COLUMNS))
    kept = slice((periods - 1) % step if periods else 0, None, step)
    return table[:, kept], kept


def _column(given: ArrayLike | None, rows: int) -> Floats:
    if given is None:
        return np.full(rows, np.nan)
    figures = np.array(given, dtype=np.float64, ndmin=1)
    return np.where(np.isfinite(figures), figures, np.nan)


def _ranges(table: Floats, levels: list[Floats]) -> tuple[Floats, Floats]:
    """Lowest and highest figure to show per series; a series without any gets 0 to 1."""
    every = np.column_stack([table, *levels])
    some = np.isfinite(every)
    low = np.min(np.where(some, every, np.inf), axis=1)
    high = np.max(np.where(some, every, -np.inf), axis=1)
    nothing = ~some.any(axis=1)
    low[nothing], high[nothing] = 0.0, 1.0
    return low, high


def _heights(figures: Floats, low: Floats, high: Floats) -> NDArray[np.int64]:
    """Places from the top, whole tenths of a pixel; a constant series lies in the middle, missing ones anywhere."""
    size = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-300)[:, None]
    bottom, top = low[:, None] / size, high[:, None] / size
    span = top - bottom
    is_flat = span < 1e-12
    share = np.where(is_flat, 0.5, (figures / size - bottom) / np.where(is_flat, 1.0, span))
    room = HEIGHT - 2 * EDGE
    return np.asarray(np.rint(HEIGHT - EDGE - np.nan_to_num(share, nan=0.5) * room), dtype=np.int64)


def _paths(xs: NDArray[np.int64], ys: NDArray[np.int64], known: NDArray[np.bool_]) -> list[str]:
    """All lines at once: each known point becomes the nine characters `L0123 045`, `M` after a gap."""
    rows, periods = ys.shape
    if periods == 0:
        return [""] * rows
    text = np.full((rows, periods, 9), 32, dtype=np.uint8)
    is_new = known & ~np.column_stack((np.zeros(rows, dtype=bool), known[:, :-1]))
    text[:, :, 0] = np.where(is_new, ord("M"), ord("L"))
    for place, power in enumerate((1000, 100, 10, 1)):
        text[:, :, 1 + place] = 48 + xs[None, :] // power % 10
    for place, power in enumerate((100, 10, 1)):
        text[:, :, 6 + place] = 48 + ys // power % 10
    whole = text[known].tobytes().decode("ascii")
    ends = (np.cumsum(known.sum(axis=1)) * 9).tolist()
    paths = [whole[begin:end] for begin, end in zip([0, *ends[:-1]], ends, strict=True)]
    alone = is_new & ~np.column_stack((known[:, 1:], np.zeros(rows, dtype=bool)))
    for row in np.flatnonzero(alone.any(axis=1)).tolist():  # a value between two gaps shows as a dot
        paths[row] += "".join(f"M{xs[at]} {ys[row, at]}h1" for at in np.flatnonzero(alone[row]).tolist())
    return paths


def _last_known(table: Floats) -> list[int]:
    if table.shape[1] == 0:
        return [-1] * len(table)
    known = np.isfinite(table)
    last = table.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    return [
        int(at) if has_any else -1 for at, has_any in zip(last.tolist(), np.any(known, axis=1).tolist(), strict=True)
    ]


def _words(table: Floats) -> list[str]:
    """What a screen reader says: how many values, how many of them are missing, and which way it went."""
    count = np.isfinite(table).sum(axis=1).tolist()
    whole, broken = gettext("%(count)s values"), gettext("%(count)s values, %(gaps)s missing")
    ways = {-1: gettext("falling"), 0: gettext("about level"), 1: gettext("rising")}
    words = []
    for seen, way in zip(count, _ways(table).tolist(), strict=True):
        gaps = table.shape[1] - seen
        said = (broken if gaps else whole) % {"count": seen, "gaps": gaps}
        words.append(f"{said}, {ways[way]}" if seen >= FEWEST else said)
    return words


def _ways(table: Floats) -> NDArray[np.int64]:
    """1 where the mean of the newest quarter lies more than a quarter of the whole spread above that of the oldest, -1
    where as far below, else 0."""
    known = np.isfinite(table)
    part = max(1, table.shape[1] // 4)
    values = np.where(known, table, 0.0) / (2 * max(1, table.shape[1]))  # small enough for the sum of any of them
    spread = np.where(known, values, -np.inf).max(axis=1, initial=-np.inf)
    spread -= np.where(known, values, np.inf).min(axis=1, initial=np.inf)
    oldest, newest = (
        values[:, cut].sum(axis=1) / np.maximum(known[:, cut].sum(axis=1), 1)
        for cut in (slice(None, part), slice(-part, None))
    )
    has_both = known[:, :part].any(axis=1) & known[:, -part:].any(axis=1)
    went = np.where(has_both, newest - oldest, 0.0)
    found: NDArray[np.int64] = np.where(np.abs(went) > spread / 4, np.sign(went), 0).astype(np.int64)
    return found


def _spots(
    table: Floats, ys: NDArray[np.int64], at: list[int], row: int, marked: Iterable[int], kept: slice
) -> list[tuple[int, int]]:
    """Where marked values lie."""
    periods = table.shape[1]
    columns = {-(-(index - kept.start) // kept.step) for index in marked}
    return [
        (at[one], int(ys[row, one])) for one in sorted(columns) if 0 <= one < periods and np.isfinite(table[row, one])
    ]


def _stretches(windows: Iterable[tuple[int, int]], at: list[int], kept: slice) -> list[tuple[int, int]]:
    """From where to where findings reach; one of a single period is still wide enough to be seen."""
    last, found = len(at) - 1, []
    for window in windows if at else ():
        begin, end = (min(max(-(-(index - kept.start) // kept.step), 0), last) for index in window)
        found.append((max(0, at[begin] - 20), min(WIDTH, at[end] + 20)))
    return found


def _drawn(
    path: str,
    levels: list[int | None],
    spots: list[tuple[int, int]],
    windows: list[tuple[int, int]],
    last: tuple[int, int] | None,
    words: tuple[str, str],
    end: int,
) -> SafeString:
    """One sparkline from its finished pieces."""
    lower, upper, _, target, running = levels
    drawn = ""
    if lower is not None and upper is not None:
        drawn += f'<path class="band" d="M0 {upper}H{WIDTH}V{lower}H0z"/>'
    if target is not None:
        drawn += f'<path class="aim" d="M0 {target}H{WIDTH}"/>'
    if path:
        drawn += f'<path class="line" d="{path}"/>'
    if spots:
        drawn += f'<path class="odd" d="{"".join(f"M{x} {y - 34}l34 34-34 34-34-34z" for x, y in spots)}"/>'
    if windows:
        drawn += f'<path class="found" d="{"".join(f"M{begin} 36V12H{end}v24" for begin, end in windows)}"/>'
    if last is not None:
        drawn += f'<circle class="last" cx="{last[0]}" cy="{last[1]}" r="24"/>'
    if running is not None:
        drawn += f'<circle class="now" cx="{end}" cy="{running}" r="26"/>'
    name, said = words
    if windows:
        said = f"{said}, {gettext('a finding is open')}"
    title = f"<title>{escaped(name)}</title>" if name else ""
    label = escaped(f"{name}: {said}" if name else said)
    return mark_safe(  # noqa: S308 - digits of our own and escaped words
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"{title}<desc>{escaped(said)}</desc>{drawn}</svg>"
    )
