"""What happened (ADR 0001), and what is to be done about it in the background (ADR 0017)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Event(models.Model):
    """Something that happened, written in the transaction that made it happen.

    The table is audit log, activity feed, webhook source and live feed at once.
    """

    at = models.DateTimeField()
    name = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_key = models.CharField(max_length=80)
    actor_label = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=120)
    subject_label = models.CharField(max_length=300)
    # Where the subject lives and who may see it, copied so that the live stream never asks the database.
    team_id = models.BigIntegerField(null=True)
    visibility = models.CharField(max_length=12, default="organisation")
    viewer_ids = models.JSONField(default=list)
    topics = models.JSONField(default=list)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_key"], name="event_subject"),
            models.Index(fields=["at"], name="event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject_key}"


STATE_CHOICES = [("waiting", "Waiting"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")]


class Job(models.Model):
    """Work to be done in the background. Its row commits with the change that asks for it.

    Who runs it holds a lease under a secret token; whose lease has ended can no longer say that it is done.
    """

    name = models.CharField(max_length=80)
    lane = models.CharField(max_length=20)
    arguments = models.JSONField()
    once = models.CharField(max_length=200, null=True)  # while one with this key waits, no second one is added
    state = models.CharField(max_length=8, choices=STATE_CHOICES, default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    added_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease = models.CharField(max_length=32, default="")
    leased_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, default="")
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(default="")  # what the last attempt said

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "once"], condition=Q(state="waiting"), name="job_waiting_once"),
        ]
        indexes = [
            models.Index(fields=["lane", "due_at", "id"], condition=Q(state="waiting"), name="job_waiting"),
            models.Index(fields=["leased_until"], condition=Q(state="running"), name="job_running"),
            models.Index(fields=["finished_at"], condition=Q(state="failed"), name="job_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class Periodic(models.Model):
    """When a periodic job is due next; who moves the time on adds the job."""

    name = models.CharField(max_length=80, primary_key=True)
    due_at = models.DateTimeField()


class Worker(models.Model):
    """A process that runs jobs, and when it last said so."""

    name = models.CharField(max_length=120, primary_key=True)  # machine, process and start, such as "kpi-1:4711:3fa2"
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
