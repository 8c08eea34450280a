"""What one family of models knows of many series, and how much speaks for a step or an outlier in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sextant.calc.findings_models import WINDOWS, Family, Floats

STEP, SINGLE = 2.0, 4.0
"""How large steps usually are, in noise sizes: a prior spread, not a limit. One that only the newest value shows may be
a spike, and those are larger than what lasts."""


@dataclass(slots=True, eq=False)
class Track:
    """What one family knows of B series, as values and as logarithms: states (B, 2, M, p), the sum of squared errors
    and of log spreads, and for each onset how much speaks for a step, and with what weight (B, 2, M, WINDOWS).
    """

    family: Family
    state: Floats
    squares: Floats
    spreads: Floats
    speaks: Floats
    weight: Floats
    doubt: Floats
    """Extra variance of the level (B, 2, M), in noise variances, while a new baseline is learned."""
    fresh: Floats
    """What the part of the newest error that was not learned from adds to `speaks`."""
    learned: Floats
    """Of the newest WINDOWS values (B, 2, M, WINDOWS, 3): the clipped error, by how much it moved what is expected, in
    the unit of the values, and what it added to `squares`."""

    @property
    def arrays(self) -> tuple[Floats, ...]:
        """All that differs between series."""
        return (
            self.state, self.squares, self.spreads, self.speaks, self.weight, self.doubt, self.fresh, self.learned,
        )  # fmt: skip


def new_track(family: Family, rows: int) -> Track:
    """A family that has seen nothing yet of this many series."""
    members, states = family.gain.shape[1:]
    shape = (rows, 2, members)
    return Track(
        family, *(np.zeros(one, np.float32) for one in (
            (*shape, states), shape, shape, (*shape, WINDOWS), (*shape, WINDOWS), shape, shape, (*shape, WINDOWS, 3))),
    )  # fmt: skip


def evidence(speaks: Floats, weight: Floats, squares: Floats, count: Floats, step: Floats | float = STEP) -> Floats:
    """By how much, as a logarithm, a step of unknown size explains the errors better than no step.

    `speaks` is the sum of trace x error since the step would have begun, `weight` that of trace x trace, `squares` the
    sum of all squared errors so far and `count` their number; the size of the noise is integrated out with the step,
    which is usually about `step` noise sizes large.
    """
    whole = weight + 1 / step**2
    explained = np.minimum(np.square(speaks) / (whole * squares), 1 - 1e-6)
    return np.asarray(-0.5 * count * np.log1p(-explained) - 0.5 * np.log(whole * step**2))
