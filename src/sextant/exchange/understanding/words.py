"""The words by which people label the columns of KPI tables, in seven languages.

Words are written as `cells.normal` leaves them: small letters, no accents, single blanks. They only
suggest; what the cells hold decides (see `columns`).
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from sextant.exchange.understanding.cells import normal


class Role(StrEnum):
    """What a column is for."""

    PERIOD = "period"
    PERIOD_PART = "period_part"
    METRIC_KEY = "metric_key"
    METRIC_NAME = "metric_name"
    VALUE = "value"
    TARGET = "target"
    RED_FLAG = "red_flag"
    LOW = "low"
    HIGH = "high"
    UNIT = "unit"
    MEASURE = "measure"
    SCENARIO = "scenario"
    DIMENSION = "dimension"
    TECHNICAL = "technical"
    NOTE = "note"
    QUALIFIER = "qualifier"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    OWNER = "owner"
    TEAM = "team"
    THEME = "theme"
    DIRECTION = "direction"
    FREQUENCY = "frequency"
    BASELINE = "baseline"
    AIM_YEAR = "aim_year"
    DESCRIPTION = "description"
    HOW_MEASURED = "how_measured"
    SOURCE = "source"
    STATE = "state"
    AGGREGATION = "aggregation"
    PRECISION = "precision"
    PARENT = "parent"
    TARGET_TEXT = "target_text"
    MULTIPLIER = "multiplier"
    NUMBER = "number"
    IGNORED = "ignored"


_WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    (Path(__file__).parent / "words.toml").read_text(encoding="utf-8")
)


def word_lists(section: str) -> dict[str, frozenset[str]]:
    """The named lists of one section of `words.toml`."""
    return {
        name: frozenset(" ".join(word.split()) for word in text.split(",") if word.strip())
        for name, text in _WORDS[section].items()
    }


_HEADER = word_lists("header")
EXACT_ONLY = _HEADER.pop("exact_only")
"""Words that say something as a whole header and nothing as a part of one."""
HEADER_WORDS: Mapping[Role, frozenset[str]] = {Role(name): words for name, words in _HEADER.items()}
LONGEST_PHRASE = max(len(phrase.split()) for words in HEADER_WORDS.values() for phrase in words)
TOTAL_WORDS = word_lists("members")["total"]
DERIVED_COLUMNS = word_lists("members")["derived_columns"]
SCENARIOS = word_lists("scenarios")
"""What kind of number a column, or a row, holds: only "actual" is a value, "target" and "red_flag" judge it."""
MULTIPLIERS: Mapping[str, float] = {
    word: 10.0 ** int(power) for power, words in word_lists("multipliers").items() for word in words
}
"""What numbers are written in: "thousands" -> 1000."""
DIRECTION_WORDS = word_lists("directions")
FREQUENCY_WORDS = word_lists("frequencies")
AGGREGATION_WORDS = word_lists("aggregations")
_NUMBERS = frozenset({Role.VALUE, Role.TARGET, Role.RED_FLAG, Role.LOW, Role.HIGH, Role.BASELINE})
_LABELS = frozenset({"id", "code", "nr", "key", "type", "status", "date", "ref", "year", "unit", "kind", "typ"})
"""A header that ends in one of these is about a label ("target id"), not about a number."""
_SIGNS = {
    "+": "up", "-": "down", "−": "down", "1": "up", "+1": "up", "-1": "down", "1.0": "up", "-1.0": "down",
    "↑": "up", "↓": "down", "▲": "up", "▼": "down", "↗": "up", "↘": "down", "↔": "within",
    ">": "up", "<": "down", "≥": "up", "≤": "down", ">=": "up", "<=": "down",
}  # fmt: skip


def direction_of(text: str) -> str | None:
    """ "up", "down", "within" or None for a word or sign people use."""
    bare = text.strip()
    if bare in _SIGNS:
        return _SIGNS[bare]
    words = normal(bare)
    return next((name for name, known in DIRECTION_WORDS.items() if words in known), None)


def frequency_of(text: str) -> str | None:
    """The frequency a word names, None when unknown ("occasional", "every 5 years")."""
    words = normal(text)
    return next((name for name, known in FREQUENCY_WORDS.items() if words in known), None)


def aggregation_of(text: str) -> str | None:
    """The roll-up rule a word names."""
    words = normal(text)
    return next((name for name, known in AGGREGATION_WORDS.items() if words in known), None)


def scenario_of(text: str) -> str | None:
    """ "actual", "target", "red_flag", "forecast", "previous", "difference" or None."""
    words = normal(text)
    return next((name for name, known in SCENARIOS.items() if words in known), None)


_BY_SEX = frozenset({"sex", "gender", "geschlecht", "sexe", "sexo", "sesso", "genre", "genero", "genere", "geslacht"})
_EVERYBODY = frozenset({"t", "persons", "people", "person", "mf", "m f", "personen", "personnes", "personas", "persone",
                        "pessoas", "male and female", "men and women", "everybody"})  # fmt: skip


@lru_cache(maxsize=16_384)
def is_total(text: str, column: str = "") -> bool:
    """Whether a member says "all of them": "Total", "Total, 15 years and over", "All ages" under "Age".

    "All management occupations" under "Leadership position" is a member of its own: what follows "all"
    must be a word of the column's own name.
    """
    words = normal(text)
    if words in TOTAL_WORDS or text == "_T":
        return True
    if words in _EVERYBODY and set(normal(column).split()) & _BY_SEX:
        return True
    tokens = words.split()
    if not tokens:
        return False
    bare = shown_total(text)
    if tokens[0] in ("total", "gesamt", "insgesamt", "totale", "totaal") and bare:
        return True
    if tokens[0] not in ("all", "alle", "tous", "toutes", "todos", "todas", "tutti", "tutte") or len(tokens) < 2:
        return False
    named = {token.rstrip("s") for token in normal(column).split()}
    return tokens[1].rstrip("s") in named


def shown_total(text: str) -> bool:
    """Whether a text starting with "Total" goes on with a qualification: "Total, tenure", "Total - Gender"."""
    rest = text.removeprefix("data.").strip()[5:].lstrip("ets")
    return rest.lstrip()[:1] in (",", "-", "–", "—", ":", "(", "")


def header_roles(header: str) -> dict[Role, float]:
    """How strongly a header's words suggest each role, 0..1; the longest known phrase in it counts."""
    return _roles(normal(header))


@lru_cache(maxsize=16_384)
def _roles(words: str) -> dict[Role, float]:
    scores: dict[Role, float] = {}
    if not words:
        return scores
    inside = _phrases(words)
    for role, known in HEADER_WORDS.items():
        if words in known:
            scores[role] = 1.0
            continue
        if role in _NUMBERS and words.split()[-1] in _LABELS:
            continue
        best = max((_weight(phrase, words) for phrase in inside if phrase in known), default=0.0)
        if best:
            scores[role] = round(best, 2)
    return scores


def _phrases(words: str) -> set[str]:
    """Everything in a header, of one word or several side by side, that may say what its column is for."""
    single = words.split(" ")
    found = {
        " ".join(single[first:last])
        for first in range(len(single))
        for last in range(first + 1, min(first + LONGEST_PHRASE, len(single)) + 1)
    }
    return {phrase for phrase in found if len(phrase) >= 3} - EXACT_ONLY


def _weight(phrase: str, words: str) -> float:
    """Long phrases weigh more, and so does the end of a header, where English names the thing itself."""
    place = 0.2 if words.endswith(phrase) else 0.1 if words.startswith(phrase) else 0.0
    return 0.3 + 0.45 * len(phrase) / len(words) + place
