"""Numbers as people write them, and as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumberFormat:
    decimal: str = "."
    thousands: str = ","


@dataclass(frozen=True, slots=True)
class Reading:
    kind: str
    value: float | None
    qualifier: str = ""
    unit: str = ""
    text: str = ""
    key: str = ""


def read_number(text: str, fmt: NumberFormat = NumberFormat()) -> Reading:
    try:
        return Reading("number", float(text.replace(fmt.thousands, "").replace(fmt.decimal, ".")), text=text)
    except ValueError:
        return Reading("text" if text.strip() else "empty", None, text=text)


def guess_number_format(samples: Sequence[str]) -> NumberFormat:
    return NumberFormat()


def read_unit(text: str) -> str | None:
    return {"%": "percent", "percentage": "percent"}.get(text.strip().casefold())


def round_to(value: float, precision: int | None) -> float:
    return value if precision is None else round(value, precision)


def format_value(
    value: float | None,
    unit: str = "number",
    precision: int | None = None,
    *,
    short: bool = False,
    locale: str = "en",
) -> str:
    return "–" if value is None else f"{value:,.{2 if precision is None else precision}f}"


def format_change(change: float, unit: str, precision: int | None, locale: str = "en") -> str:
    return f"{change:+,.{2 if precision is None else precision}f}"
