"""Periods as people write them: read strictly, refused with a proposal, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sextant.calc.period_dates import Hints
from sextant.calc.period_grid import (
    EPOCH_DAY,
    PLAIN_CALENDAR,
    WEEK_HOURS,
    Calendar,
    Frequency,
    Period,
    PeriodError,
    containing,
    period_at,
)
from sextant.calc.period_shapes import read_shape
from sextant.calc.period_words import encode, fold, is_period_word, repaired

LONGEST_TEXT = 100
EXAMPLES = "2026-03-14, 2026-W11, 2026-03, 2026-Q1, 2026 or FY2018"
MARK_LETTERS = "a|b|e|f|p|r|u|pr|est|prov|prelim|rev"
MARK_WORDS = (
    "actual|budget|estimate|estimated|forecast|plan|planned|preliminary|projected|projection|provisional|revised|target"
)
MARK_AFTER = re.compile(
    r"(?P<rest>.*?[0-9][a-z]{0,2}?)\s*(?:(?P<sign>[*†‡§¶^]+|[⁰¹²³⁴-⁹]+)|\((?P<round>[^()]{1,40})\)|\[(?P<square>[^][]{1,40})\]"
    rf"|(?P<letters>(?:{MARK_LETTERS})\.?)|(?<=\s)(?P<word>{MARK_WORDS}))",
    re.IGNORECASE,
)
MARK_BEFORE = re.compile(r"(?P<sign>[*~≈†‡]|(?:ca?\.|circa)(?=\s))\s*(?P<rest>.*[0-9].*)", re.IGNORECASE)
FOOTNOTE = re.compile(r"[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class PeriodReading:
    """A period and the mark that was written beside it ("*", "p", "provisional"), empty for a plain one."""

    period: Period
    qualifier: str = ""


def parse_period(
    text: str,
    *,
    calendar: Calendar = PLAIN_CALENDAR,
    frequency: Frequency | None = None,
    day_first: bool | None = None,
) -> Period:
    """The period that a text names, surrounding blanks aside.

    Years and their parts are those of `calendar`: where years begin in April, "2018", "FY2018" and "Q1 2018" are
    fiscal ("CY2018" is not). With a `frequency` the result has it: finer texts give the period they lie in,
    coarser ones are refused, and what could be two things is read as the wished one ("2011-12" as a year).
    `day_first` decides 03/04/2021. Raises PeriodError with a stable key; nothing is guessed.
    """
    outcome = _outcome(text, calendar, frequency, day_first)
    if isinstance(outcome, Period):
        return outcome
    raise PeriodError(*outcome)


def read_period(
    text: str,
    *,
    calendar: Calendar = PLAIN_CALENDAR,
    frequency: Frequency | None = None,
    day_first: bool | None = None,
) -> PeriodReading:
    """As `parse_period`, keeping a mark such as in "2019*", "2020p" or "2021 (provisional)" apart."""
    outcome = _outcome(text, calendar, frequency, day_first)
    if isinstance(outcome, Period):
        return PeriodReading(outcome)
    parts = split_mark(text) if outcome[0] == "qualified-period" else None
    if parts is None:
        raise PeriodError(*outcome)
    rest = read_period(parts[0], calendar=calendar, frequency=frequency, day_first=day_first)
    return PeriodReading(rest.period, f"{rest.qualifier} {parts[1]}".strip())


@lru_cache(maxsize=32768)
def _outcome(
    text: str, calendar: Calendar, frequency: Frequency | None, day_first: bool | None
) -> Period | tuple[str, str]:
    """The period, or key and message of its refusal; refusals are kept too because bad columns repeat them."""
    try:
        period = _iso(text)
        if period is None:
            period = _read(text, Hints(_quoted(text), calendar, frequency, day_first))
        if frequency is None or period.frequency is frequency:
            return period
        return _fitted(period, frequency, calendar, text)
    except PeriodError as error:
        return error.key, str(error)


def _iso(text: str) -> Period | None:
    """The fast way for 2026-03-14, 2026-03-14T13:00 and 2026-03-14 13:00:00 (but midnight needs thought)."""
    try:
        if len(text) == 10 and text[4] == "-" and text[7] == "-":
            start = (date.fromisoformat(text).toordinal() - EPOCH_DAY) * 24
            return Period(start, start + 24, Frequency.DAY) if "1" <= text[0] <= "2" else None
        if len(text) in (16, 19) and text[10] in "T " and text[11:13] != "00":
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None and "1" <= text[0] <= "2":
                start = (moment.toordinal() - EPOCH_DAY) * 24 + moment.hour
                return Period(start, start + 1, Frequency.HOUR)
    except ValueError:
        pass
    return None


def _quoted(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= LONGEST_TEXT else f"{shown[:LONGEST_TEXT]}…"


def _read(text: str, hints: Hints) -> Period:
    if not text.strip(" \t\r\n\u00a0\u2007\u2009\u202f\u200b\ufeff"):
        raise PeriodError("empty-period", "The period is empty.")
    if len(text.strip()) > LONGEST_TEXT:
        raise hints.refusal("unreadable-period", "is too long for a period.")
    # A superscript is a footnote; folding would turn it into a digit.
    period = None if re.search("[⁰¹²³⁴-⁹]", text) else read_shape(encode(text), hints)
    if period is None:
        raise _refusal(text, hints)
    return period


def _refusal(text: str, hints: Hints) -> PeriodError:
    parts = split_mark(text)
    if parts is not None and _has_shape(parts[0], hints, impossible=True):
        return hints.refusal(
            "qualified-period", f"carries the mark “{parts[1]}”, which must be kept apart from {parts[0]}."
        )
    proposal = repaired(text)
    if proposal is not None and _has_shape(proposal, hints, impossible=False):
        return hints.refusal("misspelt-period", f"is not a period. Did you mean “{proposal}”?")
    if any(char.isdecimal() and not char.isascii() for char in text):
        return hints.refusal("unsupported-digits", "has digits of another script. Write them as 0 to 9.")
    return hints.refusal("unreadable-period", f"cannot be read as a period. Write it like {EXAMPLES}.")


def _has_shape(text: str, hints: Hints, *, impossible: bool) -> bool:
    """Whether a text is written like a period, marks aside; `impossible` ones (31 Feb) count only if wanted."""
    try:
        if read_shape(encode(text), hints) is not None:
            return True
    except PeriodError:
        return impossible
    parts = split_mark(text)
    return parts is not None and _has_shape(parts[0], hints, impossible=impossible)


def split_mark(text: str) -> tuple[str, str] | None:
    """Text and mark of a qualified period, or None: ("2019", "*"), ("2021", "provisional")."""
    stripped = text.strip()
    match = MARK_AFTER.fullmatch(stripped) or MARK_BEFORE.fullmatch(stripped)
    if match is None:
        return None
    groups = match.groupdict()
    rest = groups.pop("rest")
    mark = next(value for value in groups.values() if value).strip()
    enclosed = groups.get("round") or groups.get("square")
    if enclosed and not _is_plain_mark(mark):
        return None
    return rest.strip(), mark


def _is_plain_mark(mark: str) -> bool:
    """Whether what stands in brackets is a remark or footnote, not a part of the period such as "Q1"."""
    if FOOTNOTE.fullmatch(mark):
        return True
    words = re.findall(r"[a-z]+", fold(mark))
    return not re.search(r"[0-9]", mark) and bool(words) and not any(is_period_word(word) for word in words)


def _fitted(period: Period, frequency: Frequency, calendar: Calendar, text: str) -> Period:
    """The period of the wished frequency that this one equals or lies in."""
    home = period_at(period.start, frequency, calendar)
    if home.end == period.end and home.start == period.start:
        return home
    if frequency is Frequency.WEEK and period.end - period.start == WEEK_HOURS:
        return period_at(period.start + WEEK_HOURS // 2, frequency, calendar)
    crosses = period.span > 1 and not (home.start <= period.start and period.end <= home.end)
    if crosses or frequency.rank < period.frequency.rank:
        raise PeriodError("too-coarse", f"“{_quoted(text)}” does not lie in a single {frequency}.")
    return containing(period, frequency, calendar)
