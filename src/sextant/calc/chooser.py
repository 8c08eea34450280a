"""KPI, key result or initiative? What a sentence is about, told from its words, with the reason.

A KPI is a quantity that is watched, or held at a level, with no end. A key result is a change or level of a measure,
reached by a date. An initiative is work. An objective is an aim that no number is part of.
"""

from __future__ import annotations

from sextant.calc.chooser_choice import REASONS, Choice, evidence
from sextant.calc.chooser_nouns import NOUN_RULES
from sextant.calc.chooser_verbs import VERB_RULES
from sextant.calc.wording_statements import Statement, read_statement

__all__ = ["REASONS", "Choice", "choose", "choose_statement"]


def choose(text: str) -> Choice:
    """What the sentence describes. An empty text is an objective with confidence 0."""
    statement = read_statement(text)
    if not statement.words:
        return Choice("objective", 0.0, "nothing-said")
    return choose_statement(statement)


def choose_statement(statement: Statement) -> Choice:
    """The same for a sentence already taken apart."""
    rules = VERB_RULES if statement.verb else NOUN_RULES
    for rule in rules:
        choice = rule(statement)
        if choice:
            return choice
    return Choice("objective", 0.3, "nothing-recognised", evidence(statement.words[0]))
