"""What the page of a KPI is made of: longer periods, trailing periods, aims, revisions, sentences, windows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sextant.calc.periods import Frequency, label, parse_period, period_of, shift
from sextant.core.errors import Refused
from sextant.kpis.chart_sentences import basis, reading_aids
from sextant.kpis.commands import set_target
from sextant.kpis.models import Kpi
from sextant.kpis.queries import kpi_page
from sextant.kpis.queries.standing import Standing, standing
from sextant.metrics.commands import RawPoint, change_definition, choose_limits, record, undo_batch
from sextant.metrics.queries.formula_check import formula_in_words, look_at
from sextant.metrics.queries.revisions import histories, recorded_starts, revised_starts
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.queries import today
from sextant.web.kpi_chart import cut, picture, window
from tests.make import admin, last_months, make_kpi, make_metric, monthly, record_values
from tests.world import World


def stands(kpi: Kpi) -> Standing:
    return standing(Kpi.objects.select_related("metric").get(pk=kpi.pk), standpoint())


def test_longer_periods_are_judged_against_the_sum_of_their_targets(world: World) -> None:
    kpi = make_kpi(aggregation="sum")
    record_values(kpi, monthly(2024, [10] * 12))
    for month in range(1, 13):
        set_target(admin(), kpi, period=parse_period(f"2024-{month:02d}"), target=9)
    quarterly = kpi_page.at_grain(stands(kpi), Frequency.QUARTER)
    assert [float(value) for value in quarterly.series.values[:4]] == [30, 30, 30, 30]
    target = quarterly.target_of(parse_period("2024-Q2"))
    assert target is not None
    assert target.target == 27


def test_a_percentage_without_parts_says_why_it_has_no_longer_periods(world: World) -> None:
    share = make_kpi("share", unit="percent", aggregation="mean")
    choices = kpi_page.grains(share.metric, standpoint())
    assert choices[0].refusal == ""
    assert {choice.refusal for choice in choices[1:]} == {"ratio-needs-parts"}
    whole, part = make_metric("whole"), make_metric("part")
    ratio = make_kpi("ratio", unit="percent", aggregation="ratio", numerator=part, denominator=whole)
    assert all(not choice.refusal for choice in kpi_page.grains(ratio.metric, standpoint()))


def test_the_last_twelve_periods_stand_beside_those_a_year_before(world: World) -> None:
    kpi = make_kpi(aggregation="sum")
    record_values(kpi, last_months([float(value) for value in range(1, 25)]))
    trail = kpi_page.trailing(stands(kpi))
    assert [row.value for row in trail.rows] == [float(value) for value in range(24, 12, -1)]
    assert all(row.change == 12 for row in trail.rows)
    assert (trail.total, trail.total_before) == (sum(range(13, 25)), sum(range(1, 13)))


def test_across_a_new_definition_no_change_is_claimed(world: World) -> None:
    kpi = make_kpi()
    record_values(kpi, last_months([float(value) for value in range(1, 25)]))
    since = shift(period_of(today(), Frequency.MONTH), -6)
    change_definition(
        admin(), kpi.metric, number=1, description="", how_measured="Otherwise.", reason="New form",
        valid_from=since.start,
    )  # fmt: skip
    rows = kpi_page.trailing(stands(kpi)).rows
    assert [row.is_comparable for row in rows] == [False] * 6 + [True] * 6
    assert rows[0].before is not None
    assert rows[0].change is None


def test_recent_periods_judge_nothing_while_they_run(world: World) -> None:
    kpi = make_kpi()
    set_target(admin(), kpi, target=5)
    running = label(period_of(today(), Frequency.MONTH))
    record_values(kpi, last_months([7.0, 4.0]) | {running: 1.0})
    newest, last, before = kpi_page.recent(stands(kpi))
    assert (newest.is_running, newest.status, newest.change) == (True, "running", None)
    assert (last.status, last.change) == ("off_target", -3)
    assert before.status == "on_target"


def test_the_path_to_an_aim_begins_where_the_value_stood_when_it_was_set(world: World) -> None:
    kpi = make_kpi(frequency="year", aggregation="last", direction="down")
    this_year = today().year
    record_values(kpi, {str(this_year - 2): 14.5, str(this_year - 1): 10.4})
    set_target(admin(), kpi, aim_by=parse_period(str(this_year + 4)), target=7.25)
    corners = kpi_page.aim_corners(stands(kpi))
    assert corners == [
        (parse_period(str(this_year - 1)).start, 10.4),
        (parse_period(str(this_year + 4)).start, 7.25),
    ]


def test_a_corrected_period_keeps_every_revision_and_is_marked(world: World) -> None:
    kpi = make_kpi()
    record_values(kpi, {"2026-01": 10, "2026-02": 20})
    record(admin(), [RawPoint(kpi.metric.key, "2026-01", 12, note="Counted again")])
    january = parse_period("2026-01").start
    assert revised_starts(kpi.metric, standpoint()) == {january}
    [history] = histories(kpi.metric, [january], standpoint())
    assert [(one.value, one.is_current) for one in history.revisions] == [(12, True), (10, False)]
    assert history.revisions[0].note == "Counted again"
    assert history.revisions[0].recorded_by == "Ada Admin"


def test_a_value_taken_back_leaves_its_period_in_the_history(world: World) -> None:
    kpi = make_kpi()
    recorded = record_values(kpi, {"2026-01": 10})
    undo_batch(admin(), recorded.batch)
    [history] = histories(kpi.metric, recorded_starts(kpi.metric, standpoint()), standpoint())
    assert history.current is None
    assert revised_starts(kpi.metric, standpoint()) == frozenset()


def test_yesterday_knows_nothing_of_todays_correction(world: World) -> None:
    kpi = make_kpi()
    record_values(kpi, {"2026-01": 10})
    yesterday = standpoint(today() - timedelta(days=1))
    assert recorded_starts(kpi.metric, yesterday) == []


def test_a_run_is_one_sentence_and_a_point_outside_names_what_is_usual(world: World) -> None:
    kpi = make_kpi(direction="up")
    steady = [10.0, 11.0] * 6 + [12.0, 13.0] * 5 + [40.0]
    record_values(kpi, last_months(steady))
    found, more = reading_aids(stands(kpi), most=20)
    assert more == 0
    outside = [one for one in found if one.rule == "outside"]
    assert len(outside) == 1
    assert "40" in outside[0].text
    assert "usual" in outside[0].text
    assert outside[0].tone == "better"
    runs = [one for one in found if one.rule == "run_of_eight"]
    assert runs
    assert all("in a row" in one.text for one in runs)
    assert "23 values" in basis(stands(kpi))


def test_limits_locked_to_periods_long_ago_still_judge_the_newest(world: World) -> None:
    kpi = make_kpi()
    record_values(kpi, last_months([10.0, 11.0] * 10 + [30.0] * 10))
    first = shift(period_of(today(), Frequency.MONTH), -30)
    choose_limits(
        admin(), kpi.metric, limits={"locked_from": first.start, "locked_to": shift(first, 19).start}, reason="Before"
    )
    chart = stands(kpi).chart
    assert chart.segments[-1].basis == "locked"
    assert chart.upper_now is not None
    assert chart.upper_now < 20


def test_a_window_shows_fewer_periods_with_the_limits_of_all(world: World) -> None:
    kpi = make_kpi()
    record_values(kpi, last_months([float(10 + place % 3) for place in range(60)]))
    whole = stands(kpi)
    shown = window(whole, "26")
    assert (shown.first, shown.shown, shown.total) == (34, 26, 60)
    small = cut(whole.chart, shown.first)
    assert len(small.values) == 26
    assert small.centre_now == whole.chart.centre_now
    assert small.segments[0].first == 0
    assert small.segments[-1].last == 25
    assert len(picture(whole, shown).labels) == 26


def test_what_nobody_watches_is_judged_in_the_same_way(world: World) -> None:
    metric = make_metric("calls")
    record_values(metric, last_months([5.0] * 8))
    seen = standing(kpi_page.as_watched(metric), standpoint())
    assert seen.value == 5
    assert seen.status == "no_target"
    assert Kpi.objects.filter(metric=metric).count() == 0


def test_breakdowns_stand_below_their_headline_with_their_own_status(world: World) -> None:
    kpi = make_kpi()
    part = make_metric("waiting-north", part_of=kpi.metric, slice={"site": "North"})
    record_values(part, last_months([3.0, 4.0]))
    [line] = kpi_page.breakdowns(world.lea, kpi.metric, standpoint())
    assert line.value == 4
    assert line.kpi.metric == part


def test_a_formula_is_looked_at_before_it_is_saved(world: World) -> None:
    cost, revenue = make_metric("cost", unit="currency:EUR"), make_metric("revenue", unit="currency:EUR")
    record_values(cost, last_months([60.0, 80.0]))
    record_values(revenue, last_months([100.0, 100.0]))
    look = look_at(world.lea, "100 * (1 - [cost] / [revenue])", metric=None, frequency="month", point=standpoint())
    assert [round(one.value or 0) for one in look.results] == [40, 20]
    assert look.unit == "percent"
    assert "Cost" in look.words
    assert {one.key for one in look.inputs} == {"cost", "revenue"}


def test_a_formula_that_needs_its_own_result_is_refused_with_the_path(world: World) -> None:
    make_metric("cost")
    margin = make_metric("margin", formula="2 * [cost]")
    double = make_metric("double", formula="2 * [margin]")
    with pytest.raises(Refused) as refusal:
        look_at(world.lea, "[double] + 1", metric=margin, frequency="month", point=standpoint())
    assert refusal.value.problems[0].key == "formula-cycle"
    assert f"{margin.key} → {double.key}" in str(refusal.value)


def test_a_formula_in_words_names_no_metric_the_reader_may_not_see(world: World) -> None:
    make_metric("secret-cost", visibility="team", team=world.surgery)
    margin = make_metric("margin", formula="2 * [secret-cost]")
    words, named = formula_in_words(world.vic, margin, "2 * [secret-cost]")
    assert "ecret" not in words
    assert named == ()
