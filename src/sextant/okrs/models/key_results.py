"""Key results: their figures, their steps, and what was explained about them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sextant.metrics.models import Metric
from sextant.okrs.models.columns import Edited, Imported, Statement, once_imported
from sextant.okrs.models.objectives import AMBITION_CHOICES, Objective
from sextant.people.models import Person, Team

KIND_CHOICES = [
    ("metric", "Metric"), ("baseline", "Baseline first"), ("guardrail", "Guardrail"), ("milestones", "Milestones"),
    ("yes_no", "Yes or no"),
]  # fmt: skip
READING_CHOICES = [("latest", "Newest value"), ("total", "Sum since the start")]
RELATIVE_CHOICES = [
    ("", "As it stands"),
    ("percent", "Percent of the baseline"),
    ("points", "Points from the baseline"),
]
EVERY_CHOICES = [("week", "Every week"), ("two_weeks", "Every two weeks"), ("month", "Every month")]
# Figures in the order in which they came into force; the databases do not agree where NULL stands.
IN_FORCE = (F("valid_from").asc(nulls_first=True), "id")


class KeyResult(Edited, Imported):
    """How one sees that an objective is reached. Its figures are in `Terms`, its numbers in its metric."""

    key = models.CharField(max_length=120, unique=True)
    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="key_results")
    title = models.CharField(max_length=500)
    kind = models.CharField(max_length=10, choices=KIND_CHOICES, default="metric")
    # Its own metric, or that of a KPI: then both move on one series and nothing is entered twice.
    metric = models.ForeignKey(Metric, null=True, blank=True, on_delete=models.PROTECT, related_name="key_results")
    guard = models.ForeignKey(Metric, null=True, blank=True, on_delete=models.SET_NULL, related_name="guards")
    reading = models.CharField(max_length=6, choices=READING_CHOICES, default="latest")
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="key_results")
    contributors = models.ManyToManyField(Person, blank=True, related_name="+")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # None: as above
    ambition = models.CharField(max_length=12, choices=AMBITION_CHOICES, blank=True)  # "": the objective's
    starts_on = models.DateField(null=True, blank=True)  # None: the cycle's first day
    due_on = models.DateField(null=True, blank=True)
    check_in_every = models.CharField(max_length=9, choices=EVERY_CHOICES, default="week")
    position = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)  # None: a draft, or incomplete since its import
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [once_imported("key_result_external_once")]

    def __str__(self) -> str:
        return self.title


class Terms(Statement):
    """A key result's figures in force from an hour on (None: from the start), in the unit of its metric.

    A change after the start keeps the former row, with its reason; both targets stay drawn.
    """

    key_result = models.ForeignKey(KeyResult, on_delete=models.CASCADE, related_name="terms")
    valid_from = models.BigIntegerField(null=True)
    baseline = models.FloatField(null=True)
    baseline_from_series = models.BooleanField(default=False)  # the value of the series at the start
    target = models.FloatField(null=True)
    relative = models.CharField(max_length=7, choices=RELATIVE_CHOICES, blank=True)
    amount = models.FloatField(null=True)  # of a relative target, in percent or points
    stretch = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    is_strict = models.BooleanField(default=False)
    planned_periods = models.PositiveIntegerField(null=True)
    checkpoints = models.JSONField(default=list)  # [[value, share], ...]
    plan = models.JSONField(default=list)  # [[hour, value], ...]; replaces the straight expected path
    weight = models.FloatField(default=1)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["key_result"], condition=Q(superseded_at=None), name="terms_current")]


class Milestone(models.Model):
    """A weighted step; a yes-or-no key result has exactly one."""

    key_result = models.ForeignKey(KeyResult, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=300)
    weight = models.FloatField(default=1)
    due_on = models.DateField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    evidence = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=200, blank=True)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "id"]


class Explanation(Statement):
    """Somebody looked at what was worth a look (`queries.second_looks`) and says why it is all right.

    `evidence` is what it rested on: with another it is shown again.
    """

    key_result = models.ForeignKey(KeyResult, on_delete=models.CASCADE, related_name="explanations")
    key = models.CharField(max_length=40)  # of the second look
    evidence = models.CharField(max_length=120)
    reason = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key_result", "key"], condition=Q(superseded_at=None), name="key_result_explained_once"
            ),
        ]
