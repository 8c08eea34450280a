"""The library as people meet it: find a KPI, see what it brings, add it with one click."""

from __future__ import annotations

from django.urls import reverse

from sextant.kpis.commands import install_from_library
from sextant.kpis.models import Kpi
from sextant.metrics.models import Metric
from tests.world import World


def test_every_function_is_on_the_shelf(world: World) -> None:
    page = world.client("lea").get("/library/").content.decode()
    for name in ("Finance", "People", "Project office", "Transformation", "Health and care"):
        assert f"<h2>{name}</h2>" in page


def test_a_search_narrows_the_shelf(world: World) -> None:
    page = world.client("lea").get("/library?q=time+hire").content.decode()
    assert "Time to hire" in page
    assert "Burn rate" not in page
    assert "Nothing in the library fits" in world.client("lea").get("/library?q=zzzz").content.decode()


def test_the_page_of_a_kpi_shows_what_will_be_made(world: World) -> None:
    page = world.client("lea").get("/library/turnover-rate?team=emergency").content.decode()
    assert "What will be made" in page
    assert "<strong>People who left</strong> (count)" in page
    assert "What it does not show" in page
    assert "/library/employee-satisfaction" in page


def test_one_click_makes_a_draft_and_says_what_is_missing(world: World) -> None:
    answer = world.client("lea").post("/library/turnover-rate/installation", {"team": "emergency"}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("kpi", args=["turnover-rate"])
    assert "It still needs an owner, a theme or a reason" in answer.content.decode()
    assert Kpi.objects.get().state == "draft"
    assert Metric.objects.count() == 3


def test_the_person_who_adds_can_own_it(world: World) -> None:
    world.client("lea").post("/library/turnover-rate/installation", {"team": "emergency", "mine": "yes"})
    assert Kpi.objects.get().metric.owner == world.person("lea")


def test_adding_again_leads_to_the_one_that_is_there(world: World) -> None:
    browser = world.client("lea")
    for _ in range(2):
        answer = browser.post("/library/turnover-rate/installation", {"team": "emergency"}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("kpi", args=["turnover-rate"])
    assert "from the library already" in answer.content.decode()
    assert Kpi.objects.count() == 1


def test_what_a_team_has_is_marked(world: World) -> None:
    install_from_library(world.lea, "turnover-rate", world.emergency)
    page = world.client("lea").get("/library?q=turnover&team=emergency").content.decode()
    assert "added" in page
    assert f'href="{reverse("kpi", args=["turnover-rate"])}"' in page


def test_a_viewer_reads_the_library_and_cannot_add(world: World) -> None:
    browser = world.client("vic")
    assert "library_install" not in browser.get("/library").content.decode()
    assert "/installation" not in browser.get("/library/turnover-rate").content.decode()
    assert browser.post("/library/turnover-rate/installation", {"team": "emergency"}).status_code == 403
    assert not Kpi.objects.exists()
