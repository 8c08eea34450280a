"""The pages of a KPI's life: promoting, the strip on the KPI, deciding, answering, taking back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse

from sextant.kpis.models import Kpi
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.okrs.models import KeyResult, Objective
from sextant.people.queries import today
from tests.alerts.episodes import look, the_alert, values, watched
from tests.doors.passing import let_weeks_pass
from tests.make import make_cycle
from tests.world import World

pytestmark = pytest.mark.django_db
SILENT = 5  # weeks without a value, which come after the promotion once time has passed


def lagging(key: str = "uptime", *, has_alert: bool = False, **changes: object) -> Kpi:
    """A weekly KPI far off its target of 99 for four weeks, and suspected."""
    make_cycle(name=f"Cycle of {key}")
    kpi = watched(key, targets={"target": 99.0, "red_flag": 90.0}, grace_days=120, **changes)
    values(kpi, 98, 99.2, 99.4, 99.1, 52, 51, 49, 50, back=SILENT)
    if has_alert:
        look(kpi)
    evaluate([kpi.metric_id])
    return kpi


def read(world: World, address: str, who: str = "lea", status: int = 200) -> str:
    answer = world.client(who).get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return re.sub(r"\s+", " ", answer.content.decode())


def send(world: World, address: str, who: str = "lea", **data: object) -> HttpResponse:
    return world.client(who).post(address, data, follow=True)  # type: ignore[return-value]


def words_of(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def undo_of(answer: HttpResponse) -> str:
    """Where the message that says what was done takes it back."""
    [address] = re.findall(r'data-toast>.*?<form method="post" action="([^"]+)"', answer.content.decode(), re.DOTALL)
    return str(address)


def filled_in(html: str) -> dict[str, str]:
    """What the promote form opens with, as a browser would send it."""
    form = html[html.index('class="promote-page"') :]
    data = dict(re.findall(r'<input type="(?:text|hidden|number|date)" name="([^"]+)" value="([^"]*)"', form))
    data |= dict(re.findall(r'<textarea name="([^"]+)"[^>]*>\s*(.*?)</textarea>', form))
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        data[name] = chosen[0] if chosen else ""
    data |= dict.fromkeys(re.findall(r'<input type="checkbox" name="([^"]+)"[^>]*checked', form), "on")
    if 'name="anyway"' in form:
        data["anyway"] = "1"
    data.pop("csrfmiddlewaretoken", None)
    return data


def promoted(world: World, kpi: Kpi) -> Promotion:
    send(world, f"/kpis/{kpi.key}/promote", **filled_in(read(world, f"/kpis/{kpi.key}/promote")))
    return Promotion.objects.get(kpi=kpi, ended_at=None)


def test_a_lagging_kpi_is_promoted_from_its_alert_with_nothing_typed(world: World) -> None:
    kpi = lagging(has_alert=True)
    page = read(world, "/kpis/uptime/")
    assert 'href="/kpis/uptime/promote"' in page
    alert = the_alert(kpi)
    html = read(world, f"/kpis/uptime/promote?alert={alert.pk}")
    for said in ("Uptime from 50 % to 99 %", "weeks in a row on target", "Cycle of uptime"):
        assert said in html, said
    data = filled_in(html)
    assert data["why"]
    answer = send(world, "/kpis/uptime/promote", **data)
    assert "It comes back by itself once it is restored." in words_of(answer)
    promotion = Promotion.objects.get()
    assert (promotion.alert_id, promotion.made_objective) == (alert.pk, True)
    assert promotion.key_result.title == "Uptime from 50 % to 99 %"
    assert promotion.key_result.metric_id == kpi.metric_id
    assert "Being worked on" in words_of(answer)
    send(world, undo_of(answer))
    assert Promotion.objects.get().outcome == "undone"
    assert Objective.objects.get(pk=promotion.key_result.objective_id).archived_at is not None


def test_without_an_end_nothing_is_promoted(world: World) -> None:
    lagging()
    data = filled_in(read(world, "/kpis/uptime/promote")) | {"until": "", "ends_on": ""}
    answer = send(world, "/kpis/uptime/promote", **data)
    assert answer.status_code == 422
    assert "nothing is promoted without an end" in words_of(answer)
    assert not Promotion.objects.exists()


def test_an_exit_rule_that_can_hardly_hold_asks_for_a_second_word(world: World) -> None:
    lagging()
    data = filled_in(read(world, "/kpis/uptime/promote"))
    soon = {"until": "", "ends_on": (today() + timedelta(days=2)).isoformat()}
    data.pop("anyway", None)
    answer = send(world, "/kpis/uptime/promote", **(data | soon))
    assert answer.status_code == 422
    assert "Promote anyway" in words_of(answer)
    assert "end before its last day" in words_of(answer)
    send(world, "/kpis/uptime/promote", **(data | soon), anyway="1")
    assert Promotion.objects.get().ends_on == today() + timedelta(days=2)


def test_it_comes_back_by_itself_and_asks_what_changed_it(world: World) -> None:
    kpi = lagging()
    promotion = promoted(world, kpi)
    let_weeks_pass(promotion, SILENT + 1)
    values(kpi, 99.3, 99.5, back=3)
    evaluate([kpi.metric_id])
    page = read(world, "/kpis/uptime/")
    assert "Coming back" in page
    assert "2 of 3 weeks in a row on target" in page
    assert "2 of 3 weeks in a row on target" in read(world, f"/key-results/{promotion.key_result.key}/")
    assert "Coming back" in read(world, f"/objectives/{promotion.key_result.objective.key}/")
    values(kpi, 99.4, back=2)
    evaluate([kpi.metric_id])
    page = read(world, "/kpis/uptime/")
    assert "Restored: on target for 3 weeks in a row" in page
    assert "What changed it?" in page
    answer = send(world, f"/lifecycle/promotions/{promotion.pk}/answer", **{"changed-text": "A second line."})
    assert "A second line." in words_of(answer)
    assert 'name="changed-text"' not in read(world, "/kpis/uptime/")
    assert "Restored on" in read(world, f"/key-results/{promotion.key_result.key}/")
    step = Transition.objects.get(kpi=kpi, kind="reverted")
    answer = send(world, f"/lifecycle/steps/{step.pk}/undo")
    assert "is as it was before" in words_of(answer)
    assert "is-undone" in words_of(answer)
    assert Promotion.objects.get().ended_at is None
    assert KeyResult.objects.get(pk=promotion.key_result_id).closed_at is None


def test_an_overdue_promotion_is_extended_planned_anew_accepted_or_ended(world: World) -> None:
    kpi = lagging()
    promotion = promoted(world, kpi)
    let_weeks_pass(promotion, 20)
    evaluate([kpi.metric_id])
    page = read(world, "/kpis/uptime/decision")
    assert "Uptime: what happens now?" in page
    day = (today() + timedelta(days=60)).isoformat()
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    refused = send(world, "/kpis/uptime/decision", do="extend", version=version, **{"extend-ends_on": day})
    assert refused.status_code == 422
    given = {"extend-ends_on": day, "extend-reason": "The parts arrive in May."}
    answer = send(world, "/kpis/uptime/decision", do="extend", version=version, **given)
    assert "has more time" in words_of(answer)
    back = send(world, undo_of(answer))
    assert back.status_code == 200, words_of(back)[-3000:]
    assert Life.objects.get(kpi=kpi).state == "overdue"
    for do, more in (
        ("accept", {"accept-until": day, "accept-reason": "Not worth it this year."}),
        ("withdraw", {"withdraw-reason": "The machine is sold."}),
        (
            "replan",
            {"replan-ends_on": day, "replan-target": "95", "replan-revert_after": "2", "replan-reason": "Less."},
        ),
    ):
        version = re.findall(r'name="version" value="(\d+)"', read(world, "/kpis/uptime/decision"))[0]
        answer = send(world, "/kpis/uptime/decision", do=do, version=version, **more)
        assert answer.status_code == 200, (do, words_of(answer))
        if do != "replan":
            send(world, undo_of(answer))
    assert Promotion.objects.get().revert_after == 2
    stale = send(world, "/kpis/uptime/decision", do="withdraw", version="1", **{"withdraw-reason": "Late."})
    assert stale.status_code == 409


def test_a_suspicion_is_set_aside_or_accepted(world: World) -> None:
    kpi = lagging()
    page = read(world, "/kpis/uptime/decision")
    assert "Set it aside" in page
    answer = send(world, "/kpis/uptime/decision", do="aside", **{"aside-reason": "The meter was broken."})
    assert "Set aside" in words_of(answer)
    assert Life.objects.get(kpi=kpi).state == "monitored"
    send(world, undo_of(answer))
    assert Life.objects.get(kpi=kpi).state == "suspected"
    assert send(world, "/kpis/uptime/decision", do="extend", **{"extend-reason": "x"}).status_code == 422


def test_who_may_not_change_the_kpi_sees_its_life_and_decides_nothing(world: World) -> None:
    kpi = lagging()
    promotion = promoted(world, kpi)
    page = read(world, "/kpis/uptime/", "vic")
    assert "Being worked on" in page
    assert "/kpis/uptime/decision" not in page
    assert send(world, "/kpis/uptime/decision", "vic", do="withdraw").status_code == 403
    assert read(world, "/kpis/uptime/promote", "vic", 403)
    step = promotion.transitions.get()
    assert send(world, f"/lifecycle/steps/{step.pk}/undo", "vic").status_code == 403
    assert read(world, "/kpis/uptime/?as_of=2020-01-01", "vic")


def test_what_people_write_about_it_is_only_ever_text(world: World) -> None:
    kpi = lagging()
    markup = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}"
    send(world, "/kpis/uptime/promote", **(filled_in(read(world, "/kpis/uptime/promote")) | {"why": markup}))
    promotion = Promotion.objects.get(kpi=kpi)
    send(world, "/kpis/uptime/decision", do="withdraw", version="1", **{"withdraw-reason": markup})
    send(world, f"/lifecycle/promotions/{promotion.pk}/answer", **{"changed-text": markup})
    assert Promotion.objects.get().what_changed == markup
    for address in (
        "/kpis/uptime/", "/kpis/uptime/decision", "/kpis/uptime/promote", "/lifecycle", "/lifecycle/reds",
        "/scorecards/", "/search?q=onerror", f"/key-results/{promotion.key_result.key}/", "/",
    ):  # fmt: skip
        html = read(world, address)
        assert "<img src=x" not in html, address
        assert "<script>alert" not in html, address
