"""The chooser's rules for sentences that start with a noun phrase, in the order they are asked."""

from __future__ import annotations

import re
from collections.abc import Callable

from sextant.calc.chooser_choice import Choice, counts_deliverables, evidence, must_be_met, seen
from sextant.calc.wording_numbers import ALWAYS, CADENCE
from sextant.calc.wording_statements import Statement, main_verbs
from sextant.calc.wording_verbs import (
    HOLD,
    OUTCOME,
    WORK,
    lemma,
    listed,
)
from sextant.calc.wording_words import (
    AMBITIOUS,
    CHANGE,
    DOWN_NOUNS,
    MEASURE_START,
    UP_NOUNS,
    WORK_NOUNS,
    is_deliverable,
    is_measure,
    singular,
)

_LATE = re.compile(r"\bby\b|\buntil\b|\bbefore\b|\btill\b", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:all|every|each)\s+(?:of\s+)?(?:our |the )?\w+", re.IGNORECASE)
_NEVER = re.compile(
    r"\b(?:never|not|no longer|must not|cannot)\s+(?:fall|drop|rise|exceed|go|climb|sink|be)\b|\bdoes not exceed\b",
    re.IGNORECASE,
)
# Things in a state nobody wants for long: counting them is watching.
_WAITING = re.compile(
    r"(?:overdue|open|late|outstanding|unresolved|pending|missed|lost|active|failed|returning|vacant|unpaid|unplanned"
    r"|cancelled|delayed|rejected|inactive|unanswered|expired|critical|new|lapsed)\s+\w+s$",
    re.IGNORECASE,
)
_AFTER_WORK = frozenset(listed("by in on at to for with from until before after during out up off live per and")) | {""}
_AT_MOST = frozenset(
    ("fewer than", "less than", "at most", "no more than", "not more than", "under", "below", "<", "≤")
)
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|be|been|being|has|have|had|gets?|will)\b", re.IGNORECASE)


def _from_to(statement: Statement) -> Choice | None:
    if not statement.figures.is_from_to:
        return None
    return Choice("key_result", 0.9, "measurable-change", seen(statement))


def _changed_quantity(statement: Statement) -> Choice | None:
    """Churn falls to 3 %, a reduction by 10 %, 20 % more visitors, +5 points."""
    verbs = [verb for verb, _ in main_verbs(statement)]
    head = statement.head[-1] if statement.head else ""
    noun = head if head in UP_NOUNS | DOWN_NOUNS else ""
    if any(verb in ("double", "triple", "halve", "quadruple") for verb in verbs) and not statement.amounts:
        return Choice("key_result", 0.8, "measurable-change", seen(statement))
    if not statement.amounts:
        if (
            noun
            and head != "growth"
            and statement.head[0] not in ("percentage", "percent", "rate")
            and re.search(r"\b(?:of|in)\b", statement.text)
            and not CADENCE.search(statement.text)
        ):
            return Choice("objective", 0.5, "change-without-number", seen(statement, noun))
        return None
    if any(verb in HOLD for verb in verbs) or _NEVER.search(statement.text):
        kind, reason = ("key_result", "level-by-a-date") if must_be_met(statement) else ("kpi", "level-to-hold")
        return Choice(kind, 0.75, reason, seen(statement))
    changed = next((verb for verb in verbs if verb in OUTCOME and verb not in WORK), "")
    signed = any(one.text[0] in "+-−±" and one.text[0] != "±" for one in statement.amounts)
    relative = CHANGE.search(statement.text)
    if changed or noun or signed or (relative and not _is_comparison(statement)):
        return Choice("key_result", 0.85, "measurable-change", seen(statement, changed, noun))
    return None


def _is_comparison(statement: Statement) -> bool:
    """Whether "more than" belongs to a figure: "patients waiting more than 4 hours" changes nothing."""
    return any(one.comparator for one in statement.amounts) or "than" in (word.lower() for word in statement.words)


def _share_of_people(statement: Statement) -> Choice | None:
    """90 % of staff use it."""
    share = statement.share
    if not share:
        return None
    if not statement.has_date and (CADENCE.search(statement.text) or ALWAYS.search(statement.text)):
        return Choice("kpi", 0.7, "level-to-hold", seen(statement))
    return Choice("key_result", 0.85 if statement.has_date else 0.6, "share-reached", seen(statement))


def _done_work(statement: Statement) -> Choice | None:
    """The portal is launched, three workshops held."""
    if MEASURE_START.match(statement.opening) or (_per(statement) and not statement.amounts):
        return None
    has_auxiliary = bool(_AUXILIARY.search(statement.text))
    passive = _work_in(statement, has_auxiliary)
    if not passive or (statement.is_measure and not has_auxiliary):
        return None
    whole = _WHOLE.match(statement.text)
    if whole and not is_deliverable(statement.head[-1] if statement.head else ""):
        return Choice("key_result", 0.55, "share-reached", seen(statement, whole[0]))
    if any(one.unit in ("percent", "points", "rating", "currency", "duration") for one in statement.amounts):
        return None
    plural = bool(statement.head) and statement.head[-1].endswith("s")
    if plural and not has_auxiliary and not statement.amounts and not statement.has_date:
        return Choice("kpi", 0.6, "quantity-watched", evidence(" ".join(statement.words[:3])))
    return Choice("initiative", 0.8, "work-to-do", seen(statement, passive[0]))


def _work_in(statement: Statement, has_auxiliary: bool) -> list[str]:
    """Work that is done ("the portal is launched", "workshops held in May") or that somebody does ("writes a guide").

    Without an auxiliary a participle before a noun is an adjective: "shared services".
    """
    found = []
    for word, following in zip(statement.words, (*statement.words[1:], ""), strict=False):
        verb, form = lemma(word)
        small = following.lower()
        is_done = form == "past" and (has_auxiliary or small in _AFTER_WORK)
        if verb in WORK and (is_done or (form == "third" and small in ("a", "an", "the", "our", "all", "every"))):
            found.append(verb)
    return found


def _level(statement: Statement) -> Choice | None:
    """Uptime above 99.9 %, NPS of 60 by March, 500 subscribers."""
    if not statement.amounts:
        return None
    makes = bool(statement.head) and is_deliverable(statement.head[-1]) and not _AUXILIARY.search(statement.text)
    is_limit = any(one.comparator in _AT_MOST for one in statement.amounts)
    if (makes or counts_deliverables(statement)) and not statement.is_measure and not is_limit:
        return Choice("initiative", 0.7, "work-counted", seen(statement))
    qualifier_only = all(one.unit == "duration" and one.comparator for one in statement.amounts)
    by_date = any(one.kind != "bare" or _LATE.search(statement.text) for one in statement.figures.deadlines)
    if by_date and not ALWAYS.search(statement.text):
        return Choice("key_result", 0.85, "level-by-a-date", seen(statement))
    if qualifier_only and (MEASURE_START.match(statement.opening) or not statement.is_measure):
        return Choice("kpi", 0.8, "quantity-watched", seen(statement))
    if statement.has_date and not CADENCE.search(statement.text):
        return Choice("key_result", 0.7, "level-by-a-date", seen(statement))
    if statement.starts_with_amount and not CADENCE.search(statement.text):
        return Choice("key_result", 0.55, "results-counted", seen(statement))
    return Choice("kpi", 0.7, "level-to-hold", seen(statement))


def _quantity(statement: Statement) -> Choice | None:
    """Churn rate, number of open tickets, anything per week."""
    head = statement.head[-1] if statement.head else ""
    if is_deliverable(head) and not is_measure(head) and not _per(statement):
        return None
    if statement.is_measure or _per(statement) or _WAITING.match(statement.opening):
        return Choice("kpi", 0.9, "quantity-watched", evidence(" ".join(statement.head) or statement.words[0]))
    return None


def _per(statement: Statement) -> bool:
    return bool(
        re.search(r"\bper\b|(?<=\w)/(?:hour|day|week|month|year|employee|fte)\b", statement.text, re.IGNORECASE)
    )


def _named_work(statement: Statement) -> Choice | None:
    """Introduction of a ticket system, a new handbook."""
    if not statement.head:
        return None
    head = statement.head[-1]
    if head in WORK_NOUNS or singular(head) in WORK_NOUNS:
        return Choice("initiative", 0.8, "work-to-do", evidence(head))
    ambitious = AMBITIOUS.search(statement.text)
    if is_deliverable(head) and not ambitious:
        return Choice("initiative", 0.7, "thing-to-make", evidence(head))
    return None


def _any_measure(statement: Statement) -> Choice | None:
    """A phrase with something measured further in: "patients seen on time"."""
    if AMBITIOUS.match(statement.opening) or re.match(r"(?:a|an)\s", statement.text, re.IGNORECASE):
        return None
    found = next((word for word in statement.words if is_measure(word)), "")
    counted = bool(statement.head) and statement.head[-1].endswith("s") and len(statement.words) > 1
    participle = any(form == "past" for _, form in main_verbs(statement)) and not _AUXILIARY.search(statement.text)
    if (found and not main_verbs(statement)) or (counted and participle):
        return Choice("kpi", 0.5, "quantity-watched", evidence(found or statement.head[-1]))
    return None


def _state(statement: Statement) -> Choice | None:
    """A culture in which people speak up; a date alone makes it work."""
    if statement.has_date and not AMBITIOUS.search(statement.text):
        return Choice("initiative", 0.4, "thing-to-make", seen(statement))
    return Choice("objective", 0.5, "aim-without-number", evidence(" ".join(statement.words[:4])))


NOUN_RULES: tuple[Callable[[Statement], Choice | None], ...] = (
    _from_to,
    _changed_quantity,
    _share_of_people,
    _done_work,
    _level,
    _quantity,
    _named_work,
    _any_measure,
    _state,
)
