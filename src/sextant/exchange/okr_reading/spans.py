"""Quarters, halves and years out of names of files and headings: "OKRs 2018 Q3", "Q3'18", "1Q2018", "FY22 H1"."""

from __future__ import annotations

import re

from sextant.calc.periods import Calendar, Period, PeriodError, parse_period
from sextant.exchange.okr_reading.document import ReadCycle

_YEAR = r"(?P<year>(?:19|20)\d{2})"
_SHORT = r"(?P<year>(?:19|20)\d{2}|['’]?\d{2})"
_PART = r"(?P<letter>[QqHhTt])\s?(?P<part>[1-4])"
_GAP = r"[\s\-_/.,:'’]*(?:of\s+)?"
_SHAPES = (
    re.compile(rf"(?<![\w]){_PART}{_GAP}(?P<fy>FY)?\s?{_SHORT}(?!\d)"),
    re.compile(rf"(?<!\w)(?P<fy>FY)?\s?{_YEAR}{_GAP}{_PART}(?!\w)"),
    re.compile(rf"(?<!\w)(?P<fy>FY)\s?['’]?{_SHORT}{_GAP}{_PART}(?!\w)"),
    re.compile(rf"(?<!\w)(?P<part>[1-4])(?P<letter>[Qq]){_GAP}{_SHORT}(?!\d)"),
    re.compile(rf"(?<!\w)(?P<fy>FY)\s?['’]?{_SHORT}(?!\w)"),
    re.compile(rf"(?<![\w.#/-]){_YEAR}(?![\w.%/-])"),
)
_WORDS_OF_OKRS = re.compile(
    r"\b(?:okrs?|objectives?\s*(?:and|&|\+|/)\s*(?:the\s+)?key\s*results?|objectives?|goals?|key\s*results?|plan(?:ning)?"
    r"|quarter(?:ly)?|annual|year(?:ly)?|ziele|objectifs|objetivos|for|of|the|our|final|draft)\b",
    re.IGNORECASE,
)
_EMOJI = re.compile(r"[^\w\s{}()\[\]'’&/+.,:-]+")


def cycle_in(text: str) -> tuple[str, str]:
    """The cycle a text names, as a period's text, and the text without it; ("", text) when it names none."""
    for shape in _SHAPES:
        match = shape.search(text)
        if match is None:
            continue
        found = match.groupdict()
        year = found["year"].lstrip("'’")
        year = year if len(year) == 4 else f"20{year}"
        letter, part = (found.get("letter") or "").upper(), found.get("part") or ""
        if (letter == "H" and part > "2") or (letter == "T" and part > "3"):
            continue
        stem = f"FY{year}" if found.get("fy") else year
        return (f"{stem}-{letter}{part}" if letter else stem), f"{text[: match.start()]} {text[match.end() :]}"
    return "", text


def cycle_of_name(name: str) -> str:
    """The cycle that the name of a file or sheet says: "okrs-2026_Q1.xlsx" -> "2026-Q1"; "" when it says none."""
    stem = name.rsplit("/", 1)[-1]
    stem = stem.rsplit(".", 1)[0] if "." in stem else stem
    return cycle_in(re.sub(r"[-_]+", " ", stem))[0]


def words_beside(text: str) -> str:
    """What is left of a heading without the words that only say that it is about OKRs, and without signs."""
    return " ".join(_EMOJI.sub(" ", _WORDS_OF_OKRS.sub(" ", text)).strip(" -–—:|/.,()_").split())


def is_cycle_heading(text: str) -> str:
    """The cycle, when a heading says nothing else: "2019 Q4 - Objectives and Key Results"."""
    cycle, rest = cycle_in(text)
    return cycle if cycle and not words_beside(rest) else ""


def period_of_text(text: str, calendar: Calendar) -> Period | None:
    """The period that a text names; None when it names none."""
    try:
        return parse_period(text, calendar=calendar)
    except PeriodError:
        return None


def read_cycle(first: str, last: str = "") -> ReadCycle | None:
    """A cycle from one or two texts as found in cells; None when they name no time."""
    first, last = (_canonical(text) for text in (first, last))
    return ReadCycle(first or last, last if first else "") if first or last else None


def _canonical(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    cycle = cycle_in(text)[0]
    if cycle and not words_beside(cycle_in(text)[1]):
        return cycle
    return text if period_of_text(text, Calendar()) is not None else cycle
