"""`sextant import` and `sextant undo` as a person and a script call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

WIDE = "KPI,Unit,Target,2026-01,2026-02\nWaiting time,minutes,30,41,38\nComplaints,number,5,9,\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "kpis.csv"
    path.write_text(WIDE)
    return path


def said(run: object) -> dict[str, object]:
    found: dict[str, object] = json.loads(run.stdout)  # type: ignore[attr-defined]
    return found


def test_a_dry_run_prints_what_it_understood_and_writes_nothing(sextant: Run, sheet: Path) -> None:
    looked = sextant("import", sheet, "--dry-run", "--json")
    report = said(looked)
    assert looked.returncode == 0, looked.stderr
    assert (report["metrics"], report["indicators"], report["measurements"], report["skipped"]) == (2, 2, 3, 1)
    assert (report["written"], report["problems"]) == (False, [])
    assert said(sextant("import", sheet, "--yes", "--json"))["new_metrics"] == 2


def test_the_second_run_changes_nothing_and_undo_takes_the_first_back(sextant: Run, sheet: Path) -> None:
    first = said(sextant("import", sheet, "--yes", "--json"))
    again = said(sextant("import", sheet, "--yes", "--json"))
    assert (first["accepted"], again["accepted"], again["unchanged"], again["superseded"]) == (3, 0, 3, 0)
    undone = sextant("undo", first["batch"])
    assert (undone.returncode, "Taken back" in undone.stdout) == (0, True)
    assert sextant("undo", first["batch"]).returncode == 1


def test_problems_are_listed_with_their_place_and_end_the_command_with_1(sextant: Run, sheet: Path) -> None:
    sheet.write_text(WIDE.replace("41", "many"))
    run = sextant("import", sheet, "--yes", "--json")
    assert run.returncode == 1
    problems = said(run)["problems"]
    assert isinstance(problems, list)
    assert [(one["file"], one["row"], one["column"], one["key"]) for one in problems] == [
        ("kpis.csv", 2, "2026-01", "not-a-number")
    ]


def test_without_a_terminal_or_with_nonsense_the_command_ends_with_2(sextant: Run, sheet: Path, tmp_path: Path) -> None:
    assert sextant("import", sheet).returncode == 2
    assert sextant("import", tmp_path / "nothing.csv", "--yes").returncode == 2
    broken = tmp_path / "broken.toml"
    broken.write_text("[[table")
    assert sextant("import", sheet, "--mapping", broken, "--yes").returncode == 2


def test_a_mapping_is_written_down_and_used_again(sextant: Run, sheet: Path, tmp_path: Path) -> None:
    given, kept = tmp_path / "given.toml", tmp_path / "kept.toml"
    given.write_text('[metrics."Complaints"]\nmatch = "skip"\n')
    first = said(sextant("import", sheet, "--mapping", given, "--save-mapping", kept, "--dry-run", "--json"))
    assert first["metrics"] == 1
    assert said(sextant("import", sheet, "--mapping", kept, "--dry-run", "--json"))["metrics"] == 1


def test_a_folder_is_read_whole_and_a_bad_file_does_not_stop_the_others(sextant: Run, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "kpis.csv").write_text(WIDE)
    (folder / "empty.csv").write_text("")
    run = sextant("import", folder, "--yes", "--json")
    assert (run.returncode, said(run)["new_metrics"]) == (1, 2)


def test_what_cannot_be_read_at_all_is_said_in_one_line(sextant: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF-1.7")
    run = sextant("import", path, "--yes")
    assert (run.returncode, run.stderr.count("This is a PDF")) == (1, 1)


def test_an_unknown_import_is_refused_by_the_reader(sextant: Run) -> None:
    run = sextant("read-import", "import-none")
    assert (run.returncode, "There is no import" in run.stderr) == (1, True)
