"""What the chooser answers, and what its rules look at in common."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sextant.calc.wording_numbers import ALWAYS
from sextant.calc.wording_statements import Statement
from sextant.calc.wording_words import (
    is_deliverable,
    is_measure,
)

REASONS = (
    "nothing-said",
    "measurable-change",
    "change-without-number",
    "level-to-hold",
    "level-by-a-date",
    "state-to-hold",
    "share-reached",
    "results-counted",
    "quantity-watched",
    "work-to-do",
    "work-counted",
    "thing-to-make",
    "aim-without-number",
    "nothing-recognised",
)
# Those who decide about a result themselves, and what they bring.
PEOPLE = re.compile(
    r"\b(?:customers?|clients?|accounts?|members?|subscribers?|users?|partners?|contracts?|deals?|leads?|patients?"
    r"|donors?|volunteers?|orders?|sign-?ups?|students?|visitors?|guests?|families|residents|households|savings?"
    r"|revenue|sales|funding|income|applications?|registrations?|bookings?|reviews?|referrals?|downloads?|units?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """`kind` is kpi, key_result, initiative or objective; `confidence` 0 to 1; `reason` one of `REASONS`.

    `evidence` are the pieces of the text that decided, in the order they weigh.
    """

    kind: str
    confidence: float
    reason: str
    evidence: tuple[str, ...] = ()


def evidence(*pieces: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))


def seen(statement: Statement, *more: str) -> tuple[str, ...]:
    """The verb, the amounts and the dates of a sentence."""
    amounts = [one.text for one in statement.amounts]
    return evidence(statement.verb_text, *more, *amounts, *(one.text for one in statement.figures.deadlines))


def must_be_met(statement: Statement) -> bool:
    """Whether there is a date to be met, rather than a rhythm or "at all times"."""
    return statement.has_date and not ALWAYS.search(statement.text)


def names_measure(statement: Statement) -> bool:
    return statement.is_measure or any(is_measure(word) for word in statement.words)


def counts_deliverables(statement: Statement) -> bool:
    """Whether the figure counts what the doers make themselves."""
    if any(one.unit not in ("number", "times") for one in statement.amounts):
        return False
    after = statement.text[statement.amounts[0].end :].split()[:3]
    words = [word.strip(".,;:()").lower() for word in after]
    return any(is_deliverable(word) for word in words) and not PEOPLE.search(" ".join(words))
