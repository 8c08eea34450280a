"""Comments on anything, who follows what, and what waits to be read.

The things themselves live in packages above this one, so a row names its subject by kind, key and label.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.core.models import Event
from sextant.people.models import Person


class Comment(models.Model):
    """What somebody says about a thing, in Markdown; an answer names the comment it answers."""

    subject_kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=120)
    subject_label = models.CharField(max_length=300)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="answers")
    # None: Sextant itself.
    author = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="comments")
    text = models.TextField()
    known_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)  # since when `text` reads as it does; None: from the start
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["known_at", "id"]
        indexes = [models.Index(fields=["subject_kind", "subject_key", "known_at"], name="comment_subject")]

    def __str__(self) -> str:
        return self.subject_label

    @property
    def is_removed(self) -> bool:
        return self.deleted_at is not None


class FormerText(models.Model):
    """How a comment read from `known_at` until it was changed."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="former_texts")
    text = models.TextField()
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField()

    class Meta:
        ordering = ["superseded_at", "id"]


class Follow(models.Model):
    """Somebody wants to hear of a thing, or (ended) wants no more, even as its owner."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="follows")
    subject_kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=120)
    known_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "subject_kind", "subject_key"], name="follow_once"),
        ]
        indexes = [models.Index(fields=["subject_kind", "subject_key"], name="follow_subject")]


class Notification(models.Model):
    """Something one person should know: a comment, or what happened. Unread until it is marked read."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notifications")
    notice = models.CharField(max_length=40)  # mention | reply | comment | a name registered in `notices`
    subject_kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=120)
    subject_label = models.CharField(max_length=300)
    comment = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.CASCADE, related_name="notifications")
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "comment"], condition=Q(comment__isnull=False), name="notification_comment_once"
            ),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["person", "created_at"], name="notification_person"),
        ]
