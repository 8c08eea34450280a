"""What makes a number look better than it is, and what does not."""

from __future__ import annotations

import pytest

from sextant.core.errors import NotAllowed, Refused
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.second_looks import explain_second_look, take_back_explanation
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import KeyResult
from sextant.okrs.queries.second_looks import second_looks_in
from sextant.okrs.queries.standing import key_result_standing
from tests.make import day, make_key_result, make_metric, make_objective, record_values, start
from tests.world import World


def keys(key_result: KeyResult) -> list[str]:
    each = key_result_standing(key_result, standpoint())
    return [look.key for look in second_looks_in([each], standpoint())[key_result.pk]]


@pytest.fixture
def minutes(world: World) -> KeyResult:
    """From 60 to 20 minutes, half of its time gone."""
    made = make_key_result(make_objective())
    start(made.objective)
    made.refresh_from_db()
    return made


def test_an_honest_key_result_is_worth_no_second_look(minutes: KeyResult) -> None:
    assert keys(minutes) == []


def test_a_target_that_comes_nearer_after_the_start_is_seen_with_the_time_gone(
    world: World, minutes: KeyResult
) -> None:
    set_terms(world.lea, minutes, target=40.0, reason="It is hard.")
    each = key_result_standing(minutes, standpoint())
    [look] = second_looks_in([each], standpoint())[minutes.pk]
    assert (look.key, look.before, look.after) == ("target-eased", 20, 40)
    assert look.share == pytest.approx(0.5, abs=0.02)


def test_a_relative_target_that_shrinks_is_seen_in_values(world: World) -> None:
    made = make_key_result(make_objective(), terms={"baseline": 60.0, "relative": "percent", "amount": 50.0})
    start(made.objective)
    made.refresh_from_db()
    set_terms(world.lea, made, amount=20.0, reason="It is hard.")
    each = key_result_standing(made, standpoint())
    [look] = second_looks_in([each], standpoint())[made.pk]
    assert (look.key, look.before, look.after) == ("target-eased", 30, 48)


def test_a_target_that_moves_away_is_no_gaming(world: World, minutes: KeyResult) -> None:
    set_terms(world.lea, minutes, target=10.0, reason="We can do more.")
    assert keys(minutes) == []


def test_a_start_at_nine_tenths_of_the_target_is_seen(world: World) -> None:
    made = make_key_result(make_objective(), terms={"baseline": 22.0, "target": 20.0})
    assert keys(made) == ["target-nearly-met"]


@pytest.mark.parametrize(("now", "expected"), [(7.1, ["guard-worse"]), (8.2, []), (8.0, [])])
def test_a_guard_that_falls_while_the_number_improves_is_seen(
    world: World, now: float, expected: list[str]
) -> None:  # fmt: skip
    guard = make_metric("kindness", unit="rating", frequency="week", aggregation="last", direction="up")
    made = make_key_result(make_objective(), guard=guard)
    record_values(guard, {day(-60).isoformat(): 8.0, day(-10).isoformat(): now})
    assert keys(made) == expected


def test_a_guard_without_values_says_nothing(world: World) -> None:
    made = make_key_result(make_objective(), guard=make_metric("kindness"))
    assert keys(made) == []


def test_a_guard_that_falls_while_the_target_is_met_says_that_it_is_met(world: World) -> None:
    guard = make_metric("kindness", unit="rating", frequency="week", aggregation="last", direction="up")
    made = make_key_result(make_objective(), guard=guard)
    start(made.objective)
    record_values(guard, {day(-60).isoformat(): 8.0, day(-10).isoformat(): 7.0})
    made.refresh_from_db()
    for value, is_met in ((40.0, False), (19.0, True)):
        assert made.metric is not None
        record_values(made.metric, {day(-8).isoformat(): value})
        [look] = second_looks_in([key_result_standing(made, standpoint())], standpoint())[made.pk]
        assert (look.key, look.is_target_met) == ("guard-worse", is_met)


@pytest.mark.parametrize(
    ("baseline", "target", "expected"), [(22.3, 20.0, []), (22.2, 20.0, ["target-nearly-met"]), (90.0, 20.0, [])]
)
def test_nine_tenths_of_the_target_are_the_line(
    world: World, baseline: float, target: float, expected: list[str]
) -> None:  # fmt: skip
    assert keys(make_key_result(make_objective(), terms={"baseline": baseline, "target": target})) == expected


def test_an_explained_flag_is_quiet_until_the_target_is_eased_again(world: World, minutes: KeyResult) -> None:
    set_terms(world.lea, minutes, target=40.0, reason="It is hard.")
    explain_second_look(world.lea, minutes, key="target-eased", reason="A ward was closed.")
    assert keys(minutes) == []
    [look] = second_looks_in([key_result_standing(minutes, standpoint())], standpoint(), with_explained=True)[
        minutes.pk
    ]
    assert look.explanation is not None
    assert (look.explanation.reason, look.explanation.author) == ("A ward was closed.", world.lea.label)
    set_terms(world.lea, minutes, target=45.0, reason="Harder still.")
    assert keys(minutes) == ["target-eased"]
    explain_second_look(world.lea, minutes, key="target-eased", reason="Two wards were closed.")
    take_back_explanation(world.lea, minutes, key="target-eased")
    assert keys(minutes) == ["target-eased"]


def test_a_guard_that_was_explained_speaks_up_when_it_gives_way_anew(world: World) -> None:
    guard = make_metric("kindness", unit="rating", frequency="week", aggregation="last", direction="up")
    made = make_key_result(make_objective(), guard=guard)
    record_values(guard, {day(-60).isoformat(): 8.0, day(-31).isoformat(): 7.0})
    explain_second_look(world.lea, made, key="guard-worse", reason="New staff.")
    record_values(guard, {day(-24).isoformat(): 6.5})
    assert keys(made) == []
    record_values(guard, {day(-17).isoformat(): 8.5, day(-10).isoformat(): 7.0})
    assert keys(made) == ["guard-worse"]


def test_only_what_is_seen_is_explained_with_a_reason_by_who_may_change_it(world: World, minutes: KeyResult) -> None:
    set_terms(world.lea, minutes, target=40.0, reason="It is hard.")
    for key, reason, problem in (
        ("target-eased", " ", "reason-missing"),
        ("guard-worse", "All is well.", "nothing-to-explain"),
        ("nonsense", "All is well.", "nothing-to-explain"),
    ):
        with pytest.raises(Refused) as refused:
            explain_second_look(world.lea, minutes, key=key, reason=reason)
        assert refused.value.problems[0].key == problem
    with pytest.raises(NotAllowed):
        explain_second_look(world.vic, minutes, key="target-eased", reason="All is well.")
    with pytest.raises(NotAllowed):
        take_back_explanation(world.vic, minutes, key="target-eased")
