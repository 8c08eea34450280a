"""The administrator sees what was given up, may try it again, and hears when nobody works."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sextant.core import access, jobs_keeping
from sextant.core.errors import Hidden, NotAllowed, Refused
from sextant.core.models import Event, Job, Worker
from tests.world import World

pytestmark = pytest.mark.django_db


def failed_job(error: str = "Traceback\n  in it\nValueError: <b>7</b>", once: str | None = None) -> Job:
    now = timezone.now()
    return Job.objects.create(
        name="test.given_up", lane="main", arguments={"event": 7}, once=once, state="failed", attempts=5,
        added_at=now, due_at=now, finished_at=now, error=error,
    )  # fmt: skip


def test_a_failed_job_tried_again_waits_with_all_its_attempts(world: World) -> None:
    job = jobs_keeping.retry(world.ada, failed_job())
    assert (job.state, job.attempts, job.finished_at) == ("waiting", 0, None)
    event = Event.objects.get(name="job.retried")
    assert (event.subject_label, event.actor_label) == ("test.given_up", world.ada.label)
    with pytest.raises(Refused) as refused:
        jobs_keeping.retry(world.ada, job)
    assert refused.value.problems[0].key == "job-not-failed"


def test_a_failed_job_gives_way_to_the_same_that_waits(world: World) -> None:
    failed = failed_job(once="a")
    Job.objects.create(
        name=failed.name, lane="main", arguments={}, once="a", added_at=timezone.now(), due_at=timezone.now()
    )
    assert jobs_keeping.retry(world.ada, failed).state == "done"


def test_background_work_is_the_administrators_affair(world: World) -> None:
    job = failed_job()
    with pytest.raises(Hidden):
        jobs_keeping.find_job(world.lea, job.pk)
    with pytest.raises(NotAllowed):
        jobs_keeping.retry(world.lea, job)
    assert not access.visible("job", world.cem).exists()
    jobs_keeping.retry(world.ada, job)
    assert world.client("lea").get("/settings/background").status_code == 403


def test_the_page_shows_what_was_given_up_and_why_and_tries_again(world: World) -> None:
    job = failed_job()
    client = world.client("ada")
    shown = client.get("/settings/background").content.decode()
    assert "test.given_up" in shown
    assert "ValueError: &lt;b&gt;7&lt;/b&gt;" in shown
    assert "event: 7" in shown
    assert "no worker runs" in shown
    Worker.objects.create(name="kpi-1:1:aa", started_at=timezone.now(), seen_at=timezone.now())
    assert "A worker is there" in client.get("/settings/background").content.decode()
    assert client.post(f"/settings/background/{job.pk}/retry").status_code == 302
    job.refresh_from_db()
    assert job.state == "waiting"


def test_a_worker_that_has_been_silent_does_not_work(world: World) -> None:
    assert not jobs_keeping.is_worked_on()
    Worker.objects.create(name="w", started_at=timezone.now(), seen_at=timezone.now() - timedelta(minutes=2))
    assert not jobs_keeping.is_worked_on()
    Worker.objects.update(seen_at=timezone.now())
    assert jobs_keeping.is_worked_on()


def test_old_jobs_and_workers_are_swept_and_lanes_no_longer_known_are_taken_in(world: World) -> None:
    now = timezone.now()
    for state, days in [("done", 1), ("done", 4), ("failed", 4), ("failed", 61)]:
        at = now - timedelta(days=days)
        Job.objects.create(
            name=f"{state}-{days}", lane="main", arguments={}, state=state, added_at=at, due_at=at, finished_at=at
        )
    Job.objects.create(name="stray", lane="long-gone", arguments={}, added_at=now, due_at=now)
    Worker.objects.create(name="gone", started_at=now, seen_at=now - timedelta(days=2))
    jobs_keeping.sweep()
    assert set(Job.objects.values_list("name", "lane")) == {
        ("done-1", "main"), ("failed-4", "main"), ("stray", "main"),
    }  # fmt: skip
    assert not Worker.objects.exists()
