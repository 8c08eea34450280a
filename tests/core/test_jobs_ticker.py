"""Periodic jobs are added once when they are due, whoever looks and however long nobody looked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from sextant.core import jobs
from sextant.core.jobs import every, job, run_due
from sextant.core.jobs_ticker import tick
from sextant.core.models import Job, Periodic

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ran() -> Iterator[list[str]]:
    """What ran; the one periodic job is known during the test alone."""
    ran: list[str] = []
    before = jobs.periods()
    jobs._periods.clear()

    @job("test.periodic")
    def periodic() -> None:
        ran.append("periodic")

    every("test.periodic", seconds=60)
    yield ran
    jobs._periods.clear()
    jobs._periods.update(before)
    jobs._kinds.pop("test.periodic")


def test_a_periodic_job_is_added_when_it_is_due(ran: list[str]) -> None:
    assert tick() == 1
    assert tick() == 0
    run_due()
    assert ran == ["periodic"]
    assert tick() == 0
    Periodic.objects.update(due_at=timezone.now())
    assert tick() == 1
    due_at = Periodic.objects.get().due_at
    assert timezone.now() + timedelta(seconds=50) < due_at <= timezone.now() + timedelta(seconds=60)


def test_what_was_missed_is_made_up_for_once(ran: list[str]) -> None:
    tick()
    run_due()
    Periodic.objects.update(due_at=timezone.now() - timedelta(days=3))
    assert tick() == 1
    assert tick() == 0
    run_due()
    assert ran == ["periodic", "periodic"]


def test_while_one_waits_no_second_one_is_added(ran: list[str]) -> None:
    tick()
    Periodic.objects.update(due_at=timezone.now())
    tick()
    assert Job.objects.count() == 1


def test_a_period_that_is_no_longer_registered_rests(ran: list[str]) -> None:
    Periodic.objects.create(name="of.the_past", due_at=timezone.now())
    tick()
    assert set(Job.objects.values_list("name", flat=True)) == {"test.periodic"}
