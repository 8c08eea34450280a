"""What objectives are for."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sextant.okrs.models.columns import Statement
from sextant.okrs.models.key_results import KeyResult
from sextant.okrs.models.objectives import Objective

LINK_CHOICES = [("contributes", "Contributes"), ("supports", "Supports"), ("step_of", "Step of")]


class Link(Statement):
    """What an objective is for: it contributes to one parent, supports any number, is a step of a longer one.

    The parent is an objective or a key result. Only `contributes` moves the parent's number.
    """

    child = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="links")
    objective = models.ForeignKey(Objective, null=True, on_delete=models.CASCADE, related_name="links_here")
    key_result = models.ForeignKey(KeyResult, null=True, on_delete=models.CASCADE, related_name="links_here")
    kind = models.CharField(max_length=11, choices=LINK_CHOICES)
    weight = models.FloatField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(superseded_at=None, kind="contributes"), name="link_one_parent"
            ),
            models.CheckConstraint(
                condition=Q(objective=None, key_result__isnull=False) | Q(objective__isnull=False, key_result=None),
                name="link_has_one_end",
            ),
            models.CheckConstraint(condition=~Q(objective=F("child")), name="link_not_to_itself"),
        ]
