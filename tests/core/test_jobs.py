"""Jobs: added with the change, run at least once, with one effect, and given up only in sight of somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from sextant.core import jobs, jobs_worker
from sextant.core.jobs import LeaseLostError, enqueue, finishing, job, run_due
from sextant.core.models import Event, Job, Worker
from sextant.core.writing import writing

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    """What the jobs of this module were called with; the jobs are known during the test alone."""
    calls: list[Any] = []
    before = jobs.kinds()

    @job("test.one")
    def one(**arguments: Any) -> None:
        calls.append(arguments)

    @job("test.many", together=3)
    def many(batch: list[dict[str, Any]]) -> None:
        calls.append([call["n"] for call in batch])

    @job("test.bad", attempts=2)
    def bad() -> None:
        calls.append("bad")
        raise RuntimeError("It is broken.")

    @job("test.slow", lane="slow")
    def slow() -> None:
        calls.append("slow")

    yield calls
    for name in set(jobs.kinds()) - set(before):
        jobs._kinds.pop(name)


def make_due() -> None:
    Job.objects.filter(state="waiting").update(due_at=timezone.now())


def test_a_job_runs_with_its_arguments_and_is_done(heard: list[Any]) -> None:
    enqueue("test.one", {"metrics": [1, 2], "why": "Zürich"})
    assert run_due() == 1
    assert heard == [{"metrics": [1, 2], "why": "Zürich"}]
    assert Job.objects.get().state == "done"
    assert run_due() == 0


def test_a_job_of_a_change_that_is_rolled_back_was_never_added(heard: list[Any]) -> None:
    def change() -> None:
        with writing():
            enqueue("test.one", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert not Job.objects.exists()


def test_a_name_nobody_registered_is_an_error_where_it_is_written(heard: list[Any]) -> None:
    with pytest.raises(LookupError, match=r"test\.unknown"):
        enqueue("test.unknown", {})


def test_two_functions_for_one_name_are_an_error(heard: list[Any]) -> None:
    def other() -> None: ...

    other.__module__ = "somewhere.else"
    with pytest.raises(LookupError, match=r"test\.one"):
        job("test.one")(other)


def test_while_a_job_waits_no_second_one_is_added(heard: list[Any]) -> None:
    enqueue("test.one", {"n": 1}, once="a")
    enqueue("test.one", {"n": 2}, once="a")
    enqueue("test.one", {"n": 3}, once="b")
    enqueue("test.one", {"n": 4})
    enqueue("test.one", {"n": 4})
    run_due()
    assert [call["n"] for call in heard] == [1, 3, 4, 4]
    enqueue("test.one", {"n": 5}, once="a")
    assert run_due() == 1


def test_a_job_asked_for_earlier_runs_earlier(heard: list[Any]) -> None:
    enqueue("test.one", {}, once="a", run_at=timezone.now() + timedelta(hours=1))
    assert run_due() == 0
    enqueue("test.one", {}, once="a")
    assert run_due() == 1


def test_a_job_for_later_waits(heard: list[Any]) -> None:
    enqueue("test.one", {}, run_at=timezone.now() + timedelta(hours=1))
    assert run_due() == 0
    make_due()
    assert run_due() == 1


def test_jobs_for_which_it_is_worthwhile_run_together(heard: list[Any]) -> None:
    for n in range(5):
        enqueue("test.many", {"n": n})
    enqueue("test.one", {})
    assert run_due() == 6
    assert heard == [[0, 1, 2], [3, 4], {}]


def test_no_more_are_run_than_asked_for(heard: list[Any]) -> None:
    for n in range(5):
        enqueue("test.many", {"n": n})
    assert run_due(limit=2) == 2
    assert heard == [[0, 1]]


def test_what_fails_waits_longer_each_time_and_is_then_given_up_in_sight(heard: list[Any]) -> None:
    enqueue("test.bad", {})
    run_due()
    waiting = Job.objects.get()
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert waiting.due_at > timezone.now() + timedelta(seconds=3)
    assert "It is broken." in waiting.error
    make_due()
    run_due()
    failed = Job.objects.get()
    assert (failed.state, failed.attempts) == ("failed", 2)
    assert "RuntimeError: It is broken." in failed.error
    assert Event.objects.get(name="job.failed").subject_label == "test.bad"
    assert [jobs_worker.pause_seconds(n) for n in (1, 2, 3, 9)] == [5, 20, 80, 3600]


def test_one_bad_job_takes_no_others_with_it(heard: list[Any]) -> None:
    done: list[int] = []

    @job("test.mixed", together=500)
    def mixed(batch: list[dict[str, Any]]) -> None:
        if any(call["n"] == 77 for call in batch):
            raise RuntimeError
        done.extend(call["n"] for call in batch)

    for n in range(200):
        enqueue("test.mixed", {"n": n})
    for _ in range(5):
        make_due()
        run_due()
    assert sorted(done) == [n for n in range(200) if n != 77]
    assert Job.objects.get(state="failed").arguments == {"n": 77}


def test_a_job_this_version_does_not_know_fails_in_sight(heard: list[Any]) -> None:
    enqueue("test.one", {})
    Job.objects.update(name="test.of_the_future")
    assert run_due() == 0
    failed = Job.objects.get()
    assert (failed.state, failed.error) == ("failed", jobs_worker.UNKNOWN)
    assert Event.objects.filter(name="job.failed").exists()


def test_a_job_whose_worker_died_runs_again(heard: list[Any]) -> None:
    enqueue("test.one", {"n": 1})
    assert jobs_worker.step(None, worker="dies", lane="main") is not None
    assert run_due() == 0
    assert jobs_worker.reap() == 0
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert jobs_worker.reap() == 1
    assert run_due() == 1
    assert heard == [{"n": 1}]


def test_a_job_that_kills_every_worker_is_given_up_in_sight(heard: list[Any]) -> None:
    enqueue("test.one", {})
    for _ in range(5):
        make_due()
        assert jobs_worker.step(None, worker="dies", lane="main") is not None
        Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        jobs_worker.reap()
    failed = Job.objects.get()
    assert (failed.state, failed.error) == ("failed", jobs_worker.DIED)


def test_a_died_job_gives_way_to_the_same_that_waits(heard: list[Any]) -> None:
    enqueue("test.one", {}, once="a")
    assert jobs_worker.step(None, worker="dies", lane="main") is not None
    enqueue("test.one", {}, once="a")
    Job.objects.filter(state="running").update(leased_until=timezone.now() - timedelta(seconds=1))
    assert jobs_worker.reap() == 1
    assert run_due() == 1
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_who_has_lost_the_lease_leaves_no_effect(heard: list[Any]) -> None:
    @job("test.effect")
    def effect() -> None:
        with finishing():
            Worker.objects.create(name="effect", started_at=timezone.now(), seen_at=timezone.now())

    enqueue("test.effect", {})
    slow = jobs_worker.step(None, worker="slow", lane="main")
    assert slow is not None
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    jobs_worker.reap()
    with transaction.atomic():
        jobs_worker.perform(slow)
    assert not Worker.objects.exists()
    jobs_worker.step(slow, worker="slow", lane="main", claims=False)
    assert Job.objects.get().state == "waiting"
    assert run_due() == 1
    assert Worker.objects.count() == 1


def test_an_effect_and_the_end_of_its_job_are_one(heard: list[Any]) -> None:
    @job("test.effect")
    def effect() -> None:
        with finishing():
            Worker.objects.create(name="effect", started_at=timezone.now(), seen_at=timezone.now())
        assert Job.objects.get().state == "done"
        raise RuntimeError("Too late to matter.")

    enqueue("test.effect", {})
    run_due()
    assert Job.objects.get().state == "done"


def test_outside_of_a_job_finishing_is_a_transaction() -> None:
    def act() -> None:
        with finishing():
            Worker.objects.create(name="effect", started_at=timezone.now(), seen_at=timezone.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not Worker.objects.exists()


def test_a_lease_is_extended_by_who_holds_it_alone(heard: list[Any]) -> None:
    enqueue("test.one", {})
    run = jobs_worker.step(None, worker="w", lane="main")
    assert run is not None
    assert jobs_worker.beat(run, 600)
    assert Job.objects.get().leased_until > timezone.now() + timedelta(seconds=500)
    Job.objects.update(lease="of somebody else")
    assert not jobs_worker.beat(run, 600)
    with pytest.raises(LeaseLostError), writing():
        jobs_worker.settle(run)


def test_what_is_given_back_has_lost_no_attempt(heard: list[Any]) -> None:
    enqueue("test.one", {})
    run = jobs_worker.step(None, worker="stops", lane="main")
    assert run is not None
    jobs_worker.give_back(run)
    given = Job.objects.get()
    assert (given.state, given.attempts) == ("waiting", 0)
    assert run_due() == 1


def test_a_lane_takes_its_own_jobs_alone(heard: list[Any]) -> None:
    enqueue("test.slow", {})
    assert jobs.lanes()[0] == "main"
    assert "slow" in jobs.lanes()
    assert not jobs_worker.is_due("main")
    assert jobs_worker.is_due("slow")
    assert jobs_worker.step(None, worker="w", lane="main") is None
    assert jobs_worker.step(None, worker="w", lane="slow") is not None


def test_error_texts_hold_no_secrets(heard: list[Any]) -> None:
    @job("test.talks")
    def talks() -> None:
        raise RuntimeError("GET /invitation/abcdefghijkl failed")

    enqueue("test.talks", {})
    run_due()
    assert "abcdefghijkl" not in Job.objects.get().error
