"""A change of what a KPI means, told before it counts: drafted, announced, signed, in force, taken back (KPI 8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sextant.calc.periods import hour_of, parse_period
from sextant.core import belongings, clock
from sextant.core.errors import NotAllowed, Refused
from sextant.core.models import Event
from sextant.kpis.commands import change_kpi, create_scorecard, place_kpi, retire_kpi, set_target
from sextant.kpis.commands.applying import apply_proposals, stand_for_proposal, take_back_proposal
from sextant.kpis.commands.proposals import announce_proposal, change_proposal, draft_proposal, withdraw_proposal
from sextant.kpis.commands.signing import (
    object_to_proposal,
    overrule_objections,
    sign_proposal,
    withdraw_objection,
)
from sextant.kpis.models import ChangeProposal, Kpi
from sextant.kpis.queries.proposals import look_at_proposal, open_proposal, preview, proposals_of
from sextant.kpis.queries.standing import standing
from sextant.metrics.commands import change_definition
from sextant.metrics.models import Metric
from sextant.metrics.queries.findings import _breaks
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications.models import Notification
from sextant.okrs.queries.second_looks import second_looks_in
from sextant.okrs.queries.standing import key_result_standing
from sextant.people.commands import set_role
from sextant.people.queries import now_local
from tests.make import admin, make_key_result, make_kpi, make_metric, make_objective, monthly, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def share(world: World) -> Kpi:
    """Seen in time: seen * 100 / came, watched by Lea, for twelve months of 2025, target 80."""
    seen, came = make_metric("seen"), make_metric("came")
    make_metric("left")
    record_values(seen, monthly(2025, [70, 75, 81, 79, 84, 86, 90, 77, 83, 85, 79, 88]))
    record_values(came, monthly(2025, [100] * 12))
    record_values("left", monthly(2025, [10] * 12))
    kpi = make_kpi("in-time", unit="percent", aggregation="mean", formula="100 * [seen] / [came]", active=True)
    set_target(admin(), kpi, target=80)
    return kpi


def proposed(world: World, kpi: Kpi, *, announced: bool = True, **options: object) -> ChangeProposal:
    given = {
        "changes": {"formula": "100 * [seen] / ([came] - [left])"}, "reason": "Who leaves was never seen.",
        "valid_from": None,
    }  # fmt: skip
    proposal = draft_proposal(world.lea, kpi, **(given | options))  # type: ignore[arg-type]
    return announce_proposal(world.lea, proposal) if announced else proposal


def later(days: int) -> object:
    """The notice period running out, without waiting for it."""
    ChangeProposal.objects.filter(announced_at__isnull=False).update(announced_at=timezone.now() - timedelta(days=days))
    return apply_proposals()


def fresh(proposal: ChangeProposal) -> ChangeProposal:
    return ChangeProposal.objects.get(pk=proposal.pk)


def values_of(kpi: Kpi) -> list[float]:
    return [round(float(value), 1) for value in standing(Kpi.objects.get(pk=kpi.pk), standpoint()).series.values]


def used_by_surgery(world: World, kpi: Kpi) -> None:
    card = create_scorecard(admin(), name="Surgery", team=world.surgery, owner=world.person("otto"))
    place_kpi(admin(), card, kpi)


def test_the_preview_shows_old_and_new_period_by_period_and_writes_nothing(share: Kpi) -> None:
    events = Event.objects.count()
    seen = preview(share, {"formula": "100 * [seen] / ([came] - [left])"}, None, standpoint())
    first = seen.rows[-1]
    assert (first.before, first.status_before) == (70, "off_target")
    assert (round(first.after or 0, 2), first.status_after) == (77.78, "off_target")
    assert (seen.is_recalculated, seen.restated, seen.value_changes) == (True, 12, 12)
    assert seen.status_changes == 4  # 75, 79, 77 and 79 reach 80
    assert Event.objects.count() == events
    assert values_of(share)[0] == 70


def test_from_a_period_on_only_later_periods_are_restated_and_the_others_show_what_would_be(share: Kpi) -> None:
    june = parse_period("2025-06").start
    seen = preview(share, {"formula": "100 * [seen] / ([came] - [left])"}, june, standpoint())
    assert (seen.restated, len(seen.rows)) == (7, 12)
    assert seen.status_changes == 2
    assert seen.would_change_status == 4
    assert [row.is_restated for row in seen.rows[::-1]][:6] == [False] * 5 + [True]


def test_without_a_formula_recorded_history_stays_and_only_its_judgement_changes(world: World) -> None:
    kpi = make_kpi(active=True)
    record_values(kpi, monthly(2025, [5, 8, 11]))
    set_target(admin(), kpi, target=10)
    seen = preview(kpi, {"target": {"target": 7}}, None, standpoint())
    assert not seen.is_recalculated
    assert [(row.before, row.after) for row in seen.rows] == [(11, 11), (8, 8), (5, 5)]
    assert [row.status_after for row in seen.rows] == ["on_target", "on_target", "off_target"]
    down = preview(kpi, {"direction": "down"}, None, standpoint())
    assert [row.status_after for row in down.rows] == ["off_target", "on_target", "on_target"]


def test_new_parts_of_a_ratio_restate_the_whole_history(world: World, share: Kpi) -> None:
    ratio = make_kpi(
        "ratio", unit="percent", aggregation="ratio", numerator=Metric.objects.get(key="seen"),
        denominator=Metric.objects.get(key="came"), active=True,
    )  # fmt: skip
    june = parse_period("2025-06").start
    seen = preview(ratio, {"numerator": "left"}, june, standpoint())
    assert seen.whole_because_of_parts
    assert {row.after for row in seen.rows} == {10}
    assert seen.restated == 12


def test_a_proposal_needs_a_reason_something_new_and_an_active_kpi(world: World, share: Kpi) -> None:
    with pytest.raises(Refused, match="Say why"):
        proposed(world, share, reason=" ")
    with pytest.raises(Refused, match="Nothing of this is different"):
        proposed(world, share, changes={"formula": "100 * [seen] / [came]", "direction": "up"})
    with pytest.raises(Refused, match="There is no metric 'nothing'"):
        proposed(world, share, changes={"formula": "[nothing] * 2"})
    with pytest.raises(Refused, match="would need its own result"):
        proposed(world, share, changes={"formula": "[in-time] + [seen]"})
    with pytest.raises(Refused, match="0 to 90"):
        proposed(world, share, notice_days=91)
    with pytest.raises(Refused, match="not active"):
        proposed(world, make_kpi("draft"), changes={"direction": "down"})
    with pytest.raises(NotAllowed):
        draft_proposal(world.vic, share, changes={"direction": "down"}, reason="Because.", valid_from=None)
    assert not ChangeProposal.objects.exists()


def test_a_draft_is_its_authors_until_it_is_announced(world: World, share: Kpi) -> None:
    draft = proposed(world, share, announced=False)
    assert proposals_of(world.lea, share) == [draft]
    assert proposals_of(world.otto, share) == []
    change_proposal(
        world.lea, draft, version=1, changes={"direction": "down"}, reason="Other.", valid_from=None, notice_days=3
    )
    announce_proposal(world.lea, fresh(draft))
    assert fresh(draft).changes == {"direction": "down"}
    assert proposals_of(world.otto, share) == [draft]


def test_those_who_answer_for_what_uses_it_are_asked_and_told(world: World, share: Kpi) -> None:
    used_by_surgery(world, share)
    objective = make_objective()
    key_result = make_key_result(
        objective, "More in time", metric=share.metric, terms={"baseline": 70.0, "target": 90.0}
    )
    start(objective)
    total = make_kpi("doubled", formula="2 * [in-time]", owner=world.person("cem"), active=True)
    proposal = proposed(world, share)
    asked = {row.person.name: [tuple(one) for one in row.because] for row in proposal.sign_offs.all()}
    assert asked == {
        "Lea Lead": [("kpi", "in-time"), ("key_result", key_result.key)],
        "Otto Outsider": [("scorecard", "surgery")],
        "Cem Contributor": [("kpi", total.key)],
    }
    told = Notification.objects.filter(notice="proposal_announced").values_list("person__name", flat=True)
    assert set(told) == {"Otto Outsider", "Cem Contributor"}


def test_silence_until_the_notice_is_over_lets_it_come_into_force_once(world: World, share: Kpi) -> None:
    proposal = proposed(world, share)
    assert later(13) == 0
    assert fresh(proposal).state == "announced"
    assert later(15) == 1
    assert apply_proposals() == 0
    proposal = fresh(proposal)
    assert proposal.state == "in_force"
    assert proposal.definition is not None
    assert (proposal.definition.number, proposal.definition.reason) == (2, "Who leaves was never seen.")
    assert values_of(share)[0] == 77.8
    names = list(Event.objects.filter(name__startswith="proposal.").order_by("id").values_list("name", flat=True))
    assert names == ["proposal.announced", "proposal.accepted", "proposal.applied"]


def test_accepted_it_waits_for_its_first_period(world: World, share: Kpi) -> None:
    ahead = parse_period(f"{now_local().year + 1}-06").start
    proposal = proposed(world, share, valid_from=ahead)
    later(15)
    assert fresh(proposal).state == "accepted"
    ChangeProposal.objects.update(valid_from=hour_of(now_local()) - 5)
    assert apply_proposals() == 1
    assert fresh(proposal).state == "in_force"


def test_an_objection_stops_it_until_it_is_withdrawn(world: World, share: Kpi) -> None:
    used_by_surgery(world, share)
    proposal = proposed(world, share)
    with pytest.raises(Refused, match="what speaks against it"):
        object_to_proposal(world.otto, proposal, reason=" ")
    object_to_proposal(world.otto, proposal, reason="Our contract names the old share.")
    assert later(30) == 0
    assert fresh(proposal).state == "objected"
    assert Notification.objects.filter(notice="proposal_objected", person=world.person("lea")).exists()
    withdraw_objection(world.otto, fresh(proposal))
    assert apply_proposals() == 1
    assert fresh(proposal).state == "in_force"


def test_only_an_administrator_overrules_an_objection_and_says_why(world: World, share: Kpi) -> None:
    used_by_surgery(world, share)
    proposal = proposed(world, share)
    object_to_proposal(world.otto, proposal, reason="No.")
    with pytest.raises(NotAllowed):
        overrule_objections(world.lea, proposal, reason="It is right.")
    with pytest.raises(Refused, match="Say why"):
        overrule_objections(world.ada, proposal, reason="")
    overrule_objections(world.ada, proposal, reason="The contract is renewed anyway.")
    row = proposal.sign_offs.get(person=world.person("otto"))
    assert (row.answer, row.overruled_by, row.overruled_because) == (
        "objected", "Ada Admin", "The contract is renewed anyway.",
    )  # fmt: skip
    assert later(15) == 1


def test_who_is_not_asked_cannot_answer_and_agreeing_takes_the_own_objection_back(world: World, share: Kpi) -> None:
    used_by_surgery(world, share)
    proposal = proposed(world, share)
    with pytest.raises(NotAllowed, match="not asked"):
        sign_proposal(world.cem, proposal)
    object_to_proposal(world.otto, proposal, reason="No.")
    sign_proposal(world.otto, fresh(proposal))
    assert fresh(proposal).state == "announced"


def test_a_formula_that_became_invalid_fails_visibly_and_changes_nothing(world: World, share: Kpi) -> None:
    proposal = proposed(world, share, changes={"formula": "100 * [seen] / [left]", "direction": "down"})
    left = Metric.objects.get(key="left")
    Metric.objects.filter(pk=left.pk).update(key="gone")
    assert later(15) == 1
    proposal = fresh(proposal)
    assert proposal.state == "failed"
    assert "There is no metric 'left' here" in proposal.ended_because
    assert Metric.objects.get(key=share.metric.key).direction == "up"
    assert Notification.objects.filter(notice="proposal_failed", person=world.person("lea")).exists()


def test_a_kpi_retired_meanwhile_makes_it_fail(world: World, share: Kpi) -> None:
    proposal = proposed(world, share)
    retire_kpi(admin(), Kpi.objects.get(pk=share.pk))
    later(15)
    assert fresh(proposal).state == "failed"


def test_taken_back_within_a_week_everything_stands_as_before(world: World, share: Kpi) -> None:
    before = values_of(share)
    changes = {
        "formula": "100 * [seen] / ([came] - [left])", "direction": "down", "how_measured": "Without those who left.",
        "target": {"target": 85},
    }  # fmt: skip
    proposal = proposed(world, share, changes=changes)
    later(15)
    each = standing(Kpi.objects.get(pk=share.pk), standpoint())
    assert each.target is not None
    assert (each.target.target, each.metric.direction) == (85, "down")
    take_back_proposal(world.lea, fresh(proposal), reason="A mistake.")
    each = standing(Kpi.objects.get(pk=share.pk), standpoint())
    assert values_of(share) == before
    assert each.target is not None
    assert (each.target.target, each.metric.direction) == (80, "up")
    assert each.definition is not None
    assert (each.definition.number, each.definition.how_measured) == (1, "Counted by the front desk.")
    assert fresh(proposal).state == "taken_back"


def test_after_a_week_or_another_change_it_cannot_be_taken_back(world: World, share: Kpi) -> None:
    proposal = proposed(world, share)
    later(15)
    current = share.metric.definitions.filter(superseded_at=None).last()
    assert current is not None
    change_definition(
        admin(), share.metric, number=2, description="", how_measured="Else.", formula=current.formula, reason="Else."
    )
    with pytest.raises(Refused, match="changed since"):
        take_back_proposal(world.lea, fresh(proposal), reason="A mistake.")
    ChangeProposal.objects.update(applied_at=timezone.now() - timedelta(days=8))
    with pytest.raises(Refused, match="more than seven days"):
        take_back_proposal(world.lea, fresh(proposal), reason="A mistake.")


def test_two_changes_of_one_kpi_are_not_announced_at_once(world: World, share: Kpi) -> None:
    first = proposed(world, share)
    second = proposed(world, share, announced=False, changes={"direction": "down"})
    with pytest.raises(Refused, match="Another change"):
        announce_proposal(world.lea, second)
    withdraw_proposal(world.lea, fresh(first), reason="Later.")
    announce_proposal(world.lea, fresh(second))
    assert open_proposal(world.otto, share) == second


def test_a_change_made_directly_meanwhile_is_kept_where_the_proposal_says_nothing_of_it(
    world: World, share: Kpi
) -> None:  # fmt: skip
    proposal = proposed(world, share, changes={"how_measured": "By the new desk."})
    change_definition(
        admin(), share.metric, number=1, description="A plain sentence.", how_measured="Counted by the front desk.",
        formula="100 * [seen] / [came]", is_correction=True,
    )  # fmt: skip
    later(15)
    newest = share.metric.definitions.filter(superseded_at=None).order_by("number").last()
    assert newest is not None
    assert (newest.description, newest.how_measured) == ("A plain sentence.", "By the new desk.")
    assert fresh(proposal).state == "in_force"


def test_from_a_period_on_the_chart_begins_anew_and_findings_a_new_baseline(world: World, share: Kpi) -> None:
    june = parse_period("2025-06").start
    proposed(world, share, valid_from=june)
    later(15)
    each = standing(Kpi.objects.get(pk=share.pk), standpoint())
    assert each.settings.dividers == (june,)
    assert _breaks([share.metric], standpoint()) == {share.metric.pk: {june}}


def test_names_of_things_out_of_sight_are_not_shown(world: World, share: Kpi) -> None:
    secret = make_kpi("secret", formula="2 * [in-time]", owner=world.person("lea"), visibility="team", active=True)
    proposal = proposed(world, share)
    look = look_at_proposal(world.otto, proposal)
    [lea] = look.said
    assert [key for _kind, key, _name in lea.things] == ["in-time"]
    assert lea.hidden == 1
    mine = look_at_proposal(world.lea, proposal)
    assert [key for _kind, key, _name in mine.said[0].things] == ["in-time", secret.key]


def test_who_leaves_hands_over_the_proposal_and_the_question(world: World, share: Kpi) -> None:
    used_by_surgery(world, share)
    proposal = proposed(world, share)
    lea, otto, cem = (world.person(name) for name in ("lea", "otto", "cem"))
    assert ("proposal", str(proposal.pk)) in {(one.kind, one.key) for one in belongings.of_person(lea.pk)}
    belongings.hand_over_all(admin(), lea.pk, cem)
    belongings.hand_over_all(admin(), otto.pk, cem)
    assert fresh(proposal).proposer == cem
    assert [row.person for row in proposal.sign_offs.all()] == [cem]


def test_history_written_later_dates_nothing_wrongly(world: World, share: Kpi) -> None:
    moment = timezone.now() - timedelta(days=20)
    with clock.writing_at(moment):
        proposal = proposed(world, share)
    assert fresh(proposal).announced_at == moment
    assert apply_proposals() == 1
    assert fresh(proposal).applied_at > moment
    assert change_kpi(admin(), Kpi.objects.get(pk=share.pk), version=Kpi.objects.get(pk=share.pk).version)


def test_a_key_result_on_it_says_that_it_is_measured_otherwise_since(world: World, share: Kpi) -> None:
    objective = make_objective()
    made = make_key_result(objective, "More in time", metric=share.metric, terms={"baseline": 70.0, "target": 90.0})
    start(objective)
    made.refresh_from_db()
    month = parse_period(now_local().strftime("%Y-%m")).start
    proposed(world, share, valid_from=month)
    later(15)
    point = standpoint()
    [look] = second_looks_in([key_result_standing(made, point)], point)[made.pk]
    assert (look.key, look.hour) == ("measure-changed", month)


def rights_lost(world: World, kpi: Kpi, owner: str) -> None:
    """Lea, who proposed it, has the KPI and its team no more; another owns it."""
    kpi = Kpi.objects.get(pk=kpi.pk)
    change_kpi(admin(), kpi, version=kpi.version, owner=world.person(owner))
    set_role(admin(), world.person("lea"), team=world.emergency, role="viewer")


def test_what_nobody_who_may_stands_for_waits_and_the_owner_is_told_once(world: World, share: Kpi) -> None:
    proposal = proposed(world, share)
    rights_lost(world, share, "otto")
    Notification.objects.all().delete()
    assert (later(15), apply_proposals()) == (1, 0)
    proposal = fresh(proposal)
    assert (proposal.state, proposal.waiting_since is not None, values_of(share)[0]) == ("accepted", True, 70)
    told = Notification.objects.filter(notice="proposal_waiting").values_list("person__name", flat=True)
    assert list(told) == [world.person("otto").name]
    with pytest.raises(NotAllowed):
        stand_for_proposal(world.lea, proposal)
    stand_for_proposal(world.otto, proposal)
    proposal = fresh(proposal)
    assert (proposal.state, proposal.waiting_since, proposal.proposer) == ("in_force", None, world.person("otto"))
    assert values_of(share)[0] == 77.8
    with pytest.raises(Refused):
        stand_for_proposal(world.otto, proposal)


def test_an_agreement_of_somebody_who_may_change_the_kpi_stands_for_it(world: World, share: Kpi) -> None:
    used_by_surgery(world, share)
    change_kpi(admin(), share, version=Kpi.objects.get(pk=share.pk).version, owner=world.person("ada"))
    proposal = proposed(world, share)
    sign_proposal(world.otto, proposal)
    set_role(admin(), world.person("lea"), team=world.emergency, role="viewer")
    later(15)
    assert fresh(proposal).waiting_since is not None  # Otto agreed, and may not change it
    proposal.sign_offs.filter(person=world.person("ada")).update(answer="agreed")
    apply_proposals()
    assert (fresh(proposal).state, fresh(proposal).waiting_since) == ("in_force", None)


def test_it_comes_into_force_once_its_author_may_again(world: World, share: Kpi) -> None:
    proposal = proposed(world, share)
    rights_lost(world, share, "otto")
    later(15)
    set_role(admin(), world.person("lea"), team=world.emergency, role="lead")
    apply_proposals()
    assert fresh(proposal).state == "in_force"
