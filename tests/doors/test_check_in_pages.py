"""The pages of check-ins as plain forms: what works without a script, and what nobody loses."""

from __future__ import annotations

from datetime import date

import pytest

from sextant.okrs.commands.blockers import raise_blocker
from sextant.okrs.models import Blocker, CheckIn, KeyResult
from tests.make import make_kpi
from tests.okrs.running import START, running_key_result, said_on
from tests.world import World

pytestmark = pytest.mark.django_db
ADDRESS = "/key-results/{}/check-ins"


@pytest.fixture
def owed(world: World) -> KeyResult:
    """A key result Cem owes a check-in on today."""
    one = running_key_result(world)
    KeyResult.objects.filter(pk=one.pk).update(due_on=date(2999, 1, 1))
    return one


def test_the_list_shows_what_is_owed_filled_in_and_the_top_bar_counts_it(world: World, owed: KeyResult) -> None:
    said_on(world, START, owed, value=52, confidence=8)
    make_kpi("waits", active=True, owner=world.person("cem"))
    page = world.client("cem").get("/check-in/").content.decode()
    assert "2 things to check in on" in page
    assert 'value="52"' in page
    assert 'aria-label="What you owe: 2 things"' in page
    assert "You owe nothing" in world.client("vic").get("/check-in/").content.decode()


def test_a_form_is_sent_and_taken_back(world: World, owed: KeyResult) -> None:
    browser = world.client("cem")
    address = ADDRESS.format(owed.key)
    sent = {"value": "48,5", "confidence": "6", "note": "Slow start.", "seen": "0", "seconds": "7.5"}
    page = browser.post(address, sent, follow=True).content.decode()
    said = CheckIn.objects.get()
    assert (said.value, said.confidence, said.note, said.seconds) == (48.5, 6, "Slow start.", 7.5)
    assert "1 check-in said" in page
    assert "You needed 8 seconds for 1 item." in page
    browser.post(f"/check-ins/{said.pk}/taking-back")
    assert "1 thing to check in on" in browser.get("/check-in/").content.decode()
    assert browser.delete(f"/check-ins/{said.pk}").status_code == 302


def test_what_is_refused_stays_typed(world: World, owed: KeyResult) -> None:
    sent = {"value": "48", "confidence": "2", "status": "off_track", "note": "Two nurses left."}
    answer = world.client("cem").post(ADDRESS.format(owed.key), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Off track needs an action" in page
    assert "Two nurses left.</textarea>" in page
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize("name", ["Nobody Here", "Twin"])
def test_a_blockers_owner_is_one_person(world: World, owed: KeyResult, name: str) -> None:
    from sextant.people.commands import create_person

    for _twice in range(2):
        create_person(world.ada, "Twin")
    answer = world.client("cem").post(
        ADDRESS.format(owed.key), {"confidence": "5", "blocker": "No room", "blocker_owner": name}
    )
    assert answer.status_code == 422
    assert not Blocker.objects.exists()


def test_the_second_of_two_sees_both_and_says_theirs_as_well(world: World, owed: KeyResult) -> None:
    address = ADDRESS.format(owed.key)
    world.client("lea").post(address, {"confidence": "8", "note": "The new desk works.", "seen": "0"})
    browser = world.client("cem")
    answer = browser.post(address, {"confidence": "3", "note": "I doubt it.", "seen": "0"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The new desk works." in page
    assert "I doubt it.</textarea>" in page
    first = CheckIn.objects.get()
    assert f'name="seen" value="{first.pk}"' in page
    browser.post(address, {"confidence": "3", "note": "I doubt it.", "seen": str(first.pk)})
    assert CheckIn.objects.count() == 2


def test_a_draft_is_kept_and_shown_to_its_author_alone(world: World, owed: KeyResult) -> None:
    address = ADDRESS.format(owed.key)
    world.client("cem").post(address, {"confidence": "3", "note": "Not sure yet.", "as": "draft"})
    assert "Not sure yet.</textarea>" in world.client("cem").get("/check-in/").content.decode()
    assert "Not sure yet." not in world.client("lea").get(address).content.decode()


def test_a_lead_reads_acknowledges_and_sees_what_is_in_the_way(world: World, owed: KeyResult) -> None:
    raise_blocker(world.cem, owed, text="No room")
    browser = world.client("lea")
    page = browser.get("/check-in/team").content.decode()
    assert "No room" in page
    assert "Cem Contributor" in page
    world.client("cem").post(ADDRESS.format(owed.key), {"confidence": "6"})
    said = CheckIn.objects.get()
    assert "Acknowledge" in browser.get("/check-in/team").content.decode()
    browser.post("/check-ins/acknowledgements", {"check_in": [str(said.pk), "x"]})
    assert CheckIn.objects.get().acknowledged_by == "Lea Lead"
    browser.post(f"/blockers/{Blocker.objects.get().pk}/resolution")
    assert "Nobody has named anything." in browser.get("/check-in/team").content.decode()
    assert "You lead no team" in world.client("cem").get("/check-in/team").content.decode()


def test_a_past_day_is_shown_without_forms(world: World, owed: KeyResult) -> None:
    page = world.client("cem").get(f"/check-in/?as_of={START.isoformat()}").content.decode()
    assert owed.title in page
    assert 'name="confidence"' not in page


def test_the_pages_of_the_things_show_their_check_ins(world: World, owed: KeyResult) -> None:
    kpi = make_kpi("waits", active=True)
    world.client("lea").post(f"/kpis/{kpi.key}/check-ins", {"confidence": "6", "note": "Quiet month."})
    world.client("cem").post(ADDRESS.format(owed.key), {"confidence": "6", "note": "Slow **start**."})
    assert "Quiet month." in world.client("vic").get(f"/kpis/{kpi.key}/").content.decode()
    assert "<strong>start</strong>" in world.client("vic").get(f"/key-results/{owed.key}/").content.decode()
