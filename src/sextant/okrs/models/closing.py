"""How objectives and their key results ended."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.okrs.models.columns import Statement
from sextant.okrs.models.key_results import KeyResult
from sextant.okrs.models.objectives import Objective

DECISION_CHOICES = [("keep", "Keep"), ("modify", "Modify"), ("drop", "Drop")]


class Closure(Statement):
    """How an objective ended. Reopening supersedes it."""

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="closures")
    score = models.FloatField(null=True)  # 0.0 to 1.0
    outcome = models.TextField(blank=True)
    learning = models.TextField(blank=True)
    decision = models.CharField(max_length=6, choices=DECISION_CHOICES)
    carried_to = models.ForeignKey(
        Objective, null=True, blank=True, on_delete=models.SET_NULL, related_name="carried_from"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["objective"], condition=Q(superseded_at=None), name="closure_once"),
        ]


class ClosureItem(models.Model):
    """How one key result ended: the figures it was judged by stay as they were on that day."""

    closure = models.ForeignKey(Closure, on_delete=models.CASCADE, related_name="items")
    key_result = models.ForeignKey(KeyResult, on_delete=models.CASCADE, related_name="+")
    value = models.FloatField(null=True)
    progress = models.FloatField(null=True)
    score = models.FloatField(null=True)
    decision = models.CharField(max_length=6, choices=DECISION_CHOICES)
    learning = models.TextField(blank=True)
