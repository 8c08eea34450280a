"""What counts as found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.web.search_words import distance_of_beginning, likeness, ranked

NAMES = ["Share seen within four hours", "Staff turnover", "Überlebensrate 30 Tage", "Revenue per employee", "Seen"]


def found(query: str) -> list[str]:
    return ranked(query, [(name, name) for name in NAMES], 10)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("seen", ["Seen", "Share seen within four hours"]),
        ("hours four", ["Share seen within four hours"]),
        ("turn", ["Staff turnover"]),
        ("trunover", ["Staff turnover"]),
        ("ueberleb", ["Überlebensrate 30 Tage"]),
        ("Überlebenrate", ["Überlebensrate 30 Tage"]),
        ("reveneu emp", ["Revenue per employee"]),
        ("xylophone", []),
        ("seen xylophone", []),
        ("", []),
        ("   ", []),
    ],
)
def test_beginnings_of_words_in_any_order_find_and_slips_are_forgiven(query: str, expected: list[str]) -> None:
    assert found(query) == expected


def test_short_words_are_taken_as_typed() -> None:
    assert likeness("sta", "stb") is None
    assert likeness("stab", "staff") is not None


@given(st.text("abcde", min_size=4, max_size=10))
def test_every_word_is_found_by_each_of_its_beginnings(word: str) -> None:
    for length in range(1, len(word) + 1):
        assert likeness(word[:length], word) is not None


@given(st.text("abcde", min_size=5, max_size=9), st.integers(0, 8), st.sampled_from("abcde"))
def test_one_changed_letter_is_one_step(word: str, at: int, letter: str) -> None:
    at = min(at, len(word) - 1)
    changed = word[:at] + letter + word[at + 1 :]
    assert distance_of_beginning(changed, word, 2) <= 1
