"""What one may not see leaves no trace: not in a page, a file, the API, a refusal, a count or the log.

One metric is for Ada and Lea alone; others are calculated from it, and broken down by it. Cem works in the same team,
Otto in another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sextant.core.access import visible
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.exchange import commands as exchange
from sextant.exchange.models import Import
from sextant.kpis.commands import (
    arrangement_version,
    change_kpi,
    change_scorecard,
    create_scorecard,
    install_from_library,
    note_action,
    place_kpi,
    set_arrangement,
    set_target,
)
from sextant.kpis.models import Kpi
from sextant.metrics.commands import add_marker, change_metric, record, undo_batch
from sextant.metrics.models import Batch, Measurement, Metric
from tests.doors.calls import script
from tests.make import admin, make_kpi, make_metric, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db

HIDDEN_KEY, HIDDEN_NAME = "golden-parachutes", "Golden parachutes"
HIDDEN_WORDS = (HIDDEN_KEY, HIDDEN_NAME, "Zanzibar", "7431975", "7,431,975", "7.43")


def is_told(word: str, text: str) -> bool:
    """Whether the word stands there; the hundredth of a second "17.43" of some time does not tell "7.43"."""
    return re.search(rf"(?<!\d){re.escape(word)}", text) is not None


@dataclass
class Secrets:
    hidden: Kpi
    calculated: Kpi
    headline: Kpi
    batch: str


@pytest.fixture
def secrets(world: World) -> Secrets:
    """A restricted KPI with everything that could mention it."""
    lea = world.person("lea")
    hidden = make_kpi(
        HIDDEN_KEY, active=True, name=HIDDEN_NAME, visibility="people", viewers=[lea], reason="Zanzibar",
        response_plan="Zanzibar", how_measured="Zanzibar", theme=world.safety,
    )  # fmt: skip
    batch = record_values(hidden, monthly(2026, [7431975] * 6)).batch
    set_target(admin(), hidden, target=7431975, reason="Zanzibar")
    note_action(admin(), hidden, text="Zanzibar")
    add_marker(admin(), hidden.metric, start=490_000, label="Zanzibar")
    open_one = make_kpi("visits", active=True)
    record_values(open_one, monthly(2026, [2, 3, 4, 5, 6, 7]))
    calculated = make_kpi("people-cost", active=True, formula=f"[{HIDDEN_KEY}] / [visits]", unit="number")
    headline = make_kpi("all-visits", active=True)
    make_metric("hidden-part", name="Zanzibar", part_of=headline.metric, slice={"place": "Zanzibar"},
                visibility="people")  # fmt: skip
    create_scorecard(admin(), name="Emergency", team=world.emergency, kpis=[hidden, open_one, calculated, headline])
    create_scorecard(admin(), name="Zanzibar", team=world.emergency, visibility="people")
    return Secrets(hidden, calculated, headline, batch)


@pytest.mark.parametrize("person", ["cem", "otto"])
def test_no_answer_of_the_api_names_a_restricted_thing(world: World, secrets: Secrets, person: str) -> None:
    call = script(world, person, "read")
    told: dict[str, list[str]] = {}
    for address in (
        "/kpis", "/metrics", "/scorecards", "/scorecards/emergency", "/events", "/teams", "/people", "/themes",
        "/kpis/people-cost", "/kpis/people-cost/chart", "/kpis/people-cost/targets", "/metrics/people-cost",
        "/metrics/people-cost/definitions", "/metrics/people-cost/measurements", "/metrics/people-cost/limits",
        "/metrics/all-visits", "/metrics/all-visits/measurements", "/kpis/all-visits",
        "/metrics/people-cost/drivers", "/metrics/people-cost/driver-moves",
    ):  # fmt: skip
        for query in ({}, {"why": "1"}, {"as_of": "2026-07-31", "why": "1"}):
            answer = str(call.get(address, **query))
            if words := [word for word in HIDDEN_WORDS if is_told(word, answer)]:
                told[f"{address} {query}"] = words
    assert told == {}


def test_a_hidden_thing_and_a_missing_one_are_told_alike_by_the_api(world: World, secrets: Secrets) -> None:
    call = script(world, "cem")
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/kpis/{}", None), ("PATCH", "/kpis/{}", {"version": 1, "name": "x"}), ("GET", "/metrics/{}", None),
        ("POST", "/kpis/{}/activation", {}), ("GET", "/metrics/{}/measurements", None),
        ("POST", "/metrics/{}/markers", {"period": "2026-01", "label": "x"}),
        ("DELETE", "/metrics/{}/markers/1", None), ("POST", "/kpis/{}/targets", {"target": 1}),
        ("DELETE", "/kpis/{}/targets/1", None), ("PUT", "/metrics/{}/limits", {"reason": "x"}),
        ("PUT", "/scorecards/emergency/kpis/{}", {}), ("DELETE", "/scorecards/emergency/kpis/{}", None),
        ("GET", "/metrics?part_of={}", None),
    ]  # fmt: skip
    for method, path, body in calls:
        hidden = call(method, path.format(HIDDEN_KEY), body)
        missing = call(method, path.format("no-such-thing"), body)
        assert hidden.status == missing.status, path
        assert str(hidden.body).replace(HIDDEN_KEY, "KEY") == str(missing.body).replace("no-such-thing", "KEY"), path


def test_a_field_that_names_a_hidden_thing_is_refused_like_one_that_names_nothing(
    world: World, secrets: Secrets
) -> None:
    call = script(world, "cem")
    for field in ("numerator", "part_of"):
        answers = [
            call("POST", "/metrics", {"name": "Mine", "team": "emergency", field: key})
            for key in (HIDDEN_KEY, "no-such-thing")
        ]
        assert answers[0].status == answers[1].status == 422
        assert answers[0].keys == answers[1].keys
    points = [{"metric": key, "period": "2026-07", "value": 1} for key in (HIDDEN_KEY, "no-such-thing")]
    rejected = call("POST", "/measurements", {"points": points}).body["rejected"]
    assert [one["key"] for one in rejected] == ["unknown-metric", "unknown-metric"]


def test_a_filter_by_a_hidden_headline_finds_as_little_as_by_none(world: World, secrets: Secrets) -> None:
    make_metric("open-part", part_of=secrets.hidden.metric)
    assert script(world, "lea").get("/metrics", part_of=HIDDEN_KEY)["items"]
    assert script(world, "cem").get("/metrics", part_of=HIDDEN_KEY)["items"] == []


def test_a_circle_through_a_hidden_metric_is_refused_without_naming_it(world: World) -> None:
    make_metric("open-end")
    make_metric(HIDDEN_KEY, visibility="people", formula="[open-end] * 2", unit="number")
    make_metric("open-start", formula=f"[{HIDDEN_KEY}] * 2", unit="number")
    answer = script(world, "lea")(
        "POST", "/metrics/open-end/definitions",
        {"number": 1, "formula": "[open-start] + 1", "how_measured": "x", "reason": "x", "valid_from": "2026-01"},
    )  # fmt: skip
    assert "formula-cycle" in answer.keys
    assert HIDDEN_KEY not in str(answer.body)
    assert "open-start" in str(answer.body)


def test_a_total_over_parts_one_may_not_see_is_refused(world: World, secrets: Secrets) -> None:
    make_metric("open-part", part_of=secrets.headline.metric)
    with pytest.raises(Refused) as refused:
        make_as(world, "cem", "sum-of-all", formula="total([all-visits])")
    assert refused.value.problems[0].key == "hidden-parts"
    assert "Zanzibar" not in str(refused.value)
    assert make_as(world, "ada", "sum-of-all", formula="total([all-visits])").key == "sum-of-all"


def make_as(world: World, person: str, key: str, **fields: Any) -> Metric:
    from sextant.metrics.commands import create_metric

    return create_metric(
        world.actor(person), name=key, key=key, team=world.emergency, frequency="month", unit="number", **fields
    )


def test_a_batch_of_hidden_values_is_unknown_to_who_may_not_see_them(world: World, secrets: Secrets) -> None:
    for batch in (secrets.batch, "no-such-batch"):
        for actor in (world.cem, world.otto):
            with pytest.raises(Refused) as refused:
                undo_batch(actor, batch)
            assert (refused.value.status, refused.value.problems[0].key) == (422, "unknown-batch")
    assert Measurement.objects.filter(batch__key=secrets.batch, superseded_at=None).count() == 6


def test_a_batch_with_a_hidden_value_among_visible_ones_is_not_taken_back(world: World, secrets: Secrets) -> None:
    from sextant.metrics.commands import RawPoint

    mixed = record(admin(), [RawPoint(HIDDEN_KEY, "2026-08", 1.0), RawPoint("visits", "2026-08", 1.0)]).batch
    with pytest.raises(NotAllowed) as refused:
        undo_batch(world.cem, mixed)
    assert HIDDEN_KEY not in str(refused.value)
    assert Measurement.objects.filter(batch__key=mixed, superseded_at=None).count() == 2


def test_a_batch_without_standing_values_is_taken_back_by_who_recorded_it_alone(world: World) -> None:
    make_metric("visits")
    first = record_values("visits", {"2026-01": 1}).batch
    record_values("visits", {"2026-01": 2})
    with pytest.raises(Refused):
        undo_batch(world.otto, first)
    assert Batch.objects.get(key=first).undone_at is None
    assert undo_batch(world.ada, first).counts["removed"] == 0


def test_both_versions_of_an_arrangement_leave_hidden_kpis_out(world: World, secrets: Secrets) -> None:
    card = visible("scorecard", world.lea).get(key="emergency")
    change_scorecard(admin(), card, version=card.version, owner=world.person("cem"))
    card.refresh_from_db()
    seen = arrangement_version(card)
    visits = Kpi.objects.get(key="visits")
    place_kpi(admin(), card, visits, weight=3)
    with pytest.raises(Stale) as stale:
        set_arrangement(world.cem, card, [(visits, 1.0)], version=seen)
    assert HIDDEN_NAME not in str(stale.value.theirs)
    assert "Visits" in str(stale.value.theirs)


def test_what_happened_before_a_thing_was_restricted_is_restricted_with_it(world: World) -> None:
    kpi = make_kpi("bonus", name="Bonus of the board", active=True)
    record_values(kpi, {"2026-01": 3})
    assert visible("event", world.otto).filter(subject_key="bonus").exists()
    kpi.refresh_from_db()
    change_kpi(admin(), kpi, version=kpi.version, visibility="people")
    assert not visible("event", world.otto).filter(subject_key="bonus").exists()
    assert not visible("event", world.cem).filter(subject_label__contains="Bonus").exists()
    assert visible("event", world.lea).filter(subject_key="bonus", name="metric.created").exists()


def test_what_happened_to_a_scorecard_is_restricted_with_it(world: World) -> None:
    card = create_scorecard(admin(), name="Bonuses", team=world.emergency)
    change_scorecard(admin(), card, version=1, visibility="people", owner=world.person("lea"))
    assert not visible("event", world.cem).filter(subject_key=card.key).exists()
    assert visible("event", world.lea).filter(subject_key=card.key).count() == 2


def test_the_library_does_not_tell_of_a_hidden_kpi_made_from_it(world: World) -> None:
    made = install_from_library(admin(), "time-to-hire", world.emergency)
    change_kpi(admin(), made, version=made.version, visibility="people")
    assert install_from_library(world.cem, "time-to-hire", world.emergency).key != made.key


def brought_in(world: World, person: str, team: Any, folder: Path, text: str, name: str = "kpis.csv") -> Import:
    file = folder / name
    file.write_text(text)
    imp = exchange.start_import(world.actor(person), name=name, team=team)
    return exchange.read_import(world.actor(person), imp, paths=[file])


SHEET = "KPI,2026-01,2026-02,2026-03\nBeds made,1,2,3\nMeals,4,5,6\n"


def test_two_teams_import_the_same_file_without_learning_of_each_other(world: World, tmp_path: Path) -> None:
    first = brought_in(world, "lea", world.emergency, tmp_path, SHEET)
    exchange.confirm_import(world.lea, first)
    for metric in Metric.objects.filter(team=world.emergency, name__in=("Beds made", "Meals")):
        change_metric(admin(), metric, version=metric.version, visibility="team")
    second = brought_in(world, "otto", world.surgery, tmp_path, SHEET)
    assert second.summary["counts"]["known"] == 0
    assert exchange.confirm_import(world.otto, second).new_metrics == 2
    third = brought_in(world, "otto", world.surgery, tmp_path, SHEET.replace("3\n", "9\n"))
    assert third.summary["counts"]["known"] == 2
    assert exchange.confirm_import(world.otto, third).new_metrics == 0


def test_a_column_of_teams_makes_no_kpi_where_one_has_no_right(world: World, tmp_path: Path) -> None:
    sheet = "KPI,Team,2026-01,2026-02\nBeds made,Surgery,1,2\nMeals,Emergency,4,5\n"
    exchange.confirm_import(world.cem, brought_in(world, "cem", world.emergency, tmp_path, sheet))
    assert {metric.team for metric in Metric.objects.filter(name__in=("Beds made", "Meals"))} == {world.emergency}


def test_an_import_of_restricted_values_is_for_who_may_see_them(world: World, secrets: Secrets, tmp_path: Path) -> None:
    imp = brought_in(world, "lea", world.emergency, tmp_path, f"KPI,2026-01,2026-02\n{HIDDEN_NAME},7431975,7431975\n")
    assert visible("import", world.lea).filter(key=imp.key).exists()
    assert not visible("import", world.cem).filter(key=imp.key).exists()
    exchange.confirm_import(world.lea, imp)
    assert not visible("event", world.cem).filter(subject_key=imp.key).exists()


def test_a_file_of_restricted_values_that_others_upload_matches_nothing(
    world: World, secrets: Secrets, tmp_path: Path
) -> None:
    imp = brought_in(world, "cem", world.emergency, tmp_path, f"KPI,2026-01,2026-02\n{HIDDEN_NAME},1,2\n")
    assert (imp.summary["counts"]["known"], imp.summary["counts"]["asked"]) == (0, 0)
    exchange.confirm_import(world.cem, imp)
    assert Measurement.objects.filter(metric=secrets.hidden.metric, value__lt=3).count() == 0


def test_a_metric_moves_only_to_a_team_where_one_may_add_metrics(world: World) -> None:
    metric = make_metric("visits")
    with pytest.raises(NotAllowed):
        change_metric(world.lea, metric, version=metric.version, team=world.surgery)
    card = create_scorecard(world.lea, name="Mine", team=world.emergency)
    with pytest.raises(NotAllowed):
        change_scorecard(world.lea, card, version=card.version, team=world.surgery)
    assert change_metric(world.ada, metric, version=metric.version, team=world.surgery).team == world.surgery


def test_who_may_change_a_formula_but_not_see_its_inputs_reads_it_without_them(world: World, secrets: Secrets) -> None:
    version = secrets.calculated.version
    change_kpi(admin(), secrets.calculated, version=version, owner=world.person("cem"))
    client = world.client("cem")
    page = client.get("/kpis/people-cost/definition").content.decode()
    assert "[…] / [visits]" in page
    assert HIDDEN_KEY not in page
    sent = {"version": "1", "how_measured": "Said better.", "formula": "[…] / [visits]", "kind": "correction"}
    assert client.post("/kpis/people-cost/definition", sent).status_code == 302
    now = secrets.calculated.metric.definitions.get(superseded_at=None)
    assert (now.how_measured, now.formula) == ("Said better.", f"[{HIDDEN_KEY}] / [visits]")
    stale = client.post("/kpis/people-cost/definition", {**sent, "version": "7"})
    assert stale.status_code == 409
    assert HIDDEN_KEY not in stale.content.decode()


def test_who_may_change_a_ratio_but_not_see_its_parts_keeps_them_unnamed(world: World, secrets: Secrets) -> None:
    visits = Metric.objects.get(key="visits")
    make_kpi("cost-share", numerator=secrets.hidden.metric, denominator=visits, unit="percent", aggregation="ratio",
             owner=world.person("cem"))  # fmt: skip
    client = world.client("cem")
    page = client.get("/kpis/cost-share/edit")
    assert HIDDEN_KEY not in page.content.decode()
    form = page.context["form"]
    sent = {name: str(value) for name, value in form.initial.items() if value not in (None, [], False)}
    assert client.post("/kpis/cost-share/edit", {**sent, "name": "Cost per visit"}).status_code == 302
    now = Metric.objects.get(key="cost-share")
    assert (now.name, now.numerator_id) == ("Cost per visit", secrets.hidden.metric_id)


def test_an_owner_of_nothing_but_hidden_kpis_is_not_among_the_owners_to_filter_by(world: World) -> None:
    kpi = make_kpi("bonus", visibility="people", owner=world.person("vic"))
    make_kpi("visits")
    assert "Vic Viewer" not in world.client("otto").get("/kpis/").content.decode()
    assert kpi.name in world.client("vic").get("/kpis/").content.decode()


def test_an_open_breakdown_does_not_tell_the_words_of_a_hidden_headline(world: World, secrets: Secrets) -> None:
    make_metric("open-part", how_measured="", part_of=secrets.hidden.metric)
    for address in ("/metrics/open-part/", "/metrics/open-part/card", "/metrics/open-part/definition"):
        assert "Zanzibar" not in world.client("cem").get(address).content.decode()
    assert "Zanzibar" not in str(script(world, "cem").get("/metrics/open-part", why=1))


def test_an_uploaded_place_cannot_lead_out_of_its_folder() -> None:
    from sextant.exchange.receiving import safe_path

    for told in ("../../etc/x", "/etc/x", "C:\\..\\x", "..\\..\\x", "a/../../x", "\ud800/x", "x\0y", ". ./.. /x", "~/x",
                 "a" * 5000, "/".join(["a"] * 500), "", "...", "\u202e/x", "con/nul"):  # fmt: skip
        safe = safe_path(told)
        safe.encode()
        assert not safe.startswith("/")
        assert ".." not in safe.split("/")
        assert "\0" not in safe
        assert all(0 < len(part.encode()) <= 255 for part in safe.split("/"))
