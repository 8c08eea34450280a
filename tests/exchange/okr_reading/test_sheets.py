"""Tables as tools for OKRs and spreadsheets export them."""

from pathlib import Path

import openpyxl

from sextant.exchange.okr_reading import list_files, read_okrs
from tests.exchange.okr_reading.files import is_taken_for_okrs, key_result, keys_of, objective, read_text

FLAT = """Objective,Key Result,Owner,Start value,Target,Current,Progress,Due,Team,Status,Confidence
Delight new customers,Raise activation,Mia Berg,40%,60%,45%,25%,2026-06-30,Growth,At risk,6/10
,Cut time to value,"Noor Ali",14,7,,0%,2026-06-30,,,8
Hire well,,Tom Fox,,,,,,People,,
"""


def test_the_objective_may_stand_in_the_first_row_only(tmp_path: Path) -> None:
    document = read_text(tmp_path, FLAT)
    assert [one.title for one in document.objectives] == ["Delight new customers", "Hire well"]
    assert [one.objective_ref for one in document.key_results] == [document.objectives[0].ref] * 2
    assert document.objectives[1].owners == ("Tom Fox",)


def test_figures_units_days_and_confidence_are_read(tmp_path: Path) -> None:
    document = read_text(tmp_path, FLAT)
    raise_it = key_result(document, "Raise activation")
    assert (raise_it.baseline, raise_it.target, raise_it.unit, raise_it.due) == (40, 60, "percent", "2026-06-30")
    assert (raise_it.owners, raise_it.teams) == (("Mia Berg",), ("Growth",))
    first, second = document.updates
    assert (first.value, first.progress, first.status, first.confidence) == (45, 0.25, "at_risk", 6)
    assert (second.value, second.progress, second.confidence) == (None, None, 8)
    assert key_result(document, "Cut time to value").direction == "down"


def test_rows_of_several_types_find_their_parents_by_name_and_by_order(tmp_path: Path) -> None:
    text = """Type,Title,Parent,Owner,Start,Target,Current
Company objective,Grow,,Ada Low,,,
Objective,Win the north,Grow,Bo Dee,,,
Key result,Ten contracts,Win the north,Bo Dee,0,10,4
Initiative,Visit fairs,Ten contracts,Cy Eng,,,
Key result,Two partners,,Bo Dee,0,2,0
Quest,Something else,,,,,
"""
    document = read_text(tmp_path, text, "export.csv")
    assert objective(document, "Win the north").parent_ref == objective(document, "Grow").ref
    assert key_result(document, "Two partners").objective_ref == objective(document, "Win the north").ref
    [work] = document.initiatives
    assert work.key_result_ref == key_result(document, "Ten contracts").ref
    assert key_result(document, "Two partners").baseline == 0
    assert [one.value for one in document.updates] == [4, 0]
    assert keys_of(document) == ["unknown-type"]


def test_outline_numbers_say_what_lies_under_what(tmp_path: Path) -> None:
    text = """No,Type,Name,Start value,Target value
1,O,Fewer errors,,
1.1,KR,Errors per release,9,3
2,O,Faster answers,,
2.1,KR,Hours to first answer,20,4
"""
    document = read_text(tmp_path, text, "export.csv")
    assert key_result(document, "Hours to first answer").objective_ref == objective(document, "Faster answers").ref


def test_a_key_result_in_several_rows_has_a_history(tmp_path: Path) -> None:
    text = """Objective;Key result;Quartal;Startwert;Zielwert;Istwert
Besser werden;Reklamationen senken;2025-Q1;12,5;8;11,0
Besser werden;Reklamationen senken;2025-Q2;12,5;8;9,5
Besser werden;Reklamationen senken;2025-Q3;12,5;6;
"""
    document = read_text(tmp_path, text)
    assert [(one.period, one.value, one.target) for one in document.updates] == [
        ("2025-Q1", 11.0, 8.0), ("2025-Q2", 9.5, 8.0), ("2025-Q3", None, 6.0),
    ]  # fmt: skip


def test_only_progress_is_measured_in_percent_of_the_way(tmp_path: Path) -> None:
    document = read_text(tmp_path, "Objective,Key Result,Progress\nShip,Write the guide,0%\nShip,Record a film,80%\n")
    film = key_result(document, "Record a film")
    assert (film.baseline, film.target, film.unit) == (0, 100, "percent")
    assert [one.value for one in document.updates] == [None, 80]


def test_two_key_results_of_one_name_stay_two(tmp_path: Path) -> None:
    text = "Objective,Key Result,Owner,Target\nTrain,Train everyone,Ann Bee,10\nTrain,Train everyone,Cal Dow,20\n"
    document = read_text(tmp_path, text)
    assert sorted(one.target or 0 for one in document.key_results) == [10, 20]
    assert len({one.ref for one in document.key_results}) == 2


def test_a_workbook_keeps_percent_cells_and_merged_objectives(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Q3 2026"
    for row in (["OKRs of the shop"], [], ["Objective", "Key Result", "Baseline", "Target", "Actual"],
                ["Sell more", "Conversion", 0.02, 0.03, 0.025], [None, "Basket", 40, 50, None]):  # fmt: skip
        sheet.append(row)
    for cell in ("C4", "D4", "E4"):
        sheet[cell].number_format = "0.0%"
    sheet.merge_cells("A4:A5")
    book.save(tmp_path / "shop.xlsx")
    document = read_okrs(list_files([tmp_path / "shop.xlsx"])[0])
    [aim] = document.objectives
    assert aim.cycle is not None
    assert (aim.title, aim.cycle.first) == ("Sell more", "2026-Q3")
    conversion = key_result(document, "Conversion")
    assert (conversion.baseline, conversion.target, conversion.unit) == (2, 3, "percent")
    assert [one.value for one in document.updates] == [2.5, None]


def test_okrs_are_told_from_lists_of_kpis(tmp_path: Path) -> None:
    assert is_taken_for_okrs(tmp_path, FLAT)
    assert not is_taken_for_okrs(tmp_path, "KPI,Owner,Target,Baseline,2026-01,2026-02\nComplaints,Ann,5,9,9,7\n")
    assert not is_taken_for_okrs(tmp_path, "Strategic objective,KPI,Target,Actual\nGrow,Revenue,5,4\nGrow,Margin,3,2\n")
    assert not is_taken_for_okrs(tmp_path, "# Waiting times\n\nHow we measure.\n", "about.md")


def test_quarters_side_by_side_are_a_history(tmp_path: Path) -> None:
    text = "Objective,Key Result,Baseline,Target,Q1,Q2,Q3\nGrow,Contracts,0,10,2,5,\nGrow,Partners,1,4,many,2,\n"
    document = read_text(tmp_path, text, "okrs-2025.csv")
    contracts = key_result(document, "Contracts")
    mine = [one for one in document.updates if one.key_result_ref == contracts.ref and one.period]
    assert [(one.period, one.value) for one in mine] == [("2025-Q1", 2), ("2025-Q2", 5)]
    assert (contracts.baseline, contracts.target) == (0, 10)
    assert keys_of(document) == ["not-a-number"]


def test_exports_of_tools_name_types_and_owners_in_their_own_words(tmp_path: Path) -> None:
    text = """Objective ID,Title,Objective Type,Goal owner,Teams,Start Date,End Date,Parent ID,Status,Metric Start Value,Metric Target,Metric Current Value
100,Win the continent,Strategic Pillar,Ann Lee,Ops,,,,,,,
101,Delight,Big Rock,Ann Lee,Ops,01/01/2025,03/31/2025,100,On Track,,,
102,Fewer calls,KPI,Bob Ray,Ops,01/01/2025,03/31/2025,101,Behind,50,10,40
"""  # noqa: E501
    document = read_text(tmp_path, text, "export.csv")
    assert [one.level for one in document.objectives] == ["goal", "objective"]
    delight = objective(document, "Delight")
    assert delight.cycle is not None
    assert (delight.parent_ref, delight.owners, delight.cycle.last) == ("o:100", ("Ann Lee",), "2025-03-31")
    [calls] = document.key_results
    assert (calls.baseline, calls.target, calls.owners, calls.direction) == (50, 10, ("Bob Ray",), "down")
