"""Scorecards, the list of KPIs, home, search and entering values, as pages."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from sextant.kpis.commands import create_scorecard, note_action, set_target
from sextant.kpis.models import ActionNote, Scorecard, ScorecardItem
from sextant.metrics.models import Measurement, Metric
from sextant.people.queries import today
from tests.doors.scorecards import HTMX, acute_care, read, rows_of
from tests.make import admin, last_months, make_kpi, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(world: World) -> Scorecard:
    return acute_care(world)


def test_a_scorecard_shows_every_kpi_with_status_target_periods_and_action(world: World, card: Scorecard) -> None:
    html = read(world, f"/scorecards/{card.key}/")
    rows = rows_of(html)
    assert list(rows) == ["well", "badly", "silent"]
    assert "On target" in rows["well"]
    assert "≥ 10" in rows["well"]
    assert rows["well"].count('class="cell') == 13
    assert "Off target" in rows["badly"]
    assert "No action" in rows["badly"]
    assert "No data" in rows["silent"]
    assert "No action" not in rows["silent"]
    assert "1 KPI off target without an action" in html
    assert '/kpis/well/card"' in rows["well"]


def test_the_cells_of_a_row_carry_the_status_of_their_own_period(world: World, card: Scorecard) -> None:
    cells = re.findall(
        r'<td class="cell([^"]*)"[^>]*>([^<]*)</td>', rows_of(read(world, f"/scorecards/{card.key}/"))["well"]
    )
    assert [(shade.split()[0], text) for shade, text in cells[-3:]] == [("watch", "9"), ("on", "11"), ("on", "12")]
    assert {text for _shade, text in cells[:-3]} == {""}


def test_rows_of_different_frequencies_have_their_own_period_labels(world: World, card: Scorecard) -> None:
    yearly = make_kpi("yearly", frequency="year")
    ScorecardItem.objects.create(scorecard=card, kpi=yearly, position=9, known_at=card.items.first().known_at)
    html = read(world, f"/scorecards/{card.key}/")
    assert "Monthly" in html
    assert "Yearly" in html
    assert f">{today().year - 1}</td>" in html


def test_filters_sorting_and_grouping_stand_in_the_address(world: World, card: Scorecard) -> None:
    assert list(rows_of(read(world, f"/scorecards/{card.key}/?status=off_target"))) == ["badly"]
    assert list(rows_of(read(world, f"/scorecards/{card.key}/?action=none"))) == ["badly"]
    assert list(rows_of(read(world, f"/scorecards/{card.key}/?sort=status"))) == ["badly", "silent", "well"]
    assert list(rows_of(read(world, f"/scorecards/{card.key}/?sort=-name"))) == ["well", "silent", "badly"]
    assert "No KPI fits" in read(world, f"/scorecards/{card.key}/?status=watch")
    Metric.objects.filter(key="well").update(theme=world.safety)
    assert "Patient safety" in read(world, f"/scorecards/{card.key}/?group=theme")
    assert "No theme" in read(world, f"/scorecards/{card.key}/?group=theme")


def test_nonsense_in_the_address_is_a_plain_page(world: World, card: Scorecard) -> None:
    odd = "?sort=;drop&group=x&show=<b>&density=9&owner=nobody-here&as_of=2999-13-45&page=-4"
    assert "No KPI fits" in read(world, f"/scorecards/{card.key}/{odd}")


def test_names_cannot_break_out_of_the_row(world: World) -> None:
    evil = make_kpi("evil", name='"><script>alert(1)</script>')
    note_action(admin(), evil, text="<img src=x onerror=alert(1)>")
    set_target(admin(), evil, target=10)
    record_values(evil, last_months([1]))
    card = create_scorecard(admin(), name="<b>Odd</b>", team=world.emergency, kpis=[evil])
    html = read(world, f"/scorecards/{card.key}/")
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "<b>Odd" not in html


def test_a_restricted_kpi_is_missing_from_the_page_the_rows_and_the_file(world: World, card: Scorecard) -> None:
    Metric.objects.filter(key="badly").update(visibility="team", owner=None)
    for address in ("", "scorecard.csv"):
        assert "Badly" not in read(world, f"/scorecards/{card.key}/{address}", "otto")
    assert world.client("otto").get(f"/scorecards/{card.key}/rows?kpi=badly").status_code == 404
    assert "Badly" in read(world, f"/scorecards/{card.key}/", "cem")


def test_a_page_fetches_single_rows_again_and_learns_when_nothing_changed(world: World, card: Scorecard) -> None:
    client = world.client("lea")
    first = client.get(f"/scorecards/{card.key}/rows?kpi=well&kpi=silent")
    assert list(rows_of(first.content.decode())) == ["well", "silent"]
    assert 'id="card-summary"' in first.content.decode()
    again = client.get(f"/scorecards/{card.key}/rows?kpi=well&kpi=silent", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    record_values("silent", last_months([3]))
    changed = client.get(f"/scorecards/{card.key}/rows?kpi=well&kpi=silent", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_rows_name_what_they_listen_to(world: World, card: Scorecard) -> None:
    html = read(world, f"/scorecards/{card.key}/")
    assert 'data-topics="metric:well kpi:well measurements"' in html
    assert f'data-topics="scorecard:{card.key}"' in html


def test_a_page_takes_as_many_statements_for_thirty_kpis_as_for_three(
    world: World, card: Scorecard, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    many = [make_kpi(f"kpi-{number}") for number in range(30)]
    for kpi in many:
        record_values(kpi, last_months([1, 2, 3]))
    wide = create_scorecard(admin(), name="Wide", team=world.emergency, kpis=many)
    client = world.client("lea")
    client.get(f"/scorecards/{wide.key}/")
    with django_assert_max_num_queries(21):
        client.get(f"/scorecards/{wide.key}/")


def test_a_past_day_shows_what_was_known_and_takes_no_values(world: World, card: Scorecard) -> None:
    html = read(world, f"/scorecards/{card.key}/?as_of={today() - timedelta(days=2)}")
    assert "data-metric" not in html
    assert "You are looking at" in html
    assert rows_of(html) == {}


def test_the_file_carries_target_status_trust_definition_and_date(world: World, card: Scorecard) -> None:
    text = read(world, f"/scorecards/{card.key}/scorecard.csv")
    assert text.startswith("\ufeff")
    well, badly, silent = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (well["value"], well["target"], well["status"]) == ("12.0", "10.0", "On target")
    assert (badly["status"], badly["value"]) == ("Off target", "12.25")
    assert well["trust"] in "ABCD"
    assert well["definition"].endswith("/kpis/well/card")
    assert well["as of"] == str(today())
    assert silent["value"] == ""
    assert badly[next(iter(last_months([1])))] == "12.25"


def test_the_workbook_keeps_numbers_as_numbers_and_texts_as_texts(world: World, card: Scorecard) -> None:
    evil = make_kpi("evil", name="=HYPERLINK(1)")
    ScorecardItem.objects.create(scorecard=card, kpi=evil, position=9, known_at=card.items.first().known_at)
    answer = world.client("lea").get(f"/scorecards/{card.key}/scorecard.xlsx?status=off_target,no_data")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    header = list(rows[0])
    assert [row[header.index("key")] for row in rows[1:]] == ["badly", "silent", "evil"]
    assert rows[1][header.index("value")] == 12.25
    assert sheet.cell(4, 1).data_type == "s"
    assert "'=HYPERLINK" in read(world, f"/scorecards/{card.key}/scorecard.csv")


def test_a_scorecard_is_made_from_the_kpis_of_a_team(world: World) -> None:
    make_kpi("one"), make_kpi("two"), make_kpi("elsewhere", team=world.surgery)
    client = world.client("lea")
    form = {"name": "Acute", "team": "emergency", "visibility": "organisation", "start": "own", "owner": ""}
    answer = client.post("/scorecards/new", form, follow=True)
    assert answer.redirect_chain[-1][0] == "/scorecards/acute/"
    assert set(rows_of(answer.content.decode())) == {"one", "two"}


def test_an_empty_name_comes_back_with_the_reason_and_what_was_typed(world: World) -> None:
    form = {"name": "", "team": "emergency", "visibility": "team", "start": "empty"}
    answer = world.client("lea").post("/scorecards/new", form)
    assert answer.status_code == 422
    assert Scorecard.objects.count() == 0


def arrange(world: World, card: Scorecard, step: str, version: str, keys: list[str], weights: list[str]) -> int:
    data = {"version": version, "kpi": keys, "weight": weights, "step": step}
    return world.client("lea").post(f"/scorecards/{card.key}/kpis", data).status_code


def arrangement(card: Scorecard) -> list[tuple[str, float]]:
    items = card.items.filter(superseded_at=None).order_by("position").select_related("kpi")
    return [(item.kpi.key, item.weight) for item in items]


def seen_version(world: World, card: Scorecard) -> str:
    return re.search(r'name="version" value="([^"]+)"', read(world, f"/scorecards/{card.key}/kpis")).group(1)  # type: ignore[union-attr]


def test_kpis_are_moved_weighted_removed_and_added_without_a_mouse_or_a_script(world: World, card: Scorecard) -> None:
    make_kpi("extra")
    keys, ones = ["well", "badly", "silent"], ["1", "1", "1"]
    assert arrange(world, card, "down:well", seen_version(world, card), keys, ["2,5", "1", "1"]) == 302
    assert arrangement(card) == [("badly", 1), ("well", 2.5), ("silent", 1)]
    arrange(world, card, "remove:silent", seen_version(world, card), ["badly", "well", "silent"], ones)
    arrange(world, card, "add:extra", seen_version(world, card), ["badly", "well"], ["1", "1"])
    assert arrangement(card) == [("badly", 1), ("well", 1), ("extra", 1)]


def test_an_arrangement_made_on_an_older_one_is_shown_beside_it(world: World, card: Scorecard) -> None:
    seen = seen_version(world, card)
    arrange(world, card, "down:well", seen, ["well", "badly", "silent"], ["1", "1", "1"])
    assert arrange(world, card, "down:well", seen, ["well", "badly", "silent"], ["1", "1", "1"]) == 409
    assert [key for key, _weight in arrangement(card)] == ["badly", "well", "silent"]


def test_a_weight_that_is_no_number_saves_nothing(world: World, card: Scorecard) -> None:
    assert arrange(world, card, "save", seen_version(world, card), ["well"], ["much"]) == 422
    assert len(arrangement(card)) == 3


def test_archiving_can_be_taken_back_from_the_message(world: World, card: Scorecard) -> None:
    client = world.client("lea")
    answer = client.post(f"/scorecards/{card.key}/archive", follow=True)
    assert f"/scorecards/{card.key}/restore" in answer.content.decode()
    assert Scorecard.objects.get(pk=card.pk).archived_at is not None
    client.post(f"/scorecards/{card.key}/restore")
    assert Scorecard.objects.get(pk=card.pk).archived_at is None


def send(world: World, points: list[dict[str, str]], who: str = "lea", address: str = "/values/cells"):  # type: ignore[no-untyped-def]
    return world.client(who).post(
        address, json.dumps({"batch": "b", "points": points}), content_type="application/json", **HTMX
    )


def test_a_value_typed_into_a_cell_is_recorded_and_can_be_taken_back(world: World, card: Scorecard) -> None:
    period = next(iter(last_months([1])))
    said = send(world, [{"metric": "silent", "period": period, "value": "7"}]).json()
    assert (said["accepted"], said["rejected"]) == (1, [])
    assert Measurement.objects.get(metric__key="silent").value == 7
    assert world.client("lea").post(said["undo"], **HTMX).status_code == 204
    assert not Measurement.objects.filter(metric__key="silent", superseded_at=None).exists()


def test_what_cannot_be_a_value_is_refused_with_its_place_and_is_never_zero(world: World, card: Scorecard) -> None:
    period = next(iter(last_months([1])))
    points = [
        {"metric": "silent", "period": period, "value": "about ten"},
        {"metric": "silent", "period": "someday", "value": "3"},
        {"metric": "nowhere", "period": period, "value": "3"},
        {"metric": "silent", "period": period, "value": "4"},
    ]
    said = send(world, points).json()
    assert [one["index"] for one in said["rejected"]] == [0, 1, 2]
    assert Measurement.objects.get(metric__key="silent").value == 4


def test_decimal_commas_are_understood_from_the_values_together(world: World, card: Scorecard) -> None:
    older, newer = last_months([1, 2])
    typed = {older: "1,5", newer: "12,25"}
    send(world, [{"metric": "silent", "period": month, "value": value} for month, value in typed.items()])
    assert sorted(Measurement.objects.filter(metric__key="silent").values_list("value", flat=True)) == [1.5, 12.25]


def test_a_viewer_sees_no_field_and_is_refused_at_the_door(world: World, card: Scorecard) -> None:
    assert "data-metric" not in read(world, f"/scorecards/{card.key}/", "vic")
    said = send(world, [{"metric": "silent", "period": next(iter(last_months([1]))), "value": "7"}], "vic").json()
    assert said["rejected"][0]["key"] == "not-allowed"


def test_unreadable_requests_are_refused_in_words(world: World) -> None:
    for body in ("", "[]", '{"points": 3}', '{"points": [{"metric": "a"}]}'):
        answer = world.client("lea").post("/values/cells", body, content_type="application/json")
        assert answer.status_code == 422, body


def test_a_paste_is_shown_before_it_is_saved(world: World, card: Scorecard) -> None:
    months = list(last_months([1, 2]))
    points = [
        {"metric": "silent", "period": months[0], "value": "5"},
        {"metric": "well", "period": months[1], "value": "12"},
        {"metric": "badly", "period": months[1], "value": "n.n."},
    ]
    html = send(world, points, address="/values/preview").content.decode()
    assert "1 value would be saved." in html
    assert "1 stands already." in html
    assert "1 cannot be saved." in html
    assert html.count("problem-row") == 1
    assert not Measurement.objects.filter(metric__key="silent").exists()


def test_due_values_are_entered_in_one_list_and_what_is_refused_stays_filled_in(world: World, card: Scorecard) -> None:
    client = world.client("lea")
    html = client.get(f"/values/?card={card.key}").content.decode()
    assert 'name="value-silent"' in html
    answer = client.post(f"/values/?card={card.key}", {"value-silent": "lots"})
    assert answer.status_code == 422
    assert 'value="lots"' in answer.content.decode()
    client.post(f"/values/?card={card.key}", {"value-silent": "8"})
    assert Measurement.objects.get(metric__key="silent").value == 8
    assert 'name="value-silent"' not in client.get(f"/values/?card={card.key}").content.decode()


@pytest.mark.parametrize("shape", ["block", "lines", "column"])
def test_a_block_from_a_spreadsheet_finds_its_places(world: World, card: Scorecard, shape: str) -> None:
    older, newer = last_months([1, 2])
    pasted = {
        "block": f"KPI\t{older}\t{newer}\nSilent\t5\t6\nNobody knows this\t1\t2",
        "lines": f"Silent\t{older}\t5\nsilent\t{newer}\t6\nNobody knows this\t{newer}\t1",
        "column": "6",
    }[shape]
    client = world.client("lea")
    looked = client.post(f"/values/?card={card.key}", {"pasted": pasted}).content.decode()
    assert ("Nobody knows this" in looked) == (shape != "column")
    assert not Measurement.objects.filter(metric__key="silent").exists()
    client.post(f"/values/?card={card.key}", {"pasted": pasted, "confirm": "1"})
    expected = [6.0] if shape == "column" else [5.0, 6.0]
    assert sorted(Measurement.objects.filter(metric__key="silent").values_list("value", flat=True)) == expected


def test_what_is_done_is_said_inside_the_row(world: World, card: Scorecard) -> None:
    client = world.client("lea")
    assert client.get("/rows/badly/action").status_code == 302
    assert "<form" in client.get("/rows/badly/action", **HTMX).content.decode()
    answer = client.post("/rows/badly/action", {"text": "Second desk", "owner": "", "due_on": "2030-01-31"}, **HTMX)
    assert json.loads(answer["HX-Trigger"]) == {"scorecard-row": {"key": "badly"}}
    row = rows_of(read(world, f"/scorecards/{card.key}/"))["badly"]
    assert "Second desk" in row
    assert "by 31 Jan" in row
    client.post("/rows/badly/action", {"clear": "1"}, **HTMX)
    assert not ActionNote.objects.filter(superseded_at=None).exists()


def test_an_empty_action_is_refused_inside_the_row(world: World, card: Scorecard) -> None:
    answer = world.client("lea").post("/rows/badly/action", {"text": " "}, **HTMX)
    assert answer.status_code == 200
    assert 'class="error"' in answer.content.decode()


def test_history_of_years_keeps_the_page_about_now(world: World) -> None:
    old = make_kpi("old")
    set_target(admin(), old, target=1)
    record_values(old, monthly(2018, [3, 4, 5]))
    card = create_scorecard(admin(), name="Old", team=world.emergency, kpis=[old])
    row = rows_of(read(world, f"/scorecards/{card.key}/"))["old"]
    assert "Stale" in row
    assert "No value since Mar 2018" in row
    assert 'data-value="5"' not in row
