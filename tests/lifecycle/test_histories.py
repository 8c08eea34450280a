"""Random histories on a real database: values, corrections, decisions, undoing, and time that passes.

Whatever happens, no value is copied or changed by a life, every transition says who, by which rule and on which
evidence, what is taken back is exactly as before, and the transitions, or the events, tell the same life again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from sextant.calc.promotion import AT_WORK, DECISIONS, replay
from sextant.core.errors import Refused
from sextant.core.models import Event
from sextant.lifecycle.commands import accept, extend, promote, replan, set_aside, undo, withdraw
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.living import from_facts, life_of
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.metrics.models import Measurement
from sextant.okrs.models import KeyResult, Terms
from tests.calc.test_promotion import DIAGRAM, FROM_DATA
from tests.lifecycle.weeks import MONDAY, Hand, measured, newest, state, the_promotion
from tests.make import record_values
from tests.world import World

EXAMPLES, STEPS = 10, 14
VALUES = st.sampled_from([50.0, 50.0, 97.0, 99.0, 99.5, 99.9])
LIFE = ("state", "since", "ends", "promotion_id", "origin", "answered", "proof", "told")
PROMOTION = ("outcome", "ended_at", "ends_on", "cycle_id", "revert_after", "has_own_target", "owner_id", "since")
KEY_RESULT = (
    "closed_at",
    "archived_at",
    "due_on",
    "objective__state",
    "objective__closed_at",
    "objective__archived_at",
)


def measurements() -> list[tuple[Any, ...]]:
    return list(Measurement.objects.order_by("pk").values_list())


class Lives(RuleBasedStateMachine):
    """One KPI under everybody's hands."""

    def __init__(self, world: World, hand: Hand) -> None:
        super().__init__()
        self.world, self.hand = world, hand
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        hand.to(MONDAY)
        self.kpi = measured()
        self.recorded = measurements()
        self.before: dict[int, dict[str, Any]] = {}  # by the first transition of what was done, what was there before
        for _ in range(3):
            self.a_week_passes(50.0)
        self.is_promoted(6, None, 2)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def do(self, act: Callable[[], Any]) -> None:
        was, newest_one = self.facts(), self.newest_id()
        act()
        first = Transition.objects.filter(pk__gt=newest_one).order_by("pk").first()
        if first is not None:
            self.before[first.pk] = was

    def facts(self) -> dict[str, Any]:
        """All that a life can change."""
        targets = Terms.objects.filter(superseded_at=None).order_by("pk").values_list("key_result_id", "target")
        return {
            "life": Life.objects.filter(kpi=self.kpi).values(*LIFE).first() or {"state": "monitored"},
            "promotions": {one.pop("pk"): one for one in Promotion.objects.values("pk", *PROMOTION)},
            "key_results": {one.pop("pk"): one for one in KeyResult.objects.values("pk", *KEY_RESULT)},
            "targets": dict(targets),
        }

    def newest_id(self) -> int:
        return Transition.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def look(self) -> None:
        self.do(evaluate)
        assert evaluate() == 0, "a second look asks for nothing"

    def record(self, value: float, back: int) -> None:
        record_values(self.kpi, {newest(self.kpi, back): value})
        self.recorded = measurements()
        self.look()

    @rule(value=VALUES)
    def a_week_passes(self, value: float) -> None:
        self.hand.on(weeks=1)
        self.record(value, 0)

    @rule(values=st.lists(st.sampled_from([99.0, 99.5]), min_size=2, max_size=3))
    def good_weeks_pass(self, values: list[float]) -> None:
        for value in values:
            self.a_week_passes(value)

    @rule(value=VALUES, back=st.integers(0, 4))
    def a_value_is_corrected(self, value: float, back: int) -> None:
        self.record(value, back)

    @rule(days=st.integers(1, 20))
    def days_pass_in_silence(self, days: int) -> None:
        self.hand.on(days=days)
        self.look()

    @precondition(lambda self: state(self.kpi) in DECISIONS["promoted"])
    @rule(weeks=st.integers(1, 8), own=st.sampled_from([None, None, 97.0]), periods=st.integers(1, 3))
    def is_promoted(self, weeks: int, own: float | None, periods: int) -> None:
        ends = self.hand.day + timedelta(weeks=weeks)
        self.do(lambda: promote(
            self.world.lea, self.kpi, why="Too low.", ends_on=ends, target=own, revert_after=periods, accept_doubts=True
        ))  # fmt: skip
        self.look()

    @precondition(lambda self: state(self.kpi) in AT_WORK)
    @rule(kind=st.sampled_from(["extend", "replan", "accept", "withdraw"]), weeks=st.integers(1, 4))
    def somebody_decides(self, kind: str, weeks: int) -> None:
        promotion = the_promotion(self.kpi)
        until = max(promotion.ends_on, self.hand.day) + timedelta(weeks=weeks)
        acts: dict[str, Callable[[], Any]] = {
            "extend": lambda: extend(self.world.lea, promotion, ends_on=until, reason="More time."),
            "replan": lambda: replan(self.world.lea, promotion, ends_on=until, target=98.0, reason="Less will do."),
            "accept": lambda: accept(self.world.lea, promotion, until=until, reason="For now."),
            "withdraw": lambda: withdraw(self.world.lea, promotion, reason="No need."),
        }
        self.do(acts[kind])
        self.look()

    @precondition(lambda self: state(self.kpi) == "suspected")
    @rule()
    def a_suspicion_is_set_aside(self) -> None:
        self.do(lambda: set_aside(self.world.lea, self.kpi, reason="Known."))
        self.look()

    @precondition(lambda self: Transition.objects.filter(undone_at=None).exclude(kind="undone").exists())
    @rule(back=st.integers(0, 2))
    def something_is_taken_back(self, back: int) -> None:
        standing = list(Transition.objects.filter(undone_at=None).exclude(kind="undone").order_by("-pk")[: back + 1])
        self.take_back(standing[-1])

    @precondition(lambda self: state(self.kpi) in AT_WORK)
    @rule()
    def it_is_restored_and_that_is_taken_back(self) -> None:
        for _ in range(the_promotion(self.kpi).revert_after + 1):
            if state(self.kpi) in AT_WORK:
                self.a_week_passes(99.9)
        for one in Transition.objects.filter(kind="reverted", undone_at=None).order_by("-pk")[:1]:
            self.take_back(one)

    @precondition(lambda self: state(self.kpi) in AT_WORK)
    @rule(kind=st.sampled_from(["extend", "replan", "accept", "withdraw"]), weeks=st.integers(1, 4))
    def somebody_decides_and_takes_it_back(self, kind: str, weeks: int) -> None:
        known = self.newest_id()
        self.somebody_decides(kind, weeks)
        self.take_back(Transition.objects.filter(pk__gt=known).order_by("pk")[0])

    def take_back(self, one: Transition) -> None:
        try:
            done = undo(self.world.lea, one)
        except Refused:
            assert Transition.objects.get(pk=one.pk).undone_at is None
            return
        assert done.after == one.prior
        was = self.before.get(one.pk)
        if was is not None:
            now = self.facts()
            assert {name: now["life"].get(name) for name in was["life"]} == was["life"]
            for table in ("promotions", "key_results", "targets"):
                assert {pk: now[table][pk] for pk in was[table]} == was[table]
        undone = Transition.objects.filter(undone_at__isnull=False).values_list("kind", "evidence")
        taken = {(kind, tuple(evidence["periods"])) for kind, evidence in undone if evidence["periods"]}
        known = self.newest_id()
        self.look()
        again = Transition.objects.filter(pk__gt=known).values_list("kind", "evidence")
        assert not {(kind, tuple(evidence["periods"])) for kind, evidence in again} & taken

    @invariant()
    def no_value_is_copied_or_changed(self) -> None:
        assert measurements() == self.recorded
        for one in Transition.objects.values_list("prior", "after", "evidence"):
            assert not list(floats(one))

    @invariant()
    def every_transition_says_who_by_which_rule_and_on_which_evidence(self) -> None:
        for one in Transition.objects.all():
            assert one.author
            assert one.actor_kind
            assert one.rule
            assert one.kind not in FROM_DATA or one.evidence["periods"]
            if one.rule == "decision":
                assert one.kind == "undone" or one.before in DECISIONS[one.kind]
            else:
                assert (one.before in DIAGRAM[one.kind][0], one.state in DIAGRAM[one.kind][1]) == (True, True)

    @invariant()
    def the_transitions_and_the_events_tell_the_same_life(self) -> None:
        told = list(Transition.objects.order_by("pk"))
        for before, after in pairwise(told):
            assert after.prior == before.after
        life = life_of(Life.objects.filter(kpi=self.kpi).first())
        assert replay(from_facts(one.after) for one in told) == life
        events = Event.objects.filter(name__startswith="lifecycle.").order_by("pk").values_list("name", "data")
        assert [(name, data["transition"]) for name, data in events] == [(f"lifecycle.{t.kind}", t.pk) for t in told]


def floats(thing: Any) -> Any:
    """All floats in nested lists and mappings."""
    if isinstance(thing, float):
        yield thing
    elif isinstance(thing, dict):
        for one in thing.values():
            yield from floats(one)
    elif isinstance(thing, (list, tuple)):
        for one in thing:
            yield from floats(one)


def test_whatever_happens_a_life_is_told_whole_and_can_be_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand(monkeypatch)
    few = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(lambda: Lives(world, hand), settings=few)
