"""Tables as organisations really keep them, each in another shape."""

from datetime import date
from pathlib import Path
from typing import Any

from tests.exchange.understanding_files import metric, offers, read_book, read_text, roles, target, values


def test_a_german_sheet_with_months_across_is_read_with_its_decimal_comma(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Kennzahlenbericht 2024;;;;;\n\n"
        "Kennzahl;Einheit;Verantwortlich;Zielwert;Istwert Jan 24;Istwert Feb 24\n"
        "Umsatz;EUR;Meier;1.200,0;1.105,5;1.150,0\n"
        "Krankenquote;%;Schulz;4,5;5,1;4,9\n"
        "Reklamationen;Anzahl;Kunz;≤ 10;12;9\n\n"
        "Quelle: Controlling\n",
    )
    assert values(understood) == {
        "Umsatz": {"2024-01": 1105.5, "2024-02": 1150.0},
        "Krankenquote": {"2024-01": 5.1, "2024-02": 4.9},
        "Reklamationen": {"2024-01": 12.0, "2024-02": 9.0},
    }
    sales = metric(understood, "Umsatz")
    assert (sales.unit, sales.owner, target(sales).target) == ("currency:EUR", "Meier", 1200.0)
    complaints = metric(understood, "Reklamationen")
    assert (complaints.direction, target(complaints).target) == ("down", 10.0)
    assert understood.problems == []


def test_a_french_wide_table_says_direction_and_target(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Indicateur;Unité;Responsable;Sens;Objectif;janv. 2024;févr. 2024;mars 2024\n"
        "Taux de satisfaction;%;Dupont;croissant;90;85,5;87,2;88\n"
        "Délai moyen;jours;Martin;décroissant;5;7;6,5;6\n",
    )
    assert values(understood)["Taux de satisfaction"] == {"2024-01": 85.5, "2024-02": 87.2, "2024-03": 88.0}
    assert [draft.direction for draft in understood.metrics] == ["up", "down"]
    assert [target(draft).target for draft in understood.metrics] == [90.0, 5.0]


def test_italian_spanish_and_dutch_headers_are_known(tmp_path: Path) -> None:
    italian = read_text(
        tmp_path, "Indicatore;Responsabile;Obiettivo;gen-24;feb-24\nReclami;Bianchi;5,5;7,5;6\n", "it.csv"
    )
    spanish = read_text(
        tmp_path, 'Indicador,Unidad,Meta,2021,2022\nTasa de ocupación,%,"95,5","90,1","91,2"\n', "es.csv"
    )
    dutch = read_text(
        tmp_path, "KPI;Eenheid;Streefwaarde;Eigenaar;januari 2024;februari 2024\nVerzuim;%;4,5;Jan;5,1;4,9\n", "nl.csv"
    )
    assert values(italian) == {"Reclami": {"2024-01": 7.5, "2024-02": 6.0}}
    assert values(spanish) == {"Tasa de ocupación": {"2021": 90.1, "2022": 91.2}}
    assert values(dutch) == {"Verzuim": {"2024-01": 5.1, "2024-02": 4.9}}
    assert [target(read.metrics[0]).target for read in (italian, spanish, dutch)] == [5.5, 95.5, 4.5]


def test_a_table_on_its_side_is_turned(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["KPI", "Revenue", "Churn"],
        ["Unit", "EUR", "%"],
        ["Owner", "Ann", "Bob"],
        ["Target", 100, 2],
        [date(2024, 1, 1), 90, 3],
        [date(2024, 2, 1), 95, 2.5],
        [date(2024, 3, 1), 101, 2.1],
    ]
    understood = read_book(tmp_path, {"KPI": rows})
    assert values(understood)["Churn"] == {"2024-01": 3.0, "2024-02": 2.5, "2024-03": 2.1}
    revenue = metric(understood, "Revenue")
    assert (revenue.unit, revenue.owner, target(revenue).target) == ("currency:EUR", "Ann", 100.0)


def test_years_merged_over_quarters_make_periods_and_the_target_column_stays_one(tmp_path: Path) -> None:
    def merge(sheet: Any) -> None:
        for cells in ("A2:A3", "B2:B3", "C2:F2", "G2:J2", "K2:K3"):
            sheet.merge_cells(cells)

    quarters = ["Q1", "Q2", "Q3", "Q4"]
    understood = read_book(
        tmp_path,
        {
            "Board": [
                ["Quarterly KPI report"],
                ["KPI", "Unit", 2023, None, None, None, 2024, None, None, None, "Target"],
                [None, None, *quarters, *quarters, None],
                ["On-time delivery", "%", 91, 92, 93, 94, 95, 94, 96, 97, 95],
            ]
        },
        merge,
    )
    delivery = values(understood)["On-time delivery"]
    assert (delivery["2023-Q1"], delivery["2024-Q4"], len(delivery)) == (91.0, 97.0, 8)
    assert target(metric(understood, "On-time delivery")).target == 95.0


def test_plan_and_actual_columns_per_month_become_targets_and_values(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Sheet1": [
                ["KPI", "Jan 2024 Plan", "Jan 2024 Actual", "Jan 2024 Variance", "Feb 2024 Plan", "Feb 2024 Actual"],
                ["Sales", 100, 98, -2, 110, 112],
            ]
        },
    )
    assert values(understood) == {"Sales": {"2024-01": 98.0, "2024-02": 112.0}}
    plans = metric(understood, "Sales").targets
    assert [(plan.target, str(plan.period.first_day) if plan.period else "") for plan in plans] == [
        (100.0, "2024-01-01"),
        (110.0, "2024-02-01"),
    ]


def test_plan_over_actual_in_a_second_header_row_is_the_same(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, ";Jan 2024;;Feb 2024;\nKennzahl;Soll;Ist;Soll;Ist\nUmsatz;100;98;110;112\nKosten;50;52;51;50\n"
    )
    assert values(understood)["Umsatz"] == {"2024-01": 98.0, "2024-02": 112.0}
    assert [plan.target for plan in metric(understood, "Kosten").targets] == [50.0, 51.0]


SCORECARD: list[list[object]] = [
    ["KPI", "Owner", "Unit", "Target", "Jan", "Feb", "Mar", "YTD"],
    ["Finance"],
    ["Gross margin", "Ann", "EUR", 42, 40, 41, None, 81],
    ["People"],
    ["Lost days", "Cy", "days", "< 5", 4, 6, 3, 13],
    ["* provisional"],
]


def test_a_scorecard_without_years_takes_the_year_of_its_title_and_says_so(tmp_path: Path) -> None:
    understood = read_book(tmp_path, {"Scorecard": [["Operations scorecard 2025"], *SCORECARD]})
    assert values(understood)["Lost days"] == {"2025-01": 4.0, "2025-02": 6.0, "2025-03": 3.0}
    assert [(draft.name, draft.theme) for draft in understood.metrics] == [
        ("Gross margin", "Finance"),
        ("Lost days", "People"),
    ]
    (asked,) = offers(understood, "year")
    assert (asked.chosen, asked.required) == ("2025", False)


def test_without_any_year_nothing_is_guessed_and_the_year_is_asked(tmp_path: Path) -> None:
    understood = read_book(tmp_path, {"Scorecard": SCORECARD})
    assert values(understood) == {}
    assert understood.counts.unanswered == 5
    assert offers(understood, "year")[0].required
    answered = read_book(tmp_path, {"Scorecard": SCORECARD}, mapping={"table": [{"year": "2023"}]})
    assert values(answered)["Gross margin"] == {"2023-01": 40.0, "2023-02": 41.0}


def test_months_that_wrap_around_belong_to_two_calendar_years(tmp_path: Path) -> None:
    months = ["Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar"]
    understood = read_book(
        tmp_path, {"Sheet1": [["Scorecard FY2023/24"], ["Measure", "Target", *months], ["Calls", 90, *range(80, 92)]]}
    )
    calls = values(understood)["Calls"]
    assert (calls["2023-04"], calls["2023-12"], calls["2024-01"], calls["2024-03"]) == (80.0, 88.0, 89.0, 91.0)


def test_one_sheet_per_kpi_is_called_after_its_sheet(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Revenue": [["Month", "Actual", "Target"], ["2024-01", 1, 2], ["2024-02", 3, 2]],
            "Churn rate (%)": [["Month", "Actual", "Target"], ["2024-01", 5, 4], ["2024-02", 3.5, 3]],
        },
    )
    assert values(understood)["Churn rate (%)"] == {"2024-01": 5.0, "2024-02": 3.5}
    assert metric(understood, "Churn rate (%)").unit == "percent"
    assert target(metric(understood, "Revenue")).target == 2.0
    assert [entry.target for entry in metric(understood, "Churn rate (%)").targets] == [4.0, 3.0]


def test_one_sheet_per_department_makes_metrics_of_each_department(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Sales": [["KPI", "Unit", "2023", "2024"], ["Headcount", "FTE", 10, 12]],
            "IT": [["KPI", "Unit", "2023", "2024"], ["Headcount", "FTE", 20, 22]],
        },
    )
    assert values(understood) == {
        "Headcount (Sales)": {"2023": 10.0, "2024": 12.0},
        "Headcount (IT)": {"2023": 20.0, "2024": 22.0},
    }
    assert len({draft.external_id for draft in understood.metrics}) == 2


def test_one_sheet_per_year_continues_the_same_metrics(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "2023": [["KPI", "Target", "Jan", "Feb"], ["Sales", 5, 1, 2]],
            "2024": [["KPI", "Target", "Jan", "Feb"], ["Sales", 6, 5, 6]],
        },
    )
    assert values(understood) == {"Sales": {"2023-01": 1.0, "2023-02": 2.0, "2024-01": 5.0, "2024-02": 6.0}}
    held = metric(understood, "Sales").targets
    assert [(one.target, str(one.valid_from.first_day) if one.valid_from else "") for one in held] == [
        (5.0, "2023-01-01"),
        (6.0, "2024-01-01"),
    ]


def test_one_sheet_per_month_takes_the_period_from_the_sheet(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Jan 2024": [["KPI", "Actual", "Target"], ["Sales", 1, 2], ["Cost", 3, 4]],
            "Feb 2024": [["KPI", "Actual", "Target"], ["Sales", 5, 6], ["Cost", 7, 8]],
        },
    )
    assert values(understood)["Sales"] == {"2024-01": 1.0, "2024-02": 5.0}
    assert [one.target for one in metric(understood, "Cost").targets] == [4.0, 8.0]


def test_rows_of_a_scenario_column_are_values_or_targets(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Department,KPI,Month,Scenario,Value\n"
        "Ops,Cost,2024-01,Actual,10\nOps,Cost,2024-01,Budget,9\n"
        "Ops,Cost,2024-02,Actual,11\nOps,Cost,2024-02,Budget,9.5\nOps,Cost,2024-02,Forecast,12\n"
        "HR,Cost,2024-01,Actual,4\nHR,Cost,2024-01,Budget,5\n",
    )
    assert values(understood) == {"Cost (Ops)": {"2024-01": 10.0, "2024-02": 11.0}, "Cost (HR)": {"2024-01": 4.0}}
    assert [plan.target for plan in metric(understood, "Cost (Ops)").targets] == [9.0, 9.5]
    assert (understood.counts.targets, understood.counts.left_out) == (3, 1)


def test_years_down_and_months_across_are_put_together(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "KPI,Year,Jan,Feb,Total\nSales,2023,1,2,3\nSales,2024,4,5,9\n")
    assert values(understood) == {"Sales": {"2023-01": 1.0, "2023-02": 2.0, "2024-01": 4.0, "2024-02": 5.0}}


def test_year_and_month_columns_make_one_period(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Year,Month,Revenue (EUR),Margin (%)\n2024,1,10,5\n2024,2,11,6\n2024,3,12,5.5\n")
    assert values(understood)["Margin"] == {"2024-01": 5.0, "2024-02": 6.0, "2024-03": 5.5}
    assert [draft.unit for draft in understood.metrics] == ["currency:EUR", "percent"]


def test_units_in_a_second_header_row_are_units(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Month,Revenue,Margin\n,EUR,%\n2024-01,100,5\n2024-02,110,6\n2024-03,120,7\n")
    assert [(draft.name, draft.unit) for draft in understood.metrics] == [
        ("Revenue", "currency:EUR"),
        ("Margin", "percent"),
    ]
    assert values(understood)["Revenue"] == {"2024-01": 100.0, "2024-02": 110.0, "2024-03": 120.0}


def test_two_tables_below_each_other_are_two_tables(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "KPIs": [
                ["Finance"],
                ["KPI", "Q1 2024", "Q2 2024"],
                ["Revenue", 1, 2],
                [],
                ["People"],
                ["KPI", "Unit", "2022", "2023"],
                ["Headcount", "FTE", 10, 11],
                [],
                ["Source: HR"],
            ]
        },
    )
    assert values(understood) == {
        "Revenue": {"2024-Q1": 1.0, "2024-Q2": 2.0},
        "Headcount": {"2022": 10.0, "2023": 11.0},
    }
    assert [draft.theme for draft in understood.metrics] == ["Finance", "People"]


def test_a_file_without_a_header_is_read_by_its_contents(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "S1,2024-01-01,5\nS1,2024-01-02,6\nS2,2024-01-01,7\n")
    assert values(understood) == {"S1": {"2024-01-01": 5.0, "2024-01-02": 6.0}, "S2": {"2024-01-01": 7.0}}


def test_a_list_of_kpis_without_values_is_a_list_of_drafts(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "KPI;Beschreibung;Formel;Einheit;Zielwert;Schwellenwert;Richtung;Turnus;Verantwortlich\n"
        "Umsatz;Alles;a+b;EUR;100;80;steigend;monatlich;Meier\n"
        "Ausfall;Zeit;x/y;%;2;5;fallend;wöchentlich;Kunz\n",
    )
    assert [table.role for table in understood.tables] == ["metric_list"]
    failure = metric(understood, "Ausfall")
    assert (failure.direction, failure.frequency, failure.how_measured) == ("down", "week", "x/y")
    assert (target(failure).target, target(failure).red_flag) == (2.0, 5.0)
    assert failure.missing == ()


def test_a_snapshot_without_a_date_asks_for_its_period(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "KPI,Target,Actual\nSales,100,90\nCost,50,60\n")
    assert values(understood) == {}
    assert offers(understood, "period")[0].required
    answered = read_text(tmp_path, "KPI,Target,Actual\nSales,100,90\n", mapping={"table": [{"period": "2024-03"}]})
    assert values(answered) == {"Sales": {"2024-03": 90.0}}


def test_a_snapshot_takes_the_month_of_its_title(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Monthly KPI report - March 2024\nKPI,Unit,Target,Actual,YTD\nSales,EUR,100,90,250\nCost,EUR,50,60,160\n",
    )
    assert values(understood) == {"Sales": {"2024-03": 90.0}, "Cost": {"2024-03": 60.0}}


def test_status_and_comment_columns_are_no_values(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Ref,KPI,Directorate,Good is,Target,Red threshold,Apr-23,May-23,RAG,Commentary\n"
        "K1,Calls answered,Ops,High,95%,85%,91%,96.5%,Green,fine\n",
    )
    calls = metric(understood, "Calls answered")
    assert (calls.external_id, calls.team, calls.direction, calls.unit) == ("K1", "Ops", "up", "percent")
    assert (target(calls).target, target(calls).red_flag) == (95.0, 85.0)
    assert (roles(understood)["RAG"], roles(understood)["Commentary"]) == ("ignored", "note")


def test_a_target_column_for_a_later_year_is_an_aim(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Indicator,Baseline 2020,2021,2022,2023,Target 2025\n"
        "Employment rate,65,66,67,68,70\nEmissions,100,95,90,85,60\n",
    )
    emissions = metric(understood, "Emissions")
    aim = target(emissions)
    assert (aim.target, str(aim.aim_by.first_day) if aim.aim_by else "") == (60.0, "2025-01-01")
    assert (emissions.baseline, emissions.direction) == (100.0, "down")
    assert values(understood)["Employment rate"] == {"2021": 66.0, "2022": 67.0, "2023": 68.0}


def test_school_years_written_as_six_digits_are_years(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "time_period,geographic_level,region_name,phase,headcount\n"
        "201011,National,,Total,1000\n201011,National,,Primary,600\n201011,Regional,North East,Total,100\n"
        "201112,National,,Total,1010\n201112,National,,Primary,610\n201112,Regional,North East,Total,101\n",
    )
    assert values(understood) == {"headcount": {"2010": 1000.0, "2011": 1010.0}}


def test_a_first_column_without_a_header_names_the_metrics(tmp_path: Path) -> None:
    understood = read_text(tmp_path, ",Jan 2024,Feb 2024\nRevenue,1,2\nCost,2,3\nProfit,-1,-1\n")
    assert values(understood)["Profit"] == {"2024-01": -1.0, "2024-02": -1.0}


def test_months_down_and_years_across_are_put_together(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Month,2022,2023\nJan,1,2\nFeb,4,5\nMar,7,8\n", "visits.csv")
    assert values(understood)["visits"] == {
        "2022-01": 1.0, "2023-01": 2.0, "2022-02": 4.0, "2023-02": 5.0, "2022-03": 7.0, "2023-03": 8.0,
    }  # fmt: skip


def test_names_written_once_per_group_hold_for_the_rows_below(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "Bereich;Kennzahl;Monat;Wert\nVertrieb;Umsatz;2024-01;5\n;;2024-02;6\n;Marge;2024-01;2\n;;2024-02;3\n"
    )
    assert values(understood) == {"Umsatz": {"2024-01": 5.0, "2024-02": 6.0}, "Marge": {"2024-01": 2.0, "2024-02": 3.0}}
    assert [draft.team for draft in understood.metrics] == ["Vertrieb", "Vertrieb"]


def test_texts_that_change_from_row_to_row_are_no_breakdown(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "KPI,Month,Value,Rating given\nA,2024-01,5,good\nA,2024-02,3,poor\nB,2024-01,5,good\nB,2024-02,6,good\n",
    )
    assert values(understood)["A"] == {"2024-01": 5.0, "2024-02": 3.0}
    assert offers(understood, "breakdown") == []


def test_a_snapshot_over_a_quarter_takes_the_quarter_of_its_title(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Table 1": [
                ["Table 1: KPIs by contract, January to March 2024"],
                ["Department", "Vendor", "KPI description", "Target", "Rating given", "Performance"],
                ["Education", "Acme", "Accuracy of marking", "95%", "Good", "97.2%"],
                ["Education", "Acme", "Calls answered", "90%", "Inadequate", "80%"],
            ]
        },
    )
    assert values(understood) == {"Accuracy of marking": {"2024-Q1": 97.2}, "Calls answered": {"2024-Q1": 80.0}}
