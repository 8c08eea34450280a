"""The life of a KPI, changes proposed and the pulse under several hands at once, on real threads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from sextant.core import clock
from sextant.kpis.commands import archive_kpi, retire_kpi
from sextant.kpis.commands.applying import apply_proposals
from sextant.kpis.commands.proposals import announce_proposal, draft_proposal, withdraw_proposal
from sextant.kpis.commands.signing import object_to_proposal, sign_proposal
from sextant.kpis.models import ChangeProposal, Kpi, SignOff
from sextant.lifecycle.commands.deciding import accept, extend, withdraw
from sextant.lifecycle.commands.graduating import graduate
from sextant.lifecycle.commands.promoting import promote
from sextant.lifecycle.commands.undoing import undo
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.models import Graduation, Life, Promotion, Transition
from sextant.okrs.commands.objectives import archive_objective
from sextant.okrs.models import KeyResult, Objective
from sextant.people.queries import today
from sextant.practice.commands.pulse import answer_pulse, close_round, set_rhythm, start_round
from sextant.practice.models import PulseCount, PulseDone, PulseRound
from sextant.practice.queries.pulse import STATEMENTS
from tests.alerts.episodes import values, watched
from tests.at_once import at_once, problems_of
from tests.make import admin, make_key_result, make_kpi, make_metric, make_objective, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def lagging() -> Kpi:
    kpi = watched("lagging")
    values(kpi, 95, 60, 61, 60)
    return kpi


def promoted(kpi: Kpi) -> Promotion:
    return promote(admin(), kpi, why="It is late.", ends_on=today() + timedelta(days=60), accept_doubts=True)


def is_whole(kpi: Kpi) -> bool:
    """Whether life, promotion, key result and objective say the same, and the log ends where the life is."""
    life = Life.objects.get(kpi=kpi)
    at_work = Promotion.objects.filter(kpi=kpi, ended_at=None).first()
    last = Transition.objects.filter(kpi=kpi).latest("pk")
    if life.state != last.state or life.promotion_id != last.after["promotion"]:
        return False
    if at_work is None:
        return life.state not in ("promoted", "restoring", "overdue")
    key_result = KeyResult.objects.get(pk=at_work.key_result_id)
    return life.promotion_id == at_work.pk and key_result.closed_at is None


@pytest.mark.parametrize("step", [retire_kpi, archive_kpi], ids=lambda one: one.__name__)
def test_a_kpi_promoted_and_put_away_at_once_has_no_promotion_at_work(real: World, step: Callable[..., object]) -> None:
    pk, lea = lagging().pk, real.lea
    problems_of(at_once(
        lambda: promoted(Kpi.objects.get(pk=pk)), lambda: step(lea, Kpi.objects.get(pk=pk)),
    ))  # fmt: skip
    evaluate()
    assert not Promotion.objects.filter(ended_at=None).exists()
    assert not Objective.objects.filter(restores=pk, archived_at=None).exclude(state="closed").exists()


def test_a_promotion_that_is_taken_back_while_others_decide_ends_one_way(real: World) -> None:
    kpi = lagging()
    promotion = promoted(kpi)
    first, lea, ada = promotion.transitions.get(), real.lea, real.ada
    later = today() + timedelta(days=90)

    def own() -> Promotion:
        return Promotion.objects.get(pk=promotion.pk)

    problems_of(at_once(
        lambda: undo(ada, Transition.objects.get(pk=first.pk)), lambda: withdraw(lea, own(), reason="Enough."),
        lambda: extend(lea, own(), ends_on=later, reason="More."), evaluate,
        lambda: accept(ada, own(), until=later, reason="So be it."),
    ))  # fmt: skip
    assert is_whole(kpi)


def test_what_it_was_taken_over_from_graduates_once(real: World) -> None:
    metric = make_metric("open-number", frequency="week", unit="percent", owner=real.person("lea"))
    record_values(metric, {f"2026-W{week:02}": 95.0 for week in range(30, 46)})
    objective = make_objective(theme=real.safety)
    pk = make_key_result(objective, metric=metric, terms={"baseline": 50, "target": 90}).pk
    start(objective)
    acts = [lambda who=who: graduate(who, KeyResult.objects.get(pk=pk), reason="x") for who in (real.ada, real.lea)]
    assert problems_of(at_once(*acts)) == ["already-graduated"]
    assert (Graduation.objects.count(), Kpi.objects.count()) == (1, 1)


def announced(real: World) -> ChangeProposal:
    kpi = make_kpi("shared", active=True, owner=real.person("lea"))
    drafted = draft_proposal(admin(), kpi, changes={"direction": "down"}, reason="It was wrong.", valid_from=None)
    return announce_proposal(admin(), drafted)


def test_a_change_comes_into_force_or_is_withdrawn_or_objected_to_and_only_one_of_them(real: World) -> None:
    with clock.writing_at(timezone.now() - timedelta(days=20)):
        proposal = announced(real)
    lea, ada = real.lea, real.ada

    def own() -> ChangeProposal:
        return ChangeProposal.objects.get(pk=proposal.pk)

    problems_of(at_once(
        apply_proposals, apply_proposals, lambda: withdraw_proposal(ada, own()), lambda: sign_proposal(lea, own()),
        lambda: object_to_proposal(lea, own(), reason="No."),
    ))  # fmt: skip
    found, kpi = own(), Kpi.objects.get(key="shared")
    assert (kpi.metric.direction == "down") == (found.state == "in_force")
    assert found.state in ("in_force", "withdrawn", "objected")
    if found.state == "objected":
        assert SignOff.objects.get().answer == "objected"


def test_of_two_changes_announced_at_once_one_waits(real: World) -> None:
    kpi = make_kpi("shared", active=True, owner=real.person("lea"))
    drafts = [
        draft_proposal(who, kpi, changes={"description": str(who)}, reason="Clearer.", valid_from=None).pk
        for who in (real.ada, real.lea)
    ]
    acts = [
        lambda who=who, pk=pk: announce_proposal(who, ChangeProposal.objects.get(pk=pk))
        for who, pk in zip((real.ada, real.lea), drafts, strict=True)
    ]
    assert problems_of(at_once(*acts)) == ["another-is-open"]


def test_a_pulse_is_opened_once_answered_once_and_closed_once(real: World) -> None:
    ada, cem = real.ada, real.cem
    set_rhythm(ada, is_on=True, every_months=3, open_days=14, version=0)
    assert problems_of(at_once(*[lambda: start_round(ada)] * 3)) == ["pulse-open"] * 2
    row, scores = PulseRound.objects.get(), dict.fromkeys(STATEMENTS, 4)
    answers = [lambda: answer_pulse(cem, PulseRound.objects.get(pk=row.pk), scores=scores)] * 3
    assert problems_of(at_once(*answers)) == ["answered-already"] * 2
    assert sum(PulseCount.objects.values_list("count", flat=True)) == len(STATEMENTS)
    closing = [lambda: close_round(ada, PulseRound.objects.get(pk=row.pk))] * 2
    assert problems_of(at_once(*closing, lambda: answer_pulse(real.lea, row, scores=scores))) in (
        ["pulse-closed"], ["pulse-closed", "pulse-closed"],
    )  # fmt: skip
    assert not PulseDone.objects.exists()


def test_an_objective_archived_while_its_kpi_is_restored_ends_the_promotion_once(real: World) -> None:
    kpi = lagging()
    promotion = promoted(kpi)
    objective, ada = promotion.key_result.objective.pk, real.ada
    problems_of(at_once(
        lambda: archive_objective(ada, Objective.objects.get(pk=objective)), evaluate, evaluate,
        lambda: withdraw(ada, Promotion.objects.get(pk=promotion.pk), reason="Enough."),
    ))  # fmt: skip
    evaluate()
    assert is_whole(kpi)
    assert Transition.objects.filter(kpi=kpi, kind="withdrawn").count() == 1
