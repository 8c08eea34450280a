import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from sextant.core.errors import NotAllowed, Refused
from sextant.exchange import commands
from sextant.exchange.models import Import
from sextant.exchange.queries import problems
from sextant.kpis.commands import change_kpi
from sextant.kpis.models import Kpi, Target
from sextant.kpis.queries.standing import standing
from sextant.metrics.models import Measurement, Metric
from sextant.metrics.queries.series import series_of
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.queries import today
from tests.make import admin, make_metric, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def _write(name: str, rows: list[list[object]], delimiter: str = ",") -> Path:
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=delimiter).writerows(rows)
        return path

    return _write


def bring_in(world: World, *paths: Path, actor: Any = None, **options: Any) -> tuple[Import, commands.Imported]:
    actor = actor or admin()
    imp = commands.start_import(actor, name=paths[0].name, team=world.emergency, **options)
    commands.read_import(actor, imp, paths=paths)
    return imp, commands.confirm_import(actor, imp)


WIDE = [
    ["KPI", "Owner", "Unit", "Target", "2024-01", "2024-02", "2024-03"],
    ["Waiting time", "Lea Lead", "minutes", "30", "41", "38", "35"],
    ["Complaints", "", "number", "5", "9", "", "7"],
]


def test_a_wide_sheet_becomes_draft_kpis_with_targets_and_values(world: World, write: Any) -> None:
    imp, imported = bring_in(world, write("kpis-2024-03.csv", WIDE))
    assert (imported.new_metrics, imported.accepted, imported.targets) == (2, 5, 2)
    waiting = Kpi.objects.get(metric__name="Waiting time")
    assert (waiting.state, waiting.metric.owner, waiting.metric.team) == ("draft", world.person("lea"), world.emergency)
    now = standing(waiting, standpoint())
    assert (now.value, now.target.target if now.target else None) == (35, 30)
    assert imp.summary["counts"]["skipped"] == 1


def test_an_empty_cell_is_no_measurement(world: World, write: Any) -> None:
    bring_in(world, write("kpis.csv", WIDE))
    series = series_of(Metric.objects.get(name="Complaints"), standpoint())
    assert [value if value == value else None for value in series.values.tolist()] == [9, None, 7]


def test_the_same_file_again_changes_nothing(world: World, write: Any) -> None:
    path = write("kpis.csv", WIDE)
    bring_in(world, path)
    before = Measurement.objects.count(), Target.objects.count(), Metric.objects.count()
    _, again = bring_in(world, path)
    assert (again.new_metrics, again.accepted, again.unchanged, again.superseded, again.targets) == (0, 0, 5, 0, 0)
    assert (Measurement.objects.count(), Target.objects.count(), Metric.objects.count()) == before


def test_next_months_file_extends_the_same_kpis(world: World, write: Any) -> None:
    bring_in(world, write("kpis-2024-03.csv", WIDE))
    later = [[*WIDE[0], "2024-04"], [*WIDE[1], "33"], [*WIDE[2], "6"]]
    _, imported = bring_in(world, write("kpis-2024-04.csv", later))
    assert (imported.new_metrics, imported.accepted, imported.unchanged) == (0, 2, 5)


def test_a_kpi_renamed_here_is_still_the_same_row_of_the_file(world: World, write: Any) -> None:
    path = write("kpis.csv", WIDE)
    bring_in(world, path)
    kpi = Kpi.objects.get(metric__name="Waiting time")
    change_kpi(admin(), kpi, version=kpi.version, name="Time to first doctor")
    _, again = bring_in(world, path)
    assert again.new_metrics == 0
    assert Metric.objects.count() == 2


def test_a_row_renamed_in_the_file_keeps_its_kpi_by_its_id(world: World, write: Any) -> None:
    header = ["ID", "KPI", "2024-01", "2024-02"]
    bring_in(world, write("list.csv", [header, ["K-1", "Waiting time", "41", "38"], ["K-2", "Complaints", "9", "8"]]))
    renamed = [header, ["K-1", "Time to first doctor", "41", "37"], ["K-2", "Complaints", "9", "8"]]
    _, again = bring_in(world, write("list.csv", renamed))
    assert (again.new_metrics, again.superseded, again.unchanged) == (0, 1, 3)


def test_a_near_name_is_asked_and_nothing_of_it_is_taken(world: World, write: Any) -> None:
    make_metric("waiting-times", name="Waiting times")
    imp, imported = bring_in(world, write("kpis.csv", WIDE))
    assert imported.new_metrics == 1
    asked = [problem for problem in problems(imp) if problem["key"] == "near-match"]
    assert len(asked) == 1
    assert "Waiting times" in asked[0]["message"]


def test_an_answer_settles_a_near_match(world: World, write: Any) -> None:
    metric = make_metric("waiting-times", name="Waiting times")
    mapping = {"table": [{"file": "*", "metrics": {"Waiting time": {"match": "waiting-times"}}}]}
    bring_in(world, write("kpis.csv", WIDE), mapping=mapping)
    assert series_of(metric, standpoint()).values.tolist() == [41, 38, 35]


def test_repeats_follow_the_rule_and_are_reported(world: World, write: Any) -> None:
    rows = [["KPI", "Date", "Value"], *(["Waiting time", f"2024-{m:02d}", str(m)] for m in range(1, 9))]
    rows.append(["Waiting time", "2024-08", "80"])
    imp, _ = bring_in(world, write("long.csv", rows))
    assert series_of(Metric.objects.get(), standpoint()).values[-1] == 80
    assert [problem["key"] for problem in problems(imp)] == ["repeated-period"]
    imp, _ = bring_in(world, write("other.csv", rows), repeats="refuse", source="other")
    assert [problem["kept_out"] for problem in problems(imp)] == [1]


def test_values_that_cannot_be_read_are_listed_and_never_zero(world: World, write: Any) -> None:
    rows = [["KPI", "Date", "Value"], *(["Waiting time", f"2024-{m:02d}", str(m)] for m in range(1, 9))]
    rows += [
        ["Waiting time", "2024-09", "#REF!"],
        ["Waiting time", "2024-10", "1e400"],
        ["Waiting time", "2024-11", "<3"],
    ]
    imp, imported = bring_in(world, write("long.csv", rows))
    assert imported.accepted == 9
    listed = {(problem["row"], problem["kept_out"]) for problem in problems(imp)}
    assert {(10, 1), (11, 1)} <= listed
    assert Measurement.objects.get(qualifier="<").value == 3


def test_an_undone_import_leaves_nothing_on_the_lists(world: World, write: Any) -> None:
    path = write("kpis.csv", WIDE)
    _, imported = bring_in(world, path)
    commands.undo_import(admin(), imported.batch)
    assert not Kpi.objects.filter(archived_at=None).exists()
    assert not Measurement.objects.filter(superseded_at=None).exists()
    assert not Target.objects.filter(superseded_at=None).exists()
    _, again = bring_in(world, path)
    assert (again.new_metrics, again.accepted) == (2, 5)


def test_undoing_a_correction_gives_the_older_value_and_target_back(world: World, write: Any) -> None:
    bring_in(world, write("kpis.csv", WIDE))
    changed = [WIDE[0], ["Waiting time", "Lea Lead", "minutes", "25", "41", "38", "99"], WIDE[2]]
    _, second = bring_in(world, write("kpis.csv", changed))
    assert (second.superseded, second.targets) == (1, 1)
    commands.undo_import(admin(), second.batch)
    now = standing(Kpi.objects.get(metric__name="Waiting time"), standpoint())
    assert (now.value, now.target.target if now.target else None) == (35, 30)


def test_a_first_load_is_known_since_the_end_of_each_period(world: World, write: Any) -> None:
    bring_in(world, write("kpis.csv", WIDE))
    metric = Metric.objects.get(name="Waiting time")
    in_february = standpoint(today().replace(year=2024, month=2, day=20))
    assert series_of(metric, in_february).values.tolist() == [41]
    assert all(Measurement.objects.values_list("dated_by_import", flat=True))


def test_days_go_into_a_weekly_metric_by_its_rule(world: World, write: Any) -> None:
    metric = make_metric("visits", name="Visits", frequency="week", aggregation="sum")
    rows = [["KPI", "Date", "Value"], *(["Visits", f"2024-01-{day:02d}", "1"] for day in range(1, 17))]
    bring_in(world, write("visits.csv", rows))
    assert series_of(metric, standpoint()).values.tolist() == [7, 7, 2]
    assert Measurement.objects.get(value=2).coverage == pytest.approx(2 / 7)


def test_a_viewer_may_not_import_and_a_contributor_may(world: World, write: Any) -> None:
    path = write("kpis.csv", WIDE)
    with pytest.raises(NotAllowed):
        bring_in(world, path, actor=world.vic)
    _, imported = bring_in(world, path, actor=world.cem)
    assert imported.new_metrics == 2


def test_an_import_is_confirmed_once(world: World, write: Any) -> None:
    imp, _ = bring_in(world, write("kpis.csv", WIDE))
    with pytest.raises(Refused) as refused:
        commands.confirm_import(admin(), imp)
    assert refused.value.problems[0].key == "import-not-ready"


def test_a_reader_that_fell_silent_counts_as_dead_and_can_start_again(world: World, write: Any) -> None:
    path = write("kpis.csv", WIDE)
    imp = commands.start_import(admin(), name=path.name, team=world.emergency)
    Import.objects.filter(pk=imp.pk).update(state="reading", beat_at=timezone.now() - timedelta(minutes=5))
    imp.refresh_from_db()
    assert commands.is_dead(imp)
    commands.read_import(admin(), imp, paths=[path])
    assert commands.confirm_import(admin(), imp).accepted == 5


def test_what_no_file_said_is_named_as_assumed(world: World, write: Any) -> None:
    bring_in(world, write("kpis.csv", WIDE))
    kpi = Kpi.objects.get(metric__name="Complaints")
    assert "direction" in kpi.assumed
    change_kpi(admin(), kpi, version=kpi.version, direction="down")
    kpi.refresh_from_db()
    assert "direction" not in kpi.assumed


def test_a_known_metric_recorded_by_hand_is_found_by_its_name(world: World, write: Any) -> None:
    make_metric("complaints", name="Complaints")
    record_values("complaints", {"2023-12": 3})
    _, imported = bring_in(world, write("kpis.csv", WIDE))
    assert imported.new_metrics == 1
    assert series_of(Metric.objects.get(key="complaints"), standpoint()).values[0] == 3


@pytest.mark.parametrize(
    "rows",
    [
        [["KPI", "2024-01", "2024-02", "2024-03"], ["Visits", 1, 2, 4]],
        [["Metric", "Month", "Value"], ["Visits", "2024-01", 1], ["Visits", "2024-02", 2], ["Visits", "2024-03", 4]],
    ],
)
def test_monthly_values_of_a_known_quarterly_metric_are_added_up(
    world: World, write: Any, rows: list[list[object]]
) -> None:
    make_metric("visits", name="Visits", frequency="quarter", aggregation="sum", unit="count")
    bring_in(world, write("visits.csv", rows))
    assert list(Measurement.objects.filter(metric__key="visits").values_list("value", flat=True)) == [7]
