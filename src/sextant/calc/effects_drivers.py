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

from sextant.calc.effects import (
    HISTORY_NEEDED,
    Effect,
    Floats,
    autocorrelation,
    effect,
    in_handy_unit,
    season_and_trend,
    without_season,
)
from sextant.calc.why import Why, method

MOST_POINTS = 13
"""A move is followed, if at all, within so many periods after the lag."""
FORMULA = "strength = (sum(score x way of the move x way of the link) / sqrt(moves judged) + t of the level) / sqrt(2)"


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

    `strength` ranks links: about 0 for numbers that have nothing to do with each other, with a scatter of 2.5 where
    both change their levels now and then (benchmarks/method/effects.py). It is made of `after_moves`, the scores of
    the outcome after the moves, and `level`, how clearly it follows the level.
    """

    moved: int
    followed: int
    not_followed: int
    still_open: int
    strength: float
    after_moves: float
    level: float
    cases: tuple[Following, ...]


def drive(
    driver: ArrayLike, outcome: ArrayLike, moves: Sequence[Move], *, lag: int, same_way: bool | None = True,
    season_length: int = 0, dividers: Sequence[int] = (),
) -> Drive:  # fmt: skip
    """Judge one link. `driver` and `outcome` share their periods, nan where missing; `lag` in periods, 0 or more.

    `same_way` says whether the outcome should go the way of the driver or the other; None: whichever it goes, as long
    as it does so every time. The level of the outcome may settle anew at every earlier move, so that one answer is
    not taken for the next. Moves within the same period count once.
    """
    values = _plain(outcome)
    own = sorted({move.index: move for move in moves}.values(), key=lambda move: move.index)
    starts = [move.index + max(0, lag) for move in own]
    found = []
    for place, (move, start) in enumerate(zip(own, starts, strict=True)):
        end = starts[place + 1] if place + 1 < len(starts) else len(values)
        settled = sorted({*dividers, *starts[:place]})
        most = min(MOST_POINTS, max(0, end - start))
        judged = effect(values[:end], start, season_length=season_length, dividers=settled, most=most)
        found.append((move, judged))
    level = _level_score(_plain(driver), values, max(0, lag), season_length)
    way = _way(found, level, same_way)
    cases = tuple(Following(move, _answer(judged, move.way * way), judged) for move, judged in found)
    scores = [case.effect.score * case.move.way * way for case in cases if case.answer != "open"]
    answers = [case.answer for case in cases]
    if not scores:  # no move that could be judged is no test
        return Drive(len(cases), 0, 0, answers.count("open"), 0.0, 0.0, 0.0, cases)
    after_moves, level = math.fsum(scores) / math.sqrt(len(scores)), level * way
    return Drive(
        len(cases), answers.count("followed"), answers.count("not"), answers.count("open"),
        (after_moves + level) / math.sqrt(2), after_moves, level, cases,
    )  # fmt: skip


def explain_drive(found: Drive) -> Why:
    """Why a link is as strong as it is."""
    inputs: dict[str, object] = {
        "moved": found.moved, "followed": found.followed, "not_followed": found.not_followed,
        "still_open": found.still_open, "scores": [round(case.effect.score, 2) for case in found.cases],
        "after_moves": found.after_moves, "level": found.level, "result": found.strength,
    }  # fmt: skip
    return Why("driver-link", FORMULA, inputs, method("does-the-driver-drive"))


def _plain(values: ArrayLike) -> Floats:
    series = np.array(values, dtype=np.float64, ndmin=1)
    series[~np.isfinite(series)] = np.nan
    return series


def _way(found: Sequence[tuple[Move, Effect]], level: float, same_way: bool | None) -> int:
    if same_way is not None:
        return 1 if same_way else -1
    return 1 if math.fsum(judged.score * move.way for move, judged in found) + level >= 0 else -1


def _answer(judged: Effect, way: int) -> str:
    if judged.size is None:
        return "open"
    return "followed" if judged.is_real and judged.size * way > 0 else "not"


def _level_score(driver: Floats, outcome: Floats, lag: int, season_length: int) -> float:
    """How clearly the outcome follows the driver's level after the lag, beside a season and a trend of its own.

    The t of the level in a regression of the outcome, both freed of what neighbouring periods share (Cochrane and
    Orcutt 1949). 0 where there is nothing to go by.
    """
    count = min(len(driver) + lag, len(outcome))
    level = _level(driver[: max(0, count - lag)], season_length)
    y = outcome[lag:count]
    seen = np.isfinite(y) & np.isfinite(level)
    if seen.sum() < HISTORY_NEEDED or np.ptp(level[seen]) == 0 or np.ptp(y[seen]) == 0:
        return 0.0
    level = (level - level[seen].mean()) / level[seen].std()
    y = in_handy_unit(y, 0, len(y))[0]
    y = y / np.nanstd(y)
    places = np.arange(len(y))
    rows = np.column_stack([season_and_trend(places, len(y), max(52.0, len(y) / 2), season_length, ()), level])
    penalty = np.full(rows.shape[1], 0.15)
    penalty[0] = penalty[-1] = 1e-9
    phi, score = 0.3, 0.0
    for _turn in range(3):
        changes, responses = rows[1:] - phi * rows[:-1], y[1:] - phi * y[:-1]
        usable = np.isfinite(responses) & np.isfinite(changes[:, -1])
        changes, responses = changes[usable], responses[usable]
        if len(responses) < HISTORY_NEEDED // 2:
            return 0.0
        normal = changes.T @ changes + np.diag(penalty * (1 - phi) ** 2)
        coefficients = np.linalg.solve(normal, changes.T @ responses)
        rest = responses - changes @ coefficients
        sigma2 = float(rest @ rest) / max(5.0, len(rest) - 0.7 * rows.shape[1]) + 1e-12
        score = float(coefficients[-1] / math.sqrt(sigma2 * np.linalg.inv(normal)[-1, -1]))
        phi = autocorrelation(y[seen] - rows[seen] @ coefficients, places[seen])
    return score


def _level(driver: Floats, season_length: int) -> Floats:
    """The driver without season, trend and spikes: the middle one of five neighbours."""
    if np.isfinite(driver).sum() < HISTORY_NEEDED or np.nanmin(driver) == np.nanmax(driver):
        return np.full(len(driver), np.nan)
    plain = in_handy_unit(without_season(driver, season_length), 0, len(driver))[0]
    places = np.arange(len(plain))
    seen = np.isfinite(plain)
    slope, start = np.polyfit(places[seen], plain[seen], 1)
    plain = plain - slope * places - start
    padded = np.concatenate([np.full(2, np.nan), plain, np.full(2, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 5)
    known = np.isfinite(windows).any(axis=1)
    level = np.full(len(plain), np.nan)
    level[known] = np.nanmedian(windows[known], axis=1)
    return level
