import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.effects_drivers import Move, drive, explain_drive

MOVES = [Move(40, 1), Move(65, -1), Move(85, 1)]


def driver(count: int = 104) -> np.ndarray:
    """A number with these moves."""
    values = 20 + np.random.default_rng(9).standard_normal(count)
    for move in MOVES:
        values[move.index :] += 4 * move.way
    return values


def outcome(*, gain: float, lag: int = 3, seed: int = 1, count: int = 104) -> np.ndarray:
    """A number that goes the way of the moves, so many periods later."""
    values = 50 + np.random.default_rng(seed).standard_normal(count)
    for move in MOVES:
        values[move.index + lag :] += gain * move.way
    return values


def test_an_outcome_that_follows_every_move_is_counted_as_following() -> None:
    found = drive(driver(), outcome(gain=4), MOVES, lag=3)
    assert (found.moved, found.followed, found.not_followed, found.still_open) == (3, 3, 0, 0)
    assert found.strength > 4


def test_an_outcome_that_never_moves_does_not_follow() -> None:
    found = drive(driver(), outcome(gain=0), MOVES, lag=3)
    assert (found.moved, found.followed, found.not_followed) == (3, 0, 3)
    assert abs(found.strength) < 3


def test_an_outcome_that_goes_the_other_way_follows_only_where_that_is_the_link() -> None:
    assert drive(driver(), outcome(gain=-4), MOVES, lag=3).followed == 0
    assert drive(driver(), outcome(gain=-4), MOVES, lag=3).strength < -4
    assert drive(driver(), outcome(gain=-4), MOVES, lag=3, same_way=False).followed == 3
    assert drive(driver(), outcome(gain=-4), MOVES, lag=3, same_way=None).followed == 3


def test_a_move_whose_lag_is_not_over_is_still_open() -> None:
    found = drive(driver(), outcome(gain=4), [*MOVES, Move(100, -1)], lag=3)
    assert (found.moved, found.followed, found.still_open) == (4, 3, 1)


def test_a_move_before_there_is_history_is_still_open() -> None:
    assert drive(driver(), outcome(gain=4), [Move(5, 1)], lag=0).still_open == 1


def test_without_moves_nothing_is_said() -> None:
    found = drive(driver(), outcome(gain=4), [], lag=3)
    assert (found.moved, found.strength, found.cases) == (0, 0.0, ())


def test_a_common_trend_and_season_alone_are_no_link() -> None:
    common = 0.3 * np.arange(104) + 4 * np.sin(2 * np.pi * np.arange(104) / 12)
    found = drive(driver(), outcome(gain=0) + common, MOVES, lag=3, season_length=12)
    assert found.followed == 0


def test_the_explanation_holds_the_counts() -> None:
    why = explain_drive(drive(driver(), outcome(gain=4), MOVES, lag=3))
    assert (why.inputs["moved"], why.inputs["followed"]) == (3, 3)


@given(st.integers(0, 300), st.floats(0.1, 1e4))
def test_the_unit_of_the_outcome_does_not_matter(seed: int, scale: float) -> None:
    one, other = (
        drive(driver(), outcome(gain=2, seed=seed), MOVES, lag=3),
        drive(driver(), outcome(gain=2, seed=seed) * scale, MOVES, lag=3),
    )
    assert one.strength == pytest.approx(other.strength, abs=1e-3)


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50),
    st.lists(st.builds(Move, st.integers(-5, 70), st.sampled_from([-1, 1])), max_size=6),
    st.integers(-2, 60),
)
def test_the_counts_always_add_up(values: list[float], moves: list[Move], lag: int) -> None:
    found = drive(values[::-1], values, moves, lag=lag, same_way=None)
    assert found.followed + found.not_followed + found.still_open == found.moved
