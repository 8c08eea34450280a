"""The pages of a KPI: what they show, how forms answer, and that the past cannot be edited."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from sextant.calc.periods import Frequency, label, period_of, shift
from sextant.kpis.commands import change_kpi, create_scorecard, place_kpi
from sextant.kpis.models import Kpi
from sextant.metrics.commands import add_marker, choose_limits
from sextant.metrics.models import Definition, DetectionSetting, Measurement
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.queries import today
from tests.doors.waiting_time import waiting_time
from tests.make import admin, last_months, make_kpi, make_metric, record_values
from tests.world import World


@pytest.fixture
def kpi(world: World) -> Kpi:
    return waiting_time()


@pytest.fixture
def lea(world: World) -> Client:
    return world.client("lea")


def current(kpi: Kpi) -> dict[str, object]:
    """The fields of the edit form as the page shows them."""
    kpi.refresh_from_db()
    metric = kpi.metric
    return {
        "version": kpi.version, "name": metric.name, "team": metric.team.key, "owner": "lea-lead", "theme": "",
        "reason": kpi.reason, "unit": metric.unit, "direction": metric.direction, "frequency": metric.frequency,
        "aggregation": metric.aggregation, "precision": "" if metric.precision is None else metric.precision,
        "visibility": metric.visibility, "grace_days": metric.grace_days, "review_every_months": 12,
        "review_on": kpi.review_on.isoformat() if kpi.review_on else "",
    }  # fmt: skip


def test_the_page_answers_how_it_is_doing_and_whether_that_can_be_believed(lea: Client, kpi: Kpi) -> None:
    page = lea.get("/kpis/waiting-time/").content.decode()
    said = (
        "52 min", "Off target", "17 min above target", "red flag 45 min", "Trust ", "outside its normal range",
        "Nice to know", "Enter a value",
    )  # fmt: skip
    for words in said:
        assert words in page, words


def test_every_derived_number_says_why(lea: Client, kpi: Kpi) -> None:
    page = lea.get("/kpis/waiting-time/").content.decode()
    for rule in ("value-recorded", "past-red-flag", "target-holds-from", "score-from-target", "limits-computed",
                 "assurance-from-limits", "freshness-", "trust-grade"):  # fmt: skip
        assert rule in page, rule


def test_the_page_fetches_itself_again_when_its_metric_changes(lea: Client, kpi: Kpi) -> None:
    page = lea.get("/kpis/waiting-time/").content.decode()
    assert 'data-topics="kpi:waiting-time metric:waiting-time measurements"' in page
    assert 'hx-trigger="sextant-changed"' in page


def test_the_past_shows_what_was_known_and_offers_no_change(lea: Client, kpi: Kpi) -> None:
    yesterday = (today() - timedelta(days=1)).isoformat()
    page = lea.get(f"/kpis/waiting-time/?as_of={yesterday}").content.decode()
    assert "as it was known then" in page
    assert "Enter a value" not in page
    assert "data-topics" not in page.partition("<main")[2]
    answer = lea.post(
        f"/kpis/waiting-time/values?as_of={yesterday}", {"period": "2026-01", "value": "1", "state": "observed"}
    )
    assert answer.status_code == 422
    assert not Measurement.objects.filter(value=1).exists()


@pytest.mark.parametrize("part", ["targets", "values", "limits", "markers", "definition", "history", "action", "card"])
def test_the_past_can_be_read_on_every_page_without_forms_that_change(lea: Client, kpi: Kpi, part: str) -> None:
    answer = lea.get(f"/kpis/waiting-time/{part}?as_of={(today() - timedelta(days=1)).isoformat()}")
    assert answer.status_code == 200
    assert 'class="button primary"' not in answer.content.decode()


def test_the_card_is_a_fragment_inside_a_page_and_a_page_of_its_own(lea: Client, kpi: Kpi) -> None:
    whole = lea.get("/kpis/waiting-time/card").content.decode()
    part = lea.get("/kpis/waiting-time/card", headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    for words in ("Counted by the front desk.", "Lower is better", "Monthly", "Lea Lead", "Minutes"):
        assert words in part
        assert words in whole


def test_longer_periods_are_one_click_away_and_a_percentage_says_why_not(lea: Client, kpi: Kpi) -> None:
    assert "Q" in lea.get("/kpis/waiting-time/?grain=quarter").content.decode()
    make_kpi("share", unit="percent", aggregation="mean")
    record_values("share", last_months([50.0] * 8))
    page = lea.get("/kpis/share/?grain=year").content.decode()
    assert "Percentages are not averaged" in page


def test_a_scorecard_and_the_dependants_are_named(world: World, lea: Client, kpi: Kpi) -> None:
    card = create_scorecard(admin(), name="Board of the desk", team=world.emergency)
    place_kpi(admin(), card, kpi)
    make_metric("twice", name="Twice the wait", formula="2 * [waiting-time]")
    page = lea.get("/kpis/waiting-time/").content.decode()
    assert "Board of the desk" in page
    assert "Twice the wait" in page


def test_a_draft_says_what_is_missing_and_where_to_say_it(lea: Client) -> None:
    make_kpi("incidents", how_measured="", reason="")
    page = lea.get("/kpis/incidents/").content.decode()
    assert "/kpis/incidents/definition#id_how_measured" in page
    assert "/kpis/incidents/edit#id_theme" in page
    answer = lea.post("/kpis/incidents/activation")
    assert answer.status_code == 422
    assert "Say how the KPI is measured." in answer.content.decode()


def test_a_complete_draft_is_activated(lea: Client) -> None:
    make_kpi("incidents")
    assert lea.post("/kpis/incidents/activation").status_code == 302
    assert Kpi.objects.get(key="incidents").state == "active"


def test_a_value_is_entered_and_corrected_with_its_history(lea: Client, kpi: Kpi) -> None:
    period = label(shift(period_of(today(), Frequency.MONTH), -1))
    lea.post("/kpis/waiting-time/values", {"period": period, "value": "38", "state": "observed", "note": "Recount"})
    page = lea.get("/kpis/waiting-time/values").content.decode()
    assert "Recount" in page
    assert "<s>52 min</s>" in page
    assert "corrected" in page
    assert "corrected since" in lea.get("/kpis/waiting-time/").content.decode()


def test_what_was_recorded_can_be_taken_back_from_the_message(lea: Client, kpi: Kpi) -> None:
    answer = lea.post("/kpis/waiting-time/values", {"period": "2020-01", "value": "38", "state": "observed"})
    [message] = get_messages(answer.wsgi_request)
    undo = message.extra_tags.removeprefix("undo:")
    lea.post(undo)
    assert not Measurement.objects.filter(value=38, superseded_at=None).exists()


@pytest.mark.parametrize(
    ("period", "value", "words"),
    [
        ("2026-13", "5", "2026-13"),
        ("2026-01", "many", "not a number"),
        ("2026-01", "1e400", ""),
        ("2026", "5", "covers"),
    ],
)
def test_a_bad_value_is_kept_in_the_form_with_what_was_wrong(
    lea: Client, kpi: Kpi, period: str, value: str, words: str
) -> None:
    before = Measurement.objects.count()
    answer = lea.post("/kpis/waiting-time/values", {"period": period, "value": value, "state": "observed"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert f'value="{value}"' in page
    assert Measurement.objects.count() == before


def test_pasted_lines_keep_the_good_ones_and_name_the_others(lea: Client, kpi: Kpi) -> None:
    text = "Month\tMinutes\n2020-01\t31,5\n2020-02\tsoon\n2020-03\tN/A\n2020-04"
    answer = lea.post("/kpis/waiting-time/values/paste", {"pasted": text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 3" in page
    assert "Line 5" in page
    assert "2020-02\tsoon" in page
    kept = Measurement.objects.filter(metric=kpi.metric, start__lt=441_000, superseded_at=None).order_by("start")
    assert [(one.value, one.state) for one in kept] == [(31.5, "observed"), (None, "not_applicable")]


def test_a_calculated_metric_takes_no_values_and_says_where_they_go(lea: Client) -> None:
    make_metric("cost")
    make_kpi("double", formula="2 * [cost]", how_measured="")
    page = lea.get("/kpis/double/values").content.decode()
    assert "/metrics/cost/" in page
    assert "Record these lines" not in page


def test_limits_are_previewed_without_saving_and_saved_with_a_reason(lea: Client, kpi: Kpi) -> None:
    start = str(shift(period_of(today(), Frequency.MONTH), -10).start)
    fields = {"dividers": "", "add_divider": start, "do": "preview"}
    page = lea.post("/kpis/waiting-time/limits", fields).content.decode()
    assert "A preview" in page
    assert not DetectionSetting.objects.exists()
    refused = lea.post("/kpis/waiting-time/limits", fields | {"do": "save"})
    assert refused.status_code == 422
    assert lea.post("/kpis/waiting-time/limits", fields | {"do": "save", "reason": "New desk"}).status_code == 302
    assert DetectionSetting.objects.get().limits == {"dividers": [int(start)]}


def test_limits_that_cannot_be_drawn_are_refused_before_they_are_kept(lea: Client, kpi: Kpi) -> None:
    fields = {"season_length": "12", "seasonal_factors": "1 2 3", "reason": "Season", "do": "save"}
    answer = lea.post("/kpis/waiting-time/limits", fields)
    assert answer.status_code == 422
    assert "12 factors, not 3" in answer.content.decode()
    crossed = {"lower": "30", "centre": "20", "upper": "40", "reason": "By hand", "do": "save"}
    assert lea.post("/kpis/waiting-time/limits", crossed).status_code == 422
    assert not DetectionSetting.objects.exists()


def test_seasonal_factors_are_shown_and_can_be_typed(lea: Client, kpi: Kpi) -> None:
    choose_limits(admin(), kpi.metric, limits={"season_length": 12}, reason="A year")
    assert "Seasonal factors in use" in lea.get("/kpis/waiting-time/limits").content.decode()
    typed = " ".join(["1"] * 12)
    fields = {"season_length": "12", "seasonal_factors": typed, "reason": "Flat", "do": "save"}
    assert lea.post("/kpis/waiting-time/limits", fields).status_code == 302
    assert DetectionSetting.objects.get(superseded_at=None).limits["seasonal_factors"] == [1.0] * 12


def test_a_note_stands_on_the_chart_until_it_is_taken_off_and_can_come_back(lea: Client, kpi: Kpi) -> None:
    when = label(shift(period_of(today(), Frequency.MONTH), -3))
    lea.post("/kpis/waiting-time/markers", {"period": when, "label": "New triage desk"})
    assert "New triage desk" in lea.get("/kpis/waiting-time/chart.svg").content.decode()
    marker = kpi.metric.markers.get()
    answer = lea.post(f"/kpis/waiting-time/markers/{marker.pk}/removal")
    assert "New triage desk" not in lea.get("/kpis/waiting-time/chart.svg").content.decode()
    [message] = [one for one in get_messages(answer.wsgi_request) if "taken off" in str(one)]
    lea.post(message.extra_tags.removeprefix("undo:"))
    assert "New triage desk" in lea.get("/kpis/waiting-time/chart.svg").content.decode()


def test_a_new_definition_needs_a_reason_and_a_period_and_marks_the_chart(lea: Client, kpi: Kpi) -> None:
    fields = {"version": "1", "how_measured": "By the app.", "kind": "version", "valid_from": "", "reason": "New app"}
    refused = lea.post("/kpis/waiting-time/definition", fields)
    assert refused.status_code == 422
    assert "By the app." in refused.content.decode()
    since = label(shift(period_of(today(), Frequency.MONTH), -5))
    assert lea.post("/kpis/waiting-time/definition", fields | {"valid_from": since}).status_code == 302
    assert "New app" in lea.get("/kpis/waiting-time/chart.svg").content.decode()


def test_a_stale_definition_shows_both_versions(lea: Client, kpi: Kpi) -> None:
    since = label(shift(period_of(today(), Frequency.MONTH), -5))
    fields = {"version": "1", "how_measured": "By the app.", "kind": "version", "valid_from": since, "reason": "App"}
    lea.post("/kpis/waiting-time/definition", fields)
    late = lea.post("/kpis/waiting-time/definition", fields | {"how_measured": "By hand.", "kind": "correction"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "By hand." in page
    assert "By the app." in page
    assert 'name="version" value="2"' in page
    assert Definition.objects.filter(superseded_at=None, how_measured="By hand.").count() == 0


def test_only_what_differs_is_changed(lea: Client, kpi: Kpi) -> None:
    answer = lea.post("/kpis/waiting-time/edit", current(kpi) | {"decision": "Staff the night shift"})
    assert answer.status_code == 302
    kpi.refresh_from_db()
    assert kpi.decision == "Staff the night shift"
    assert kpi.metric.version == 1


def test_a_stale_edit_shows_both_versions_and_offers_to_go_on(lea: Client, kpi: Kpi) -> None:
    opened = current(kpi)
    change_kpi(admin(), kpi, version=kpi.version, response_plan="Call the bed manager.")
    answer = lea.post("/kpis/waiting-time/edit", opened | {"response_plan": "Open the overflow room."})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Call the bed manager." in page
    assert "Open the overflow room." in page
    assert "Save mine over theirs" in page


def test_a_kpi_archived_by_mistake_comes_back_by_the_undo_of_the_message(lea: Client, kpi: Kpi) -> None:
    answer = lea.post("/kpis/waiting-time/archive")
    [message] = get_messages(answer.wsgi_request)
    assert "Bring it back" in lea.get("/kpis/waiting-time/").content.decode()
    lea.post(message.extra_tags.removeprefix("undo:"))
    kpi.refresh_from_db()
    assert kpi.archived_at is None


def test_a_kpi_of_ones_own_is_added_with_its_target_and_values(lea: Client) -> None:
    fields = {
        "name": "Calls answered", "team": "emergency", "owner": "lea-lead", "unit": "currency:", "unit_label": "cad",
        "direction": "up", "frequency": "month", "aggregation": "sum", "visibility": "organisation", "target": "1,200",
        "values": "2026-01\t1000\n2026-02\t1100",
    }  # fmt: skip
    answer = lea.post("/kpis/new", fields)
    assert answer.headers["Location"] == "/kpis/calls-answered/"
    made = Kpi.objects.get(key="calls-answered")
    assert (made.state, made.metric.unit) == ("draft", "currency:CAD")
    assert made.targets.get().target == 1200
    assert made.metric.measurements.count() == 2


def test_a_refused_kpi_keeps_what_was_typed_and_writes_nothing(lea: Client) -> None:
    fields = {"name": "Margin", "team": "emergency", "unit": "percent", "direction": "up", "frequency": "month",
              "aggregation": "last", "visibility": "organisation", "formula": "[nowhere] / 2"}  # fmt: skip
    answer = lea.post("/kpis/new", fields)
    assert answer.status_code == 422
    assert "[nowhere] / 2" in answer.content.decode()
    assert not Kpi.objects.filter(metric__name="Margin").exists()


def test_a_formula_is_checked_while_it_is_typed(lea: Client) -> None:
    make_metric("cost")
    record_values("cost", last_months([60.0, 80.0]))
    page = lea.post("/metrics/formula-check", {"formula": "[cost] / 2"}).content.decode()
    assert "divided by 2" in page
    assert '<td class="num">40</td>' in page
    assert "/metrics/cost/" in page
    refused = lea.post("/metrics/formula-check", {"formula": "[cost] +* 2"}).content.decode()
    assert "does not belong here" in refused
    deep = lea.post("/metrics/formula-check", {"formula": "(" * 10_000 + "1" + ")" * 10_000})
    assert deep.status_code == 200


def test_a_metric_without_a_kpi_has_a_page_and_is_watched_by_one_button(world: World, lea: Client) -> None:
    make_metric("front-desk-calls")
    record_values("front-desk-calls", last_months([5.0] * 8))
    assert "Watch this as a KPI" in lea.get("/metrics/front-desk-calls/").content.decode()
    answer = lea.post("/metrics/front-desk-calls/watching")
    assert answer.headers["Location"] == "/kpis/front-desk-calls/"
    assert lea.get("/metrics/front-desk-calls/").headers["Location"] == "/kpis/front-desk-calls/"


@pytest.mark.parametrize("part", ["", "card", "values", "targets", "limits", "history", "chart.svg", "data.csv"])
def test_a_hidden_kpi_is_not_there_on_any_of_its_pages(world: World, part: str) -> None:
    make_kpi("secret", visibility="team", team=world.surgery, owner=world.person("otto"))
    assert world.client("vic").get(f"/kpis/secret/{part}").status_code == 404


def test_the_downloads_carry_the_chart_and_its_table(lea: Client, kpi: Kpi) -> None:
    add_marker(admin(), kpi.metric, start=standpoint().hour("month") - 2000, label="=cmd()")
    drawn = lea.get("/kpis/waiting-time/chart.svg")
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    assert drawn.content.startswith(b"<svg")
    assert lea.get("/kpis/waiting-time/chart.png").content.startswith(b"\x89PNG")
    rows = lea.get("/kpis/waiting-time/data.csv").content.decode().splitlines()
    assert rows[0].startswith("period,value,target,red_flag")
    assert len(rows) == 25
    assert ",52,35,45," in rows[-1]


def test_what_an_import_assumed_is_confirmed_by_one_button(lea: Client) -> None:
    made = make_kpi("incidents")
    Kpi.objects.filter(pk=made.pk).update(assumed=["direction", "unit"])
    assert "Assumed by the import: direction, unit." in lea.get("/kpis/incidents/").content.decode()
    lea.post("/kpis/incidents/confirmation")
    made.refresh_from_db()
    assert made.assumed == []


def test_a_sensitive_value_waits_for_approval_and_a_changed_one_waits_again(lea: Client, kpi: Kpi) -> None:
    change_kpi(admin(), kpi, version=kpi.version, needs_approval=True)
    page = lea.get("/kpis/waiting-time/").content.decode()
    assert "Approve this value" in page
    assert "has not been approved" in page
    assert lea.post("/kpis/waiting-time/approval", {"value": "51"}).status_code == 422
    lea.post("/kpis/waiting-time/approval", {"value": "52.0"})
    assert "Approve this value" not in lea.get("/kpis/waiting-time/").content.decode()


def test_a_metric_that_nobody_watches_can_be_put_right(lea: Client) -> None:
    metric = make_metric("front-desk-calls", owner=None)
    fields = {
        "version": "1", "name": "Calls at the desk", "team": "emergency", "owner": "lea-lead", "theme": "",
        "unit": "count", "direction": "down", "frequency": "month", "aggregation": "sum", "visibility": "organisation",
        "grace_days": "3",
    }  # fmt: skip
    assert lea.post("/metrics/front-desk-calls/edit", fields).status_code == 302
    metric.refresh_from_db()
    assert (metric.name, metric.direction, metric.grace_days) == ("Calls at the desk", "down", 3)
    assert lea.post("/metrics/front-desk-calls/edit", fields | {"name": "Other"}).status_code == 409
