import pytest

from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_slash_too_many_leads_to_the_page(world: World) -> None:
    answer = world.client("cem").get("/audit/?kind=kpi")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/audit?kind=kpi")


def test_an_address_that_does_not_exist_stays_unknown(world: World) -> None:
    client = world.client("cem")
    assert client.get("/nowhere/at/all/").status_code == 404
