"""Each of the sixteen pitfalls is seen in a world that is in it, and not in one that is not."""

from __future__ import annotations

import pytest

from sextant.calc.pitfalls import PITFALLS
from sextant.metrics.queries.standpoint import standpoint
from sextant.practice.queries.pitfalls import Finding, pitfalls
from sextant.practice.sentences import WORDS, reason_words, verdict_words
from tests.make import admin
from tests.practice.worlds import WORLDS
from tests.world import World


def found(key: str) -> Finding:
    [one] = pitfalls(admin(), standpoint(), only=key)
    return one


def test_every_pitfall_has_its_worlds_and_its_words() -> None:
    assert len(PITFALLS) == 16
    assert set(PITFALLS) == set(WORLDS) == set(WORDS)


@pytest.mark.parametrize("key", PITFALLS)
def test_a_pitfall_is_seen_where_one_is_in_it(world: World, key: str) -> None:
    WORLDS[key][0]()
    one = found(key)
    assert one.whole.severity == "clear" if key != "kpi-over-reliance" else "some"
    assert one.teams[world.emergency.pk].severity in ("some", "clear")
    assert verdict_words(one.whole)
    assert all("%(" not in reason_words(item) for item in one.items)
    assert all(item.kind in ("kpi", "objective", "key_result", "team") for item in one.items)


@pytest.mark.parametrize("key", PITFALLS)
def test_a_pitfall_is_not_seen_where_one_is_not(world: World, key: str) -> None:
    WORLDS[key][1]()
    assert found(key).whole.severity == "none"


@pytest.mark.parametrize("key", PITFALLS)
def test_nothing_can_be_told_of_nothing(world: World, key: str) -> None:
    one = found(key)
    assert one.whole.severity == "untold"
    assert one.whole.why in ("no-cases", "few-people")
