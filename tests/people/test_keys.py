"""Keys: readable, unique, and the same words in Latin letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sextant.core.keys import LONGEST, RESERVED, new_key, new_keys, slug
from sextant.people.models import Person, Team
from tests.world import World


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Share seen within 4 hours", "share-seen-within-4-hours"),
        ("Größe & Güte", "grosse-and-gute"),
        ("  Łódź – Kraków ", "lodz-krakow"),
        ("Москва", "moskva"),
        ("Αθήνα", "athina"),
        ("50 % of staff", "50-percent-of-staff"),
        ("Children’s ward", "childrens-ward"),
        ("東京", ""),
        ("!!!", ""),
    ],
)
def test_names_become_plain_words(name: str, key: str) -> None:
    assert slug(name) == key


@given(some.text(max_size=300))
def test_a_key_is_always_short_and_plain(name: str) -> None:
    key = slug(name)
    assert len(key) <= LONGEST
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert key == key.strip("-")


def test_a_taken_key_is_numbered(world: World) -> None:
    assert new_key(Team, "Emergency") == "emergency-2"
    assert new_keys(Team, ["Ward", "Ward", "Emergency", "ward"]) == ["ward", "ward-2", "emergency-2", "ward-3"]


def test_a_name_without_letters_is_called_after_its_kind(world: World) -> None:
    assert new_keys(Person, ["東京", "京都"]) == ["person", "person-2"]


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_words_of_addresses_are_not_keys(world: World, word: str) -> None:
    assert new_key(Team, word) == f"{word}-2"


def test_many_keys_take_one_query_and_on_postgresql_a_lock(world: World, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        assert len(set(new_keys(Team, ["Ward"] * 500))) == 500
