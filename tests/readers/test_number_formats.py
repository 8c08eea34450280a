"""What number formats show, and which are dates."""

from datetime import datetime

import pytest

from sextant.readers.number_formats import date_of, date_text, general_text, number_text, read_format, time_text


@pytest.mark.parametrize(
    ("code", "shows"),
    [
        ("", "number"),
        ("General", "number"),
        ("0.0%", "number"),
        ("#,##0.00", "number"),
        ("0.00E+00", "number"),
        ('0 "days"', "number"),
        ("[Red]0", "number"),
        ("[$€-407] #,##0.00", "number"),
        ("#,##0\\ [$Mrd]", "number"),
        ("@", "number"),
        ("yyyy-mm-dd", "date"),
        ("DD/MM/YYYY", "date"),
        ("mmm yy", "date"),
        ("mmm", "date"),
        ("[$-409]mmmm yyyy;@", "date"),
        ('d"."mm"."yyyy', "date"),
        ("yyyy-mm-dd h:mm", "date"),
        ("h:mm", "time"),
        ("[h]:mm:ss", "time"),
        ("mm:ss", "time"),
        ("h:mm AM/PM", "time"),
    ],
)
def test_formats_are_told_apart(code: str, shows: str) -> None:
    assert read_format(code).shows == shows


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.825, "0%", "83%"),
        (1e300, "0.00", "1" + "0" * 300 + ".00"),
        (0.825, "0.0%", "82.5%"),
        (1273, "#,##0", "1,273"),
        (-1273, "#,##0;(#,##0)", "(1,273)"),
        (-5, "#,##0", "-5"),
        (0, '0;-0;"none"', "none"),
        (3.5, '0.0" kg"', "3.5 kg"),
        (3.5, "[$€-407] 0.00", "€ 3.50"),
        (1500000, '0.0,,"m"', "1.5m"),
        (12345, "0.00E+00", "1.23E+04"),
        (5, "000", "005"),
        (1.5, "0.##", "1.5"),
        (0.5, "# ?/?", "0.5"),
        (7, "[>5]0;0.0", "7"),
        (-0.001, "0.0", "0.0"),
    ],
)
def test_numbers_are_shown_as_the_format_says(value: float, code: str, text: str) -> None:
    assert number_text(value, code) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.1 + 0.2, "0.3"), (42.0, "42"), (1e21, "1E+21"), (-1.5, "-1.5"), (2 / 3, "0.666666666666667")]
)  # fmt: skip
def test_general_numbers_show_fifteen_digits(value: float, text: str) -> None:
    assert general_text(value) == text


@pytest.mark.parametrize(
    ("serial", "since_1904", "moment"),
    [
        (1, False, datetime(1900, 1, 1)),
        (59, False, datetime(1900, 2, 28)),
        (61, False, datetime(1900, 3, 1)),
        (45292, False, datetime(2024, 1, 1)),
        (45292.5625, False, datetime(2024, 1, 1, 13, 30)),
        (43830, True, datetime(2024, 1, 1)),
        (60, False, None),
        (-1, False, None),
        (3e6, False, None),
    ],
)
def test_serial_numbers_are_days(serial: float, since_1904: bool, moment: datetime | None) -> None:
    assert date_of(serial, since_1904) == moment


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("yyyy-mm-dd", "2022-03-04"),
        ("d/m/yy", "4/3/22"),
        ("mmm yyyy", "Mar 2022"),
        ("dddd, d mmmm yyyy", "Friday, 4 March 2022"),
        ("yyyy-mm-dd hh:mm:ss", "2022-03-04 15:06:07"),
        ("h:mm AM/PM", "3:06 PM"),
        ('yyyy"-Q"', "2022-Q"),
    ],
)
def test_dates_are_shown_as_the_format_says(code: str, text: str) -> None:
    assert date_text(datetime(2022, 3, 4, 15, 6, 7), code) == text


def test_durations_go_beyond_a_day() -> None:
    assert time_text(1.5, "[h]:mm") == "36:00"
    assert time_text(0.5625, "h:mm") == "13:30"
    assert time_text(-0.25, "[h]:mm:ss") == "-6:00:00"
