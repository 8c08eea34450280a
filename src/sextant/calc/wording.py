"""Wording checks on an objective with its key results: deterministic rules, each with a key and a proposed repair.

A rule can be tuned or muted by its key. The order in which key results and siblings are given changes no verdict.
Only levels named "block" stop anything, and they stop publishing: drafting and import never ask here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sextant.calc.chooser import Choice, choose_statement
from sextant.calc.wording_drafts import (
    DEFAULT,
    OBJECTIVE,
    RULES,
    Finding,
    KeyResultDraft,
    ObjectiveDraft,
    Repair,
    Rule,
    RuleTuning,
    WordingSettings,
)
from sextant.calc.wording_rewording import (
    MULTIPLIERS,
    figures_of,
    measured_title,
    plain_words,
    without_number,
)
from sextant.calc.wording_statements import Statement, main_verbs, read_statement
from sextant.calc.wording_verbs import DOWN, UP, VAGUE, lemma
from sextant.calc.wording_words import JARGON_PATTERN, STOP_WORDS, singular

__all__ = [
    "DEFAULT", "OBJECTIVE", "RULES", "Finding", "KeyResultDraft", "ObjectiveDraft", "Repair", "Rule", "RuleTuning",
    "WordingSettings", "blocks", "check_objective", "share_gone",
]  # fmt: skip

SURE = 0.6  # a sentence is called work from this confidence of the chooser on
NUMBERED = ("metric", "guardrail")  # kinds that cannot be published without a number
# Near 100 % what remains counts, not what is there: from 99.5 to 99.9 % four of five failures are gone.
_NEAR_FULL = 95.0


def check_objective(draft: ObjectiveDraft, settings: WordingSettings = DEFAULT) -> list[Finding]:
    """What the rules say, the objective first, then key results by their ref, in the order of the rules."""
    found = [*_about_objective(draft, settings), *_about_number_of_key_results(draft, settings)]
    guarded = any(one.kind == "guardrail" for one in draft.key_results)
    for one in draft.key_results:
        found += _about_key_result(one, guarded, settings)
    found += _about_duplicates(draft, settings)
    kept = [finding for finding in found if settings.level(finding.rule)]
    order = {key: place for place, key in enumerate(RULES)}
    return sorted(kept, key=lambda one: (one.ref != OBJECTIVE, one.ref, order[one.rule], one.span))


def blocks(findings: Sequence[Finding]) -> list[Finding]:
    """What stops publishing."""
    return [finding for finding in findings if finding.level == "block"]


def _finding(
    settings: WordingSettings, rule: str, ref: str, span: str = "", *repairs: Repair, **params: object
) -> Finding:
    return Finding(rule, settings.level(rule) or RULES[rule].level, ref, span, params, repairs)


# The objective.


def _about_objective(draft: ObjectiveDraft, settings: WordingSettings) -> Iterator[Finding]:
    statement = read_statement(draft.title)
    span = _number_span(statement)
    if span:
        yield _finding(settings, "number-in-objective", OBJECTIVE, span, *_number_repairs(draft, statement))
    if statement.verb in VAGUE:
        ask = Repair("ask-what-changes", OBJECTIVE, draft.title)
        yield _finding(settings, "vague-verb", OBJECTIVE, statement.verb_text, ask)
    elif _is_work(choose_statement(statement)):
        yield _finding(
            settings,
            "objective-as-task",
            OBJECTIVE,
            statement.verb_text or statement.text,
            Repair("add-initiative", OBJECTIVE, draft.title),
            Repair("ask-what-changes", OBJECTIVE, draft.title),
        )
    yield from _about_words(OBJECTIVE, draft.title, settings)


def _number_span(statement: Statement) -> str:
    if statement.amounts:
        return statement.amounts[0].text
    return statement.verb_text if statement.verb in MULTIPLIERS else ""


def _number_repairs(draft: ObjectiveDraft, statement: Statement) -> Iterator[Repair]:
    title = without_number(draft.title)
    yield Repair("reword-without-number", OBJECTIVE, title) if title else Repair("ask-what-changes", OBJECTIVE)
    figures = figures_of(draft.title)
    if figures and not _is_work(choose_statement(statement)):
        measure = measured_title(draft.title)
        if not any(_likeness(_tokens(measure), _tokens(one.title)) == 1 for one in draft.key_results):
            fields = {"kind": "metric", **figures, "is_baseline_asked": "baseline" not in figures}
            yield Repair("add-key-result", OBJECTIVE, measure, fields)


def _about_number_of_key_results(draft: ObjectiveDraft, settings: WordingSettings) -> Iterator[Finding]:
    count, few, many = (
        len(draft.key_results), settings.value("few-key-results"), settings.value("many-key-results")
    )  # fmt: skip
    if count == 0:
        yield _finding(settings, "no-key-results", OBJECTIVE, "", Repair("ask-key-results", OBJECTIVE))
    elif count < few:
        ask = Repair("ask-key-results", OBJECTIVE)
        yield _finding(settings, "few-key-results", OBJECTIVE, "", ask, count=count, least=int(few))
    if count > many:
        ask = Repair("ask-split", OBJECTIVE)
        yield _finding(settings, "many-key-results", OBJECTIVE, "", ask, count=count, most=int(many))


def _about_words(ref: str, title: str, settings: WordingSettings) -> Iterator[Finding]:
    jargon = JARGON_PATTERN.search(title)
    if jargon:
        yield _finding(settings, "jargon", ref, jargon[0], Repair("plain-words", ref, plain_words(title)))
    words = len(title.split())
    most = settings.value("long-title")
    if words > most:
        yield _finding(settings, "long-title", ref, "", Repair("ask-shorter", ref), words=words, most=int(most))


# One key result.


def _is_work(choice: Choice) -> bool:
    return choice.kind == "initiative" and choice.confidence >= SURE


def _about_key_result(one: KeyResultDraft, guarded: bool, settings: WordingSettings) -> Iterator[Finding]:
    statement = read_statement(one.title)
    work = _work_rule(one, statement)
    if work:
        yield _work_finding(one, statement, work, settings)
    elif statement.verb in VAGUE and not statement.amounts:
        ask = Repair("ask-what-changes", one.ref, one.title)
        yield _finding(settings, "vague-verb", one.ref, statement.verb_text, ask)
    if one.kind in NUMBERED and not _has_number(one, statement):
        ask = Repair("ask-number", one.ref, one.title)
        later = Repair("measure-first", one.ref, "", {"kind": "baseline"}, is_alternative=True)
        yes_no = Repair("make-yes-no", one.ref, "", {"kind": "yes_no"}, is_alternative=True)
        asked = () if work else (ask,)
        yield _finding(settings, "key-result-without-number", one.ref, one.title, *asked, later, yes_no)
    yield from _about_words(one.ref, one.title, settings)
    if one.kind == "metric" and not work:
        yield from _about_figures(one, statement, guarded, settings)
    if not one.due and not work:
        yield _finding(settings, "no-due-date", one.ref, "", Repair("ask-due-date", one.ref))


def _work_rule(one: KeyResultDraft, statement: Statement) -> str:
    """The rule a key result worded as work breaks, "" when it is none. Milestones are steps of work by nature."""
    if one.kind == "milestones" or (statement.verb in VAGUE and statement.verb not in ("promote", "facilitate")):
        return ""
    if not statement.verb and (one.target is not None or one.amount is not None) and not main_verbs(statement):
        return ""
    choice = choose_statement(statement)
    if not _is_work(choice):
        return ""
    return "activity-as-outcome" if choice.reason == "work-counted" else "key-result-as-task"


def _work_finding(one: KeyResultDraft, statement: Statement, rule: str, settings: WordingSettings) -> Finding:
    move = Repair("move-to-initiative", one.ref, one.title)
    ask = Repair("ask-what-changes", one.ref, one.title, is_alternative=True)
    made = _finding(settings, rule, one.ref, statement.verb_text or statement.text, move, ask)
    # A yes-or-no is work more often than not: that is hinted at, unless somebody set a level.
    softened = one.kind == "yes_no" and made.level == RULES[rule].level
    return replace(made, level="hint") if softened else made


def _has_number(one: KeyResultDraft, statement: Statement) -> bool:
    figures = (one.target, one.amount, one.low, one.high)
    return any(each is not None for each in figures) or bool(_number_span(statement))


def _about_figures(
    one: KeyResultDraft, statement: Statement, guarded: bool, settings: WordingSettings
) -> Iterator[Finding]:
    gone = share_gone(one)
    if gone is not None and gone >= settings.value("baseline-near-target"):
        yield _finding(
            settings,
            "baseline-near-target",
            one.ref,
            "",
            Repair("ask-target", one.ref, one.title),
            Repair("make-guardrail", one.ref, "", _guardrail(one), is_alternative=True),
            share=gone,
            baseline=one.baseline,
            current=one.current,
            target=one.target,
        )
    if one.baseline is None and not one.is_baseline_asked and _has_number(one, statement):
        figures = {} if one.target is not None or one.amount is not None else figures_of(one.title)
        if "baseline" in figures:
            repair = Repair("fill-figures", one.ref, "", figures)
        else:
            repair = Repair("ask-baseline", one.ref, one.title, {**figures, "is_baseline_asked": True})
        yield _finding(settings, "no-baseline", one.ref, "", repair)
    if not guarded and not one.has_guard and _has_number(one, statement):
        yield _finding(settings, "no-guard", one.ref, "", Repair("ask-guard", one.ref, one.title))


def _guardrail(one: KeyResultDraft) -> dict[str, object]:
    return {"kind": "guardrail", "high" if one.direction == "down" else "low": one.target}


def share_gone(one: KeyResultDraft) -> float | None:
    """How much of the way to its target a key result has behind it at the start, as a fraction; None if unknown.

    The larger of two: the smaller of baseline and target as a share of the larger, and the progress of today's value.
    For percentages near 100 the first is left out when at least half of what was missing goes. A target said relative
    to its baseline says itself how far it is, and only today's value counts.
    """
    figures = [each for each in (one.baseline, one.target, one.current) if each is not None]
    if one.target is None or not all(math.isfinite(each) for each in figures):
        return None
    start = one.baseline if one.baseline is not None else one.current
    shares = []
    if start is not None and one.amount is None and not _halves_the_rest(one, start):
        shares.append(_nearness(start, one.target))
    if one.current is not None and one.baseline is not None and one.baseline != one.target:
        shares.append((one.current - one.baseline) / (one.target - one.baseline))
    known = [share for share in shares if share is not None and math.isfinite(share)]
    return max(known) if known else None


def _nearness(start: float, target: float) -> float | None:
    if start == target or start * target <= 0:
        return None
    return min(abs(start), abs(target)) / max(abs(start), abs(target))


def _halves_the_rest(one: KeyResultDraft, start: float) -> bool:
    if one.unit != "percent" or one.target is None or not _NEAR_FULL <= start < one.target <= 100:
        return False
    return 100 - one.target <= (100 - start) / 2


# Titles that say the same.


def _about_duplicates(draft: ObjectiveDraft, settings: WordingSettings) -> Iterator[Finding]:
    limit = settings.value("duplicate")
    mine = _tokens(draft.title)
    twin = max(((_likeness(mine, _tokens(title)), title) for title in draft.siblings), default=(0.0, ""))
    if twin[0] >= limit:
        ask = Repair("ask-what-differs", OBJECTIVE, twin[1])
        yield _finding(settings, "duplicate", OBJECTIVE, draft.title, ask, other=twin[1], likeness=twin[0])
    # In an order of their own, so that the same one of two is called the duplicate however they were given.
    ordered = sorted(draft.key_results, key=lambda one: (one.ref, one.title))
    tokens = [_tokens(one.title) for one in ordered]
    for place, one in enumerate(ordered):
        likest = max(((_likeness(tokens[place], tokens[i]), -i) for i in range(place)), default=(0.0, 0))
        if likest[0] >= limit:
            first = ordered[-likest[1]]
            drop = Repair("drop-key-result", one.ref)
            differ = Repair("ask-what-differs", one.ref, first.title, is_alternative=True)
            yield _finding(
                settings, "duplicate", one.ref, one.title, drop, differ, other=first.title, other_ref=first.ref,
                likeness=likest[0],
            )  # fmt: skip


def _tokens(title: str) -> frozenset[str]:
    """The words that say what a title is about: no amounts, dates, endings; verbs of one direction are one."""
    statement = read_statement(title)
    text = statement.text
    spans = [(one.start, one.end) for one in statement.amounts]
    spans += [(one.start, one.end) for one in statement.figures.deadlines]
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return frozenset(_token(word) for word in re.findall(r"[^\W_]+", text.lower()) if word not in STOP_WORDS)


def _token(word: str) -> str:
    verb, form = lemma(word)
    if verb in UP or verb in DOWN:
        return "↑" if verb in UP else "↓"
    return verb if verb and form != "third" else singular(word)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Words in common as a share of all words of the two (Jaccard 1901), 0 to 1."""
    return len(one & other) / len(one | other) if one and other else 0.0
