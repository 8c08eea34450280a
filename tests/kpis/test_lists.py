"""The lists a PMO works through, the balance of perspectives, and who may see what of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from sextant.kpis.commands import archive_kpi, retire_kpi, set_target
from sextant.kpis.models import Kpi, Target
from sextant.kpis.queries import balance, lists
from sextant.metrics.commands import RawPoint, record
from sextant.people.commands import create_team
from tests.make import admin, make_kpi, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


def keys(found: object) -> set[str]:
    return {kpi.key for kpi in found}  # type: ignore[attr-defined]


def test_unlinked_kpis_are_those_a_count_in_the_database_finds(world: World) -> None:
    make_kpi("linked", reason="", theme=world.safety)
    make_kpi("reasoned", reason="Long waits harm patients.")
    make_kpi("loose", reason="")
    retire_kpi(admin(), make_kpi("old", reason=""))
    archive_kpi(admin(), make_kpi("gone", reason=""))
    found = lists.unlinked(admin())
    assert keys(found) == {"loose"}
    by_hand = Kpi.objects.filter(metric__theme=None, reason="", archived_at=None).exclude(state="retired")
    assert found.count() == by_hand.count()


def test_a_kpi_without_a_decision_is_nice_to_know(world: World) -> None:
    make_kpi("useful", decision="Opens the second desk.")
    make_kpi("idle")
    assert keys(lists.nice_to_know(admin())) == {"idle"}


def test_a_review_is_overdue_from_the_day_after(world: World) -> None:
    today = lists.people.today()
    for key, day in (("late", today - timedelta(days=1)), ("now", today), ("later", today + timedelta(days=9))):
        kpi = make_kpi(key, active=True)
        Kpi.objects.filter(pk=kpi.pk).update(review_on=day)
    make_kpi("draft", review_on=date(2020, 1, 1))
    assert keys(lists.review_overdue(admin())) == {"late"}


def test_a_target_is_old_after_four_quarters_and_a_new_one_makes_it_young(world: World) -> None:
    old, fresh, without = make_kpi("old"), make_kpi("fresh"), make_kpi("without")
    set_target(admin(), old, target=5)
    set_target(admin(), fresh, target=5)
    Target.objects.filter(kpi=old).update(known_at=timezone.now() - timedelta(days=400))
    assert keys(lists.with_old_targets(admin())) == {"old"}
    set_target(admin(), old, target=6)
    assert keys(lists.with_old_targets(admin())) == set()
    assert "without" in keys(lists.without_target(admin()))
    assert without.key not in keys(lists.with_old_targets(admin()))


def test_silence_is_listed_and_so_is_what_never_spoke(world: World) -> None:
    silent, current, never = make_kpi("silent"), make_kpi("current"), make_kpi("never")
    record_values(silent, monthly(2020, [1, 2, 3]))
    last = lists.people.today().replace(day=1) - timedelta(days=1)
    record_values(current, {f"{last:%Y-%m}": 4})
    made_of = make_kpi("made-of", formula="[silent] * 2")
    assert keys(lists.stale(admin())) == {silent.key, never.key, made_of.key}


def test_teams_without_a_kpi_are_named(world: World) -> None:
    make_kpi("waiting")
    create_team(admin(), "Pharmacy")
    names = {team.name for team in lists.teams_without_kpis()}
    assert {"Surgery", "Pharmacy"} <= names
    assert "Emergency" not in names


def test_lists_show_nobody_what_they_may_not_see(world: World) -> None:
    make_kpi("secret", reason="", visibility="team", owner=None)
    assert keys(lists.unlinked(world.cem)) == {"secret"}
    for found in lists.REPORTS.values():
        assert "secret" not in keys(found(world.otto))


def test_six_financial_lagging_kpis_are_one_sided_and_a_leading_other_one_balances_them(world: World) -> None:
    for number in range(6):
        make_kpi(f"money-{number}", perspective="financial", leads="lagging")
    (emergency,) = balance.balances(admin())
    assert set(emergency.findings) == {balance.ONLY_FINANCIAL, balance.NOTHING_LEADS}
    make_kpi("training", perspective="people", leads="leading")
    (emergency,) = balance.balances(admin())
    assert emergency.findings == ()
    assert emergency.perspectives == {"financial": 6, "people": 1}


def test_what_nobody_has_said_is_no_evidence_of_one_sidedness() -> None:
    assert balance.findings_of([("financial", "lagging"), *[("", "")] * 6]) == ()
    assert balance.findings_of([("financial", "lagging")] * 3) == ()
    assert balance.findings_of([("financial", "lagging")] * 4) != ()


def test_what_i_owe_is_the_newest_complete_period_without_a_value(world: World) -> None:
    make_kpi("mine", owner=world.person("cem"))
    last = lists.people.today().replace(day=1) - timedelta(days=1)
    before = (last.replace(day=1) - timedelta(days=1)).replace(day=1) - timedelta(days=1)
    record(admin(), [RawPoint("mine", f"{before:%Y-%m}", 7)], kind="form")
    make_kpi("calculated", owner=world.person("cem"), formula="[mine] + 1")
    (entry,) = lists.due_entries(world.cem)
    assert (entry.kpi_key, entry.period, entry.last, entry.missing) == ("mine", f"{last:%Y-%m}", 7, 2)
    record(admin(), [RawPoint("mine", f"{last:%Y-%m}", 8)], kind="form")
    assert lists.due_entries(world.cem) == []


def test_what_a_machine_pushes_is_owed_by_nobody(world: World) -> None:
    record_values(make_kpi("fed", owner=world.person("cem")), monthly(2024, [1, 2]))
    assert lists.due_entries(world.cem) == []


def test_a_viewer_owes_no_values_of_kpis_of_others(world: World) -> None:
    make_kpi("theirs")
    assert lists.due_entries(world.vic) == []


def test_drafts_lack_what_activating_would_refuse(world: World) -> None:
    ready, bare = make_kpi("ready"), make_kpi("bare", reason="", owner=None, how_measured="")
    missing = lists.missing_many([ready, bare])
    assert missing[ready.id] == []
    assert {problem.key for problem in missing[bare.id]} == {
        "how-measured-missing",
        "owner-missing",
        "theme-or-reason-missing",
    }


def test_the_lists_take_a_fixed_number_of_statements(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(8):
        record_values(make_kpi(f"kpi-{number}"), monthly(2024, [1, 2]))
    actor = admin()
    with django_assert_max_num_queries(11):
        assert lists.stale(actor).count() == 8
    with django_assert_max_num_queries(18):
        lists.my_kpis(world.lea)
