"""What changed, in words: findings on the page of a KPI, what people say to them, and what was known then."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from sextant.calc.periods import Frequency, label, period_of, shift
from sextant.kpis.models import Kpi
from sextant.metrics.models import DetectionSetting
from sextant.people import queries as people
from sextant.people.queries import today
from tests.doors.calls import script
from tests.make import make_kpi, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


def weeks(values: list[float]) -> dict[str, float | str | None]:
    """Values of the weeks up to the last complete one."""
    running = period_of(today(), Frequency.WEEK)
    return {
        label(shift(running, place - len(values)), people.calendar()): value for place, value in enumerate(values)
    }  # fmt: skip


def start_of(back: int) -> int:
    """The first hour of the week so many before the running one."""
    return shift(period_of(today(), Frequency.WEEK), -back).start


def hovering(count: int, level: float = 50.0) -> list[float]:
    return [level + (place * 7919 % 11 - 5) / 5 for place in range(count)]


@pytest.fixture
def kpi(world: World) -> Kpi:
    """Calm for a year, then ten lower since eight weeks."""
    made = make_kpi(active=True, direction="up", unit="number", aggregation="last", frequency="week", precision=1)
    record_values(made, weeks([*hovering(60), *hovering(8, 40.0)]))
    return made


@pytest.fixture
def lea(world: World) -> Client:
    return world.client("lea")


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def section(page: str) -> str:
    found = re.search(r'<section class="changed".*?</section>', page, re.DOTALL)
    assert found
    return found[0]


def test_a_change_is_told_first_with_window_size_and_surprise(lea: Client, kpi: Kpi) -> None:
    page = read(lea, "/kpis/waiting-time/")
    told = section(page)
    assert page.index("What changed") < page.index("Newest value")
    assert re.search(r"below what season and trend led us to expect; chance alone does that", told)
    assert "%" in told
    assert "Why?" in told
    assert "alarm" in page or "threshold" in told


def test_a_change_is_a_shape_on_the_chart_with_its_sentence(lea: Client, kpi: Kpi) -> None:
    page = read(lea, "/kpis/waiting-time/")
    marks = re.findall(r'<g class="found" role="listitem" aria-label="([^"]+)">', page)
    assert marks
    assert "below what season and trend led us to expect" in marks[0]
    assert 'class="window-worse"' in page


def test_marks_are_reading_aids_and_no_findings(lea: Client, kpi: Kpi) -> None:
    page = read(lea, "/kpis/waiting-time/")
    assert re.search(r"Reading aids: \d+ marks?", page)
    assert "they are no findings and raise no alert" in page


def test_what_was_expected_is_drawn_when_the_address_asks(lea: Client, kpi: Kpi) -> None:
    assert 'class="expected"' not in read(lea, "/kpis/waiting-time/").replace("chart-sign", "")
    page = read(lea, "/kpis/waiting-time/?expected=1")
    assert 'class="expected"' in page
    assert '<th scope="col" class="num">Expected</th>' in page


def test_with_little_history_nothing_is_judged_and_the_page_says_so(world: World, lea: Client) -> None:
    made = make_kpi("young", active=True, frequency="week")
    record_values(made, weeks(hovering(12)))
    told = section(read(lea, "/kpis/young/"))
    assert "Not enough history yet to tell real changes: 12 of about 20 values." in told
    assert "No open finding" not in told


def test_a_calm_kpi_says_that_nothing_changed(world: World, lea: Client) -> None:
    made = make_kpi("calm", active=True, frequency="week")
    record_values(made, weeks(hovering(60)))
    assert "No open finding" in section(read(lea, "/kpis/calm/"))


def first_start(page: str) -> str:
    found = re.search(r"/findings/(-?\d+)/baseline", page)
    assert found
    return found[1]


def test_the_new_normal_is_a_divider_with_a_reason_and_is_taken_back(lea: Client, kpi: Kpi) -> None:
    start = first_start(read(lea, "/kpis/waiting-time/"))
    answer = lea.post(f"/kpis/waiting-time/findings/{start}/baseline", {"reason": "A second desk"}, follow=True)
    page = answer.content.decode()
    assert "it is judged by its new level" in page
    setting = DetectionSetting.objects.get(metric=kpi.metric, superseded_at=None)
    assert setting.limits["dividers"] == [int(start)]
    assert setting.reason == "A second desk"
    assert "A second desk" in read(lea, "/kpis/waiting-time/limits")
    lea.post(f"/kpis/waiting-time/findings/{start}/reopening")
    assert not DetectionSetting.objects.get(metric=kpi.metric, superseded_at=None).limits.get("dividers")
    assert first_start(read(lea, "/kpis/waiting-time/")) == start


def test_what_is_no_change_is_not_raised_again(lea: Client, kpi: Kpi) -> None:
    start = first_start(read(lea, "/kpis/waiting-time/"))
    lea.post(f"/kpis/waiting-time/findings/{start}/rejection")
    setting = DetectionSetting.objects.get(metric=kpi.metric, superseded_at=None)
    assert setting.limits["rejected"] == [int(start)]
    assert setting.reason.startswith("No change in week ")
    assert f"/findings/{start}/baseline" not in read(lea, "/kpis/waiting-time/")


@pytest.mark.parametrize("start", ["12", "-5", "tomorrow", "9" * 30])
def test_a_period_that_is_not_there_cannot_be_judged(lea: Client, kpi: Kpi, start: str) -> None:
    assert lea.post(f"/kpis/waiting-time/findings/{start}/baseline").status_code == 422
    assert not DetectionSetting.objects.exists()


def test_who_may_not_change_it_is_offered_no_judgement(world: World, kpi: Kpi) -> None:
    page = read(world.client("vic"), "/kpis/waiting-time/")
    assert "below what season and trend led us to expect" in page
    assert "This is the new normal" not in page


def test_a_past_day_shows_what_was_known_then_and_takes_no_judgement(world: World, lea: Client, kpi: Kpi) -> None:
    page = read(lea, f"/kpis/waiting-time/?as_of={today() - timedelta(days=1)}")
    assert "This is the new normal" not in page


def test_the_api_gives_the_findings_with_sentence_and_why(world: World, kpi: Kpi) -> None:
    found = script(world, "vic", "read").get("/kpis/waiting-time/findings", why=1)
    assert found["enough_history"]
    newest = found["items"][0]
    assert newest["side"] == "below"
    assert newest["size"] == pytest.approx(-10, abs=4)
    assert newest["open"]
    assert "chance alone does that" in newest["sentence"]
    assert newest["why"]["finding"]["inputs"]["result"]


def corrected(kpi: Kpi) -> None:
    values = hovering(60)
    record_values(kpi, weeks([*values[:-3], 70.0, *values[-2:], *hovering(8, 40.0)]))


def test_a_corrected_value_stands_beside_what_was_first_recorded(lea: Client, kpi: Kpi) -> None:
    corrected(kpi)
    plain = read(lea, "/kpis/waiting-time/")
    assert 'class="former-dot"' not in plain
    page = read(lea, "/kpis/waiting-time/?known=first")
    assert 'class="former-dot"' in page
    assert "1 of 68 values was known otherwise when they were first recorded." in page
    assert re.search(r"The largest correction: week \d+, \d+, [\d.]+ then and 70.0 now\.", page)
    assert "As then known" in page
    assert "then known as" in page


def test_nothing_corrected_is_said(lea: Client, kpi: Kpi) -> None:
    assert "No value shown here was known otherwise" in read(lea, "/kpis/waiting-time/?known=first")


@pytest.mark.parametrize("asked", ["tomorrow", "2999-01-01", "0001-01-01"])
def test_a_day_that_cannot_be_compared_with_is_said(lea: Client, kpi: Kpi, asked: str) -> None:
    assert "Choose a day in the past" in read(lea, f"/kpis/waiting-time/?known={asked}")


def test_the_downloads_carry_what_is_switched_on(lea: Client, kpi: Kpi) -> None:
    corrected(kpi)
    drawn = lea.get("/kpis/waiting-time/chart.svg?known=first&expected=1").content.decode()
    assert drawn.count("<circle") > lea.get("/kpis/waiting-time/chart.svg").content.decode().count("<circle")
    assert "As it was known then" in drawn
    assert "Expected by season and trend" in drawn
