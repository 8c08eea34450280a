"""Background work as the administrator sees it: what waits, runs and failed, and trying again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sextant.core import access, events
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.core.jobs import MAIN, execute, lanes, sql_now
from sextant.core.models import Job, Worker
from sextant.core.writing import writing

SENTENCES = {
    "job.failed": _("gave up the background job %(subject)s"),
    "job.retried": _("tried the background job %(subject)s again"),
}
SILENT_AFTER = timedelta(minutes=1)
DAYS_DONE = 3
DAYS_FAILED = 60
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much there is to do, by the job's name."""

    name: str
    waiting: int  # for now or for the next attempt
    running: int
    done: int  # in the last days, until they are swept
    failed: int
    oldest_due: datetime | None  # since when the first of them waits; None when none is due


def visible_jobs(actor: Actor) -> QuerySet[Job]:
    """Background work is the administrator's affair: its error texts may name anything."""
    return Job.objects.all() if actor.may_read and actor.is_admin else Job.objects.none()


def can_job(actor: Actor, action: str, job: Job | None) -> bool:
    return actor.is_admin and (actor.may_read if action == "view" else actor.may_write)


def find_job(actor: Actor, job_id: int) -> Job:
    """The job with this number. Raises Hidden when it is not there or not visible."""
    job = visible_jobs(actor).filter(pk=job_id).first()
    if job is None:
        raise Hidden("job", str(job_id))
    return job


def retry(actor: Actor, job: Job) -> Job:
    """Let a failed job run again, with all its attempts. Refused when it has not failed."""
    access.require("job", actor, "retry", job)
    with writing():
        twin = Job.objects.filter(name=job.name, once=job.once, state="waiting").exclude(once=None).exists()
        changed = Job.objects.filter(pk=job.pk, state="failed").update(
            state="done" if twin else "waiting", attempts=0, due_at=Now(), finished_at=Now() if twin else None
        )
        if not changed:
            raise refuse("job-not-failed", "This job has not failed, or somebody else tried it again already.")
        events.emit(actor, "job.retried", "job", str(job.pk), job.name, visibility="people")
    job.refresh_from_db()
    return job


def backlog() -> list[Backlog]:
    """One line for each name of which there are jobs."""
    due = Q(state="waiting", due_at__lte=Now())
    rows = (
        Job.objects.values("name")
        .annotate(
            waiting=Count("id", filter=Q(state="waiting")),
            running=Count("id", filter=Q(state="running")),
            done=Count("id", filter=Q(state="done")),
            failed=Count("id", filter=Q(state="failed")),
            oldest_due=Min("due_at", filter=due),
        )
        .order_by("name")
    )
    return [Backlog(**row) for row in rows]


def failed_jobs(actor: Actor) -> QuerySet[Job]:
    """The newest first."""
    return visible_jobs(actor).filter(state="failed").order_by("-finished_at", "-id")


def last_seen() -> datetime | None:
    """When a worker last said that it is there; None: never, or it was stopped."""
    seen: datetime | None = Worker.objects.aggregate(seen=Max("seen_at"))["seen"]
    return seen


def is_worked_on() -> bool:
    """Whether a worker was there within the last minute."""
    seen = last_seen()
    return seen is not None and timezone.now() - seen < SILENT_AFTER


def sweep() -> None:
    """Forget jobs done days ago, failures nobody cared for, and workers long gone; take in lanes no longer known."""
    old = f"state = 'done' AND finished_at < {sql_now(-DAYS_DONE * 86_400)}"
    older = f"finished_at < {sql_now(-DAYS_FAILED * 86_400)}"
    for condition in (old, older):
        changed = ROWS_AT_ONCE
        while changed == ROWS_AT_ONCE:
            with writing():
                changed = execute(
                    f"DELETE FROM core_job WHERE id IN (SELECT id FROM core_job WHERE {condition} LIMIT {ROWS_AT_ONCE})"
                )
    with writing():
        Job.objects.filter(state="waiting").exclude(lane__in=lanes()).update(lane=MAIN)
        Worker.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()


def register() -> None:
    access.register("job", visible_jobs, can_job)
    for name, sentence in SENTENCES.items():
        events.register(name, sentence)
