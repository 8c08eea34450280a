from datetime import date, timedelta

import pytest
from django.utils import timezone

from sextant.calc.periods import parse_period
from sextant.core.errors import Refused
from sextant.kpis import sentences
from sextant.kpis.commands import activate_kpi, create_scorecard, note_action, place_kpi, set_target
from sextant.kpis.models import ScorecardItem, Target
from sextant.kpis.queries.scorecards import scorecard
from sextant.kpis.queries.standing import standing, standings
from sextant.metrics.commands import choose_limits
from sextant.metrics.models import Measurement
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.queries import today
from tests.make import admin, last_months, make_kpi, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_kpi_without_theme_or_reason_is_not_activated(world: World) -> None:
    kpi = make_kpi(reason="", owner=None, how_measured="")
    with pytest.raises(Refused) as refused:
        activate_kpi(admin(), kpi)
    keys = {problem.key for problem in refused.value.problems}
    assert keys == {"how-measured-missing", "owner-missing", "theme-or-reason-missing"}


def test_a_value_is_judged_against_target_and_red_flag(world: World) -> None:
    kpi = make_kpi(direction="down")
    set_target(admin(), kpi, target=10, red_flag=20)
    record_values(kpi, last_months([8, 15, 25]))
    now = standing(kpi, standpoint())
    assert (now.value, now.previous, now.status) == (25, 15, "off_target")
    assert [cell.status for cell in now.cells()] == ["on_target", "watch", "off_target"]
    assert now.score == pytest.approx(10 / 3 - 5 / 3)


def test_the_running_month_is_shown_so_far_and_judges_nothing(world: World) -> None:
    kpi = make_kpi()
    set_target(admin(), kpi, target=10)
    record_values(kpi, {**last_months([12]), f"{today():%Y-%m}": 1})
    now = standing(kpi, standpoint())
    assert (now.value, now.status) == (12, "on_target")
    assert [(cell.value, cell.status) for cell in now.cells()] == [(12, "on_target"), (1, "running")]


def test_old_good_news_is_stale(world: World) -> None:
    kpi = make_kpi()
    set_target(admin(), kpi, target=1)
    record_values(kpi, monthly(2020, [5, 5]))
    now = standing(kpi, standpoint())
    assert (now.computed, now.status, now.freshness) == ("on_target", "stale", "stale")


def test_the_word_that_nothing_applies_is_no_silence(world: World) -> None:
    kpi = make_kpi()
    set_target(admin(), kpi, target=1)
    months = last_months([5, 5, 5, 5, 5])
    record_values(kpi, {month: 5 if place < 2 else "n/a" for place, month in enumerate(months)})
    now = standing(kpi, standpoint())
    assert (now.value, now.status, now.freshness) == (5, "on_target", "fresh")


def test_without_values_there_is_no_data_and_without_target_no_health(world: World) -> None:
    kpi, other = make_kpi(), make_kpi("other")
    record_values(other, last_months([5]))
    first, second = standings([kpi, other], standpoint())
    assert (first.status, second.status) == ("no_data", "no_target")


def test_a_corrected_target_shows_its_old_self_in_the_past(world: World) -> None:
    kpi = make_kpi()
    record_values(kpi, last_months([5, 5, 5, 5]))
    set_target(admin(), kpi, target=4)
    long_ago = timezone.now() - timedelta(days=5)
    Target.objects.update(known_at=long_ago)
    Measurement.objects.update(known_at=long_ago)
    set_target(admin(), kpi, target=9)
    assert standing(kpi, standpoint()).status == "off_target"
    assert standing(kpi, standpoint(today() - timedelta(days=2))).status == "on_target"


def test_a_long_term_aim_is_shown_and_judges_nothing_before_its_date(world: World) -> None:
    kpi = make_kpi(direction="down")
    record_values(kpi, last_months([5]))
    set_target(admin(), kpi, target=1, aim_by=parse_period("2090"))
    now = standing(kpi, standpoint())
    assert now.status == "no_target"
    assert [(aim.value, aim.by.last_day) for aim in now.aims] == [(1, date(2090, 12, 31))]


def test_trust_names_every_reason(world: World) -> None:
    kpi = make_kpi(owner=None)
    record_values(kpi, last_months([5, 5]))
    record_values(kpi, last_months([6]))
    keys = {reason.key for reason in standing(kpi, standpoint()).trust.reasons}
    assert {"no-owner", "draft", "restated-recently"} <= keys


def test_a_scorecard_keeps_order_weights_and_missing_actions(world: World) -> None:
    first, second = make_kpi("first"), make_kpi("second")
    for kpi, value in ((first, 10), (second, 0)):
        set_target(admin(), kpi, target=10, red_flag=5)
        record_values(kpi, last_months([value]))
    card = create_scorecard(admin(), name="Emergency", team=world.emergency, kpis=[first, second])
    place_kpi(admin(), card, first, weight=3)
    view = scorecard(admin(), card)
    assert [row.standing.kpi.key for row in view.rows] == ["first", "second"]
    assert view.score == pytest.approx(20 / 3 * 3 / 4)
    assert view.without_action == 1
    note_action(admin(), second, text="Second triage desk from Monday")
    assert scorecard(admin(), card).without_action == 0
    assert ScorecardItem.objects.filter(kpi=first).count() == 2


def test_a_scorecard_needs_a_fixed_number_of_statements(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    kpis = [make_kpi(f"kpi-{number}") for number in range(9)]
    card = create_scorecard(admin(), name="Wide", team=world.emergency, kpis=kpis)
    for kpi in kpis:
        record_values(kpi, last_months([1, 2, 3]))
    actor = admin()
    with django_assert_max_num_queries(14):
        view = scorecard(actor, card)
        assert [(row.standing.status, row.standing.trust.grade) for row in view.rows]


def test_a_restricted_kpi_is_not_on_the_scorecard_of_others(world: World) -> None:
    secret = make_kpi("secret", visibility="team", owner=None)
    card = create_scorecard(admin(), name="All", team=world.emergency, kpis=[secret])
    assert len(scorecard(world.cem, card).rows) == 1
    assert len(scorecard(world.otto, card).rows) == 0


def test_sentences_say_where_a_value_stands(world: World) -> None:
    kpi = make_kpi(unit="percent", precision=1)
    set_target(admin(), kpi, target=95)
    record_values(kpi, last_months([90.0, 91.0, 90.5, 91.5, 90.0, 91.0, 60.0]))
    now = standing(kpi, standpoint())
    assert sentences.against_target(now) == "35.0 points under target"
    assert sentences.against_range(now).startswith(("Outside", "Within"))


def test_a_small_distance_never_reads_as_none(world: World) -> None:
    kpi = make_kpi(unit="number", precision=1)
    set_target(admin(), kpi, target=7)
    record_values(kpi, last_months([6.97]))
    assert sentences.against_target(standing(kpi, standpoint())) == "0.03 under target"


def test_a_band_says_how_far_a_value_is_outside_it(world: World) -> None:
    kpi = make_kpi(unit="number", precision=1, direction="within")
    set_target(admin(), kpi, low=8, high=10)
    record_values(kpi, last_months([11.4]))
    assert sentences.against_target(standing(kpi, standpoint())) == "1.4 above the range aimed at"


def test_a_scorecard_and_the_kpi_page_draw_the_same_range_from_limits_locked_long_ago(world: World) -> None:
    kpi = make_kpi(frequency="month")
    values = [float(10 + number % 3) for number in range(24)] + [float(40 + number % 5) for number in range(120)]
    record_values(kpi, last_months(values))
    whole = standing(kpi, standpoint()).series
    locked = {"locked_from": int(whole.starts[0]), "locked_to": int(whole.starts[23])}
    choose_limits(admin(), kpi.metric, limits=locked, reason="Before the merger")
    on_page, in_row = standing(kpi, standpoint()), standings([kpi], standpoint())[0]
    assert on_page.chart.upper_now == pytest.approx(in_row.chart.upper_now)
    assert on_page.chart.upper_now is not None
    assert on_page.chart.upper_now < 20
