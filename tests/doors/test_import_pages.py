"""The import in the browser: choose, look, point, write, take back."""

import csv
import io
import tomllib

import pytest

from sextant.exchange import commands, queries
from sextant.exchange.models import Import, SavedMapping
from sextant.exchange.understanding.words import Role
from sextant.kpis.models import Kpi, Scorecard
from sextant.metrics.models import Measurement, Metric
from sextant.metrics.queries.series import series_of
from sextant.metrics.queries.standpoint import standpoint
from sextant.web.import_words import ROLE_WORDS
from tests.doors.importing import WIDE, bring, draft, page, point, table_of_columns, text_of, upload
from tests.make import admin, make_metric
from tests.world import World

pytestmark = pytest.mark.django_db


def test_every_role_of_a_column_can_be_pointed_at() -> None:
    assert {role.value for role in Role} == set(ROLE_WORDS)


def test_a_viewer_reads_imports_and_is_told_who_may_make_them(world: World) -> None:
    client = world.client("vic")
    assert "Contributors and leads" in client.get("/imports/").content.decode()
    assert client.get("/imports/new").status_code == 403
    assert upload(client, ("kpis.csv", WIDE)).status_code == 403


def test_an_upload_is_read_and_shown_and_writes_nothing(world: World) -> None:
    client = world.client("cem")
    imp = bring(client)
    shown = page(client, imp)
    assert "Nothing is written yet" in shown
    assert "4 values" in shown
    assert ("Waiting time" in shown, "1 kept out" in shown, "Lea Lead" in shown) == (True, True, True)
    assert not Metric.objects.exists()


def test_what_was_shown_is_written_and_can_be_taken_back(world: World) -> None:
    client = world.client("lea")
    imp = bring(client)
    client.post(f"/imports/{imp.key}/confirmation")
    assert Measurement.objects.count() == 4
    result = page(client, imp)
    assert "Make a scorecard of these 2" in result
    client.post(f"/imports/{imp.key}/undoing")
    assert not Measurement.objects.filter(superseded_at=None).exists()
    assert "taken back" in page(client, imp)


def test_a_second_click_shows_the_result_of_the_first(world: World) -> None:
    client = world.client("lea")
    imp = bring(client)
    for _ in range(2):
        assert client.post(f"/imports/{imp.key}/confirmation").status_code == 302
    assert Measurement.objects.count() == 4


def test_a_column_that_was_misread_is_pointed_right(world: World) -> None:
    client = world.client("cem")
    imp = bring(client)
    owner = table_of_columns(imp, "Owner")
    imp = point(client, imp, "table", table="0", **{f"column__{owner}": "theme"})
    assert draft(imp, "Waiting time")["theme"] == "Lea Lead"
    imp = point(client, imp, "table", table="0", **{f"column__{owner}": ""})
    assert draft(imp, "Waiting time")["owner"] == "Lea Lead"
    assert imp.mapping == {}


def test_a_table_can_be_left_out_and_taken_in_again(world: World) -> None:
    client = world.client("cem")
    imp = point(client, bring(client), "table", table="0", role="ignored")
    assert imp.summary["counts"]["metrics"] == 0
    assert "No numbers of KPIs were found" in page(client, imp)
    imp = point(client, imp, "table", table="0", role="")
    assert imp.summary["counts"]["metrics"] == 2


def test_number_format_and_date_order_are_a_choice(world: World) -> None:
    client = world.client("cem")
    imp = bring(client, 'KPI,Date,Value\nCost,01/02/2026,"1,234"\nCost,01/03/2026,"2,345"\n')
    imp = point(client, imp, "table", table="0", decimal=",", day_order="month")
    values = [one["value"] for one in imp.summary["tables"][0]["stored"]]
    assert values == [1.234, 2.345]
    assert [one["period"] for one in imp.summary["tables"][0]["stored"]] == ["2026-01-02", "2026-01-03"]


def test_a_header_row_further_down_is_pointed_at(world: World) -> None:
    client = world.client("cem")
    imp = bring(client)
    assert (
        client.post(f"/imports/{imp.key}/mapping", {"about": "table", "table": "0", "header_row": "x"}).status_code
        == 422
    )
    imp = point(client, imp, "table", table="0", header_row="1")
    assert imp.summary["tables"][0]["header_rows"] == [1]


def test_columns_without_a_year_are_asked_and_answered(world: World) -> None:
    client = world.client("cem")
    imp = bring(client, "KPI,Jan,Feb\nTickets,120,98\n")
    assert "needs an answer" in page(client, imp)
    offer = next(i for i, one in enumerate(imp.summary["offers"]) if one["required"])
    imp = point(client, imp, "questions", **{f"offer__{offer}": "2026"})
    assert imp.summary["counts"]["measurements"] == 2
    assert [period for period, *_ in draft(imp, "Tickets")["newest"]] == ["2026-01", "2026-02"]


def test_a_breakdown_is_brought_in_by_a_tick(world: World) -> None:
    client = world.client("cem")
    rows = [
        f"Visits,2026-{m:02d},{site},{m * n}" for m in range(1, 7) for n, site in ((3, "Total"), (1, "A"), (2, "B"))
    ]
    imp = bring(client, "KPI,Month,Site,Value\n" + "\n".join(rows) + "\n")
    offer = next(i for i, one in enumerate(imp.summary["offers"]) if one["setting"] == "breakdowns")
    asked = imp.summary["offers"][offer]["message"]
    imp = point(client, imp, "questions", **{f"offer__{offer}": "yes", f"offer__{offer}__asked": asked})
    assert imp.summary["counts"]["metrics"] == 3
    client.post(f"/imports/{imp.key}/confirmation")
    assert Metric.objects.filter(part_of__name="Visits").count() == 2


def test_a_share_of_two_columns_is_defined_without_typing_toml(world: World) -> None:
    client = world.client("cem")
    rows = [f"{site},2026-{m:02d},{90 + m},{100 + m}" for m in range(1, 5) for site in ("A", "B")]
    imp = bring(client, "Site,Month,In time,All\n" + "\n".join(rows) + "\n")
    ratio = {"name": "Share in time", "numerator": "In time", "denominator": "All", "roll_up": "sum"}
    imp = point(client, imp, "ratio", table="0", **ratio)
    found = draft(imp, "Share in time")
    assert (found["aggregation"], found["unit"]) == ("ratio", "percent")
    assert found["newest"][0][1] == pytest.approx(91 / 101 * 100)
    imp = point(client, imp, "ratio", table="0", remove="Share in time")
    assert all(row["name"] != "Share in time" for row in queries.drafts(imp).rows)


def test_what_is_assumed_is_corrected_for_many_at_once(world: World) -> None:
    client = world.client("cem")
    imp = bring(client)
    assert "direction" in draft(imp, "Complaints")["assumed"]
    imp = point(client, imp, "drafts", draft=["0", "1"], direction="down", owner="Cem Contributor")
    assert {draft(imp, name)["direction"] for name in ("Waiting time", "Complaints")} == {"down"}
    client.post(f"/imports/{imp.key}/confirmation")
    kpi = Kpi.objects.get(metric__name="Complaints")
    assert (kpi.metric.direction, kpi.metric.owner) == ("down", world.person("cem"))
    assert "direction" not in kpi.assumed


def test_a_filter_is_changed_whole(world: World) -> None:
    client = world.client("cem")
    rows = "".join(f"KPI {n},{n}\n" for n in range(70))
    imp = bring(client, f"KPI,2026-01\n{rows}")
    imp = point(client, imp, "drafts", every="yes", q="kpi 6", unit="percent")
    assert sum(row["unit"] == "percent" for row in queries.drafts(imp, limit=100).rows) == 11
    second = client.get(f"/imports/{imp.key}/kpis?page=2").content.decode()
    assert "KPI 69" in second


def test_a_kpi_is_left_out_and_taken_in_again(world: World) -> None:
    client = world.client("cem")
    imp = bring(client)
    number = str(draft(imp, "Complaints")["index"])
    imp = point(client, imp, "drafts", draft=number, match="skip")
    assert (imp.summary["counts"]["metrics"], imp.summary["counts"]["left_out"]) == (1, 1)
    imp = point(client, imp, "drafts", draft=number, match="take")
    assert imp.summary["counts"]["metrics"] == 2
    imp = point(client, imp, "drafts", draft=number, match="skip")
    client.post(f"/imports/{imp.key}/confirmation")
    assert list(Metric.objects.values_list("name", flat=True)) == ["Waiting time"]


def test_a_near_match_is_answered_on_the_page(world: World) -> None:
    metric = make_metric("waiting-times", name="Waiting times")
    client = world.client("cem")
    imp = bring(client)
    assert "Yes, Waiting times" in page(client, imp)
    imp = point(client, imp, "drafts", **{f"match__{draft(imp, 'Waiting time')['index']}": "waiting-times"})
    assert draft(imp, "Waiting time")["state"] == "known"
    client.post(f"/imports/{imp.key}/confirmation")
    assert series_of(metric, standpoint()).values.tolist() == [41, 38]


def test_one_kpi_has_a_page_with_its_evidence_and_its_target(world: World) -> None:
    client = world.client("cem")
    imp = bring(client)
    number = draft(imp, "Waiting time")["index"]
    shown = client.get(f"/imports/{imp.key}/kpis/{number}").content.decode()
    assert "Lea Lead" in shown
    imp = point(client, imp, "drafts", draft=str(number), name="Time to doctor", target="25", red_flag="45")
    found = draft(imp, "Time to doctor")
    assert found["targets"] == [{"target": 25.0, "red_flag": 45.0}]
    client.post(f"/imports/{imp.key}/confirmation")
    again = bring(client)
    assert draft(again, "Waiting time")["match_name"] == "Time to doctor"


def test_a_form_about_an_older_reading_is_refused(world: World) -> None:
    client = world.client("cem")
    imp = bring(client)
    answer = client.post(f"/imports/{imp.key}/mapping", {"about": "table", "table": "7", "role": "ignored"})
    assert answer.status_code == 422
    assert "read anew" in answer.content.decode()


def test_a_kept_mapping_reads_the_next_file_alike(world: World) -> None:
    client = world.client("cem")
    imp = bring(client, name="kpis-2026-03.csv")
    imp = point(client, imp, "drafts", draft=["0", "1"], direction="down")
    client.post(f"/imports/{imp.key}/saved-mapping", {"name": "Monthly list"})
    saved = SavedMapping.objects.get()
    assert tomllib.loads(client.get(f"/imports/mappings/{saved.key}.toml").content.decode()) == saved.mapping
    later = bring(client, WIDE.replace("2026-03", "2026-04"), name="kpis-2026-04.csv", mapping=saved.key)
    assert draft(later, "Complaints")["direction"] == "down"
    client.post(f"/imports/mappings/{saved.key}/removal")
    assert not SavedMapping.objects.exists()


def test_problems_are_listed_by_kind_and_download_as_harmless_csv(world: World) -> None:
    client = world.client("cem")
    imp = bring(client, WIDE.replace("#REF!", '"=cmd()"').replace("2026-02", "=1+1"))
    client.post(f"/imports/{imp.key}/confirmation")
    shown = client.get(f"/imports/{imp.key}/problems?kind=not-a-number")
    assert shown.status_code == 200
    body = b"".join(client.get(f"/imports/{imp.key}/problems.csv").streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(body)))
    assert rows[0] == ["file", "sheet", "row", "column", "key", "message", "kept_out"]
    assert len(rows) > 1
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_one_click_makes_a_scorecard_of_what_came_in(world: World) -> None:
    client = world.client("lea")
    imp = bring(client)
    client.post(f"/imports/{imp.key}/confirmation")
    client.post(f"/imports/{imp.key}/scorecard")
    card = Scorecard.objects.get()
    assert (card.name, card.team, card.items.count()) == ("kpis", world.emergency, 2)


def test_a_reader_that_died_is_said_to_have_stopped_and_can_start_again(world: World) -> None:
    client = world.client("cem")
    imp = bring(client)
    Import.objects.filter(pk=imp.pk).update(state="reading", beat_at=None)
    assert "Reading stopped before its end" in page(client, imp)
    assert "Stopped before the end" in text_of(client.get("/imports/"))
    client.post(f"/imports/{imp.key}/reading")
    imp.refresh_from_db()
    assert imp.state == "ready"


def test_while_a_process_reads_the_page_shows_how_far_it_is(world: World) -> None:
    from django.utils import timezone

    client = world.client("cem")
    imp = bring(client)
    Import.objects.filter(pk=imp.pk).update(
        state="reading", beat_at=timezone.now(), progress=0.4, step="12,000 values read"
    )
    shown = client.get(f"/imports/{imp.key}/").content.decode()
    assert '<progress id="progress-bar" max="100" value="40">' in shown
    assert "12,000 values read" in shown
    assert 'hx-trigger="every 1s"' in shown
    Import.objects.filter(pk=imp.pk).update(state="ready")
    assert 'hx-trigger="every 1s"' not in client.get(f"/imports/{imp.key}/").content.decode()


def test_years_that_begin_in_april_and_the_rule_for_repeats_are_chosen(world: World) -> None:
    client = world.client("cem")
    imp = bring(client, "KPI,Year,Value\nCost,FY2025,1\nCost,FY2025,3\nCost,FY2026,5\n")
    imp = point(client, imp, "rules", year_start_month="4", repeats="sum")
    assert imp.repeats == "sum"
    client.post(f"/imports/{imp.key}/confirmation")
    assert series_of(Metric.objects.get(), standpoint()).values.tolist() == [4, 5]


def test_a_discarded_import_is_gone_from_the_list_and_its_files_too(world: World) -> None:
    client = world.client("cem")
    imp = bring(client)
    folder = commands.files_folder(imp)
    assert folder.is_dir()
    client.post(f"/imports/{imp.key}/discarding")
    assert not folder.exists()
    assert not queries.imports(world.cem).exists()
    assert "thrown away" in page(client, imp)


def test_another_team_does_not_see_the_import(world: World) -> None:
    imp = bring(world.client("cem"))
    assert world.client("otto").get(f"/imports/{imp.key}/").status_code == 404
    assert page(world.client("ada"), imp)
    assert commands.is_dead(imp) is False
    assert admin().is_admin
