"""Every derived number explains itself, and a script that knows only the API and the method comes to the same."""

from __future__ import annotations

import random
import statistics
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from sextant.kpis.commands import create_scorecard, note_action, set_target
from sextant.kpis.queries.why import COMPUTED
from sextant.metrics.models import Measurement
from sextant.people.queries import today
from tests.doors.calls import Script, script
from tests.make import admin, last_months, make_kpi, make_metric, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


def computed_fields(call: Script, name: str) -> set[str]:
    """The fields the description of the API calls computed."""
    fields = call.get("/openapi.json")["components"]["schemas"][name]["properties"]
    return {field for field, said in fields.items() if said.get("description", "").startswith("Computed")}


def test_every_computed_field_has_its_explanation(world: World) -> None:
    kpi = make_kpi()
    set_target(admin(), kpi, target=10, red_flag=5)
    record_values(kpi, last_months([8, 9, 11, 8, 12, 9, 10, 11]))
    create_scorecard(admin(), name="Card", team=world.emergency, kpis=[kpi])
    call = script(world, "vic", "read")
    answers = {
        "KpiOut": call.get("/kpis/waiting-time", why=1),
        "MetricOut": call.get("/metrics/waiting-time", why=1),
        "LimitsOut": call.get("/metrics/waiting-time/limits", why=1),
        "ScorecardOut": call.get("/scorecards/card", why=1),
        "CellOut": call.get("/scorecards/card", why=1)["rows"][0]["cells"][0],
    }
    for name, answer in answers.items():
        assert computed_fields(call, name), name
        assert computed_fields(call, name) <= set(answer["why"]), name
        for field, why in answer["why"].items():
            assert set(why) == {"rule", "formula", "inputs", "source"}
            assert why["rule"]
            assert why["formula"]
            assert why["source"].startswith("method#")
            assert "result" in why["inputs"] or name == "LimitsOut", field
    assert set(COMPUTED) == set(answers["KpiOut"]["why"])
    assert call.get("/scorecards/card", why=1)["rows"][0]["kpi"]["why"]
    assert set(call.get("/kpis/waiting-time/chart", why=1)["why"]) >= {"segments", "marks", "targets", "assurance"}
    [first, *_] = call.get("/metrics/waiting-time/measurements", why=1)["items"]
    assert set(first["why"]) == {"value", "text", "complete"}


def test_nobody_who_did_not_ask_gets_explanations(world: World) -> None:
    make_kpi()
    call = script(world, "vic", "read")
    assert "why" not in call.get("/kpis/waiting-time")


def test_a_result_in_an_explanation_is_the_field_itself(world: World) -> None:
    kpi = make_kpi()
    set_target(admin(), kpi, target=10, red_flag=5, stretch=12)
    record_values(kpi, last_months([8, 9, 13]))
    answer = script(world, "vic", "read").get("/kpis/waiting-time", why=1)
    for field in ("value", "period", "previous", "target", "red_flag", "stretch", "status", "exceeded", "score",
                  "freshness", "assurance"):  # fmt: skip
        assert answer["why"][field]["inputs"]["result"] == answer[field], field
    assert answer["why"]["trust"]["inputs"]["result"] == answer["trust"]["grade"]


# From here on: what a script computes by itself, from the method page and the API alone.


def status_by_hand(value: float | None, target: dict[str, Any] | None, direction: str) -> str:
    if value is None:
        return "no_data"
    if target is None or target["target"] is None:
        return "no_target"
    sign = 1 if direction == "up" else -1
    if sign * value >= sign * target["target"]:
        return "on_target"
    if target["red_flag"] is None:
        return "off_target"
    return "watch" if sign * value >= sign * target["red_flag"] else "off_target"


def score_by_hand(value: float, target: float, red_flag: float) -> float:
    return min(10.0, max(0.0, 10 / 3 + (value - red_flag) / (target - red_flag) * 10 / 3))


def limits_by_hand(values: list[float]) -> tuple[float, float, float]:
    centre = statistics.fmean(values)
    spread = statistics.fmean(abs(b - a) for a, b in pairwise(values))
    return centre - 2.66 * spread, centre, centre + 2.66 * spread


def target_by_hand(period: str, targets: list[dict[str, Any]]) -> dict[str, Any] | None:
    named = [one for one in targets if one["period"] == period]
    if named:
        return named[-1]
    holding = [
        one for one in targets
        if one["period"] is None and one["aim_by"] is None and (one["valid_from"] or "0000") <= f"{period}-01"
    ]  # fmt: skip
    return max(holding, key=lambda one: (one["valid_from"] or "0000", one["id"]), default=None)


def test_a_script_recomputes_status_score_and_limits_from_measurements_and_targets(world: World) -> None:
    chance = random.Random(11)
    cases = [("up", 100.0, 80.0), ("down", 80.0, 110.0), ("up", 104.0, None), ("down", 97.0, 98.5)]
    for number, (direction, target, red_flag) in enumerate(cases):
        kpi = make_kpi(f"kpi-{number}", direction=direction, unit="number", aggregation="last")
        months = last_months([round(100 + chance.gauss(0, 8), 3) for _ in range(30)])
        record_values(kpi, months)
        set_target(admin(), kpi, target=target, red_flag=red_flag)
        set_target(
            admin(), kpi, target=target + (1 if direction == "up" else -1), red_flag=red_flag, valid_from=480_000
        )
    call = script(world, "vic", "read")
    for kpi in call.all("/kpis"):
        values = [one for one in call.all(f"/metrics/{kpi['metric']}/measurements", limit=7) if one["complete"]]
        targets = call.all(f"/kpis/{kpi['key']}/targets")
        newest = values[-1]
        judged = target_by_hand(newest["period"], targets)
        assert (kpi["period"], kpi["value"]) == (newest["period"], newest["value"])
        assert judged is not None
        assert kpi["target"] == judged["target"]
        assert kpi["status"] == status_by_hand(newest["value"], judged, kpi["direction"])
        if judged["red_flag"] is None:
            assert kpi["score"] is None
        else:
            by_hand = score_by_hand(newest["value"], judged["target"], judged["red_flag"])
            assert kpi["score"] == pytest.approx(by_hand)
        chart = call.get(f"/kpis/{kpi['key']}/chart")
        lower, centre, upper = limits_by_hand([one["value"] for one in values])
        [segment] = chart["segments"]
        assert segment["centre"][-1] == pytest.approx(centre)
        assert segment["lower"][-1] == pytest.approx(lower)
        assert segment["upper"][-1] == pytest.approx(upper)
        assert kpi["limits"]["upper"] == pytest.approx(upper)
        outside = {one["period"] for one in values if not lower <= one["value"] <= upper}
        assert outside == {mark["period"] for mark in chart["marks"] if mark["rule"] == "outside"}


def test_a_script_recomputes_coarser_periods_from_the_finer_ones(world: World) -> None:
    rules = {
        "sum": sum, "mean": statistics.fmean, "last": lambda values: values[-1], "min": min, "max": max,
    }  # fmt: skip
    for rule in rules:
        make_metric(f"by-{rule}", aggregation=rule, unit="number")
        record_values(f"by-{rule}", monthly(2024, [3, 1, 4, 1, 5, 9]))
    call = script(world, "vic", "read")
    for rule, by_hand in rules.items():
        months = [one["value"] for one in call.all(f"/metrics/by-{rule}/measurements")]
        quarters = call.all(f"/metrics/by-{rule}/measurements", grain="quarter", why=1)
        assert [one["period"] for one in quarters] == ["2024-Q1", "2024-Q2"]
        assert [one["value"] for one in quarters] == [by_hand(months[:3]), by_hand(months[3:])]
        inputs = quarters[1]["why"]["value"]["inputs"]
        assert [one["value"] for one in inputs["finer_values"]] == months[3:]


def test_percentages_are_not_averaged_over_coarser_periods(world: World) -> None:
    make_metric("share", unit="percent", aggregation="mean")
    record_values("share", monthly(2024, [50, 60, 70]))
    refused = script(world, "vic", "read")("GET", "/metrics/share/measurements", grain="quarter")
    assert (refused.status, refused.body["problems"][0]["field"]) == (422, "grain")


def test_a_script_recomputes_a_ratio_from_its_parts(world: World) -> None:
    seen, all_ = make_metric("seen"), make_metric("all-patients")
    make_metric("share-seen", unit="percent", numerator=seen, denominator=all_, aggregation="ratio")
    record_values("seen", monthly(2024, [90, 40, 75]))
    record_values("all-patients", monthly(2024, [100, 50, 100]))
    call = script(world, "vic", "read")
    months = call.all("/metrics/share-seen/measurements", why=1)
    assert [one["value"] for one in months] == pytest.approx([90, 80, 75])
    inputs = months[1]["why"]["value"]["inputs"]["inputs"]
    assert 100 * inputs["seen"][0]["value"] / inputs["all-patients"][0]["value"] == pytest.approx(months[1]["value"])
    [quarter] = call.all("/metrics/share-seen/measurements", grain="quarter")
    assert quarter["value"] == pytest.approx(100 * 205 / 250)


def test_a_value_made_of_finer_ones_shows_them(world: World) -> None:
    make_metric("arrivals", frequency="week", aggregation="sum")
    record_values("arrivals", {"2026-03-09": 1, "2026-03-10": 2, "2026-03-11": 4})
    [week] = script(world, "vic", "read").all("/metrics/arrivals/measurements", why=1)
    assert (week["period"], week["value"], week["coverage"]) == ("2026-W11", 7, pytest.approx(3 / 7))
    assert week["why"]["value"]["rule"] == "value-sum"
    assert [one["value"] for one in week["why"]["value"]["inputs"]["finer_values"]] == [1, 2, 4]


def test_a_script_recomputes_the_score_of_a_scorecard(world: World) -> None:
    kpis = []
    for number, value in enumerate([4, 8, 20]):
        kpi = make_kpi(f"kpi-{number}")
        set_target(admin(), kpi, target=10, red_flag=5)
        record_values(kpi, last_months([value]))
        kpis.append(kpi)
    note_action(admin(), kpis[0], text="A second desk")
    create_scorecard(admin(), name="Card", team=world.emergency, kpis=kpis)
    script(world, "lea")("PUT", "/scorecards/card/kpis/kpi-2", {"weight": 3})
    card = script(world, "vic", "read").get("/scorecards/card", why=1)
    scored = [(row["weight"], row["kpi"]["score"]) for row in card["rows"]]
    by_hand = sum(weight * score for weight, score in scored) / sum(weight for weight, _ in scored)
    assert card["score"] == pytest.approx(by_hand)
    statuses = [row["kpi"]["status"] for row in card["rows"]]
    assert card["counts"] == {status: statuses.count(status) for status in statuses}
    assert card["without_action"] == 0
    assert card["rows"][0]["kpi"]["action"]["text"] == "A second desk"


def test_revisions_and_the_past_are_told_apart(world: World) -> None:
    make_kpi()
    record_values("waiting-time", {"2024-01": 5, "2024-02": 7})
    Measurement.objects.update(known_at=timezone.now() - timedelta(days=5))
    record_values("waiting-time", {"2024-02": 8})
    call = script(world, "vic", "read")
    path = "/metrics/waiting-time/measurements"
    assert [one["value"] for one in call.all(path)] == [5, 8]
    revisions = call.all(path, revisions=1, limit=1)
    assert [(one["value"], one["superseded_at"] is None) for one in revisions] == [(5, True), (7, False), (8, True)]
    then = (today() - timedelta(days=2)).isoformat()
    assert [one["value"] for one in call.all(path, as_of=then)] == [5, 7]
    assert call.get("/kpis/waiting-time", as_of=then)["value"] == 7
    assert call.get("/kpis/waiting-time")["value"] == 8
    assert [one["period"] for one in call.all(path, **{"from": "2024-02", "to": "2024-Q1"})] == ["2024-02"]


def test_the_kpi_list_says_the_same_as_the_kpi(world: World) -> None:
    kpi = make_kpi()
    set_target(admin(), kpi, target=10, red_flag=5)
    record_values(kpi, last_months([float(value) for value in range(1, 40)]))
    call = script(world, "vic", "read")
    [listed] = call.all("/kpis")
    assert listed == call.get("/kpis/waiting-time")


def test_figures_are_sent_in_full_and_as_people_read_them(world: World) -> None:
    kpi = make_kpi(unit="percent", precision=1)
    record_values(kpi, last_months([61.123456789]))
    answer = script(world, "vic", "read").get("/kpis/waiting-time")
    assert answer["value"] == 61.123456789
    assert answer["text"]["value"].startswith("61.1")


def test_today_is_a_day_like_any_other(world: World) -> None:
    make_kpi()
    call = script(world, "vic", "read")
    assert call.get("/kpis/waiting-time", as_of=date(9000, 1, 1).isoformat())["status"] == "no_data"
    assert call.get("/kpis/waiting-time", as_of="1900-01-01")["status"] == "no_data"
