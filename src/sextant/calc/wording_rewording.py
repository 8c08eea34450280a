"""A title said differently: without its number, in plain words, or as the figures a key result is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sextant.calc.numbers import read_unit
from sextant.calc.units import CURRENCY_SYMBOLS
from sextant.calc.wording_numbers import Quantity
from sextant.calc.wording_statements import Statement, direction_of, read_statement
from sextant.calc.wording_verbs import lemma
from sextant.calc.wording_words import JARGON, JARGON_PATTERN

# Verbs that are a number themselves: the change in percent of the baseline, and the verb without it.
MULTIPLIERS: Mapping[str, tuple[float, str]] = {
    "double": (100.0, "increase"), "triple": (200.0, "increase"), "quadruple": (300.0, "increase"),
    "halve": (50.0, "reduce"),
}  # fmt: skip
_BEFORE = re.compile(
    r"(?:[\s,(]*\b(?:by|to|of|at|from|with|up|down|within|in|under|over|above|below|at least|at most|less than"
    r"|fewer than|more than|no more than|between|and|about|around|an? average of|a minimum of|a maximum of|or|for|an?)"
    r"|[\s(]*[<>≥≤~≈=→-]+)*[\s(]*$",
    re.IGNORECASE,
)
# "in 3 markets" becomes "in markets": the preposition belongs to what is counted.
_BEFORE_COUNT = re.compile(
    r"(?:[\s,(]*\b(?:by|to|from|up|down|over|under|above|below|at least|at most|less than|fewer than|more than|about"
    r"|around|a minimum of|a maximum of|between|and)|[\s(]*[<>≥≤~≈=→-]+)*[\s(]*$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"^[\s)]*(?:\b(?:of|in)\s+(?:all\s+|the\s+)?)?", re.IGNORECASE)
_AFTER_VERB = frozenset(("reach", "hit", "attain", "achieve", "get", "score", "generate", "earn"))


def without_number(title: str) -> str:
    """The title without its amounts and dates; empty when too little remains to be an aim."""
    statement = read_statement(title)
    text = statement.text
    cuts = [_cut_of(text, one) for one in statement.amounts]
    cuts += [(one.start, one.end) for one in statement.figures.deadlines]
    kept = text
    for start, end in sorted(cuts, reverse=True):
        kept = f"{kept[:start]} {kept[end:]}"
    kept = _joined(_verb_without_number(kept, statement))
    if len(kept.split()) < 2 or read_statement(kept).amounts:
        return ""
    return kept[0].upper() + kept[1:]


def _cut_of(text: str, amount: Quantity) -> tuple[int, int]:
    """From the preposition in front of an amount to what follows it: "by 20 %", "90 % of our"."""
    is_count = amount.unit == "number" and bool(re.match(r"\s+[a-z]", text[amount.end :], re.IGNORECASE))
    before = (_BEFORE_COUNT if is_count else _BEFORE).search(text[: amount.start])
    start = before.start() if before else amount.start
    starts_phrase = not before or not before[0].strip(" (")
    after = _AFTER.match(text[amount.end :]) if starts_phrase else None
    return start, amount.end + (after.end() if after else 0)


def _verb_without_number(kept: str, statement: Statement) -> str:
    first, _, rest = kept.strip().partition(" ")
    verb, form = lemma(first)
    if verb in MULTIPLIERS and form == "base":
        return f"{MULTIPLIERS[verb][1]} {rest}"
    if verb not in _AFTER_VERB or form != "base" or not statement.amounts:
        return kept
    first_amount = statement.amounts[0]
    is_level = first_amount.unit in ("percent", "rating", "points") or statement.text[: first_amount.start].endswith(
        "of "
    )
    return f"{'improve' if is_level else 'grow'} {re.sub(r'^(?:an?|the) ', '', rest)}"


def _joined(text: str) -> str:
    """One blank between words, and no preposition or sign left hanging at the end."""
    joined = re.sub(r"\(\s*\)", "", " ".join(text.split()))
    if joined.count("(") != joined.count(")"):
        joined = joined.replace("(", "").replace(")", "")
    joined = re.sub(r"\s+([,.;:!?)])", r"\1", joined)
    hanging = re.compile(r"[\s,;:.–(-]+$|\s(?:by|to|of|at|from|and|with|in|within|or|for|the|a|an)$", re.IGNORECASE)
    while hanging.search(joined):
        joined = hanging.sub("", joined)
    return joined


def plain_words(title: str) -> str:
    """The title with everyday words in place of jargon."""
    plain = JARGON_PATTERN.sub(lambda match: JARGON[match[0].lower()] or "\x00", title)
    plain = re.sub(r"\x00(?:,|\s+and\b)?", "", plain)
    plain = re.sub(r"\b(an?)\s+(?=\S)", lambda match: _article(match[1], plain[match.end() :]), plain, flags=re.I)
    plain = _joined(plain)
    return plain[:1].upper() + plain[1:] if title[:1].isupper() else plain


def _article(article: str, following: str) -> str:
    right = "an" if following[:1].lower() in "aeio" else "a"
    return f"{right.capitalize() if article[0].isupper() else right} "


def figures_of(title: str) -> dict[str, object]:
    """Fields of a `KeyResultDraft` that a title says in words; empty when it says no amount.

    "by 20 %" is relative, "from 8 to 5" has its baseline, "to 95 %" and "50 customers" are targets.
    """
    statement = read_statement(title)
    direction = direction_of(statement) or ("down" if _is_time_allowed(statement) else "up")
    verb = statement.verb if statement.verb in MULTIPLIERS else ""
    if verb:
        return {"relative": "percent", "amount": MULTIPLIERS[verb][0], "direction": direction}
    amounts = [one for one in statement.amounts if one.value is not None]
    if not amounts:
        return {}
    first, last = amounts[0], amounts[-1]
    unit = _unit_of(last)
    if statement.figures.is_from_to and len(amounts) > 1:
        start, end = float(first.value or 0), float(last.value or 0)
        direction = "down" if end < start else "up"
        return {"baseline": start, "target": end, "unit": unit, "direction": direction}
    if _is_relative(statement, first):
        if first.unit == "percent":
            return {"relative": "percent", "amount": abs(first.value or 0.0), "direction": direction}
        unit = "percent" if first.text.lower().endswith(("pp", "percentage points", "percentage point")) else unit
        return {"relative": "points", "amount": abs(first.value or 0.0), "unit": unit, "direction": direction}
    return {"target": first.value, "unit": _unit_of(first), "direction": direction}


def _is_time_allowed(statement: Statement) -> bool:
    """Whether the figure is a time something may take: "within 24 hours", less is better."""
    return bool(statement.amounts) and statement.amounts[0].unit == "duration"


def _is_relative(statement: Statement, amount: Quantity) -> bool:
    before = statement.text[: amount.start].lower().rstrip()
    after = statement.text[amount.end :].lower()
    parted = (amount.unit == "percent" and before.endswith((" in", " by"))) or amount.text.lower().startswith(
        ("by ", "in ")
    )
    signed = parted or amount.text[0] in "+-−"
    return signed or before.endswith(" by") or bool(re.match(r"\s*(?:more|fewer|less|higher|lower|faster)\b", after))


def _unit_of(amount: Quantity) -> str:
    if amount.unit in ("percent", "rating"):
        return amount.unit
    if amount.unit == "currency":
        code = next((code for symbol, code in CURRENCY_SYMBOLS.items() if symbol in amount.text), "")
        return f"currency:{code}" if code else read_unit(re.sub(r"[\d.,\s]+|[kmb]n?\b", "", amount.text)) or "number"
    if amount.unit == "duration":
        return read_unit(amount.text.split()[-1].lstrip("0123456789.,-")) or "number"
    return "number"


def measured_title(title: str) -> str:
    """A key result's title made of an objective's: "Website traffic up by 20 %"."""
    statement = read_statement(title)
    figures = figures_of(title)
    dated = statement.text
    for one in sorted(statement.figures.deadlines, key=lambda one: -one.start):
        dated = f"{dated[: one.start]} {dated[one.end :]}"
    dated = _joined(dated)
    if "relative" not in figures or not statement.verb:
        return dated
    measure = without_number(title).partition(" ")[2]
    if not measure:
        return dated
    way = "down" if figures["direction"] == "down" else "up"
    sign = f"{figures['amount']:g} %" if figures["relative"] == "percent" else statement.amounts[0].text.lstrip("+-−")
    return f"{measure[0].upper()}{measure[1:]} {way} by {sign}"
