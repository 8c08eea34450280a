"""Background work for the administrator: what waits, what runs, what failed and why, and trying again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sextant.core import jobs_keeping
from sextant.core.models import Job
from sextant.people.access import require_organisation
from sextant.web.requests import PageRequest, say

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class FailedRow:
    name: str
    failed_at: datetime | None
    attempts: int
    reason: str  # the last line of the text
    text: str
    arguments: str
    retry_url: str


@require_safe
def background(request: PageRequest) -> HttpResponse:
    """Counts by name, the newest failures, and when a worker was last seen."""
    require_organisation(request.actor)
    failed = jobs_keeping.failed_jobs(request.actor)
    context = {
        "backlog": jobs_keeping.backlog(),
        "failed": [_failed_row(job) for job in failed[:MOST_ROWS]],
        "more_failed": max(0, failed.count() - MOST_ROWS),
        "is_worked_on": jobs_keeping.is_worked_on(),
        "last_seen": jobs_keeping.last_seen(),
        "days_kept": jobs_keeping.DAYS_DONE,
    }
    return render(request, "settings/background.html", context)


@require_POST
def job_retry(request: PageRequest, number: int) -> HttpResponse:
    """Let a failed job run again."""
    require_organisation(request.actor)
    job = jobs_keeping.retry(request.actor, jobs_keeping.find_job(request.actor, number))
    say(request, _("The job “%(name)s” is tried again.") % {"name": job.name})
    return redirect("background")


def _failed_row(job: Job) -> FailedRow:
    lines = [line.strip() for line in job.error.splitlines() if line.strip()]
    return FailedRow(
        job.name,
        job.finished_at,
        job.attempts,
        lines[-1][:300] if lines else "",
        job.error,
        ", ".join(f"{name}: {value}" for name, value in job.arguments.items())[:200],
        reverse("job_retry", args=[job.pk]),
    )


urlpatterns = [
    path("settings/background", background, name="background"),
    path("settings/background/<int:number>/retry", job_retry, name="job_retry"),
]
