"""Checking in: what is kept, what is recorded, what is refused, and how it is taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from sextant.core import clock
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.kpis.commands import archive_kpi
from sextant.metrics.commands import RawPoint, change_definition, record
from sextant.metrics.models import Measurement
from sextant.notifications.models import Notification
from sextant.okrs.commands.blockers import change_blocker, raise_blocker, reopen_blocker, resolve_blocker
from sextant.okrs.commands.check_ins import acknowledge, check_in, latest_of, publish_draft, take_back
from sextant.okrs.models import Blocker, CheckIn, KeyResult, Milestone, Objective
from sextant.okrs.queries.check_ins import check_in_seen, history_of
from sextant.people.commands import create_token
from sextant.people.queries import actor_of_token
from tests.make import make_kpi
from tests.okrs.running import START, add, at, days, objective_draft, running_key_result, said_on
from tests.world import World

pytestmark = pytest.mark.django_db
STEPS = [{"title": title, "due_on": START + days(30)} for title in ("Plan", "Build")]


def problem_keys(refused: Any) -> list[str]:
    return [problem.key for problem in refused.value.problems]


def standing_value(key_result: KeyResult) -> float | None:
    rows = Measurement.objects.filter(metric=key_result.metric, superseded_at=None).order_by("-start")
    return rows.values_list("value", flat=True).first()


def test_a_value_goes_into_the_series_of_the_key_result_and_the_same_one_again_changes_nothing(world: World) -> None:
    one = running_key_result(world)
    first = check_in(world.cem, one, value=48, confidence=6)
    assert standing_value(one) == 48
    assert first.batch_key
    again = check_in(world.cem, one, value=48.0, confidence=6)
    assert again.batch_key == ""
    assert Measurement.objects.filter(metric=one.metric).count() == 1


def test_a_number_is_read_as_people_type_it_and_a_word_is_refused(world: World) -> None:
    one = running_key_result(world)
    assert check_in(world.cem, one, value="47,5", confidence=6).value == 47.5
    with pytest.raises(Refused) as refused:
        check_in(world.cem, one, value="many", confidence=6)
    assert problem_keys(refused) == ["not-a-number"]
    assert CheckIn.objects.count() == 1


def test_the_value_of_another_period_is_kept_there(world: World) -> None:
    one = running_key_result(world)
    said = check_in(world.cem, one, value=51, period="2025-W12", confidence=5)
    assert Measurement.objects.get(metric=one.metric).start == said.start
    with pytest.raises(Refused) as refused:
        check_in(world.cem, one, value=51, period="soon", confidence=5)
    assert refused.value.problems[0].field == "period"


def test_an_owner_from_another_team_records_on_the_key_results_own_metric(world: World) -> None:
    one = running_key_result(world, owner=world.person("otto"))
    check_in(world.otto, one, value=44, confidence=6)
    assert standing_value(one) == 44


def test_a_contributor_checks_in_and_a_viewer_does_not(world: World) -> None:
    one = running_key_result(world, contributors=[world.person("otto")])
    assert check_in(world.otto, one, value=44, confidence=6).author == "Otto Outsider"
    with pytest.raises(NotAllowed):
        check_in(world.vic, one, confidence=6)


def test_a_metric_that_a_kpi_watches_keeps_its_own_rule(world: World) -> None:
    kpi = make_kpi("waits", active=True)
    one = running_key_result(world, metric=kpi.metric, owner=world.person("otto"))
    with pytest.raises(Refused) as refused:
        check_in(world.otto, one, value=30, confidence=6)
    assert problem_keys(refused) == ["not-allowed"]
    check_in(world.otto, one, confidence=6)


def test_a_calculated_value_is_never_entered(world: World) -> None:
    one = running_key_result(world)
    assert one.metric is not None
    made = change_definition(
        world.lea, one.metric, number=1, description="", how_measured="By hand.", formula="1 + 1", reason="Now"
    )
    assert made.formula
    with pytest.raises(Refused) as refused:
        check_in(world.cem, one, value=30, confidence=6)
    assert problem_keys(refused) == ["value-is-calculated"]


def test_a_value_that_a_source_pushes_is_not_entered_by_hand(world: World) -> None:
    one = running_key_result(world)
    assert one.metric is not None
    record(world.lea, [RawPoint(one.metric.key, "2025-W12", 50)], kind="push")
    with pytest.raises(Refused) as refused:
        check_in(world.cem, one, value=30, confidence=6)
    assert problem_keys(refused) == ["value-is-automatic"]
    assert check_in(world.cem, one, confidence=6).value is None


def test_off_track_needs_a_reason_and_an_action(world: World) -> None:
    one = running_key_result(world)
    with pytest.raises(Refused) as refused:
        check_in(world.cem, one, value=58, confidence=2, status="off_track")
    assert problem_keys(refused) == ["reason-missing", "action-missing"]
    assert standing_value(one) is None
    said = check_in(
        world.cem, one, value=58, confidence=2, status="off_track", note="Two nurses left.", action="Ask the pool."
    )
    assert said.status == "off_track"


@pytest.mark.parametrize("confidence", [-1, 11, True, 5.0])
def test_confidence_is_a_whole_number_from_0_to_10(world: World, confidence: Any) -> None:
    with pytest.raises(Refused) as refused:
        check_in(world.cem, running_key_result(world), confidence=confidence)
    assert problem_keys(refused) == ["bad-confidence"]


def test_a_check_in_says_something(world: World) -> None:
    with pytest.raises(Refused) as refused:
        check_in(world.cem, running_key_result(world))
    assert problem_keys(refused) == ["nothing-said"]


def test_a_closed_a_draft_and_an_archived_one_take_no_check_in(world: World) -> None:
    one = running_key_result(world)
    for change, key in (({"state": "closed"}, "closed"), ({"state": "agreed"}, "not-started")):
        Objective.objects.filter(pk=one.objective_id).update(**change)
        one = KeyResult.objects.get(pk=one.pk)
        with pytest.raises(Refused) as refused:
            check_in(world.cem, one, confidence=5)
        assert problem_keys(refused) == [key]
    kpi = make_kpi("waits", active=True)
    archive_kpi(world.ada, kpi)
    with pytest.raises(Refused) as refused:
        check_in(world.lea, kpi, confidence=5)
    assert problem_keys(refused) == ["kpi-retired"]


def test_who_checks_in_after_somebody_else_sees_both_and_loses_nothing(world: World) -> None:
    one = running_key_result(world)
    check_in(world.lea, one, value=50, confidence=8, note="The new desk works.", seen=0)
    with pytest.raises(Stale) as stale:
        check_in(world.cem, one, value=52, confidence=4, note="I doubt it.", seen=0)
    theirs, yours = stale.value.theirs, stale.value.yours
    assert (theirs["author"], theirs["value"], theirs["note"]) == ("Lea Lead", 50, "The new desk works.")
    assert (yours["value"], yours["confidence"], yours["note"]) == (52, 4, "I doubt it.")
    assert standing_value(one) == 50
    kept = check_in(world.cem, one, value=52, confidence=4, note="I doubt it.", seen=int(str(theirs["seen"])))
    assert latest_of(one) == kept
    assert [row.check_in.author for row in history_of(world.vic, one)] == ["Cem Contributor", "Lea Lead"]


def test_ones_own_second_check_in_is_no_conflict(world: World) -> None:
    one = running_key_result(world)
    check_in(world.cem, one, confidence=8, seen=0)
    assert check_in(world.cem, one, confidence=7, seen=0).confidence == 7


def test_a_draft_is_seen_by_its_author_alone_and_records_nothing(world: World) -> None:
    one = running_key_result(world)
    draft = check_in(world.cem, one, value=40, confidence=5, status="off_track", is_draft=True)
    assert standing_value(one) is None
    assert latest_of(one) is None
    assert [row.check_in for row in history_of(world.cem, one)] == [draft]
    assert history_of(world.lea, one) == []
    assert history_of(world.ada, one) == []
    assert not Event.objects.filter(name="check_in.published").exists()


def test_a_person_has_one_draft_of_a_thing_and_publishing_says_what_it_holds(world: World) -> None:
    one = running_key_result(world)
    check_in(world.cem, one, value=40, confidence=5, is_draft=True)
    draft = check_in(world.cem, one, value=41, confidence=6, status="off_track", note="Late.", is_draft=True)
    assert CheckIn.objects.filter(superseded_at=None).count() == 1
    with pytest.raises(Refused) as refused:
        publish_draft(world.cem, draft)
    assert problem_keys(refused) == ["action-missing"]
    draft = check_in(world.cem, one, value=41, confidence=6, note="Late.", is_draft=True)
    said = publish_draft(world.cem, draft)
    assert (said.value, said.confidence, said.note, said.is_draft) == (41, 6, "Late.", False)
    assert standing_value(one) == 41
    assert [row.check_in for row in history_of(world.cem, one)] == [said]
    with pytest.raises(NotAllowed):
        publish_draft(world.lea, draft)


def test_a_blocker_is_not_hidden_in_a_draft(world: World) -> None:
    with pytest.raises(Refused) as refused:
        check_in(world.cem, running_key_result(world), confidence=5, blocker="No budget", is_draft=True)
    assert problem_keys(refused) == ["blocker-in-draft"]


def test_taking_back_restores_the_value_that_stood_before_and_nothing_else(world: World) -> None:
    one = running_key_result(world)
    other = add(world, one.objective, title="Another one")
    check_in(world.cem, one, value=50, confidence=8, period="2025-W12")
    said = check_in(world.cem, one, value=30, confidence=8, period="2025-W12")
    check_in(world.lea, one, confidence=3)
    KeyResult.objects.filter(pk=other.pk).update(published_at=at(START))
    check_in(world.cem, other, value=12, confidence=3)
    take_back(world.cem, said)
    assert standing_value(one) == 50
    assert standing_value(other) == 12
    assert len(history_of(world.cem, one)) == 2
    take_back(world.cem, said)  # twice is once


def test_taking_back_keeps_what_somebody_corrected_since(world: World) -> None:
    one = running_key_result(world)
    assert one.metric is not None
    said = check_in(world.cem, one, value=30, confidence=8, period="2025-W12")
    record(world.lea, [RawPoint(one.metric.key, "2025-W12", 33)], kind="form")
    take_back(world.cem, said)
    assert standing_value(one) == 33


def test_only_the_author_takes_a_check_in_back(world: World) -> None:
    said = check_in(world.cem, running_key_result(world), confidence=8)
    for who in (world.lea, world.vic, world.ada):
        with pytest.raises(NotAllowed):
            take_back(who, said)


def test_taking_back_what_an_import_brought_leaves_the_import_alone(world: World) -> None:
    one = running_key_result(world)
    assert one.metric is not None
    imported = record(world.cem, [RawPoint(one.metric.key, "2025-W12", 33)], kind="import")
    said = check_in(world.cem, one, confidence=8)
    CheckIn.objects.filter(pk=said.pk).update(batch_key=imported.batch)
    take_back(world.cem, CheckIn.objects.get(pk=said.pk))
    assert standing_value(one) == 33


def test_steps_are_marked_done_with_evidence_and_go_back_with_the_check_in(world: World) -> None:
    one = running_key_result(world, kind="milestones", terms={}, milestones=STEPS)
    plan, build = Milestone.objects.filter(key_result=one)
    with pytest.raises(Refused) as refused:
        check_in(world.cem, one, milestones={plan.pk: " "})
    assert problem_keys(refused) == ["evidence-missing"]
    with pytest.raises(Refused):
        check_in(world.cem, one, value=1, confidence=5)
    check_in(world.cem, one, milestones={plan.pk: "The plan is in the wiki."})
    said = check_in(world.cem, one, milestones={build.pk: "Open since Monday."}, confidence=9)
    assert Milestone.objects.filter(done_at__isnull=False).count() == 2
    take_back(world.cem, said)
    assert [step.done_at is None for step in Milestone.objects.filter(key_result=one)] == [False, True]
    with pytest.raises(Refused) as refused:
        check_in(world.cem, one, milestones={999_999: "x"})
    assert problem_keys(refused) == ["unknown-milestone"]


def test_a_kpi_is_checked_in_on_for_the_period_that_ended(world: World) -> None:
    kpi = make_kpi("waits", active=True, grace_days=3)
    with clock.writing_at(at(date(2025, 4, 2))):
        said = check_in(world.lea, kpi, value=31, confidence=7)
    assert (said.due_on, said.is_late) == (date(2025, 4, 4), False)
    stored = Measurement.objects.get(metric=kpi.metric)
    assert (stored.value, stored.start) == (31, said.start)
    with clock.writing_at(at(date(2025, 4, 3))):
        assert check_in(world.lea, kpi, value=32, confidence=7).due_on is None  # nobody waited for a correction
    with clock.writing_at(at(date(2025, 5, 20))):
        assert check_in(world.lea, kpi, value=32, confidence=7).is_late


def test_not_applicable_is_an_answer_for_a_kpi(world: World) -> None:
    kpi = make_kpi("waits", active=True)
    check_in(world.lea, kpi, value="n/a", confidence=7)
    assert Measurement.objects.get(metric=kpi.metric).state == "not_applicable"


def test_a_check_in_says_which_due_day_it_answers_and_whether_that_had_passed(world: World) -> None:
    one = running_key_result(world)
    in_time = said_on(world, START + days(2), one)
    more = said_on(world, START + days(3), one)
    late = said_on(world, START + days(12), one)  # Saturday of the second week
    assert (in_time.due_on, in_time.is_late) == (date(2025, 3, 7), False)
    assert (more.due_on, more.is_late) == (None, False)
    assert (late.due_on, late.is_late) == (date(2025, 3, 14), True)


def test_the_lead_of_the_team_acknowledges(world: World) -> None:
    said = check_in(world.cem, running_key_result(world), confidence=8)
    for who in (world.cem, world.otto, world.vic):
        with pytest.raises(NotAllowed):
            acknowledge(who, said)
    acknowledge(world.lea, said)
    acknowledge(world.lea, said)
    assert CheckIn.objects.get(pk=said.pk).acknowledged_by == "Lea Lead"
    assert Event.objects.filter(name="check_in.acknowledged").count() == 1
    taken_back = take_back(world.cem, check_in(world.cem, KeyResult.objects.get(), confidence=8))
    with pytest.raises(Refused):
        acknowledge(world.lea, taken_back)


def test_a_blocker_has_an_owner_who_is_told_and_clears_it(world: World) -> None:
    one = running_key_result(world)
    check_in(world.cem, one, confidence=3, blocker="The room is not ready.", blocker_owner=world.person("otto"))
    blocker = Blocker.objects.get()
    assert Notification.objects.get().person == world.person("otto")
    resolve_blocker(world.otto, blocker, resolution="The room is open.")
    assert Blocker.objects.get().resolution == "The room is open."
    reopen_blocker(world.cem, blocker)
    change_blocker(world.cem, blocker, owner=world.person("lea"), hand_over=True)
    assert Notification.objects.filter(person=world.person("lea")).exists()
    with pytest.raises(NotAllowed):
        resolve_blocker(world.vic, blocker)
    with pytest.raises(Refused):
        raise_blocker(world.cem, one, text=" ")


def test_taking_back_clears_the_blocker_that_came_with_it(world: World) -> None:
    one = running_key_result(world)
    before = raise_blocker(world.cem, one, text="No room")
    take_back(world.cem, check_in(world.cem, one, confidence=3, blocker="No budget"))
    assert [row.pk for row in Blocker.objects.filter(resolved_at=None)] == [before.pk]


def test_a_push_token_of_the_team_checks_in_there_and_nowhere_else(world: World) -> None:
    one = running_key_result(world)
    for team, allowed in (("emergency", True), ("surgery", False)):
        secret = create_token(world.ada, name="door", scope="push", team=getattr(world, team)).secret
        token = actor_of_token(secret)
        assert token is not None
        if allowed:
            assert check_in(token, one, value=41, confidence=5).value == 41
        else:
            with pytest.raises(NotAllowed):
                check_in(token, one, confidence=5)


def test_the_past_shows_what_was_said_by_then(world: World) -> None:
    from sextant.metrics.queries.standpoint import standpoint

    one = running_key_result(world)
    first = said_on(world, START + days(2), one)
    second = said_on(world, START + days(9), one)
    with clock.writing_at(at(START + days(16))):
        take_back(world.cem, second)
    assert [row.check_in for row in history_of(world.vic, one)] == [first]
    then = history_of(world.vic, one, standpoint(START + timedelta(days=10)))
    assert [row.check_in for row in then] == [second, first]


def test_a_check_in_on_something_hidden_does_not_exist(world: World) -> None:
    one = running_key_result(world)
    said = check_in(world.cem, one, confidence=5)
    Objective.objects.filter(pk=one.objective_id).update(visibility="team")
    assert check_in_seen(world.vic, said.pk) == said
    with pytest.raises(Refused) as refused:
        check_in_seen(world.otto, said.pk)
    assert refused.value.status == 404


def test_drafts_of_objectives_are_not_checked_in_on(world: World) -> None:
    one = add(world, objective_draft(world))
    with pytest.raises(Refused) as refused:
        check_in(world.cem, one, confidence=5)
    assert problem_keys(refused) == ["not-started"]
