"""Setting, replacing and questioning targets on their page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from sextant.kpis.models import Kpi, Target
from sextant.people.queries import today
from tests.doors.waiting_time import waiting_time
from tests.make import make_kpi
from tests.world import World


@pytest.fixture
def kpi(world: World) -> Kpi:
    return waiting_time()


@pytest.fixture
def lea(world: World) -> Client:
    return world.client("lea")


def test_a_target_is_set_replaced_and_removed_with_undo(lea: Client, kpi: Kpi) -> None:
    answer = lea.post(
        "/kpis/waiting-time/targets", {"when": "from", "period": "2026-03", "target": "28", "red_flag": "40"}
    )
    assert answer.status_code == 302
    row = Target.objects.get(kpi=kpi, target=28, superseded_at=None)
    answer = lea.post(f"/kpis/waiting-time/targets/{row.pk}/removal")
    [message] = [one for one in get_messages(answer.wsgi_request) if "removed" in str(one)]
    assert not Target.objects.filter(kpi=kpi, target=28, superseded_at=None).exists()
    lea.post(message.extra_tags.removeprefix("undo:"))
    back = Target.objects.get(kpi=kpi, target=28, superseded_at=None)
    assert (back.valid_from, back.red_flag) == (row.valid_from, 40)
    assert "Earlier targets" in lea.get("/kpis/waiting-time/targets").content.decode()


def test_a_red_flag_on_the_wrong_side_is_refused_at_its_field(lea: Client, kpi: Kpi) -> None:
    answer = lea.post("/kpis/waiting-time/targets", {"when": "always", "target": "28", "red_flag": "20"})
    assert answer.status_code == 422
    assert "must lie above the target" in answer.content.decode()


def test_a_long_term_aim_is_shown_and_judges_nothing_yet(lea: Client, kpi: Kpi) -> None:
    year = today().year + 4
    lea.post("/kpis/waiting-time/targets", {"when": "aim", "period": str(year), "target": "20"})
    page = lea.get("/kpis/waiting-time/").content.decode()
    assert f"20 min by the end of {year}" in page
    assert "17 min above target" in page


def test_pasted_targets_are_set_together_or_not_at_all(lea: Client, kpi: Kpi) -> None:
    answer = lea.post("/kpis/waiting-time/targets/paste", {"pasted": "2026-01\t30\t40\n2026-02\tsoon"})
    assert answer.status_code == 422
    assert not Target.objects.filter(kpi=kpi).exclude(start=None).exists()
    lea.post("/kpis/waiting-time/targets/paste", {"pasted": "2026-01\t30\t40\n2026-02\t29\t39"})
    assert Target.objects.filter(kpi=kpi).exclude(start=None).count() == 2


def test_a_band_has_bounds_and_red_flags_on_either_side(lea: Client) -> None:
    make_kpi("fridge", direction="within", unit="number")
    answer = lea.post(
        "/kpis/fridge/targets", {"when": "always", "low": "2", "high": "8", "red_low": "0", "red_high": "10"}
    )
    assert answer.status_code == 302
    assert "between 2 and 8" in lea.get("/kpis/fridge/").content.decode()


def test_the_undo_of_a_replaced_target_brings_the_former_one_back(lea: Client, kpi: Kpi) -> None:
    answer = lea.post("/kpis/waiting-time/targets", {"when": "always", "target": "20", "red_flag": "45"})
    [message] = get_messages(answer.wsgi_request)
    assert [row.target for row in Target.objects.filter(kpi=kpi, superseded_at=None)] == [20]
    lea.post(message.extra_tags.removeprefix("undo:"))
    assert [row.target for row in Target.objects.filter(kpi=kpi, superseded_at=None)] == [35]


def test_a_target_that_has_not_changed_for_a_year_is_questioned(lea: Client, kpi: Kpi) -> None:
    Target.objects.filter(kpi=kpi).update(known_at=timezone.now() - timedelta(days=400))
    assert "It has not changed for over a year" in lea.get("/kpis/waiting-time/").content.decode()
