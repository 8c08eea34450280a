"""An import on its way: uploaded, read, previewed, confirmed; and mappings kept for the next file."""

from __future__ import annotations

from django.db import models

from sextant.metrics.models import Batch
from sextant.people.models import Person, Team


class Import(models.Model):
    """One import. Its files and what was read of them lie in a folder of their own until it is confirmed."""

    key = models.CharField(max_length=120, unique=True)
    # uploaded -> reading -> ready -> publishing -> done; or failed, discarded, undone
    state = models.CharField(max_length=12, default="uploaded")
    name = models.CharField(max_length=300)
    source = models.CharField(max_length=200)
    folder = models.CharField(max_length=500)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="imports")
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    visibility = models.CharField(max_length=12, default="team")
    viewers = models.ManyToManyField(Person, blank=True, related_name="+")
    author = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    mapping = models.JSONField(default=dict)
    repeats = models.CharField(max_length=8, default="last")
    step = models.CharField(max_length=200, blank=True)
    progress = models.FloatField(default=0)  # 0..1
    beat_at = models.DateTimeField(null=True)  # a reading process says it lives; silence means it died
    summary = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="+")
    created_metric_ids = models.JSONField(default=list)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class SavedMapping(models.Model):
    """How files of one kind are read, kept under a name."""

    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="saved_mappings")
    mapping = models.JSONField(default=dict)
    author = models.CharField(max_length=200)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
