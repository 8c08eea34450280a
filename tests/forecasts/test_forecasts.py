"""Forecasts are made once for a history, read with any target, and looked back at as they were made."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sextant.calc.periods import label, shift
from sextant.core import clock
from sextant.core.errors import Refused
from sextant.forecasts.commands import refresh
from sextant.forecasts.histories import STEPS
from sextant.forecasts.models import Forecast
from sextant.forecasts.queries.chances import Ask, Chance, chances, explain_chance, shares
from sextant.forecasts.queries.fans import fans
from sextant.forecasts.sentences import chance_sentence
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import standpoint
from sextant.people import queries as people
from tests.make import day, make_metric, record_values
from tests.world import World

pytestmark = pytest.mark.django_db
WAVES = [100 + week + 8 * np.sin(week / 3) + (week * 7919 % 13) for week in range(60)]


def weekly(values: list[float | None], key: str = "waiting-time", **changes: object) -> Metric:
    """A weekly metric whose newest value is of the last complete week."""
    from sextant.calc.periods import period_of

    metric = make_metric(key, frequency="week", **({"aggregation": "last"} | changes))
    running = period_of(people.today(), "week")  # type: ignore[arg-type]
    names = [label(shift(running, index - len(values)), people.calendar()) for index in range(len(values))]
    record_values(metric, {name: value for name, value in zip(names, values, strict=True) if value is not None})
    return metric


def ask(metric: Metric, target: float | None = 150, direction: str = "up", weeks: int = 6, **more: object) -> Ask:
    latest = Forecast.objects.filter(metric=metric, superseded_at=None).first()
    end = (latest.history_end if latest else 0) + weeks * 168
    return Ask(1, metric.pk, target, direction, end, **more)  # type: ignore[arg-type]


def told(asked: Ask) -> Chance:
    return chances([asked], standpoint())[asked.id]


def test_a_target_far_below_is_likely_and_one_far_above_is_not(world: World) -> None:
    metric = weekly(WAVES)
    refresh([metric.pk], light=True)
    below, above = told(ask(metric, 100)), told(ask(metric, 300))
    assert below.share is not None
    assert above.share is not None
    assert below.share > 0.9
    assert above.share < 0.1
    assert told(ask(metric, 100, "down")).share == pytest.approx(1 - below.share)


def test_the_share_is_what_the_fan_says(world: World) -> None:
    metric = weekly(WAVES)
    refresh([metric.pk], light=True)
    fan = told(ask(metric)).fan
    for place, level in ((2, 0.1), (10, 0.5), (18, 0.9)):
        assert told(ask(metric, fan[place])).share == pytest.approx(1 - level, abs=1e-3)
    band = told(ask(metric, None, "within", low=fan[2], high=fan[18]))
    assert band.share == pytest.approx(0.8, abs=1e-3)


def test_the_same_history_is_not_forecast_twice_and_a_new_value_is(world: World) -> None:
    metric = weekly([*WAVES[:-1], None])
    assert refresh([metric.pk], light=True).made == {metric.pk}
    again = refresh([metric.pk], light=True)
    assert (again.made, again.kept) == (frozenset(), 1)
    last = shift(_period(metric), 1)
    record_values(metric, {label(last, people.calendar()): WAVES[-1]})
    assert refresh([metric.pk], light=True).made == {metric.pk}
    assert Forecast.objects.filter(metric=metric).count() == 2
    assert Forecast.objects.get(metric=metric, superseded_at=None).history_end == last.end


def _period(metric: Metric):  # type: ignore[no-untyped-def]
    from sextant.metrics.queries.series import series_of

    series = series_of(metric, standpoint())
    assert series.latest is not None
    return series.period(series.latest)


def test_a_past_day_shows_the_forecast_made_by_then(world: World) -> None:
    metric = weekly(WAVES)
    with clock.writing_at(timezone.now() - timedelta(days=10)):
        refresh([metric.pk], light=True)
    asked = ask(metric)
    assert chances([asked], standpoint(day(-5)))[1].share is not None
    assert chances([asked], standpoint(day(-20)))[1].reason == "no_forecast"


def test_too_few_values_are_said_to_be_too_few(world: World) -> None:
    metric = weekly(WAVES[:7])
    refresh([metric.pk], light=True)
    found = told(ask(metric))
    assert (found.share, found.reason, found.points) == (None, "not_enough_history", 7)
    assert "too few values" in chance_sentence(found)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([5.0] * 30, ""),
        ([1e300, -1e300] * 15, ""),
        ([0.0] * 29 + [1.0], ""),
        ([1.0, *[None] * 28, 2.0], "not_enough_history"),
        ([None] * 29 + [3.0], "not_enough_history"),
        ([(-1.0) ** week * week for week in range(30)], ""),
    ],
)
def test_odd_histories_are_answered_too(world: World, values: list[float | None], reason: str) -> None:
    metric = weekly(values)
    refresh([metric.pk])
    found = told(ask(metric, 4.0))
    assert found.reason == reason
    assert found.share is None or 0 <= found.share <= 1
    assert np.all(np.isfinite(found.fan))


def test_sums_count_what_is_there_already(world: World) -> None:
    metric = weekly([10.0 + week % 3 for week in range(60)], aggregation="sum")
    refresh([metric.pk], light=True)
    end = Forecast.objects.get(metric=metric).history_end
    asked = ask(metric, 120, weeks=6, is_sum=True, since_hour=end - 4 * 168)
    found = told(asked)
    assert found.median == pytest.approx(110, abs=6)
    assert found.share is not None
    assert found.share < 0.2
    later = ask(metric, 120, weeks=6, is_sum=True, since_hour=end + 2 * 168)
    assert told(later).reason == "not_started"


def test_what_cannot_be_asked_has_its_reason(world: World) -> None:
    metric = weekly(WAVES)
    assert told(ask(metric)).reason == "no_forecast"
    refresh([metric.pk], light=True)
    assert told(ask(metric, None)).reason == "no_target"
    assert told(ask(metric, weeks=0)).reason == "ended"
    assert told(ask(metric, weeks=80)).reason == "too_far"
    assert explain_chance(ask(metric, None), told(ask(metric, None))).rule == "chance-no-target"
    assert "100 comparable situations" in chance_sentence(told(ask(metric)))


def test_many_asks_take_one_statement_and_the_quick_way_says_the_same(world: World) -> None:
    metrics = [weekly([value + number for value in WAVES], f"waiting-{number}") for number in range(3)]
    refresh([metric.pk for metric in metrics[:2]], light=True)
    end = Forecast.objects.first().history_end + 9 * 168  # type: ignore[union-attr]
    asks = [Ask(n, metric.pk, 160.0, "up", end) for n, metric in enumerate(metrics)]
    with CaptureQueriesContext(
        connection,
    ) as ran:
        found = chances(asks, standpoint())
    assert sum("forecast" in query["sql"] for query in ran) == 1
    ids, targets = [metric.pk for metric in metrics], np.full(3, 160.0)
    quick = shares(ids, targets, np.ones(3, dtype=bool), [end] * 3, standpoint())
    assert quick.tolist() == pytest.approx([found[n].share if n < 2 else np.nan for n in range(3)], nan_ok=True)


def test_a_fan_has_a_period_for_every_step_and_stays_within_what_can_be(world: World) -> None:
    metric = weekly([max(0.0, 5 - week / 8) for week in range(50)], lower_bound=0.0)
    refresh([metric.pk], light=True)
    fan = fans([metric.pk], standpoint())[metric.pk]
    assert len(fan.starts) == len(STEPS["week"])
    assert int(fan.starts[0]) == _period(metric).end
    assert fan.quantiles.min() >= -1e-6
    assert np.all(np.diff(fan.quantiles, axis=1) >= -1e-6)


def test_an_unknown_engine_is_refused(world: World) -> None:
    metric = weekly(WAVES)
    with pytest.raises(Refused, match="no engine 'abacus'"):
        refresh([metric.pk], "abacus")


def test_the_ensemble_names_its_members(world: World) -> None:
    metric = weekly(WAVES)
    refresh([metric.pk])
    kept = Forecast.objects.get(metric=metric)
    assert kept.method.startswith("ensemble-")
    assert kept.member_names == ["light", "moves", "waves", "ets"]
    assert kept.members is not None


def test_starting_the_application_loads_no_forecasting_library() -> None:
    code = (
        "import django, sys; django.setup(); import sextant.project.urls; "
        "print(sorted({'statsforecast', 'pandas', 'scipy', 'fugue'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
