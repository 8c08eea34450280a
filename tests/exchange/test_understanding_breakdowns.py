"""The whole and its parts: headlines, totals, measures, and sums that are made only when chosen."""

from pathlib import Path

import pytest

from tests.exchange.understanding_files import metric, offers, read_files, read_text, values

BY_REGION = (
    "Year,Region,Gender,GeoCode,Value\n"
    "2022,,,,10\n2022,North,,1,12\n2022,,Women,,9\n2022,North,Women,1,8\n"
    "2023,,,,11\n2023,North,,1,13\n2023,,Women,,10\n2023,North,Women,1,9\n"
)


def test_rows_without_any_member_are_the_whole_and_the_rest_is_offered(tmp_path: Path) -> None:
    understood = read_text(tmp_path, BY_REGION, "poverty.csv")
    assert values(understood) == {"poverty": {"2022": 10.0, "2023": 11.0}}
    assert understood.counts.breakdown == 6
    assert {offer.choices for offer in offers(understood, "breakdown")} == {
        ("Region",),
        ("Gender",),
        ("Region", "Gender"),
    }


def test_chosen_breakdowns_become_metrics_under_their_headline(tmp_path: Path) -> None:
    understood = read_text(tmp_path, BY_REGION, "poverty.csv", {"table": [{"breakdowns": [["Gender"]]}]})
    assert values(understood)["poverty: Women"] == {"2022": 9.0, "2023": 10.0}
    women = metric(understood, "poverty: Women")
    assert (women.part_of, women.slice) == (metric(understood, "poverty").index, {"Gender": "Women"})
    assert len(understood.metrics) == 2


def test_rows_named_total_are_the_whole(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Region,2022,2023\nNorth,5,6\nSouth,8,9\nTotal,14,15\n", "output.csv")
    assert values(understood) == {"output": {"2022": 14.0, "2023": 15.0}}
    assert any(note.key == "headline-by-total" for note in understood.notes)


def test_a_member_that_begins_with_all_is_not_the_whole(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "Year,Occupation,Value\n2022,All management jobs,30\n2022,Judges,40\n2023,All management jobs,31\n"
    )
    assert values(understood) == {}
    assert [draft.has_values for draft in understood.metrics] == [False]


def test_a_member_that_is_the_sum_of_all_others_is_the_whole(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Period,Trust,Attendances\n2024-04,A,100\n2024-04,B,200\n2024-04,England,300\n"
        "2024-05,A,110\n2024-05,B,210\n2024-05,England,320\n",
    )
    assert values(understood) == {"Attendances": {"2024-04": 300.0, "2024-05": 320.0}}
    assert any(note.key == "whole-by-sum" for note in understood.notes)


def test_files_without_a_whole_add_nothing_up_by_themselves(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Month,Store,Revenue\n2024-01,A,10\n2024-01,B,30\n2024-02,A,11\n2024-02,B,31\n")
    assert values(understood) == {}
    assert [offer.chosen for offer in offers(understood, "roll_up")] == [""]
    chosen = read_text(
        tmp_path, "Month,Store,Revenue\n2024-01,A,10\n2024-01,B,30\n2024-02,A,11\n2024-02,B,31\n", "other.csv",
        {"table": [{"roll_up": "sum", "breakdowns": [["Store"]]}]},
    )  # fmt: skip
    assert values(chosen) == {
        "Revenue": {"2024-01": 40.0, "2024-02": 42.0},
        "Revenue: A": {"2024-01": 10.0, "2024-02": 11.0},
        "Revenue: B": {"2024-01": 30.0, "2024-02": 31.0},
    }


def test_a_column_of_constant_units_is_no_breakdown(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "Year,Units,Region,Value\n2022,EUR,,5\n2022,EUR,North,6\n2023,EUR,,7\n", "income.csv"
    )
    assert values(understood) == {"income": {"2022": 5.0, "2023": 7.0}}
    assert understood.metrics[0].unit == "currency:EUR"


def test_a_column_of_series_names_the_metrics_when_nothing_else_does(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Year,Series,Value\n2022,Visits,100\n2023,Visits,110\n2023,Calls,10\n")
    assert values(understood) == {"Visits": {"2022": 100.0, "2023": 110.0}, "Calls": {"2023": 10.0}}


def test_a_second_measure_becomes_a_metric_of_its_own(tmp_path: Path) -> None:
    understood = read_files(
        tmp_path,
        {
            "list.csv": "ID,Indicator,Direction\nH-1,Homelessness,down\nH-2,Other,up\n",
            "H-1.csv": "Year,Series,Units,Value\n2022,People without a home,Number,100\n"
            "2023,People without a home,Number,110\n2023,Change since the year 2022,Percent,10\n",
        },
    )
    assert values(understood) == {
        "Homelessness": {"2022": 100.0, "2023": 110.0},
        "Change since the year 2022 – Percent": {"2023": 10.0},
    }
    further = metric(understood, "Change since the year 2022 – Percent")
    assert (further.measure_of, further.unit) == (0, "percent")


PARTS = (
    "Month,Ward,In time,Late,All,Share in time\n"
    "2024-01,A,90,10,100,90.0%\n2024-01,B,10,10,20,50.0%\n"
    "2024-02,A,80,20,100,80.0%\n2024-02,B,30,10,40,75.0%\n"
)


def test_columns_that_add_up_and_shares_of_them_are_recognised(tmp_path: Path) -> None:
    understood = read_text(tmp_path, PARTS)
    (ratio,) = offers(understood, "ratio")
    assert "“In time” divided by “All”" in ratio.message
    assert any(note.key == "total-of-columns" for note in understood.notes)
    share = metric(understood, "Share in time")
    assert (share.aggregation, share.numerator, share.denominator) == ("ratio", "In time", "All")
    assert share.numerator_metric == metric(understood, "In time").index


def test_a_share_over_several_rows_is_the_ratio_of_the_sums(tmp_path: Path) -> None:
    understood = read_text(tmp_path, PARTS, mapping={"table": [{"roll_up": "sum"}]})
    shares = values(understood)["Share in time"]
    assert shares["2024-01"] == pytest.approx(100 * 100 / 120)
    assert shares["2024-02"] == pytest.approx(100 * 110 / 140)
    assert values(understood)["All"] == {"2024-01": 120.0, "2024-02": 140.0}


def test_the_same_row_twice_is_not_added_twice(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Month,Store,Revenue\n2024-01,A,10\n2024-01,A,10\n2024-01,B,5\n",
        mapping={"table": [{"roll_up": "sum"}]},
    )
    assert values(understood) == {"Revenue": {"2024-01": 15.0}}
    assert [(problem.key, problem.row) for problem in understood.problems] == [("repeat-in-sum", 3)]


def test_numerator_and_denominator_make_the_ratio(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "Quarter,Indicator,Numerator,Denominator\n2024-Q1,Seen in time,90,120\n2024-Q2,Seen in time,80,100\n"
    )
    assert values(understood)["Seen in time"] == {"2024-Q1": 75.0, "2024-Q2": 80.0}
    ratio = metric(understood, "Seen in time")
    assert (ratio.unit, ratio.aggregation) == ("percent", "ratio")
    assert [
        understood.metrics[part].name for part in (ratio.numerator_metric, ratio.denominator_metric) if part is not None
    ] == [
        "Seen in time – Numerator",
        "Seen in time – Denominator",
    ]


def test_a_column_that_only_describes_each_metric_splits_nothing(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "KPI,Data system,Department,2022,2023\nSales,ERP,Finance,1,2\nStaff,HRM,People,3,4\n"
    )
    assert values(understood) == {"Sales": {"2022": 1.0, "2023": 2.0}, "Staff": {"2022": 3.0, "2023": 4.0}}
    assert [draft.team for draft in understood.metrics] == ["Finance", "People"]


def test_a_code_beside_its_name_is_no_dimension_of_its_own(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Date,Site ID,Site,Visits\n"
        "2024-01,7,Old town,5\n2024-01,9,Harbour,6\n2024-02,7,Old town,4\n2024-02,9,Harbour,3\n",
    )
    assert [offer.choices for offer in offers(understood, "breakdown")] == [("Site",)]


def test_a_second_number_of_unknown_meaning_is_asked_about_when_targets_come_from_elsewhere(tmp_path: Path) -> None:
    files = {
        "meta.csv": "ID,Indicator,Direction,Target\nA1,Unpaid work,down,1\nA2,Other,up,5\n",
        "A1.csv": "Year,Value,Quotient\n2022,12.5,1.5\n2023,12.1,1.4\n",
        "A2.csv": "Year,Value\n2022,3\n2023,4\n",
    }
    understood = read_files(tmp_path, files)
    assert values(understood) == {"Other": {"2022": 3.0, "2023": 4.0}}
    (asked,) = offers(understood, "value_column")
    assert (asked.required, asked.choices) == (True, ("Value", "Quotient"))
    answered = read_files(tmp_path, files, {"table": [{"file": "A1.csv", "value_column": "Quotient"}]})
    assert values(answered)["Unpaid work"] == {"2022": 1.5, "2023": 1.4}
