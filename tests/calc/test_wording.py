"""Wording checks: each rule finds what it is for, leaves alone what it is not for, and minds no order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.wording import (
    OBJECTIVE,
    RULES,
    KeyResultDraft,
    ObjectiveDraft,
    RuleTuning,
    WordingSettings,
    blocks,
    check_objective,
    share_gone,
)

FLAWED = ObjectiveDraft(
    "Increase website traffic by 20 % in the next quarter",
    key_results=tuple(
        KeyResultDraft(str(number), title)
        for number, title in enumerate(
            (
                "Publish five posts a week",
                "Launch two e-mail campaigns a month",
                "Implement SEO best practices",
                "Increase social following by 10 %",
                "Track traffic in an analytics tool",
            ),
            start=1,
        )
    ),
)
SOUND = ObjectiveDraft(
    "Make a visit to our clinic feel easy",
    key_results=(
        KeyResultDraft("1", "Cut the wait from 40 to 25 minutes", baseline=40, target=25, has_guard=True),
        KeyResultDraft("2", "Raise satisfaction to 9/10", baseline=7.5, target=9, has_guard=True),
        KeyResultDraft("3", "Train 100 % of reception staff", baseline=0, target=100, unit="percent", has_guard=True),
    ),
)


def rules(draft: ObjectiveDraft, ref: str = "", settings: WordingSettings | None = None) -> set[str]:
    found = check_objective(draft, settings or WordingSettings())
    return {finding.rule for finding in found if finding.ref == ref or not ref}


def with_key_result(title: str, **fields: object) -> ObjectiveDraft:
    given_fields = {"baseline": 10.0, "target": 40.0, "has_guard": True, **fields}
    added = KeyResultDraft("x", title, **given_fields)  # type: ignore[arg-type]
    return replace(SOUND, key_results=(*SOUND.key_results, added))


def test_a_sound_objective_has_no_finding() -> None:
    assert check_objective(SOUND) == []


def test_the_popular_flawed_example_is_flagged_exactly_where_it_is_flawed() -> None:
    flagged = {(one.ref, one.rule) for one in check_objective(FLAWED) if one.level == "warn"}
    assert flagged == {
        (OBJECTIVE, "number-in-objective"),
        ("1", "activity-as-outcome"),
        ("2", "activity-as-outcome"),
        ("3", "key-result-as-task"),
        ("5", "key-result-as-task"),
    }
    assert {one.ref for one in blocks(check_objective(FLAWED))} == {"3", "5"}


@pytest.mark.parametrize(
    "title",
    [
        "Increase website traffic by 20 %", "Double revenue", "Win 50 new customers", "Reach an NPS of 60",
        "Grow to € 5m", "Cut waiting time in half", "Be in ten countries", "Answer everyone within 24 hours",
        "Twenty percent more visitors",
    ],
)  # fmt: skip
def test_a_number_in_an_objective_is_found(title: str) -> None:
    assert "number-in-objective" in rules(replace(SOUND, title=title), OBJECTIVE)


@pytest.mark.parametrize(
    "title",
    [
        "Make 2027 the year of our patients", "Be ready for ISO 27001", "Become a top 3 employer in the region",
        "Earn the trust of B2B customers in Q3", "Bring our two companies together", "Speak with one voice",
        "Master Industry 4.0", "Be there for patients 24/7", "Become carbon neutral by 2030",
        "Make phase 2 of the reform a success", "Set the standard in the next 12 months",
    ],
)  # fmt: skip
def test_a_date_a_name_or_a_rank_is_no_number_in_an_objective(title: str) -> None:
    assert "number-in-objective" not in rules(replace(SOUND, title=title), OBJECTIVE)


@pytest.mark.parametrize("title", ["Launch the new customer portal", "Migrate to the cloud", "Rollout of the new ERP"])
def test_an_objective_that_is_work_is_found(title: str) -> None:
    assert "objective-as-task" in rules(replace(SOUND, title=title), OBJECTIVE)


@pytest.mark.parametrize(
    "title",
    [
        "Build trust with our suppliers",
        "Become the first choice",
        "Improve safety at work",
        "Move faster",
        "Put patients first",
        "Run the most reliable network in the region",
        "Grow our presence in Asia",
        "Design a workplace people love",
        "Deliver a seamless start for customers",
        "Keep our best people",
        "Clean energy for every household",
        "Expand opportunity in rural places",
        "Close the pay gap",
    ],
)
def test_an_aim_is_no_task(title: str) -> None:
    assert rules(replace(SOUND, title=title), OBJECTIVE) == set()


@pytest.mark.parametrize(
    "title", ["Train 100 % of managers", "Win 20 customers", "Migrate 80 % of users to the portal"]
)
def test_a_share_reached_or_a_customer_won_is_no_task(title: str) -> None:
    assert rules(with_key_result(title), "x") == set()


@pytest.mark.parametrize("title", ["Helpdesk calls", "Newsletter subscribers", "New CRM"])
def test_a_measure_named_by_a_noun_is_no_task_once_it_has_a_target(title: str) -> None:
    assert rules(with_key_result(title), "x") == set()


def test_steps_of_milestones_may_be_work_and_a_yes_or_no_is_only_hinted_at() -> None:
    assert rules(with_key_result("Launch the portal", kind="milestones"), "x") == set()
    found = [one for one in check_objective(with_key_result("Launch the portal", kind="yes_no")) if one.ref == "x"]
    assert [(one.rule, one.level) for one in found] == [("key-result-as-task", "hint")]


@pytest.mark.parametrize(("kind", "is_blocked"), [
    ("metric", True), ("guardrail", True), ("baseline", False), ("milestones", False), ("yes_no", False),
])  # fmt: skip
def test_only_metrics_and_guardrails_need_a_number(kind: str, is_blocked: bool) -> None:
    draft = with_key_result("Satisfaction of families", kind=kind, target=None, baseline=None)
    assert ("key-result-without-number" in rules(draft, "x")) is is_blocked


@pytest.mark.parametrize(
    "figures", [{"low": 95.0}, {"high": 2.0}, {"amount": 5.0, "relative": "points"}, {"target": 0.0}]
)
def test_a_number_in_the_figures_is_a_number(figures: dict[str, object]) -> None:
    assert "key-result-without-number" not in rules(with_key_result("Uptime", **{"target": None, **figures}), "x")


@pytest.mark.parametrize(("baseline", "target", "current", "unit", "expected"), [
    (90, 100, None, "number", True), (89, 100, None, "number", False), (100, 92, None, "number", True),
    (100, 60, None, "number", False), (10, 20, 19, "number", True), (20, 10, 11, "number", True),
    (10, 20, 12, "number", False), (99.5, 99.9, None, "percent", False), (90, 100, None, "percent", True),
    (99.5, 99.6, None, "percent", True), (-5, 5, None, "number", False), (0, 10, None, "number", False),
    (None, 10, 9.5, "number", True), (None, 10, None, "number", False),
])  # fmt: skip
def test_a_target_nearly_met_at_the_start_is_found(
    baseline: float | None, target: float, current: float | None, unit: str, expected: bool
) -> None:
    draft = with_key_result(
        "Orders on time", baseline=baseline, target=target, current=current, unit=unit, is_baseline_asked=True
    )
    assert ("baseline-near-target" in rules(draft, "x")) is expected


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_nearness_is_the_same_in_both_directions(one: float, other: float) -> None:
    up = KeyResultDraft("1", "", baseline=one, target=other)
    assert share_gone(up) == share_gone(replace(up, baseline=other, target=one))


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("field", ["baseline", "target", "current"])
def test_figures_that_are_no_numbers_say_nothing(field: str, figure: float) -> None:
    one = KeyResultDraft("1", "", **{"baseline": 1.0, "target": 2.0, "current": 1.5, field: figure})  # type: ignore[arg-type]
    assert share_gone(one) is None


def test_the_number_of_key_results_is_looked_at() -> None:
    many = tuple(
        KeyResultDraft(name, f"{name} rises", baseline=1, target=9, has_guard=True)
        for name in ("Revenue", "Profit", "Satisfaction", "Uptime", "Retention", "Quality")
    )
    assert rules(replace(SOUND, key_results=many)) == {"many-key-results"}
    assert rules(replace(SOUND, key_results=many[:2])) == {"few-key-results"}
    assert rules(replace(SOUND, key_results=())) == {"no-key-results"}
    assert blocks(check_objective(replace(SOUND, key_results=())))


def test_two_key_results_that_say_the_same_are_found_once() -> None:
    draft = with_key_result("Reduce the wait from 50 to 20 minutes")
    found = [one for one in check_objective(draft) if one.rule == "duplicate"]
    assert [(one.ref, one.params["other_ref"]) for one in found] == [("x", "1")]


@pytest.mark.parametrize("title", ["Satisfaction of customers in the north", "Satisfaction of staff in the north"])
def test_titles_that_differ_in_what_matters_are_no_duplicates(title: str) -> None:
    draft = replace(with_key_result(title), siblings=("Make a visit to our shop feel easy",))
    other = KeyResultDraft("y", "Satisfaction of customers in the south", baseline=1, target=9, has_guard=True)
    assert "duplicate" not in rules(replace(draft, key_results=(*draft.key_results, other)))


def test_an_objective_its_team_has_already_is_found() -> None:
    draft = replace(SOUND, siblings=("Grow abroad", "Make visits to our clinic feel easy"))
    (found,) = check_objective(draft)
    assert (found.rule, found.params["other"]) == ("duplicate", "Make visits to our clinic feel easy")


@pytest.mark.parametrize("title", ["Support the sales team", "Work on quality", "Focus on our people"])
def test_a_vague_verb_is_found(title: str) -> None:
    assert rules(replace(SOUND, title=title), OBJECTIVE) == {"vague-verb"}


def test_jargon_and_long_titles_are_hinted_at() -> None:
    assert rules(replace(SOUND, title="Become a world-class, holistic provider"), OBJECTIVE) == {"jargon"}
    assert rules(replace(SOUND, title="Become " + "very " * 20 + "good"), OBJECTIVE) == {"long-title"}


def test_missing_figures_guards_and_dates_are_asked_for_softly() -> None:
    draft = with_key_result("Revenue up by 10 %", baseline=None, target=None, has_guard=False, due=False)
    found = [one for one in check_objective(draft) if one.ref == "x"]
    assert {one.rule for one in found} == {"no-baseline", "no-guard", "no-due-date"}
    assert {one.level for one in found} == {"hint"}


def test_a_guardrail_beside_it_is_a_guard() -> None:
    guardrail = KeyResultDraft("g", "Keep complaints below 5 a week", kind="guardrail", high=5)
    draft = with_key_result("Revenue", has_guard=False)
    assert "no-guard" not in rules(replace(draft, key_results=(*draft.key_results, guardrail)))


def broken(rule: str) -> ObjectiveDraft:
    """A draft that breaks a rule."""
    six = tuple(KeyResultDraft(str(number), f"Share {number} of a {number}", target=1) for number in range(6))
    return {
        "no-key-results": replace(SOUND, key_results=()),
        "few-key-results": replace(SOUND, key_results=SOUND.key_results[:1]),
        "many-key-results": replace(SOUND, key_results=six),
        "number-in-objective": FLAWED,
        "objective-as-task": replace(SOUND, title="Launch the portal"),
        "key-result-without-number": with_key_result("Trust", target=None, baseline=None),
        "activity-as-outcome": FLAWED,
        "key-result-as-task": FLAWED,
        "baseline-near-target": with_key_result("Orders", baseline=95, target=100),
        "no-baseline": with_key_result("Orders", baseline=None),
        "no-guard": with_key_result("Orders", has_guard=False),
        "no-due-date": with_key_result("Orders", due=False),
        "duplicate": with_key_result("Cut the wait"),
        "vague-verb": replace(SOUND, title="Support the team"),
        "jargon": replace(SOUND, title="Find synergies with our sister clinic"),
        "long-title": replace(SOUND, title="Become " + "very " * 20 + "good"),
    }[rule]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_muted_and_given_another_level(rule: str) -> None:
    draft = broken(rule)
    assert rule in rules(draft)
    assert rule not in rules(draft, settings=WordingSettings({rule: RuleTuning(is_muted=True)}))
    tuned = check_objective(draft, WordingSettings({rule: RuleTuning(level="block")}))
    assert {one.level for one in tuned if one.rule == rule} == {"block"}


@pytest.mark.parametrize(("rule", "value"), [
    ("few-key-results", 1), ("many-key-results", 6), ("baseline-near-target", 0.96), ("duplicate", 1.1),
    ("long-title", 30),
])  # fmt: skip
def test_a_threshold_can_be_tuned(rule: str, value: float) -> None:
    assert rule not in rules(broken(rule), settings=WordingSettings({rule: RuleTuning(value=value)}))


def test_every_rule_with_a_threshold_has_a_test_of_it() -> None:
    assert {key for key, rule in RULES.items() if rule.value is not None} == {
        "few-key-results", "many-key-results", "baseline-near-target", "duplicate", "long-title",
    }  # fmt: skip


def test_a_setting_for_a_rule_nobody_knows_is_ignored() -> None:
    assert check_objective(SOUND, WordingSettings({"gone": RuleTuning(is_muted=True)})) == []


@pytest.mark.parametrize("rule", RULES)
def test_every_finding_has_a_repair(rule: str) -> None:
    found = [one for one in check_objective(broken(rule)) if one.rule == rule]
    assert found
    assert all(one.repairs for one in found)


TITLES = st.sampled_from(
    [
        "Publish five posts a week", "Increase revenue by 10 %", "Raise revenue by 12 %", "Launch the portal", "Churn",
        "Reduce churn from 8 % to 5 %", "Support the team", "Train 100 % of managers", "Synergies", "",
        "Cut churn", "Satisfaction 9/10", "Implement SEO",
    ]
)  # fmt: skip
KEY_RESULTS = st.lists(
    st.builds(
        KeyResultDraft,
        ref=st.sampled_from("abcdefgh"),
        title=TITLES,
        kind=st.sampled_from(["metric", "baseline", "guardrail", "milestones", "yes_no"]),
        baseline=st.none() | st.floats(-10, 100),
        target=st.none() | st.floats(-10, 100),
        current=st.none() | st.floats(-10, 100),
        has_guard=st.booleans(),
        due=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.ref,
)


@given(TITLES, KEY_RESULTS, st.lists(TITLES, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_key_results_and_siblings_changes_no_verdict(
    title: str, key_results: list[KeyResultDraft], siblings: list[str], random: object
) -> None:
    draft = ObjectiveDraft(title, key_results=tuple(key_results), siblings=tuple(siblings))
    shuffled_results, shuffled_siblings = list(key_results), list(siblings)
    random.shuffle(shuffled_results)  # type: ignore[attr-defined]
    random.shuffle(shuffled_siblings)  # type: ignore[attr-defined]
    other = replace(draft, key_results=tuple(shuffled_results), siblings=tuple(shuffled_siblings))
    assert check_objective(draft) == check_objective(other)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_checked(title: str, key_result: str) -> None:
    draft = ObjectiveDraft(title, key_results=(KeyResultDraft("1", key_result),), siblings=(key_result,))
    found = check_objective(draft)
    assert {one.rule for one in found} <= set(RULES)
    assert {one.ref for one in found} <= {OBJECTIVE, "1"}
