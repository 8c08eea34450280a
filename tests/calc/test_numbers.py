"""Numbers as people write them and as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.numbers import (
    NumberFormat,
    format_change,
    format_value,
    guess_number_format,
    plain_number,
    read_number,
    read_unit,
    round_to,
)

COMMA = NumberFormat(",", ".")
SWISS = NumberFormat(".", "'")
NO_GROUPS = NumberFormat(".", "")


@pytest.mark.parametrize(
    ("text", "value", "qualifier", "unit"),
    [
        ("5", 5.0, "", ""),
        ("-0", 0.0, "", ""),
        ("+5", 5.0, "", ""),
        (" 5.25 ", 5.25, "", ""),
        (".5", 0.5, "", ""),
        ("5.", 5.0, "", ""),
        ("00123", 123.0, "", ""),
        ("1.2E+05", 120000.0, "", ""),
        ("0e5", 0.0, "", ""),
        ("1,273", 1273.0, "", ""),
        ("1,234,567.5", 1234567.5, "", ""),
        ("1 234 567", 1234567.0, "", ""),
        ("1\u00a0234.5", 1234.5, "", ""),
        ("1\u202f234", 1234.0, "", ""),
        ("1\u2009234", 1234.0, "", ""),
        ("1'234.50", 1234.5, "", ""),
        ("1’234", 1234.0, "", ""),
        ("12,34,567", 1234567.0, "", ""),
        ("−5", -5.0, "", ""),
        ("–5", -5.0, "", ""),
        ("5-", -5.0, "", ""),
        ("(1,273)", -1273.0, "", ""),
        ("47.8%", 47.8, "", "percent"),
        ("1,234 %", 1234.0, "", "percent"),
        ("%5", 5.0, "", "percent"),
        ("5 percent", 5.0, "", "percent"),
        ("(5%)", -5.0, "", "percent"),
        ("5‰", 0.5, "", "percent"),
        ("25 bps", 0.25, "", "percent"),
        ("€5", 5.0, "", "currency:EUR"),
        ("5 EUR", 5.0, "", "currency:EUR"),
        ("EUR 5", 5.0, "", "currency:EUR"),
        ("€5 EUR", 5.0, "", "currency:EUR"),
        ("-$5", -5.0, "", "currency:USD"),
        ("$-5", -5.0, "", "currency:USD"),
        ("($5)", -5.0, "", "currency:USD"),
        ("$(5)", -5.0, "", "currency:USD"),
        ("CA$ 5", 5.0, "", "currency:CAD"),
        ("5 kr", 5.0, "", "currency:XXX"),
        ("Rs. 500", 500.0, "", "currency:XXX"),
        ("₹12,34,567", 1234567.0, "", "currency:INR"),
        ("1.2k", 1200.0, "", ""),
        ("1.1 thousand", 1100.0, "", ""),
        ("5 Tsd.", 5000.0, "", ""),
        ("3.5m", 3500000.0, "", ""),
        ("€ 3.5m", 3500000.0, "", "currency:EUR"),
        ("5M€", 5000000.0, "", "currency:EUR"),
        ("10M EUR", 10000000.0, "", "currency:EUR"),
        ("1.2 Mio. €", 1200000.0, "", "currency:EUR"),
        ("1.5 Million", 1500000.0, "", ""),
        ("£1.2bn", 1200000000.0, "", "currency:GBP"),
        ("2 Mrd", 2000000000.0, "", ""),
        ("5 (million)", 5000000.0, "", ""),
        ("5 days", 5.0, "", "duration:d"),
        ("5 (days)", 5.0, "", "duration:d"),
        ("5 min", 5.0, "", "duration:min"),
        ("350ms", 350.0, "", "duration:ms"),
        ("2 h 5 min", 7500.0, "", "duration:s"),
        ("1d 2h", 93600.0, "", "duration:s"),
        ("12 people", 12.0, "", "count"),
        ("<1", 1.0, "<", ""),
        ("< 0.1 %", 0.1, "<", "percent"),
        ("<=5", 5.0, "≤", ""),
        (">95", 95.0, ">", ""),
        ("~5", 5.0, "~", ""),
        ("under 5", 5.0, "<", ""),
        ("More than 1,000", 1000.0, ">", ""),
        ("c. 5", 5.0, "~", ""),
        ("2019*", 2019.0, "*", ""),
        ("12%*", 12.0, "*", "percent"),
        ("5 †", 5.0, "†", ""),
        ("5¹", 5.0, "¹", ""),
        ("5 (p)", 5.0, "p", ""),
        ("5 [2]", 5.0, "2", ""),
        ("12.3 (1)", 12.3, "1", ""),
        ("12.3 (provisional)", 12.3, "provisional", ""),
        ("12.3p", 12.3, "p", ""),
        ("12.3 e", 12.3, "e", ""),
        ("<5*", 5.0, "< *", ""),
    ],
)
def test_a_number_is_read_with_its_mark_and_unit(text: str, value: float, qualifier: str, unit: str) -> None:
    reading = read_number(text)
    assert (reading.kind, reading.value, reading.qualifier, reading.unit) == ("number", value, qualifier, unit)
    assert reading.text == text
    assert reading.key == ""
    assert math.copysign(1, reading.value or 0) == (-1 if value < 0 else 1)


@pytest.mark.parametrize(
    ("text", "fmt", "value"),
    [
        ("1.234", COMMA, 1234.0),
        ("1,234", COMMA, 1.234),
        ("1.234,5", COMMA, 1234.5),
        ("1 234,5", COMMA, 1234.5),
        ("(1.273,5)", COMMA, -1273.5),
        ("€ 1,2 Mio", COMMA, 1200000.0),
        ("1,2e3", COMMA, 1200.0),
        ("1.234", NumberFormat(), 1.234),
        ("1,234", NumberFormat(), 1234.0),
        ("1'234.5", SWISS, 1234.5),
        ("1234.5", NO_GROUPS, 1234.5),
        ("1 234.5", NO_GROUPS, 1234.5),
    ],
)
def test_the_format_given_decides(text: str, fmt: NumberFormat, value: float) -> None:
    assert read_number(text, fmt).value == value


@pytest.mark.parametrize(
    ("text", "fmt"),
    [
        ("1,23", NumberFormat()),
        ("1234,5", NumberFormat()),
        ("0,123", NumberFormat()),
        ("1.234,5", NumberFormat()),
        ("1.234.567", NumberFormat()),
        ("1,5 %", NumberFormat()),
        ("3,5 Mio. €", NumberFormat()),
        ("<0,5", NumberFormat()),
        ("1,234", NO_GROUPS),
        ("1,234", SWISS),
        ("0.5", COMMA),
        ("1.23", COMMA),
        ("1,234.5", COMMA),
    ],
)
def test_a_number_of_another_format_is_refused_not_guessed(text: str, fmt: NumberFormat) -> None:
    reading = read_number(text, fmt)
    assert (reading.kind, reading.value, reading.key) == ("error", None, "number-format-mismatch")


@pytest.mark.parametrize("text", ["", "   ", "\u00a0", "\u200b", "\t"])
def test_an_empty_cell_is_empty(text: str) -> None:
    assert (read_number(text).kind, read_number(text).value) == ("empty", None)


@pytest.mark.parametrize("text", ["N/A", "n.a.", "not applicable", "Not Applicable", "[z]", "entfällt", "s.o."])
def test_not_applicable_is_told_apart(text: str) -> None:
    reading = read_number(text)
    assert (reading.kind, reading.value, reading.qualifier) == ("not_applicable", None, text)


@pytest.mark.parametrize(
    "text", ["-", "–", "—", "..", "...", "…", ":", "NA", "N", "x", "*", "suppressed", "[c]", "(x)", "k.A.", "nil"]
)
def test_a_missing_value_is_not_zero(text: str) -> None:
    reading = read_number(text)
    assert (reading.kind, reading.value, reading.qualifier) == ("missing", None, text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("#REF!", "spreadsheet-error"),
        ("#N/A", "spreadsheet-error"),
        ("#DIV/0!", "spreadsheet-error"),
        ("#NAME?", "spreadsheet-error"),
        ("#BEZUG!", "spreadsheet-error"),
        ("#####", "spreadsheet-error"),
        ("Err:502", "spreadsheet-error"),
        ("NaN", "not-finite"),
        ("nan", "not-finite"),
        ("Infinity", "not-finite"),
        ("-inf", "not-finite"),
        ("∞", "not-finite"),
        ("1e400", "number-too-large"),
        ("-1e400", "number-too-large"),
        ("1e9999999", "number-too-large"),
        ("1e308k", "number-too-large"),
        ("1" * 350, "number-too-large"),
        ("1e-400", "number-too-small"),
        ("٥", "unsupported-digits"),
        ("５", "unsupported-digits"),
    ],
)
def test_what_is_broken_is_an_error_with_its_key(text: str, key: str) -> None:
    reading = read_number(text)
    assert (reading.kind, reading.value, reading.key, reading.text) == ("error", None, key, text)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "TRUE",
        "5-10",
        "2021-03-04",
        "03.04.2021",
        "1/2",
        "1٬234",
        "½",
        "1_000",
        "1 23",
        "5 5",
        "--5",
        "+-5",
        "-(5)",
        "(-5)",
        "-5-",
        "$5%",
        "$5 EUR",
        "5 kg",
        "5 m2",
        "5k%",
        "ab 5",
        "15 per 1000",
        "5 apples",
        "x" * 500,
        ".",
        ",",
    ],
)
def test_words_and_half_numbers_stay_text(text: str) -> None:
    reading = read_number(text)
    assert reading.value is None
    assert reading.kind == ("missing" if text == "." else "text")
    assert reading.key == ("" if text == "." else "not-a-number")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_reads_back_from_its_shortest_text(value: float) -> None:
    assert read_number(repr(value)).value == value
    assert plain_number(repr(value)) == value


@given(st.integers(-(10**15), 10**15), st.sampled_from([NumberFormat(), COMMA, SWISS]))
def test_grouped_digits_read_back(value: int, fmt: NumberFormat) -> None:
    text = f"{value:,}".replace(",", fmt.thousands)
    assert read_number(text, fmt).value == value
    assert read_number(f"{text} €", fmt).value == value


@given(st.text(max_size=30))
def test_any_text_has_a_reading_and_only_numbers_have_values(text: str) -> None:
    reading = read_number(text)
    assert (reading.value is not None) == (reading.kind == "number")
    assert reading.value is None or math.isfinite(reading.value)
    assert bool(reading.key) == (reading.kind in ("error", "text"))


@given(st.text(alphabet="0123456789.,'% €-+()eEkm<>*", max_size=12), st.sampled_from([NumberFormat(), COMMA]))
def test_nothing_without_a_nonzero_digit_gets_a_value_but_zero(text: str, fmt: NumberFormat) -> None:
    value = read_number(text, fmt).value
    if not any(char in "123456789" for char in text):
        assert value is None or (value == 0 and "0" in text)
    plain = plain_number(text, fmt)
    assert plain is None or plain == value


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([], NumberFormat()),
        (["5", "hello", ""], NumberFormat()),
        (["1,234", "2,501"], NumberFormat()),
        (["12.345"], NumberFormat()),
        (["0,825"], COMMA),
        ([",5"], COMMA),
        (["12,3 %", "4,5"], COMMA),
        (["1.234,5"], COMMA),
        (["1.234.567"], COMMA),
        (["1234,567"], COMMA),
        (["<0,5", "1.234"], COMMA),
        (["1,234.5"], NumberFormat()),
        (["1,234,567"], NumberFormat()),
        (["1,5", "1.5"], NumberFormat()),
        (["1,5", "2,5", "1.5"], COMMA),
        (["1'234.5"], SWISS),
        (["1 234,5"], NumberFormat(",", " ")),
        (["1 234"], NumberFormat(".", " ")),
        (["(1.273,50) €"], COMMA),
    ],
)
def test_the_format_is_judged_by_evidence_only(samples: list[str], expected: NumberFormat) -> None:
    assert guess_number_format(samples) == expected


@pytest.mark.parametrize("marks", [(".", "."), (";", ","), (".", "x")])
def test_impossible_formats_are_refused(marks: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="thousands separator"):
        NumberFormat(*marks)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("%", "percent"),
        ("Percentage", "percent"),
        ("per cent", "percent"),
        ("Percentage (%)", "percent"),
        ("in %", "percent"),
        ("Pourcentage", "percent"),
        ("EUR", "currency:EUR"),
        ("eur", "currency:EUR"),
        ("€", "currency:EUR"),
        ("Cost [EUR]", "currency:EUR"),
        ("US$", "currency:USD"),
        ("Kč", "currency:CZK"),
        ("kr", "currency:XXX"),
        ("days", "duration:d"),
        ("Working days", "duration:d"),
        ("Number of days", "duration:d"),
        ("ms", "duration:ms"),
        ("Stunden", "duration:h"),
        ("headcount", "count"),
        ("Number", "number"),
        ("Score", "rating"),
        ("duration:s", "duration:s"),
        ("currency:SEK", "currency:SEK"),
        ("", None),
        ("NA", None),
        ("EUR million", None),
        ("€m", None),
        ("Dollars (in millions)", None),
        ("Rate per 100,000", None),
        ("Number, Percentage", None),
        ("currency:euro", None),
    ],
)
def test_units_are_read_by_name(text: str, code: str | None) -> None:
    assert read_unit(text) == code


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
