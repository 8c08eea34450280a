"""Forecasts as they were made: what each member and all of them together expected of a metric.

A forecast does not know of targets; the chance of reaching one is read from its fan (`queries.chances`).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.metrics.models import Metric


class Forecast(models.Model):
    """The fan of one metric from the end of its history on. A newer one supersedes it; it is never changed.

    The arrays are little-endian: `ends` int64 hours (steps,), `fan` float32 (steps, levels) and `members` (members,
    steps, levels) in `spread`s from `centre`, so that any size of value keeps its digits, `total_fan` float64. The
    members' are dropped once superseded. No steps at all: the history was too short.
    """

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    method = models.CharField(max_length=40)  # the method with its version, such as "ensemble-1"
    history_end = models.BigIntegerField()  # the hour at which the newest value used ended
    history_hash = models.CharField(max_length=40)  # of all that went in; the same history is not forecast twice
    points = models.PositiveIntegerField()  # values used
    centre = models.FloatField()
    spread = models.FloatField()
    ends = models.BinaryField()
    fan = models.BinaryField()
    total_fan = models.BinaryField(null=True)  # of the sum of all values from the history's end to each step
    member_names = models.JSONField(default=list)
    members = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric"], condition=Q(superseded_at=None), name="forecast_current_once"),
        ]
        indexes = [models.Index(fields=["metric", "made_at"], name="forecast_history")]

    def __str__(self) -> str:
        return f"{self.metric_id} at {self.history_end}"
