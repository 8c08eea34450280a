"""OKRs of two software organisations as they were written."""

from collections import Counter
from pathlib import Path

import pytest

from sextant.exchange import commands
from sextant.exchange.okr_reading import OkrDocument, list_files, read_okrs
from sextant.okrs.models import KeyResult, Objective
from tests.make import admin
from tests.world import World

pytestmark = [pytest.mark.samples]


def read(samples: Path, name: str) -> OkrDocument:
    return read_okrs(list_files([samples / "okr-markdown" / name])[0])


@pytest.mark.parametrize(
    ("name", "still_open", "done"), [("2018-Q3", 127, 21), ("2018-Q4", 133, 8), ("2019-Q1", 50, 0)]
)
def test_every_box_is_a_key_result_or_a_step_of_one(samples: Path, name: str, still_open: int, done: int) -> None:
    document = read(samples, f"sourced/{name}.md")
    boxes = Counter(one.is_done for one in document.key_results)
    steps = Counter(step.is_done for one in document.key_results for step in one.steps)
    work = Counter(one.state == "done" for one in document.initiatives if not one.description.startswith("Priority"))
    assert boxes[True] + steps[True] + work[True] == done
    assert boxes[False] + steps[False] + work[False] == still_open
    assert {one.cycle.first for one in document.objectives if one.cycle} == {name}


def test_headings_are_a_tree_and_the_table_of_contents_is_none(samples: Path) -> None:
    document = read(samples, "sourced/2018-Q3.md")
    titles = Counter(one.title for one in document.objectives)
    assert titles["Get gitbase enterprise ready"] == 1
    by_ref = {one.ref: one for one in document.objectives}
    performance = next(one for one in document.objectives if one.title.startswith("Improve gitbase performance"))
    assert by_ref[performance.parent_ref].title == "Get gitbase enterprise ready"
    assert performance.title in {one.title.removesuffix(" (10x)") for one in document.key_results}


def test_a_table_of_scores_keeps_nothing_apart_from_0(samples: Path) -> None:
    document = read(samples, "ipfs/CLUSTER.md")
    assert [one.title for one in document.objectives] == [
        'Finish the "base cluster" use-case', "Release collaborative clusters", "Improve cluster scalability",
        "Cluster outreach",
    ]  # fmt: skip
    assert len(document.key_results) == 25
    scores = Counter(one.score for one in document.key_results)
    assert (scores[None], scores[0.0]) == (5, 6)
    assert {one.teams for one in document.objectives} == {("IPFS Cluster",)}
    assert {one.priority for one in document.key_results} == {"P0", "P1", "P2", "P3", "P4"}
    assert [problem.row for problem in document.problems] == [16]


def test_priorities_in_pictures_and_owners_side_by_side(samples: Path) -> None:
    document = read(samples, "ipfs/PROJECT.md")
    assert (len(document.objectives), len(document.key_results)) == (5, 23)
    assert {one.priority for one in document.key_results} == {"P0", "P1", "P2"}
    assert ("parkan", "autonome") in {one.owners for one in document.key_results}
    assert document.objectives[0].owners == ("Alan", "Steven")


def test_every_form_of_document_gives_its_objectives(samples: Path) -> None:
    found = {name: read(samples, f"ipfs/{name}.md") for name in ("BIFROST", "PACKAGE-MANAGERS", "docs")}
    assert {name: (len(one.objectives), len(one.key_results)) for name, one in found.items()} == {
        "BIFROST": (12, 18), "PACKAGE-MANAGERS": (3, 7), "docs": (4, 2),
    }  # fmt: skip
    managers = found["PACKAGE-MANAGERS"]
    assert "10MiB/s" in managers.key_results[0].note
    assert {one.owners for one in managers.initiatives} >= {("djdv",), ("aschmahmann", "achingbrain")}
    early = read(samples, "sourced/2018-Q1.md")
    assert (len(early.objectives), len(early.key_results)) == (29, 47)
    assert "Developer Community" in {team for one in early.objectives for team in one.teams}


@pytest.mark.django_db
def test_the_whole_folder_comes_in_once(world: World, samples: Path) -> None:
    def bring_in() -> commands.Imported:
        imp = commands.start_import(admin(), name="okr-markdown", team=world.hospital)
        commands.read_import(admin(), imp, paths=[samples / "okr-markdown"])
        return commands.confirm_import(admin(), imp)

    first, again = bring_in(), bring_in()
    assert (first.objectives, first.key_results, first.accepted) == (231, 586, 45)
    assert (again.objectives, again.key_results, again.initiatives, again.accepted, again.changed) == (0, 0, 0, 0, 0)
    assert Objective.objects.filter(source="okr markdown").count() == 231
    assert KeyResult.objects.filter(source="okr markdown").count() == 586
