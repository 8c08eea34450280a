"""The pages of many objectives: list, tree and map, their fragments and files, and what one may not see."""

from __future__ import annotations

import re

import pytest

from sextant.kpis.commands import create_scorecard
from sextant.okrs.commands.alignment import align
from sextant.okrs.models import KeyResult, Objective
from sextant.strategy.commands import change_vision
from tests.make import admin, make_cycle, make_key_result, make_kpi, make_objective, record_values, start
from tests.okrs.test_standing import this_week
from tests.world import World

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def tree(world: World) -> dict[str, Objective]:
    """ "wait-less" under a theme, "triage" below its key result, "paint" in the air, "secret" for one team."""
    change_vision(admin(), "Nobody waits in fear.", version=None)
    top = make_objective("Patients wait less", key="wait-less", theme=world.safety)
    result = make_key_result(top, "Wait at most 20 minutes")
    record_values(result.metric.key, {this_week(): 30})  # type: ignore[union-attr]
    triage, paint = make_objective("Triage at once", key="triage"), make_objective("Paint the walls", key="paint")
    quick = make_key_result(triage, "Triage within 5 minutes")
    record_values(quick.metric.key, {this_week(): 30})  # type: ignore[union-attr]
    make_key_result(paint, "Every wall is white")
    align(admin(), triage, result)
    for one in (top, triage, paint):
        start(one)
    secret = make_objective("Merge the wards", key="secret", visibility="team")
    align(admin(), secret, top)
    return {one.key: one for one in Objective.objects.all()}


def read(world: World, address: str, who: str = "lea", **more: object) -> str:
    answer = world.client(who).get(address, **more)  # type: ignore[arg-type]
    assert answer.status_code == 200, address
    return answer.content.decode()


def rows_of(html: str) -> dict[str, str]:
    return dict(re.findall(r'<article class="okr-row[^"]*" id="o-([^"]+)"(.*?)</article>', html, re.DOTALL))


def test_the_list_shows_status_progress_and_the_path_of_every_objective(
    world: World, tree: dict[str, Objective]
) -> None:
    rows = rows_of(read(world, "/objectives/"))
    assert set(rows) == {"wait-less", "triage", "paint", "secret"}
    assert "75 %" in rows["wait-less"]
    assert "On track" in rows["wait-less"]
    assert "1 of 1" in rows["wait-less"]
    assert "No data" in rows["paint"]
    assert "0 %" not in rows["paint"]
    for station in ("Vision", "Patient safety", "Patients wait less", "Wait at most 20 minutes"):
        assert station in rows["triage"]
    assert "No path to the vision yet" in rows["paint"]


def test_hidden_objectives_are_absent_and_counted(world: World, tree: dict[str, Objective]) -> None:
    for view in ("list", "tree", "map"):
        html = read(world, f"/objectives/?view={view}", "otto")
        assert "Merge the wards" not in html, view
        assert "secret" not in html, view
    assert "1 not visible" in rows_of(read(world, "/objectives/", "otto"))["wait-less"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("?q=triage", {"triage"}),
        ("?status=on_track", {"wait-less", "triage"}),
        ("?state=draft", {"secret"}),
        ("?theme=patient-safety", {"wait-less"}),
        ("?theme=no-such", set()),
        ("?owner=mine", {"wait-less", "triage", "paint", "secret"}),
        ("?lane=orphans", {"paint"}),
        ("?focus=triage", {"wait-less", "triage"}),
        ("?cycle=backlog", set()),
        ("?cycle=all", {"wait-less", "triage", "paint", "secret"}),
        ("?team=surgery", set()),
    ],
)
def test_the_address_says_which_objectives(
    world: World, tree: dict[str, Objective], query: str, keys: set[str]
) -> None:
    assert set(rows_of(read(world, f"/objectives/{query}"))) == keys


def test_key_results_unfold_with_what_they_lack(world: World, tree: dict[str, Objective]) -> None:
    KeyResult.objects.filter(objective=tree["paint"]).update(published_at=None, owner=None)
    html = read(world, "/objectives/paint/results")
    assert "Every wall is white" in html
    assert "Name the one person who answers for it." in html
    assert "1 incomplete" in rows_of(read(world, "/objectives/"))["paint"]


def test_results_of_a_hidden_objective_are_not_there(world: World, tree: dict[str, Objective]) -> None:
    assert world.client("otto").get("/objectives/secret/results").status_code == 404


def test_the_tree_hangs_children_below_the_key_result_they_serve(world: World, tree: dict[str, Objective]) -> None:
    html = read(world, "/objectives/?view=tree")
    assert (
        html.index("Nobody waits in fear.")
        < html.index('</span> <a href="/themes/patient-safety">')
        < html.index('id="o-wait-less"')
    )
    assert re.search(r'class="tree-kr".*?Wait at most 20 minutes.*?id="o-triage"', html, re.DOTALL)
    assert html.index('id="orphans"') < html.index('id="o-paint"')


def test_the_map_says_each_card_in_words(world: World, tree: dict[str, Objective]) -> None:
    html = read(world, "/objectives/?view=map")
    assert "Objective Triage at once, on track, 75 %, contributes to Wait at most 20 minutes" in html
    assert "Objective Patients wait less, on track, 75 %" in html
    assert html.count('class="m-contributes"') >= 4
    assert "Without a path to the vision" in html


def test_a_search_on_the_map_marks_what_it_finds_and_keeps_the_rest(world: World, tree: dict[str, Objective]) -> None:
    html = read(world, "/objectives/?view=map&q=triage")
    assert html.count('class="m-hit"') == 1
    assert 'id="o-wait-less" class="m-node is-dimmed"' in html


def test_a_fold_takes_what_is_below_off_the_map(world: World, tree: dict[str, Objective]) -> None:
    html = read(world, "/objectives/?view=map&fold=wait-less")
    assert 'id="o-triage"' not in html
    assert "+2" in html


def test_the_map_leaves_as_a_file_that_carries_its_colours(world: World, tree: dict[str, Objective]) -> None:
    client = world.client("otto")
    drawn = client.get("/objectives/map.svg")
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    text = drawn.content.decode()
    assert text.startswith("<svg xmlns=")
    assert "class=" not in text
    assert "Triage at once" in text
    assert "Merge the wards" not in text
    assert client.get("/objectives/map.png").content.startswith(b"\x89PNG")


def test_a_row_is_fetched_again_with_everything_above_it(world: World, tree: dict[str, Objective]) -> None:
    html = read(world, "/objectives/rows?key=triage&open=triage", **HTMX)
    assert set(rows_of(html)) == {"triage", "wait-less"}
    assert "Triage within 5 minutes" in html
    cards = read(world, "/objectives/rows?view=map&key=triage", **HTMX)
    assert set(re.findall(r'id="o-([^"]+)"', cards)) == {"triage", "wait-less"}


def test_a_long_list_arrives_in_parts_until_all_of_it_is_there(world: World) -> None:
    for number in range(45):
        make_objective(f"Objective {number:02d}", key=f"objective-{number:02d}")
    html = read(world, "/objectives/")
    seen = set(rows_of(html))
    assert len(seen) == 25
    rest = re.findall(r'hx-get="([^"]*rows\?[^"]*after=[^"]*)"', html)[0].replace("&amp;", "&")
    seen |= set(rows_of(read(world, rest, **HTMX)))
    assert len(seen) == 45
    assert len(rows_of(read(world, "/objectives/?rows=all"))) == 45


def test_a_parent_of_another_cycle_is_shown_where_the_way_up_is(world: World, tree: dict[str, Objective]) -> None:
    later = make_cycle("Next quarter", gone=-60)
    align(admin(), make_objective("Hold the wait", key="hold", cycle=later), tree["wait-less"])
    assert set(rows_of(read(world, f"/objectives/?cycle={later.key}"))) == {"hold"}
    assert set(rows_of(read(world, f"/objectives/?view=tree&cycle={later.key}"))) == {"hold", "wait-less"}


def test_an_empty_page_says_what_will_be_here(world: World) -> None:
    assert "No objective here yet" in read(world, "/objectives/")


def test_home_shows_my_objectives_and_the_way_to_the_vision(world: World, tree: dict[str, Objective]) -> None:
    make_kpi()
    html = read(world, "/", "lea")
    mine = html[html.index('id="my-objectives"') :]
    assert "Wait at most 20 minutes" in mine
    assert 'href="/strategy" title="Nobody waits in fear."' in mine
    assert 'id="my-objectives"' not in read(world, "/", "otto")


def test_the_page_of_a_team_shows_objectives_and_scorecards(world: World, tree: dict[str, Objective]) -> None:
    create_scorecard(admin(), name="Acute care", team=world.emergency, kpis=[make_kpi()])
    html = read(world, "/teams/emergency", "otto")
    assert "Acute care" in html
    assert set(rows_of(html)) == {"wait-less", "triage", "paint"}
    part = read(world, "/teams/emergency/objectives", "otto", **HTMX)
    assert set(rows_of(part)) == {"wait-less", "triage", "paint"}
    assert "/teams/emergency/objectives" in read(world, "/scorecards/acute-care/", "otto")


def test_search_finds_objectives_and_key_results_one_may_see(world: World, tree: dict[str, Objective]) -> None:
    make_key_result(tree["secret"], "Wards merged by May")
    assert "/objectives/triage/" in read(world, "/search?q=triage", "otto")
    assert "Triage within 5 minutes" in read(world, "/search?q=triage", "otto")
    assert "Wards merged" in read(world, "/search?q=merged")
    assert "Wards merged" not in read(world, "/search?q=merged", "otto")
    assert "Merge the wards" not in read(world, "/search?q=merge", "otto")


def test_the_scorecard_behind_an_objective_is_one_click_away(world: World, tree: dict[str, Objective]) -> None:
    assert 'href="/scorecards/?team=emergency"' in read(world, "/objectives/triage/")
