"""The life of each KPI: where it is, how it got there, its promotions, and key results that became KPIs.

No value is kept here: evidence names periods and findings, and whoever shows it reads the series as it was known.
Time columns named `since` and `ends` are whole hours since 1970-01-01T00:00 on the calendar line (ADR 0002).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.alerts.models import Alert
from sextant.kpis.models import Kpi, Target
from sextant.okrs.models import KeyResult
from sextant.people.models import Person
from sextant.strategy.models import Cycle

STATE_CHOICES = [
    ("monitored", "Monitored"), ("suspected", "Suspected"), ("promoted", "Promoted"), ("restoring", "Restoring"),
    ("overdue", "Overdue"), ("accepted", "Accepted"), ("watched", "Watched"),
]  # fmt: skip
OUTCOME_CHOICES = [
    ("", "At work"), ("reverted", "Restored"), ("accepted", "Accepted as it is"), ("withdrawn", "Withdrawn"),
    ("retired", "KPI no longer watched"), ("undone", "Undone"),
]  # fmt: skip


class Promotion(models.Model):
    """A KPI that is worked on as a key result for a limited time, and the rule by which it comes back."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="promotions")
    key_result = models.OneToOneField(KeyResult, on_delete=models.CASCADE, related_name="promotion")
    alert = models.ForeignKey(Alert, null=True, blank=True, on_delete=models.SET_NULL, related_name="promotions")
    made_objective = models.BooleanField(default=False)  # "Restore <KPI>" was drafted for it and is closed with it
    why = models.TextField()
    cycle = models.ForeignKey(Cycle, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    since = models.BigIntegerField()
    ends_on = models.DateField()  # the last day
    revert_after = models.PositiveSmallIntegerField(default=3)  # periods in a row that meet the target
    heeds_findings = models.BooleanField(default=True)
    has_own_target = models.BooleanField(default=False)  # judged by the key result's target, not by the KPI's
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="promotions")
    outcome = models.CharField(max_length=10, choices=OUTCOME_CHOICES, blank=True)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)
    what_changed = models.TextField(blank=True)  # the answer to "what changed it?"
    answered_by = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["kpi"], condition=Q(ended_at=None), name="promotion_once_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kpi}: {self.why}"


class Graduation(models.Model):
    """A key result met so steadily that its number is watched as a KPI from then on."""

    key_result = models.OneToOneField(KeyResult, on_delete=models.CASCADE, related_name="graduation")
    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="graduations")
    made_kpi = models.BooleanField(default=False)  # the number was no KPI before
    target = models.ForeignKey(Target, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    why = models.TextField(blank=True)
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)


class Life(models.Model):
    """Where a KPI is in its life now: the last of its transitions, see `calc.promotion.Life`. No row: monitored."""

    kpi = models.OneToOneField(Kpi, on_delete=models.CASCADE, related_name="life")
    state = models.CharField(max_length=10, choices=STATE_CHOICES, default="monitored")
    since = models.BigIntegerField(null=True)
    ends = models.BigIntegerField(null=True)
    promotion = models.ForeignKey(Promotion, null=True, on_delete=models.SET_NULL, related_name="+")
    origin = models.CharField(max_length=10, blank=True)
    answered = models.BigIntegerField(null=True)
    proof = models.JSONField(default=list)
    told = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["state"], name="life_state"),
            models.Index(fields=["ends"], condition=Q(ends__isnull=False), name="life_ends"),
        ]


class Transition(models.Model):
    """One line of a KPI's life: what changed, by whom, by which rule, on which evidence. Written once, never changed
    but for `undone_at`.

    `evidence` is {"periods": [starts], "finding": start or null}; `prior` and `after` are the lives before and after
    (`calc.promotion.Life` as a mapping), so that an undo restores exactly what was.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="transitions")
    promotion = models.ForeignKey(Promotion, null=True, on_delete=models.CASCADE, related_name="transitions")
    graduation = models.ForeignKey(Graduation, null=True, on_delete=models.CASCADE, related_name="transitions")
    kind = models.CharField(max_length=16)  # see `calc.promotion.Step`; "undone" takes back `undoes`
    rule = models.CharField(max_length=40)  # the rule that asked for it; "decision" for a person's
    before = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    prior = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    actor_kind = models.CharField(max_length=10)
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    undoes = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["kpi", "known_at"], name="transition_of_kpi")]
        constraints = [
            models.CheckConstraint(condition=~Q(author="") & ~Q(rule=""), name="transition_has_author_and_rule"),
        ]
