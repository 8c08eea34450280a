"""What stands above a table in pairs, "Title: A&E attendances", "Unit: EUR": facts about all of it, and no table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sextant.exchange.understanding.cells import filled, normal
from sextant.exchange.understanding.when import is_year, looks_like_number
from sextant.exchange.understanding.words import Role, header_roles

TITLES = frozenset({
    "title", "titel", "titre", "titulo", "titolo", "dataset", "data set", "table", "series title", "indicator",
    "indicator name", "measure", "statistic", "kpi", "report",
})  # fmt: skip
_FACTS = (Role.UNIT, Role.SOURCE)
MOST_CELLS = 2


@dataclass(slots=True)
class Preamble:
    """Titles in their order, the one that names the table first; and facts by role."""

    titles: list[str] = field(default_factory=list)
    facts: dict[Role, str] = field(default_factory=dict)


def is_pairs(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows only name things, one pair per row, rather than being a narrow table of numbers."""
    if not rows or any(filled(row) > MOST_CELLS for row in rows):
        return False
    pairs = [[text for text in row if text] for row in rows]
    pairs = [pair for pair in pairs if len(pair) == MOST_CELLS]
    if not pairs or pairs[0][0].endswith(":"):
        return True
    roles = [max(header_roles(text).values(), default=0.0) >= 1.0 or is_year(text) for text in pairs[0]]
    numbers = sum(is_figure(pair[1]) for pair in pairs[1:])
    return len(pairs) == 1 or not (all(roles) or numbers >= 0.6 * len(pairs[1:]))


def is_figure(text: str) -> bool:
    """A plain number, perhaps with a sign of percent or money."""
    return looks_like_number(text.replace(" ", "").lstrip("+-−<>~€$£").rstrip("%€$*"))


def read_preamble(rows: Sequence[Sequence[str]]) -> Preamble:
    """The texts above a table: a pair that names it comes first, one that dates it later, others give facts."""
    named, plain, dated = [], [], []
    found = Preamble()
    for row in rows:
        texts = [text for text in row if text]
        if len(texts) != MOST_CELLS:
            plain.append(" ".join(texts))
            continue
        key, text = texts[0].rstrip(": "), texts[1]
        roles = {role for role, score in header_roles(key).items() if score >= 1.0}
        if normal(key) in TITLES:
            named.append(text)
        elif Role.PERIOD in roles and normal(key) != "date":
            dated.append(text)
        for role in _FACTS:
            if role in roles:
                found.facts.setdefault(role, text)
    if named:
        found.facts[Role.METRIC_NAME] = named[0]
    found.titles = [text for text in (*named, *plain, *dated) if text]
    return found
