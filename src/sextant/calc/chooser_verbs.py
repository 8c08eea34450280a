"""The chooser's rules for sentences that start with a verb, in the order they are asked."""

from __future__ import annotations

import re
from collections.abc import Callable

from sextant.calc.chooser_choice import PEOPLE, Choice, counts_deliverables, must_be_met, names_measure, seen
from sextant.calc.wording_numbers import CADENCE
from sextant.calc.wording_statements import Statement, main_verbs
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
    is_deliverable,
    is_measure,
    singular,
)

_PAPER = re.compile(r"\b(?:certifi\w+|accredit\w+|licen[cs]e\w*|approval|permit|award|funding round)\b", re.IGNORECASE)
# Answering and delivering: how fast it is done is felt by somebody else.
_SERVED = frozenset(
    listed("answer resolve close deliver process complete respond reply ship handle pay approve release")
)
_FOR_PEOPLE = frozenset(listed("onboard enable engage activate connect place process sign provide equip supply"))
_EVEN = re.compile(r"\bbreak-?even\b", re.IGNORECASE)
_GAP = re.compile(r"\b(?:gaps?|needs|demand|expectations|promises?)\b", re.IGNORECASE)
# What comes after these is about the thing made, and no longer the thing.
_BEYOND = frozenset(listed("of in on for with to by through at from that which who where about across so"))
_MEANS = re.compile(r"\b(?:by|through|via)\s+(\w+ing)\b", re.IGNORECASE)


def _change(statement: Statement) -> Choice | None:
    """Increase, reduce, reach."""
    if statement.verb not in OUTCOME or statement.verb in WORK:
        return None
    if statement.verb in ("double", "triple", "quadruple", "halve"):
        return Choice("key_result", 0.9, "measurable-change", seen(statement))
    if not statement.amounts:
        means = _MEANS.search(statement.text)
        if means and lemma(means[1])[1] == "gerund":
            return Choice("initiative", 0.55, "work-to-do", seen(statement, means[0]))
        if statement.verb != "improve" and _PAPER.search(statement.text):
            return Choice("initiative", 0.6, "work-to-do", seen(statement))
        if _EVEN.search(statement.text):
            return Choice("key_result", 0.6, "level-by-a-date", seen(statement))
        made = bool(statement.head) and is_deliverable(statement.head[-1]) and not is_measure(statement.head[-1])
        if statement.verb in MOVING or (made and statement.verb == "improve"):
            return Choice("initiative", 0.5, "work-to-do", seen(statement))
        return Choice("objective", 0.8, "change-without-number", seen(statement))
    if statement.verb == "extend" and not any(is_measure(word) for word in statement.head):
        return Choice("initiative", 0.6, "work-to-do", seen(statement))
    confidence = 0.95 if must_be_met(statement) or statement.figures.is_from_to else 0.85
    return Choice("key_result", confidence, "measurable-change", seen(statement))


def _hold(statement: Statement) -> Choice | None:
    """Keep, maintain."""
    if statement.verb not in HOLD:
        return None
    if statement.amounts:
        if statement.verb == "hold" and _is_event(statement):
            return Choice("initiative", 0.8, "work-counted", seen(statement))
        if statement.share and statement.verb in ("ensure", "guarantee"):
            return Choice("key_result", 0.6, "share-reached", seen(statement))
        if must_be_met(statement):
            return Choice("key_result", 0.6, "level-by-a-date", seen(statement))
        return Choice("kpi", 0.85, "level-to-hold", seen(statement))
    if statement.verb in ("ensure", "guarantee", "avoid", "prevent") or names_measure(statement):
        return Choice("objective", 0.6, "state-to-hold", seen(statement))
    if AMBITIOUS.search(statement.text):
        return Choice("objective", 0.6, "aim-without-number", seen(statement))
    if statement.head and is_deliverable(statement.head[-1]):
        return Choice("initiative", 0.6, "work-to-do", seen(statement))
    return Choice("objective", 0.5, "state-to-hold", seen(statement))


def _is_event(statement: Statement) -> bool:
    """ "Hold five focus groups": a count comes first, and nothing is measured."""
    first = statement.amounts[0]
    return first.unit == "number" and not first.comparator and not (statement.head and is_measure(statement.head[-1]))


def _share_of_work(statement: Statement) -> Choice | None:
    """Train 100 % of managers: the share is a result, the training was the work."""
    if not statement.share or statement.verb in SPEND:
        return None
    return Choice("key_result", 0.85, "share-reached", seen(statement))


def _results_counted(statement: Statement) -> Choice | None:
    """Win 20 customers, and work said with from and to or with a time: deliver in 2 days."""
    if not statement.amounts:
        return None
    if statement.figures.is_from_to:
        return Choice("key_result", 0.8, "measurable-change", seen(statement))
    if statement.verb in RESULT and not counts_deliverables(statement):
        return Choice("key_result", 0.8, "results-counted", seen(statement))
    if statement.verb in _FOR_PEOPLE and PEOPLE.search(statement.text):
        return Choice("key_result", 0.65, "results-counted", seen(statement))
    percent = any(one.unit in ("percent", "points") for one in statement.amounts)
    changed = any(verb in OUTCOME for verb, _ in main_verbs(statement))
    if percent and not changed and statement.verb not in (*SPEND, *WORK):
        return Choice("key_result", 0.7, "measurable-change", seen(statement))
    if statement.verb in _SERVED and statement.amounts[0].unit == "duration":
        return Choice("key_result", 0.55, "level-by-a-date", seen(statement))
    return None


def _aim(statement: Statement) -> Choice | None:
    """Become, delight; build trust; anything with an ambition and no figure."""
    if statement.amounts:
        if statement.verb not in PURE_ASPIRE or counts_deliverables(statement):
            return None
        return Choice("key_result", 0.6, "measurable-change", seen(statement))
    if statement.verb in PURE_ASPIRE:
        return Choice("objective", 0.85, "aim-without-number", seen(statement))
    if statement.verb in (*MOVING, "finish") and AMBITIOUS.search(statement.text):
        return Choice("objective", 0.7, "aim-without-number", seen(statement))
    if statement.verb in ("close", "meet") and _GAP.search(statement.text):
        return Choice("objective", 0.7, "change-without-number", seen(statement))
    if statement.verb in MAKE and _is_about_something_abstract(statement):
        return Choice("objective", 0.75, "aim-without-number", seen(statement))
    return None


def _watching(statement: Statement) -> Choice | None:
    """Track monthly churn: the measure is meant; with a tool named, the work is."""
    if statement.verb not in ("track", "monitor", "measure", "watch") or not (
        statement.head and is_measure(statement.head[-1])
    ):
        return None
    if any(is_deliverable(word) and not is_measure(word) for word in statement.words[1 + len(statement.head) :]):
        return None
    return Choice("kpi", 0.5, "quantity-watched", seen(statement, " ".join(statement.head)))


def _work(statement: Statement) -> Choice | None:
    """Launch, hire, publish: done when it is done."""
    if statement.verb in VAGUE and statement.verb not in WORK and not statement.amounts:
        return Choice("initiative", 0.5, "work-to-do", seen(statement))
    if statement.amounts or CADENCE.search(statement.text):
        return Choice("initiative", 0.8, "work-counted", seen(statement))
    known = statement.verb in WORK
    return Choice("initiative", 0.9 if known else 0.55, "work-to-do", seen(statement))


def _is_about_something_abstract(statement: Statement) -> bool:
    """Whether it is trust or culture that is built, rather than a portal: the last of the nouns decides."""
    ambitious = bool(AMBITIOUS.search(statement.text))
    is_abstract = ambitious and statement.verb in ("deliver", "provide", "offer", "put", "lead", "run")
    for word in statement.words[1:]:
        small = word.lower()
        if small in _BEYOND:
            break
        if is_deliverable(small):
            is_abstract = ambitious
        elif small in ABSTRACT or singular(small) in ABSTRACT:
            is_abstract = True
    return is_abstract


VERB_RULES: tuple[Callable[[Statement], Choice | None], ...] = (
    _hold,
    _change,
    _share_of_work,
    _results_counted,
    _aim,
    _watching,
    _work,
)
