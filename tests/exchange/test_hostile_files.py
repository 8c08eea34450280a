"""Files made to do harm, or by accident like them: a clear outcome, nothing half-written, nothing lost."""

import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sextant.core.errors import Refused
from sextant.exchange import commands
from sextant.exchange.models import Import
from sextant.exchange.queries import drafts, problems
from sextant.exchange.receiving import Received, Upload, safe_path
from sextant.kpis.commands import change_kpi
from sextant.kpis.models import Kpi
from sextant.metrics.models import Measurement, Metric
from tests.make import admin, make_metric
from tests.world import World

pytestmark = pytest.mark.django_db


def read(world: World, *paths: Path, **options: Any) -> Import:
    imp = commands.start_import(admin(), name=paths[0].name, team=world.emergency, **options)
    return commands.read_import(admin(), imp, paths=paths)


def refused(world: World, path: Path) -> str:
    """The key of the refusal; nothing may be left of the attempt but its reason."""
    with pytest.raises(Refused) as refusal:
        read(world, path)
    imp = Import.objects.latest("id")
    assert (imp.state, imp.problem) == ("failed", str(refusal.value))
    assert not Metric.objects.exists()
    with pytest.raises(Refused):
        commands.confirm_import(admin(), imp)
    return refusal.value.problems[0].key


def text(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_ten_thousand_columns_are_ten_thousand_metrics(world: World, tmp_path: Path) -> None:
    names = ",".join(f"Machine {number}" for number in range(10_000))
    rows = "".join(f"2026-0{month},{','.join('7' * 10_000)}\n" for month in (1, 2))
    imp = read(world, text(tmp_path, "wide.csv", f"Month,{names}\n{rows}"))
    assert (imp.summary["counts"]["metrics"], imp.summary["counts"]["measurements"]) == (10_000, 20_000)
    assert (len(imp.summary["tables"][0]["columns"]), imp.summary["tables"][0]["column_count"]) == (60, 10_001)
    assert drafts(imp, text="machine 9999").count == 1


def test_more_columns_than_any_sheet_has_are_refused(world: World, tmp_path: Path) -> None:
    path = text(tmp_path, "wider.csv", "Month" + ",x" * 20_000 + "\n2026-01" + ",1" * 20_000 + "\n")
    assert refused(world, path) == "too-many-columns"


def test_a_workbook_that_swells_is_refused_before_it_does(world: World, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 64 * 1024 * 1024)
    assert path.stat().st_size < 200_000
    assert refused(world, path) == "archive-swells"


def test_values_that_are_no_finite_numbers_are_listed_with_their_rows(world: World, tmp_path: Path) -> None:
    cells = ["1", "NaN", "Infinity", "-inf", "1e400", "2", "#DIV/0!"]
    rows = "".join(f"Load,2026-0{month},{cell}\n" for month, cell in enumerate(cells, 1))
    imp = read(world, text(tmp_path, "load.csv", f"KPI,Date,Value\n{rows}"))
    assert sorted(problem["row"] for problem in problems(imp)) == [3, 4, 5, 6, 8]
    assert commands.confirm_import(admin(), imp).accepted == 2
    assert sorted(Measurement.objects.values_list("value", flat=True)) == [1, 2]


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_so(world: World, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    assert refused(world, path) == "empty-file"


@pytest.mark.parametrize("seed", range(3))
def test_binary_junk_called_csv_is_no_table(world: World, tmp_path: Path, seed: int) -> None:
    path = tmp_path / "junk.csv"
    path.write_bytes(random.Random(seed).randbytes(30_000))
    assert refused(world, path) == "not-text"


@pytest.mark.parametrize(
    ("start", "key"),
    [(bytes.fromhex("d0cf11e0a1b11ae1"), "old-or-encrypted-workbook"), (b"PK\x03\x04broken", "damaged-workbook")],
)
def test_old_encrypted_and_broken_workbooks_say_what_to_do(
    world: World, tmp_path: Path, start: bytes, key: str
) -> None:
    path = tmp_path / "kpis.xls"
    path.write_bytes(start + bytes(4_000))
    assert refused(world, path) == key


def test_what_was_shown_is_written_though_the_file_changed_since(world: World, tmp_path: Path) -> None:
    path = text(tmp_path, "kpis.csv", "KPI,2026-01,2026-02\nVisits,5,6\n")
    imp = read(world, path)
    text(tmp_path, "kpis.csv", "KPI,2026-01,2026-02\nOther,500,600\n")
    commands.confirm_import(admin(), imp)
    assert list(Measurement.objects.order_by("start").values_list("metric__name", "value")) == [
        ("Visits", 5), ("Visits", 6),
    ]  # fmt: skip


def test_a_kpi_renamed_between_reading_and_confirming_is_still_found(world: World, tmp_path: Path) -> None:
    path = text(tmp_path, "kpis.csv", "KPI,2026-01\nVisits,5\n")
    commands.confirm_import(admin(), read(world, path))
    imp = read(world, text(tmp_path, "kpis.csv", "KPI,2026-01,2026-02\nVisits,5,6\n"))
    kpi = Kpi.objects.get()
    change_kpi(admin(), kpi, version=kpi.version, name="People through the door")
    done = commands.confirm_import(admin(), imp)
    assert (done.new_metrics, done.accepted, done.unchanged) == (0, 1, 1)


def test_the_same_file_previewed_twice_and_confirmed_twice_is_written_once(world: World, tmp_path: Path) -> None:
    path = text(tmp_path, "kpis.csv", "KPI,2026-01,2026-02\nVisits,5,6\nComplaints,1,2\n")
    first, second = read(world, path), read(world, path)
    assert commands.confirm_import(admin(), first).new_metrics == 2
    late = commands.confirm_import(admin(), second)
    assert (late.new_metrics, late.accepted, late.unchanged) == (0, 0, 4)


def test_a_metric_archived_meanwhile_does_not_stop_the_import(world: World, tmp_path: Path) -> None:
    metric = make_metric("visits", name="Visits")
    imp = read(world, text(tmp_path, "kpis.csv", "KPI,2026-01\nVisits,5\n"))
    Metric.objects.filter(pk=metric.pk).delete()
    assert commands.confirm_import(admin(), imp).new_metrics == 1


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\ada\\kpis.csv", "C:/Users/ada/kpis.csv"),
        ("a/./b//c.csv", "a/b/c.csv"),
        ("....//x.csv", "x.csv"),
        ("kp\0is\n.csv", "kpis.csv"),
        ("..", "file"),
        ("", "file"),
    ],
)
def test_a_name_never_leads_out_of_its_folder(told: str, kept: str) -> None:
    assert safe_path(told) == kept


def test_a_name_of_any_length_becomes_one_the_disk_takes() -> None:
    name = safe_path("/".join(["\N{GREEK SMALL LETTER ALPHA}" * 900] * 40) + ".csv")
    assert name.endswith(".csv")
    assert all(len(part.encode()) <= 120 for part in name.split("/"))


def upload(folder: Path, *names: str) -> Upload:
    files = []
    for number, _ in enumerate(names):
        path = folder / f"received-{number}"
        path.write_text(f"file {number}")
        files.append(Received(path, "x", 6))
    return Upload(folder / "none", tuple(files), names, "")


def test_files_of_one_name_and_files_where_folders_stand_all_keep_a_place(tmp_path: Path) -> None:
    placed = upload(tmp_path, "a.csv", "../a.csv", "b", "b/c.csv", "a.csv/d.csv").move_into(tmp_path / "files")
    assert len(set(placed)) == 5
    assert sorted((tmp_path / "files" / name).read_text() for name in placed) == [f"file {n}" for n in range(5)]


@pytest.mark.parametrize("link", [lambda place, target: os.symlink(target, place)])
def test_a_link_out_of_a_folder_is_reported_and_not_read(
    world: World, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    secret = text(tmp_path, "secret.csv", "KPI,2026-01\nSalaries,9\n")
    folder = tmp_path / "kpis"
    folder.mkdir()
    text(folder, "kpis.csv", "KPI,2026-01\nVisits,5\n")
    link(folder / "more.csv", secret)
    link(folder / "everything", tmp_path)
    imp = read(world, folder)
    assert [row["name"] for row in drafts(imp).rows] == ["Visits"]
    left_out = {note["file"] for note in imp.summary["notes"] if note["key"] == "link-left-out"}
    assert left_out == {"more.csv", "everything"}


def test_a_quote_that_never_closes_does_not_swallow_the_rest(world: World, tmp_path: Path) -> None:
    rows = "".join(f"Visits,2026-{month:02d},{month}\n" for month in range(2, 13))
    imp = read(world, text(tmp_path, "kpis.csv", f'KPI,Date,Value\nVisits,"2026-01,1\n{rows}'))
    assert imp.summary["counts"]["measurements"] >= 11


def test_a_mapping_with_nonsense_is_refused_before_anything_is_read(world: World) -> None:
    for mapping in ({"table": "x"}, {"metrics": {"A": 3}}, {"nonsense": 1}, {"year_start_month": "x"}):
        with pytest.raises(Refused):
            commands.start_import(admin(), name="x", team=world.emergency, mapping=mapping)
    assert not Import.objects.exists()


def test_a_key_in_the_mapping_that_nobody_has_is_said_and_nothing_is_guessed(world: World, tmp_path: Path) -> None:
    path = text(tmp_path, "kpis.csv", "KPI,2026-01\nVisits,5\nOther,6\n")
    imp = read(world, path, mapping={"metrics": {"Visits": {"match": "no-such-key"}}})
    assert [problem["key"] for problem in problems(imp)] == ["match-unknown"]
    assert commands.confirm_import(admin(), imp).new_metrics == 1
