"""Charts of pasted data, of which nothing is kept."""

from __future__ import annotations

import pytest
from django.test import Client

from sextant.calc.periods import Frequency, period_of
from sextant.metrics.models import Measurement
from sextant.people.queries import today
from tests.world import World


@pytest.fixture
def lea(world: World) -> Client:
    return world.client("lea")


def test_pasted_data_become_a_chart_without_anything_being_kept(lea: Client) -> None:
    months = "\n".join(f"2025-{month:02d}\t{50 + (month % 3)} %" for month in range(1, 13) if month != 5)
    page = lea.post("/scratch", {"pasted": f"Month\tShare\n{months}\nlater\t5"}).content.decode()
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page
    assert "Line 13" in page
    assert "Usual are" in page
    assert not Measurement.objects.exists()
    kept = lea.post("/kpis/new?from=scratch", {"values": months, "frequency": "month", "unit": "percent"})
    assert kept.status_code == 200
    assert "2025-01\t51 %" in kept.content.decode()


def test_pasted_values_alone_are_drawn_in_their_order(lea: Client) -> None:
    page = lea.post("/scratch", {"pasted": "\n".join(map(str, range(1, 9)))}).content.decode()
    assert "paste a period beside each value" in page
    nothing = lea.post("/scratch", {"pasted": "hello"})
    assert nothing.status_code == 422
    assert "no line with a number" in nothing.content.decode()


def test_a_divider_on_pasted_data_starts_a_new_range(lea: Client) -> None:
    months = [f"2025-{month:02d}\t{value}" for month, value in enumerate([1, 2, 1, 2, 1, 2, 9, 8, 9, 8, 9, 8], 1)]
    start = str(period_of(today().replace(year=2025, month=7, day=1), Frequency.MONTH).start)
    picture = lea.post("/scratch/chart.svg", {"pasted": "\n".join(months), "dividers": start})
    assert "New normal range from Jul 2025" in picture.content.decode()
