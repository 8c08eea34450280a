"""The pulse: what people think of the way of working, asked without keeping who said what.

There is no row that ties an answer to a person or a time: answers are counts, and that somebody has answered is known
only while a round is open. When it closes, the counts of small teams are put together for good (`calc.small_groups`).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.people.models import Person, Team


class PulseRhythm(models.Model):
    """Whether the pulse is asked at all, and how often: one row, and none means off."""

    is_on = models.BooleanField(default=False)
    every_months = models.PositiveSmallIntegerField(default=3)
    open_days = models.PositiveSmallIntegerField(default=14)
    version = models.PositiveIntegerField(default=1)


class PulseRound(models.Model):
    """One time of asking. Nothing of it is shown before it is closed."""

    key = models.CharField(max_length=80, unique=True)
    statements = models.JSONField(default=list)  # keys, in the order asked
    opened_at = models.DateTimeField()
    closes_on = models.DateField()  # the last day
    closed_at = models.DateTimeField(null=True, blank=True)
    answers = models.PositiveIntegerField(null=True)  # once closed: how many are counted, None when too few to tell
    groups = models.JSONField(default=dict)  # once closed: {team id as text: id of the team it is counted in}

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(closed_at=None), name="pulse_open_once"),
        ]

    def __str__(self) -> str:
        return self.key


class PulseCount(models.Model):
    """How often a score was given to a statement in a team."""

    round = models.ForeignKey(PulseRound, on_delete=models.CASCADE, related_name="counts")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    statement = models.CharField(max_length=20)
    score = models.PositiveSmallIntegerField()  # 1 (not at all) to 5 (fully)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "team", "statement", "score"], name="pulse_count_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="pulse_score_to_five"),
        ]


class PulseDone(models.Model):
    """That somebody has answered, so that nobody answers twice; deleted when the round closes."""

    round = models.ForeignKey(PulseRound, on_delete=models.CASCADE, related_name="done")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="pulse_done_once")]
