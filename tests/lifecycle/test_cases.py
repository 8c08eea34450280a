"""Two lives as they are told (hospital uptime, sales contact time), and what goes wrong in real life."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from sextant.calc.periods import Frequency, label, period_of
from sextant.core import clock
from sextant.core.models import Event
from sextant.kpis.models import Kpi
from sextant.lifecycle.commands import promote
from sextant.lifecycle.days import here
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.models import Life, Transition
from sextant.metrics.models import Measurement
from sextant.notifications.models import Notification
from sextant.okrs.models import Closure
from sextant.okrs.queries.standing import objective_standing
from sextant.people import queries as people
from tests.lifecycle.weeks import Hand, log, measured, start_of, state, the_promotion, week_by_week
from tests.make import record_values
from tests.world import World


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


def test_hospital_uptime_at_half_is_promoted_with_no_typing_and_reverts_by_itself(world: World, hand: Hand) -> None:
    kpi = measured("uptime", name="System uptime")
    week_by_week(hand, kpi, 50, 50, 50, 50)
    assert log(kpi) == ["suspected"]
    promotion = promote(world.lea, kpi, why="Down every other day.", ends_on=hand.day + timedelta(weeks=10))
    key_result, objective = promotion.key_result, promotion.key_result.objective
    assert objective.title == "Restore System uptime"
    assert key_result.title.replace("50 %", "50") == "System uptime from 50 to 99 %"
    assert key_result.metric == kpi.metric
    [standing] = objective_standing(objective, here()).key_results
    assert (standing.baseline, standing.target) == (50, 99)
    week_by_week(hand, kpi, 80, 99.2, 99.5)
    assert (state(kpi), the_promotion(kpi).ended_at) == ("restoring", None)
    values = list(Measurement.objects.filter(superseded_at=None).order_by("start").values_list("value", flat=True))
    week_by_week(hand, kpi, 99.4)
    assert log(kpi) == ["suspected", "promoted", "restoring", "reverted"]
    promotion, life = the_promotion(kpi), Life.objects.get(kpi=kpi)
    key_result.refresh_from_db()
    objective.refresh_from_db()
    assert (promotion.outcome, life.state, life.origin) == ("reverted", "watched", "reverted")
    assert key_result.closed_at == promotion.ended_at == hand.moment
    assert (objective.state, objective.closed_at) == ("closed", hand.moment)
    closure = Closure.objects.get(objective=objective)
    assert "3 weeks in a row" in closure.outcome
    assert closure.author == "Sextant"
    assert Measurement.objects.count() == len(values) + 1, "nothing was copied"


def test_the_log_of_a_restored_kpi_tells_who_by_which_rule_and_on_which_periods(world: World, hand: Hand) -> None:
    kpi = measured()
    week_by_week(hand, kpi, 50, 50, 50)
    promote(world.lea, kpi, why="Down every other day.", ends_on=hand.day + timedelta(weeks=10))
    week_by_week(hand, kpi, 99, 99, 99)
    told = [(one.kind, one.author, one.rule, one.evidence["periods"]) for one in Transition.objects.order_by("pk")]
    bad, good = [start_of(kpi, back) for back in (5, 4, 3)], [start_of(kpi, back) for back in (2, 1, 0)]
    assert told == [
        ("suspected", "Sextant", "off-target", bad), ("promoted", "Lea Lead", "decision", bad),
        ("restoring", "Sextant", "first-on-target", good[:1]), ("reverted", "Sextant", "exit-rule", good),
    ]  # fmt: skip
    named = Event.objects.filter(name__startswith="lifecycle.").order_by("pk").values_list("name", flat=True)
    assert list(named) == [f"lifecycle.{kind}" for kind, *_ in told]
    heard = Notification.objects.filter(notice="lifecycle_reverted").values_list("person__name", flat=True)
    assert list(heard) == ["Lea Lead"]


def test_sales_contact_time_makes_exactly_four_transitions(world: World, hand: Hand) -> None:
    kpi = contact_time()
    week_by_week(hand, kpi, 30, 34, 29, 31, 33, 30)
    promote(world.lea, kpi, why="Customers wait too long.", ends_on=hand.day + timedelta(weeks=4))
    week_by_week(hand, kpi, 22, 20, 18)
    assert log(kpi) == ["suspected", "promoted", "restoring", "reverted"]
    assert state(kpi) == "watched"
    life = Life.objects.get(kpi=kpi)
    assert life.ends is not None
    assert life.since is not None
    assert life.ends - life.since >= 2 * 28 * 24, "twice the length of the promotion"


def contact_time() -> Kpi:
    """Hours until a customer hears from us, at most 24."""
    return measured("contact-time", target=24.0, red_flag=None, unit="duration:h", direction="down")


def test_a_life_can_be_written_down_as_it_was_lived_in_the_past(world: World) -> None:
    """As builders of history do it: commands at moments of the past, and a look from the end of each of those days."""
    first = people.today() - timedelta(weeks=12, days=people.today().weekday())

    def at(week: int) -> datetime:
        return datetime.combine(first + timedelta(weeks=week), time(9), UTC)

    with clock.writing_at(at(-1)):
        kpi = contact_time()
    for week, value in enumerate([30, 34, 29, 31, 22, 20, 18]):
        with clock.writing_at(at(week)):
            start = period_of(at(week - 1).date(), Frequency.WEEK)
            record_values(kpi, {label(start): value})
            evaluate(as_of=at(week).date())
            if week == 3:
                promote(world.lea, kpi, why="Customers wait too long.", ends_on=first + timedelta(weeks=8))
    told = list(Transition.objects.order_by("pk").values_list("kind", "known_at"))
    assert told == [("suspected", at(2)), ("promoted", at(3)), ("restoring", at(4)), ("reverted", at(6))]
    assert the_promotion(kpi).ended_at == at(6)
    assert the_promotion(kpi).key_result.closed_at == at(6)
    assert evaluate() == 0
