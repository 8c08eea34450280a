"""What is known beforehand about KPIs, by frequency: how seasons, trends and noise usually are, in noise sizes."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.calc.findings_models import Kind

SEASONS: Mapping[str, int] = {
    "hour": 24, "day": 7, "week": 52, "month": 12, "quarter": 4, "tertial": 3, "half": 2, "year": 0,
}  # fmt: skip
"""Periods until a frequency usually repeats itself."""
TRENDS: Mapping[str, float] = {"hour": 0.006, "day": 0.012, "week": 0.012}
"""How steep trends usually are, in noise sizes per period."""
SMOOTH = (2.0, 0.7)
DETAIL: Mapping[str, tuple[int, float]] = {"week": (12, 0.35), "month": (5, 0.3)}
MOST_HARMONICS = 12


def kind_of(frequency: str, season_length: int | None = None) -> Kind:
    """The bank for a frequency; `season_length` None: the frequency's own season."""
    length = SEASONS[frequency] if season_length is None else season_length
    return Kind(length, TRENDS.get(frequency, 0.025), _seasons(frequency, length))


def _seasons(frequency: str, length: int) -> tuple[tuple[float, tuple[float, ...]], ...]:
    """None, smooth (yearly ups and downs) and rough (with short peaks) seasons with their shares."""
    harmonics = length // 2
    if harmonics < 1:
        return ((1.0, ()),)
    if harmonics <= 3:
        return (0.3, ()), (0.7, (1.2,) * harmonics)
    most, size = DETAIL.get(frequency, (6, 0.3))
    rough = (*SMOOTH, *(size,) * (min(most, harmonics) - 2))
    return (0.3, ()), (0.45, SMOOTH), (0.25, rough)
