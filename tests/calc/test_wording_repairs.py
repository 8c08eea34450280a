"""Repairs: accepted, they remove what was found, and lose nothing of what was written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.wording import KeyResultDraft, ObjectiveDraft, Repair, check_objective
from sextant.calc.wording_repairs import KINDS, Question, apply_repairs, proposed
from sextant.calc.wording_rewording import figures_of, measured_title, plain_words, without_number
from tests.calc.test_wording import FLAWED, KEY_RESULTS, SOUND, TITLES, with_key_result


def test_accepting_all_repairs_makes_the_popular_flawed_example_sound() -> None:
    repaired = apply_repairs(FLAWED, proposed(check_objective(FLAWED)))
    assert repaired.draft.title == "Increase website traffic"
    traffic, social = repaired.draft.key_results
    assert (traffic.title, traffic.kind, traffic.relative, traffic.amount, traffic.direction) == (
        "Website traffic up by 20 %", "metric", "percent", 20, "up",
    )  # fmt: skip
    assert (social.ref, social.title, social.relative, social.amount) == (
        "4", "Increase social following by 10 %", "percent", 10,
    )  # fmt: skip
    assert social.is_baseline_asked
    assert Question("ask-baseline", "4", social.title) in repaired.questions
    assert Question("ask-baseline", traffic.ref, traffic.title) in repaired.questions
    assert [one.title for one in repaired.initiatives] == [
        FLAWED.key_results[place].title for place in (0, 1, 2, 4)
    ]  # fmt: skip
    assert {one.level for one in check_objective(repaired.draft)} == {"hint"}


def test_a_sound_objective_stays_as_it_is() -> None:
    assert apply_repairs(SOUND, proposed(check_objective(SOUND))).draft == SOUND


@pytest.mark.parametrize(("title", "said"), [
    ("Win 50 new customers in 2027", "Win new customers"),
    ("Achieve 95 % on-time delivery", "Improve on-time delivery"),
    ("Generate $2m in new revenue", "Grow new revenue"),
    ("Double revenue", "Increase revenue"),
    ("Halve the number of accidents", "Reduce the number of accidents"),
    ("Cut waiting time in half", "Cut waiting time"),
    ("Make 90 % of our services digital", "Make our services digital"),
    ("Raise satisfaction from 7.2 to 8.5 by June", "Raise satisfaction"),
    ("20 % more visitors", "More visitors"),
    ("Reach an NPS of 60 by Q3", "Improve NPS"),
    ("Be at home in ten countries", "Be at home in countries"),
    ("Answer everyone within 24 hours", "Answer everyone"),
    ("Reach 40 %", ""),
])  # fmt: skip
def test_an_objective_is_said_without_its_number(title: str, said: str) -> None:
    assert without_number(title) == said


@pytest.mark.parametrize(("title", "fields"), [
    ("Increase traffic by 20 %", {"relative": "percent", "amount": 20, "direction": "up"}),
    ("Reduce costs by € 200k", {
        "relative": "points", "amount": 200_000, "unit": "currency:EUR", "direction": "down"}),
    ("Raise CSAT by 5 percentage points", {
        "relative": "points", "amount": 5, "unit": "percent", "direction": "up"}),
    ("Reduce churn from 8 % to 5 %", {"baseline": 8, "target": 5, "unit": "percent", "direction": "down"}),
    ("Satisfaction of 9/10", {"target": 9, "unit": "rating", "direction": "up"}),
    ("Win 1,500 customers", {"target": 1500, "unit": "number", "direction": "up"}),
    ("Answer within 24 hours", {"target": 24, "unit": "duration:h", "direction": "down"}),
    ("Double revenue", {"relative": "percent", "amount": 100, "direction": "up"}),
    ("Trust", {}),
])  # fmt: skip
def test_the_figures_of_a_title_are_read(title: str, fields: dict[str, object]) -> None:
    assert figures_of(title) == fields


def test_a_key_result_made_of_an_objective_says_the_measure_and_the_change() -> None:
    assert measured_title("Cut energy costs by 15 % this year") == "Energy costs down by 15 %"
    assert measured_title("Win 50 new customers in 2027") == "Win 50 new customers"


def test_jargon_becomes_plain() -> None:
    assert plain_words("Become a state-of-the-art clinic") == "Become a modern clinic"
    assert plain_words("Utilise a holistic and open service") == "Use an open service"


def test_a_number_and_jargon_are_both_taken_out() -> None:
    draft = replace(SOUND, title="Win 50 customers with cutting-edge care")
    assert apply_repairs(draft, proposed(check_objective(draft))).draft.title == "Win customers with new care"


def test_work_in_place_of_an_objective_becomes_an_initiative_and_a_question() -> None:
    draft = replace(SOUND, title="Launch the customer portal")
    repaired = apply_repairs(draft, proposed(check_objective(draft)))
    assert [one.title for one in repaired.initiatives] == ["Launch the customer portal"]
    assert [one.key for one in repaired.questions] == ["ask-what-changes"]


def test_a_key_result_that_says_its_baseline_is_filled_in_without_asking() -> None:
    draft = with_key_result("Reduce churn from 8 % to 5 %", baseline=None, target=None)
    repaired = apply_repairs(draft, proposed(check_objective(draft)))
    churn = repaired.draft.key_results[-1]
    assert (churn.baseline, churn.target, churn.unit, churn.direction) == (8, 5, "percent", "down")
    assert repaired.questions == ()


def test_a_target_nearly_met_can_be_kept_as_a_guardrail_instead() -> None:
    draft = with_key_result("Orders on time", baseline=95, target=100)
    (found,) = check_objective(draft)
    alternative = next(one for one in found.repairs if one.is_alternative)
    kept = apply_repairs(draft, [alternative]).draft.key_results[-1]
    assert (kept.kind, kept.low) == ("guardrail", 100)


def test_of_two_that_say_the_same_one_stays() -> None:
    draft = with_key_result("Cut the wait from 45 to 20 minutes")
    kept = apply_repairs(draft, proposed(check_objective(draft))).draft
    assert [one.ref for one in kept.key_results] == ["1", "2", "3"]


def test_a_repair_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="'make-it-good' is no kind of repair"):
        apply_repairs(SOUND, [Repair("make-it-good", "1")])


def test_a_repair_cannot_rename_or_renumber_a_key_result() -> None:
    repair = Repair("fill-figures", "1", "", {"ref": "9", "title": "Other", "colour": "red", "target": 20.0})
    one = apply_repairs(SOUND, [repair]).draft.key_results[0]
    assert (one.ref, one.title, one.target) == ("1", SOUND.key_results[0].title, 20.0)


def test_a_new_key_result_never_takes_a_ref_in_use() -> None:
    taken = replace(FLAWED, key_results=tuple(replace(one, ref=f"new-{one.ref}") for one in FLAWED.key_results))
    refs = [one.ref for one in apply_repairs(taken, proposed(check_objective(taken))).draft.key_results]
    assert len(set(refs)) == len(refs)


@given(TITLES, KEY_RESULTS, st.randoms(use_true_random=False))
def test_repairs_lose_no_text_and_mind_no_order(title: str, key_results: list[KeyResultDraft], random: object) -> None:
    draft = ObjectiveDraft(title, key_results=tuple(key_results))
    repairs = list(proposed(check_objective(draft)))
    assert {one.kind for one in repairs} <= set(KINDS)
    repaired = apply_repairs(draft, repairs)
    random.shuffle(repairs)  # type: ignore[attr-defined]
    assert apply_repairs(draft, repairs) == repaired
    dropped = {one.ref for one in repairs if one.kind == "drop-key-result"}
    kept = {one.ref for one in repaired.draft.key_results} | {one.was for one in repaired.initiatives} | dropped
    assert {one.ref for one in key_results} <= kept


@given(TITLES, KEY_RESULTS)
def test_what_was_moved_or_reworded_is_not_found_again(title: str, key_results: list[KeyResultDraft]) -> None:
    draft = ObjectiveDraft(title, key_results=tuple(key_results))
    once = apply_repairs(draft, proposed(check_objective(draft)))
    again = {one.rule for one in check_objective(once.draft) if one.level == "warn"}
    assert not again & {"key-result-as-task", "activity-as-outcome", "duplicate"}
    if "number-in-objective" in again:
        assert Question("ask-what-changes", "objective") in once.questions
