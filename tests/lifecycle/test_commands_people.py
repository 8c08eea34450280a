"""People in the lives of KPIs: those who leave, those who are forgotten, and several at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sextant.core.actors import Actor
from sextant.core.errors import Refused
from sextant.core.jobs import run_due
from sextant.core.models import Event
from sextant.kpis.models import Kpi
from sextant.lifecycle.commands import answer, extend, promote, set_aside, undo
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.lifecycle.queries.answers import unanswered
from sextant.notifications.models import Notification
from sextant.notifications.notices import group_of
from sextant.notifications.wishes import OF_ACCOUNT
from sextant.okrs.models import KeyResult
from sextant.people.commands import archive_person, erase_person, set_role
from tests.at_once import at_once, problems_of
from tests.lifecycle.weeks import Hand, come, log, measured, promoted, state, the_promotion, week_by_week, weeks_at_once
from tests.world import World


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


def told(notice: str) -> list[str]:
    rows = Notification.objects.filter(notice=notice).order_by("person__name")
    return list(rows.values_list("person__name", flat=True))


def test_a_promotion_goes_to_who_takes_over_though_another_owns_its_key_result(world: World, hand: Hand) -> None:
    made = promoted(world, hand, owner=world.person("cem"))
    KeyResult.objects.filter(pk=made.key_result_id).update(owner=world.person("lea"))
    with pytest.raises(Refused) as refusal:
        archive_person(world.ada, world.person("cem"))
    assert [one.message for one in refusal.value.problems[1:]] == ["Restore Uptime", "Restore Uptime"]
    archive_person(world.ada, world.person("cem"), hand_over_to=world.person("vic"))
    assert the_promotion(made.kpi).owner == world.person("vic")


def test_the_question_of_who_left_is_asked_of_the_owner_of_the_kpi(world: World, hand: Hand) -> None:
    made = promoted(world, hand, 99, 99, 99, owner=world.person("cem"))
    assert unanswered(world.lea) == []
    archive_person(world.ada, world.person("cem"))
    assert unanswered(world.lea) == [made]


def test_who_is_forgotten_is_named_nowhere_in_the_story(world: World, hand: Hand) -> None:
    made = promoted(world, hand, owner=world.person("cem"))
    answer(world.cem, made, "A second pump.")
    Promotion.objects.filter(pk=made.pk).update(started_by="Cem Contributor")
    Transition.objects.filter(kind="promoted").update(author="Cem Contributor")
    archive_person(world.ada, world.person("cem"), hand_over_to=world.person("vic"))
    erase_person(world.ada, world.person("cem"))
    made = the_promotion(made.kpi)
    names = [made.started_by, made.answered_by, *Transition.objects.values_list("author", flat=True)]
    assert "Cem Contributor" not in names
    assert made.what_changed == "A second pump."


def test_the_owner_hears_when_it_is_back_and_is_asked_what_changed_it(world: World, hand: Hand) -> None:
    promoted(world, hand, 99, 99, 99, owner=world.person("cem"))
    assert told("lifecycle_reverted") == ["Cem Contributor", "Lea Lead"]


def test_a_decision_that_waits_is_told_to_the_lead_as_well(world: World, hand: Hand) -> None:
    kpi = measured(owner=world.person("cem"))
    weeks_at_once(hand, kpi, 50, 50, 50)
    promote(world.cem, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=4))
    week_by_week(hand, kpi, 60, 60, 60, 60, 60)
    assert state(kpi) == "overdue"
    assert told("lifecycle_overdue") == ["Cem Contributor", "Lea Lead"]


def overdue(hand: Hand, kpi: Kpi, actor: Actor) -> None:
    weeks_at_once(hand, kpi, 50, 50, 50)
    promote(actor, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=4))
    weeks_at_once(hand, kpi, 60, 60, 60, 60, 60)
    assert state(kpi) == "overdue"


def test_of_an_overdue_promotion_who_oversees_the_team_hears_once_in_their_digest(world: World, hand: Hand) -> None:
    overdue(hand, measured(owner=world.person("cem")), world.cem)
    assert told("lifecycle_overdue_below") == ["Ada Admin"]
    set_role(world.ada, world.person("vic"), team=world.hospital, role="lead")
    set_role(world.ada, world.person("otto"), team=world.emergency, role="admin")
    Notification.objects.all().delete()
    overdue(hand, measured("calls"), world.lea)
    assert told("lifecycle_overdue_below") == ["Ada Admin", "Otto Outsider", "Vic Viewer"]
    assert told("lifecycle_overdue") == ["Lea Lead"]
    run_due()
    assert len(told("lifecycle_overdue_below")) == 3
    assert OF_ACCOUNT[group_of("lifecycle_overdue_below")] == "daily"


def test_who_oversees_the_team_and_may_not_see_the_kpi_hears_nothing(world: World, hand: Hand) -> None:
    set_role(world.ada, world.person("vic"), team=world.hospital, role="lead")
    overdue(hand, measured(visibility="people", viewers=[world.person("lea")]), world.lea)
    assert told("lifecycle_overdue_below") == ["Ada Admin"]  # who administers the organisation sees every KPI


def test_what_happens_to_a_restricted_kpi_is_told_to_nobody_else(world: World, hand: Hand) -> None:
    kpi = measured(visibility="team")
    weeks_at_once(hand, kpi, 50, 50, 50)
    promote(world.lea, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=10))
    events = Event.objects.filter(name__startswith="lifecycle.")
    assert set(events.values_list("visibility", "team_id")) == {("team", world.emergency.pk)}


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_take_the_same_back_exactly_one_does(real: World, hand: Hand) -> None:
    made = promoted(real, hand)
    step = made.transitions.get(kind="promoted")
    acts = [lambda actor=actor: undo(actor, Transition.objects.get(pk=step.pk)) for actor in (real.lea, real.ada)]
    assert len(problems_of(at_once(*acts))) == 1
    assert (state(made.kpi), log(made.kpi)) == ("suspected", ["suspected", "promoted", "undone"])


@pytest.mark.django_db(transaction=True)
def test_a_decision_while_the_rules_look_is_lost_by_neither(real: World, hand: Hand) -> None:
    kpi = measured()
    weeks_at_once(hand, kpi, 50, 50, 50)
    hand.on(weeks=1)
    come(kpi, 50)
    acts = [
        lambda: evaluate([kpi.metric_id]),
        lambda: set_aside(real.lea, Kpi.objects.select_related("metric").get(pk=kpi.pk), reason="No"),
        lambda: evaluate([kpi.metric_id]),
    ]
    assert problems_of(at_once(*acts)) == []
    assert (state(kpi), log(kpi)) == ("monitored", ["suspected", "set_aside"])
    row = Life.objects.get(kpi=kpi)
    assert row.answered == max(Transition.objects.latest("pk").after["answered"], row.answered or 0)


@pytest.mark.django_db(transaction=True)
def test_two_extensions_of_the_same_version_at_once_are_one(real: World, hand: Hand) -> None:
    made = promoted(real, hand)
    acts = [
        lambda actor=actor, weeks=weeks: extend(
            actor, Promotion.objects.select_related("kpi__metric", "key_result__objective").get(pk=made.pk),
            ends_on=made.ends_on + timedelta(weeks=weeks), reason="More", version=made.version,
        )
        for actor, weeks in ((real.lea, 1), (real.ada, 2))
    ]  # fmt: skip
    assert len(problems_of(at_once(*acts))) == 1
    assert log(made.kpi) == ["suspected", "promoted", "extended"]
