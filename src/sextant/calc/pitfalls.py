"""The sixteen known pitfalls of OKRs and KPIs: from what counts to how clearly one is in it.

What counts is found by `practice`; here stand the thresholds, so that a page, the API and the guide say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

UNTOLD, NONE, SOME, CLEAR = "untold", "none", "some", "clear"
ORDER = (UNTOLD, NONE, SOME, CLEAR)
FEWEST_FOR_CLEAR = 2
"""One case alone is a hint, whatever its share."""


@dataclass(frozen=True, slots=True)
class Pitfall:
    """From which figure on there are some signs, from which on clear ones, and how many cases it takes to tell.

    The figure is a share of cases from 0 to 1 unless the pitfall says otherwise; more is worse.
    """

    key: str
    some: float
    clear: float
    least: int = 3

    @property
    def family(self) -> str:
        """okr or kpi."""
        return self.key.partition("-")[0]


_ALL = (
    Pitfall("okr-too-prescriptive", 0.2, 0.4),
    Pitfall("okr-misfit-culture", 0.3, 0.6, least=5),  # 1 less the share of check-ins made in time
    Pitfall("okr-hard-to-set", 0.25, 0.5),
    Pitfall("okr-not-measurable", 0.2, 0.4),
    Pitfall("okr-low-buy-in", 0.5, 0.75, least=5),
    Pitfall("okr-time-consuming", 60, 120, least=5),  # seconds for five check-ins
    Pitfall("okr-hard-to-adapt", 0.1, 0.3),
    Pitfall("okr-unclear-ownership", 0.001, 0.2, least=1),
    Pitfall("kpi-no-context", 0.2, 0.4),
    Pitfall("kpi-narrow-focus", 0.2, 0.6, least=1),
    Pitfall("kpi-inflexible", 0.2, 0.4),
    Pitfall("kpi-hard-to-measure", 0.2, 0.4),
    Pitfall("kpi-data-quality", 0.15, 0.35),
    Pitfall("kpi-over-reliance", 0.001, 0.2, least=1),
    Pitfall("kpi-hidden-causes", 0.5, 0.8),
    Pitfall("kpi-resistance", 0.25, 0.5, least=1),
)
PITFALLS: Mapping[str, Pitfall] = {one.key: one for one in _ALL}
PULSE_SOME, PULSE_CLEAR = 3.5, 3.0
"""Below these means of the pulse, on its scale of 1 to 5, the culture does not carry the process."""


def severity(pitfall: Pitfall, figure: float | None, count: int, total: int) -> str:
    """untold, none, some or clear. `count` of `total` cases are in it; without enough cases it cannot be told yet."""
    if figure is None or total < pitfall.least:
        return UNTOLD
    if figure < pitfall.some or count == 0:
        return NONE
    return CLEAR if figure >= pitfall.clear and count >= FEWEST_FOR_CLEAR else SOME


def pulse_severity(mean: float | None) -> str:
    """What the mean of a pulse says about the fit with the culture; untold without one."""
    if mean is None:
        return UNTOLD
    return CLEAR if mean < PULSE_CLEAR else SOME if mean < PULSE_SOME else NONE


def worst(found: Iterable[str]) -> str:
    """The clearest of several severities; what cannot be told gives way to what can."""
    return max(found, key=ORDER.index, default=UNTOLD)
