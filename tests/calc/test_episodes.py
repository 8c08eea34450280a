"""The life of an alert: once per change of state, one note for a recovery, and the same again on a second look."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sextant.calc.episodes import (
    ACKNOWLEDGED,
    BY_PERSON,
    CLEAR,
    CLOSED,
    ESCALATED,
    FAILED,
    HOLDS,
    LIVE,
    MUTED,
    OPEN,
    PASSED,
    RECOVERED,
    RETIRED,
    SNOOZED,
    UNDECIDED,
    Check,
    Policy,
    Snapshot,
    after,
    step,
)

NOON = datetime(2026, 5, 4, 12)
USUAL = Policy(relapse_window=timedelta(days=30))


def checked(verdict: str, streak: int, level: int, place: int, back: int | None) -> Check:
    """What a rule sees at a place; what it names began there or before."""
    return Check(verdict, streak, level, place, None if back is None else max(0, place - back))


CHECKS = st.builds(
    checked,
    st.sampled_from([HOLDS, CLEAR, UNDECIDED, FAILED]),
    st.integers(1, 5),
    st.integers(0, 2),
    st.integers(0, 50),
    st.one_of(st.none(), st.integers(0, 50)),
)
SNAPSHOTS = st.one_of(
    st.just(Snapshot()),
    st.builds(Snapshot, st.sampled_from([OPEN, ACKNOWLEDGED]), until=st.integers(0, 50), level=st.integers(0, 2)),
    st.builds(
        Snapshot, st.just(SNOOZED), until=st.integers(0, 50),
        snooze_until=st.datetimes(NOON - timedelta(days=3), NOON + timedelta(days=3)),
    ),
    st.builds(
        Snapshot, st.just(CLOSED), st.sampled_from([RECOVERED, BY_PERSON, MUTED, RETIRED, ESCALATED]),
        st.datetimes(NOON - timedelta(days=60), NOON), until=st.integers(0, 50), is_over=st.booleans(),
    ),
)  # fmt: skip
POLICIES = st.builds(
    Policy, st.integers(1, 3), st.integers(1, 3), st.timedeltas(timedelta(0), timedelta(days=60)),
    st.sampled_from(["", "", "", MUTED, RETIRED]), st.booleans(),
)  # fmt: skip


def run(checks: list[Check], policy: Policy = USUAL, snapshot: Snapshot = Snapshot()) -> list[str]:
    """What a row of looks comes to, an hour apart, without the nothings."""
    kinds, now = [], NOON
    for check in checks:
        outcome = step(snapshot, check, now, policy)
        snapshot = after(snapshot, check, outcome, now)
        kinds.append(outcome.kind)
        now += timedelta(hours=1)
    return [kind for kind in kinds if kind != "nothing"]


def test_ten_bad_looks_open_once_and_ten_good_ones_recover_once() -> None:
    assert run([Check(HOLDS)] * 10 + [Check(CLEAR)] * 10) == ["opened", "recovered"]


def test_soon_after_a_recovery_it_is_a_relapse_and_later_it_is_new() -> None:
    assert run([Check(HOLDS), Check(CLEAR), Check(HOLDS)]) == ["opened", "recovered", "relapsed"]
    assert run([Check(HOLDS), Check(CLEAR), Check(HOLDS)], Policy()) == ["opened", "recovered", "opened"]


def test_patience_waits_for_so_many_in_a_row() -> None:
    patient = Policy(open_after=3, recover_after=2)
    looks = [Check(HOLDS, 1), Check(HOLDS, 2), Check(HOLDS, 3), Check(CLEAR, 1), Check(CLEAR, 2)]
    assert run(looks, patient) == ["opened", "recovered"]
    assert run(looks[:2], patient) == []


def test_no_data_neither_opens_nor_recovers() -> None:
    for verdict in (UNDECIDED, FAILED):
        assert run([Check(verdict)] * 3) == []
        assert run([Check(HOLDS), Check(verdict), Check(verdict)]) == ["opened"]


def test_what_a_person_closed_opens_again_only_once_it_had_ceased() -> None:
    closed = Snapshot(CLOSED, BY_PERSON, NOON)
    assert run([Check(HOLDS), Check(HOLDS)], snapshot=closed) == []
    assert run([Check(HOLDS), Check(CLEAR), Check(HOLDS)], snapshot=closed) == ["lifted", "opened"]


def test_a_snooze_ends_with_its_day_and_is_told_once() -> None:
    snoozed = Snapshot(SNOOZED, snooze_until=NOON + timedelta(hours=2))
    assert run([Check(HOLDS)] * 5, snapshot=snoozed) == ["woken"]
    assert run([Check(CLEAR)] * 5, snapshot=snoozed) == ["recovered"]


def test_a_mute_ends_it_without_a_note_and_lifting_the_mute_raises_it_again() -> None:
    opened = Snapshot(OPEN)
    outcome = step(opened, Check(HOLDS), NOON, Policy(silence=MUTED))
    assert (outcome.kind, outcome.how, outcome.tells) == ("silenced", MUTED, False)
    silent = after(opened, Check(HOLDS), outcome, NOON)
    assert step(silent, Check(HOLDS), NOON, Policy(silence=MUTED)).kind == "nothing"
    assert step(silent, Check(HOLDS), NOON, USUAL).kind == "opened"


def test_a_deviation_that_began_later_is_another_one_and_the_same_one_is_told_once() -> None:
    first, wider, second = (
        Check(HOLDS, place=10, since=8),
        Check(HOLDS, place=12, since=9),
        Check(HOLDS, place=20, since=15),
    )
    assert run([first, wider, second]) == ["opened", "replaced"]
    for how in (BY_PERSON, PASSED, ESCALATED):
        told = Snapshot(CLOSED, how, NOON, until=12)
        assert step(told, wider, NOON, USUAL).kind == "nothing"
        assert step(told, second, NOON, USUAL).kind == "opened"
    assert step(Snapshot(CLOSED, RECOVERED, NOON, until=12), wider, NOON, USUAL).kind == "relapsed"


def test_worse_and_better_are_kept_and_told_to_nobody() -> None:
    opened = Snapshot(OPEN, level=1)
    worse, better = step(opened, Check(HOLDS, level=2), NOON, USUAL), step(opened, Check(HOLDS, level=0), NOON, USUAL)
    assert (worse.kind, worse.tells, better.kind, better.tells) == ("worsened", False, "eased", False)


def test_a_moment_passes_without_a_note() -> None:
    outcome = step(Snapshot(OPEN), Check(CLEAR), NOON, Policy(is_moment=True))
    assert (outcome.kind, outcome.tells) == ("passed", False)


@given(SNAPSHOTS, CHECKS, POLICIES)
def test_the_same_look_a_second_time_means_nothing(snapshot: Snapshot, check: Check, policy: Policy) -> None:
    then = after(snapshot, check, step(snapshot, check, NOON, policy), NOON)
    again = step(then, check, NOON, policy)
    assert again.kind == "nothing" or (snapshot.state == SNOOZED and not again.tells)


@given(SNAPSHOTS, CHECKS, POLICIES)
def test_an_alert_opens_only_where_none_is_open_and_only_because_the_rule_holds(
    snapshot: Snapshot, check: Check, policy: Policy
) -> None:
    outcome = step(snapshot, check, NOON, policy)
    if outcome.opens:
        assert (check.verdict, policy.silence) == (HOLDS, "")
        assert snapshot.state not in LIVE or outcome.kind == "replaced"
    if outcome.kind == "recovered":
        assert check.verdict == CLEAR
        assert snapshot.state in LIVE


@given(SNAPSHOTS, st.lists(CHECKS, max_size=20), POLICIES)
def test_a_replay_comes_to_the_same(snapshot: Snapshot, checks: list[Check], policy: Policy) -> None:
    assert run(checks, policy, snapshot) == run(checks, policy, snapshot)


class LifeOfAnAlert(RuleBasedStateMachine):
    """Looks and people in any order: never two notes of one kind for one episode, never an open alert twice."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.snapshot, self.episode = NOON, Snapshot(), 0
        self.notes: dict[int, list[str]] = {}

    @rule(check=CHECKS, silence=st.sampled_from(["", "", "", MUTED]), hours=st.integers(0, 100))
    def look(self, check: Check, silence: str, hours: int) -> None:
        self.now += timedelta(hours=hours)
        policy = Policy(2, 2, timedelta(days=20), silence)
        outcome = step(self.snapshot, check, self.now, policy)
        if outcome.opens:
            assert self.snapshot.state not in LIVE or outcome.kind == "replaced"
            self.episode += 1
        if outcome.tells and outcome.kind != "woken":  # each snooze may end once
            self.notes.setdefault(self.episode, []).append(outcome.kind)
        self.snapshot = after(self.snapshot, check, outcome, self.now)

    @rule()
    def acknowledge(self) -> None:
        if self.snapshot.state in LIVE:
            self.snapshot = Snapshot(ACKNOWLEDGED, until=self.snapshot.until, level=self.snapshot.level)

    @rule(hours=st.integers(1, 200))
    def snooze(self, hours: int) -> None:
        if self.snapshot.state in LIVE:
            wakes = self.now + timedelta(hours=hours)
            self.snapshot = Snapshot(SNOOZED, snooze_until=wakes, until=self.snapshot.until)

    @rule()
    def close(self) -> None:
        if self.snapshot.state in LIVE:
            self.snapshot = Snapshot(CLOSED, BY_PERSON, self.now, until=self.snapshot.until)

    @invariant()
    def each_episode_is_told_of_once_as_opened_and_once_as_recovered(self) -> None:
        for notes in self.notes.values():
            assert notes[0] in ("opened", "relapsed", "replaced")
            assert notes[1:] in ([], ["recovered"])


TestLifeOfAnAlert = LifeOfAnAlert.TestCase
