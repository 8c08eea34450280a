"""Every finding, repair, question and choice has a sentence, with its words in it."""

from __future__ import annotations

import pytest

from sextant.calc.chooser import REASONS, Choice
from sextant.calc.wording import RULES, check_objective
from sextant.calc.wording_drafts import LEVELS, Finding, Repair
from sextant.calc.wording_repairs import KINDS
from sextant.okrs import wording_sentences as words
from tests.calc.test_wording import FLAWED, broken


@pytest.mark.parametrize("rule", RULES)
def test_a_finding_is_a_sentence(rule: str) -> None:
    found = [one for one in check_objective(broken(rule)) if one.rule == rule]
    for one in found:
        sentence = words.finding_sentence(one)
        assert sentence[0].isupper() or sentence[0] in "“0123456789"
        assert sentence.endswith((".", "?"))
        assert "%(" not in sentence
    assert str(words.RULES[rule])


def test_rules_levels_and_thresholds_have_names() -> None:
    assert set(words.RULES) == set(RULES)
    assert set(words.LEVELS) == set(LEVELS)
    assert set(words.THRESHOLDS) == {key for key, rule in RULES.items() if rule.value is not None}


@pytest.mark.parametrize("kind", KINDS)
def test_a_repair_says_what_it_does(kind: str) -> None:
    assert words.repair_label(Repair(kind, "1", "New title"))


@pytest.mark.parametrize("reason", REASONS)
def test_a_choice_says_why(reason: str) -> None:
    assert words.choice_sentence(Choice("kpi", 1.0, reason)).endswith((".", "yourself."))


def test_the_words_that_triggered_a_finding_are_shown() -> None:
    found = next(one for one in check_objective(FLAWED) if one.rule == "number-in-objective")
    assert words.finding_sentence(found).startswith("“20 %” is a number.")
    assert words.repair_label(found.repairs[0]) == "Say it without the number: “Increase website traffic”"


def test_a_text_with_a_percent_sign_or_a_brace_is_shown_as_it_is() -> None:
    hostile = Finding("duplicate", "warn", "1", "100 %(x)s", {"other": "%(span)s {0} 5 %"})
    assert words.finding_sentence(hostile) == "This says much the same as “%(span)s {0} 5 %”."


@pytest.mark.parametrize(("share", "current", "sentence"), [
    (0.996, None, "From 90 to 100: 99 % of the way lie behind it before it starts."),
    (1.2, 102.0, "The target of 100 is met already."),
])  # fmt: skip
def test_a_share_of_the_way_is_never_rounded_up_to_all_of_it(
    share: float, current: float | None, sentence: str
) -> None:
    params = {"share": share, "baseline": 90.0, "current": current, "target": 100.0}
    assert words.finding_sentence(Finding("baseline-near-target", "warn", "1", "", params)) == sentence
