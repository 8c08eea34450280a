"""Lists of records that point at each other by ids, with the mess of files that several hands kept."""

import json
from pathlib import Path
from typing import Any

from tests.exchange.okr_reading.files import key_result, keys_of, objective, read_folder

AIMS: list[dict[str, Any]] = [
    {"ref": "HOSP-1", "shared_ref": "HOSP-1", "strand": "1", "strand_item": "1.1", "aim": "Safer care",
     "detail": "Fewer falls on wards", "body": "NHB", "body_name": "North Health Board",
     "leads": "Ana-Ruiz-NHB-rec4Zx81QaPlm02W",
     "health": "#N/A", "report": "#REF!", "financial_year": "24"},
    {"ref": "HOSP-2", "shared_ref": "JOINT-7", "strand": "1", "strand_item": "1.2", "aim": "Safer care",
     "detail": "Fewer wrong doses", "body": "NHB", "body_name": "North Health Board", "leads": "", "health": "On Track",
     "report": "#REF!", "financial_year": "24"},
    {"ref": "CARE-1", "shared_ref": "JOINT-7", "strand": "1", "strand_item": "1.1", "aim": "Care at home",
     "detail": "More visits in the evening", "body": "SCT", "body_name": "South Care Trust", "leads": "",
     "health": "#N/A", "report": "#REF!", "financial_year": "24"},
    {"ref": "CARE-2", "shared_ref": "CARE-2", "strand": "1", "strand_item": "1.2", "aim": "Care at home",
     "detail": "Shorter waits for a first visit", "body": "SCT", "body_name": "South Care Trust", "leads": "",
     "health": "#N/A", "report": "#REF!", "financial_year": "24"},
    {"ref": "TOP-1", "shared_ref": "TOP-1", "strand": "", "strand_item": "", "aim": "A plan for winter",
     "detail": "Ready by October", "body": "SCT", "body_name": "South Care Trust", "leads": "", "health": "Delayed",
     "report": "#REF!", "financial_year": "24"},
    {"ref": ""},
]  # fmt: skip


def record(quarter: str, aim: str, words: str, **more: str) -> dict[str, Any]:
    return {"financial_year": "2024", "financial_quarter": quarter, "linked_goal_id": aim, "goal_words": words,
            "measure": "", "measure_type": "Measurable increase", "held_by": "NHB", "base": "", "aimed_value": "",
            "observed": "", "share_done": "0", **more}  # fmt: skip


def read(tmp_path: Path, records: list[dict[str, Any]]) -> Any:
    files = {"aims.json": json.dumps(AIMS), "updates.json": json.dumps([*records, {"financial_year": ""}])}
    return read_folder(tmp_path, files)


FALLS = {"target": "Halve falls", "measure": " Falls per ward ", "base": "40", "aimed_value": "20"}


def falls(quarter: str, **more: str) -> dict[str, Any]:
    return {**record(quarter, "HOSP-1", "Safer care"), **FALLS, **more}


def test_a_text_that_repeats_in_one_flat_list_becomes_goals_above_objectives(tmp_path: Path) -> None:
    document = read(tmp_path, [falls("1", observed="38"), falls("2", observed="31")])
    assert sorted(one.title for one in document.goals) == ["Care at home", "Safer care"]
    assert len(document.objectives) == 7
    first = objective(document, "Fewer falls on wards")
    assert (first.parent_ref, first.external_id) == (objective(document, "Safer care").ref, "HOSP-1")
    assert objective(document, "A plan for winter").parent_ref == ""


def test_ids_relate_the_lists_and_periods_are_of_fiscal_years(tmp_path: Path) -> None:
    document = read(
        tmp_path, [falls("1", observed="38", share_done="0.1"), falls("2", observed="31", share_done="0.45")]
    )
    [halve] = document.key_results
    assert (halve.title, halve.indicator, halve.baseline, halve.target) == ("Halve falls", "Falls per ward", 40, 20)
    assert halve.objective_ref == objective(document, "Fewer falls on wards").ref
    assert [(one.period, one.value, one.progress) for one in document.updates] == [
        ("FY2024-Q1", 38, 0.1), ("FY2024-Q2", 31, 0.45),
    ]  # fmt: skip
    assert document.is_fiscal


def test_not_reported_is_no_data_although_progress_says_0(tmp_path: Path) -> None:
    document = read(tmp_path, [falls("1", observed="38", share_done="0.1"), falls("2")])
    assert [(one.value, one.progress) for one in document.updates] == [(38, 0.1), (None, None)]
    assert document.skipped == 1


def test_repeats_are_told_apart_from_conflicts(tmp_path: Path) -> None:
    document = read(
        tmp_path, [falls("1", observed="38"), falls("1", observed="38"), falls("1", observed="38", aimed_value="25")]
    )
    assert len(document.key_results) == 1
    assert keys_of(document).count("exact-repeat") == 1
    [conflict] = [one for one in document.problems if one.key == "conflicting-repeat"]
    assert (conflict.file, conflict.row) == ("updates.json", 4)
    assert "aimed_value: 25 (row 2: 20)" in conflict.message


def test_a_value_that_is_no_number_is_a_problem_and_never_0(tmp_path: Path) -> None:
    document = read(
        tmp_path, [falls("1", observed="thirty"), falls("2", observed="#DIV/0!"), falls("3", observed="30")]
    )
    assert [one.value for one in document.updates] == [None, None, 30]
    kept_out = [(one.row, one.column, one.key) for one in document.problems if one.kept_out]
    assert kept_out == [(2, "observed", "not-a-number"), (3, "observed", "spreadsheet-error")]


def test_errors_of_spreadsheets_are_empty_and_said_once_per_column(tmp_path: Path) -> None:
    document = read(tmp_path, [falls("1", observed="38"), falls("2", observed="31")])
    assert objective(document, "Fewer falls on wards").status == ""
    assert objective(document, "Fewer wrong doses").status == "on_track"
    errors = [one for one in document.problems if one.key == "spreadsheet-error"]
    assert {one.column for one in errors} == {"health", "report"}
    assert "5 cells" in next(one.message for one in errors if one.column == "report")


def test_names_lose_the_ids_that_a_database_glued_on(tmp_path: Path) -> None:
    document = read(tmp_path, [falls("1", observed="38"), falls("2", observed="31")])
    assert objective(document, "Fewer falls on wards").owners == ("Ana Ruiz",)


def test_teams_are_known_by_name_and_abbreviation_and_share_joint_goals(tmp_path: Path) -> None:
    document = read(
        tmp_path, [falls("1", observed="38", held_by="NHB, SCT"), falls("2", observed="31", held_by="NHB, SCT")]
    )
    assert {(one.name, one.aliases) for one in document.teams} == {
        ("North Health Board", ("NHB",)), ("South Care Trust", ("SCT",)),
    }  # fmt: skip
    assert objective(document, "Fewer wrong doses").teams == ("North Health Board", "South Care Trust")
    assert (document.key_results[0].teams, document.key_results[0].owners) == (("NHB", "SCT"), ())


def test_a_level_to_hold_is_a_guardrail_and_a_target_that_is_missing_stays_missing(tmp_path: Path) -> None:
    held = {
        **falls("1", observed="95"),
        "target": "Keep hand hygiene",
        "measure_type": "Maintain at or above threshold",
    }
    open_end = {
        **falls("1", observed="7", aimed_value=""),
        "target": "Learn the baseline",
        "measure_type": "Target undefined",
    }
    document = read(tmp_path, [falls("1", observed="38"), held, open_end])
    hold = key_result(document, "Keep hand hygiene")
    assert (hold.kind, hold.low, hold.high) == ("guardrail", 20, None)
    assert key_result(document, "Learn the baseline").target is None


def test_a_record_that_points_nowhere_is_kept_out(tmp_path: Path) -> None:
    many = [falls("1", observed=str(n), target=f"Number {n}") for n in range(20)]
    document = read(tmp_path, [*many, falls("1", observed="1", linked_goal_id="GONE-9")])
    assert [(one.key, one.kept_out) for one in document.problems if one.key == "unknown-objective"] == [
        ("unknown-objective", True)
    ]
    assert len(document.key_results) == 20
