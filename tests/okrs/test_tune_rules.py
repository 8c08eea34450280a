"""Rules can be tuned and muted with a reason: for everybody, for a team and those below it, for one objective."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.calc.wording_drafts import RULES
from sextant.core.errors import NotAllowed, Refused
from sextant.core.models import Event
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.rules import mute_rule, restore_rule, tune_rule
from sextant.okrs.models import RuleSetting
from sextant.okrs.queries.rules import ALL_RULES, OBJECTIVE_CAP, Tunings, rules_in_force, wording_settings
from sextant.people.commands import create_team
from tests.make import admin, make_objective
from tests.world import World

pytestmark = pytest.mark.django_db


def test_every_rule_holds_as_shipped_until_somebody_says_otherwise(world: World) -> None:
    found = rules_in_force()
    assert [one.rule.key for one in found] == list(ALL_RULES)
    assert all((one.level, one.value, one.is_muted) == (one.rule.level, one.rule.value, False) for one in found)
    assert wording_settings().tunings == {}


def test_the_nearest_setting_holds(world: World) -> None:
    below = create_team(admin(), "Triage", parent=world.emergency)
    objective = make_objective(team=below)
    tune_rule(admin(), "many-key-results", value=7, reason="We have many wards.")
    assert wording_settings(objective).value("many-key-results") == 7
    tune_rule(admin(), "many-key-results", value=6, team=world.emergency, reason="Fewer here.")
    assert wording_settings(objective).value("many-key-results") == 6
    assert wording_settings(team_id=world.surgery.pk).value("many-key-results") == 7
    mute_rule(admin(), "many-key-results", objective=objective, reason="A programme of seven wards.")
    assert wording_settings(objective).level("many-key-results") is None
    restore_rule(admin(), "many-key-results", objective=objective, reason="Done.")
    assert wording_settings(objective).value("many-key-results") == 6


def test_a_rule_muted_for_everybody_can_be_woken_for_a_team(world: World) -> None:
    mute_rule(admin(), "jargon", reason="We like our words.")
    tune_rule(world.lea, "jargon", level="warn", team=world.emergency, reason="We do not.")
    settings = Tunings(standpoint())
    assert settings.wording().level("jargon") is None
    assert settings.wording(world.emergency.pk).level("jargon") == "warn"


def test_a_setting_needs_a_reason_and_is_an_event(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        mute_rule(admin(), "jargon", reason="  ")
    assert refusal.value.problems[0].key == "reason-missing"
    mute_rule(admin(), "jargon", reason="We like our words.")
    assert Event.objects.get(name="rule.tuned").data["reason"] == "We like our words."


def test_a_former_setting_stays_in_the_history_and_holds_on_a_past_day(world: World) -> None:
    tune_rule(admin(), OBJECTIVE_CAP, value=3, reason="Focus.")
    tune_rule(admin(), OBJECTIVE_CAP, value=4, reason="One more.")
    assert [(row.value, row.superseded_at is None) for row in RuleSetting.objects.order_by("pk")] == [
        (3, False), (4, True),
    ]  # fmt: skip
    assert Tunings(standpoint()).cap(OBJECTIVE_CAP, world.surgery.pk) == 4


@pytest.mark.parametrize(
    ("rule", "fields", "key"),
    [
        ("no-such-rule", {}, "unknown-rule"),
        ("jargon", {"level": "shout"}, "unknown-choice"),
        ("jargon", {"value": 3}, "no-threshold"),
        ("duplicate", {"value": 1.5}, "bad-value"),
        ("many-key-results", {"value": 0}, "bad-value"),
        ("many-key-results", {"value": 2.5}, "bad-value"),
        ("many-key-results", {"value": float("nan")}, "bad-value"),
        (OBJECTIVE_CAP, {"level": "hint"}, "unknown-choice"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(world: World, rule: str, fields: dict[str, object], key: str) -> None:
    with pytest.raises(Refused) as refusal:
        tune_rule(admin(), rule, reason="Why not.", **fields)  # type: ignore[arg-type]
    assert refusal.value.problems[0].key == key


def test_a_lead_tunes_for_the_team_and_only_an_administrator_for_everybody(world: World) -> None:
    tune_rule(world.lea, "jargon", level="warn", team=world.emergency, reason="Here.")
    for actor, team in ((world.lea, world.surgery), (world.cem, world.emergency), (world.lea, None)):
        with pytest.raises(NotAllowed):
            mute_rule(actor, "jargon", team=team, reason="No.")


def test_settings_of_all_rules_take_as_many_statements_as_none(world: World) -> None:
    with CaptureQueriesContext(connection) as none:
        rules_in_force(world.emergency.pk)
    for rule in RULES:
        mute_rule(admin(), rule, team=world.emergency, reason="Silence.")
    with CaptureQueriesContext(connection) as many:
        assert all(one.is_muted for one in rules_in_force(world.emergency.pk) if one.rule.key in RULES)
    assert len(many) == len(none)
