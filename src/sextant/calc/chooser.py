"""KPI, key result or initiative? What a sentence is about, told from its words, with the reason.

A KPI is a quantity that is watched, or held at a level, with no end. A key result is a change or level of a measure,
reached by a date. An initiative is work. An objective is an aim that no number is part of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sextant.calc.wording_numbers import ALWAYS, CADENCE
from sextant.calc.wording_statements import Statement, main_verbs, read_statement
from sextant.calc.wording_verbs import (
    HOLD,
    MAKE,
    MOVING,
    OUTCOME,
    PURE_ASPIRE,
    RESULT,
    SPEND,
    VAGUE,
    WORK,
    lemma,
    listed,
)
from sextant.calc.wording_words import (
    ABSTRACT,
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
_LATE = re.compile(r"\bby\b|\buntil\b|\bbefore\b|\btill\b", re.IGNORECASE)
_PAPER = re.compile(r"\b(?:certifi\w+|accredit\w+|licen[cs]e\w*|approval|permit|award|funding round)\b", re.IGNORECASE)
_PEOPLE = re.compile(
    r"\b(?:customers?|clients?|accounts?|members?|subscribers?|users?|partners?|contracts?|deals?|leads?|patients?"
    r"|donors?|volunteers?|orders?|sign-?ups?|students?|visitors?|guests?|families|residents|households|savings?"
    r"|revenue|sales|funding|income|applications?|registrations?|bookings?|reviews?|referrals?|downloads?|units?)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"\b(?:all|every|each)\s+(?:of\s+)?(?:our |the )?\w+", re.IGNORECASE)
# Answering and delivering: how fast it is done is felt by somebody else.
_SERVED = frozenset(
    listed("answer resolve close deliver process complete respond reply ship handle pay approve release")
)
_MEANS = re.compile(r"\b(?:by|through|via)\s+(\w+ing)\b", re.IGNORECASE)
_PER = re.compile(r"\bper\b|(?<=\w)/(?:hour|day|week|month|year|employee|fte)\b", re.IGNORECASE)
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|be|been|being|has|have|had|gets?|will)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """`kind` is kpi, key_result, initiative or objective; `confidence` 0 to 1; `reason` one of `REASONS`.

    `evidence` are the pieces of the text that decided, in the order they weigh.
    """

    kind: str
    confidence: float
    reason: str
    evidence: tuple[str, ...] = ()


def choose(text: str) -> Choice:
    """What the sentence describes. An empty text is an objective with confidence 0."""
    statement = read_statement(text)
    if not statement.words:
        return Choice("objective", 0.0, "nothing-said")
    return choose_statement(statement)


def choose_statement(statement: Statement) -> Choice:
    """The same for a sentence already taken apart."""
    rules = _VERB_RULES if statement.verb else _NOUN_RULES
    for rule in rules:
        choice = rule(statement)
        if choice:
            return choice
    return Choice("objective", 0.3, "nothing-recognised", _evidence(statement.words[0]))


def _evidence(*pieces: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))


def _seen(statement: Statement, *more: str) -> tuple[str, ...]:
    """The verb, the amounts and the dates of a sentence."""
    amounts = [one.text for one in statement.amounts]
    return _evidence(statement.verb_text, *more, *amounts, *(one.text for one in statement.figures.deadlines))


def _must_be_met(statement: Statement) -> bool:
    """Whether there is a date to be met, rather than a rhythm or "at all times"."""
    return statement.has_date and not ALWAYS.search(statement.text)


# Sentences that start with a verb.


def _change(statement: Statement) -> Choice | None:
    """Increase, reduce, reach."""
    if statement.verb not in OUTCOME or statement.verb in WORK:
        return None
    if statement.verb in ("double", "triple", "quadruple", "halve"):
        return Choice("key_result", 0.9, "measurable-change", _seen(statement))
    if not statement.amounts:
        means = _MEANS.search(statement.text)
        if means and lemma(means[1])[1] == "gerund":
            return Choice("initiative", 0.6, "work-to-do", _seen(statement, means[0]))
        if statement.verb != "improve" and _PAPER.search(statement.text):
            return Choice("initiative", 0.6, "work-to-do", _seen(statement))
        if statement.verb in MOVING:
            return Choice("initiative", 0.5, "work-to-do", _seen(statement))
        return Choice("objective", 0.8, "change-without-number", _seen(statement))
    if statement.verb == "extend" and not any(is_measure(word) for word in statement.head):
        return Choice("initiative", 0.6, "work-to-do", _seen(statement))
    confidence = 0.95 if _must_be_met(statement) or statement.figures.is_from_to else 0.85
    return Choice("key_result", confidence, "measurable-change", _seen(statement))


def _hold(statement: Statement) -> Choice | None:
    """Keep, maintain."""
    if statement.verb not in HOLD:
        return None
    if statement.amounts:
        if statement.share and statement.verb in ("ensure", "guarantee"):
            return Choice("key_result", 0.6, "share-reached", _seen(statement))
        if _must_be_met(statement):
            return Choice("key_result", 0.6, "level-by-a-date", _seen(statement))
        return Choice("kpi", 0.85, "level-to-hold", _seen(statement))
    if statement.verb in ("ensure", "guarantee", "avoid", "prevent") or _names_measure(statement):
        return Choice("objective", 0.6, "state-to-hold", _seen(statement))
    if AMBITIOUS.search(statement.text):
        return Choice("objective", 0.6, "aim-without-number", _seen(statement))
    if statement.head and is_deliverable(statement.head[-1]):
        return Choice("initiative", 0.6, "work-to-do", _seen(statement))
    return Choice("objective", 0.5, "state-to-hold", _seen(statement))


def _share_of_work(statement: Statement) -> Choice | None:
    """Train 100 % of managers: the share is a result, the training was the work."""
    if not statement.share or statement.verb in SPEND:
        return None
    return Choice("key_result", 0.85, "share-reached", _seen(statement))


def _results_counted(statement: Statement) -> Choice | None:
    """Win 20 customers, and work said with from and to or with a time: deliver in 2 days."""
    if not statement.amounts:
        return None
    if statement.figures.is_from_to:
        return Choice("key_result", 0.8, "measurable-change", _seen(statement))
    if statement.verb in RESULT and not _counts_deliverables(statement):
        return Choice("key_result", 0.8, "results-counted", _seen(statement))
    people = statement.verb in ("onboard", "enable", "engage", "activate", "connect", "place", "process", "sign")
    if people and _PEOPLE.search(statement.text):
        return Choice("key_result", 0.65, "results-counted", _seen(statement))
    percent = any(one.unit in ("percent", "points") for one in statement.amounts)
    changed = any(verb in OUTCOME for verb, _ in main_verbs(statement))
    if percent and not changed and statement.verb not in (*SPEND, *WORK):
        return Choice("key_result", 0.7, "measurable-change", _seen(statement))
    if statement.verb in _SERVED and statement.amounts[0].unit == "duration":
        return Choice("key_result", 0.55, "level-by-a-date", _seen(statement))
    return None


def _aim(statement: Statement) -> Choice | None:
    """Become, delight; build trust; anything with an ambition and no figure."""
    if statement.amounts:
        if statement.verb not in PURE_ASPIRE or _counts_deliverables(statement):
            return None
        return Choice("key_result", 0.6, "measurable-change", _seen(statement))
    if statement.verb in PURE_ASPIRE:
        return Choice("objective", 0.85, "aim-without-number", _seen(statement))
    if statement.verb in MAKE and _is_about_something_abstract(statement):
        return Choice("objective", 0.75, "aim-without-number", _seen(statement))
    return None


def _watching(statement: Statement) -> Choice | None:
    """Track monthly churn: the measure is meant; with a tool named, the work is."""
    if statement.verb not in ("track", "monitor", "measure", "watch") or not (
        statement.head and is_measure(statement.head[-1])
    ):
        return None
    if any(is_deliverable(word) and not is_measure(word) for word in statement.words[1 + len(statement.head) :]):
        return None
    return Choice("kpi", 0.5, "quantity-watched", _seen(statement, " ".join(statement.head)))


def _work(statement: Statement) -> Choice | None:
    """Launch, hire, publish: done when it is done."""
    if statement.verb in VAGUE and statement.verb not in WORK and not statement.amounts:
        return Choice("initiative", 0.5, "work-to-do", _seen(statement))
    if statement.amounts or CADENCE.search(statement.text):
        return Choice("initiative", 0.8, "work-counted", _seen(statement))
    return Choice("initiative", 0.9, "work-to-do", _seen(statement))


def _is_about_something_abstract(statement: Statement) -> bool:
    """Whether trust or culture comes before any portal or handbook."""
    for small in statement.head:
        if is_deliverable(small) and singular(small) not in ABSTRACT:
            return False
        if small in ABSTRACT or singular(small) in ABSTRACT:
            return True
    return statement.verb in ("deliver", "provide", "offer", "put", "lead") and bool(AMBITIOUS.search(statement.text))


def _counts_deliverables(statement: Statement) -> bool:
    """Whether the figure counts what the doers make themselves."""
    if any(one.unit not in ("number", "times") for one in statement.amounts):
        return False
    after = statement.text[statement.amounts[0].end :].split()[:3]
    words = [word.strip(".,;:()").lower() for word in after]
    return any(is_deliverable(word) for word in words) and not _PEOPLE.search(" ".join(words))


# Sentences that start with a noun phrase.


def _names_measure(statement: Statement) -> bool:
    return statement.is_measure or any(is_measure(word) for word in statement.words)


def _from_to(statement: Statement) -> Choice | None:
    if not statement.figures.is_from_to:
        return None
    return Choice("key_result", 0.9, "measurable-change", _seen(statement))


def _changed_quantity(statement: Statement) -> Choice | None:
    """Churn falls to 3 %, a reduction by 10 %, 20 % more visitors, +5 points."""
    verbs = [verb for verb, _ in main_verbs(statement)]
    head = statement.head[-1] if statement.head else ""
    noun = head if head in UP_NOUNS | DOWN_NOUNS else ""
    if any(verb in ("double", "triple", "halve", "quadruple") for verb in verbs) and not statement.amounts:
        return Choice("key_result", 0.8, "measurable-change", _seen(statement))
    if not statement.amounts:
        if (
            noun
            and head != "growth"
            and re.search(r"\b(?:of|in)\b", statement.text)
            and not CADENCE.search(statement.text)
        ):
            return Choice("objective", 0.5, "change-without-number", _seen(statement, noun))
        return None
    if any(verb in HOLD for verb in verbs):
        kind, reason = ("key_result", "level-by-a-date") if _must_be_met(statement) else ("kpi", "level-to-hold")
        return Choice(kind, 0.75, reason, _seen(statement))
    changed = next((verb for verb in verbs if verb in OUTCOME and verb not in WORK), "")
    signed = any(one.text[0] in "+-−±" and one.text[0] != "±" for one in statement.amounts)
    relative = CHANGE.search(statement.text)
    if changed or noun or signed or (relative and not _is_comparison(statement)):
        return Choice("key_result", 0.85, "measurable-change", _seen(statement, changed, noun))
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
        return Choice("kpi", 0.7, "level-to-hold", _seen(statement))
    return Choice("key_result", 0.85 if statement.has_date else 0.6, "share-reached", _seen(statement))


def _done_work(statement: Statement) -> Choice | None:
    """The portal is launched, three workshops held."""
    if MEASURE_START.match(statement.opening):
        return None
    passive = [(verb, form) for verb, form in main_verbs(statement) if form == "past" and verb in WORK]
    has_auxiliary = bool(_AUXILIARY.search(statement.text))
    if not passive or (statement.is_measure and not has_auxiliary):
        return None
    whole = _WHOLE.match(statement.text)
    if whole and not is_deliverable(statement.head[-1] if statement.head else ""):
        return Choice("key_result", 0.55, "share-reached", _seen(statement, whole[0]))
    if any(one.unit in ("percent", "points", "rating", "currency", "duration") for one in statement.amounts):
        return None
    plural = bool(statement.head) and statement.head[-1].endswith("s")
    if plural and not has_auxiliary and not statement.amounts and not statement.has_date:
        return Choice("kpi", 0.6, "quantity-watched", _evidence(" ".join(statement.words[:3])))
    return Choice("initiative", 0.8, "work-to-do", _seen(statement, passive[0][0]))


def _level(statement: Statement) -> Choice | None:
    """Uptime above 99.9 %, NPS of 60 by March, 500 subscribers."""
    if not statement.amounts:
        return None
    starts_with_figure = statement.text[:1].isdigit() or statement.amounts[0].start <= 1
    makes = bool(statement.head) and is_deliverable(statement.head[-1]) and not _AUXILIARY.search(statement.text)
    if (makes or _counts_deliverables(statement)) and not statement.is_measure:
        return Choice("initiative", 0.7, "work-counted", _seen(statement))
    qualifier_only = all(one.unit == "duration" and one.comparator for one in statement.amounts)
    by_date = any(one.kind != "bare" or _LATE.search(statement.text) for one in statement.figures.deadlines)
    if by_date and not ALWAYS.search(statement.text):
        return Choice("key_result", 0.85, "level-by-a-date", _seen(statement))
    if qualifier_only and (MEASURE_START.match(statement.opening) or not statement.is_measure):
        return Choice("kpi", 0.8, "quantity-watched", _seen(statement))
    if statement.has_date and not CADENCE.search(statement.text):
        return Choice("key_result", 0.7, "level-by-a-date", _seen(statement))
    if starts_with_figure and not CADENCE.search(statement.text):
        return Choice("key_result", 0.55, "results-counted", _seen(statement))
    return Choice("kpi", 0.7, "level-to-hold", _seen(statement))


def _quantity(statement: Statement) -> Choice | None:
    """Churn rate, number of open tickets, anything per week."""
    head = statement.head[-1] if statement.head else ""
    if is_deliverable(head) and not is_measure(head) and not _per(statement):
        return None
    if statement.is_measure or _per(statement):
        return Choice("kpi", 0.9, "quantity-watched", _evidence(" ".join(statement.head) or statement.words[0]))
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
        return Choice("initiative", 0.8, "work-to-do", _evidence(head))
    ambitious = AMBITIOUS.search(statement.text)
    if is_deliverable(head) and not ambitious:
        return Choice("initiative", 0.7, "thing-to-make", _evidence(head))
    return None


def _any_measure(statement: Statement) -> Choice | None:
    """A phrase with something measured further in: "patients seen on time"."""
    if AMBITIOUS.match(statement.opening) or re.match(r"(?:a|an)\s", statement.text, re.IGNORECASE):
        return None
    found = next((word for word in statement.words if is_measure(word)), "")
    counted = bool(statement.head) and statement.head[-1].endswith("s") and len(statement.words) > 1
    participle = any(form == "past" for _, form in main_verbs(statement)) and not _AUXILIARY.search(statement.text)
    if (found and not main_verbs(statement)) or (counted and participle):
        return Choice("kpi", 0.5, "quantity-watched", _evidence(found or statement.head[-1]))
    return None


def _state(statement: Statement) -> Choice | None:
    """A culture in which people speak up; a date alone makes it work."""
    if statement.has_date and not AMBITIOUS.search(statement.text):
        return Choice("initiative", 0.4, "thing-to-make", _seen(statement))
    return Choice("objective", 0.5, "aim-without-number", _evidence(" ".join(statement.words[:4])))


_Rule = Callable[[Statement], Choice | None]
_VERB_RULES: tuple[_Rule, ...] = (_hold, _change, _share_of_work, _results_counted, _aim, _watching, _work)
_NOUN_RULES: tuple[_Rule, ...] = (
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
