"""The shapes in which offices keep their own figures. All of them are invented."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.exchange.understanding_files import metric, offers, read_book, read_text, target, values


def test_scorecards_of_fiscal_years_give_values_and_targets(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Strategic Goal,KPI,Unit,FY21 Actual,FY22 Target,FY22 Actual,FY23 Target\n"
        "Service,Call wait,minutes,13.5,12.0,11.2,10.0\nIT,Patched,Percent,N/A,95%,TBD,95%\n",
    )
    assert values(understood) == {"Call wait": {"2021": 13.5, "2022": 11.2}, "Patched": {"2021": None, "2022": None}}
    assert [goal.target for goal in metric(understood, "Call wait").targets] == [12.0, 10.0]
    assert metric(understood, "Call wait").theme == "Service"


def test_a_dashboard_with_titles_legend_groups_and_variances_is_read(tmp_path: Path) -> None:
    def finish(sheet: Any) -> None:
        for cells in ("A1:J1", "C6:F6", "G6:J6", "A8:J8", "A10:J10"):
            sheet.merge_cells(cells)
        for column in "CDEFGHIJ":
            sheet[f"{column}11"].number_format = "0.0%"

    understood = read_book(
        tmp_path,
        {
            "Dashboard 2024": [
                ["ACME – KPI dashboard 2024"],
                [None, None, "Confidential"],
                [],
                ["Legend:", "● on track", "▲ at risk"],
                [],
                [None, None, "Jan", None, None, None, "Feb", None, None, None],
                ["KPI", "Unit", *("Actual", "Target", "Variance", "YTD") * 2],
                ["Finance"],
                ["Revenue", "EUR", 100, 110, -10, 100, 120, 110, 10, 220],
                ["HR"],
                ["Sick leave", "%", 0.041, 0.04, 0.001, 0.041, 0.039, 0.04, -0.001, 0.04],
            ]
        },
        finish,
    )
    assert values(understood) == {
        "Revenue": {"2024-01": 100.0, "2024-02": 120.0}, "Sick leave": {"2024-01": 4.1, "2024-02": 3.9},
    }  # fmt: skip
    assert [draft.theme for draft in understood.metrics] == ["Finance", "HR"]
    assert target(metric(understood, "Sick leave")).target == 4.0
    assert any("YTD" in note.message for note in understood.notes if note.key == "columns-left-out")
    assert understood.problems == []


def test_sheets_that_differ_by_their_year_go_on_with_the_same_metrics(tmp_path: Path) -> None:
    header = ["KPI", "Owner", "Jan", "Feb", "Mar", "Total"]
    understood = read_book(
        tmp_path,
        {
            "KPI 2023": [header, ["Tickets", "Ann", 1, 2, 3, 6], ["Response (h)", "Bob", 5, 4.9, 4.8, 14.7]],
            "KPI 2024": [header, ["Tickets", "Ann", 4, 5, None, 9], ["Response (h)", "Bob", 4, 3.9, None, 7.9]],
        },
    )
    assert list(values(understood)) == ["Tickets", "Response (h)"]
    assert values(understood)["Tickets"] == {"2023-01": 1, "2023-02": 2, "2023-03": 3, "2024-01": 4, "2024-02": 5}
    assert metric(understood, "Response (h)").unit == "duration:h"


def test_key_results_are_metrics_with_a_start_and_a_target(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "OKRs Q1 2024": [
                ["Objective", "Key Result", "Owner", "Start", "Target", "Current", "Progress", "Status"],
                ["Delight customers", "Raise NPS", "Ann", 30, 45, 38, 0.533, "On track"],
                [None, "Cut complaints", "Ann", 100, 60, 80, 0.5, "At risk"],
            ]
        },
    )
    assert values(understood) == {"Raise NPS": {"2024-Q1": 38.0}, "Cut complaints": {"2024-Q1": 80.0}}
    assert [(draft.theme, draft.baseline, draft.direction) for draft in understood.metrics] == [
        ("Delight customers", 30.0, "up"), ("Delight customers", 100.0, "down"),
    ]  # fmt: skip


def test_a_total_below_months_is_no_month_and_no_problem(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Month,Visits,Sales\n2023-01,1,5\n2023-02,2,6\n2023-03,3,7\nTotal,6,18\n")
    assert values(understood)["Visits"] == {"2023-01": 1.0, "2023-02": 2.0, "2023-03": 3.0}
    assert (understood.counts.left_out, understood.problems) == (2, [])
    assert [note.key for note in understood.notes] == ["total-rows"]


def test_totals_among_places_are_the_headline_in_every_language(tmp_path: Path) -> None:
    for total in ("Total", "Gesamt", "Ensemble", "Totale"):
        text = (
            f"Region;Jahr;Umsatz\nNord;2020;10\nSüd;2020;20\n{total};2020;30\nNord;2021;1\nSüd;2021;2\n{total};2021;3\n"
        )
        assert values(read_text(tmp_path, text)) == {"Umsatz": {"2020": 30.0, "2021": 3.0}}


def test_headings_of_groups_become_themes_whether_merged_or_not(tmp_path: Path) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("A2:D2")
        sheet.merge_cells("A4:D4")

    rows: list[list[object]] = [
        ["Indicator", "Jan 2024", "Feb 2024", "Mar 2024"],
        ["Finance"], ["Revenue", 1, 2, 3], ["HR"], ["Staff", 5, 6, 7],
    ]  # fmt: skip
    for finish in (None, merge):
        understood = read_book(tmp_path, {"KPI": rows}, finish)
        assert [(draft.name, draft.theme) for draft in understood.metrics] == [("Revenue", "Finance"), ("Staff", "HR")]
        assert understood.problems == []


def test_day_numbers_of_a_spreadsheet_are_dates_in_rows_and_in_headers(tmp_path: Path) -> None:
    down = read_book(tmp_path, {"Data": [["Month", "Orders"], *([45292 + day, day] for day in (0, 31, 60, 91))]})
    assert values(down)["Orders"] == {"2024-01": 0.0, "2024-02": 31.0, "2024-03": 60.0, "2024-04": 91.0}
    across = read_book(tmp_path, {"Data": [["KPI", 45292, 45323, 45352], ["Orders", 1, 2, 3], ["Returns", 4, 5, 6]]})
    assert values(across)["Returns"] == {"2024-01": 4.0, "2024-02": 5.0, "2024-03": 6.0}
    assert [note.key for note in across.notes] == ["serial-dates"]


def test_numbers_that_only_look_like_day_numbers_stay_numbers(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Month,Salary\n2024-01,45292\n2024-02,45323\n2024-03,45352\n")
    assert values(understood)["Salary"] == {"2024-01": 45292.0, "2024-02": 45323.0, "2024-03": 45352.0}


def test_five_minutes_with_a_zone_keep_every_hour_including_midnight(tmp_path: Path) -> None:
    start = datetime.fromisoformat("2024-03-01T00:00:00")
    lines = "".join(f"{(start + timedelta(minutes=5 * step)).isoformat()}+01:00,S1,20.5\n" for step in range(48 * 12))
    understood = read_text(tmp_path, "timestamp,sensor,temperature\n" + lines)
    rows = [row for block in understood.measurements() for row in block]
    assert len(rows) == 48 * 12
    assert {end - begin for _, begin, end, *_ in rows} == {1}
    assert len({begin for _, begin, *_ in rows}) == 48


def test_midnight_in_an_hourly_sheet_is_an_hour(tmp_path: Path) -> None:
    start = datetime.fromisoformat("2024-03-01T22:00:00")
    rows = [[start + timedelta(hours=step), step] for step in range(6)]
    understood = read_book(tmp_path, {"Load": [["Time", "Load"], *rows]})
    assert len(values(understood)["Load"]) == 6
    assert all(row[2] - row[1] == 1 for block in understood.measurements() for row in block)


def test_values_nested_in_records_are_read_whether_keyed_or_listed(tmp_path: Path) -> None:
    expected = {"Uptime": {"2024-01": 99.1, "2024-02": 99.5}, "Latency": {"2024-01": 120.0, "2024-02": 118.0}}
    keyed = [
        {"name": "Uptime", "unit": "%", "target": 99.9, "values": {"2024-01": 99.1, "2024-02": 99.5}},
        {"name": "Latency", "unit": "ms", "target": 100, "values": {"2024-01": 120, "2024-02": 118}},
    ]
    listed = [
        {**item, "values": [{"period": when, "value": value} for when, value in item["values"].items()]}  # type: ignore[attr-defined]
        for item in keyed
    ]
    for data in ({"kpis": keyed}, {"kpis": listed}, [{"page": 1}, listed]):
        understood = read_text(tmp_path, json.dumps(data), "kpis.json")
        assert values(understood) == expected
        assert target(metric(understood, "Uptime")).target == 99.9


def test_tables_beside_each_other_are_two(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Data": [
                ["Sales", None, None, None, "Support"],
                ["Month", "Revenue", "Orders", None, "Month", "Tickets", "CSAT"],
                ["2024-01", 100, 10, None, "2023-11", 50, 4.5],
                ["2024-02", 110, 11, None, "2023-12", 55, 4.4],
            ]
        },
    )
    assert values(understood) == {
        "Revenue": {"2024-01": 100.0, "2024-02": 110.0}, "Orders": {"2024-01": 10.0, "2024-02": 11.0},
        "Tickets": {"2023-11": 50.0, "2023-12": 55.0}, "CSAT": {"2023-11": 4.5, "2023-12": 4.4},
    }  # fmt: skip


def test_a_rate_with_its_numerator_and_denominator_is_one_indicator(tmp_path: Path) -> None:
    rows = "".join(
        f"{name},2023-{month:02d},{base + month},{1000 + month * 10},{(base + month) / (1000 + month * 10) * 100:.1f}\n"
        for name, base in (("On time", 800), ("Readmitted", 50)) for month in range(1, 7)
    )  # fmt: skip
    understood = read_text(tmp_path, "Measure,Period,Numerator,Denominator,Rate\n" + rows)
    assert understood.summary["indicators"] == 2
    for name in ("On time", "Readmitted"):
        rate = metric(understood, name)
        assert (rate.aggregation, rate.unit) == ("ratio", "percent")
        assert rate.numerator_metric == metric(understood, f"{name} – Numerator").index


def test_running_totals_beside_their_column_are_left_out_until_asked_for(tmp_path: Path) -> None:
    text = "Month,Sales,Sales YTD,Orders,Cumulative orders\n2023-01,1,1,5,5\n2023-02,2,3,6,11\n2023-03,3,6,7,18\n"
    understood = read_text(tmp_path, text)
    assert list(values(understood)) == ["Sales", "Orders"]
    assert offers(understood, "columns")[0].choices == ("Sales YTD", "Cumulative orders")
    asked = read_text(tmp_path, text, mapping={"table": [{"columns": {"Sales YTD": "number"}}]})
    assert values(asked)["Sales YTD"] == {"2023-01": 1.0, "2023-02": 3.0, "2023-03": 6.0}


def test_columns_of_one_header_are_kept_apart(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Month,Value,Value\n2023-01,10,20\n2023-02,11,21\n")
    assert values(understood) == {
        "Value": {"2023-01": 10.0, "2023-02": 11.0}, "Value (column 3)": {"2023-01": 20.0, "2023-02": 21.0},
    }  # fmt: skip


def test_marks_of_footnotes_are_no_part_of_a_name(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Indicator,2021,2022\nWaiting time¹,12,11\nTurnover ²),8.5,8.1\nComplaints*,40,41\nVisits [note 3],80,81\n"
        "Energy per m²,5,6\nLevel (1),1,2\nLevel (2),3,4\n1) Measured at quarter end.,,\n",
    )
    assert list(values(understood)) == [
        "Waiting time", "Turnover", "Complaints", "Visits", "Energy per m²", "Level (1)", "Level (2)",
    ]  # fmt: skip


def test_a_header_far_down_below_pairs_of_facts_is_found(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Report": [
                ["Annual report"], ["Prepared by Controlling"], ["Version", 1.2], ["Date", datetime(2024, 2, 1)],
                ["Approved by", "A. Smith"], [], ["All figures in EUR"], [], [], [], [],
                ["KPI", "Unit", "2021", "2022"], ["Revenue", "EUR", 100, 110], ["Margin", "%", 10.5, 11],
            ]
        },
    )  # fmt: skip
    assert values(understood) == {"Revenue": {"2021": 100.0, "2022": 110.0}, "Margin": {"2021": 10.5, "2022": 11.0}}
    assert (understood.problems, understood.offers) == ([], [])


def test_units_in_names_and_in_cells_are_learned(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        'KPI,Q1 2024,Q2 2024\nRevenue,"$1,234,567","($12,500)"\nLatency (ms),120,118\nUptime,99.1%,99.5%\n',
    )
    assert [draft.unit for draft in understood.metrics] == ["currency:USD", "duration:ms", "percent"]
    assert values(understood)["Revenue"] == {"2024-Q1": 1234567.0, "2024-Q2": -12500.0}


def test_dates_of_which_one_is_the_same_either_way_are_still_read_and_asked_about(tmp_path: Path) -> None:
    text = "Date,Orders\n01/02/2024,1\n02/02/2024,2\n03/02/2024,3\n04/02/2024,4\n"
    understood = read_text(tmp_path, text)
    assert list(values(understood)["Orders"]) == ["2024-02-01", "2024-02-02", "2024-02-03", "2024-02-04"]
    assert offers(understood, "date_order")[0].chosen == "day first"
    american = read_text(tmp_path, text, mapping={"table": [{"day_first": False}]})
    assert list(values(american)["Orders"]) == ["2024-01", "2024-02", "2024-03", "2024-04"]


def test_units_below_the_header_belong_to_it(tmp_path: Path) -> None:
    rows = [["Date", "Output", "Scrap"], [None, "t", "%"], ["2024-01", 100, 1.5], ["2024-02", 110, 1.4]]
    understood = read_book(tmp_path, {"Plant": [*rows, ["2024-03", 105, 1.6]]})
    assert metric(understood, "Scrap").unit == "percent"
    assert understood.problems == []


def test_months_beside_paired_and_fiscal_years_are_in_the_right_calendar_year(tmp_path: Path) -> None:
    paired = read_text(tmp_path, "Year,Month,Visits\n2023/24,Apr,1\n2023/24,Dec,2\n2023/24,Jan,3\n2024/25,Apr,4\n")
    assert values(paired)["Visits"] == {"2023-04": 1.0, "2023-12": 2.0, "2024-01": 3.0, "2024-04": 4.0}
    text = "Fiscal Year,Fiscal Month,Spend\nFY2024,1,10\nFY2024,2,11\nFY2024,12,12\n"
    october = read_text(tmp_path, text, mapping={"year_start_month": 10})
    assert list(values(october)["Spend"]) == ["2023-10", "2023-11", "2024-09"]
    assert offers(read_text(tmp_path, text), "year_start")[0].chosen == "1"


def test_green_and_amber_thresholds_are_target_and_red_flag(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Ref,Measure,Good is,Green ≥,Amber ≥,Apr-23,May-23\nF1,Margin,High,10,8,9,11\nQ1,Claims,Low,10,15,12,9\n",
    )
    goal = target(metric(understood, "Claims"))
    assert (goal.target, goal.red_flag, metric(understood, "Claims").direction) == (10.0, 15.0, "down")


def test_a_reference_with_a_description_is_called_by_the_description(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "PI ref,Description,2021/22 Outturn,2022/23 Target,2022/23 Outturn\nCS1,% of calls answered,85.1,90,88.2\n"
        "CS2,Days lost,9.1,8.5,9.8\n",
    )
    assert [(draft.name, draft.external_id) for draft in understood.metrics] == [
        ("% of calls answered", "CS1"),
        ("Days lost", "CS2"),
    ]


def test_names_of_the_periods_themselves_split_nothing(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Sprint,Start date,End date,Velocity\nSprint 1,2024-01-01,2024-01-14,30\n"
        "Sprint 2,2024-01-15,2024-01-28,35\nSprint 3,2024-01-29,2024-02-11,28\n",
    )
    assert list(values(understood)["Velocity"].values()) == [30.0, 35.0, 28.0]


def test_quarters_counted_with_a_t_are_no_thirds(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Periodo;Paro\n2023T3;11,8\n2023T4;11,7\n2024T1;12,2\n")
    assert list(values(understood)["Paro"]) == ["2023-Q3", "2023-Q4", "2024-Q1"]


def test_a_scale_that_was_chosen_is_for_shares_only(tmp_path: Path) -> None:
    text = "KPI,Unit,Jan 2024,Feb 2024\nConversion,%,0.034,0.036\nOccupancy,%,85.1,84.2\n"
    assert offers(read_text(tmp_path, text), "scale")[0].chosen == "1"
    answered = read_text(tmp_path, text, mapping={"table": [{"scale": 100.0}]})
    assert values(answered) == {
        "Conversion": {"2024-01": 3.4, "2024-02": 3.6},
        "Occupancy": {"2024-01": 85.1, "2024-02": 84.2},
    }


def test_each_of_several_metrics_has_the_target_beside_it_and_no_other(tmp_path: Path) -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("B1:C1")
        sheet.merge_cells("D1:E1")

    below = read_book(
        tmp_path,
        {
            "KPI": [
                ["Month", "Revenue", None, "Cost", None],
                [None, "Actual", "Target", "Actual", "Target"],
                ["Jan 2024", 100, 110, 80, 85],
                ["Feb 2024", 120, 115, 82, 85],
            ]
        },
        merge,
    )
    assert values(below)["Revenue"] == {"2024-01": 100.0, "2024-02": 120.0}
    assert [goal.target for goal in metric(below, "Revenue").targets] == [110.0, 115.0]
    assert [goal.target for goal in metric(below, "Cost").targets] == [85.0]
    named = read_text(tmp_path, "Month,Visits,Revenue,Target visits\n2024-01,9,100,12\n2024-02,11,110,12\n")
    assert target(metric(named, "Visits")).target == 12.0
    assert metric(named, "Revenue").targets == []


def test_blocks_with_the_same_header_below_titles_of_their_own_are_different_metrics(tmp_path: Path) -> None:
    def block(name: str, first: int) -> list[list[object]]:
        months = ["", "Jan 24", "Feb 24", "Mar 24"]
        return [[name], months, ["Actual", first, first + 1, first + 2], ["Target", 95, 95, 95]]

    understood = read_book(tmp_path, {"Report": [*block("On time", 90), [], *block("Answered", 50)]})
    assert values(understood) == {
        "On time": {"2024-01": 90.0, "2024-02": 91.0, "2024-03": 92.0},
        "Answered": {"2024-01": 50.0, "2024-02": 51.0, "2024-03": 52.0},
    }


def test_months_in_rows_take_their_year_from_the_file_or_ask_for_it(tmp_path: Path) -> None:
    text = "Mois,Ventes,Retours\nJanvier,100,5\nFévrier,110,6\n"
    assert values(read_text(tmp_path, text, "ventes_2023.csv"))["Ventes"] == {"2023-01": 100.0, "2023-02": 110.0}
    asked = read_text(tmp_path, text, "ventes.csv")
    assert [(offer.setting, offer.required) for offer in offers(asked, "year")] == [("year", True)]
    answered = read_text(tmp_path, text, "ventes.csv", mapping={"table": [{"year": "2022"}]})
    assert values(answered)["Retours"] == {"2022-01": 5.0, "2022-02": 6.0}


def test_months_down_and_years_across_leave_the_total_out(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Month,2022,2023\nJan,10,11\nFeb,12,13\nTotal,22,24\n", "visits.csv")
    assert values(understood) == {"visits": {"2022-01": 10.0, "2022-02": 12.0, "2023-01": 11.0, "2023-02": 13.0}}


def test_areas_that_are_places_are_no_teams_and_teams_never_share_a_metric(tmp_path: Path) -> None:
    text = "Area,Year,Count,Rate\n{0},2021,500,50\n{0},2022,600,60\nNorth,2021,300,61\nNorth,2022,310,62\n"
    places = read_text(tmp_path, text.format("England"))
    assert values(places)["Count"] == {"2021": 500.0, "2022": 600.0}
    teams = read_text(tmp_path, text.format("Sales"))
    assert [(draft.name, draft.team) for draft in teams.metrics if draft.name == "Count"] == [
        ("Count", "Sales"),
        ("Count", "North"),
    ]


def test_the_order_of_days_in_headers_is_proved_by_any_of_them(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "KPI,w/c 01/01/2024,w/c 08/01/2024,w/c 15/01/2024\nCalls,10,11,12\nMails,5,6,7\n")
    assert values(understood)["Calls"] == {"2024-W01": 10.0, "2024-W02": 11.0, "2024-W03": 12.0}


def test_points_in_a_file_of_semicolons_part_thousands_where_nothing_else_is_proved(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Monat;Besucher\n2024-01;1.234\n2024-02;2.345\n2024-03;999\n")
    assert values(understood)["Besucher"] == {"2024-01": 1234.0, "2024-02": 2345.0, "2024-03": 999.0}
    assert offers(understood, "number_format")[0].chosen == ","


def test_a_status_beside_value_and_goal_is_no_metric(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "KPI Name,KPI Value,KPI Goal,KPI Status,Date\nDefects,12,10,-1,2024-01-01\nDefects,9,10,1,2024-02-01\n",
    )
    assert values(understood) == {"Defects": {"2024-01": 12.0, "2024-02": 9.0}}
    assert target(metric(understood, "Defects")).target == 10.0
