"""What a row, or a document, says about a metric: unit, target, owner and so on, as plain values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from sextant.calc.numbers import NumberFormat, read_unit
from sextant.calc.periods import Period
from sextant.exchange.understanding.cells import MISSING_WORDS, cell_number, cell_text, normal, to_float
from sextant.exchange.understanding.drafts import MetricDraft, TargetDraft
from sextant.exchange.understanding.when import PeriodReader, years_in
from sextant.exchange.understanding.words import (
    Role,
    aggregation_of,
    direction_of,
    frequency_of,
    scenario_of,
    word_lists,
)
from sextant.readers.grids import Cell

TEXT_ROLES = (Role.OWNER, Role.TEAM, Role.THEME, Role.DESCRIPTION, Role.HOW_MEASURED, Role.SOURCE, Role.PARENT,
              Role.TARGET_TEXT)  # fmt: skip
NUMBER_ROLES = (Role.TARGET, Role.RED_FLAG, Role.LOW, Role.HIGH, Role.BASELINE)
_RANGE = re.compile(r"^\D{0,12}?([\d.,]+)\s*%?\s*(?:-|–|—|to|bis|à|a|tot|und|and)\s*([\d.,]+)\s*\D{0,12}$")


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_BOUNDS = {
    direction: re.compile(rf"^(?:{_any_of(words)})\s*", re.IGNORECASE)
    for direction, words in word_lists("bounds").items()
}
_SENTENCES = word_lists("sentences")
_DOWNWARD = re.compile(rf"\b(?:{_any_of(_SENTENCES['down'])})", re.IGNORECASE)
_UPWARD = re.compile(rf"\b(?:{_any_of(_SENTENCES['up'])})", re.IGNORECASE)
_UNTIL = re.compile(
    rf"\b(?:{_any_of(_SENTENCES['until'])})\s+(?:[^\W\d]{{3,9}}\.?\s+(?:\d{{1,2}},\s+)?)?((?:19|20)\d\d)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Facts:
    """Everything one source says about one metric."""

    file: str
    sheet: str = ""
    row: int | None = None
    id: str = ""
    name: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    targets: list[TargetDraft] = field(default_factory=list)
    defaults: dict[str, list[str]] = field(default_factory=dict)
    measures: list[str] = field(default_factory=list)
    directions: dict[str, str] = field(default_factory=dict)
    is_summary: bool = False


@dataclass(frozen=True, slots=True)
class TargetText:
    """A target as written in one cell: a number, a bound or a band."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    direction: str = ""


def read_target(text: str, form: NumberFormat) -> TargetText:
    """ "≥ 95 %" -> 95 up; "max. 5" -> 5 down; "10-15 %" -> a band; text without a number -> nothing."""
    for direction, pattern in _BOUNDS.items():
        match = pattern.match(text)
        if match and match.end() < len(text):
            return TargetText(to_float(text[match.end() :], form), direction=direction)
    value = to_float(text, form)
    if value is not None:
        return TargetText(value)
    band = _RANGE.match(text)
    if band:
        low, high = to_float(band[1], form), to_float(band[2], form)
        if low is not None and high is not None and low < high:
            return TargetText(low=low, high=high, direction="within")
    return TargetText()


def row_facts(
    roles: Mapping[Role, int], row: Sequence[str | Cell], form: NumberFormat, scale: float = 1.0
) -> tuple[dict[str, str], dict[str, float]]:
    """Texts and numbers of a row's describing columns; percent cells of a workbook count as 0-100."""
    texts: dict[str, str] = {}
    numbers: dict[str, float] = {}
    for role, column in roles.items():
        cell = row[column] if column < len(row) else ""
        text = cell_text(cell)
        if not text or text.casefold() in MISSING_WORDS:
            continue
        if role in NUMBER_ROLES:
            _take_number(role, cell, text, form, scale, texts, numbers)
        else:
            texts[role] = text
    return texts, numbers


def _take_number(
    role: Role, cell: str | Cell, text: str, form: NumberFormat, scale: float,
    texts: dict[str, str], numbers: dict[str, float],
) -> None:  # fmt: skip
    reading = cell_number(cell, form)
    if reading.kind == "number" and reading.value is not None:
        factor = 100.0 if isinstance(cell, Cell) and cell.is_percent else scale
        numbers[role] = round(reading.value * factor, 12)
        bound = {"<": "down", "≤": "down", "<=": "down", ">": "up", "≥": "up", ">=": "up"}.get(reading.qualifier)
        if bound and role is Role.TARGET:
            texts["target_bound"] = bound
        return
    target = read_target(text, form)
    if role is Role.TARGET:
        texts.setdefault(Role.TARGET_TEXT, text)
        for name, value in (("target", target.value), ("low", target.low), ("high", target.high)):
            if value is not None:
                numbers[name] = value * scale
        if target.direction:
            texts["target_bound"] = target.direction
    elif target.value is not None:
        numbers[role] = target.value * scale


def teach(draft: MetricDraft, texts: Mapping[str, str], numbers: Mapping[str, float], origin: str) -> None:
    """Give a draft what a source says, where nothing better is known."""
    for role in TEXT_ROLES:
        draft.learn(role.value, clean(texts.get(role, "")), origin)
    unit = texts.get(Role.UNIT, "")
    if unit and draft.learn("unit_text", unit, origin):
        draft.learn("unit", read_unit(unit) or "", origin)
    for role, reader in (
        (Role.DIRECTION, direction_of), (Role.FREQUENCY, frequency_of), (Role.AGGREGATION, aggregation_of),
    ):  # fmt: skip
        draft.learn(role.value, reader(texts.get(role, "")) or "", origin)
    draft.learn("direction", texts.get("target_bound", ""), f"{origin}: the target is a bound")
    draft.learn("baseline", numbers.get(Role.BASELINE), origin)
    if Role.PRECISION in texts and texts[Role.PRECISION].isdigit():
        draft.learn("precision", int(texts[Role.PRECISION]), origin)


def target_of(
    texts: Mapping[str, str],
    numbers: Mapping[str, float],
    periods: PeriodReader,
    origin: str,
    period: Period | None = None,
) -> TargetDraft | None:
    """The target a row states, with the year it is for when it has one."""
    names = {name: numbers.get(name) for name in ("target", "red_flag", "low", "high")}
    if all(value is None for value in names.values()):
        return None
    if names["target"] is not None and (names["low"] is None) != (names["high"] is None):
        names["low"] = names["high"] = None
    aim = periods.read(texts[Role.AIM_YEAR]) if texts.get(Role.AIM_YEAR) else None
    text = clean(texts.get(Role.TARGET_TEXT, ""))
    if aim is None and period is None:
        aim = aim_in(text, periods)
    return TargetDraft(
        names["target"], names["red_flag"], names["low"], names["high"],
        period=period, aim_by=aim, text=text, source=origin,
    )  # fmt: skip


def aim_in(text: str, periods: PeriodReader) -> Period | None:
    """The one year a target text starts or ends with: "By 2030, ..." , "... until 2026"."""
    match = _UNTIL.search(text)
    years = {year for year in years_in(text) if match and year >= match[1]}
    return periods.read(match[1]) if match and len(years) == 1 else None


def direction_in(text: str) -> str:
    """The direction a sentence about a target implies, "" when none or both."""
    down, up = bool(_DOWNWARD.search(text)), bool(_UPWARD.search(text))
    return "down" if down and not up else "up" if up and not down else ""


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(" " if tag in ("br", "p", "li") else "")


def clean(text: str) -> str:
    """A text on one line without markup."""
    if "<" in text and ">" in text:
        parser = _Plain()
        parser.feed(text)
        text = "".join(parser.parts)
    return " ".join(text.split())


def is_plain_unit(text: str) -> bool:
    """Whether a measure's name is only a kind of number, so that it says nothing about the metric."""
    return scenario_of(text) is not None or normal(text) in ("value", "wert", "valeur", "valor", "valore", "waarde")
