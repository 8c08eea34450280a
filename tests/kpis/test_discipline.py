"""On-time rates: the rule of docs/method/discipline.md, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sextant.kpis.models import Kpi
from sextant.kpis.queries.discipline import Punctuality, TeamDiscipline, discipline
from sextant.metrics.models import Measurement
from tests.make import admin, make_kpi, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 20, 9)
ACTIVATED = datetime(2026, 1, 1, tzinfo=UTC)


def active(key: str, **changes: object) -> Kpi:
    """A monthly KPI active since January 2026, with the usual seven days of grace."""
    kpi = make_kpi(key, active=True, **changes)
    Kpi.objects.filter(pk=kpi.pk).update(activated_at=ACTIVATED)
    return kpi


def known(key: str, period_start: datetime, at: datetime) -> None:
    hour = int(period_start.replace(tzinfo=UTC).timestamp() // 3600)
    Measurement.objects.filter(metric__key=key, start=hour).update(known_at=at)


def team_of(rows: list[TeamDiscipline]) -> dict[tuple[int, int], Punctuality]:
    (row,) = rows
    return dict(zip(row.months, row.each, strict=True))


def test_in_time_late_and_missed_are_told_apart_by_the_end_of_the_grace_days(world: World) -> None:
    record_values(active("waits"), monthly(2026, [1, 2, 3]))
    known("waits", datetime(2026, 1, 1), datetime(2026, 2, 7, 23, tzinfo=UTC))  # due 8 February, 0:00
    known("waits", datetime(2026, 2, 1), datetime(2026, 3, 9, tzinfo=UTC))  # a day late
    known("waits", datetime(2026, 3, 1), datetime(2026, 4, 2, tzinfo=UTC))
    months = team_of(discipline(admin(), now=NOW))
    assert months[2026, 2] == Punctuality(on_time=1)
    assert months[2026, 3] == Punctuality(late=1)
    assert months[2026, 4] == Punctuality(on_time=1)
    assert months[2026, 5] == Punctuality(missed=1)
    assert months[2026, 6] == Punctuality(missed=1)
    assert months[2026, 1].rate is None


def test_the_whole_is_the_share_of_everything_that_fell_due(world: World) -> None:
    record_values(active("waits"), monthly(2026, [1, 2, 3]))
    for month in (1, 2, 3):
        known("waits", datetime(2026, month, 1), datetime(2026, month, 28, tzinfo=UTC))
    (row,) = discipline(admin(), now=NOW)
    assert (row.whole.on_time, row.whole.due, row.whole.rate) == (3, 5, pytest.approx(0.6))


def test_a_correction_does_not_make_a_value_late(world: World) -> None:
    kpi = active("waits")
    record_values(kpi, {"2026-01": 1})
    known("waits", datetime(2026, 1, 1), datetime(2026, 2, 1, tzinfo=UTC))
    record_values(kpi, {"2026-01": 2})
    assert team_of(discipline(admin(), now=NOW))[2026, 2] == Punctuality(on_time=1)


def test_nobody_was_late_before_the_kpi_was_active(world: World) -> None:
    kpi = active("waits")
    Kpi.objects.filter(pk=kpi.pk).update(activated_at=datetime(2026, 5, 10, tzinfo=UTC))
    months = team_of(discipline(admin(), now=NOW))
    assert sum(month.due for month in months.values()) == 1
    assert months[2026, 6] == Punctuality(missed=1)


def test_history_dated_by_an_import_says_nothing(world: World) -> None:
    record_values(active("waits"), monthly(2026, [1, 2, 3, 4, 5]))
    Measurement.objects.update(dated_by_import=True)
    assert sum(month.due for month in team_of(discipline(admin(), now=NOW)).values()) == 0


def test_drafts_and_calculated_kpis_are_not_counted(world: World) -> None:
    make_kpi("draft")
    active("sum", formula="[draft] + 1")
    assert discipline(admin(), now=NOW) == []


def test_teams_see_the_discipline_of_what_they_may_see(world: World) -> None:
    active("secret", visibility="team")
    assert discipline(world.otto, now=NOW) == []
    assert [row.team for row in discipline(world.cem, now=NOW)] == ["Emergency"]


def test_the_months_run_up_to_the_present_one(world: World) -> None:
    active("waits")
    (row,) = discipline(admin(), months=3, now=NOW)
    assert row.months == ((2026, 4), (2026, 5), (2026, 6))
    assert discipline(admin(), months=1, now=NOW + timedelta(days=30))[0].months == ((2026, 7),)
