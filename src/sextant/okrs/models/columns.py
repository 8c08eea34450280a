"""Columns that several tables share."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Edited(models.Model):
    """What people edit: `version` counts the changes, and archiving is the only way to delete."""

    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


class Imported(models.Model):
    """What an import may have brought: its number at the `source` it came from, and the import by its batch."""

    source = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=300, blank=True)
    batch_key = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True


class Statement(models.Model):
    """What somebody said at a time; a later row supersedes it, so that it stays readable on a past date."""

    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def once_imported(name: str) -> models.UniqueConstraint:
    """A thing of a source is here once, however often it is imported."""
    return models.UniqueConstraint(fields=["source", "external_id"], condition=~Q(external_id=""), name=name)
