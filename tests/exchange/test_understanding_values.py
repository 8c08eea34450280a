"""What becomes of single cells: numbers, qualifiers, gaps, typing errors, shares, ambiguous dates."""

from pathlib import Path
from typing import Any

from sextant.exchange.understanding import Understanding
from tests.exchange.understanding_files import metric, offers, read_book, read_text, target, values


def rows(understood: Understanding) -> list[tuple[float | None, str, str]]:
    """Value, state and qualifier of every measurement."""
    return [(entry[3], entry[4], entry[5]) for block in understood.measurements() for entry in block]


def test_a_missing_value_is_not_zero(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "KPI,Month,Value\nA,2024-01,\nA,2024-02,0\nA,2024-03,NA\nA,2024-04,<1\nA,2024-05,2019*\n"
    )
    assert rows(understood) == [
        (0.0, "observed", ""),
        (None, "observed", "NA"),
        (1.0, "observed", "<"),
        (2019.0, "observed", "*"),
    ]
    assert (understood.counts.skipped, understood.counts.missing, understood.counts.measurements) == (1, 1, 3)
    assert understood.problems == []


def test_not_applicable_is_a_state_of_its_own(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "KPI,Month,Value\nA,2024-01,5\nA,2024-02,not applicable\n")
    assert rows(understood)[1][:2] == (None, "not_applicable")


def test_what_cannot_be_read_is_reported_with_file_row_and_column(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Monat;KPI;Wert\nJanuar 2024;A;1\nFebuar 2024;A;2\nMärz 2024;A;viel\nApril 2024;A;#REF!\n"
        "Mai 2024;A;3\nJuni 2024;A;4\n",
        "typos.csv",
    )
    assert values(understood) == {"A": {"2024-01": 1.0, "2024-05": 3.0, "2024-06": 4.0}}
    assert [(problem.file, problem.row, problem.column, problem.key) for problem in understood.problems] == [
        ("typos.csv", 3, "Monat", "unreadable-period"),
        ("typos.csv", 4, "Wert", "not-a-number"),
        ("typos.csv", 5, "Wert", understood.problems[2].key),
    ]
    assert "#REF!" in understood.problems[2].message
    assert understood.counts.unreadable == 3


def test_numbers_that_no_float_may_hold_are_refused(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "KPI,Month,Value\nA,2024-01,1\nA,2024-02,NaN\nA,2024-03,Infinity\nA,2024-04,1e400\nA,2024-05,1_0\n"
    )
    assert values(understood) == {"A": {"2024-01": 1.0}} or values(understood)["A"].get("2024-02") is None
    assert all(value is None or value == 1.0 for value in values(understood)["A"].values())
    assert {problem.row for problem in understood.problems} >= {4, 5, 6}


def test_padded_and_grouped_numbers_are_read(tmp_path: Path) -> None:
    understood = read_text(tmp_path, 'key,date,value\nA,2024-01, 5.5 \nA,2024-02,"1,234.125"\n A ,2024-03,7\n')
    assert values(understood) == {"A": {"2024-01": 5.5, "2024-02": 1234.125, "2024-03": 7.0}}


def test_repeats_are_handed_on_in_the_order_of_the_file(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "key,date,value\nA,2024-02,1\nA,2024-01,2\nA,2024-01,3\n")
    found = [(entry[3], entry[7]) for block in understood.measurements() for entry in block]
    assert found == [(1.0, 2), (2.0, 3), (3.0, 4)]


def test_semicolons_between_columns_decide_what_a_comma_means(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "key;date;value\nA;2024-01;65,103\nA;2024-02;66,250\n", "a.csv")
    assert values(understood) == {"A": {"2024-01": 65.103, "2024-02": 66.25}}
    (asked,) = offers(understood, "number_format")
    assert asked.chosen == ","
    proven = read_text(tmp_path, "key;date;value\n" + "A;2024-01;65,103\n" * 1500 + "A;2024-02;18650937,907\n", "b.csv")
    assert values(proven) == {"A": {"2024-01": 65.103, "2024-02": 18650937.907}}


def test_the_mapping_can_say_the_number_format(tmp_path: Path) -> None:
    understood = read_text(tmp_path, 'key,date,value\nA,2024-01,"65,103"\n', mapping={"table": [{"decimal": ","}]})
    assert values(understood) == {"A": {"2024-01": 65.103}}


def test_percent_cells_of_a_workbook_are_stored_from_0_to_100(tmp_path: Path) -> None:
    def as_percent(sheet: Any) -> None:
        for cell in ("B2", "C2", "D2"):
            sheet[cell].number_format = "0.0%"

    understood = read_book(
        tmp_path,
        {"S": [["KPI", "Target", "Jan 2024", "Feb 2024"], ["Margin", 0.4, 0.38, 1.25], ["Sales", 100, 90, 95]]},
        as_percent,
    )
    assert values(understood) == {
        "Margin": {"2024-01": 38.0, "2024-02": 125.0},
        "Sales": {"2024-01": 90.0, "2024-02": 95.0},
    }
    assert (metric(understood, "Margin").unit, target(metric(understood, "Margin")).target) == ("percent", 40.0)


SHARES = "Month,KPI,Unit,Value\n" + "".join(
    f"2024-{month:02d},On time,%,{0.8 + month / 100}\n" for month in range(1, 9)
)


def test_shares_of_one_under_a_percent_unit_are_scaled_and_said(tmp_path: Path) -> None:
    understood = read_text(tmp_path, SHARES)
    assert values(understood)["On time"]["2024-01"] == 81.0
    assert [note.key for note in understood.notes] == ["share-times-100"]
    assert offers(understood, "scale")[0].chosen == "100"
    kept = read_text(tmp_path, SHARES, mapping={"table": [{"scale": 1}]})
    assert values(kept)["On time"]["2024-01"] == 0.81


def test_small_percentages_are_left_alone(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "Month,KPI,Unit,Value\n2024-01,Errors,%,0.05\n2024-02,Errors,%,0.06\n2024-03,Errors,%,0.04\n"
    )
    assert values(understood)["Errors"]["2024-01"] == 0.05
    assert offers(understood, "scale")[0].chosen == "1"


def test_dates_that_can_be_read_in_two_ways_are_asked_about(tmp_path: Path) -> None:
    text = "KPI,Date,Value\nA,1/2/2024,5\nA,1/3/2024,6\nA,1/4/2024,6\n"
    understood = read_text(tmp_path, text)
    (asked,) = offers(understood, "date_order")
    assert asked.chosen == "day first"
    assert values(understood) == {"A": {"2024-02": 5.0, "2024-03": 6.0, "2024-04": 6.0}}
    american = read_text(tmp_path, text, mapping={"table": [{"day_first": False}]})
    assert set(values(american)["A"]) == {"2024-01-02", "2024-01-03", "2024-01-04"}


def test_dates_proven_month_first_are_not_asked_about(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "KPI,Date,Value\nA,1/1/2024,5\nA,1/8/2024,6\nA,1/15/2024,6\n")
    assert offers(understood, "date_order") == []
    assert values(understood) == {"A": {"2024-W01": 5.0, "2024-W02": 6.0, "2024-W03": 6.0}}


def test_values_within_an_hour_keep_their_time_as_note(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "timestamp,value\n2024-01-01 00:00:00,1\n2024-01-01 00:05:00,2\n2024-01-01 01:00:00,4\n", "cpu.csv"
    )
    cpu = metric(understood, "cpu")
    assert (cpu.frequency, cpu.sub_hourly) == ("hour", True)
    notes = [entry[6] for block in understood.measurements() for entry in block]
    assert notes == ["2024-01-01 00:00:00", "2024-01-01 00:05:00", "2024-01-01 01:00:00"]
    daily = read_text(
        tmp_path, "timestamp,value\n2024-01-01 00:00:00,1\n2024-01-01 00:05:00,2\n2024-01-02 01:00:00,4\n", "cpu.csv",
        {"table": [{"frequency": "day", "aggregation": "sum"}]},
    )  # fmt: skip
    assert (daily.metrics[0].frequency, daily.metrics[0].found_frequency, daily.metrics[0].aggregation) == (
        "day",
        "hour",
        "sum",
    )


def test_notes_marks_and_provisional_values_stay_with_their_value(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path, "KPI,Month,Value,Flag,Data status,Comment\nA,2024-01,5,e,provisional,strike\nA,2024-02,6,,,\n"
    )
    (first, second) = [entry for block in understood.measurements() for entry in block]
    assert first[3:7] == (5.0, "estimated", "e", "strike")
    assert second[3:7] == (6.0, "observed", "", "")


def test_rolling_spans_fiscal_years_and_quarters_are_periods(tmp_path: Path) -> None:
    spans = read_text(tmp_path, "Year,Value\n2005-2007,63\n2006-2008,64\n", "spans.csv")
    assert (spans.metrics[0].frequency, spans.metrics[0].span) == ("year", 3)
    fiscal = read_text(tmp_path, "Year,Value\n2017-18,20\n2018-19,21\n", "fiscal.csv")
    assert (fiscal.metrics[0].frequency, fiscal.metrics[0].span) == ("year", 1)
    quarters = read_text(tmp_path, "Quarter,Value\n2015 Q4,178.8\n2016 Q4,188.4\n", "quarters.csv")
    assert values(quarters) == {"quarters": {"2015-Q4": 178.8, "2016-Q4": 188.4}}


def test_the_header_repeated_inside_a_file_is_no_row(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "key,date,value\nA,2024-01,5\nkey,date,value\nA,2024-02,6\n")
    assert values(understood) == {"A": {"2024-01": 5.0, "2024-02": 6.0}}
    assert understood.problems == []
