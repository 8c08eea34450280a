import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.pace import STATUSES
from sextant.calc.rollup import (
    MODES,
    Forest,
    OwnDescendantError,
    Part,
    Rolled,
    RolledMany,
    explain_roll_up,
    roll_up,
    status_codes,
    worst_status,
)

shares = st.none() | st.floats(-20, 12)
weights = st.sampled_from([0.0, 0.5, 1.0, 1.0, 2.0, 7.0])
statuses = st.sampled_from(STATUSES)
parts = st.lists(st.builds(Part, shares, weights, statuses, st.booleans()), max_size=8)


def test_an_objective_is_the_weighted_mean_of_its_key_results():
    rolled = roll_up([Part(0.5, 1, "at_risk"), Part(1.0, 3, "on_track")])
    assert rolled == Rolled(0.875, 2, 2, "at_risk")


def test_no_part_adds_more_than_all_or_less_than_nothing():
    assert roll_up([Part(11.0, 1, "on_track"), Part(-19.0, 1, "off_track")]).progress == 0.5


def test_a_part_without_data_is_left_out_and_counted():
    rolled = roll_up([Part(0.4, 1, "on_track"), Part(None, 1, "no_data"), Part(0.8, 1, "on_track")])
    assert rolled.progress == pytest.approx(0.6)
    assert (rolled.counted, rolled.total) == (2, 3)
    assert rolled.worst == "no_data"


def test_weight_0_is_shown_and_not_counted_and_still_hides_nothing():
    rolled = roll_up([Part(0.4, 1, "on_track"), Part(0.0, 0, "off_track")])
    assert rolled == Rolled(0.4, 1, 1, "off_track")


@pytest.mark.parametrize("weight", [-1.0, math.inf, math.nan])
def test_a_weight_that_cannot_weigh_is_no_weight(weight):
    assert roll_up([Part(0.4, 1, "on_track"), Part(0.9, weight, "on_track")]) == Rolled(0.4, 1, 1, "on_track")


def test_an_objective_of_guardrails_has_health_and_no_percent():
    guards = [Part(1.0, 1, "on_track", is_guardrail=True), Part(0.5, 1, "at_risk", is_guardrail=True)]
    assert roll_up(guards) == Rolled(None, 2, 2, "at_risk")
    assert roll_up([*guards, Part(0.0, 1, "off_track")]).progress == pytest.approx(0.5)


def test_an_objective_without_parts_has_no_data():
    assert roll_up([]) == Rolled(None, 0, 0, "no_data")
    assert worst_status([]) == "no_data"


def test_enormous_weights_do_not_break_the_mean():
    assert roll_up([Part(0.25, 1e308, "on_track"), Part(0.75, 1e308, "on_track")]).progress == 0.5


@given(parts, st.randoms())
def test_the_order_of_the_parts_does_not_matter(given_parts, chance):
    mixed = list(given_parts)
    chance.shuffle(mixed)
    assert roll_up(mixed) == roll_up(given_parts)


@given(parts, st.sampled_from([0.25, 4.0, 1024.0]))
def test_weights_are_relative(given_parts, factor):
    scaled = [Part(part.progress, part.weight * factor, part.status, part.is_guardrail) for part in given_parts]
    assert roll_up(scaled) == roll_up(given_parts)


@given(parts)
def test_the_mean_lies_between_its_parts(given_parts):
    rolled = roll_up(given_parts)
    assert rolled.counted <= rolled.total <= len(given_parts)
    if rolled.progress is not None:
        counted = [min(1, max(0, p.progress)) for p in given_parts if p.progress is not None and p.weight > 0]
        assert min(counted) - 1e-12 <= rolled.progress <= max(counted) + 1e-12


@given(parts, weights)
def test_a_part_without_data_never_makes_an_objective_healthy(given_parts, weight):
    before, after = roll_up(given_parts), roll_up([*given_parts, Part(None, weight, "no_data")])
    assert after.worst != "on_track"
    assert STATUSES.index(after.worst) >= STATUSES.index(before.worst)
    assert after.progress == before.progress


@given(parts)
def test_the_worst_part_is_never_hidden(given_parts):
    assert all(STATUSES.index(part.status) <= STATUSES.index(roll_up(given_parts).worst) for part in given_parts)


def test_the_roll_up_is_explained_with_what_was_counted():
    why = explain_roll_up([Part(0.5, 1, "at_risk"), Part(None, 1, "no_data")])
    assert (why.rule, why.source) == ("roll-up", "method#roll-up")
    assert (why.inputs["counted"], why.inputs["total"], why.inputs["result"]) == (1, 2, 0.5)
    assert explain_roll_up([]).rule == "roll-up-nothing-counts"


# All objectives at once


@st.composite
def organisations(draw):
    """A forest whose parents have any places, and its key results."""
    n = draw(st.integers(1, 12))
    order = draw(st.permutations(range(n)))
    parents = [-1] * n
    for rank in range(1, n):
        above = draw(st.integers(-1, rank - 1))
        parents[order[rank]] = order[above] if above >= 0 else -1
    m = draw(st.integers(0, 20))
    many = lambda what, size: draw(st.lists(what, min_size=size, max_size=size))  # noqa: E731
    return {
        "parents": parents,
        "modes": many(st.integers(0, 2), n),
        "links": many(weights, n),
        "owners": many(st.integers(0, n - 1), m),
        "progress": [math.nan if share is None else share for share in many(shares, m)],
        "weights": many(weights, m),
        "statuses": many(st.integers(0, len(STATUSES) - 1), m),
        "guardrails": many(st.booleans(), m),
    }


def one_by_one(given, place):
    """The same with roll_up: what a mode leaves out is a part of weight 0."""
    mode = MODES[given["modes"][place]]
    own = [
        Part(
            given["progress"][at],
            given["weights"][at] if mode != "children" else 0,
            STATUSES[given["statuses"][at]],
            given["guardrails"][at],
        )
        for at, owner in enumerate(given["owners"])
        if owner == place
    ]
    below = []
    for at, parent in enumerate(given["parents"]):
        if parent == place:
            rolled = one_by_one(given, at)
            below.append(Part(rolled.progress, given["links"][at] if mode != "key_results" else 0, rolled.worst))
    return roll_up(own + below)


def same(one: RolledMany, other: RolledMany) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name == "progress")
        for name in ("progress", "counted", "total", "worst")
    )


@given(organisations())
def test_a_forest_comes_to_the_same_as_objective_by_objective(given):
    rolled = Forest(**given).rolled
    for place in range(len(given["parents"])):
        found, wanted = rolled.at(place), one_by_one(given, place)
        assert (found.counted, found.total, found.worst) == (wanted.counted, wanted.total, wanted.worst)
        assert found.progress == (None if wanted.progress is None else pytest.approx(wanted.progress, abs=1e-12))


@given(organisations(), st.data())
def test_changing_one_key_result_equals_a_full_roll_up(given, data):
    forest = Forest(**given)
    if not given["owners"]:
        return
    for _ in range(3):
        at = data.draw(st.integers(0, len(given["owners"]) - 1))
        share, status = data.draw(shares), data.draw(statuses)
        before = RolledMany(*(column.copy() for column in _columns(forest.rolled)))
        changed = forest.change_one(at, share, status)
        given["progress"][at] = math.nan if share is None else share
        given["statuses"][at] = STATUSES.index(status)
        assert same(forest.rolled, Forest(**given).rolled)
        differs = [p for p in range(len(given["parents"])) if before.at(p) != forest.rolled.at(p)]
        assert sorted(changed) == differs


def _columns(rolled: RolledMany):
    return rolled.progress, rolled.counted, rolled.total, rolled.worst


def test_a_change_moves_the_whole_path_up_and_nothing_beside_it():
    forest = Forest(
        parents=[-1, 0, 1, 0],
        modes=[MODES.index("both")] * 4,
        links=[1, 1, 1, 1],
        owners=[2, 3],
        progress=[0.2, 0.6],
        weights=[1, 1],
        statuses=status_codes(["off_track", "on_track"]),
    )
    assert forest.rolled.at(0) == Rolled(0.4, 2, 2, "off_track")
    assert forest.change_one(0, 1.0, "on_track") == [2, 1, 0]
    assert forest.rolled.at(0) == Rolled(0.8, 2, 2, "on_track")
    assert forest.change_one(0, 1.4, "on_track") == []
    assert forest.change_one(0, None, "no_data") == [2, 1, 0]
    assert forest.rolled.at(0) == Rolled(0.6, 1, 2, "no_data")


@pytest.mark.parametrize("parents", [[0], [1, 0], [1, 2, 0, 2], [-1, 0, 3, 4, 2]])
def test_an_objective_that_is_its_own_descendant_is_refused_and_named(parents):
    n = len(parents)
    with pytest.raises(OwnDescendantError) as refusal:
        Forest(parents, [2] * n, [1] * n, [], [], [], [])
    assert refusal.value.key == "objective-own-descendant"
    assert set(refusal.value.places) <= set(range(n))
    assert refusal.value.places


def test_an_organisation_without_objectives_is_no_fault():
    assert len(Forest([], [], [], [], [], [], []).rolled.progress) == 0


def test_a_chain_of_a_thousand_objectives_carries_one_number_to_the_top():
    n = 1_000
    forest = Forest(np.arange(n) - 1, [2] * n, [1] * n, [n - 1], [0.25], [1], status_codes(["at_risk"]))
    assert forest.rolled.at(0) == Rolled(0.25, 1, 1, "at_risk")
    assert len(forest.change_one(0, 0.75, "on_track")) == n
    assert forest.rolled.at(0) == Rolled(0.75, 1, 1, "on_track")
