"""What a cycle could be about, and the rules that wording and plans are read by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.kpis.models import Kpi
from sextant.okrs.models.columns import Edited, Statement
from sextant.okrs.models.objectives import Objective
from sextant.people.models import Team
from sextant.strategy.models import Cycle


class RuleSetting(Statement):
    """A wording or planning rule tuned or muted, with a reason: everywhere, for a team, or for one objective."""

    rule = models.CharField(max_length=60)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    objective = models.ForeignKey(Objective, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    is_muted = models.BooleanField(default=False)
    level = models.CharField(max_length=5, blank=True)  # "": as shipped
    value = models.FloatField(null=True)  # a threshold or a cap; None: as shipped
    reason = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=Q(superseded_at=None, team=None, objective=None), name="rule_set_once"
            ),
            models.UniqueConstraint(
                fields=["rule", "team"], condition=Q(superseded_at=None, objective=None), name="rule_set_once_in_team"
            ),
            models.UniqueConstraint(
                fields=["rule", "objective"], condition=Q(superseded_at=None, team=None), name="rule_set_once_for_one"
            ),
        ]


class Criterion(models.Model):
    """What candidates for a cycle are scored by at planning, with its weight."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="criteria")
    name = models.CharField(max_length=120)
    weight = models.FloatField(default=1)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]


class Candidate(Edited):
    """Something a cycle could be about; scored, then taken up as an objective or left, with a reason."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="candidates")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=300)
    why = models.TextField(blank=True)
    kpi = models.ForeignKey(Kpi, null=True, blank=True, on_delete=models.SET_NULL, related_name="candidates")
    objective = models.ForeignKey(
        Objective, null=True, blank=True, on_delete=models.SET_NULL, related_name="candidates"
    )
    scores = models.JSONField(default=dict)  # {criterion id as text: 0..10}
    choice = models.CharField(max_length=6, blank=True)  # "" | taken | left
    choice_reason = models.TextField(blank=True)
    author = models.CharField(max_length=200)

    class Meta:
        ordering = ["-created_at", "id"]
