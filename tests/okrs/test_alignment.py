"""How objectives hang together: paths to the vision, coverage, orphans, and what may not be seen."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.alignment import align
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.alignment import Alignment, Filters, alignment
from sextant.okrs.queries.contributions import contributions
from sextant.okrs.queries.coverage import coverage_of
from sextant.okrs.queries.paths import path_to_vision
from sextant.okrs.queries.standing import objective_standing
from sextant.people.commands import change_organisation
from sextant.strategy.commands import change_vision
from sextant.strategy.models import Vision
from tests.make import admin, make_cycle, make_key_result, make_objective, record_values, start
from tests.okrs.test_standing import this_week
from tests.world import World

pytestmark = pytest.mark.django_db


def aligned(who: str = "ada", **filters: object) -> Alignment:
    return alignment(World().actor(who), standpoint(), Filters(**filters))  # type: ignore[arg-type]


def keys(found: Alignment, ids: list[int]) -> set[str]:
    return {found.standing(one).key for one in ids}


@pytest.fixture
def tree(world: World) -> dict[str, Objective]:
    """A theme; below it "wait-less" with a key result, to which "triage" contributes; "paint" hangs in the air."""
    change_vision(admin(), "Nobody waits in fear.", version=None)
    top = make_objective("Patients wait less", key="wait-less", theme=world.safety)
    result = make_key_result(top, "Wait at most 20 minutes")
    triage, paint = make_objective("Triage at once", key="triage"), make_objective("Paint the walls", key="paint")
    make_key_result(triage, "Triage within 5 minutes")
    make_key_result(paint, "Every wall is white")
    align(admin(), triage, result)
    for one in (top, triage, paint):
        start(one)
    return {one.key: Objective.objects.get(pk=one.pk) for one in (top, triage, paint)}


def test_the_path_leads_from_a_key_result_to_the_vision(tree: dict[str, Objective]) -> None:
    found = path_to_vision(admin(), tree["triage"].key_results.get(), standpoint())
    assert [(one.kind, one.title) for one in found] == [
        ("vision", "Nobody waits in fear."),
        ("theme", "Patient safety"),
        ("objective", "Patients wait less"),
        ("key_result", "Wait at most 20 minutes"),
        ("objective", "Triage at once"),
        ("key_result", "Triage within 5 minutes"),
    ]


def test_what_leads_to_no_theme_is_an_orphan_and_lowers_the_coverage(tree: dict[str, Objective]) -> None:
    found = aligned()
    assert keys(found, found.orphans) == {"paint"}
    assert (found.coverage.with_path, found.coverage.items) == (4, 6)
    assert found.coverage == coverage_of([one.pk for one in tree.values()], standpoint())


def test_supporting_is_no_path(tree: dict[str, Objective]) -> None:
    align(admin(), tree["paint"], tree["wait-less"], kind="supports")
    found = aligned()
    assert keys(found, found.orphans) == {"paint"}
    assert [one.parent_id for one in found.supports(tree["paint"].pk)] == [tree["wait-less"].pk]


def test_drafts_are_no_part_of_the_coverage(tree: dict[str, Objective]) -> None:
    before = aligned().coverage
    make_key_result(make_objective("Only an idea"))
    assert aligned().coverage == before


def test_renaming_the_terms_changes_no_coverage(tree: dict[str, Objective]) -> None:
    before = aligned().coverage
    change_organisation(admin(), version=None, terms={"theme": "Pillar", "objective": "Critical factor"})
    assert aligned().coverage == before


def test_a_new_wording_of_the_vision_changes_no_coverage(tree: dict[str, Objective]) -> None:
    before = aligned().coverage
    first = Vision.objects.get(superseded_at=None)
    change_vision(admin(), "Nobody waits at all.", version=first.pk)
    assert aligned().coverage == before


def test_what_may_not_be_seen_is_absent_and_counted(tree: dict[str, Objective]) -> None:
    secret = make_objective("Merge the wards", key="secret", visibility="team", rollup="key_results")
    top = tree["wait-less"]
    Objective.objects.filter(pk=top.pk).update(rollup="children")
    record_values(make_key_result(secret, "Wards merged").metric, {this_week(): 40})
    align(admin(), start(secret), top)
    found = aligned("otto")
    assert "secret" not in keys(found, found.shown)
    assert found.hidden_children(top.pk) == 1
    assert aligned("lea").hidden_children(top.pk) == 0
    assert found.standing(top.pk).progress == aligned("lea").standing(top.pk).progress == pytest.approx(0.5)


def test_the_path_of_somebody_else_does_not_name_what_they_may_not_see(tree: dict[str, Objective]) -> None:
    Objective.objects.filter(pk=tree["wait-less"].pk).update(visibility="team")
    found = path_to_vision(World().actor("otto"), tree["triage"], standpoint())
    assert "Patients wait less" not in str(found)
    assert [one.kind for one in found] == ["vision", "theme", "hidden", "objective"]


def test_the_focus_is_one_path_up_and_down(tree: dict[str, Objective]) -> None:
    below = make_objective("A bell at the desk", key="bell")
    align(admin(), below, tree["triage"])
    found = aligned(focus="triage")
    assert keys(found, found.shown) == {"wait-less", "triage", "bell"}
    assert aligned(focus="no-such").shown == []


def test_a_parent_of_another_cycle_is_there_as_context(tree: dict[str, Objective]) -> None:
    later = make_cycle("Next quarter", gone=-60)
    child = make_objective("Hold the wait", key="hold", cycle=later)
    align(admin(), child, tree["wait-less"])
    found = aligned(cycles=(later.pk,))
    assert keys(found, found.shown) == {"hold"}
    assert keys(found, found.context) == {"wait-less"}
    assert found.parent(child.pk) is not None


def test_filters_narrow_by_words_owner_and_status(tree: dict[str, Objective], world: World) -> None:
    cem = world.person("cem")
    KeyResult.objects.filter(title__startswith="Triage").update(owner=cem)
    assert keys(aligned(), aligned(owner=cem.pk).shown) == {"triage"}
    assert keys(aligned(), aligned(words="minutes triage").shown) == {"triage"}
    assert keys(aligned(), aligned(words="paint").shown) == {"paint"}
    assert aligned(statuses=frozenset({"off_track"})).shown == []


def test_many_objectives_take_as_many_statements_as_one(tree: dict[str, Objective]) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            found = aligned("lea")
            assert all(found.ways.path(one) for one in found.shown)
        return len(asked)

    few = count()
    for number in range(6):
        child = make_objective(f"Objective {number}")
        make_key_result(child, f"Result {number}")
        align(admin(), child, tree["wait-less"])
    assert count() == few


def test_a_shared_objective_shows_the_part_of_each_team(tree: dict[str, Objective], world: World) -> None:
    top = tree["wait-less"]
    surgery = make_objective("Operate on time", team=world.surgery, owner=world.person("otto"))
    make_key_result(surgery, "Starts on time")
    align(admin(), start(surgery), top, weight=3)
    Objective.objects.filter(pk=top.pk).update(rollup="both")
    standing = objective_standing(Objective.objects.get(pk=top.pk), standpoint())
    found = contributions(admin(), standing)
    assert [(one.team_id, one.share) for one in found] == [(world.surgery.pk, 0.6), (world.emergency.pk, 0.4)]
    assert [one.title for one in found[0].children] == ["Operate on time"]
