"""Numbers as people write them: read strictly, marks kept apart, nothing guessed and nothing turned into 0."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sextant.calc.number_display import format_change, format_value, round_to, unbroken
from sextant.calc.number_words import (
    BASIS,
    COMPOSITE_DURATION,
    MARK_AFTER,
    MARK_BEFORE,
    MARKERS,
    NOT_FINITE,
    NUMBER,
    PARENTHESES,
    SCALES,
    SIGN_WORDS,
    SPREADSHEET_ERROR,
    clean,
)
from sextant.calc.units import read_unit

__all__ = [
    "NumberFormat",
    "Reading",
    "format_change",
    "format_value",
    "guess_number_format",
    "plain_number",
    "read_number",
    "read_unit",
    "round_to",
    "unbroken",
]


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """The decimal mark and the thousands separator (empty for none). Blanks and apostrophes always group too."""

    decimal: str = "."
    thousands: str = ","

    def __post_init__(self) -> None:
        if self.decimal not in (".", ",") or self.thousands not in ("", ",", ".", " ", "'"):
            raise ValueError("The decimal mark is . or , and the thousands separator one of , . ' blank or none.")
        if self.decimal == self.thousands:
            raise ValueError("Decimal mark and thousands separator must differ.")

    def __hash__(self) -> int:
        # Four times faster than the generated one, which builds a tuple on every look-up.
        return hash(self.decimal)


ENGLISH = NumberFormat()
# What a text may be written in when it does not fit the format given.
COMMON_FORMATS = (ENGLISH, NumberFormat(",", "."))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell says: `kind` is number, empty, not_applicable, missing, error or text.

    Only a `number` has a `value`. `qualifier` is the mark beside it ("<", "*", "provisional") or the sign that
    stands for a missing value; `unit` the code of the unit written with it; `text` the cell as it was; `key` names
    the problem of an error or a text. Scale words are multiplied in ("3.5m" is 3500000): `text` still shows them.
    """

    kind: str
    value: float | None
    qualifier: str = ""
    unit: str = ""
    text: str = ""
    key: str = ""


# Setting the slots directly takes half the time of the generated __init__, which matters for millions of cells.
_new = object.__new__
_set_kind, _set_value, _set_qualifier, _set_unit, _set_text, _set_key = (
    Reading.__dict__[name].__set__ for name in ("kind", "value", "qualifier", "unit", "text", "key")
)


def plain_number(text: str, fmt: NumberFormat = ENGLISH) -> float | None:
    """The value of a text that is nothing but digits, sign, decimal mark and exponent; None for all others.

    The fast first try for columns of numbers; `read_number` gives the same value.
    """
    if fmt.decimal == ",":
        if "." in text:
            return None
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    # float() also takes digits of other scripts, underscores, "nan" and "inf", and turns 1e-400 into 0.
    if value - value != 0.0 or not text.isascii() or "_" in text or (value == 0.0 and "e" in text.lower()):
        return None
    return value + 0.0  # -0 is 0


def read_number(text: str, fmt: NumberFormat = ENGLISH) -> Reading:
    """What a cell says, by the number format given: "1.234" and "1,234" are never guessed.

    A text that fits another format only is an error with the key `number-format-mismatch`.
    """
    value = plain_number(text, fmt)
    if value is None:
        return _read(text, fmt)
    reading = _new(Reading)
    _set_kind(reading, "number")
    _set_value(reading, value)
    _set_qualifier(reading, "")
    _set_unit(reading, "")
    _set_text(reading, text)
    _set_key(reading, "")
    return reading


@lru_cache(maxsize=16384)
def _read(text: str, fmt: NumberFormat) -> Reading:
    simple = _simple(text, fmt)
    if simple is not None:
        return simple
    cleaned = clean(text)
    if not cleaned:
        return Reading("empty", None, text=text)
    kind = MARKERS.get(cleaned.casefold()) or MARKERS.get(cleaned.casefold().strip("[]()"))
    if kind:
        return Reading(kind, None, qualifier=text.strip(), text=text)
    if SPREADSHEET_ERROR.fullmatch(cleaned):
        return Reading("error", None, text=text, key="spreadsheet-error")
    if NOT_FINITE.fullmatch(cleaned):
        return Reading("error", None, text=text, key="not-finite")
    if not cleaned.isascii() and any(char.isdecimal() and not char.isascii() for char in cleaned):
        return Reading("error", None, text=text, key="unsupported-digits")
    if len(cleaned) > 400:
        return Reading("text", None, text=text, key="not-a-number")
    return _read_marked(cleaned, fmt, text)


def _simple(text: str, fmt: NumberFormat) -> Reading | None:
    """Grouped digits and percents, by far the most common cells besides plain numbers; None for all others."""
    digits, unit = (text[:-1].rstrip(), "percent") if text.endswith("%") else (text, "")
    value = plain_number(digits, fmt)
    if value is None and digits[:1].isdigit() and len(digits) < 40:
        plain = _without_groups(digits, fmt)
        value = float(plain) if plain else None
    return None if value is None else Reading("number", value, unit=unit, text=text)


def _read_marked(cleaned: str, fmt: NumberFormat, text: str) -> Reading:
    """A number with its mark before ("<", "about") and after ("*", "(p)", "[2]")."""
    marks: list[str] = []
    if before := MARK_BEFORE.match(cleaned):
        sign = before[1].casefold()
        marks.append(SIGN_WORDS.get(sign, sign))
        cleaned = cleaned[before.end() :]
    if after := MARK_AFTER.fullmatch(cleaned):
        mark = next(group for group in after.groups()[1:] if group)
        is_unit = bool(after["round"]) and len(mark) > 1 and _back(mark) is not None
        cleaned = f"{after['rest']} {mark}" if is_unit else after["rest"]
        marks += [] if is_unit else [mark]
    reading = _read_bare(cleaned, fmt)
    if reading.kind != "number":
        return Reading(reading.kind, None, text=text, key=reading.key)
    return Reading("number", reading.value, " ".join(marks), reading.unit, text)


def _read_bare(cleaned: str, fmt: NumberFormat) -> Reading:
    """A number with sign, currency, scale and unit, without marks."""
    if match := COMPOSITE_DURATION.fullmatch(cleaned):
        seconds = sum(int(match[name] or 0) * size for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)))
        return Reading("number", float(seconds), unit="duration:s")
    negative = PARENTHESES.fullmatch(cleaned)
    if negative:
        cleaned = negative[1] + negative[2] + negative[3]
    match = NUMBER.fullmatch(cleaned)
    if match is None:
        return Reading("text", None, key="not-a-number")
    sign, front_unit = _front(match["front"])
    minus_behind = match["back"].startswith("-")
    back = _back(match["back"].removeprefix("-").strip())
    if sign is None or front_unit is None or back is None or bool(negative) + bool(sign) + minus_behind > 1:
        return Reading("text", None, key="not-a-number")
    exponent, back_unit = back
    if front_unit and back_unit and front_unit != back_unit:
        return Reading("text", None, key="not-a-number")
    value, key = _value(match["body"], exponent, fmt)
    if value is None:
        return Reading("text" if key == "not-a-number" else "error", None, key=key)
    is_negative = bool(negative) or minus_behind or sign == "-"
    return Reading("number", -value if is_negative else value, unit=front_unit or back_unit)


def _front(front: str) -> tuple[str | None, str | None]:
    """Sign and unit before the digits: "-€", "$ -", "EUR "; None for what is neither."""
    letters = front.replace(" ", "")
    sign = next((char for char in letters if char in "+-"), "")
    name = letters.replace(sign, "", 1) if sign else letters
    if "+" in name or "-" in name:
        return None, None
    return sign, _written_unit(name) if not name or name == "%" or _is_currency(name) else None


def _is_currency(name: str) -> bool:
    return (read_unit(name) or "").startswith("currency:")


def _written_unit(name: str) -> str | None:
    return read_unit(name) if name else ""


def _back(back: str) -> tuple[int, str] | None:
    """Power of ten and unit behind the digits: "m", "Mio €", "%", "working days"; None for other words."""
    if (unit := _written_unit(back)) is not None:
        return 0, unit
    if back in BASIS:
        return BASIS[back], "percent"
    for word, power in SCALES:
        if back.startswith(word) or (len(word) > 2 and back.casefold().startswith(word.casefold())):
            rest = back[len(word) :].lstrip(". ")
            unit = _written_unit(rest)
            if unit is not None and not (unit.startswith("duration") or unit == "percent"):
                return power, unit
    return None


def _value(body: str, power: int, fmt: NumberFormat) -> tuple[float | None, str]:
    """The value of the digits, or None and the key of the problem."""
    digits, _, exponent = body.lower().partition("e")
    if len(exponent) > 6:
        return None, "number-too-large"
    plain = _without_groups(digits, fmt)
    if plain is None:
        fits_another = any(_without_groups(digits, other) for other in COMMON_FORMATS)
        return None, "number-format-mismatch" if fits_another else "not-a-number"
    # Scaling by the exponent rounds once: 1.1 thousand is 1100, not 1100.0000000000002.
    value = float(f"{plain}e{int(exponent or 0) + power}")
    if value == float("inf"):
        return None, "number-too-large"
    if value == 0.0 and plain.strip("0."):
        return None, "number-too-small"
    return value, ""


def _without_groups(digits: str, fmt: NumberFormat) -> str | None:
    """Digits with a decimal point, thousands separators taken out; None when they are not where they belong."""
    match = _pattern(fmt).fullmatch(digits)
    if match is None:
        return None
    whole = re.sub("[^0-9]", "", match["whole"] or "")
    return f"{whole or '0'}.{match['fraction'] or '0'}"


@lru_cache(maxsize=16)
def _pattern(fmt: NumberFormat) -> re.Pattern[str]:
    separators = "".join({fmt.thousands, " ", "'"} - {fmt.decimal, ""})
    indian = rf"|[1-9][0-9]?(?:{re.escape(fmt.thousands)}[0-9]{{2}})+{re.escape(fmt.thousands)}[0-9]{{3}}"
    return re.compile(
        rf"(?P<whole>[0-9]*|[1-9][0-9]{{0,2}}(?:(?P<sep>[{re.escape(separators)}])[0-9]{{3}}"
        rf"(?:(?P=sep)[0-9]{{3}})*){indian if fmt.thousands else ''})(?:{re.escape(fmt.decimal)}(?P<fraction>[0-9]*))?"
    )


def guess_number_format(samples: Sequence[str]) -> NumberFormat:
    """The format that the samples prove: "1.234,5" or "0,5" say decimal comma, "1,234" alone says nothing.

    The majority decides; without evidence, or with as much for one as for the other, the default.
    """
    decimals: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    for decimal, thousands in (evidence for sample in samples for evidence in _evidence(sample)):
        decimals[decimal] += decimal != ""
        groups[thousands] += thousands != ""
    decimal = "," if decimals[","] > decimals["."] else "."
    usual = "," if decimal == "." else "."
    found = [sign for sign in ("'", " ", usual) if groups[sign]]
    return NumberFormat(decimal, max(found, key=lambda sign: groups[sign]) if found else usual)


def _evidence(sample: str) -> Iterator[tuple[str, str]]:
    """Pairs (decimal mark, thousands separator) that one sample proves, "" for what it leaves open."""
    match = NUMBER.fullmatch(clean(sample).lstrip("<>≤≥~≈("))
    digits = match["body"].lower().partition("e")[0] if match else ""
    signs = [char for char in digits if char in ".,"]
    blanks = next((char for char in digits if char in " '"), "")
    if not signs:
        if blanks:
            yield "", blanks
        return
    last, others = signs[-1], signs[:-1]
    before, _, after = digits.rpartition(last)
    if others and last not in others:
        yield last, others[0]
    elif others:
        yield ("," if last == "." else "."), last
    elif len(after) != 3 or blanks or before in ("", "0") or len(before) > 3:
        yield last, blanks
