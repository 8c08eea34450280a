"""Promoting a KPI in one step: everything filled in, an end required, one at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sextant.alerts.models import Alert
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.kpis.commands import create_scorecard, place_kpi, set_target
from sextant.kpis.models import ActionNote, Kpi
from sextant.lifecycle.commands import promote, withdraw
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.lifecycle.queries.drafts import draft_promotion
from sextant.metrics.models import Measurement, Metric
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications.models import Notification
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.planning import plan
from sextant.okrs.queries.standing import key_result_standing
from sextant.people import queries as people
from sextant.people.commands import archive_person
from sextant.strategy.commands import create_cycle
from sextant.strategy.models import Cycle
from tests.at_once import at_once, problems_of
from tests.lifecycle.weeks import Hand, log, measured, state, week_by_week, weeks_at_once
from tests.make import admin, make_key_result, make_kpi, make_objective, start
from tests.world import World


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


@pytest.fixture
def quarter(world: World, hand: Hand) -> Cycle:
    first = hand.day - timedelta(days=10)
    return create_cycle(admin(), "Spring", starts_on=first, ends_on=first + timedelta(days=120))


def suspected(hand: Hand, key: str = "uptime", **changes: Any) -> Kpi:
    kpi = measured(key, **changes)
    weeks_at_once(hand, kpi, 50, 50, 50)
    return kpi


def keys(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [one.key for one in refusal.value.problems]


def test_it_is_promoted_with_nothing_typed_but_what_the_draft_says(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand)
    measurements = Measurement.objects.count()
    draft = draft_promotion(world.lea, kpi, point=standpoint())
    assert (draft.problem, draft.cycle, draft.ends_on) == (None, quarter, quarter.ends_on)
    assert draft.key_result_title == "Uptime from 50 % to 99 %"
    assert draft.owner == world.person("lea")
    made = promote(world.lea, kpi, why=draft.why, cycle=draft.cycle, guard=draft.guard, version=draft.version)
    objective = made.key_result.objective
    assert (objective.title, objective.state, objective.cycle) == ("Restore Uptime", "active", quarter)
    standing = key_result_standing(made.key_result, standpoint())
    assert (standing.baseline, standing.target, standing.value) == (50.0, 99.0, 50.0)
    assert made.key_result.metric_id == kpi.metric_id
    assert Measurement.objects.count() == measurements
    life = Life.objects.get(kpi=kpi)
    assert (life.state, life.promotion_id) == ("promoted", made.pk)
    assert list(Transition.objects.filter(kpi=kpi).values_list("kind", "rule", "author")) == [
        ("suspected", "off-target", "Sextant"), ("promoted", "decision", "Lea Lead"),
    ]  # fmt: skip
    suspicion, decision = Transition.objects.filter(kpi=kpi)
    assert decision.evidence["periods"] == suspicion.evidence["periods"] != []


def test_without_cycle_or_day_it_is_refused(world: World, hand: Hand) -> None:
    kpi = suspected(hand)
    with pytest.raises(Refused) as refusal:
        promote(world.lea, kpi, why="Down")
    assert keys(refusal) == ["end-missing"]
    with pytest.raises(Refused) as refusal:
        promote(world.lea, kpi, why="Down", ends_on=hand.day - timedelta(days=1))
    assert keys(refusal) == ["end-in-past"]
    assert not Promotion.objects.exists()


def test_without_any_cycle_a_day_is_enough(world: World, hand: Hand) -> None:
    made = promote(world.lea, suspected(hand), why="Down", ends_on=hand.day + timedelta(days=60))
    assert made.key_result.objective.cycle is None
    assert made.key_result.objective.state == "active"
    assert key_result_standing(made.key_result, standpoint()).progress == 0.0


def test_it_needs_a_why(world: World, hand: Hand, quarter: Cycle) -> None:
    with pytest.raises(Refused) as refusal:
        promote(world.lea, suspected(hand), why="  ", cycle=quarter)
    assert keys(refusal) == ["why-missing"]


def test_a_second_promotion_is_refused_and_names_who_made_the_first(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand)
    promote(world.lea, kpi, why="Down", cycle=quarter)
    with pytest.raises(Refused) as refusal:
        promote(world.ada, kpi, why="Down as well", cycle=quarter)
    assert keys(refusal) == ["already-promoted"]
    assert "Lea Lead" in refusal.value.problems[0].message
    assert draft_promotion(world.ada, kpi, point=standpoint()).problem is not None


def test_who_saw_an_older_state_is_told_so(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand)
    draft = draft_promotion(world.lea, kpi, point=standpoint())
    promote(world.ada, kpi, why="Down", cycle=quarter)
    with pytest.raises(Stale):
        promote(world.lea, kpi, why="Down", cycle=quarter, version=draft.version)


def test_who_may_not_change_the_kpi_may_not_promote_it(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand)
    for actor in (world.vic, world.cem, world.otto):
        with pytest.raises(NotAllowed):
            promote(actor, kpi, why="Down", cycle=quarter)
    assert state(kpi) == "suspected"


def test_an_owner_without_a_role_promotes_what_they_own(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand, owner=world.person("vic"))
    made = promote(world.vic, kpi, why="Down", cycle=quarter)
    assert made.owner == made.key_result.owner == world.person("vic")


def test_a_kpi_without_a_target_needs_one(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = make_kpi("uptime", active=True, frequency="week", unit="percent", direction="up")
    week_by_week(hand, kpi, 50, 50)
    with pytest.raises(Refused) as refusal:
        promote(world.lea, kpi, why="Down", cycle=quarter)
    assert keys(refusal) == ["no-target"]
    made = promote(world.lea, kpi, why="Down", cycle=quarter, target=80.0)
    assert made.has_own_target
    assert key_result_standing(made.key_result, standpoint()).target == 80.0


def test_a_draft_kpi_is_not_promoted(world: World, quarter: Cycle) -> None:
    kpi = make_kpi("uptime")
    set_target(admin(), kpi, target=99.0)
    with pytest.raises(Refused) as refusal:
        promote(world.lea, kpi, why="Down", cycle=quarter)
    assert keys(refusal) == ["not-active"]


def test_an_exit_rule_that_can_never_hold_warns_until_it_is_accepted(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand)
    short = {"why": "Down", "ends_on": hand.day + timedelta(days=10)}
    with pytest.raises(Refused) as refusal:
        promote(world.lea, kpi, **short)
    assert keys(refusal) == ["too-few-periods"]
    assert refusal.value.problems[0].field == "accept_doubts"
    assert promote(world.lea, kpi, **short, accept_doubts=True).pk


def test_it_joins_an_objective_as_its_key_result(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand)
    objective = make_objective("Patients trust us", cycle=quarter)
    assert objective in draft_promotion(world.lea, kpi, point=standpoint()).objectives
    made = promote(world.lea, kpi, why="Down", cycle=quarter, objective=objective)
    assert made.key_result.objective == objective
    assert not made.made_objective
    assert made.key_result.published_at is not None


def test_a_restricted_kpi_joins_no_objective_that_more_people_see(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand, visibility="team")
    objective = make_objective("Patients trust us", cycle=quarter)
    with pytest.raises(Refused) as refusal:
        promote(world.lea, kpi, why="Down", cycle=quarter, objective=objective)
    assert keys(refusal) == ["objective-too-open"]
    made = promote(world.lea, kpi, why="Down", cycle=quarter)
    assert made.key_result.objective.visibility == "team"


def test_a_band_becomes_a_guardrail(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = make_kpi("stock", active=True, frequency="week", unit="count", direction="within")
    set_target(admin(), kpi, low=4.0, high=8.0, red_low=2.0, red_high=10.0)
    week_by_week(hand, kpi, 12, 12, 12)
    made = promote(world.lea, kpi, why="Too much", cycle=quarter)
    assert (made.key_result.kind, made.key_result.title) == ("guardrail", "Stock within 4 to 8")
    withdraw(world.lea, made, reason="Again")
    with pytest.raises(Refused) as refusal:
        promote(world.lea, kpi, why="Too much", cycle=quarter, target=5.0)
    assert keys(refusal) == ["target-is-a-band"]


def test_promoting_is_the_answer_to_the_alert(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand, response_plan="Call the vendor.")
    alert = Alert.objects.get(kpi=kpi, closed_at=None)
    made = promote(world.lea, kpi, why="Down", cycle=quarter)
    alert.refresh_from_db()
    assert (made.alert, alert.state) == (alert, "acknowledged")
    assert alert.response.answered_by == "Lea Lead"
    assert ActionNote.objects.get(kpi=kpi, superseded_at=None).due_on == quarter.ends_on


def test_an_alert_about_something_else_is_refused(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi, other = suspected(hand), suspected(hand, "downtime")
    with pytest.raises(Refused) as refusal:
        promote(world.lea, kpi, why="Down", cycle=quarter, alert=Alert.objects.get(kpi=other, closed_at=None))
    assert keys(refusal) == ["other-alert"]


def test_its_objective_counts_apart_from_the_caps_of_focus(world: World, hand: Hand, quarter: Cycle) -> None:
    start_one = make_objective("Patients trust us", cycle=quarter)
    promote(world.lea, suspected(hand), why="Down", cycle=quarter)
    load = next(one for one in plan(quarter, world.lea, standpoint()).loads if one.team.key == "emergency")
    assert (load.objectives, load.drafts, load.restoring, load.key_results) == (0, 1, 1, 0)
    assert start_one.restores is None


def test_a_sprint_long_enough_is_chosen_first(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand)
    for name, days in (("Short", 8), ("Long", 45)):
        create_cycle(admin(), name, kind="sprint", starts_on=hand.day, ends_on=hand.day + timedelta(days=days))
    assert draft_promotion(world.lea, kpi, point=standpoint()).cycle.name == "Long"  # type: ignore[union-attr]


def test_what_fits_as_guard_is_offered_and_what_guarded_before_is_filled_in(
    world: World, hand: Hand, quarter: Cycle
) -> None:
    kpi, guard = suspected(hand, theme=world.safety), measured("staff-wellbeing")
    card = create_scorecard(admin(), name="Ward", team=world.emergency)
    for one in (kpi, guard):
        place_kpi(admin(), card, one)
    draft = draft_promotion(world.lea, kpi, point=standpoint())
    assert (draft.guard, draft.guards) == (None, (guard.metric,))
    assert "guard-missing" in [one.key for one in draft.doubts]
    withdraw(world.lea, promote(world.lea, kpi, why="Down", cycle=quarter, guard=guard.metric), reason="Too early")
    again = draft_promotion(world.lea, kpi, point=standpoint())
    assert again.guard == guard.metric
    assert "guard-missing" not in [one.key for one in again.doubts]


def test_when_the_owner_has_left_the_lead_of_the_team_answers_for_it(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi, cem = suspected(hand), world.person("cem")
    archive_person(world.ada, cem)
    Metric.objects.filter(pk=kpi.metric_id).update(owner=cem)  # as an older version or an import left it
    people.forget()
    kpi.refresh_from_db()
    made = promote(world.ada, kpi, why="Down", cycle=quarter)
    assert made.owner == world.person("lea")


def test_others_hear_of_it_and_the_one_who_did_it_does_not(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand, owner=world.person("cem"))
    promote(world.lea, kpi, why="Down", cycle=quarter)
    told = Notification.objects.filter(notice="lifecycle_promoted").values_list("person__name", flat=True)
    assert list(told) == ["Cem Contributor"]
    event = Event.objects.get(name="lifecycle.promoted")
    assert (event.subject_kind, event.subject_key, event.actor_label) == ("kpi", "uptime", "Lea Lead")


def test_nothing_is_written_when_the_key_result_cannot_be(world: World, hand: Hand, quarter: Cycle) -> None:
    kpi = suspected(hand)
    objective = start(make_with_result(quarter))
    Objective.objects.filter(pk=objective.pk).update(state="closed")
    objective.refresh_from_db()
    with pytest.raises(Refused):
        promote(world.lea, kpi, why="Down", cycle=quarter, objective=objective)
    assert (state(kpi), Promotion.objects.count()) == ("suspected", 0)
    assert not KeyResult.objects.filter(metric=kpi.metric).exists()


def make_with_result(cycle: Cycle) -> Objective:
    objective = make_objective("Patients trust us", cycle=cycle)
    make_key_result(objective)
    return objective


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_promote_at_once_exactly_one_does(real: World, hand: Hand) -> None:
    kpi = measured()
    week_by_week(hand, kpi, 50)
    day = hand.day + timedelta(days=90)
    acts = [
        lambda actor=actor: promote(actor, Kpi.objects.select_related("metric__team").get(pk=kpi.pk), why="Down",
                                    ends_on=day)
        for actor in (real.lea, real.ada)
    ]  # fmt: skip
    problems = problems_of(at_once(*acts))
    assert len(problems) == 1
    assert (Promotion.objects.count(), Objective.objects.count(), log(kpi)) == (1, 1, ["promoted"])


def test_without_any_cycle_it_still_stands_among_the_running_objectives_and_not_in_the_backlog(
    world: World, hand: Hand
) -> None:
    promote(world.lea, suspected(hand), why="Down", ends_on=hand.day + timedelta(days=60))
    client = world.client("lea")
    assert b"Restore Uptime" in client.get("/objectives/").content
    backlog = client.get("/backlog")
    assert backlog.status_code == 200
    assert b"Restore Uptime" not in backlog.content
