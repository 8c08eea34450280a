import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sextant.calc.progress import (
    RelativeModeError,
    Tally,
    checkpoint_progress,
    clamp,
    explain_checkpoint_progress,
    explain_guardrail,
    explain_milestones,
    explain_progress,
    explain_relative_target,
    guardrail_tally,
    milestones_progress,
    progress,
    progress_many,
    relative_target,
    relative_weights,
)
from sextant.calc.targets import DirectionError

NAN = math.nan
figures = st.floats(-1e6, 1e6).map(lambda figure: round(figure, 3))
anything = st.none() | st.floats()
rows = st.lists(st.tuples(anything, anything, anything), max_size=8)


def near(share):
    return None if share is None else pytest.approx(share, rel=1e-6, abs=1e-6)


# A metric


@pytest.mark.parametrize(
    ("value", "baseline", "target", "share"),
    [
        (70, 100, 60, 0.75),
        (50, 100, 60, 1.25),
        (100, 100, 60, 0),
        (60, 100, 60, 1),
        (110, 100, 60, -0.25),
        (45, 0, 90, 0.5),
        (-10, -20, 0, 0.5),
        (0, 100, 95, 20),
        (0, 1e308, -1e308, None),
        (1e300, 0, 1e-300, None),
        (5, 5, 5, None),
        (None, 100, 60, None),
        (70, None, 60, None),
        (70, 100, None, None),
        (NAN, 100, 60, None),
        (math.inf, 100, 60, None),
        (70, math.inf, 60, None),
        (70, 100, -math.inf, None),
    ],
)
def test_progress_is_the_share_of_the_way_from_baseline_to_target(value, baseline, target, share):
    assert progress(value, baseline, target) == share


@given(figures, figures)
def test_the_baseline_is_nothing_and_the_target_is_all(baseline, target):
    assume(baseline != target)
    assert progress(baseline, baseline, target) == 0
    assert progress(target, baseline, target) == 1


@given(figures, figures, figures)
def test_a_falling_metric_is_the_mirror_of_a_rising_one(value, baseline, target):
    assert progress(-value, -baseline, -target) == progress(value, baseline, target)


@given(figures, figures, figures, st.sampled_from([0.125, 2.0, 1024.0]))
def test_the_unit_of_the_metric_does_not_matter(value, baseline, target, factor):
    assert progress(value * factor, baseline * factor, target * factor) == progress(value, baseline, target)


@given(figures, figures, figures, st.integers(-1000, 1000))
def test_the_zero_of_the_scale_does_not_matter(value, baseline, target, shift):
    assume(abs(target - baseline) >= 0.01)
    assert progress(value + shift, baseline + shift, target + shift) == near(progress(value, baseline, target))


@given(figures, figures, figures, figures)
def test_what_is_nearer_to_the_target_has_come_further(one, other, baseline, target):
    assume(baseline != target)
    if target < baseline:
        one, other = -one, -other
        baseline, target = -baseline, -target
    low, high = sorted((one, other))
    assert progress(low, baseline, target) <= progress(high, baseline, target)


@given(rows)
def test_many_are_calculated_as_one_by_one(given_rows):
    columns = [[NAN if row[at] is None else row[at] for row in given_rows] for at in range(3)]
    found = progress_many(*columns)
    wanted = [NAN if (share := progress(*row)) is None else share for row in given_rows]
    assert np.array_equal(found, np.array(wanted, dtype=float), equal_nan=True)


@given(anything, anything)
def test_without_a_value_there_is_no_progress_and_not_0(baseline, target):
    assert progress(None, baseline, target) is None
    assert progress(NAN, baseline, target) is None


@pytest.mark.parametrize(("share", "cut"), [(-19, 0), (0, 0), (0.4, 0.4), (1, 1), (11, 1)])
def test_a_bar_is_never_longer_than_its_frame(share, cut):
    assert clamp(share) == cut


# Checkpoints

RISING = [(10, 0.0), (20, 0.5), (50, 1.0)]
FALLING = [(10, 0.0), (7, 0.3), (6, 0.9), (5, 1.0)]


@pytest.mark.parametrize(
    ("value", "pairs", "share"),
    [
        (10, RISING, 0),
        (15, RISING, 0.25),
        (20, RISING, 0.5),
        (35, RISING, 0.75),
        (50, RISING, 1),
        (56, RISING, 1.1),
        (8, RISING, -0.1),
        (10, FALLING, 0),
        (8.5, FALLING, 0.15),
        (7, FALLING, 0.3),
        (6.5, FALLING, 0.6),
        (5, FALLING, 1),
        (4, FALLING, 1.1),
        (11, FALLING, -0.1),
        (30, [(10, 0.0), (20, 1.0), (25, 1.0)], 1),
        (15, [(10, 0.0), (10, 0.5), (20, 1.0)], 0.75),
        (15, [(10, 0.0)], None),
        (15, [(10, 0.0), (10, 1.0)], None),
        (15, [(10, 0.0), (NAN, 1.0)], None),
        (15, [], None),
        (None, RISING, None),
        (NAN, RISING, None),
    ],
)
def test_checkpoints_are_joined_by_straight_lines_that_go_on_outside(value, pairs, share):
    assert checkpoint_progress(value, pairs) == near(share)


pairs = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(-4, 8).map(lambda part: part / 4)),
    min_size=2,
    max_size=6,
    unique_by=lambda pair: pair[0],
)
wholes = st.integers(-80, 80)


@given(wholes, wholes, wholes)
def test_two_checkpoints_say_the_same_as_baseline_and_target(value, baseline, target):
    assume(baseline != target)
    assert checkpoint_progress(value, [(baseline, 0), (target, 1)]) == near(progress(value, baseline, target))


@given(wholes, pairs, st.randoms())
def test_the_order_of_the_checkpoints_does_not_matter(value, given_pairs, chance):
    mixed = list(given_pairs)
    chance.shuffle(mixed)
    assert checkpoint_progress(value, mixed) == checkpoint_progress(value, given_pairs)


@given(wholes, pairs)
def test_falling_checkpoints_are_the_mirror_of_rising_ones(value, given_pairs):
    mirrored = [(-at, share) for at, share in given_pairs]
    assert checkpoint_progress(-value, mirrored) == near(checkpoint_progress(value, given_pairs))


@given(wholes, pairs, st.integers(-9, 9), st.sampled_from([0.5, 4]))
def test_checkpoints_may_be_written_in_any_unit(value, given_pairs, shift, factor):
    moved = [(at * factor + shift, share) for at, share in given_pairs]
    assert checkpoint_progress(value * factor + shift, moved) == near(checkpoint_progress(value, given_pairs))


@given(pairs)
def test_a_value_on_a_checkpoint_has_its_share(given_pairs):
    assert all(checkpoint_progress(at, given_pairs) == near(share) for at, share in given_pairs)


# Guardrails


def tally(values, planned=4, low=None, high=None, is_strict=False):
    return guardrail_tally(values, low=low, high=high, is_strict=is_strict, planned=planned)


@pytest.mark.parametrize(
    ("value", "bounds", "is_strict", "is_kept"),
    [
        (2, {"high": 2}, False, True),
        (2, {"high": 2}, True, False),
        (1.99, {"high": 2}, True, True),
        (2.01, {"high": 2}, False, False),
        (95, {"low": 95}, False, True),
        (95, {"low": 95}, True, False),
        (94.9, {"low": 95}, False, False),
        (95.1, {"low": 95}, True, True),
        (5, {"low": 5, "high": 5}, False, True),
        (5, {"low": 4, "high": 6}, True, True),
        (3, {"low": 4, "high": 6}, False, False),
        (7, {"low": 4, "high": 6}, False, False),
        (0.1 + 0.2, {"high": 0.3}, False, True),
        (0.8 - 0.1, {"high": 0.7}, True, False),
    ],
)
def test_exactly_on_the_bound_is_kept_unless_it_is_strict(value, bounds, is_strict, is_kept):
    found = tally([value], is_strict=is_strict, **bounds)
    assert (found.successes, found.failed) == ((1, 0) if is_kept else (0, 1))


def test_missed_is_not_failed():
    found = tally([1.5, None, 2.5], planned=8, high=2)
    assert found == Tally(successes=1, failed=1, missed=1, planned=8, share=1 / 8)
    assert found.expected == 3 / 8


def test_a_guardrail_without_any_value_has_no_data_and_not_0_percent():
    assert tally([None, NAN], high=2).share is None
    assert tally([], high=2) == Tally(0, 0, 0, 4, None)
    assert tally([], planned=0, high=2).expected == 0


def test_a_guardrail_without_a_bound_cannot_be_judged():
    assert tally([1, None]) == Tally(0, 0, 1, 4, None)


def test_periods_over_the_plan_do_not_hide_a_failure():
    assert tally([1, 1, 3], planned=2, high=2).share == pytest.approx(2 / 3)


values = st.lists(st.none() | wholes, max_size=8)


@given(values, wholes, wholes, st.booleans())
def test_a_ceiling_is_the_mirror_of_a_floor(given_values, low, high, is_strict):
    mirrored = [None if value is None else -value for value in given_values]
    found = tally(given_values, low=low, high=high, is_strict=is_strict)
    assert tally(mirrored, low=-high, high=-low, is_strict=is_strict) == found
    assert found.successes + found.failed + found.missed == len(given_values)


@given(values, wholes)
def test_strict_is_never_kinder(given_values, high):
    assert tally(given_values, high=high, is_strict=True).successes <= tally(given_values, high=high).successes


@given(values, wholes)
def test_a_missed_period_never_helps(given_values, high):
    before, after = tally(given_values, high=high, planned=20), tally([*given_values, None], high=high, planned=20)
    assert after.share == before.share
    assert after.expected > before.expected


# Milestones


@pytest.mark.parametrize(
    ("steps", "share"),
    [
        ([(1, True), (1, False)], 0.5),
        ([(3, True), (1, False)], 0.75),
        ([(1, False)], 0),
        ([(1, True)], 1),
        ([(0, True), (2, False)], 0),
        ([(0, True)], None),
        ([(-1, True), (NAN, True), (math.inf, True)], None),
        ([], None),
        ([(1e308, True), (1e308, True), (1e308, False), (1e308, False)], 0.5),
    ],
)
def test_milestones_are_the_weight_done_of_all_weight(steps, share):
    assert milestones_progress(steps) == share


steps = st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), max_size=6)


@given(steps, st.randoms())
def test_the_order_of_the_steps_does_not_matter(given_steps, chance):
    mixed = list(given_steps)
    chance.shuffle(mixed)
    assert milestones_progress(mixed) == milestones_progress(given_steps)


@given(st.lists(st.floats(0, allow_infinity=False, exclude_min=True), min_size=1, max_size=6))
def test_weights_stay_in_proportion(given_weights):
    near_one = relative_weights(given_weights)
    assert 0.5 <= max(near_one) < 1
    assert near_one[0] * max(given_weights) == pytest.approx(given_weights[0] * max(near_one))


@given(steps)
def test_finishing_a_step_never_lowers_the_share(given_steps):
    for at, (weight, _) in enumerate(given_steps):
        finished = [*given_steps[:at], (weight, True), *given_steps[at + 1 :]]
        before, after = milestones_progress(given_steps), milestones_progress(finished)
        assert (before is None) == (after is None)
        assert before is None or 0 <= before <= after <= 1


# Relative targets


@pytest.mark.parametrize(
    ("baseline", "amount", "mode", "direction", "target"),
    [
        (70, 20, "percent", "up", 84),
        (70, 20, "points", "up", 90),
        (32, 10, "points", "up", 42),
        (50, 40, "percent", "down", 30),
        (50, 40, "points", "down", 10),
        (-20, 50, "percent", "up", -10),
        (-20, 50, "percent", "down", -30),
        (70, 20, "percent", "within", 84),
    ],
)
def test_a_relative_target_says_which_it_means(baseline, amount, mode, direction, target):
    assert relative_target(baseline, amount, mode, direction) == target


def test_a_relative_target_without_a_meaning_is_refused():
    with pytest.raises(RelativeModeError) as refusal:
        relative_target(70, 20, "times", "up")
    assert refusal.value.key == "relative-mode-unknown"
    with pytest.raises(DirectionError):
        relative_target(70, 20, "percent", "sideways")


@given(figures, st.floats(0, 200), st.sampled_from(["percent", "points"]))
def test_less_by_so_much_is_the_mirror_of_more_by_so_much(baseline, amount, mode):
    assert relative_target(-baseline, amount, mode, "down") == -relative_target(baseline, amount, mode, "up")


# Why


@pytest.mark.parametrize(
    ("why", "rule", "source", "result"),
    [
        (explain_progress(70, 100, 60), "progress-from-baseline", "progress", 0.75),
        (explain_progress(None, 100, 60), "progress-no-value", "progress", None),
        (explain_progress(70, None, 60), "progress-incomplete", "progress", None),
        (explain_progress(70, 100, None), "progress-incomplete", "progress", None),
        (explain_progress(70, 60, 60), "progress-baseline-is-target", "progress", None),
        (explain_checkpoint_progress(15, RISING), "progress-from-checkpoints", "checkpoints", 0.25),
        (explain_checkpoint_progress(None, RISING), "progress-no-value", "checkpoints", None),
        (explain_checkpoint_progress(15, [(1, 0)]), "progress-checkpoints-incomplete", "checkpoints", None),
        (explain_milestones([(3, True), (1, False)]), "milestones-done", "milestones", 0.75),
        (explain_milestones([]), "milestones-missing", "milestones", None),
        (explain_relative_target(70, 20, "percent", "up"), "target-relative-percent", "relative-targets", 84),
        (explain_relative_target(32, 10, "points", "up"), "target-relative-points", "relative-targets", 42),
    ],
)
def test_every_figure_says_where_it_comes_from(why, rule, source, result):
    assert (why.rule, why.source, why.inputs["result"]) == (rule, f"method#{source}", result)
    assert why.formula


def test_a_guardrail_is_explained_with_missed_apart_from_failed():
    why = explain_guardrail(tally([1, None, 3], high=2), low=None, high=2, is_strict=False)
    assert (why.rule, why.source) == ("guardrail-kept", "method#guardrails")
    assert (why.inputs["failed"], why.inputs["missed"], why.inputs["result"]) == (1, 1, 0.25)
    assert explain_guardrail(tally([]), low=None, high=None, is_strict=False).rule == "guardrail-no-data"
