"""The pulse: anonymous in the tables as well, and nothing is told of fewer than five people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.core import serializers
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.core.errors import NotAllowed, Refused
from sextant.core.models import Event
from sextant.metrics.queries.standpoint import standpoint
from sextant.people import queries as people
from sextant.people.commands import create_team
from sextant.people.models import Person, Team
from sextant.practice.commands.pulse import answer_pulse, close_round, keep_rhythm, set_rhythm, start_round
from sextant.practice.models import PulseCount, PulseDone, PulseRound
from sextant.practice.queries.pitfalls import pitfalls
from sextant.practice.queries.pulse import STATEMENTS, next_round_on, open_round, results, round_to_answer
from tests.make import admin
from tests.practice.worlds import staff
from tests.world import World

GOOD = dict.fromkeys(STATEMENTS, 5)
BAD = dict.fromkeys(STATEMENTS, 1)


@pytest.fixture
def asked(world: World) -> PulseRound:
    set_rhythm(world.ada, is_on=True, every_months=3, open_days=14, version=0)
    return start_round(world.ada)


def answered(found: PulseRound, who: Sequence[Person], scores: dict[str, int]) -> None:
    for person in who:
        answer_pulse(people.actor_of_person(person), found, scores=scores)


def told(found: PulseRound) -> dict[str, int | None]:
    found.refresh_from_db()
    return {line.team_key: line.answers for line in results(found)}


def test_it_is_off_until_an_administrator_turns_it_on(world: World) -> None:
    assert next_round_on() is None
    with pytest.raises(Refused, match="turned off"):
        start_round(world.ada)
    keep_rhythm()
    assert not PulseRound.objects.exists()
    with pytest.raises(NotAllowed):
        set_rhythm(world.lea, is_on=True, every_months=3, open_days=14, version=0)


def test_after_the_first_round_it_is_asked_in_its_rhythm_and_closed_by_itself(world: World) -> None:
    set_rhythm(world.ada, is_on=True, every_months=3, open_days=14, version=0)
    keep_rhythm()
    assert open_round() is None
    first = start_round(world.ada)
    keep_rhythm(first.closes_on)
    assert open_round() == first
    keep_rhythm(first.closes_on + timedelta(days=1))
    assert open_round() is None
    due = next_round_on()
    assert due is not None
    keep_rhythm(due - timedelta(days=1))
    assert open_round() is None
    keep_rhythm(due)
    assert open_round() is not None


def test_an_answer_leaves_no_trace_of_who_gave_it_or_when(world: World, asked: PulseRound) -> None:
    events = Event.objects.count()
    answer_pulse(world.cem, asked, scores=GOOD)
    assert Event.objects.count() == events
    columns = {field.name for field in PulseCount._meta.get_fields()}
    assert columns == {"id", "round", "team", "statement", "score", "count"}
    assert {field.name for field in PulseDone._meta.get_fields()} == {"id", "round", "person"}
    close_round(world.ada, asked)
    assert not PulseDone.objects.exists()
    asked.refresh_from_db()
    everything = serializers.serialize("json", [asked, *PulseCount.objects.all()])
    assert "cem" not in everything.lower()


def test_every_answer_touches_the_same_rows_whatever_it_says(world: World, asked: PulseRound) -> None:
    """Rows that were made or written for one answer alone would say by their order who gave which."""
    answer_pulse(world.cem, asked, scores=GOOD)
    first = set(PulseCount.objects.values_list("pk", "statement", "score"))
    with CaptureQueriesContext(connection) as captured:
        answer_pulse(world.lea, asked, scores=BAD)
    assert set(PulseCount.objects.values_list("pk", "statement", "score")) == first
    assert len(first) == 5 * len(STATEMENTS)
    [written] = [one["sql"] for one in captured if one["sql"].startswith('UPDATE "practice_pulsecount"')]
    assert "score" not in written.split("WHERE")[-1]
    assert sum(PulseCount.objects.values_list("count", flat=True)) == 2 * len(STATEMENTS)


def test_nobody_answers_twice(world: World, asked: PulseRound) -> None:
    assert round_to_answer(world.cem) == asked
    answer_pulse(world.cem, asked, scores=GOOD)
    assert round_to_answer(world.cem) is None
    with pytest.raises(Refused, match="already"):
        answer_pulse(world.cem, asked, scores=BAD)
    assert sum(PulseCount.objects.values_list("count", flat=True)) == len(STATEMENTS)


def test_half_an_answer_is_refused(world: World, asked: PulseRound) -> None:
    for scores in ({"focus": 3}, GOOD | {"focus": 6}, {}):
        with pytest.raises(Refused):
            answer_pulse(world.cem, asked, scores=scores)
    assert not PulseCount.objects.exists()
    assert not PulseDone.objects.exists()


def test_one_answers_for_a_team_of_ones_own(world: World, asked: PulseRound) -> None:
    with pytest.raises(Refused, match="team of yours"):
        answer_pulse(world.cem, asked, scores=GOOD, team=world.surgery)


def test_nothing_of_an_open_round_is_told(world: World, asked: PulseRound) -> None:
    answered(asked, staff(6), GOOD)
    assert told(asked) == {}


def test_four_answers_are_forgotten_and_five_are_told(world: World, asked: PulseRound) -> None:
    answered(asked, staff(4), GOOD)
    close_round(world.ada, asked)
    assert set(told(asked).values()) == {None}
    assert not PulseCount.objects.exists()
    again = start_round(world.ada)
    answered(again, Person.objects.filter(name__startswith="Nurse"), GOOD)
    answer_pulse(world.cem, again, scores=BAD)
    close_round(world.ada, again)
    assert told(again) == {"harbour-hospital": 5, "emergency": 5}


def test_the_small_team_cannot_be_worked_out_from_the_others(world: World, asked: PulseRound) -> None:
    """Six of Emergency say yes, two of Surgery say no: the difference of hospital and Emergency would be the two."""
    answered(asked, staff(6), GOOD)
    answered(asked, staff(2, "surgery"), BAD)
    close_round(world.ada, asked)
    assert told(asked) == {"harbour-hospital": 8, "emergency": None, "surgery": None}
    assert {line.counted_in for line in results(asked) if line.answers is None} == {"Harbour Hospital"}


def test_no_later_tree_gives_a_small_team_away(world: World, asked: PulseRound) -> None:
    """Counts of small teams are put together for good, so moving the team afterwards tells nothing new."""
    answered(asked, staff(6), GOOD)
    answered(asked, staff(2, "surgery"), BAD)
    close_round(world.ada, asked)
    parent = create_team(admin(), "Wards", parent=world.hospital)
    Team.objects.filter(key="surgery").update(parent=parent)
    people.forget()
    sizes = PulseCount.objects.filter(statement=STATEMENTS[0]).values_list("team__key", "count")
    assert {key for key, _count in sizes} == {"harbour-hospital"}
    assert sum(count for _key, count in sizes) == 8


def test_means_and_shares_are_right(world: World, asked: PulseRound) -> None:
    answered(asked, staff(4), GOOD)
    answer_pulse(world.cem, asked, scores=BAD)
    close_round(world.ada, asked)
    asked.refresh_from_db()
    whole = results(asked)[0]
    assert whole.mean == pytest.approx((4 * 5 + 1) / 5)
    assert whole.statements[0].agree == pytest.approx(0.8)


def test_a_bad_pulse_is_a_sign_that_the_culture_does_not_fit(world: World, asked: PulseRound) -> None:
    answered(asked, staff(6), BAD)
    close_round(world.ada, asked)
    [one] = pitfalls(admin(), standpoint(), only="okr-misfit-culture")
    assert one.whole.severity == "clear"
    assert one.beside["pulse-mean"] == 1.0
