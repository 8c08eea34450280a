"""The finer points of the detectors: what counts, what does not, and whose people are told of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sextant.kpis.commands import set_target
from sextant.kpis.commands.proposals import announce_proposal, draft_proposal
from sextant.kpis.commands.signing import object_to_proposal
from sextant.kpis.models import Kpi
from sextant.metrics.commands import RawPoint, change_metric, record, reject_finding
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications.commands import comment
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.models import KeyResult, Objective
from sextant.people import queries as people
from sextant.people.models import Organisation, Person
from sextant.practice.queries.evidence import Item
from sextant.practice.queries.pitfalls import Finding, pitfalls
from sextant.practice.sentences import reason_words
from tests.make import admin, day, make_key_result, make_objective
from tests.practice.worlds import (
    change_is_taken_up,
    days_ago,
    fed,
    key_results,
    met_at_a_price,
    newest,
    running,
    staff,
    watched,
)
from tests.world import World


def found(key: str, actor: object = None) -> Finding:
    [one] = pitfalls(actor or admin(), standpoint(), only=key)  # type: ignore[arg-type]
    return one


def reasons(items: object) -> set[str]:
    return {item.reason for item in items if isinstance(item, Item)}  # type: ignore[attr-defined]


def test_a_series_that_stands_still_is_poor_data(world: World) -> None:
    kpis = [fed(kpi, 20) for kpi in watched(3, unit="percent", direction="up")]
    assert found("kpi-data-quality").whole.severity == "none"
    for kpi in kpis:
        record(admin(), [RawPoint(kpi.metric.key, period, 47.31) for period in newest(6)])
    one = found("kpi-data-quality")
    assert "frozen" in reasons(one.items)
    assert one.whole.severity == "clear"


def test_an_objection_to_a_change_is_resistance(world: World) -> None:
    change_is_taken_up()
    [kpi] = [fed(one) for one in watched(1)]
    proposal = draft_proposal(
        admin(), kpi, changes={"how_measured": "By a machine."}, reason="It is quicker.", valid_from=None
    )
    announce_proposal(admin(), proposal)
    assert found("kpi-resistance").whole.severity == "none"
    object_to_proposal(world.lea, proposal, reason="Machines do not see who waits outside.")
    one = found("kpi-resistance")
    assert (one.whole.severity, one.whole.count, one.whole.total) == ("some", 1, 3)
    assert reasons(one.items) == {"objected"}


def test_a_rejected_finding_and_many_comments_count_only_after_the_change(world: World) -> None:
    with days_ago(10):
        for kpi in (kpis := watched(1)):
            comment(world.lea, "kpi", kpi.key, "Before.")
    change_is_taken_up()
    [first, second] = Kpi.objects.exclude(pk=kpis[0].pk).select_related("metric")
    for number in range(3):
        comment(world.lea, "kpi", first.key, f"Why {number}?")
    reject_finding(admin(), second.metric, 480_000, reason="It is the new system.")
    assert reasons(found("kpi-resistance").items) == {"disputed-after-change", "rejected-after-change"}


def test_a_review_that_passed_and_an_old_target_are_told_apart(world: World) -> None:
    with days_ago(400):
        for kpi in watched(3):
            set_target(admin(), kpi, target=25)
    Kpi.objects.filter(key="kpi-0").update(review_on=day(-3))
    Kpi.objects.filter(key="kpi-1").update(review_on=None)
    Kpi.objects.filter(key="kpi-2").update(review_on=day(30))
    told = {(item.key, item.reason) for item in found("kpi-inflexible").items}
    assert {("kpi-0", "review-passed"), ("kpi-1", "no-review"), ("kpi-2", "old-target")} <= told


def test_personal_and_closed_objectives_are_nobodys_practice(world: World) -> None:
    Organisation.objects.update(personal_objectives=True)
    people.forget()
    objective = make_objective()
    for title in ("Write the guide", "Launch the website", "Organise three workshops"):
        make_key_result(objective, title)
    assert found("okr-too-prescriptive").whole.total == 3
    Objective.objects.filter(pk=objective.pk).update(is_personal=True)
    assert found("okr-too-prescriptive").whole.total == 0
    Objective.objects.filter(pk=objective.pk).update(is_personal=False, state="closed")
    assert found("okr-too-prescriptive").whole.total == 0


def test_a_young_key_result_is_not_called_silent(world: World) -> None:
    running(gone=5)
    assert found("okr-not-measurable").whole.severity == "none"


def test_an_imported_draft_was_not_hard_to_write(world: World) -> None:
    with days_ago(60):
        for number in range(3):
            make_objective(f"Be kinder {number}")
    Objective.objects.update(batch_key="import-1")
    assert found("okr-hard-to-set").whole.severity == "untold"


def test_buy_in_names_and_shows_nobody(world: World) -> None:
    objective = running()
    for one in staff(9):
        comment(people.actor_of_person(one), "objective", objective.key, "Good.")
    one = found("okr-low-buy-in")
    assert one.items == ()
    assert all(team.total == 0 or team.total >= 5 for team in one.teams.values())
    assert not any(person.name in str(one) for person in Person.objects.all())


def test_the_time_of_few_people_is_not_told(world: World) -> None:
    objective = running()
    for one in staff(4):
        for key_result in key_results(objective)[:2]:
            check_in(people.actor_of_person(one), key_result, confidence=6, seconds=99)
    one = found("okr-time-consuming").whole
    assert (one.severity, one.why, one.figure) == ("untold", "few-people", None)


def test_a_guard_out_of_sight_gives_way_without_its_name_and_values(world: World) -> None:
    met_at_a_price()
    guard = Metric.objects.get(key="kindness")
    change_metric(admin(), guard, version=guard.version, visibility="people")
    unseen, seen = (reason_words(found("kpi-over-reliance", one).items[0]) for one in (world.cem, world.ada))
    assert unseen == "met while its guard metric got worse"
    assert "indness went from 8 to 6" in seen


def test_a_guard_that_gives_way_without_the_target_met_is_no_over_reliance(world: World) -> None:
    from tests.practice.worlds import met_at_a_price

    met_at_a_price()
    assert found("kpi-over-reliance").whole.severity == "some"
    [key_result] = KeyResult.objects.select_related("metric")
    assert key_result.metric is not None
    record(admin(), [RawPoint(key_result.metric.key, newest(1, "week")[0], 55)])
    assert found("kpi-over-reliance").whole.severity == "none"


def test_kpis_that_hide_nothing_about_what_they_hide_are_no_sign(world: World) -> None:
    watched(4)
    assert found("kpi-over-reliance").whole.severity == "some"
    Kpi.objects.filter(key="kpi-0").update(does_not_show="How patients feel.")
    assert found("kpi-over-reliance").whole.severity == "none"


def test_a_past_day_shows_what_was_known_then(world: World) -> None:
    with days_ago(30):
        kpis = watched(3)
    for kpi in kpis:
        set_target(admin(), fed(kpi), target=25)
    [then] = pitfalls(admin(), standpoint(day(-10)), only="kpi-no-context")
    assert then.whole.severity == "clear"
    assert found("kpi-no-context").whole.severity == "none"


@pytest.mark.parametrize("who", ["otto", "lea"])
def test_cases_are_those_one_may_see(world: World, who: str) -> None:
    watched(3, visibility="people")
    told = found("kpi-no-context", world.actor(who))
    assert told.whole.total == (3 if who == "lea" else 0)


def test_who_left_counts_nowhere(world: World) -> None:
    running()
    left = staff(6)
    Person.objects.filter(pk__in=[one.pk for one in left]).update(archived_at=timezone.now() - timedelta(days=1))
    assert found("okr-low-buy-in").whole.why in ("no-cases", "few-people", "")
    assert found("okr-low-buy-in").whole.total <= 5
