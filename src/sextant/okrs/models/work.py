"""The work for key results, and what people say about them and about KPIs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.kpis.models import Kpi
from sextant.okrs.models.columns import Edited, Statement
from sextant.okrs.models.key_results import KeyResult
from sextant.okrs.models.objectives import REPORTED_CHOICES, Objective
from sextant.people.models import Person

WORK_CHOICES = [("planned", "Planned"), ("doing", "In progress"), ("done", "Done"), ("dropped", "Dropped")]


def _on_one_thing(name: str) -> models.CheckConstraint:
    """On a key result or on a KPI, never on both or neither."""
    on_a_key_result = Q(key_result__isnull=False, kpi=None)
    return models.CheckConstraint(condition=Q(key_result=None, kpi__isnull=False) | on_a_key_result, name=name)


class Initiative(Edited):
    """Work meant to move a key result; dated, so that its effect can be looked for. It never counts as progress."""

    key = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="initiatives")
    key_result = models.ForeignKey(
        KeyResult, null=True, blank=True, on_delete=models.CASCADE, related_name="initiatives"
    )
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=8, choices=WORK_CHOICES, default="planned")
    starts_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    link = models.URLField(max_length=500, blank=True)  # where the work is tracked
    batch_key = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["due_on", "title"]

    def __str__(self) -> str:
        return self.title


class CheckIn(Statement):
    """A dated statement on a key result or a KPI. A draft is seen by its author alone.

    A new one supersedes none; taking it back does.
    """

    key_result = models.ForeignKey(KeyResult, null=True, on_delete=models.CASCADE, related_name="check_ins")
    kpi = models.ForeignKey(Kpi, null=True, on_delete=models.CASCADE, related_name="check_ins")
    author_person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    value = models.FloatField(null=True)
    start = models.BigIntegerField(null=True)  # the period the value is for, in hours
    confidence = models.PositiveSmallIntegerField(null=True)
    status = models.CharField(max_length=9, choices=REPORTED_CHOICES, blank=True)
    note = models.TextField(blank=True)
    action = models.TextField(blank=True)
    is_draft = models.BooleanField(default=False)
    due_on = models.DateField(null=True)  # the day it was due; None: nobody waited for it
    is_late = models.BooleanField(default=False)
    seconds = models.FloatField(null=True)  # how long the person took, as the page measured it
    batch_key = models.CharField(max_length=120, blank=True)  # the measurement it recorded, or the import it came from
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["key_result", "known_at"], name="check_in_key_result"),
            models.Index(fields=["kpi", "known_at"], name="check_in_kpi"),
        ]
        constraints = [
            _on_one_thing("check_in_on_one_thing"),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__lte=10), name="check_in_confidence_to_ten"
            ),
        ]


class Blocker(models.Model):
    """What keeps a key result or a KPI from moving, and who clears it."""

    key_result = models.ForeignKey(KeyResult, null=True, on_delete=models.CASCADE, related_name="blockers")
    kpi = models.ForeignKey(Kpi, null=True, on_delete=models.CASCADE, related_name="blockers")
    text = models.TextField()
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ["known_at"]
        constraints = [_on_one_thing("blocker_on_one_thing")]
