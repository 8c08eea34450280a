"""What people type is checked in one way."""

from __future__ import annotations

import pytest

from sextant.core.checking import A_NOTE, A_TEXT, checked_text
from sextant.core.errors import Refused


def key_of(text: str, **how: object) -> str:
    with pytest.raises(Refused) as refused:
        checked_text(text, "reason", **how)  # type: ignore[arg-type]
    return refused.value.problems[0].key


def test_a_text_loses_its_margins() -> None:
    assert checked_text("  Patients wait.\n", "reason", missing="Say why.") == "Patients wait."


def test_an_empty_text_is_refused_only_where_one_is_needed() -> None:
    assert checked_text("  ", "reason") == ""
    assert key_of("  ", missing="Say why.") == "reason-missing"
    assert key_of("", missing="Say what.", key="text-missing") == "text-missing"


def test_a_text_that_is_too_long_or_cannot_be_kept_is_refused() -> None:
    assert checked_text("x" * A_NOTE, "reason") == "x" * A_NOTE
    assert key_of("x" * (A_NOTE + 1)) == "too-long"
    assert checked_text("x" * (A_NOTE + 1), "reason", most=A_TEXT)
    assert key_of("a\0b") == "too-long"
