"""Saying as a whole what stands on a scorecard."""

from __future__ import annotations

import pytest

from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.kpis.commands import arrangement_version, create_scorecard, place_kpi, set_arrangement
from sextant.kpis.models import Scorecard, ScorecardItem
from sextant.kpis.queries.scorecards import scorecard
from tests.make import admin, make_kpi
from tests.world import World

pytestmark = pytest.mark.django_db


def shown(card: Scorecard) -> list[tuple[str, float]]:
    return [(row.standing.kpi.key, row.weight) for row in scorecard(admin(), card).rows]


def test_order_weights_and_members_become_what_is_said(world: World) -> None:
    a, b, c = (make_kpi(key) for key in "abc")
    card = create_scorecard(admin(), name="Acute", team=world.emergency, kpis=[a, b])
    set_arrangement(world.lea, card, [(c, 1), (a, 2)])
    assert shown(card) == [("c", 1), ("a", 2)]
    assert ScorecardItem.objects.filter(scorecard=card, kpi=b, superseded_at=None).count() == 0


def test_the_same_again_changes_nothing(world: World) -> None:
    a, b = make_kpi("a"), make_kpi("b")
    card = create_scorecard(admin(), name="Acute", team=world.emergency, kpis=[a, b])
    before = arrangement_version(card)
    set_arrangement(admin(), card, [(a, 1), (b, 1)], version=before)
    assert arrangement_version(card) == before


def test_somebody_elses_step_in_between_is_not_overwritten(world: World) -> None:
    a, b = make_kpi("a"), make_kpi("b")
    card = create_scorecard(admin(), name="Acute", team=world.emergency, kpis=[a, b])
    seen = arrangement_version(card)
    place_kpi(admin(), card, b, weight=4)
    with pytest.raises(Stale) as stale:
        set_arrangement(world.lea, card, [(b, 1), (a, 1)], version=seen)
    assert stale.value.theirs["KPIs"] == "A, B (×4)"
    assert shown(card) == [("a", 1), ("b", 4)]


def test_kpis_the_editor_may_not_see_stay_on_the_scorecard(world: World) -> None:
    secret = make_kpi("secret", team=world.surgery, visibility="team", owner=None)
    a = make_kpi("a")
    card = create_scorecard(admin(), name="Acute", team=world.emergency, kpis=[secret, a])
    set_arrangement(world.lea, card, [(a, 3)])
    assert shown(card) == [("a", 3), ("secret", 1)]


def test_a_viewer_arranges_nothing_and_a_weight_is_a_number(world: World) -> None:
    a = make_kpi("a")
    card = create_scorecard(admin(), name="Acute", team=world.emergency, kpis=[a])
    with pytest.raises(NotAllowed):
        set_arrangement(world.vic, card, [])
    for weight in (-1, float("nan"), 1e9):
        with pytest.raises(Refused):
            set_arrangement(admin(), card, [(a, weight)])
