"""The life of a KPI as a pure machine: what each look asks for, and what no history can make it do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.promotion import (
    ACCEPTED,
    AT_WORK,
    DECISIONS,
    MET,
    MISSED,
    MONITORED,
    MOST_STEPS,
    NONE,
    OVERDUE,
    PROMOTED,
    RELAPSE,
    RESTORING,
    SHORT,
    STATES,
    SUSPECTED,
    WATCHED,
    Adverse,
    Life,
    Look,
    Policy,
    Seen,
    Step,
    next_step,
    replay,
    steps,
)

WEEK = 168
LETTERS = {"m": MET, "s": SHORT, "x": MISSED, "-": NONE}
# Kind of step -> the states it may leave, and those it may lead to.
DIAGRAM = {
    "suspected": ((MONITORED,), (SUSPECTED,)),
    "cleared": ((SUSPECTED, ACCEPTED), (MONITORED, WATCHED)),
    "restoring": ((PROMOTED,), (RESTORING,)),
    "slipped": ((RESTORING,), (PROMOTED,)),
    "reverted": ((RESTORING, OVERDUE), (WATCHED,)),
    "overdue": ((PROMOTED, RESTORING), (OVERDUE,)),
    "withdrawn": (AT_WORK, (MONITORED,)),
    "relapsed": ((WATCHED,), (SUSPECTED,)),
    "watch_ended": ((WATCHED,), (MONITORED,)),
    "acceptance_ended": ((ACCEPTED,), (MONITORED,)),
    "restated": ((*AT_WORK, WATCHED), (*AT_WORK, WATCHED)),
    "retired": (tuple(set(STATES) - {MONITORED}), (MONITORED,)),
}
FROM_DATA = ("suspected", "restoring", "slipped", "reverted", "relapsed", "restated")


def weeks(text: str, first: int = 0) -> tuple[Seen, ...]:
    """One week per letter: m met, s short of it, x off target, - no value."""
    return tuple(Seen((first + i) * WEEK, (first + i + 1) * WEEK, LETTERS[letter]) for i, letter in enumerate(text))


def look(text: str, **more: object) -> Look:
    """What a look just after these weeks sees."""
    periods = weeks(text)
    return replace(Look(periods, (), len(periods) * WEEK), **more)  # type: ignore[arg-type]


def promoted(after: int = 0, ends: int | None = 100) -> Life:
    """Promoted after so many weeks, until the end of week `ends`."""
    return Life(PROMOTED, after * WEEK, None if ends is None else ends * WEEK, promotion=1)


def kinds(found: Sequence[Step]) -> list[str]:
    return [one.kind for one in found]


def week_by_week(
    life: Life, periods: Sequence[Seen], adverse: Sequence[Adverse], policy: Policy
) -> list[tuple[int, Step]]:
    """Every step that looks after each period ask for, with the index of the period."""
    taken = []
    for index, newest in enumerate(periods):
        seen = Look(tuple(periods[: index + 1]), tuple(adverse), newest.end)
        for step in steps(life, seen, policy):
            taken.append((index, step))
            life = step.after
    return taken


VERDICTS = st.sampled_from([MET, MET, MET, MISSED, MISSED, MISSED, SHORT, NONE])  # rows are what matters
POLICIES = st.builds(
    Policy, suspect_after=st.integers(1, 4), revert_after=st.integers(1, 4), heeds_findings=st.booleans(),
    watch_ends=st.none() | st.integers(0, 40).map(lambda week: week * WEEK),
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> tuple[Seen, ...]:
    return tuple(Seen(i * WEEK, (i + 1) * WEEK, one) for i, one in enumerate(draw(st.lists(VERDICTS, max_size=16))))


@st.composite
def adverse(draw: st.DrawFn) -> tuple[Adverse, ...]:
    found = []
    for first in sorted(draw(st.sets(st.integers(0, 15), max_size=2))):
        last = first + draw(st.integers(0, 3))
        found.append(Adverse(first * WEEK, last * WEEK, draw(st.booleans())))
    return tuple(found)


@st.composite
def looks(draw: st.DrawFn) -> Look:
    periods = draw(histories())
    discounted = draw(st.dictionaries(st.sampled_from(sorted(DIAGRAM)), st.integers(0, 12).map(lambda w: w * WEEK)))
    return Look(
        periods, draw(adverse()), (len(periods) + draw(st.integers(0, 3))) * WEEK, draw(st.integers(0, 9)) > 0,
        draw(st.integers(0, 9)) > 0, discounted,
    )  # fmt: skip


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Any life that steps and decisions can lead to."""
    state, hour = draw(st.sampled_from(STATES)), st.integers(0, 20).map(lambda week: week * WEEK)
    answered = draw(st.none() | hour)
    if state == MONITORED:
        return Life(answered=answered)
    if state == SUSPECTED:
        return draw(st.sampled_from([
            Life(state, answered=answered),
            Life(state, draw(hour), draw(hour), draw(st.none() | st.just(7)), RELAPSE, answered),
        ]))  # fmt: skip
    if state == WATCHED:
        start = draw(st.integers(0, 12))
        proof = tuple((start + i) * WEEK for i in range(draw(st.integers(0, 3))))
        return Life(state, draw(hour), draw(st.none() | hour), 7 if proof else None, "reverted", answered, proof)
    return Life(state, draw(hour), draw(st.none() | hour), None if state == ACCEPTED else 7)


# Stories


def test_late_for_six_weeks_then_promoted_then_on_target_three_weeks_is_four_lines() -> None:
    before = week_by_week(Life(), weeks("xxxxxx"), (), Policy())
    assert kinds([one for _, one in before]) == ["suspected"]
    assert before[0][1].periods == (0, WEEK, 2 * WEEK)
    assert before[0][1].rule == "off-target"
    after = week_by_week(promoted(6), weeks("xxxxxxmmm"), (), Policy(watch_ends=40 * WEEK))
    assert kinds([one for _, one in after]) == ["restoring", "reverted"]
    assert after[-1][1].periods == (6 * WEEK, 7 * WEEK, 8 * WEEK)
    assert after[-1][1].after == Life(WATCHED, 9 * WEEK, 40 * WEEK, 1, "reverted", proof=(6 * WEEK, 7 * WEEK, 8 * WEEK))


def test_periods_from_before_the_promotion_prove_nothing() -> None:
    assert kinds(steps(promoted(3), look("mmm"), Policy())) == []
    assert kinds(steps(promoted(3), look("mmmmm"), Policy())) == ["restoring"]


def test_silence_ends_the_row_but_not_the_state() -> None:
    assert kinds(steps(promoted(), look("mm-m"), Policy())) == ["restoring"]
    restoring = replace(promoted(), state=RESTORING)
    assert steps(restoring, look("m---"), Policy()) == []
    assert kinds(steps(restoring, look("m--x"), Policy())) == ["slipped"]


def test_between_target_and_red_flag_proves_nothing_and_raises_no_suspicion() -> None:
    assert kinds(steps(promoted(), look("mms"), Policy())) == []
    assert steps(Life(), look("ssssss"), Policy()) == []


def test_a_change_for_the_worse_that_the_target_bears_for_six_periods_is_no_trouble() -> None:
    change = (Adverse(WEEK, 7 * WEEK, True),)
    suspected = steps(Life(), look("mmmmmm", adverse=change), Policy())[-1].after
    assert suspected.state == SUSPECTED
    assert kinds(steps(suspected, look("mmmmmmm", adverse=change), Policy())) == ["cleared"]
    assert steps(Life(), look("mmmmmmmmm", adverse=change), Policy()) == []
    assert kinds(steps(Life(), look("mmmmmmmms", adverse=change), Policy())) == ["suspected"]


def test_an_adverse_finding_in_the_row_keeps_the_promotion() -> None:
    finding = (Adverse(2 * WEEK, 3 * WEEK, False),)
    assert kinds(steps(promoted(), look("mmmm", adverse=finding), Policy())) == ["restoring"]
    assert "reverted" in kinds(steps(promoted(), look("mmmm", adverse=finding), Policy(heeds_findings=False)))
    assert "reverted" in kinds(steps(promoted(), look("mmmmmmm", adverse=finding), Policy()))


def test_an_overdue_promotion_waits_for_a_decision_and_still_comes_back_by_itself() -> None:
    late = steps(promoted(0, ends=2), look("xx"), Policy())
    assert kinds(late) == ["overdue"]
    assert steps(late[0].after, look("xxxxx"), Policy()) == []
    assert kinds(steps(late[0].after, look("xxmmm"), Policy())) == ["reverted"]


def test_who_met_the_rule_on_the_last_day_is_restored_and_not_overdue() -> None:
    assert kinds(steps(promoted(0, ends=3), look("mmm"), Policy())) == ["restoring", "reverted"]


def test_a_suspicion_set_aside_comes_back_only_with_new_evidence() -> None:
    aside = Life(answered=4 * WEEK)
    assert steps(aside, look("xxxxxxxx"), Policy()) == []
    assert kinds(steps(aside, look("xxxxxmxxx"), Policy())) == ["suspected"]
    finding = (Adverse(3 * WEEK, 8 * WEEK, True),)
    assert steps(aside, look("mmmmmmmmm", adverse=finding), Policy()) == []
    again = steps(aside, look("xxxxxmxxx", adverse=finding), Policy())[0].after
    assert kinds(steps(again, look("xxxxxmxxxm", adverse=finding), Policy())) == ["cleared"]


def test_a_suspicion_ends_with_the_newest_value_and_never_by_silence() -> None:
    suspected = Life(SUSPECTED)
    assert kinds(steps(suspected, look("xxxs"), Policy())) == ["cleared"]
    assert steps(suspected, look("xxx--"), Policy()) == []
    assert [one.rule for one in steps(suspected, look(""), Policy())] == ["nothing-to-judge"]


def test_a_relapse_is_named_and_its_watch_goes_on_when_it_is_over() -> None:
    watched = Life(WATCHED, 3 * WEEK, 12 * WEEK, 7, "reverted", proof=(0, WEEK, 2 * WEEK))
    [relapse] = steps(watched, look("mmmxxx"), Policy())
    assert (relapse.kind, relapse.after.origin, relapse.after.ends) == ("relapsed", RELAPSE, 12 * WEEK)
    [cleared] = steps(relapse.after, look("mmmxxxm"), Policy())
    assert (cleared.after.state, cleared.after.origin) == (WATCHED, "reverted")
    assert kinds(steps(cleared.after, look("mmmxxxmxxx"), Policy())) == ["relapsed"]
    late = look("mmmxxxxxxxxxm")
    assert steps(relapse.after, late, Policy())[0].after.state == MONITORED, "the watch had ended meanwhile"


def test_bad_values_from_before_the_watch_are_no_relapse() -> None:
    watched = Life(WATCHED, 3 * WEEK, 12 * WEEK, None, "graduated")
    assert steps(watched, look("xxxxx"), Policy()) == []
    assert kinds(steps(watched, look("xxxxxx"), Policy())) == ["relapsed"]
    old = (Adverse(2 * WEEK, 4 * WEEK, True),)
    assert steps(watched, look("mmmmm", adverse=old), Policy()) == []
    assert kinds(steps(watched, look("mmmmm", adverse=(Adverse(3 * WEEK, 4 * WEEK, True),)), Policy())) == ["relapsed"]


def test_what_was_accepted_is_looked_at_again_on_its_day_or_when_it_is_met() -> None:
    accepted = Life(ACCEPTED, 3 * WEEK, 6 * WEEK)
    assert steps(accepted, look("xxxxx"), Policy()) == []
    assert kinds(steps(accepted, look("xxxxm"), Policy())) == ["cleared"]
    assert kinds(steps(accepted, look("xxxxxx"), Policy())) == ["acceptance_ended", "suspected"]


def test_a_correction_that_would_have_reverted_is_told_once_and_changes_nothing() -> None:
    life = replace(promoted(), state=PROMOTED)
    [told] = steps(life, look("mmmx"), Policy())[-1:]
    assert (told.kind, told.rule, told.periods) == ("restated", "would-have-reverted", (0, WEEK, 2 * WEEK))
    assert replace(told.after, told=None) == life
    assert steps(told.after, look("mmmxx"), Policy()) == []


def test_proof_that_is_taken_away_is_told_once() -> None:
    watched = Life(WATCHED, 3 * WEEK, 30 * WEEK, 7, "reverted", proof=(0, WEEK, 2 * WEEK))
    for corrected in ("mxm", "m-m", "m"):
        [told] = steps(watched, look(corrected), Policy())
        assert (told.kind, told.rule, told.after.state) == ("restated", "proof-corrected", WATCHED)
        assert steps(told.after, look(corrected), Policy()) == []


def test_a_key_result_that_somebody_closed_ends_the_promotion() -> None:
    found = steps(promoted(), look("xx", is_worked_on=False), Policy())
    assert [(one.kind, one.rule, one.after) for one in found] == [("withdrawn", "key-result-closed", Life())]


def test_a_kpi_that_is_not_watched_any_more_has_no_life() -> None:
    assert kinds(steps(promoted(), look("mmm", is_followed=False), Policy())) == ["retired"]
    assert steps(Life(), look("xxxx", is_followed=False), Policy()) == []


# What no history can do


@given(lives(), looks(), POLICIES)
def test_the_same_look_twice_asks_for_nothing(life: Life, seen: Look, policy: Policy) -> None:
    found = steps(life, seen, policy)
    assert len(found) < MOST_STEPS
    assert steps(replay([life, *[one.after for one in found]]), seen, policy) == []


@given(lives(), looks(), POLICIES)
def test_no_step_leaves_the_diagram_and_each_says_why(life: Life, seen: Look, policy: Policy) -> None:
    for step in steps(life, seen, policy):
        before, after = DIAGRAM[step.kind]
        assert life.state in before
        assert step.after.state in after
        assert step.rule
        if step.kind in FROM_DATA:
            assert step.periods
        known = {one.start for one in seen.periods} | set(life.proof) | {one.last for one in seen.adverse}
        assert set(step.periods) <= known
        if step.kind == "restated":
            assert replace(step.after, told=life.told) == life
        life = step.after


@given(lives(), looks(), POLICIES)
def test_nothing_is_overdue_or_over_before_its_end(life: Life, seen: Look, policy: Policy) -> None:
    for step in steps(life, seen, policy):
        if step.rule == "date-reached":
            assert life.ends is not None
            assert seen.now >= life.ends
        life = step.after


@given(lives(), looks(), POLICIES)
def test_a_reversion_rests_on_periods_in_a_row_after_the_promotion(life: Life, seen: Look, policy: Policy) -> None:
    for step in steps(life, seen, policy):
        if step.kind == "reverted":
            places = {one.start: index for index, one in enumerate(seen.periods)}
            row = [seen.periods[places[start]] for start in step.periods]
            assert len(row) == policy.revert_after
            assert row == list(seen.periods[-len(row) :])
            assert all(one.verdict == MET and one.end > (life.since or 0) for one in row)
            touched = [one for one in seen.adverse if one.first <= row[-1].start and one.last >= row[0].start]
            assert not (policy.heeds_findings and touched)
            assert step.after.proof == step.periods
        life = step.after


@given(histories(), st.sets(st.integers(0, 15)), adverse(), POLICIES, st.integers(0, 6))
def test_more_periods_on_target_never_make_a_reversion_later(
    periods: tuple[Seen, ...], better: set[int], found: tuple[Adverse, ...], policy: Policy, after: int
) -> None:
    improved = [replace(one, verdict=MET) if index in better else one for index, one in enumerate(periods)]

    def reverted(history: Sequence[Seen]) -> float:
        taken = week_by_week(promoted(after, 10), history, found, policy)
        return next((index for index, one in taken if one.kind == "reverted"), float("inf"))

    assert reverted(improved) <= reverted(periods)


@given(lives(), histories(), POLICIES)
def test_a_life_is_what_its_transitions_say(life: Life, periods: tuple[Seen, ...], policy: Policy) -> None:
    taken = [one for _, one in week_by_week(life, periods, (), policy)]
    assert replay([life, *[one.after for one in taken]]) == (taken[-1].after if taken else life)


@given(lives(), histories(), POLICIES)
def test_periods_that_come_all_at_once_end_in_the_same_state(
    life: Life, periods: tuple[Seen, ...], policy: Policy
) -> None:
    """But for what had happened and passed in between: a row long enough that ended again (told as restated), a value
    that ended a suspicion or an acceptance, a relapse that was over."""
    taken = week_by_week(life, periods, (), policy)
    is_apart = life.state in (ACCEPTED, WATCHED, SUSPECTED) or not periods
    if is_apart or any(one.kind == "reverted" and index < len(periods) - 1 for index, one in taken):
        return
    at_once = steps(life, Look(periods, (), periods[-1].end), policy)
    assert replay([life, *[one.after for one in at_once]]).state == (taken[-1][1].after if taken else life).state


@given(lives(), looks(), POLICIES)
def test_what_was_taken_back_does_not_happen_again_by_the_same_values(life: Life, seen: Look, policy: Policy) -> None:
    step = next_step(life, seen, policy)
    if step is None or not step.periods:
        return
    again = next_step(life, replace(seen, discounted={**seen.discounted, step.kind: max(step.periods)}), policy)
    assert again is None or again.kind != step.kind


def test_decisions_are_taken_from_states_that_are_there() -> None:
    assert {state for states in DECISIONS.values() for state in states} <= set(STATES)
