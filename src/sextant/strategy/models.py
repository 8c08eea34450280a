"""Why the organisation exists, its pillars, and its spans of time."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

CYCLE_KINDS = [("cycle", "Cycle"), ("sprint", "Sprint")]


class Vision(models.Model):
    """A version of why the organisation exists; the current one has no `superseded_at`."""

    text = models.TextField()
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(superseded_at=None), name="vision_current_once"),
        ]


class Theme(models.Model):
    """A strategic pillar under the vision; anything can point to one."""

    key = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    source = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Cycle(models.Model):
    """A named span of days, both ends included; several may run at once."""

    key = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=6, choices=CYCLE_KINDS, default="cycle")  # a sprint is a short one
    starts_on = models.DateField()
    ends_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)  # when everything in it was closed and looked back on
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-starts_on", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="cycle_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.name
