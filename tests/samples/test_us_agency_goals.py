"""Goals of federal agencies against the progress their publisher prints, through the reader and the whole import."""

from collections import Counter
from pathlib import Path

import pytest

from sextant.calc.progress import progress
from sextant.exchange import commands
from sextant.exchange.okr_reading import OkrDocument, list_files, read_okrs
from sextant.exchange.queries import problems
from sextant.okrs.models import KeyResult, Link, Objective
from sextant.okrs.queries.missing import figures_missing
from tests.make import admin
from tests.world import World

pytestmark = [pytest.mark.samples]


@pytest.fixture(scope="module")
def document(samples: Path) -> OkrDocument:
    return read_okrs(list_files([samples / "us-agency-goals"])[0])


def test_one_flat_list_becomes_98_goals_above_460_objectives(document: OkrDocument) -> None:
    assert (len(document.goals), len(document.objectives)) == (98, 558)
    below = [one for one in document.objectives if one.parent_ref]
    assert len(below) == 351
    assert {one.parent_ref for one in below} == {one.ref for one in document.goals}


def test_756_records_are_728_quarters_of_228_key_results(document: OkrDocument) -> None:
    assert (len(document.key_results), len(document.updates)) == (228, 756)
    assert len({(one.key_result_ref, one.period) for one in document.updates}) == 728
    assert Counter(one.period for one in document.updates) == {
        "FY2022-Q1": 156, "FY2022-Q2": 194, "FY2022-Q3": 194, "FY2022-Q4": 212,
    }  # fmt: skip
    kinds = Counter(problem.key for problem in document.problems)
    assert (kinds["exact-repeat"], kinds["conflicting-repeat"]) == (19, 9)


def test_480_of_498_published_shares_are_ours_and_the_other_18_are_explained(document: OkrDocument) -> None:
    kinds = {one.ref: one.kind for one in document.key_results}
    compared = [
        one
        for one in document.updates
        if None not in (one.value, one.baseline, one.target, one.progress)
    ]  # fmt: skip
    others: Counter[str] = Counter()
    equal = 0
    for one in compared:
        ours = progress(one.value, one.baseline, one.target)
        assert one.progress is not None
        if ours is not None and abs(ours - one.progress) <= 0.001:
            equal += 1
        elif ours is None:
            others["the target is the start"] += 1
        elif kinds[one.key_result_ref] == "guardrail":
            others["a level to hold"] += 1
        else:
            others["reached"] += one.value == one.target
    assert (len(compared), equal) == (498, 480)
    assert others == {"the target is the start": 3, "a level to hold": 14, "reached": 1}
    shares = [one.progress for one in compared if one.progress is not None]
    assert (min(shares), max(shares)) == (-19, 11)


def test_not_reported_is_no_data(document: OkrDocument) -> None:
    silent = [one for one in document.updates if one.value is None]
    assert len(silent) == 182
    assert all(one.progress is None for one in silent)


def test_owners_teams_and_damage_are_read_as_they_are(document: OkrDocument) -> None:
    people = set(document.people)
    assert {"Sarah Tomlinson", "Simchah Suveyke Bogin"} <= people
    assert not any("rec" in name and any(char.isdigit() for char in name) for name in people)
    held = Counter(len(one.teams) for one in document.key_results)
    assert held[2] == 8
    named = {team.name: team.aliases for team in document.teams}
    assert named["Department of Agriculture"] == ("USDA",)
    assert any(problem.key == "damaged-characters" for problem in document.problems)
    assert any(problem.key == "spreadsheet-error" and "460" in problem.message for problem in document.problems)


@pytest.mark.django_db
def test_the_whole_folder_comes_in_twice_and_changes_nothing_the_second_time(world: World, samples: Path) -> None:
    def bring_in() -> commands.Imported:
        imp = commands.start_import(
            admin(), name="us-agency-goals", team=world.hospital, mapping={"year_start_month": 10}
        )
        commands.read_import(admin(), imp, paths=[samples / "us-agency-goals"])
        assert imp.summary["counts"]["kept_out"] == 0
        assert imp.summary["progress"]["equal"] == 480
        assert sum(imp.summary["progress"]["other"].values()) == 18
        assert sum(one["key"] == "exact-repeat" for one in problems(imp)) == 19
        return commands.confirm_import(admin(), imp)

    first, again = bring_in(), bring_in()
    assert (first.objectives, first.key_results, first.accepted) == (558, 228, 571)
    assert (again.objectives, again.key_results, again.accepted, again.changed) == (0, 0, 0, 0)
    assert Objective.objects.filter(source="us agency goals").count() == 558
    assert Link.objects.filter(superseded_at=None, child__source="us agency goals").count() == 351
    for key_result in KeyResult.objects.filter(source="us agency goals", published_at=None):
        terms = key_result.terms.filter(superseded_at=None).last()
        assert figures_missing(key_result.kind, terms) or (terms is not None and terms.target == terms.baseline)
