"""Proposing a change of a KPI on its pages, answering it, and explaining what is worth a second look."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sextant.core import clock
from sextant.kpis.commands import change_kpi, create_scorecard, place_kpi, set_target
from sextant.kpis.commands.applying import apply_proposals
from sextant.kpis.commands.second_looks import explain_second_look
from sextant.kpis.models import ChangeProposal, Explanation, Kpi
from sextant.metrics.models import Metric
from sextant.people.commands import set_role
from tests.make import admin, make_key_result, make_kpi, make_metric, make_objective, monthly, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db
WRITTEN = {
    "reason": "Who leaves was never counted.", "direction": "up", "unit": "percent", "aggregation": "mean",
    "how_measured": "Counted by the front desk.", "formula": "100 * [seen] / ([came] - [left])", "target": "80",
    "holds": "all", "notice_days": "14",
}  # fmt: skip


@pytest.fixture
def share(world: World) -> Kpi:
    """In time: watched by Lea, shown on a scorecard of Surgery that Otto owns."""
    for key, value in (("seen", 70.0), ("came", 100.0), ("left", 20.0)):
        record_values(make_metric(key), monthly(2025, [value] * 6))
    kpi = make_kpi("in-time", unit="percent", aggregation="mean", formula="100 * [seen] / [came]", active=True)
    set_target(admin(), kpi, target=80)
    card = create_scorecard(admin(), name="Surgery", team=world.surgery, owner=world.person("otto"))
    place_kpi(admin(), card, kpi)
    return kpi


def text(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.content.decode()


def announced(client: Client, kpi: Kpi, **changes: str) -> ChangeProposal:
    asked = WRITTEN | changes | {"do": "announce"}
    assert client.post(reverse("proposal_new", args=[kpi.key]), asked).status_code == 302
    return ChangeProposal.objects.latest("pk")


def test_where_others_rely_on_a_kpi_its_pages_offer_to_propose_first(world: World, share: Kpi) -> None:
    lea = world.client("lea")
    for page in ("kpi_edit", "kpi_definition"):
        assert "1 thing of others relies on this KPI" in text(lea, reverse(page, args=["in-time"]))
    own = make_kpi("own", active=True)
    assert "relies on this KPI" not in text(lea, reverse("kpi_edit", args=[own.key]))
    assert "relies on this KPI" not in text(world.client("vic"), reverse("kpi_definition", args=["in-time"]))


def test_looking_at_a_change_shows_both_histories_and_keeps_nothing(world: World, share: Kpi) -> None:
    lea = world.client("lea")
    response = lea.post(reverse("proposal_new", args=["in-time"]), WRITTEN | {"do": "look"})
    page = response.content.decode()
    assert "6 of 6 periods concerned change their status." in page
    assert "87.5 %" in page
    assert "Who leaves was never counted." in page  # what was typed is still there
    assert not ChangeProposal.objects.exists()


def test_the_target_shown_is_no_change_until_it_is_written_over(world: World, share: Kpi) -> None:
    lea = world.client("lea")
    assert announced(lea, share).changes == {"formula": "100 * [seen] / ([came] - [left])"}
    other = make_kpi("other", unit="percent", aggregation="mean", formula="[seen] / [came]", active=True)
    proposal = announced(lea, other, formula="[seen] / [came]", target="90", red_flag="85")
    assert proposal.changes == {"target": {"target": 90, "red_flag": 85}}


def test_a_form_with_nothing_new_or_without_a_period_is_refused_with_the_reason(world: World, share: Kpi) -> None:
    lea = world.client("lea")
    url = reverse("proposal_new", args=["in-time"])
    same = lea.post(url, WRITTEN | {"formula": "100 * [seen] / [came]", "do": "announce"})
    assert (same.status_code, "Nothing of this is different" in same.content.decode()) == (422, True)
    never = lea.post(url, WRITTEN | {"holds": "from", "period": "", "do": "look"})
    assert (never.status_code, "from which period on" in never.content.decode()) == (422, True)
    bad = lea.post(url, WRITTEN | {"formula": "[nowhere]", "do": "draft"})
    assert "There is no metric" in bad.content.decode()


def test_a_proposal_is_objected_to_overruled_in_force_and_taken_back(world: World, share: Kpi) -> None:
    proposal = announced(world.client("lea"), share)
    url = reverse("proposal", args=[proposal.pk])
    otto, ada, lea = world.client("otto"), world.client("ada"), world.client("lea")
    assert "I agree" in text(otto, url)
    assert "I agree" not in text(world.client("vic"), url)
    without = otto.post(reverse("proposal_objection", args=[proposal.pk]), {"reason": ""})
    assert (without.status_code, "Say what speaks against it" in without.content.decode()) == (422, True)
    otto.post(reverse("proposal_objection", args=[proposal.pk]), {"reason": "Our contract says otherwise."})
    page = text(lea, url)
    assert "Stopped by an objection" in page
    assert "Our contract says otherwise." in page
    assert "Overrule the objection" not in page
    assert "Overrule the objection" in text(ada, url)
    ada.post(reverse("proposal_overruling", args=[proposal.pk]), {"reason": "The contract is renewed."})
    assert "Overruled by Ada Admin" in text(lea, url)
    ChangeProposal.objects.update(announced_at=timezone.now() - timedelta(days=15))
    apply_proposals()
    page = text(lea, url)
    assert "It is in force, for the whole history." in page
    assert "Take it back" in page
    lea.post(reverse("proposal_taking_back", args=[proposal.pk]), {"reason": "A mistake."})
    assert "Taken back" in text(lea, reverse("kpi_proposals", args=["in-time"]))
    definition = Metric.objects.get(key="in-time").definitions.filter(superseded_at=None).get()
    assert definition.formula == "100 * [seen] / [came]"


def test_a_draft_is_written_anew_and_announced(world: World, share: Kpi) -> None:
    lea = world.client("lea")
    lea.post(reverse("proposal_new", args=["in-time"]), WRITTEN | {"do": "draft"})
    draft = ChangeProposal.objects.get()
    assert draft.state == "draft"
    edit = reverse("proposal_edit", args=[draft.pk])
    assert "Who leaves was never counted." in text(lea, edit)
    lea.post(edit, WRITTEN | {"version": "1", "notice_days": "0", "do": "announce"})
    draft.refresh_from_db()
    assert (draft.state, draft.notice_days) == ("announced", 0)
    assert lea.get(edit).status_code == 302
    assert lea.post(reverse("proposal_withdrawal", args=[draft.pk]), {"reason": ""}).status_code == 302


def test_what_waits_for_somebody_who_may_says_so_and_is_put_into_force(world: World, share: Kpi) -> None:
    proposal = announced(world.client("lea"), share)
    change_kpi(admin(), share, version=Kpi.objects.get(pk=share.pk).version, owner=world.person("otto"))
    set_role(admin(), world.person("lea"), team=world.emergency, role="viewer")
    ChangeProposal.objects.update(announced_at=timezone.now() - timedelta(days=15))
    apply_proposals()
    address = reverse("proposal_standing_for", args=[proposal.pk])
    for name, may in (("otto", True), ("lea", False)):
        page = text(world.client(name), reverse("proposal", args=[proposal.pk]))
        assert "may change the KPI any more" in page
        assert (address in page) is may
    answer = world.client("otto").post(address, follow=True).content.decode()
    assert "It is in force" in answer


def test_an_input_out_of_sight_is_not_named(world: World, share: Kpi) -> None:
    Metric.objects.filter(key="left").update(visibility="team")
    proposal = announced(world.client("lea"), share)
    page = text(world.client("otto"), reverse("proposal", args=[proposal.pk]))
    assert "[left]" not in page
    assert "[…]" in page


def test_what_is_worth_a_look_is_explained_on_the_page_and_undone(world: World, share: Kpi) -> None:
    with clock.writing_at(timezone.now() - timedelta(days=100)):
        set_target(admin(), share, target=90)
    set_target(admin(), share, target=60)
    lea, url = world.client("lea"), reverse("kpi", args=["in-time"])
    page = text(lea, url)
    assert "Worth a second look" in page
    assert "from 90 % to the easier 60 %" in page
    assert "It is all right" not in text(world.client("vic"), url)
    address = reverse("kpi_explanation", args=["in-time", "target-eased-late"])
    response = lea.post(address, {"reason": "The ward was closed."}, follow=True)
    assert "1 thing worth a look was explained" in response.content.decode()
    assert Explanation.objects.get().reason == "The ward was closed."
    assert lea.post(address, {"reason": ""}).status_code == 422
    lea.post(reverse("kpi_explanation_removal", args=["in-time", "target-eased-late"]))
    assert "Worth a second look" in text(lea, url)


def test_a_scorecard_marks_what_is_worth_a_look_until_it_is_explained(world: World, share: Kpi) -> None:
    with clock.writing_at(timezone.now() - timedelta(days=100)):
        set_target(admin(), share, target=90)
    card = reverse("scorecard", args=[create_scorecard(admin(), name="Ward", team=world.emergency, kpis=[share]).key])
    lea = world.client("lea")
    assert "second-look-mark" not in text(lea, card)
    set_target(admin(), share, target=60)
    for address in (card, reverse("kpis")):
        [mark] = re.findall(r'<a class="life-mark second-look-mark"[^>]*>.*?</a>', text(lea, address))
        assert f'href="{reverse("kpi", args=["in-time"])}#second-looks"' in mark
        assert "from 90 % to the easier 60 %" in mark
        assert "Target made easier late" in mark
    assert 'id="second-looks"' in text(lea, reverse("kpi", args=["in-time"]))
    explain_second_look(admin(), share, key="target-eased-late", reason="The ward was closed.")
    assert "second-look-mark" not in text(lea, card)


def test_a_flag_on_a_key_result_is_explained_on_its_page_and_undone(world: World) -> None:
    made = make_key_result(make_objective(), terms={"baseline": 22.0, "target": 20.0})
    lea, url = world.client("lea"), reverse("key_result", args=[made.key])
    objective = reverse("objective", args=[made.objective.key])
    page = text(lea, url)
    assert "Worth a second look" in page
    assert "Target nearly met from the start" in page
    assert "It is all right" not in text(world.client("vic"), url)
    assert "It started close to its target" in text(lea, objective)
    address = reverse("key_result_explanation", args=[made.key, "target-nearly-met"])
    response = lea.post(address, {"reason": "The last step is the hard one."}, follow=True)
    assert "1 thing worth a look was explained" in response.content.decode()
    assert "It started close to its target" not in text(lea, objective)
    removal = reverse("key_result_explanation_removal", args=[made.key, "target-nearly-met"])
    assert removal in response.content.decode()
    assert lea.post(address, {"reason": ""}).status_code == 422
    lea.post(removal)
    assert "Worth a second look" in text(lea, url)


def test_a_guard_that_gave_way_is_said_on_the_page_of_the_kpi_too(world: World, share: Kpi) -> None:
    guard = make_metric("kindness", unit="rating", frequency="month", aggregation="mean", direction="up")
    objective = make_objective()
    made = make_key_result(
        objective, "More", metric=share.metric, guard=guard, terms={"baseline": 60.0, "target": 70.0}
    )
    start(objective)
    today = timezone.now().date()
    early = (today.replace(day=1) - timedelta(days=75)).strftime("%Y-%m")
    late = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    record_values(guard, {early: 8.0, late: 7.0})
    page = text(world.client("lea"), reverse("kpi", args=["in-time"]))
    assert "Guard gave way" in page
    assert reverse("key_result", args=[made.key]) in page
