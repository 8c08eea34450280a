"""Comments on anything, who follows what, what waits to be read, and how it is brought to people.

The things themselves live in packages above this one, so a row names its subject by kind, key and label.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from sextant.core.models import Event
from sextant.people.models import Person, Team


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
    why = models.CharField(max_length=12, default="asked")  # one of the reasons in `notices`
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


PACE_CHOICES = [("inbox", "Inbox only"), ("weekly", "Weekly"), ("daily", "Daily"), ("at_once", "At once")]


class Channel(models.Model):
    """Where messages go outside of Sextant: a person's mail or chat, or the chat of a team and the teams below."""

    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="channels")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="channels")
    service = models.CharField(max_length=20)  # mail | a key of `services.SERVICES`
    is_account = models.BooleanField(default=False)  # the address the person signs in with, read from the person
    name = models.CharField(max_length=100)
    sealed = models.TextField(blank=True)  # the address, encrypted; empty for an account and once it is removed
    shown = models.CharField(max_length=200, blank=True)  # the address as far as it may be shown
    pace = models.CharField(max_length=8, choices=PACE_CHOICES, default="at_once")  # of a team's channel
    groups = models.JSONField(default=list)  # of a team's channel: what it hears of
    # The fingerprint of the mail address that was confirmed, or that was asked to confirm: another one is another.
    confirmed = models.CharField(max_length=64, blank=True)
    asked = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-is_account", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(is_account=True), name="channel_account_once"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, team__isnull=True) | Q(person__isnull=True, team__isnull=False),
                name="channel_of_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_mail(self) -> bool:
        return self.service == "mail"


class Wishes(models.Model):
    """When somebody wants to hear of things. Times are minutes of their day; days are 0 Monday to 6 Sunday."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="wishes")
    time_zone = models.CharField(max_length=64, blank=True)  # "": the organisation's
    quiet_from = models.PositiveSmallIntegerField(null=True, blank=True)  # None: no quiet hours
    quiet_to = models.PositiveSmallIntegerField(null=True, blank=True)
    quiet_weekdays = models.JSONField(default=list)  # on which days the quiet hours begin
    quiet_days = models.JSONField(default=list)  # days that are quiet as a whole
    digest_at = models.PositiveSmallIntegerField()
    digest_weekday = models.PositiveSmallIntegerField()
    most_a_week = models.PositiveSmallIntegerField(null=True, blank=True)  # messages at once per channel; None: any
    version = models.PositiveIntegerField(default=1)


class Choice(models.Model):
    """How fast a group of notices comes through one channel of a person; without a row the default holds."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="choices")
    group = models.CharField(max_length=12)
    pace = models.CharField(max_length=8, choices=PACE_CHOICES)
    before = models.CharField(max_length=8, blank=True)  # what muting by a link replaced, so that it can be undone

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "group"], name="choice_once")]


class Message(models.Model):
    """What is sent in one piece, made of deliveries when it is sent. "sending" with an ended lease is sent again."""

    key = models.UUIDField(default=uuid.uuid4, unique=True)  # the same on every attempt
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8)  # notices | digest | test | confirm
    state = models.CharField(max_length=8, default="waiting")  # waiting | sending | sent | failed | dropped
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    send_after = models.DateTimeField()
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["send_after"], condition=Q(state="waiting"), name="message_waiting"),
            models.Index(fields=["leased_until"], condition=Q(state="sending"), name="message_sending"),
            models.Index(fields=["channel", "created_at"], name="message_channel"),
        ]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def not_gone(self) -> DeliveryQuerySet:
        """What has not left: it waits, is held, or lies in a message that is to be tried again."""
        return self.filter(Q(state__in=("waiting", "held")) | Q(state="sending", message__state="waiting"))


class Delivery(models.Model):
    """One notice on its way through one channel. What a team's channel is told is in nobody's inbox."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    notification = models.ForeignKey(
        Notification, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries")
    notice = models.CharField(max_length=40)
    group = models.CharField(max_length=12)
    why = models.CharField(max_length=12)
    subject_kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=120)
    subject_label = models.CharField(max_length=300)
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    pace = models.CharField(max_length=8, choices=PACE_CHOICES)
    state = models.CharField(max_length=8, default="waiting")  # waiting | held | sending | sent | failed | dropped
    because = models.CharField(max_length=12, blank=True)  # why it is held or was dropped
    sent_before = models.PositiveSmallIntegerField(default=0)  # messages of the last seven days when it was held
    created_at = models.DateTimeField()
    send_after = models.DateTimeField()

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(
                fields=["send_after", "channel"], condition=Q(state__in=["waiting", "held"]), name="delivery_due"
            ),
            models.Index(fields=["channel", "state"], name="delivery_channel"),
            models.Index(fields=["event"], name="delivery_event"),
        ]
