"""OKRs through the same import as KPIs: planned, taken in once, taken back, and written as code."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sextant.core.actors import Actor
from sextant.exchange import commands
from sextant.exchange.models import Import
from sextant.exchange.okrs.exporting import export_okrs
from sextant.exchange.queries import problems
from sextant.kpis.models import Kpi
from sextant.metrics.models import Measurement, Metric
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.models import IN_FORCE, CheckIn, Initiative, KeyResult, Link, Objective, Terms
from sextant.okrs.queries.missing import missing_of
from sextant.people.models import Person, Team
from sextant.strategy.models import Cycle
from tests.make import admin
from tests.world import World

pytestmark = pytest.mark.django_db

SHEET = """Objective,Key Result,Owner,Start value,Target,Current,Team,Cycle,Comment
Delight new customers,Raise activation,Mia Berg,40%,60%,45%,Growth,Q1 2024,Going well
,Cut time to value,Noor Ali,14,7,,,,
Hire well,Fill two posts,,,,,People,Q1 2024,
"""
HISTORY = """Objective,Key Result,Quarter,Start value,Target value,Current value
Fewer complaints,Complaints per month,2023-Q1,12,8,11
Fewer complaints,Complaints per month,2023-Q2,12,8,9.5
Fewer complaints,Complaints per month,2023-Q3,12,6,
"""


def bring_in(world: World, path: Path, actor: Actor | None = None, **options: Any) -> tuple[Import, commands.Imported]:
    actor = actor or admin()
    imp = commands.start_import(actor, name=path.name, team=world.hospital, **options)
    commands.read_import(actor, imp, paths=[path])
    return imp, commands.confirm_import(actor, imp)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return written(tmp_path, "okrs.csv", SHEET)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_okrs_is_recognised_and_taken_in(world: World, sheet: Path) -> None:
    imp, imported = bring_in(world, sheet)
    assert imp.summary["kind"] == "okrs"
    assert (imported.objectives, imported.key_results, imported.accepted) == (2, 3, 1)
    aim = Objective.objects.get(title="Delight new customers")
    assert aim.cycle is not None
    assert (aim.state, aim.team.name, aim.cycle.name, aim.cycle.ends_on) == (
        "active", "Growth", "Q1 2024", date(2024, 3, 31),
    )  # fmt: skip
    activation = KeyResult.objects.get(title="Raise activation")
    assert activation.metric is not None
    assert activation.owner is not None
    assert (activation.metric.unit, activation.owner.name) == ("percent", "Mia Berg")
    assert [(row.baseline, row.target) for row in activation.terms.all()] == [(40, 60)]
    assert [row.value for row in activation.metric.measurements.all()] == [45]
    assert [row.note for row in activation.check_ins.all()] == ["Going well"]
    assert not Kpi.objects.filter(metric=activation.metric).exists()


def test_a_key_result_without_figures_arrives_and_says_what_it_lacks(world: World, sheet: Path) -> None:
    bring_in(world, sheet)
    posts = KeyResult.objects.get(title="Fill two posts")
    assert posts.published_at is None
    assert {"baseline-missing", "target-missing"} <= {problem.key for problem in missing_of(posts)}
    assert KeyResult.objects.get(title="Raise activation").published_at is not None


def test_the_same_file_again_changes_nothing(world: World, sheet: Path) -> None:
    bring_in(world, sheet)
    models = (Objective, KeyResult, Terms, Link, CheckIn, Metric, Measurement, Team, Person, Cycle)
    before = [model._default_manager.count() for model in models]
    _, again = bring_in(world, sheet)
    assert (again.objectives, again.key_results, again.accepted, again.unchanged, again.changed) == (0, 0, 0, 1, 0)
    assert [model._default_manager.count() for model in models] == before


def test_an_import_taken_back_and_brought_again_comes_under_the_same_keys(world: World, sheet: Path) -> None:
    imp, _ = bring_in(world, sheet)
    keys = sorted(Objective.objects.filter(archived_at=None).values_list("key", flat=True))
    commands.undo_import(admin(), imp.key)
    assert not Objective.objects.filter(key__in=keys, archived_at=None).exists()
    assert not Measurement.objects.filter(superseded_at=None, metric__key_results__isnull=False).exists()
    assert not Metric.objects.filter(key_results__isnull=False, archived_at=None).exists()
    _, again = bring_in(world, sheet)
    assert (again.objectives, again.accepted) == (0, 1)
    assert sorted(Objective.objects.filter(archived_at=None, key__in=keys).values_list("key", flat=True)) == keys
    assert Metric.objects.filter(key_results__isnull=False, archived_at=None).count() == 3


def test_what_somebody_worked_on_since_stays_when_an_import_is_taken_back(world: World, sheet: Path) -> None:
    imp, _ = bring_in(world, sheet)
    activation = KeyResult.objects.get(title="Raise activation")
    check_in(admin(), activation, confidence=7)
    commands.undo_import(admin(), imp.key)
    assert KeyResult.objects.get(pk=activation.pk).archived_at is None
    assert Objective.objects.get(title="Delight new customers").archived_at is None
    assert Objective.objects.get(title="Hire well").archived_at is not None


def test_quarters_become_values_of_one_series_and_a_new_target_holds_from_its_quarter(
    world: World, tmp_path: Path
) -> None:
    imp, imported = bring_in(world, written(tmp_path, "history.csv", HISTORY))
    assert (imported.key_results, imported.accepted, imp.summary["counts"]["skipped"]) == (1, 2, 1)
    [key_result] = KeyResult.objects.filter(title="Complaints per month")
    assert key_result.metric is not None
    assert (key_result.metric.frequency, key_result.metric.direction) == ("quarter", "down")
    rows = list(key_result.terms.order_by("id"))
    assert [(row.valid_from is None, row.baseline, row.target) for row in rows] == [(True, 12, 8), (False, 12, 6)]
    assert "2023-Q3" in rows[1].reason


def test_a_changed_target_of_a_known_key_result_keeps_the_former_one_and_can_be_taken_back(
    world: World, sheet: Path
) -> None:
    bring_in(world, sheet)
    sheet.write_text(SHEET.replace("60%", "70%"), encoding="utf-8")
    imp, again = bring_in(world, sheet)
    assert again.changed == 1
    activation = KeyResult.objects.get(title="Raise activation")
    standing = activation.terms.filter(superseded_at=None).order_by(*IN_FORCE)
    assert [row.target for row in standing] == [60, 70]
    commands.undo_import(admin(), imp.key)
    assert [row.target for row in activation.terms.filter(superseded_at=None)] == [60]


def test_a_near_name_is_asked_about_and_never_guessed(world: World, tmp_path: Path) -> None:
    bring_in(world, written(tmp_path, "okrs.csv", SHEET))
    path = written(tmp_path, "okrs.csv", SHEET.replace("Delight new customers", "Delight our new customers"))
    imp = commands.start_import(admin(), name="okrs.csv", team=world.hospital)
    commands.read_import(admin(), imp, paths=[path])
    near = [one for one in problems(imp) if one["key"] == "near-match"]
    assert len(near) == 1
    assert near[0]["kept_out"]
    commands.confirm_import(admin(), imp)
    assert not Objective.objects.filter(title="Delight our new customers").exists()
    key = Objective.objects.get(title="Delight new customers").key
    mapping = {"objectives": {"Delight our new customers": {"match": key}}}
    imp, answered = bring_in(world, path, mapping=mapping)
    assert (answered.objectives, answered.unchanged) == (0, 1)


def test_an_objective_that_would_be_its_own_ancestor_comes_without_a_parent(world: World, tmp_path: Path) -> None:
    text = "Type,Title,Parent\nObjective,One,Two\nObjective,Two,Three\nObjective,Three,One\nKey result,Ten,One\n"
    imp, imported = bring_in(world, written(tmp_path, "export.csv", text))
    assert imported.objectives == 3
    assert Link.objects.filter(superseded_at=None).count() == 2
    assert [one["key"] for one in problems(imp) if one["key"] == "alignment-circle"] == ["alignment-circle"]


def test_baseline_equal_to_target_is_taken_in_unpublished_and_said(world: World, tmp_path: Path) -> None:
    text = "Objective,Key Result,Start value,Target value\nHold on,Keep the level,5,5\n"
    imp, imported = bring_in(world, written(tmp_path, "okrs.csv", text))
    assert imported.key_results == 1
    assert KeyResult.objects.get(title="Keep the level").published_at is None
    assert "baseline-is-target" in [one["key"] for one in problems(imp)]


def test_who_may_not_add_teams_brings_everything_into_their_own(world: World, sheet: Path) -> None:
    lead = world.actor("lea")
    imp = commands.start_import(lead, name="okrs.csv", team=world.emergency)
    commands.read_import(lead, imp, paths=[sheet])
    commands.confirm_import(lead, imp)
    assert {one.team for one in Objective.objects.filter(source="okrs")} == {world.emergency}
    assert not Team.objects.filter(name="Growth").exists()


def test_fiscal_quarters_follow_the_calendar_of_the_mapping(world: World, tmp_path: Path) -> None:
    aims = [{"goal_id": f"G{n}", "goal": f"Goal {n}"} for n in range(3)]
    rows = [
        {"fiscal_year": "2022", "fiscal_quarter": "1", "goal_id": f"G{n}", "key_result": f"Result number {n}",
         "start": "0", "target": "10", "current": str(n + 1), "progress": str((n + 1) / 10)}
        for n in range(3)
    ]  # fmt: skip
    folder = tmp_path / "agency"
    folder.mkdir()
    written(folder, "goals.json", json.dumps(aims))
    written(folder, "results.json", json.dumps(rows))
    imp, imported = bring_in(world, folder, mapping={"year_start_month": 10})
    assert imported.accepted == 3
    [metric] = Metric.objects.filter(name="Result number 0")
    assert (metric.year_start_month, metric.frequency) == (10, "quarter")
    [value] = metric.measurements.all()
    assert date.fromordinal(date(1970, 1, 1).toordinal() + value.start // 24) == date(2021, 10, 1)
    assert imp.summary["progress"]["equal"] == 3


CODE = """cycles:
  - key: autumn-2026
    name: Autumn 2026
    starts_on: 2026-09-01
    ends_on: 2026-11-30
objectives:
  - key: digital-lever
    title: Make digital the lever
    team: emergency
    cycle: autumn-2026
    state: active
    ambition: aspirational
    rollup: key_results
    key_results:
      - key: adoption
        title: Adoption of the new tools
        kind: metric
        how_measured: Share of staff in the week
        unit: percent
        direction: up
        baseline: 40
        target: 90
        weight: 2
      - key: trained
        title: Everybody is trained
        kind: milestones
        milestones:
          - title: First half
            due_on: 2026-10-01
          - title: Second half
            weight: 2
            due_on: 2026-11-01
        initiatives:
          - key: book-rooms
            title: Book rooms
            state: doing
  - key: follow
    title: Teams follow
    team: emergency
    cycle: autumn-2026
    state: draft
    ambition: committed
    rollup: children
    parent: adoption
    supports:
      - digital-lever
"""


def test_okrs_as_code_go_in_and_come_out_the_same(world: World, tmp_path: Path) -> None:
    path = written(tmp_path, "okrs.yaml", CODE.replace("team: emergency", f"team: {world.emergency.key}"))
    bring_in(world, path)
    cycle = Cycle.objects.get(key="autumn-2026")
    text = export_okrs(admin(), cycle)
    assert text == path.read_text(encoding="utf-8")
    _, again = bring_in(world, path)
    assert (again.objectives, again.key_results, again.initiatives, again.changed) == (0, 0, 0, 0)
    assert export_okrs(admin(), cycle) == text


def test_a_change_in_code_changes_what_stands_and_is_undone_with_the_import(world: World, tmp_path: Path) -> None:
    text = CODE.replace("team: emergency", f"team: {world.emergency.key}")
    bring_in(world, written(tmp_path, "okrs.yaml", text))
    changed = text.replace("Make digital the lever", "Make data the lever").replace("target: 90", "target: 95")
    imp, again = bring_in(world, written(tmp_path, "okrs.yaml", changed))
    assert again.changed == 2
    lever = Objective.objects.get(key="digital-lever")
    assert lever.title == "Make data the lever"
    commands.undo_import(admin(), imp.key)
    lever.refresh_from_db()
    assert lever.title == "Make digital the lever"
    assert export_okrs(admin(), Cycle.objects.get(key="autumn-2026")) == text


def test_what_is_restricted_is_not_exported_to_others(world: World, tmp_path: Path) -> None:
    bring_in(world, written(tmp_path, "okrs.yaml", CODE.replace("team: emergency", f"team: {world.emergency.key}")))
    Objective.objects.filter(key="follow").update(visibility="private")
    assert "Teams follow" not in export_okrs(world.actor("lea"))


def test_markdown_boxes_come_in_as_done_or_not_with_initiatives(world: World, tmp_path: Path) -> None:
    text = (
        "# OKRs 2024 Q3\n\n## Open on Sundays\n\n- [x] Find two people\n  - [ ] Write the advert\n- [ ] Ask the town\n"
    )
    _, imported = bring_in(world, written(tmp_path, "plan.md", text))
    assert (imported.objectives, imported.key_results, imported.initiatives) == (1, 2, 1)
    done = KeyResult.objects.get(title="Find two people").milestones.get()
    assert done.done_at is not None
    assert "plan.md" in done.evidence
    assert Initiative.objects.get().key_result == KeyResult.objects.get(title="Find two people")


def test_kpis_are_still_imported_as_kpis_and_a_person_may_say_otherwise(world: World, tmp_path: Path) -> None:
    table = written(tmp_path, "kpis.csv", "KPI,Owner,Target,2026-01,2026-02\nComplaints,,5,9,7\n")
    imp, imported = bring_in(world, table)
    assert (imp.summary.get("kind"), imported.new_metrics) == (None, 1)
    sheet = written(tmp_path, "okrs.csv", SHEET)
    said = commands.start_import(admin(), name="okrs.csv", team=world.hospital, mapping={"kind": "kpis"})
    commands.read_import(admin(), said, paths=[sheet])
    assert said.summary.get("kind") is None


@pytest.mark.slow
def test_thousands_of_key_results_come_in_whole_and_only_once(world: World, tmp_path: Path) -> None:
    lines = ["Objective\tKey Result\tTeam\tCycle\tStart value\tTarget value\tCurrent value"]
    lines += [
        f"Objective number {n // 4}\tRaise share {n}\tTeam {n // 400}\tQ1 2026\t{n % 50}\t{n % 50 + 25}\t{n % 60}"
        for n in range(3_000)
    ]
    path = written(tmp_path, "pasted.tsv", "\n".join(lines) + "\n")
    imp, imported = bring_in(world, path)
    assert (imported.objectives, imported.key_results, imported.accepted) == (750, 3_000, 3_000)
    assert imp.summary["counts"]["problems"] == 0
    assert KeyResult.objects.filter(published_at=None).count() == 0
    _, again = bring_in(world, path)
    assert (again.objectives, again.key_results, again.accepted, again.unchanged) == (0, 0, 0, 3_000)
