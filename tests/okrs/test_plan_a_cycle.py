"""Planning a cycle: candidates scored by weights, the line of the cap, what is aligned, who has nothing, lessons."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.planning import candidate_score, cap_line
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications.commands import comment
from sextant.okrs.commands.alignment import align
from sextant.okrs.commands.closing import close_cycle, close_objective
from sextant.okrs.commands.objectives import (
    agree_objective,
    change_objective,
    create_objective,
    propose_objective,
)
from sextant.okrs.commands.planning import (
    add_candidate,
    archive_candidate,
    decide_candidate,
    restore_candidate,
    score_candidate,
    set_criteria,
    undecide_candidate,
)
from sextant.okrs.commands.rules import mute_rule, tune_rule
from sextant.okrs.models import Candidate, Objective
from sextant.okrs.queries.planning import plan
from sextant.people.commands import change_organisation
from sextant.people.queries import organisation
from sextant.strategy.models import Cycle
from tests.make import admin, make_cycle, make_key_result, make_kpi, make_objective, start
from tests.world import World

pytestmark = pytest.mark.django_db

CRITERIA = [("Impact", 4.0), ("Urgency", 3.0), ("Effort spared", 2.0), ("Learning", 1.0)]
# title: (scores in the order of the criteria, the weighted mean worked out by hand)
BY_HAND = {
    "Shorter waits": ((9, 8, 4, 5), 7.3),  # 36 + 24 + 8 + 5 = 73
    "Fewer falls": ((10, 9, 6, 2), 8.1),  # 40 + 27 + 12 + 2 = 81
    "Paperless intake": ((6, 4, 8, 7), 5.9),  # 24 + 12 + 16 + 7 = 59
    "Night triage": ((7, 7, 7, 7), 7.0),  # 28 + 21 + 14 + 7 = 70
    "Calmer corridors": ((3, 2, 9, 10), 4.6),  # 12 + 6 + 18 + 10 = 46
    "Faster discharge": ((8, 10, 3, 1), 6.9),  # 32 + 30 + 6 + 1 = 69
    "Clear signs": ((2, 1, 10, 4), 3.5),  # 8 + 3 + 20 + 4 = 35
    "Fewer readmissions": ((10, 6, 2, 8), 7.0),  # 40 + 18 + 4 + 8 = 70
}


def running(objective: Objective) -> Objective:
    """Started, with one key result."""
    make_key_result(objective)
    return start(objective)


def eight_candidates(world: World, cycle: Cycle) -> dict[str, Candidate]:
    criteria = set_criteria(world.lea, cycle, CRITERIA)
    made = {}
    for title, (scores, _) in BY_HAND.items():
        made[title] = add_candidate(world.cem, cycle, team=world.emergency, title=title)
        given_scores = {one.pk: float(score) for one, score in zip(criteria, scores, strict=True)}
        score_candidate(world.lea, made[title], given_scores)
    return made


def test_eight_candidates_by_four_weights_match_a_calculation_by_hand(world: World) -> None:
    cycle = make_cycle()
    eight_candidates(world, cycle)
    (emergency,) = plan(cycle, world.lea, standpoint()).teams
    found = {one.candidate.title: one.score for one in emergency.ranked}
    assert found == {title: pytest.approx(score) for title, (_, score) in BY_HAND.items()}
    assert [(one.rank, one.candidate.title) for one in emergency.ranked] == [
        (1, "Fewer falls"), (2, "Shorter waits"), (3, "Night triage"), (3, "Fewer readmissions"),
        (5, "Faster discharge"), (6, "Paperless intake"), (7, "Calmer corridors"), (8, "Clear signs"),
    ]  # fmt: skip
    assert emergency.ranked[0].why.inputs["result"] == pytest.approx(8.1)


def test_the_line_of_the_cap_leaves_room_for_what_is_in_the_cycle_already(world: World) -> None:
    cycle = make_cycle()
    made = eight_candidates(world, cycle)
    tune_rule(admin(), "focus-cap-objectives", team=world.emergency, value=4, reason="Four is plenty.")
    assert plan(cycle, world.lea, standpoint()).teams[0].line == 4
    agreed = make_objective("Already agreed", cycle=cycle)
    propose_objective(admin(), agreed)
    agree_objective(admin(), agreed)
    assert plan(cycle, world.lea, standpoint()).teams[0].line == 3
    decide_candidate(world.lea, made["Clear signs"], "taken", reason="The ministry asks for it.")
    found = plan(cycle, world.lea, standpoint()).teams[0]
    assert found.line == 2, "what was taken uses the cap, wherever it ranks"
    mute_rule(admin(), "focus-cap-objectives", team=world.emergency, reason="A year of building.")
    assert plan(cycle, world.lea, standpoint()).teams[0].line is None


def test_a_candidate_that_lacks_a_score_is_not_ranked_as_a_weak_one(world: World) -> None:
    cycle = make_cycle()
    impact, urgency = set_criteria(world.lea, cycle, [("Impact", 1), ("Urgency", 1)])
    half = add_candidate(world.lea, cycle, team=world.emergency, title="Half looked at")
    score_candidate(world.lea, half, {impact.pk: 9})
    found = plan(cycle, world.lea, standpoint()).teams[0]
    assert (found.ranked, [one.scored for one in found.waiting]) == ((), [1])
    score_candidate(world.lea, half, {urgency.pk: 0})
    assert plan(cycle, world.lea, standpoint()).teams[0].ranked[0].score == 4.5
    score_candidate(world.lea, half, {urgency.pk: None})
    assert plan(cycle, world.lea, standpoint()).teams[0].ranked == ()


def test_a_criterion_that_keeps_its_name_keeps_its_scores(world: World) -> None:
    cycle = make_cycle()
    impact, _ = set_criteria(world.lea, cycle, [("Impact", 1), ("Urgency", 1)])
    one = add_candidate(world.lea, cycle, team=world.emergency, title="Shorter waits")
    score_candidate(world.lea, one, {impact.pk: 8})
    set_criteria(world.lea, cycle, [("Learning", 0), ("impact", 5)])
    assert plan(cycle, world.lea, standpoint()).teams[0].ranked[0].score == 8
    for bad in ([("Impact", -1)], [("Impact", 1), ("IMPACT", 2)], [(" ", 1)], [("Impact", float("nan"))]):
        with pytest.raises(Refused):
            set_criteria(world.lea, cycle, bad)


@pytest.mark.parametrize("score", [-1, 10.5, float("nan"), float("inf")])
def test_a_score_outside_0_to_10_is_refused(world: World, score: float) -> None:
    cycle = make_cycle()
    (impact,) = set_criteria(world.lea, cycle, [("Impact", 1)])
    one = add_candidate(world.lea, cycle, team=world.emergency, title="Shorter waits")
    with pytest.raises(Refused) as refusal:
        score_candidate(world.lea, one, {impact.pk: score})
    assert refusal.value.problems[0].key == "bad-score"


def test_two_people_scoring_the_same_candidate_notice_each_other(world: World) -> None:
    cycle = make_cycle()
    (impact,) = set_criteria(world.lea, cycle, [("Impact", 1)])
    one = add_candidate(world.lea, cycle, team=world.emergency, title="Shorter waits")
    score_candidate(world.lea, one, {impact.pk: 3}, version=one.version)
    with pytest.raises(Stale):
        score_candidate(admin(), one, {impact.pk: 7}, version=one.version)
    assert Candidate.objects.get(pk=one.pk).scores == {str(impact.pk): 3}


def test_a_choice_needs_a_reason_and_is_on_record(world: World) -> None:
    cycle = make_cycle()
    one = add_candidate(world.cem, cycle, team=world.emergency, title="Shorter waits", why="Complaints doubled.")
    with pytest.raises(Refused) as refusal:
        decide_candidate(world.lea, one, "taken", reason=" ")
    assert refusal.value.problems[0].key == "reason-missing"
    with pytest.raises(NotAllowed):
        decide_candidate(world.cem, one, "taken", reason="I want it.")
    decide_candidate(world.lea, one, "taken", reason="Complaints doubled.")
    drafted = Objective.objects.get(title="Shorter waits")
    assert (drafted.state, drafted.cycle, drafted.team) == ("draft", cycle, world.emergency)
    event = Event.objects.filter(name="candidate.decided").latest("id")
    assert "Complaints doubled." in event.data["choice"]
    with pytest.raises(Refused):
        decide_candidate(world.lea, one, "left", reason="No.")


def test_opening_a_choice_again_archives_the_draft_but_nothing_that_went_further(world: World) -> None:
    cycle = make_cycle()
    one = add_candidate(world.lea, cycle, team=world.emergency, title="Shorter waits")
    decide_candidate(world.lea, one, "taken", reason="Yes.")
    undecide_candidate(world.lea, one)
    assert Objective.objects.get(title="Shorter waits").archived_at is not None
    decide_candidate(world.lea, one, "taken", reason="Yes, after all.")
    propose_objective(world.lea, one.objective)
    with pytest.raises(Refused) as refusal:
        undecide_candidate(world.lea, one)
    assert refusal.value.problems[0].key == "already-under-way"


def test_a_candidate_from_a_kpi_becomes_a_key_result_on_its_series(world: World) -> None:
    kpi = make_kpi("waiting-time", active=True)
    one = add_candidate(world.lea, make_cycle(), team=world.emergency, kpi=kpi)
    assert one.title == "Improve Waiting time"
    decide_candidate(world.lea, one, "taken", reason="Off target since May.")
    (key_result,) = Objective.objects.get(title="Improve Waiting time").key_results.all()
    assert key_result.metric == kpi.metric
    assert key_result.terms.get().baseline_from_series


def test_an_archived_candidate_leaves_the_list_and_comes_back(world: World) -> None:
    cycle = make_cycle()
    one = add_candidate(world.lea, cycle, team=world.emergency, title="Shorter waits")
    archive_candidate(world.lea, one)
    assert plan(cycle, world.lea, standpoint()).teams == ()
    restore_candidate(world.lea, one)
    assert [len(team.waiting) for team in plan(cycle, world.lea, standpoint()).teams] == [1]


def test_nothing_is_planned_into_a_closed_cycle(world: World) -> None:
    cycle = make_cycle()
    close_cycle(world.lea, cycle)
    with pytest.raises(Refused) as refusal:
        add_candidate(world.lea, cycle, team=world.emergency, title="Too late")
    assert refusal.value.problems[0].key == "cycle-closed"


def test_only_a_member_puts_forward_and_only_a_lead_weighs(world: World) -> None:
    cycle = make_cycle()
    with pytest.raises(NotAllowed):
        add_candidate(world.vic, cycle, team=world.emergency, title="Shorter waits")
    with pytest.raises(NotAllowed):
        set_criteria(world.cem, cycle, CRITERIA)


def test_counts_stand_against_the_caps_and_drafts_only_beside_them(world: World) -> None:
    cycle = make_cycle()
    for number in range(5):
        running(make_objective(f"Aim {number}", cycle=cycle))
    make_objective("Only a draft", cycle=cycle)
    (load,) = plan(cycle, world.lea, standpoint()).loads
    assert (load.objectives, load.drafts, load.objective_cap, load.key_results) == (5, 1, 5, 5)
    assert (load.is_over, load.would_be_over) == (False, True)
    tune_rule(world.lea, "focus-cap-objectives", team=world.emergency, value=3, reason="Focus.")
    (load,) = plan(cycle, world.lea, standpoint()).loads
    assert load.is_over


def test_coverage_is_items_with_a_path_by_all_items_and_orphans_are_listed(world: World) -> None:
    cycle = make_cycle()
    top = running(make_objective("Safe care", cycle=cycle, theme=world.safety))
    middle = running(make_objective("No falls", cycle=cycle))
    low = running(make_objective("Dry floors", cycle=cycle))
    alone = running(make_objective("A new logo", cycle=cycle))
    make_objective("A draft without a path", cycle=cycle)
    align(admin(), middle, top)
    align(admin(), low, middle.key_results.get())
    align(admin(), alone, top, kind="supports")
    found = plan(cycle, world.lea, standpoint())
    assert [one.title for one in found.orphans] == ["A new logo"]
    assert (found.coverage.items, found.coverage.with_path, found.coverage.share) == (8, 6, 0.75)
    assert found.coverage.why.rule == "coverage"


def test_coverage_does_not_change_when_words_are_renamed(world: World) -> None:
    cycle = make_cycle()
    running(make_objective("Safe care", cycle=cycle, theme=world.safety))
    running(make_objective("A new logo", cycle=cycle))
    before = plan(cycle, world.lea, standpoint()).coverage
    terms = {"theme": "pillar", "objective": "critical factor"}
    change_organisation(admin(), version=organisation().version, terms=terms)
    assert plan(cycle, world.lea, standpoint()).coverage == before


def test_teams_without_objectives_are_listed_and_a_draft_is_none(world: World) -> None:
    cycle = make_cycle()
    running(make_objective("Safe care", cycle=cycle))
    make_objective("Draft", cycle=cycle, team=world.surgery)
    found = plan(cycle, world.lea, standpoint())
    assert [node.name for node in found.teams_without] == ["Harbour Hospital", "Surgery"]
    only = plan(cycle, world.lea, standpoint(), team_id=world.emergency.pk)
    assert only.teams_without == ()


def test_lessons_about_the_same_kpi_come_before_those_of_the_theme_and_can_be_searched(world: World) -> None:
    before, cycle = make_cycle("Last quarter", gone=120), make_cycle()
    kpi = make_kpi("waiting-time", active=True)
    about_kpi = make_objective("Old waits", cycle=before, team=world.surgery)
    make_key_result(about_kpi, "Waits", metric=kpi.metric, terms={"baseline": 40.0, "target": 20.0})
    about_theme = make_objective("Old safety", cycle=before, team=world.surgery, theme=world.safety)
    other = make_objective("Something else", cycle=before, team=world.surgery)
    for one, learning in ((about_theme, "Start early."), (about_kpi, "Ask nurses first."), (other, "Parking matters.")):
        items = {key: {"decision": "drop"} for key in one.key_results.values_list("key", flat=True)}
        close_objective(admin(), one, outcome="Done.", learning=learning, decision="drop", items=items)
    make_objective("New safety", cycle=cycle, theme=world.safety)
    add_candidate(world.lea, cycle, team=world.emergency, kpi=kpi)
    found = plan(cycle, world.lea, standpoint()).lessons
    assert [(one.about, one.closure.learning) for one in found] == [
        ("kpi", "Ask nurses first."), ("theme", "Start early."),
    ]  # fmt: skip
    searched = plan(cycle, world.lea, standpoint(), query="parking").lessons
    assert [one.objective.title for one in searched] == ["Something else"]


def test_a_private_objective_is_in_no_count_and_no_lesson(world: World) -> None:
    cycle = make_cycle()
    change_organisation(admin(), version=organisation().version, personal_objectives=True)
    mine = make_objective("Learn to swim", cycle=cycle, owner=world.person("lea"), is_personal=True)
    change_objective(world.lea, mine, version=mine.version, visibility="private")
    mine.refresh_from_db()
    for actor in (admin(), world.otto, world.lea):
        found = plan(cycle, actor, standpoint())
        assert (found.loads, found.coverage.items) == ((), 0)
    close_objective(world.lea, mine, outcome="Done.", learning="Swim daily.", decision="drop", items={})
    assert plan(cycle, admin(), standpoint(), query="swim").lessons == ()
    assert len(plan(cycle, world.lea, standpoint(), query="swim").lessons) == 1


def test_a_plan_of_many_candidates_takes_as_many_statements_as_one_of_few(world: World) -> None:
    cycle = make_cycle()
    eight_candidates(world, cycle)
    running(make_objective("The first", cycle=cycle))
    with CaptureQueriesContext(connection) as few:
        plan(cycle, world.lea, standpoint())
    for number in range(20):
        add_candidate(admin(), cycle, team=world.surgery, title=f"More {number}")
        running(make_objective(f"Aim {number}", cycle=cycle))
    with CaptureQueriesContext(connection) as many:
        plan(cycle, world.lea, standpoint())
    assert len(many) == len(few)


def test_an_objective_is_proposed_debated_by_two_teams_and_agreed_and_the_log_says_so(world: World) -> None:
    """SX-9"""
    proposed = create_objective(world.cem, title="Nobody waits alone", team=world.emergency, cycle=make_cycle())
    make_key_result(proposed)
    propose_objective(world.cem, proposed)
    comment(world.otto, "objective", proposed.key, "Surgery would join.")
    comment(world.lea, "objective", proposed.key, "Then we need a bed more.")
    with pytest.raises(NotAllowed):
        agree_objective(world.cem, proposed)
    agree_objective(world.lea, proposed)
    log = Event.objects.filter(topics__icontains=proposed.key).order_by("id").values_list("name", "actor_label")
    assert [one for one in log if not one[0].startswith("key_result")] == [
        ("objective.created", "Cem Contributor"), ("objective.proposed", "Cem Contributor"),
        ("comment.written", "Otto Outsider"), ("comment.written", "Lea Lead"), ("objective.agreed", "Lea Lead"),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1000)), min_size=1, max_size=8))
def test_a_weighted_score_lies_between_the_lowest_and_the_highest(pairs: list[tuple[float, float]]) -> None:
    scores, weights = [score for score, _ in pairs], [weight for _, weight in pairs]
    found = candidate_score(scores, weights)
    counted = [score for score, weight in pairs if weight > 0]
    if not counted:
        assert found is None
    else:
        assert found is not None
        assert min(counted) - 1e-6 <= found <= max(counted) + 1e-6


@given(st.lists(st.booleans(), max_size=12), st.integers(-3, 15))
def test_the_line_never_leaves_more_open_candidates_above_it_than_there_is_room(taken: list[bool], room: int) -> None:
    line = cap_line(taken, room)
    assert 0 <= line <= len(taken)
    opened = taken[:line].count(False)
    assert opened <= max(0, max(0, room) - sum(taken))
    if line < len(taken):
        assert not taken[line]
