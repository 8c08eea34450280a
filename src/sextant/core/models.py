"""The Event table: audit log, activity feed, webhook source and live feed at once (ADR 0001)."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """Something that happened, written in the transaction that made it happen."""

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
