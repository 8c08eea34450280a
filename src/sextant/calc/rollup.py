"""How the parts of an objective make its progress, and its worst part its status: one objective, or all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sextant.calc.pace import BADNESS, NO_DATA, STATUSES
from sextant.calc.progress import clamp, relative_weights
from sextant.calc.why import Why, method

MODES = ("key_results", "children", "both")

FORMULAS = {
    "roll-up": "sum of (weight x progress, each cut to 0..1) / sum of the weights, over the parts that have data",
    "roll-up-nothing-counts": "no part that counts has a progress",
}

Figures = NDArray[np.float64]
Whole = NDArray[np.int64]
Codes = NDArray[np.int8]


class OwnDescendantError(ValueError):
    """An objective that is its own descendant; ``places`` are the objectives on and below such a ring."""

    key = "objective-own-descendant"

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__("An objective cannot contribute to itself, nor to what contributes to it.")
        self.places = tuple(places)


@dataclass(frozen=True, slots=True)
class Part:
    """A key result or a contributing objective: raw progress (None: no data), relative weight, status key.

    A guardrail counts like the others, but does not make a percentage by itself.
    """

    progress: float | None
    weight: float
    status: str
    is_guardrail: bool = False


@dataclass(frozen=True, slots=True)
class Rolled:
    """The progress of an objective from 0 to 1 (None: no part has data, or only guardrails have), how many of its
    parts with a weight were counted, and the worst status among all of them.
    """

    progress: float | None
    counted: int
    total: int
    worst: str


@dataclass(frozen=True, slots=True)
class RolledMany:
    """As Rolled for n objectives: progress (n,) with nan for none, counted, total (n,), and worst (n,) as places in
    STATUSES.
    """

    progress: Figures
    counted: Whole
    total: Whole
    worst: Codes

    def at(self, place: int) -> Rolled:
        """What one objective comes to."""
        share = float(self.progress[place])
        worst = STATUSES[self.worst[place]]
        return Rolled(None if math.isnan(share) else share, int(self.counted[place]), int(self.total[place]), worst)


def worst_status(statuses: Iterable[str]) -> str:
    """The worst of some statuses, no_data where there are none."""
    return max(statuses, key=BADNESS.__getitem__, default=NO_DATA)


def status_codes(statuses: Sequence[str]) -> Codes:
    """Statuses as places in STATUSES, for a Forest."""
    return np.fromiter((BADNESS[status] for status in statuses), dtype=np.int8, count=len(statuses))


def roll_up(parts: Sequence[Part]) -> Rolled:
    """The weighted mean of the parts, each clamped, and the worst of their statuses.

    A part of weight 0 is shown and neither counted nor in the total; one without data is left out of the mean and
    in the total ("2 of 3"). Both are looked at for the worst status: nothing hides a failing part.
    """
    weighed = [part for part in parts if part.weight > 0 and math.isfinite(part.weight)]
    known = [(part, part.progress) for part in weighed if part.progress is not None and math.isfinite(part.progress)]
    share = None
    if not all(part.is_guardrail for part, _ in known):
        weights = relative_weights([part.weight for part, _ in known])
        reached = [weight * clamp(raw) for weight, (_, raw) in zip(weights, known, strict=True)]
        share = math.fsum(reached) / math.fsum(weights)
    return Rolled(share, len(known), len(weighed), worst_status(part.status for part in parts))


def explain_roll_up(parts: Sequence[Part]) -> Why:
    """Why an objective stands where it stands."""
    rolled = roll_up(parts)
    rule = "roll-up-nothing-counts" if rolled.progress is None else "roll-up"
    inputs = {
        "parts": tuple((part.progress, part.weight, part.status) for part in parts),
        "counted": rolled.counted,
        "total": rolled.total,
        "worst": rolled.worst,
        "result": rolled.progress,
    }
    return Why(rule, FORMULAS[rule], inputs, method("roll-up"))


class Forest:
    """All objectives of an organisation, rolled up together from the leaves to the roots.

    Objectives and key results go by their places 0..n-1 and 0..m-1 in the arrays given:

    - ``parents`` (n,): the place of the objective it contributes to, -1 for none;
    - ``modes`` (n,): places in MODES, what makes the progress (whatever it is, all parts show in the worst status);
    - ``links`` (n,): weight of its contribution;
    - ``owners`` (m,): the place of the objective of each key result;
    - ``progress`` (m,): raw, nan for no data; ``weights`` (m,); ``statuses`` (m,): places in STATUSES;
    - ``guardrails`` (m,): True for those that make no percentage by themselves (None: no key result is one).

    ``rolled`` holds the result. The same as roll_up objective by objective. Raises OwnDescendantError.
    """

    def __init__(
        self,
        parents: ArrayLike,
        modes: ArrayLike,
        links: ArrayLike,
        owners: ArrayLike,
        progress: ArrayLike,
        weights: ArrayLike,
        statuses: ArrayLike,
        guardrails: ArrayLike | None = None,
    ) -> None:
        self._parents = np.asarray(parents, dtype=np.int64)
        modes = np.asarray(modes, dtype=np.int8)
        self._takes_key_results = modes != MODES.index("children")
        self._takes_children = modes != MODES.index("key_results")
        self._links = _usable(links)
        self._owners = np.asarray(owners, dtype=np.int64)
        self._progress = np.array(progress, dtype=np.float64)
        self._weights = _usable(weights)
        self._statuses = np.array(statuses, dtype=np.int8)
        none = np.zeros(len(self._owners), dtype=bool)
        self._guardrails = none if guardrails is None else np.asarray(guardrails, dtype=bool)
        self._levels = _levels(self._parents)
        self.rolled = self._roll()

    def change_one(self, key_result: int, progress: float | None, status: str) -> list[int]:
        """Give one key result another progress and status, and roll up again only what lies above it.

        Returns the places of the objectives that come to something else than before, its own first. The first
        call also makes an index of all parts, which takes about as long as rolling up everything.
        """
        self._progress[key_result] = math.nan if progress is None else progress
        self._statuses[key_result] = BADNESS[status]
        changed = []
        place = int(self._owners[key_result])
        while place >= 0 and self._roll_one(place):
            changed.append(place)
            place = int(self._parents[place])
        return changed

    def _roll(self) -> RolledMany:
        """All objectives: first what their key results add, then level by level what the children add."""
        n, owners = len(self._parents), self._owners
        weights = np.where(self._takes_key_results[owners], self._weights, 0.0)
        known = np.isfinite(self._progress) & (weights > 0)
        reached = np.bincount(owners, np.where(known, _cut(self._progress) * weights, 0.0), n)
        weight = np.bincount(owners, np.where(known, weights, 0.0), n)
        counted = np.bincount(owners[known], minlength=n)
        total = np.bincount(owners[weights > 0], minlength=n)
        makes = np.bincount(owners[known & ~self._guardrails], minlength=n) > 0
        worst = np.full(n, -1, dtype=np.int8)
        np.maximum.at(worst, owners, self._statuses)
        shares = np.full(n, np.nan)
        for places in reversed(self._levels):
            full = places[makes[places]]
            shares[full] = reached[full] / weight[full]
            worst[places[worst[places] < 0]] = BADNESS[NO_DATA]
            inner = places[self._parents[places] >= 0]
            above = self._parents[inner]
            np.maximum.at(worst, above, worst[inner])
            weighs = self._takes_children[above] & (self._links[inner] > 0)
            np.add.at(total, above[weighs], 1)
            adds = weighs & makes[inner]
            inner, above = inner[adds], above[adds]
            np.add.at(reached, above, shares[inner] * self._links[inner])
            np.add.at(weight, above, self._links[inner])
            np.add.at(counted, above, 1)
            makes[above] = True
        return RolledMany(shares, counted, total, worst)

    def _roll_one(self, place: int) -> bool:
        """One objective from its parts; True when it comes to something else than before."""
        rolled = self.rolled
        own, below = self._own.of(place), self._below.of(place)
        shares = np.concatenate((_cut(self._progress[own]), rolled.progress[below]))
        weights = np.concatenate(
            (self._weights[own] * self._takes_key_results[place], self._links[below] * self._takes_children[place])
        )
        weighs = weights > 0
        known = weighs & np.isfinite(shares)
        share = math.nan
        if known[len(own) :].any() or (known[: len(own)] & ~self._guardrails[own]).any():
            weights = weights[known]
            # Added one after the other, as for all objectives at once, so that the last digit is the same.
            share = np.cumsum(shares[known] * weights)[-1] / np.cumsum(weights)[-1]
        worst = max(self._statuses[own].max(initial=-1), rolled.worst[below].max(initial=-1))
        found = (share, np.count_nonzero(known), np.count_nonzero(weighs), worst)
        columns: tuple[NDArray[Any], ...] = (rolled.progress, rolled.counted, rolled.total, rolled.worst)
        is_other = False
        for column, figure in zip(columns, found, strict=True):
            if column[place] != figure and not (math.isnan(figure) and math.isnan(column[place])):
                column[place] = figure
                is_other = True
        return is_other

    @cached_property
    def _own(self) -> _Index:
        return _Index(self._owners, len(self._parents))

    @cached_property
    def _below(self) -> _Index:
        return _Index(self._parents, len(self._parents))


class _Index:
    """Which places name each of n wholes, in their order; -1 names none."""

    def __init__(self, wholes: Whole, n: int) -> None:
        self._places = np.argsort(wholes, kind="stable")
        self._ends = np.searchsorted(wholes[self._places], np.arange(n + 1))

    def of(self, whole: int) -> Whole:
        return self._places[self._ends[whole] : self._ends[whole + 1]]


def _cut(shares: Figures) -> Figures:
    return np.minimum(np.maximum(shares, 0.0), 1.0)


def _usable(weights: ArrayLike) -> Figures:
    """Weights with 0 for what cannot weigh: negative, infinite, missing."""
    given = np.asarray(weights, dtype=np.float64)
    return np.where(np.isfinite(given) & (given > 0), given, 0.0)


def _levels(parents: Whole) -> list[Whole]:
    """The objectives by how many lie above them: roots first. Raises OwnDescendantError."""
    above, ancestors = (parents >= 0).astype(np.int64), parents.copy()
    for _ in range(len(parents).bit_length() + 1):
        inside = np.flatnonzero(ancestors >= 0)
        if not len(inside):
            break
        # Every round doubles how far up an objective looks.
        above[inside] += above[ancestors[inside]]
        ancestors[inside] = ancestors[ancestors[inside]]
    else:
        raise OwnDescendantError(np.flatnonzero(ancestors >= 0).tolist())
    order = np.argsort(above, kind="stable")
    return np.split(order, np.cumsum(np.bincount(above))[:-1]) if len(order) else []
