"""The board of lives, what was done about the red ones, and graduation in the closing dialogue."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from sextant.kpis.commands import create_scorecard, note_action
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.models import Graduation
from sextant.okrs.models import Objective
from sextant.people.queries import today
from tests.alerts.episodes import period
from tests.doors.passing import let_weeks_pass
from tests.make import admin, make_cycle, make_key_result, make_metric, make_objective, record_values, start
from tests.web.test_lifecycle_pages import lagging, promoted, read, send, undo_of, words_of
from tests.world import World

pytestmark = pytest.mark.django_db


def column(html: str, state: str) -> str:
    """One column of the board."""
    return html[html.index(f'id="{state}"') :].partition("</section>")[0]


def test_the_board_shows_every_kpi_by_state_with_who_decides_next(world: World) -> None:
    lagging("uptime")
    lagging("calls")
    lagging("secret", visibility="people")
    promoted(world, lagging("forms"))
    late = promoted(world, lagging("late-one"))
    let_weeks_pass(late, 30)
    evaluate()
    send(world, "/kpis/calls/decision", do="aside", **{"aside-reason": "The meter broke."})
    page = read(world, "/lifecycle")
    assert "1 KPI is being worked on, 1 waits for a decision, 2 are worth promoting." in page
    assert {"Uptime", "Secret"} == set(re.findall(r"data-alert-link>([^<]+)<", column(page, "suspected")))
    assert "Forms" in column(page, "promoted")
    assert "0 of 3 on target" in column(page, "promoted")
    first = page[page.index('id="decide-first"') :].partition("</section>")[0]
    for words in ("Late one", "Lea Lead", "Extend, plan anew, accept or end it", 'href="/kpis/late-one/decision"'):
        assert words in first, words
    assert "1 KPI is monitored" in page
    others = read(world, "/lifecycle", "vic")
    assert "Secret" not in others
    assert "/decision" not in others
    assert "Nothing is being restored" in read(world, "/lifecycle?as_of=2020-01-01")
    assert "Nothing is being restored" in read(world, "/lifecycle?team=surgery")
    assert "Nothing is being restored" in read(world, "/lifecycle?scope=mine", "otto")
    assert "To decide" in read(world, "/")
    assert "Late one" not in read(world, "/", "vic").partition("To decide")[2][:2000]


def test_a_scorecard_marks_what_is_worked_on_and_the_alert_offers_to_promote(world: World) -> None:
    kpi = lagging()
    card = create_scorecard(admin(), name="Emergency", team=world.emergency, kpis=[kpi])
    address = f"/scorecards/{card.key}/"
    assert "Worth promoting" in read(world, address)
    cycle = make_cycle(name="Spring")
    planning = read(world, f"/cycles/{cycle.key}/worsening")
    assert f"/kpis/uptime/promote?cycle={cycle.key}" in planning
    promoted(world, kpi)
    assert "Being worked on" in read(world, address)
    assert "Being worked on" in read(world, "/kpis/")
    assert "/promote" not in read(world, "/kpis/uptime/")
    assert read(world, "/kpis/uptime/promote", status=422)


def test_what_was_done_about_the_red_ones_is_told_with_days_people_and_outcomes(world: World) -> None:
    lagging("beds-free")
    promoted(world, lagging())
    waiting = lagging("calls")
    note_action(world.lea, waiting, text="New lines", owner=world.person("cem"), due_on=today() - timedelta(days=1))
    page = read(world, "/lifecycle/reds")
    assert "3 KPIs were off target since" in page
    rows = dict(re.findall(r'<tr id="red-([^"]+)">(.*?)</tr>', page))
    assert "Nothing yet" in rows["beds-free"]
    assert 'href="/kpis/beds-free/promote"' in rows["beds-free"]
    assert "What was to be done is past its day" in rows["calls"]
    assert 'href="/kpis/calls/promote"' in rows["calls"]
    assert "Promoted:" in rows["uptime"]
    assert "Lea Lead" in rows["uptime"]
    assert "Nothing was red" in read(world, "/lifecycle/reds?as_of=2020-01-01")
    assert "3 KPIs" not in read(world, "/lifecycle/reds?team=surgery&back=365")


def test_the_red_ones_come_in_pages_and_are_counted_together(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sextant.web.lifecycle_reds.PER_PAGE", 1)
    lagging("beds-free")
    promoted(world, lagging())
    first, second = read(world, "/lifecycle/reds?back=365"), read(world, "/lifecycle/reds?back=365&page=2")
    for page in (first, second):
        assert "2 KPIs were off target since" in page
        assert "of 2 · 2 in all" in page
    assert re.findall(r'<tr id="red-([^"]+)">', first + second) == ["beds-free", "uptime"]
    assert 'rel="next" href="?back=365&amp;page=2"' in first


def closing(objective: Objective, **more: str) -> dict[str, str]:
    """What closes it, with every key result dropped."""
    asked = {"outcome": "It holds.", "learning": "Early shifts help.", "decision": "drop"}
    return asked | {f"decision:{one.key}": "drop" for one in objective.key_results.all()} | more


def test_closing_offers_to_watch_what_was_met_steadily(world: World) -> None:
    metric = make_metric("seen-in-time", frequency="week", unit="percent", direction="up", aggregation="last",
                owner=world.person("lea"))  # fmt: skip
    objective = make_objective(cycle=make_cycle(gone=80))
    own = make_key_result(objective, "Seen in time", metric=metric,
                          terms={"baseline": 50.0, "target": 90.0})  # fmt: skip
    start(objective)
    record_values("seen-in-time", {period(back): 95.0 + back % 2 for back in range(8)})
    page = read(world, f"/objectives/{objective.key}/closure")
    assert "Watch it as a KPI from now on" in page
    name = f"graduate:{own.key}"
    refused = send(world, f"/objectives/{objective.key}/closure", **closing(objective, **{name: "1"}))
    assert refused.status_code == 422
    assert not Graduation.objects.exists()
    assert f'name="{name}" value="1" checked' in words_of(refused)
    answer = send(world, f"/objectives/{objective.key}/closure",
                  **closing(objective, **{name: "1", f"{name}:reason": "Long waits harm."}))  # fmt: skip
    html = words_of(answer)
    assert answer.status_code == 200
    assert "Watched as KPIs from now on" in html
    done = Graduation.objects.get()
    assert (done.kpi.metric.key, done.kpi.state, done.made_kpi) == ("seen-in-time", "active", True)
    assert "It is watched" in read(world, f"/key-results/{own.key}/graduation")
    assert "after a key result" in read(world, "/lifecycle")


def test_a_key_result_is_watched_on_a_page_of_its_own_and_that_is_undone(world: World) -> None:
    promotion = promoted(world, lagging())
    send(world, "/kpis/uptime/decision", do="withdraw", version="1", **{"withdraw-reason": "Sold."})
    address = f"/key-results/{promotion.key_result.key}/graduation"
    assert "Watch Uptime as a KPI" in read(world, address)
    answer = send(world, address)
    assert "It is watched" in words_of(answer)
    send(world, undo_of(answer))
    assert Graduation.objects.get().undone_at is not None
