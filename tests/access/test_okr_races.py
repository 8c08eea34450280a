"""Objectives under several hands at once: nothing is lost, nothing is done twice, no circle closes, and who is
forgotten is forgotten everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.apps import apps
from django.core import serializers

from sextant.core.errors import Stale
from sextant.core.models import Event
from sextant.notifications.commands import comment
from sextant.okrs.commands.alignment import align
from sextant.okrs.commands.blockers import raise_blocker, resolve_blocker
from sextant.okrs.commands.check_ins import acknowledge, check_in
from sextant.okrs.commands.closing import close_objective, reopen_objective
from sextant.okrs.commands.initiatives import change_initiative, create_initiative
from sextant.okrs.commands.key_results import change_key_result, create_key_result, mark_milestone
from sextant.okrs.commands.objectives import (
    activate_objective,
    agree_objective,
    change_objective,
    create_objective,
    propose_objective,
)
from sextant.okrs.commands.overrides import override
from sextant.okrs.commands.planning import add_candidate, decide_candidate
from sextant.okrs.commands.rules import mute_rule
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import Candidate, CheckIn, Closure, Initiative, KeyResult, Link, Milestone, Objective, Terms
from sextant.people.commands import erase_person
from tests.access.crawl import pages
from tests.at_once import at_once, problems_of
from tests.doors.calls import script
from tests.make import admin, day, make_cycle, make_key_result, make_objective, start
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def own(objective: Objective, act: Callable[[Objective], object]) -> Callable[[], object]:
    """The act on the objective as one more hand holds it."""
    return lambda: act(Objective.objects.get(pk=objective.pk))


def test_check_ins_of_two_people_who_do_not_ask_are_both_kept(real: World) -> None:
    pk = make_key_result(make_objective()).pk
    start(Objective.objects.get())
    said = [
        lambda actor=actor: check_in(actor, KeyResult.objects.get(pk=pk), confidence=5)
        for actor in (real.lea, real.ada)
    ]
    assert problems_of(at_once(*said)) == []
    assert CheckIn.objects.filter(superseded_at=None).count() == 2


def test_check_ins_of_two_people_who_saw_the_same_are_one_and_a_conflict(real: World) -> None:
    pk = make_key_result(make_objective()).pk
    start(Objective.objects.get())
    said = [
        lambda actor=actor: check_in(actor, KeyResult.objects.get(pk=pk), value=40, confidence=5, seen=0)
        for actor in (real.lea, real.ada)
    ]
    results = at_once(*said)
    assert problems_of(results) == ["stale-version"]
    stale = next(one for one in results if isinstance(one, Stale))
    assert stale.theirs["confidence"] == stale.yours["confidence"] == 5
    assert CheckIn.objects.count() == 1


def circle_free() -> bool:
    rows = Link.objects.filter(superseded_at=None, kind="contributes").values_list("child_id", "objective_id")
    parents = dict(rows)
    for begin in parents:
        at, steps = begin, 0
        while at in parents and steps <= len(parents):
            at, steps = parents[at], steps + 1
        if steps > len(parents):
            return False
    return True


@pytest.mark.parametrize("count", [2, 3, 4])
def test_links_that_would_close_a_circle_are_never_all_made(real: World, count: int) -> None:
    ring = [make_objective(f"Aim {number}") for number in range(count)]
    ada = real.ada
    acts = [
        lambda child=child, to=to: align(ada, Objective.objects.get(pk=child.pk), Objective.objects.get(pk=to.pk))
        for child, to in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    assert problems_of(at_once(*acts)) == ["alignment-circle"]
    assert Link.objects.filter(superseded_at=None).count() == count - 1
    assert circle_free()


def test_the_parent_that_two_set_at_once_is_one(real: World) -> None:
    child, parents, ada = make_objective("Child"), [make_objective(f"Aim {n}") for n in range(3)], real.ada
    acts = [lambda to=to: align(ada, Objective.objects.get(pk=child.pk), to) for to in parents]
    assert problems_of(at_once(*acts)) == []
    assert Link.objects.filter(child=child, superseded_at=None, kind="contributes").count() == 1


def test_a_support_given_twice_at_once_is_given_once(real: World) -> None:
    child, other, ada = make_objective("Child"), make_objective("Other"), real.ada
    acts = [own(child, lambda one: align(ada, one, other, kind="supports"))] * 3
    assert problems_of(at_once(*acts)) == []
    assert Link.objects.filter(superseded_at=None).count() == 1


def test_an_objective_closed_by_several_at_once_is_closed_and_carried_once(real: World) -> None:
    objective, later = make_objective(), make_cycle("Next", gone=-50)
    key = make_key_result(objective).key
    start(objective)
    ada = real.ada

    def close(one: Objective) -> object:
        return close_objective(
            ada, one, outcome="Done.", learning="Begin early.", decision="keep", items={key: {"decision": "keep"}},
            carry_to=later,
        )  # fmt: skip

    assert problems_of(at_once(*[own(objective, close)] * 3)) == ["already-closed"] * 2
    assert Closure.objects.filter(superseded_at=None).count() == 1
    assert Objective.objects.filter(cycle=later).count() == 1
    reopened = problems_of(at_once(*[own(objective, lambda one: reopen_objective(ada, one, reason="Not yet"))] * 3))
    assert reopened == ["not-closed"] * 2


@pytest.mark.parametrize("step", [propose_objective, agree_objective, activate_objective], ids=lambda c: c.__name__)
def test_a_step_taken_by_several_at_once_is_taken_once(real: World, step: Callable[..., Objective]) -> None:
    objective, ada = make_objective(), real.ada
    make_key_result(objective)
    for before in (propose_objective, agree_objective):
        if before is step:
            break
        before(ada, objective)
    told = problems_of(at_once(*[own(objective, lambda one: step(ada, one))] * 3))
    assert told == ["wrong-state"] * 2
    assert Event.objects.filter(subject_key=objective.key, name__startswith="objective.").exclude(
        name__in=("objective.created", "objective.proposed" if step is not propose_objective else "")
    ).exclude(name="objective.agreed" if step is activate_objective else "").count() == 1  # fmt: skip


def test_a_key_result_added_while_the_objective_is_closed_is_refused_or_judged(real: World) -> None:
    objective, ada = make_objective(), real.ada
    key = make_key_result(objective).key
    start(objective)

    def close(one: Objective) -> object:
        return close_objective(
            ada, one, outcome="x", learning="x", decision="drop", items={key: {"decision": "drop"}}
        )  # fmt: skip

    results = at_once(
        own(objective, close), own(objective, lambda one: create_key_result(ada, one, title="Late", kind="yes_no"))
    )
    told = problems_of(results)
    late = KeyResult.objects.filter(title="Late").first()
    if Objective.objects.get(pk=objective.pk).state == "closed":
        assert (late is None and told == ["closed"]) or (late is not None and late.closed_at is not None)


def test_of_several_edits_of_one_version_of_an_objective_one_is_saved(real: World) -> None:
    objective, ada = make_objective(), real.ada
    version = objective.version

    def edit(number: int) -> Callable[[], object]:
        return own(objective, lambda one: change_objective(ada, one, version=version, title=f"Aim {number}"))

    assert problems_of(at_once(*map(edit, range(4)))) == ["stale-version"] * 3
    assert Objective.objects.get(pk=objective.pk).version == version + 1


def test_of_several_edits_of_one_version_of_a_key_result_one_is_saved(real: World) -> None:
    row, ada = make_key_result(make_objective()), real.ada
    version = row.version

    def edit(number: int) -> Callable[[], object]:
        return lambda: change_key_result(
            ada, KeyResult.objects.get(pk=row.pk), version=version, note=f"Note {number}"
        )  # fmt: skip

    assert problems_of(at_once(*map(edit, range(4)))) == ["stale-version"] * 3
    initiative = create_initiative(ada, row.objective, title="Work")

    def change(number: int) -> Callable[[], object]:
        return lambda: change_initiative(
            ada, Initiative.objects.get(pk=initiative.pk), version=initiative.version, title=f"Work {number}"
        )  # fmt: skip

    assert problems_of(at_once(*map(change, range(4)))) == ["stale-version"] * 3


def test_things_of_one_name_made_at_once_have_keys_of_their_own(real: World) -> None:
    ada, team, objective = real.ada, real.emergency, make_objective("First")
    assert problems_of(at_once(*[lambda: create_objective(ada, title="Alike", team=team)] * 4)) == []
    assert sorted(Objective.objects.filter(title="Alike").values_list("key", flat=True)) == [
        "alike", "alike-2", "alike-3", "alike-4",
    ]  # fmt: skip
    measured = {"unit": "count", "how_measured": "x"}
    made = at_once(*[own(objective, lambda one: create_key_result(ada, one, title="Same", own_metric=measured))] * 4)
    assert problems_of(made) == []
    assert KeyResult.objects.filter(title="Same").values("key").distinct().count() == 4
    assert sorted(KeyResult.objects.filter(title="Same").values_list("position", flat=True)) == [1, 2, 3, 4]


def test_one_key_asked_for_twice_at_once_is_given_once(real: World) -> None:
    ada, team, objective = real.ada, real.emergency, make_objective("First")
    acts = [lambda: create_objective(ada, title="Alike", team=team, key="mine")] * 3
    assert problems_of(at_once(*acts)) == ["key-taken"] * 2
    rows = [own(objective, lambda one: create_key_result(ada, one, title="A", kind="yes_no", key="kr"))] * 3
    assert problems_of(at_once(*rows)) == ["key-taken"] * 2
    work = [own(objective, lambda one: create_initiative(ada, one, title="W", key="work"))] * 3
    assert problems_of(at_once(*work)) == ["key-taken"] * 2


@pytest.mark.parametrize("runs", [True, False])
def test_figures_set_by_several_at_once_are_one_current_row_per_hour(real: World, runs: bool) -> None:
    row, ada = make_key_result(make_objective()), real.ada
    if runs:
        start(row.objective)

    def aim(target: float) -> Callable[[], object]:
        return lambda: set_terms(ada, KeyResult.objects.get(pk=row.pk), target=target, reason="Learned")

    assert problems_of(at_once(*map(aim, (10.0, 11.0, 12.0, 13.0)))) == []
    current = Terms.objects.filter(key_result=row, superseded_at=None)
    hours = list(current.values_list("valid_from", flat=True))
    assert len(hours) == len(set(hours)) == (2 if runs else 1)
    assert Terms.objects.filter(key_result=row).count() == 5
    assert Event.objects.filter(name="key_result.target_changed").count() == 4


def test_a_step_marked_by_several_at_once_is_reached_once(real: World) -> None:
    steps = [{"title": "Opened", "due_on": day(5)}]
    row = make_key_result(make_objective(), kind="milestones", milestones=steps)
    start(row.objective)
    step, actors = row.milestones.get(), [real.ada, real.lea, real.ada]
    acts = [
        lambda actor=actor: mark_milestone(actor, Milestone.objects.get(pk=step.pk), evidence=f"Seen by {actor.label}")
        for actor in actors
    ]
    told = problems_of(at_once(*acts))
    assert told in ([], ["already-done"] * 2)
    assert Event.objects.filter(name="milestone.done").count() == 1
    step.refresh_from_db()
    assert step.evidence == f"Seen by {step.done_by}"


def test_what_is_said_twice_at_once_beside_it_is_said_once(real: World) -> None:
    objective, ada = make_objective(), real.ada
    row = make_key_result(objective)
    start(objective)
    words = own(objective, lambda one: override(ada, one, status="at_risk", reason="Storm", expires_on=day(3)))
    assert problems_of(at_once(*[words] * 3)) == ["override-stands"] * 2
    blocker = raise_blocker(ada, row, text="No room")
    from sextant.okrs.models import Blocker

    clear = [lambda: resolve_blocker(ada, Blocker.objects.get(pk=blocker.pk))] * 3
    assert problems_of(at_once(*clear)) == []
    assert Event.objects.filter(name="blocker.resolved").count() == 1
    said = check_in(real.lea, row, confidence=4)
    read = [lambda: acknowledge(ada, CheckIn.objects.get(pk=said.pk))] * 3
    assert problems_of(at_once(*read)) == []
    assert Event.objects.filter(name="check_in.acknowledged").count() == 1
    mute = [lambda: mute_rule(ada, "jargon", reason="Ours")] * 3
    assert problems_of(at_once(*mute)) == []


def test_a_candidate_taken_up_by_several_at_once_is_drafted_once(real: World) -> None:
    candidate = add_candidate(admin(), make_cycle(), team=real.emergency, title="Shorter waits")
    ada = real.ada
    take = [lambda: decide_candidate(ada, Candidate.objects.get(pk=candidate.pk), "taken", reason="Now")] * 3
    assert problems_of(at_once(*take)) == ["already-decided"] * 2
    assert Objective.objects.count() == 1


def test_who_owned_and_wrote_everything_is_forgotten_everywhere(real: World) -> None:
    lea, person = real.lea, real.person("lea")
    cycle, later = make_cycle(), make_cycle("Next", gone=-50)
    objective = create_objective(lea, title="Aim", team=real.emergency, cycle=cycle, owner=person)
    row = create_key_result(
        lea, objective, title="Waits", own_metric={"unit": "count", "how_measured": "x"},
        terms={"baseline": 9.0, "target": 1.0}, contributors=[person],
    )  # fmt: skip
    steps = create_key_result(
        lea, objective, title="Steps", kind="milestones", milestones=[{"title": "One", "due_on": day(4)}]
    )
    activate_objective(lea, objective)
    set_terms(lea, row, target=2.0, reason="Learned")
    mark_milestone(lea, steps.milestones.get(), evidence="Seen")
    create_initiative(lea, objective, title="Work", owner=person)
    align(lea, create_objective(lea, title="Below", team=real.emergency), objective)
    said = check_in(lea, row, value=5, confidence=4, note="Well", blocker="No room")
    acknowledge(lea, said)
    raise_blocker(lea, row, text="Rain", owner=person)
    override(lea, objective, status="at_risk", reason="Storm", expires_on=day(3))
    mute_rule(lea, "jargon", reason="Ours", objective=objective)
    decide_candidate(lea, add_candidate(lea, cycle, team=real.emergency, title="Later"), "left", reason="Not now")
    for kind, key in (("objective", objective.key), ("key_result", row.key), ("check_in", str(said.pk))):
        comment(real.ada, kind, key, "Thanks @[Lea Lead] and Lea Lead")
        comment(lea, kind, key, "Welcome")
    items = {row.key: {"decision": "keep"}, steps.key: {"decision": "drop"}}
    close_objective(lea, objective, outcome="Done", learning="Begin", decision="keep", items=items, carry_to=later)
    erase_person(real.ada, person, version=person.version)
    for model in apps.get_models():
        if model.__module__.startswith("sextant."):
            told = [line for line in json.loads(serializers.serialize("json", model._default_manager.all()))
                    if "Lea Lead" in str(line) or "lea-lead" in str(line) or "lea@" in str(line)]  # fmt: skip
            assert told == [], model.__name__
    for address in ("/objectives", "/key-results", "/check-ins", "/blockers", "/events", "/candidates",
                    "/lessons", f"/objectives/{objective.key}/closure",
                    f"/comments?kind=objective&key={objective.key}"):  # fmt: skip
        assert "Lea Lead" not in str(script(real, "ada").get(address)), address
    starts = (f"/objectives/{objective.key}/", f"/key-results/{row.key}/", f"/objectives/{objective.key}/closure",
              "/audit", f"/key-results/{row.key}/check-ins", "/objectives/", "/cycles/compare")  # fmt: skip
    for address, body in pages(real.client("ada"), *starts, most=len(starts)):
        assert "Lea Lead" not in body, address
