"""Numbers for people: rounding as taught at school, separators and words by language, units and short forms."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

NO_VALUE = "–"
MINUS = "\u2212"  # as wide as a digit, and read aloud as "minus"
NARROW_BLANK = "\u202f"
FIRM_BLANK = "\u00a0"  # where no line breaks
CURRENCY_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪", "VND": "₫"}
WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF", "IDR"})
DURATION_STEPS: tuple[tuple[int, str, int, str, float], ...] = (
    (60, "min", 1, "s", 3600),
    (3600, "h", 60, "min", 86400),
    (86400, "d", 3600, "h", math.inf),
)
# Beyond this a float has no digit behind the point left to round.
EXACT = 1e15
SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Language:
    """How a language writes numbers; `scales` are thousand, million and billion."""

    decimal: str
    group: str
    scales: tuple[str, str, str] = ("k", "M", "bn")
    point: str = "point"
    points: str = "points"
    currency_first: bool = False
    groups_from: int = 4


LANGUAGES = {
    "en": Language(".", ",", currency_first=True),
    "fr": Language(",", NARROW_BLANK, ("k", "M", "Md")),
    "de": Language(",", ".", ("Tsd.", "Mio.", "Mrd."), "Punkt", "Punkte"),
    "es": Language(",", ".", ("mil", "M", "mil M"), "punto", "puntos", groups_from=5),
    "it": Language(",", ".", ("mila", "Mln", "Mrd"), "punto", "punti"),
    "pt": Language(",", ".", ("mil", "mi", "bi"), "ponto", "pontos"),
    "nl": Language(",", ".", ("dzd.", "mln.", "mld."), "punt", "punten"),
    "pl": Language(",", NARROW_BLANK, ("tys.", "mln", "mld"), "punkt", "pkt", groups_from=5),
    "sv": Language(",", NARROW_BLANK, ("tn", "mn", "md"), "enhet", "enheter"),
}


_UNITS = sorted(
    {"%", "min", "h", "d", "s", *CURRENCY_SIGNS.values()}
    | {word for one in LANGUAGES.values() for word in (*one.scales, one.point, one.points)},
    key=len, reverse=True,
)  # fmt: skip
_JOINT = re.compile(rf"(?<=[0-9]) (?=(?:{'|'.join(map(re.escape, _UNITS))})(?!\w))|(?<=\b[A-Z]{{3}}) (?=[0-9])")


@lru_cache(maxsize=64)
def language_of(locale: str) -> Language:
    """ "fr-CA" and "fr_CA" are "fr"; English where a language is not known."""
    return LANGUAGES.get(locale.replace("_", "-").partition("-")[0].lower(), LANGUAGES["en"])


def round_to(value: float, precision: int | None) -> float:
    """Half away from zero on the digits as shown (2.675 is 2.68); negative precision rounds tens and hundreds."""
    if precision is None or not math.isfinite(value) or (abs(value) >= EXACT and precision >= 0):
        return value
    return float(_rounded(value, precision))


def _rounded(value: float, precision: int) -> Decimal:
    """The shortest digits of a finite value, rounded; the value itself where a float has no such digits."""
    digits = Decimal(repr(value))
    quantum = Decimal(1).scaleb(-precision)
    scaled = digits / quantum
    return scaled.quantize(Decimal(1), ROUND_HALF_UP) * quantum if abs(scaled) < EXACT * 1000 else digits


def format_value(
    value: float | None,
    unit: str = "number",
    precision: int | None = None,
    *,
    short: bool = False,
    locale: str = "en",
) -> str:
    """A value with its unit: "47.8 %", "€1,234.50", "2 h 5 min", "1.2 M" when short; "–" for none.

    Without a precision as many digits as say something: 2 behind the point, 1 from hundred on, 3 significant
    below one, and no zeros at the end.
    """
    if value is None or not math.isfinite(value):
        return NO_VALUE
    language = language_of(locale)
    if unit == "duration:s":
        return _with_sign(value, _duration(abs(value), precision, language))
    if 0 < abs(value) < SMALLEST and precision is None:
        return _with_sign(value, _with_unit(f"{abs(value):.2e}".replace(".", language.decimal), "", unit, language))
    digits, scale = _scaled(abs(value), unit, precision, language) if short else ("", "")
    if not digits:
        trim = precision is None and not unit.startswith("currency:")
        digits = _digits(abs(value), _decimals(value, unit, precision), trim, language)
    body = _with_unit(digits, scale, unit, language)
    return _with_sign(value, body) if any(char in "123456789" for char in digits) else body


def figures(unit: str, precision: int | None, locale: str = "en") -> Callable[[float], str]:
    """What `format_value` says, for many finite values of one unit: the usual case takes a third of the time."""

    def thorough(value: float) -> str:
        return format_value(value, unit, precision, locale=locale)

    if unit != "number" or precision is None or not 0 <= precision <= 6 or language_of(locale) is not LANGUAGES["en"]:
        return thorough

    def quick(value: float) -> str:
        shortest = repr(value)
        if shortest[-1] == "5" or "e" in shortest or not 0 <= value < 1e9:
            return thorough(value)
        return f"{value:,.{precision}f}"

    return quick


def format_change(change: float, unit: str, precision: int | None, locale: str = "en") -> str:
    """A difference with its sign: "+2.4 points" for percents, "−€5", "+1,234"; "0" has none."""
    language = language_of(locale)
    if unit != "percent":
        body = format_value(abs(change), unit, precision, locale=locale)
    else:
        digits = format_value(abs(change), "number", precision, locale=locale)
        body = f"{digits} {language.point if digits == '1' else language.points}"
    if not any(char in "123456789" for char in body):
        return body
    return f"{MINUS if change < 0 else '+'}{body}"


def unbroken(text: str) -> str:
    """The text with blanks between a number and its unit that no line breaks at: for pages, not for data."""
    return _JOINT.sub(FIRM_BLANK, text)


def _with_sign(value: float, body: str) -> str:
    return f"{MINUS}{body}" if value < 0 and any(char in "123456789" for char in body) else body


def _decimals(value: float, unit: str, precision: int | None) -> int:
    """Places behind the point; a given precision is kept."""
    if precision is not None:
        return precision
    size = abs(value)
    if unit.startswith("currency:"):
        return 0 if size == int(size) or size >= EXACT or unit[9:] in WITHOUT_CENTS else 2
    if size >= 1 or size == 0:
        return 1 if size >= 100 else 2
    return min(2 - math.floor(math.log10(size)), 12)


def _digits(size: float, decimals: int, trim: bool, language: Language) -> str:
    text = _fixed(size, decimals)
    whole, _, fraction = text.partition(".")
    if trim:
        fraction = fraction.rstrip("0")
    plain = whole.replace(",", "")
    whole = plain if len(plain) < language.groups_from else whole.replace(",", language.group)
    return f"{whole}{language.decimal}{fraction}" if fraction else whole


def _fixed(size: float, decimals: int) -> str:
    """The size with commas and so many places.

    Floats mislead only where the shortest digits end in 5 (a tie), or where more than 15 digits are asked for.
    """
    shortest = repr(size)
    if 0 <= decimals <= 6 and size < 1e9 and shortest[-1] != "5" and "e" not in shortest:
        return f"{size:,.{decimals}f}"
    return f"{_rounded(size, decimals):,.{max(decimals, 0)}f}"


def _scaled(size: float, unit: str, precision: int | None, language: Language) -> tuple[str, str]:
    """Digits and scale word of the short form; nothing where the number is short already."""
    if unit == "percent" or unit.startswith("duration:"):
        return "", ""
    for power, word in zip((9, 6, 3), reversed(language.scales), strict=True):
        # 999,600 is 1 M, not 1,000 k.
        if size >= 10**power * (0.99995 if power == 3 else 0.9995):
            scaled = size / 10**power
            decimals = 0 if scaled >= 99.95 else 1
            return _digits(scaled, decimals, True, language), word
    return "", ""


def _with_unit(digits: str, scale: str, unit: str, language: Language) -> str:
    amount = f"{digits} {scale}" if scale else digits
    kind, _, name = unit.partition(":")
    if kind == "percent":
        return f"{amount} %"
    if kind == "duration":
        return f"{amount} {name}"
    if kind != "currency" or name == "XXX":
        return amount
    sign = CURRENCY_SIGNS.get(name)
    if not language.currency_first:
        return f"{amount} {sign or name}"
    return f"{sign}{amount}" if sign else f"{name} {amount}"


def _duration(seconds: float, precision: int | None, language: Language) -> str:
    """The two largest units that say something: "1 d 2 h", "2 h 5 min", "45 s", "0.35 s"."""
    decimals = _decimals(seconds, "number", precision)
    if round_to(seconds, decimals) < 60:
        return f"{_digits(seconds, decimals, precision is None, language)} s"
    # Rounding may fill the next larger unit: 59 min 59.6 s is 1 h.
    large, large_name, small, small_name = next(
        (big, big_name, little, little_name)
        for big, big_name, little, little_name, limit in DURATION_STEPS
        if round_to(seconds / little, 0) * little < limit
    )
    rounded = int(round_to(seconds / small, 0)) * small
    first = f"{_digits(rounded // large, 0, True, language)} {large_name}"
    rest = rounded % large // small
    return f"{first} {rest} {small_name}" if rest else first
