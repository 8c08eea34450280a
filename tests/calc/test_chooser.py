"""KPI, key result or initiative: statements are put right, with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.chooser import REASONS, choose
from sextant.calc.wording_statements import read_statement
from tests.calc.chooser_statements import HELD_OUT, KNOWN


@pytest.mark.parametrize(("text", "kind"), KNOWN, ids=[text for text, _ in KNOWN])
def test_a_known_statement_is_put_right(text: str, kind: str) -> None:
    assert choose(text).kind == kind


def test_nine_in_ten_statements_the_rules_were_not_made_for_are_put_right() -> None:
    wrong = [(text, kind, choose(text).kind) for text, kind in HELD_OUT if choose(text).kind != kind]
    assert len(wrong) <= len(HELD_OUT) // 10, wrong


@pytest.mark.parametrize(("text", "kind"), [*KNOWN, *HELD_OUT])
def test_a_choice_says_why(text: str, kind: str) -> None:
    choice = choose(text)
    assert choice.reason in REASONS
    assert choice.evidence
    assert 0 < choice.confidence <= 1


@pytest.mark.parametrize(("text", "kind"), KNOWN, ids=[text for text, _ in KNOWN])
@pytest.mark.parametrize("label", ["KR 2: ", "- ", "1.3. ", "Key result: "])
def test_a_label_in_front_changes_nothing(text: str, kind: str, label: str) -> None:
    assert choose(label + text).kind == kind


TOLD = [(text, kind) for text, kind in KNOWN if read_statement(text).form == "base" and text.split()[0] != "We"]


@pytest.mark.parametrize(("text", "kind"), TOLD, ids=[text for text, _ in TOLD])
@pytest.mark.parametrize("opening", ["We want to ", "Our goal is to ", "To ", "The team will "])
def test_who_wants_it_changes_nothing(text: str, kind: str, opening: str) -> None:
    assert choose(opening + text[0].lower() + text[1:]).kind == kind


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    choice = choose(text)
    assert choice.kind in ("kpi", "key_result", "initiative", "objective")
    assert choice == choose(text)


@pytest.mark.parametrize("text", ["", "   ", "-", "***"])
def test_nothing_said_is_nothing_sure(text: str) -> None:
    assert choose(text).confidence == 0


@pytest.mark.parametrize("piece", ["the ", "by the end of ", "from 1 to ", "in the next ", "9/", "of all the "])
def test_a_very_long_text_is_answered_at_once(piece: str) -> None:
    assert choose(piece * 5000).kind
