"""The shapes in which statistical offices publish their tables. All figures are invented."""

from pathlib import Path

from tests.exchange.understanding_files import metric, offers, read_book, read_text, roles, values

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def mixed_series() -> str:
    lines = [f"{year},{100 + year}" for year in range(1900, 1998)]
    lines += [f"{year} Q{quarter},{year + quarter / 10}" for year in (1996, 1997) for quarter in (1, 2, 3, 4)]
    lines += [f"1997 {month},{place}" for place, month in enumerate(MONTHS)]
    return "\n".join(lines) + "\n"


def test_years_quarters_and_months_of_one_column_are_kept_apart(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Date,Output\n" + mixed_series())
    found = values(understood)["Output"]
    assert (len(found), found["1997-01"], found["1997-12"]) == (12, 0.0, 11.0)
    (offer,) = offers(understood, "grain")
    assert (offer.chosen, set(offer.choices)) == ("month", {"month", "quarter", "year"})
    assert understood.problems == []
    assert understood.counts.left_out == 98 + 8


def test_another_grain_of_a_mixed_column_can_be_chosen(tmp_path: Path) -> None:
    for frequency, first in (("quarter", "1996-Q1"), ("year", "1900")):
        text = "Date,Output\n" + mixed_series()
        understood = read_text(tmp_path, text, mapping={"table": [{"frequency": frequency}]})
        assert next(iter(values(understood)["Output"])) == first


def test_a_preamble_down_the_side_names_and_measures_the_series(tmp_path: Path) -> None:
    head = '"Title","Output index"\n"CDID","ABX1"\n"PreUnit",""\n"Unit","%"\n"Release date","12-05-2024"\n'
    understood = read_text(tmp_path, head + mixed_series())
    assert (metric(understood, "Output index").unit, len(values(understood)["Output index"])) == ("percent", 12)


def test_columns_packed_into_the_first_are_taken_apart_and_flags_kept(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "freq,unit,sex,geo\\TIME_PERIOD\t2019 \t2020 \nA,PC,T,EU27_2020\t6.7 \t7.1 p\nA,PC,T,AT\t4.5 \t: \n"
        "A,PC,F,AT\t4.4 \t:c\n",
        "une.tsv",
    )
    assert values(understood) == {"une": {"2019": 6.7, "2020": 7.1}}
    assert [row[5] for block in understood.measurements() for row in block] == ["", "p"]
    assert roles(understood)["geo"] == "dimension"
    assert ("sex", "geo") in {offer.choices for offer in offers(understood, "breakdown")}


def test_a_sheet_with_flags_between_the_years_and_time_over_the_rows_is_read(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Sheet 1": [
                ["Data extracted on 03/06/2024"],
                ["Dataset: ", "Output by country [out_1]"],
                [],
                ["Unit of measure", None, "Percentage"],
                [],
                ["TIME", "2021", None, "2022", None],
                ["GEO (Labels)"],
                ["European Union - 27 countries (from 2020)", 10.5, None, 11.5, "p"],
                ["Belgium", 9.1, "b", ":", None],
                [],
                ["Special value"],
                [":", "not available"],
                [],
                ["p", "provisional"],
            ]
        },
    )
    assert values(understood) == {"Output by country": {"2021": 10.5, "2022": 11.5}}
    assert [row[5] for block in understood.measurements() for row in block] == ["", "p"]
    assert (understood.metrics[0].unit, understood.problems) == ("percent", [])


def test_a_period_said_twice_in_a_header_is_one(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Series Name,Series Code,Country Name,Country Code,2019 [YR2019],2020 [YR2020]\n"
        "GDP growth (annual %),NY.G,World,WLD,2.1,-3.0\nGDP growth (annual %),NY.G,Kenya,KEN,5.1,..\n"
        ",,,,,\nData from database: Indicators,,,,,\n",
    )
    assert values(understood) == {"GDP growth (annual %)": {"2019": 2.1, "2020": -3.0}}
    assert understood.metrics[0].external_id == "NY.G"


def test_where_no_row_is_of_the_whole_one_can_be_named(tmp_path: Path) -> None:
    text = "LOCATION,INDICATOR,TIME,Value,Flag Codes\nAUS,UNEMP,2019,6.1,\nAUT,UNEMP,2019,5.1,E\nAUS,UNEMP,2020,6.2,\n"
    (offer,) = offers(read_text(tmp_path, text), "headline")
    assert offer.choices == ("LOCATION = AUS", "LOCATION = AUT")
    answered = read_text(tmp_path, text, mapping={"table": [{"headline": {"LOCATION": "AUS"}}]})
    assert values(answered) == {"UNEMP": {"2019": 6.1, "2020": 6.2}}


def test_of_codes_and_labels_the_labels_are_shown(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "REF_AREA,Reference area,MEASURE,Measure,UNIT_MULT,TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
        "OECD,OECD,UNE_M,Unemployment rate,0,2023-Q1,5.1,A\nFRA,France,UNE_M,Unemployment rate,0,2023-Q1,7.1,A\n"
        "OECD,OECD,UNE_M,Unemployment rate,0,2023-Q2,5.2,A\nFRA,France,UNE_M,Unemployment rate,0,2023-Q2,7.2,E\n",
    )
    assert values(understood) == {"Unemployment rate": {"2023-Q1": 5.1, "2023-Q2": 5.2}}
    assert understood.metrics[0].external_id == "UNE_M"


def test_a_thirteenth_month_is_the_year_and_never_a_month(tmp_path: Path) -> None:
    months = "".join(f"LNS1,{year},M{month:02d},{month}\n" for year in (2021, 2022) for month in range(1, 14))
    understood = read_text(tmp_path, "Series ID,Year,Period,Value\n" + months)
    found = values(understood)["LNS1"]
    assert (len(found), found["2021-01"], found["2022-12"]) == (24, 1.0, 12.0)
    assert understood.problems == []
    yearly = read_text(tmp_path, "Series ID,Year,Period,Value\n" + months, mapping={"table": [{"frequency": "year"}]})
    assert values(yearly)["LNS1"] == {"2021": 13.0, "2022": 13.0}


def test_the_annual_column_beside_months_is_left_out_and_named(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Data": [
                ["Series Id:", "LNS1"],
                ["Series title:", "Unemployment rate"],
                ["Years:", "2020 to 2021"],
                [],
                ["Year", "Jan", "Feb", "Mar", "Annual"],
                [2020, 3.5, 3.6, 3.7, 3.6],
                [2021, 4.5, 4.6, 4.7, 4.6],
            ]
        },
    )
    assert values(understood)["Unemployment rate"]["2021-03"] == 4.7
    assert len(values(understood)["Unemployment rate"]) == 6
    assert any("Annual" in note.message for note in understood.notes)


def statistics_canada() -> str:
    head = "REF_DATE,GEO,DGUID,Characteristics,Sex,UOM,SCALAR_FACTOR,VECTOR,COORDINATE,VALUE,STATUS,SYMBOL,DECIMALS\n"
    lines = []
    for month in (1, 2, 3):
        for geo, code in (("Canada", "2016A000011124"), ("Ontario", "2016A000235")):
            for sex, place in (("Both sexes", 1), ("Males", 2)):
                for name, unit, factor in (("Employment", "Persons", "thousands"), ("Rate", "Percentage", "units")):
                    value, mark = (f"{100 * place + month}.5", "E") if month < 3 else ("", "x")
                    code_of = f"{geo[0]}{sex[0]}{name[0]}"
                    lines.append(f"2020-{month:02d},{geo},{code},{name},{sex},{unit},{factor},v{code_of},1.{place}.1,"
                                 f"{value},{mark},,1\n")  # fmt: skip
    return head + "".join(lines)


def test_scalar_factors_multiply_and_marks_beside_empty_cells_are_missing_values(tmp_path: Path) -> None:
    understood = read_text(tmp_path, statistics_canada())
    assert values(understood) == {
        "Employment": {"2020-01": 101_500.0, "2020-02": 102_500.0, "2020-03": None},
        "Rate": {"2020-01": 101.5, "2020-02": 102.5, "2020-03": None},
    }
    assert [draft.unit for draft in understood.metrics] == ["count", "percent"]
    assert {row[5] for block in understood.measurements() for row in block} == {"E", "x"}
    assert any(note.key == "whole-by-place" and "Canada" in note.message for note in understood.notes)
    assert roles(understood)["VECTOR"] == "ignored"


def test_a_german_table_of_nameless_years_over_months_is_read(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Tabelle: 61111-0002;;;\nVerbraucherpreisindex: Deutschland, Monate;;;\n;;;\nStatistik;;;\nDeutschland;;;\n"
        ";;Verbraucherpreisindex;Veränderung zum Vorjahr\n;;2020=100;in (%)\n"
        "2021;Januar;101,0;+1,4\n;Februar;101,6;+1,6\n;März;102,1;+1,9\n;Dezember;104,7;+4,1\n"
        "2022;Januar;105,2;...\n;Februar;-;.\n__________;;;\nRechtsstand ab 1990;;;\nStand: 03.06.2024 / 11:02:11;;;\n",
    )
    index = values(understood)["Verbraucherpreisindex 2020=100"]
    assert (list(index), index["2021-03"], index["2022-01"], index["2022-02"]) == (
        ["2021-01", "2021-02", "2021-03", "2021-12", "2022-01", "2022-02"], 102.1, 105.2, None,
    )  # fmt: skip
    assert metric(understood, "Veränderung zum Vorjahr").unit == "percent"
    assert understood.problems == []


def test_the_unit_decides_which_column_names_the_metrics_and_codes_never_the_number_format(tmp_path: Path) -> None:
    understood = read_text(
        tmp_path,
        "Country\tSubject\tCoordinate\tUnits\tScale\t2020\t2021\n"
        "World\tOutput\t1.1.1\tPercent change\t\t-2.351\t3.5\nWorld\tIncome\t1.2.1\tUS dollars\tBillions\t1.5\t--\n"
        "Chad\tOutput\t1.1.2\tPercent change\t\t1.25\t3.5\nChad\tIncome\t1.2.2\tUS dollars\tBillions\t0.5\t0.75\n",
    )
    assert values(understood) == {
        "Output": {"2020": -2.351, "2021": 3.5},
        "Income": {"2020": 1_500_000_000.0, "2021": None},
    }


def test_indicators_are_called_by_their_words_and_not_by_their_numbers(tmp_path: Path) -> None:
    rows = "".join(
        f"{goal},{code},{series},{name},{area},{year},{year - 2000},{mark}\n"
        for goal, code, series, name in ((1, "1.1.1", "SI_POV", "Poverty rate (%)"), (3, "3.1.1", "SH_MOR", "Deaths"))
        for area in ("World", "Kenya") for year, mark in ((2015, "C"), (2016, "E"))
    )  # fmt: skip
    understood = read_text(
        tmp_path, "Goal,Indicator,SeriesCode,SeriesDescription,GeoAreaName,TimePeriod,Value,Nature\n" + rows
    )
    assert values(understood) == {
        "Poverty rate (%)": {"2015": 15.0, "2016": 16.0}, "Deaths": {"2015": 15.0, "2016": 16.0},
    }  # fmt: skip
    assert [draft.external_id for draft in understood.metrics] == ["SI_POV", "SH_MOR"]


def test_bounds_and_errors_of_a_value_become_no_metrics_of_their_own(tmp_path: Path) -> None:
    text = (
        "Indicator,Year,Rate,95% CI lower,95% CI upper,Standard error,p value,n\n"
        "Falls,2019,4.5,4.0,5.0,0.5,0.03,3019\nFalls,2020,5.5,5.0,6.0,0.5,0.03,3020\n"
    )
    understood = read_text(tmp_path, text)
    assert values(understood) == {"Falls": {"2019": 4.5, "2020": 5.5}}
    assert understood.metrics[0].targets == []
    (offer,) = offers(understood, "columns")
    assert offer.choices == ("95% CI lower", "95% CI upper", "Standard error", "p value", "n")
    asked = read_text(tmp_path, text, mapping={"table": [{"columns": {"n": "number"}}]})
    assert values(asked)["Falls – n"] == {"2019": 3019.0, "2020": 3020.0}


def fingertips() -> str:
    head = (
        "Indicator ID,Indicator Name,Parent Name,Area Code,Area Name,Area Type,Sex,Time period,Value,"
        "Lower CI 95.0 limit,Upper CI 95.0 limit,Count,Denominator,Value note,Recent Trend\n"
    )
    lines = []
    for key, name, periods in (
        (90362, "Healthy life", ("2014 - 16", "2015 - 17")),
        (20, "Smoking", ("2016/17", "2017/18")),
    ):
        for code, area, kind, parent in (("E92", "England", "England", ""), ("E06", "Hull", "District", "England")):
            for sex in ("Male", "Female", "Persons"):
                for place, period in enumerate(periods):
                    lines.append(f"{key},{name},{parent},{code},{area},{kind},{sex},{period},"
                                 f"{60 + place},59,61,10,100,,{'Rising' if place else ''}\n")  # fmt: skip
    return head + "".join(lines)


def test_spans_of_years_and_paired_years_are_periods_and_england_is_the_whole(tmp_path: Path) -> None:
    understood = read_text(tmp_path, fingertips())
    assert values(understood)["Healthy life"] == {"2014/2016": 60.0, "2015/2017": 61.0}
    assert values(understood)["Smoking"] == {"2016": 60.0, "2017": 61.0}
    assert {offer.choices for offer in offers(understood, "breakdown")} == {
        ("Area Name",), ("Sex",), ("Area Name", "Sex"),
    }  # fmt: skip


def test_paired_years_begin_in_april_or_with_the_school_year_unless_said_otherwise(tmp_path: Path) -> None:
    def first_month(text: str, mapping: dict[str, object] | None = None) -> int:
        understood = read_text(tmp_path, text, mapping=mapping)
        start = next(row[1] for block in understood.measurements() for row in block)
        return (start - 420_768) // (24 * 28) % 13 + 1  # months after January 2018

    money = "Measure,2018/19,2019/20\nSpending,5,6\n"
    assert first_month(money) == 4
    assert first_month("Academic year,Absences\n2018/19,5\n2019/20,6\n") == 9
    assert first_month(money, {"year_start_month": 7}) == 7
    assert offers(read_text(tmp_path, money), "year_start")[0].chosen == "4"


def test_months_that_end_quarters_and_years_ending_in_june_are_what_they_span(tmp_path: Path) -> None:
    quarters = read_text(tmp_path, "Indicator,Sep-2019,Dec-2019,Mar-2020,Jun-2020\nCPI,115,116,117,118\n")
    assert list(values(quarters)["CPI"]) == ["2019-Q3", "2019-Q4", "2020-Q1", "2020-Q2"]
    monthly = read_text(
        tmp_path, "Indicator,Sep-2019,Dec-2019,Mar-2020\nCPI,115,116,117\n", mapping={"table": [{"frequency": "month"}]}
    )
    assert list(values(monthly)["CPI"]) == ["2019-09", "2019-12", "2020-03"]
    years = read_text(
        tmp_path, "Measure,Year ended June 2019,Year ended June 2020,Year ended June 2021\nDebt,20,26,30\n"
    )
    assert (years.metrics[0].frequency, years.metrics[0].span) == ("year", 1)


def test_a_table_of_places_and_counts_takes_its_period_from_above_and_the_country_as_whole(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Provider data": [
                [],
                [None, "Title:", "Attendances"],
                [None, "Period:", "May 2024"],
                [None, "Published:", "13 June 2024"],
                [],
                [None, "Code", "Region", "Name", "Type 1", "Type 2", "All types"],
                [None, "-", None, "England", 1300, 700, 2000],
                [None, "RA1", "North", "Airedale", 300, 200, 500],
                [None, "RB1", "South", "Croydon", 1000, 500, 1500],
            ]
        },
    )
    assert values(understood) == {
        "Type 1": {"2024-05": 1300.0}, "Type 2": {"2024-05": 700.0}, "All types": {"2024-05": 2000.0},
    }  # fmt: skip


def test_columns_of_regions_are_a_breakdown_of_the_country_that_can_be_taken(tmp_path: Path) -> None:
    sheets = {
        year: [[f"Table 1: Coverage, {year}"], [], ["Measure", "England", "North", "South"], ["MMR (%)", 90, 91, 89]]
        for year in ("2020-21", "2021-22")
    }
    understood = read_book(tmp_path, sheets)
    assert values(understood) == {"MMR (%)": {"2020": 90.0, "2021": 90.0}}
    chosen = read_book(tmp_path, sheets, mapping={"table": [{"breakdowns": [["columns"]]}]})
    assert set(values(chosen)) == {"MMR (%)", "MMR (%): North", "MMR (%): South"}


def test_contents_notes_and_covers_hold_no_values(tmp_path: Path) -> None:
    understood = read_book(
        tmp_path,
        {
            "Cover": [["Statistical bulletin"], ["Issued by the office"]],
            "Contents": [["Table", "Title"], ["1", "Waiting times by month"], ["2", "Complaints"]],
            "Notes": [["Note", "Text"], ["1", "Figures are rounded."], ["2", "Some are provisional."]],
            "1": [["Table 1: Waits"], ["Month", "Median (weeks)"], ["2024-01", 7.1], ["2024-02", 7.3]],
        },
    )
    assert values(understood) == {"Median": {"2024-01": 7.1, "2024-02": 7.3}}
    assert all(table.reason for table in understood.tables if not table.is_series)
    assert offers(understood, "period") == []
