"""Several files about the same metrics: lists, documents, translations, summaries and the series."""

from pathlib import Path
from typing import Any

from tests.exchange.understanding_files import metric, read_book, read_files, target, values

DOCUMENT = """---
kpi_name: {name}
kpi_number: {id}
unit: Percentage
definition: How many of them.
calculation: a divided by b
frequency: Annual
target_name: "{text}"
options:
- direction: {direction}
  target: {target}
  target_year: 2030
charts_target_lines:
- value: {line}
defaults:
- field: Country
  value: Utopia
---
"""


def document(ident: str, name: str, **facts: object) -> str:
    known = {"text": "By 2030, better", "direction": "positive", "target": 90, "line": 90, **facts}
    return DOCUMENT.format(id=ident, name=name, **known)


def test_documents_and_series_files_meet_by_identifiers_written_differently(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {
            "meta/1-1-1.md": document("1.1.1", "Poverty", direction="negative", target=7.25, line=7.25),
            "meta/11-1-1.md": document("11.1.1", "Homes"),
            "meta/2-1-1.md": document("2.1.1", "Hunger"),
            "data/series_1-1-1.csv": "Year,Value\n2015,14.5\n2023,10.4\n",
            "data/series_11-1-1.csv": "Year,Country,Value\n2023,Utopia,5\n2023,Elsewhere,6\n",
        },
    )
    assert values(understood) == {"Poverty": {"2015": 14.5, "2023": 10.4}, "Homes": {"2023": 5.0}}
    poverty = metric(understood, "Poverty")
    assert (poverty.unit, poverty.direction, poverty.frequency) == ("percent", "down", "year")
    assert poverty.how_measured == "a divided by b"
    aim = target(poverty)
    assert (aim.target, str(aim.aim_by.first_day) if aim.aim_by else "") == (7.25, "2030-01-01")
    assert [draft.name for draft in understood.metrics if not draft.has_series] == ["Hunger"]
    assert [note.key for note in understood.notes].count("no-series") == 1


def test_a_stated_target_wins_over_a_line_on_a_chart(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path, {"1-1-1.md": document("1.1.1", "Rate", target=0.1, line=0), "2-1-1.md": document("2.1.1", "B")}
    )
    assert target(metric(understood, "Rate")).target == 0.1


def test_series_rows_meet_the_list_by_key(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {
            "list.csv": "key,name,unit,direction,frequency,target\n"
            "S1,Visits,count,up,day,70\nS2,Seen in time,percent,up,month,95\n",
            "values-001.csv": "key,date,value\n"
            "S1,2024-01-01,60\nS1,2024-01-02,61\nS2,2024-01-01,90\nS2,2024-02-01,91\n",
            "values-002.csv": "key,date,value\nS2,2024-03-01,92\n",
        },
    )
    assert values(understood) == {
        "Visits": {"2024-01-01": 60.0, "2024-01-02": 61.0},
        "Seen in time": {"2024-01": 90.0, "2024-02": 91.0, "2024-03": 92.0},
    }
    assert [(draft.unit, draft.direction, target(draft).target) for draft in understood.metrics] == [
        ("count", "up", 70.0),
        ("percent", "up", 95.0),
    ]


def test_an_unlisted_key_still_becomes_a_metric(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {
            "list.csv": "key,name,unit\nS1,Visits,count\nS2,Calls,count\n",
            "v.csv": "key,date,value\nS1,2024-01,1\nS9,2024-01,2\n",
        },
    )
    assert values(understood) == {"Visits": {"2024-01": 1.0}, "S9": {"2024-01": 2.0}}


def test_the_same_list_in_another_language_is_a_translation(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {
            "list.csv": "id,indicator,unit,target\nA1,Waiting time,days,5\nA2,Complaints,number,3\n",
            "list_fr.csv": "id,indicator,unit,target\nA1,Délai d'attente,jours,5\nA2,Plaintes,nombre,3\n",
            "A1.csv": "Year,Value\n2023,6\n",
        },
    )
    assert [draft.name for draft in understood.metrics] == ["Waiting time", "Complaints"]
    assert understood.metrics[0].translations == {"list_fr.csv": "Délai d'attente"}
    assert len(understood.metrics[0].targets) == 1


def test_a_summary_teaches_what_is_missing_and_gives_no_values(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {
            "meta/1-1-1.md": document("1.1.1", "Rate", direction="unknown", target=5, line=5),
            "meta/1-2-1.md": document("1.2.1", "Share"),
            "computed.yml": "1-1-1:\n  base_value: 9\n  current_value: 7.9\n  current_year: 2023\n"
            "  direction: -1\n  target: 6\n"
            "1-2-1:\n  base_value: 9\n  current_value: 8\n  current_year: 2023\n  direction: 1\n  target: 90\n",
            "1-1-1.csv": "Year,Value\n2022,8\n2023,7\n",
            "1-2-1.csv": "Year,Value\n2022,8\n2023,9\n",
        },
    )
    assert values(understood)["Rate"] == {"2022": 8.0, "2023": 7.0}
    rate = metric(understood, "Rate")
    assert (rate.direction, target(rate).target) == ("down", 5.0)
    assert [note.key for note in understood.notes] == ["targets-disagree"]
    assert "target 5" in understood.notes[0].message


def test_names_in_one_sheet_are_joined_to_codes_in_another(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Indicators": [
                ["IndicatorID", "Category", "IndicatorName"],
                [1, "Emergency ", "Attendances"],
                [7, "Beds", "Occupied"],
            ],
            "Data": [
                ["IndicatorID", "Date", "Value"],
                [1, "2024-01-31", 5],
                [7, "2024-01-31", 6],
                [1, "2024-02-29", 7],
            ],
        },
    )
    assert values(understood) == {"Attendances": {"2024-01": 5.0, "2024-02": 7.0}, "Occupied": {"2024-01-31": 6.0}}
    assert [draft.theme for draft in understood.metrics] == ["Emergency", "Beds"]


def test_a_file_of_targets_is_added_to_the_metrics(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {
            "values.csv": "KPI,Month,Value\nSales,2024-01,1\nSales,2024-02,2\n",
            "targets.csv": "KPI,Month,Target\nSales,2024-01,3\nSales,2024-02,4\n",
        },
    )
    held = metric(understood, "Sales").targets
    assert [(one.target, str(one.period.first_day) if one.period else "") for one in held] == [
        (3.0, "2024-01-01"),
        (4.0, "2024-02-01"),
    ]


def test_readmes_and_label_files_make_no_metrics(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {
            "README.md": "# About\n\n| path | rows |\n| --- | --- |\n| a | 5 |\n",
            "labels.yml": "Year: Année\nValue: Valeur\nTotal: Total\n",
            "sales.csv": "Month,Value\n2024-01,1\n2024-02,2\n",
        },
    )
    assert [draft.name for draft in understood.metrics] == ["sales"]


def test_a_feed_of_one_row_per_metric_and_month_is_no_summary(tmp_path: Path) -> None:
    files = {
        f"2024-{month:02d}.csv": f"KPI no,KPI,Unit,Target,Month,Actual\nK1,Sales,EUR,5,2024-{month:02d},{month}\n"
        f"K2,Staff,FTE,9,2024-{month:02d},{month + 10}\n"
        for month in (1, 2, 3)
    }
    understood = read_files(tmp_path, files)
    assert values(understood) == {
        "Sales": {"2024-01": 1.0, "2024-02": 2.0, "2024-03": 3.0},
        "Staff": {"2024-01": 11.0, "2024-02": 12.0, "2024-03": 13.0},
    }
    assert [target(draft).target for draft in understood.metrics] == [5.0, 9.0]


def test_hidden_sheets_that_repeat_visible_metrics_are_left_out(tmp_path: Path) -> None:
    def hide(sheet: Any) -> None:
        if sheet.title in ("Copy", "Targets list"):
            sheet.sheet_state = "hidden"

    understood = read_book(
        tmp_path,
        {
            "KPIs": [["KPI", "2023", "2024"], ["Sales", 1, 2], ["Cost", 3, 4]],
            "Copy": [["KPI", "2023", "2024"], ["Sales", 9, 9], ["Cost", 9, 9]],
            "Targets list": [["KPI", "Owner", "Direction"], ["Sales", "Ann", "up"]],
        },
        hide,
    )
    assert values(understood) == {"Sales": {"2023": 1.0, "2024": 2.0}, "Cost": {"2023": 3.0, "2024": 4.0}}
    assert metric(understood, "Sales").owner == "Ann"
    assert [offer.kind for offer in understood.offers] == ["hidden_sheet"]


def test_a_name_that_two_metrics_bear_is_not_guessed(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {
            "list.csv": "ID,Category,Indicator\n1,Main sites,Attendances\n2,All sites,Attendances\n3,Beds,Beds\n",
            "wide.csv": "Month,Attendances,Beds\n2024-01,5,6\n2024-02,6,7\n",
        },
    )
    assert [note.key for note in understood.notes if note.key == "name-ambiguous"] == ["name-ambiguous"]
    assert len(understood.metrics) == 4
    assert metric(understood, "Beds").external_id == "3"
