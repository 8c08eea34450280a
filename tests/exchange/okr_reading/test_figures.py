"""Figures found by arithmetic, under headers that say nothing."""

import json
from pathlib import Path

from sextant.exchange.okr_reading import list_files, looks_like_okrs
from tests.exchange.okr_reading.files import folder_of, is_taken_for_okrs, read_folder


def rows(count: int = 24) -> list[dict[str, str]]:
    found = []
    for number in range(count):
        begin, end = 10.0 + number % 5, 50.0 + number
        reached = begin + (end - begin) * (number * 7 % 31) / 25
        found.append(
            {"belongs": f"M-{number % 6}", "statement": f"Statement of result {number}", "col_a": f"{begin:g}",
             "plan_target": f"{end:g}", "col_c": f"{reached:.4f}",
             "col_d": f"{(reached - begin) / (end - begin) * 100:.2f}"}
        )  # fmt: skip
    return found


MISSIONS = [{"code": f"M-{n}", "mission": f"Mission of the year {n}", "unit_in_charge": "Harbour"} for n in range(6)]


def test_start_current_and_progress_are_found_by_what_they_make_together(tmp_path: Path) -> None:
    document = read_folder(tmp_path, {"missions.json": json.dumps(MISSIONS), "state.json": json.dumps(rows())})
    assert (len(document.objectives), len(document.key_results), len(document.updates)) == (6, 24, 24)
    first, update = document.key_results[1], document.updates[1]
    assert (first.baseline, first.target, update.value) == (11, 51, 22.2)
    assert update.progress is not None
    assert abs(update.progress - 0.28) < 1e-9


def test_such_lists_are_recognised_as_okrs(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"missions.json": json.dumps(MISSIONS), "state.json": json.dumps(rows())})
    assert looks_like_okrs(list_files([folder])[0])


def test_values_with_targets_of_a_list_of_kpis_are_none(tmp_path: Path) -> None:
    text = "kpi_id,period,value,target\n" + "".join(f"K{n % 4},2026-{n % 12 + 1:02},{n},{n + 5}\n" for n in range(40))
    assert not is_taken_for_okrs(tmp_path, text, "values.csv")
