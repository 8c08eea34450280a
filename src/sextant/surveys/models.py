"""Surveys and what they counted (ADR 0020). No row says who answered what, or when.

Answers are counts. A column that tells when something was touched would undo that: there is none but the hour at which
a period begins. Time columns named `start` and `end` are whole hours on the calendar line (ADR 0002).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.metrics.models import Metric

KIND_CHOICES = [("nps", "Net promoter score"), ("csat", "Satisfaction"), ("rating", "Rating")]
AUDIENCE_CHOICES = [
    ("invited", "Who gets a personal link"),
    ("link", "Whoever has the link"),
    ("internal", "The people of the team"),
]
STATE_CHOICES = [("draft", "Draft"), ("open", "Open"), ("paused", "Paused"), ("closed", "Closed")]
FEWEST_ANSWERS = 5


class Survey(models.Model):
    """One question, asked again every period. Team, owner, frequency and who may see it are its metric's."""

    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=300)
    question = models.CharField(max_length=500)
    low_label = models.CharField(max_length=60, blank=True)  # what the lowest score means, such as "not at all"
    high_label = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=8, choices=KIND_CHOICES)
    points = models.PositiveSmallIntegerField()  # how many scores there are to choose from
    metric = models.OneToOneField(Metric, on_delete=models.PROTECT, related_name="survey")
    audience = models.CharField(max_length=10, choices=AUDIENCE_CHOICES)
    min_answers = models.PositiveSmallIntegerField(default=FEWEST_ANSWERS)
    state = models.CharField(max_length=8, choices=STATE_CHOICES, default="draft")
    # The link of a survey for whoever has it: found by its hash, shown again to its makers out of the sealed text.
    link_hash = models.CharField(max_length=64, blank=True)
    sealed_link = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(min_answers__gte=FEWEST_ANSWERS), name="survey_keeps_five"),
            models.UniqueConstraint(fields=["link_hash"], condition=~Q(link_hash=""), name="survey_link_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def asks_everybody(self) -> bool:
        """Whether those asked are all whom the result is about, and no sample of them."""
        return self.audience == "internal"

    @property
    def is_open(self) -> bool:
        return self.state == "open" and self.archived_at is None


class Invitation(models.Model):
    """A personal link for one answer. Whose it is, is not kept, nor when it was used."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="invitations")
    start = models.BigIntegerField()  # the period in which it was made
    until = models.BigIntegerField()  # it works until this hour
    token_hash = models.CharField(max_length=64, unique=True)
    is_used = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["survey", "start"], name="invitation_of_survey")]


class Round(models.Model):
    """One period of a survey: counts while it runs, a result once it is published.

    All counts stand in one row, so that every answer leaves the same trace in the database whatever it says.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="rounds")
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    counts = models.JSONField()  # answers per score, the lowest first; emptied when the result is withheld
    late = models.PositiveIntegerField(default=0)  # how many of them came by links of an earlier period
    salt = models.CharField(max_length=64, blank=True)  # makes marks; gone once published
    is_entered = models.BooleanField(default=False)  # counted elsewhere, and entered as counts
    n = models.PositiveIntegerField(null=True)
    invited = models.PositiveIntegerField(null=True)
    value = models.FloatField(null=True)  # None: withheld, fewer answers than `min_answers`
    margin = models.FloatField(null=True)
    batch_key = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["start"]
        constraints = [models.UniqueConstraint(fields=["survey", "start"], name="round_once")]
        indexes = [models.Index(fields=["end"], condition=Q(published_at=None), name="round_unpublished")]

    @property
    def population(self) -> int | None:
        """Everybody the result is about, where all of them were asked: then the margin is narrower."""
        return self.invited if self.survey.asks_everybody and not self.is_entered else None


class Mark(models.Model):
    """That somebody of the team has answered in a running period, told only to who knows the person and both keys.

    Deleted when the period is published.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="marks")
    mark = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "mark"], name="mark_once")]
