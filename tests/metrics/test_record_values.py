from datetime import timedelta

import pytest
from django.utils import timezone

from sextant.calc.periods import Frequency
from sextant.core.models import Event
from sextant.metrics.commands import RawPoint, record, undo_batch
from sextant.metrics.models import Measurement
from sextant.metrics.queries.series import series_of
from sextant.metrics.queries.standpoint import standpoint
from tests.make import admin, make_metric, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


def values_of(key: str) -> list[float]:
    from sextant.metrics.models import Metric

    series = series_of(Metric.objects.get(key=key), standpoint())
    return [round(value, 6) for value in series.values.tolist()]


def test_recorded_values_come_back_period_by_period(world: World) -> None:
    make_metric()
    result = record_values("waiting-time", monthly(2024, [5, 7, 9]))
    assert (result.accepted, result.unchanged, result.superseded, result.rejected) == (3, 0, 0, ())
    assert values_of("waiting-time") == [5, 7, 9]


def test_the_same_values_again_change_nothing(world: World) -> None:
    make_metric()
    record_values("waiting-time", monthly(2024, [5, 7]))
    again = record_values("waiting-time", monthly(2024, [5, 7]))
    assert (again.accepted, again.unchanged) == (0, 2)
    assert Measurement.objects.count() == 2


def test_a_correction_supersedes_and_keeps_the_old_value(world: World) -> None:
    make_metric()
    record_values("waiting-time", {"2024-01": 5})
    result = record_values("waiting-time", {"2024-01": 6})
    assert (result.accepted, result.superseded) == (1, 1)
    assert values_of("waiting-time") == [6]
    assert sorted(Measurement.objects.values_list("value", flat=True)) == [5, 6]


def test_yesterday_shows_what_was_known_yesterday(world: World) -> None:
    metric = make_metric()
    record_values(metric, {"2024-01": 5})
    Measurement.objects.update(known_at=timezone.now() - timedelta(days=3))
    record_values(metric, {"2024-01": 6})
    yesterday = standpoint((timezone.now() - timedelta(days=1)).date())
    assert series_of(metric, yesterday).values.tolist() == [5]
    assert series_of(metric, standpoint()).values.tolist() == [6]
    assert series_of(metric, standpoint((timezone.now() - timedelta(days=9)).date())).values.tolist() == []


def test_bad_points_are_rejected_one_by_one_and_good_ones_kept(world: World) -> None:
    make_metric()
    points = [
        RawPoint("waiting-time", "2024-01", 5),
        RawPoint("waiting-time", "2024-13", 5),
        RawPoint("nobody-knows", "2024-01", 5),
        RawPoint("waiting-time", "2024-02", float("nan")),
        RawPoint("waiting-time", "2024-03", "1e400"),
        RawPoint("waiting-time", "2024-04", None),
        RawPoint("waiting-time", "2024", 60),
        RawPoint("waiting-time", "2024-05", "<3"),
    ]
    result = record(admin(), points)
    assert result.accepted == 2
    assert [rejection.index for rejection in result.rejected] == [1, 2, 3, 4, 5, 6]
    assert [r.key for r in result.rejected if r.index in (2, 3, 5, 6)] == [
        "unknown-metric", "not-finite", "missing-value", "coarser-than-metric",
    ]  # fmt: skip
    kept = Measurement.objects.get(qualifier="<")
    assert kept.value == 3


def test_not_applicable_is_kept_without_a_value(world: World) -> None:
    make_metric()
    record_values("waiting-time", {"2024-01": 5, "2024-02": "n/a", "2024-03": 0})
    states = dict(Measurement.objects.values_list("state", "value").filter(state="not_applicable"))
    assert states == {"not_applicable": None}
    series = values_of("waiting-time")
    assert series[0] == 5
    assert series[1] != series[1]
    assert series[2] == 0


def test_a_batch_sent_twice_is_answered_twice_and_recorded_once(world: World) -> None:
    make_metric()
    points = [RawPoint("waiting-time", "2024-01", 5)]
    first = record(admin(), points, batch_key="nightly-1")
    record_values("waiting-time", {"2024-01": 6})
    again = record(admin(), points, batch_key="nightly-1")
    assert (again.accepted, again.replayed, first.replayed) == (1, True, False)
    assert values_of("waiting-time") == [6]


def test_days_of_a_weekly_metric_add_up_as_they_arrive(world: World) -> None:
    make_metric(frequency="week", aggregation="sum")
    record_values("waiting-time", {"2026-03-09": 1, "2026-03-10": 2})
    assert values_of("waiting-time") == [3]
    assert Measurement.objects.get(superseded_at=None).coverage == pytest.approx(2 / 7)
    record_values("waiting-time", {f"2026-03-{day}": 1 for day in range(11, 16)})
    assert values_of("waiting-time") == [8]
    assert Measurement.objects.get(superseded_at=None).coverage is None


def test_one_day_does_not_replace_a_week_recorded_as_a_whole(world: World) -> None:
    make_metric(frequency="week", aggregation="sum")
    record_values("waiting-time", {"2026-W11": 70})
    result = record_values("waiting-time", {"2026-03-09": 1})
    assert [rejection.key for rejection in result.rejected] == ["period-has-a-whole-value"]
    assert values_of("waiting-time") == [70]


def test_an_undone_batch_gives_back_what_stood_before(world: World) -> None:
    make_metric()
    record_values("waiting-time", monthly(2024, [1, 2]))
    record(admin(), [RawPoint("waiting-time", "2024-02", 20), RawPoint("waiting-time", "2024-03", 30)], batch_key="b")
    record_values("waiting-time", {"2024-03": 33})
    undo_batch(admin(), f"{admin().key}:b")
    assert values_of("waiting-time") == [1, 2, 33]


def test_a_push_token_of_another_team_reaches_nothing(world: World) -> None:
    from dataclasses import replace

    make_metric()
    pusher = replace(
        world.otto, kind="token", person_id=None, roles={}, scopes=frozenset({"push"}),
        push_team_ids=frozenset({world.surgery.id}),
    )  # fmt: skip
    result = record(pusher, [RawPoint("waiting-time", "2024-01", 5)])
    assert [rejection.key for rejection in result.rejected] == ["unknown-metric"]


def test_a_viewer_may_not_record(world: World) -> None:
    make_metric()
    result = record(world.vic, [RawPoint("waiting-time", "2024-01", 5)])
    assert [rejection.key for rejection in result.rejected] == ["not-allowed"]


def test_the_event_of_a_recording_names_the_metric_and_what_depends_on_it(world: World) -> None:
    make_metric("cost")
    make_metric("revenue")
    make_metric("margin", formula="1 - sum([cost]) / sum([revenue])", unit="number", aggregation="last")
    record_values("cost", {"2024-01": 60})
    event = Event.objects.filter(name="measurements.recorded").latest("id")
    assert {"metric:cost", "metric:margin"} <= set(event.topics)


def test_months_add_up_to_quarters(world: World) -> None:
    metric = make_metric()
    record_values(metric, monthly(2024, [1, 2, 3, 4]))
    quarters = series_of(metric, standpoint(), grain=Frequency.QUARTER)
    assert quarters.values.tolist() == [6, 4]
    assert quarters.flags[1].coverage == pytest.approx(1 / 3)
