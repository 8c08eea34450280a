"""Objectives, and a person's word in place of what is computed of one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.kpis.models import Kpi
from sextant.okrs.models.columns import Edited, Imported, Statement, once_imported
from sextant.people.models import VISIBILITY_CHOICES, Person, Team
from sextant.strategy.models import Cycle, Theme

SEEN_BY_CHOICES = [*VISIBILITY_CHOICES, ("private", "Only me")]
STATE_CHOICES = [
    ("draft", "Draft"), ("proposed", "Proposed"), ("agreed", "Agreed"), ("active", "Active"), ("closed", "Closed"),
]  # fmt: skip
AMBITION_CHOICES = [("committed", "Committed"), ("aspirational", "Aspirational")]
ROLLUP_CHOICES = [("key_results", "Key results"), ("children", "Contributing objectives"), ("both", "Both")]
REPORTED_CHOICES = [("", "Nothing said"), ("on_track", "On track"), ("at_risk", "At risk"), ("off_track", "Off track")]


class Objective(Edited, Imported):
    """A qualitative aim of a team in a cycle; without a cycle it waits in the backlog."""

    key = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="objectives")
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="objectives")
    is_personal = models.BooleanField(default=False)
    cycle = models.ForeignKey(Cycle, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives")
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="objectives")
    state = models.CharField(max_length=8, choices=STATE_CHOICES, default="draft")
    ambition = models.CharField(max_length=12, choices=AMBITION_CHOICES, default="committed")
    rollup = models.CharField(max_length=12, choices=ROLLUP_CHOICES, default="key_results")
    contributors = models.ManyToManyField(Team, blank=True, related_name="contributes_to")
    visibility = models.CharField(max_length=12, choices=SEEN_BY_CHOICES, default="organisation")
    viewers = models.ManyToManyField(Person, blank=True, related_name="+")
    # The KPI it brings back and is closed with; its focus caps are not those of what a team chose to improve.
    restores = models.ForeignKey(Kpi, null=True, blank=True, on_delete=models.SET_NULL, related_name="restored_by")
    library_key = models.CharField(max_length=120, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["title", "id"]
        constraints = [once_imported("objective_external_once")]

    def __str__(self) -> str:
        return self.title


class Override(Statement):
    """A person's word in place of the computed progress or status of an objective, with a reason and an end."""

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="overrides")
    progress = models.FloatField(null=True)
    status = models.CharField(max_length=9, choices=REPORTED_CHOICES, blank=True)
    reason = models.TextField()
    expires_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["objective"], condition=Q(superseded_at=None), name="override_once"),
        ]
