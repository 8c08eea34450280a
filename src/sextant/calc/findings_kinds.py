"""What is known beforehand about KPIs, by frequency: how seasons, trends and noise usually are, in noise sizes."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.calc.findings_models import Kind

SEASONS: Mapping[str, int] = {
    "minute": 288, "hour": 24, "day": 7, "week": 52, "month": 12, "quarter": 4, "tertial": 3, "half": 2, "year": 0,
}  # fmt: skip
"""Periods until a frequency usually repeats itself."""
FINEST = "minute"
"""Values every few minutes: no KPI has them, but `sextant lab` judges such series too."""
TRENDS: Mapping[str, float] = {"minute": 0.0005, "hour": 0.006, "day": 0.012, "week": 0.012}
"""How steep trends usually are, in noise sizes per period."""
FAINT, STRONG = (1.0, 0.3), (2.5, 0.7)
"""Sizes of the yearly (daily, ...) wave and of the one twice as fast, where there is a season at all."""
STEEP, STEEP_SHARE = 0.3, 0.06
"""A few KPIs grow or fall by this much of their noise in every period."""
LONG_MEMORIES = ((0.0, 0.25), (0.5, 0.25), (0.8, 0.25), (0.95, 0.25))
DETAIL: Mapping[str, tuple[int, float]] = {"week": (12, 0.25), "month": (5, 0.3)}
"""How many waves a season with short peaks has, and the size of the faster ones."""


def kind_of(frequency: str, season_length: int | None = None) -> Kind:
    """The bank for a frequency; `season_length` None: the frequency's own season."""
    length = SEASONS[frequency] if season_length is None else season_length
    trend = TRENDS.get(frequency, 0.025)
    shapes = tuple((share, trend, sizes) for share, sizes in _seasons(frequency, length))
    if frequency == FINEST:
        return Kind(length, shapes, LONG_MEMORIES, tails=1.0, outliers=0.0, quiet=120)
    return Kind(length, (*shapes, (STEEP_SHARE, STEEP, shapes[-2][2] if len(shapes) > 2 else shapes[-1][2])))


def _seasons(frequency: str, length: int) -> tuple[tuple[float, tuple[float, ...]], ...]:
    """No season, a faint, a strong and a rough one (with short peaks), each with its share."""
    if frequency == FINEST:
        return (0.5, ()), (0.5, (2.0, 1.0, 0.5, 0.5))
    harmonics = length // 2
    if harmonics < 1:
        return ((1.0, ()),)
    if harmonics <= 3:
        return (0.3, ()), (0.3, (0.7,) * harmonics), (0.4, (1.5,) * harmonics)
    most, size = DETAIL.get(frequency, (6, 0.3))
    rough = (*STRONG, *(size,) * (min(most, harmonics) - 2))
    return (0.3, ()), (0.25, FAINT), (0.25, STRONG), (0.2, rough)
