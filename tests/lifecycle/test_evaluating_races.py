"""Lives under several hands at once: workers among themselves, and workers beside people who decide."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sextant.kpis.models import Kpi
from sextant.lifecycle.commands import promote, withdraw
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.living import from_facts, life_of
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.notifications.models import Notification
from sextant.okrs.models import Closure, Objective
from tests.at_once import at_once, problems_of
from tests.lifecycle.weeks import Hand, log, measured, newest, state, the_promotion, week_by_week
from tests.make import record_values
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


def about_to_revert(real: World, hand: Hand) -> Kpi:
    """Promoted, with the value there that restores it, and nobody has looked yet."""
    kpi = measured()
    week_by_week(hand, kpi, 50, 50, 50)
    promote(real.lea, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=10))
    week_by_week(hand, kpi, 99, 99)
    hand.on(weeks=1)
    record_values(kpi, {newest(kpi): 99})
    return kpi


def test_four_workers_restore_a_kpi_once(real: World, hand: Hand) -> None:
    kpi = about_to_revert(real, hand)
    assert problems_of(at_once(*[lambda: evaluate([kpi.metric_id])] * 4)) == []
    assert log(kpi) == ["suspected", "promoted", "restoring", "reverted"]
    assert Closure.objects.count() == Notification.objects.filter(notice="lifecycle_reverted").count() == 1


def test_who_ends_a_promotion_while_it_is_being_restored_ends_it_once(real: World, hand: Hand) -> None:
    kpi = about_to_revert(real, hand)
    promotion = the_promotion(kpi)
    problems = problems_of(
        at_once(lambda: evaluate([kpi.metric_id]), lambda: withdraw(real.lea, promotion, reason="No need."))
    )
    ended = the_promotion(kpi)
    assert (problems, ended.outcome) in (([], "withdrawn"), (["already-ended"], "reverted"))
    assert len([kind for kind in log(kpi) if kind in ("reverted", "withdrawn")]) == 1
    last = Transition.objects.latest("pk")
    assert from_facts(last.after) == life_of(Life.objects.get(kpi=kpi))


def test_of_two_people_who_promote_it_at_once_one_does(real: World, hand: Hand) -> None:
    kpi = measured()
    week_by_week(hand, kpi, 50, 50, 50)
    ends = hand.day + timedelta(weeks=10)
    acts = [lambda who=who: promote(who, kpi, why="Too low.", ends_on=ends) for who in (real.lea, real.ada)]
    assert len(problems_of(at_once(*acts))) == 1
    assert (Promotion.objects.count(), Objective.objects.count(), state(kpi)) == (1, 1, "promoted")
