"""Numbers as people write them: read with their marks and units, or refused with a key."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.numbers import NumberFormat, guess_number_format, plain_number, read_number, read_unit

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
