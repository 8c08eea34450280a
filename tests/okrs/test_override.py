"""A person's word beside the computed figures: who, why, until when, and never overwritten silently."""

from __future__ import annotations

import pytest

from sextant.core.errors import NotAllowed, Refused
from sextant.core.models import Event
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.overrides import end_override, override
from sextant.okrs.models import Objective, Override
from sextant.okrs.queries.standing import objective_standing
from tests.make import day, make_key_result, make_objective, record_values, start
from tests.world import World


@pytest.fixture
def running(world: World) -> Objective:
    """An objective with one key result half way."""
    objective = make_objective(key="waiting")
    key_result = make_key_result(objective)
    assert key_result.metric is not None
    record_values(key_result.metric, {day(-8).isoformat(): 40})
    return start(objective)


def refusal(world: World, objective: Objective, **fields: object) -> list[str]:
    given: dict[str, object] = {"progress": 0.8, "reason": "Two desks are not counted.", "expires_on": day(30)}
    with pytest.raises(Refused) as refused:
        override(world.lea, objective, **(given | fields))  # type: ignore[arg-type]
    return [problem.key for problem in refused.value.problems]


def test_a_word_stands_in_place_of_the_roll_up_which_stays_beside_it(world: World, running: Objective) -> None:
    override(world.lea, running, progress=0.8, status="on_track", reason="Two desks are not counted.",
             expires_on=day(30))  # fmt: skip
    standing = objective_standing(running, standpoint())
    assert (standing.progress, standing.status) == (0.8, "on_track")
    assert standing.computed_progress == pytest.approx(0.5)
    assert standing.override is not None
    assert standing.override.author == "Lea Lead"
    event = Event.objects.filter(name="objective.overridden").get()
    assert event.subject_key == "waiting"


def test_an_expired_word_counts_no_longer_and_makes_room_for_another(world: World, running: Objective) -> None:
    said = override(world.lea, running, progress=0.8, reason="For now.", expires_on=day(0))
    Override.objects.filter(pk=said.pk).update(expires_on=day(-1))
    assert objective_standing(running, standpoint()).progress == pytest.approx(0.5)
    override(world.lea, running, progress=0.6, reason="Again.", expires_on=day(3))
    assert objective_standing(running, standpoint()).progress == 0.6


def test_a_standing_word_is_never_overwritten_silently(world: World, running: Objective) -> None:
    override(world.lea, running, progress=0.8, reason="Two desks are not counted.", expires_on=day(30))
    assert refusal(world, running, progress=0.2) == ["override-stands"]
    assert objective_standing(running, standpoint()).progress == 0.8


def test_taking_it_back_brings_the_computed_figures_and_keeps_the_row(world: World, running: Objective) -> None:
    override(world.lea, running, progress=0.8, reason="Two desks are not counted.", expires_on=day(30))
    end_override(world.lea, running)
    assert objective_standing(running, standpoint()).progress == pytest.approx(0.5)
    assert Override.objects.get().superseded_at is not None
    with pytest.raises(Refused) as refused:
        end_override(world.lea, running)
    assert refused.value.problems[0].key == "no-override"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"progress": None}, "nothing-said"),
        ({"progress": 1.2}, "bad-progress"),
        ({"progress": float("nan")}, "bad-progress"),
        ({"status": "great"}, "unknown-choice"),
        ({"reason": "  "}, "reason-missing"),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, running: Objective, fields: dict[str, object], key: str) -> None:
    assert refusal(world, running, **fields) == [key]


def test_a_word_ends_today_or_later(world: World, running: Objective) -> None:
    assert refusal(world, running, expires_on=day(-1)) == ["expires-in-past"]


def test_only_who_leads_the_team_may_say_it(world: World, running: Objective) -> None:
    for name in ("cem", "otto"):
        with pytest.raises(NotAllowed):
            override(world.actor(name), running, progress=0.5, reason="I feel so.", expires_on=day(3))
    assert not Override.objects.exists()


def test_a_closed_objective_keeps_its_score(world: World, running: Objective) -> None:
    Objective.objects.filter(pk=running.pk).update(state="closed")
    running.refresh_from_db()
    assert refusal(world, running) == ["closed"]
