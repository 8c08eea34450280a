"""Numbers as people read them: rounding, languages, units and short forms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.numbers import NumberFormat, format_change, format_value, read_number, round_to, unbroken

COMMA = NumberFormat(",", ".")


@pytest.mark.parametrize(
    ("value", "unit", "precision", "en", "fr", "de"),
    [
        (47.8, "percent", None, "47.8 %", "47,8 %", "47,8 %"),
        (47.84, "percent", 1, "47.8 %", "47,8 %", "47,8 %"),
        (1234.5, "currency:EUR", None, "€1,234.50", "1\u202f234,50 €", "1.234,50 €"),
        (1234, "currency:EUR", None, "€1,234", "1\u202f234 €", "1.234 €"),
        (1234.5, "currency:JPY", None, "¥1,235", "1\u202f235 ¥", "1.235 ¥"),
        (1234.5, "currency:CHF", 1, "CHF 1,234.5", "1\u202f234,5 CHF", "1.234,5 CHF"),
        (5, "currency:XXX", None, "5", "5", "5"),
        (-5, "currency:EUR", None, "−€5", "−5 €", "−5 €"),
        (1234567.891, "number", None, "1,234,567.9", "1\u202f234\u202f567,9", "1.234.567,9"),
        (0.012345, "number", None, "0.0123", "0,0123", "0,0123"),
        (5.0, "number", 2, "5.00", "5,00", "5,00"),
        (2.675, "number", 2, "2.68", "2,68", "2,68"),
        (12345, "number", -2, "12,300", "12\u202f300", "12.300"),
        (0, "number", None, "0", "0", "0"),
        (-0.001, "number", 1, "0.0", "0,0", "0,0"),
        (-3.5, "number", None, "−3.5", "−3,5", "−3,5"),
        (4e-10, "number", None, "4.00e-10", "4,00e-10", "4,00e-10"),
        (12, "count", None, "12", "12", "12"),
        (4.5, "rating", 1, "4.5", "4,5", "4,5"),
        (12.5, "duration:d", None, "12.5 d", "12,5 d", "12,5 d"),
        (0.35, "duration:s", None, "0.35 s", "0,35 s", "0,35 s"),
        (45, "duration:s", None, "45 s", "45 s", "45 s"),
        (59.9, "duration:s", 0, "1 min", "1 min", "1 min"),
        (7500, "duration:s", None, "2 h 5 min", "2 h 5 min", "2 h 5 min"),
        (-7500, "duration:s", None, "−2 h 5 min", "−2 h 5 min", "−2 h 5 min"),
        (3599.6, "duration:s", None, "1 h", "1 h", "1 h"),
        (84600, "duration:s", None, "23 h 30 min", "23 h 30 min", "23 h 30 min"),
        (86394, "duration:s", None, "1 d", "1 d", "1 d"),
        (90000, "duration:s", None, "1 d 1 h", "1 d 1 h", "1 d 1 h"),
        (None, "percent", None, "–", "–", "–"),
        (math.nan, "number", None, "–", "–", "–"),
    ],
)
def test_values_are_written_for_people(
    value: float | None, unit: str, precision: int | None, en: str, fr: str, de: str
) -> None:
    assert format_value(value, unit, precision) == en
    assert format_value(value, unit, precision, locale="fr-CA") == fr
    assert format_value(value, unit, precision, locale="de_AT") == de


@pytest.mark.parametrize(
    ("value", "unit", "en", "de"),
    [
        (999, "number", "999", "999"),
        (1234, "number", "1.2 k", "1,2 Tsd."),
        (123456, "number", "123 k", "123 Tsd."),
        (999_600, "number", "1 M", "1 Mio."),
        (-1234567, "number", "−1.2 M", "−1,2 Mio."),
        (1.5e9, "currency:EUR", "€1.5 bn", "1,5 Mrd. €"),
        (1234.5, "percent", "1,234.5 %", "1.234,5 %"),
        (90000, "duration:h", "90,000 h", "90.000 h"),
    ],
)
def test_large_numbers_have_a_short_form(value: float, unit: str, en: str, de: str) -> None:
    assert format_value(value, unit, short=True) == en
    assert format_value(value, unit, short=True, locale="de") == de


def test_small_spanish_thousands_stay_together() -> None:
    assert format_value(1234, locale="es") == "1234"
    assert format_value(12345, locale="es") == "12.345"


def test_unknown_languages_are_written_in_english() -> None:
    assert format_value(1234.5, locale="xx") == "1,234.5"


@pytest.mark.parametrize(
    ("change", "unit", "precision", "en", "de"),
    [
        (2.4, "percent", 1, "+2.4 points", "+2,4 Punkte"),
        (-1, "percent", None, "−1 point", "−1 Punkt"),
        (0.01, "percent", 1, "0.0 points", "0,0 Punkte"),
        (5, "currency:EUR", 0, "+€5", "+5 €"),
        (-5, "currency:EUR", 0, "−€5", "−5 €"),
        (1234, "number", 0, "+1,234", "+1.234"),
        (0, "number", None, "0", "0"),
        (-7500, "duration:s", None, "−2 h 5 min", "−2 h 5 min"),
    ],
)
def test_changes_carry_their_sign(change: float, unit: str, precision: int | None, en: str, de: str) -> None:
    assert format_change(change, unit, precision) == en
    assert format_change(change, unit, precision, "de") == de


@pytest.mark.parametrize(
    ("value", "precision", "expected"),
    [
        (2.675, 2, 2.68),
        (1.005, 2, 1.01),
        (0.5, 0, 1.0),
        (-0.5, 0, -1.0),
        (-2.5, 0, -3.0),
        (1234.5, -2, 1200.0),
        (5.5, None, 5.5),
        (1e300, 1, 1e300),
        (1e40, -3, 1e40),
        (math.inf, 1, math.inf),
    ],
)
def test_rounding_is_half_away_from_zero(value: float, precision: int | None, expected: float) -> None:
    assert round_to(value, precision) == expected


@given(st.floats(-1e14, 1e14), st.integers(0, 6))
def test_rounding_moves_by_half_a_step_at_most_and_only_once(value: float, precision: int) -> None:
    rounded = round_to(value, precision)
    assert abs(rounded - value) <= 0.5 * 10**-precision + abs(value) * 1e-15
    assert round_to(rounded, precision) == rounded


@given(st.floats(-1e12, 1e12), st.integers(0, 4), st.sampled_from(["en", "fr", "de", "es", "pl", "nl"]))
def test_what_is_shown_reads_back_to_the_rounded_value(value: float, precision: int, locale: str) -> None:
    fmt = NumberFormat() if locale == "en" else COMMA
    for unit in ("number", "percent", "currency:EUR", "currency:CHF"):
        shown = format_value(value, unit, precision, locale=locale)
        assert read_number(shown, fmt).value == round_to(value, precision)


@given(st.floats(0, 1e9))
def test_shown_durations_are_right_within_their_smaller_unit(seconds: float) -> None:
    reading = read_number(format_value(seconds, "duration:s"))
    half_a_step = 0.005 if seconds < 59 else 0.5 if seconds < 3599 else 30 if seconds < 86000 else 1800
    if reading.unit == "duration:s":
        assert abs((reading.value or 0) - seconds) <= half_a_step + 0.5


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("44.2 % where 30.7 % is usual", "44.2_% where 30.7_% is usual"),
        ("averaged 1.5 points below", "averaged 1.5_points below"),
        ("2 h 5 min", "2_h 5_min"),
        ("1,5 Mio. in 3 days of week 9", "1,5_Mio. in 3 days of week 9"),
        ("CHF 1,234.5", "CHF_1,234.5"),
        ("3 high, 4 minor", "3 high, 4 minor"),
    ],
)
def test_on_pages_a_number_keeps_its_unit_on_its_line(text: str, joined: str) -> None:
    assert unbroken(text) == joined.replace("_", "\u00a0")


@given(st.floats(-1e12, 1e12), st.sampled_from(["percent", "duration:min", "currency:EUR"]))
def test_an_unbroken_number_reads_as_the_same(value: float, unit: str) -> None:
    written = format_value(value, unit, 2)
    assert read_number(unbroken(written)).value == read_number(written).value
