"""Does the driver drive: after each real move of one number, did the other follow after the stated lag?

A correlation of two series proves nothing where both have season and trend. Here every real move of the driver is one
test: the outcome is judged after the lag as an action is (`effects`), and people see how often it followed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sextant.calc.effects import Effect, effect
from sextant.calc.why import Why, method

MOST_POINTS = 13
"""A move is followed, if at all, within so many periods after the lag."""
FORMULA = "strength = sum(score x way of the move x way of the link) / sqrt(moves judged)"


@dataclass(frozen=True, slots=True)
class Move:
    """A real move of the driver: the index of its first period, and the way (1 up, -1 down)."""

    index: int
    way: int


@dataclass(frozen=True, slots=True)
class Following:
    """One move and what the outcome did after the lag: `answer` is "followed", "not" or "open" (not to be said)."""

    move: Move
    answer: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Drive:
    """How often the outcome followed. `moved` = `followed` + `not_followed` + `still_open`.

    `strength` ranks links: about 0 for numbers that have nothing to do with each other, above 2 hardly by chance.
    """

    moved: int
    followed: int
    not_followed: int
    still_open: int
    strength: float
    cases: tuple[Following, ...]


def drive(
    outcome: ArrayLike, moves: Sequence[Move], *, lag: int, same_way: bool | None = True, season_length: int = 0,
    dividers: Sequence[int] = (),
) -> Drive:  # fmt: skip
    """Judge one link. `outcome` shares the periods of the driver, nan where missing; `lag` in periods, 0 or more.

    `same_way` says whether the outcome should go the way of the driver or the other; None: whichever it goes, as long
    as it does so every time. The level of the outcome may settle anew at every earlier move, so that one answer is
    not taken for the next. Moves within the same periods count once.
    """
    values = np.array(outcome, dtype=np.float64, ndmin=1)
    own = sorted({move.index: move for move in moves}.values(), key=lambda move: move.index)
    starts = [move.index + max(0, lag) for move in own]
    ends = [*starts[1:], len(values)]
    found = []
    for place, (move, start, end) in enumerate(zip(own, starts, ends, strict=False)):
        settled = sorted({*dividers, *starts[:place]})
        most = min(MOST_POINTS, max(0, end - start))
        judged = effect(values[:end], start, season_length=season_length, dividers=settled, most=most)
        found.append((move, judged))
    way = _way(found, same_way)
    cases = tuple(Following(move, _answer(judged, move.way * way), judged) for move, judged in found)
    scores = [case.effect.score * case.move.way * way for case in cases if case.answer != "open"]
    answers = [case.answer for case in cases]
    strength = math.fsum(scores) / math.sqrt(len(scores)) if scores else 0.0
    return Drive(
        len(cases), answers.count("followed"), answers.count("not"), answers.count("open"), strength, cases
    )  # fmt: skip


def explain_drive(found: Drive) -> Why:
    """Why a link is as strong as it is."""
    inputs: dict[str, object] = {
        "moved": found.moved, "followed": found.followed, "not_followed": found.not_followed,
        "still_open": found.still_open, "scores": [round(case.effect.score, 2) for case in found.cases],
        "result": found.strength,
    }  # fmt: skip
    return Why("driver-link", FORMULA, inputs, method("does-the-driver-drive"))


def _way(found: Sequence[tuple[Move, Effect]], same_way: bool | None) -> int:
    if same_way is not None:
        return 1 if same_way else -1
    return 1 if math.fsum(judged.score * move.way for move, judged in found) >= 0 else -1


def _answer(judged: Effect, way: int) -> str:
    if judged.size is None:
        return "open"
    return "followed" if judged.is_real and judged.size * way > 0 else "not"
