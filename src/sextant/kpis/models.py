"""Metrics being watched: owner, targets, red flags, response plan, and the scorecards that show them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sextant.metrics.models import Definition, Metric
from sextant.people.models import Person, Team

# The figures of a target: those of `calc.targets.TargetValues`.
FIGURES = ("target", "red_flag", "low", "high", "red_low", "red_high", "stretch")


class Kpi(models.Model):
    """A metric being watched. It has no end and no progress; team, owner, theme and visibility are its metric's."""

    key = models.CharField(max_length=120, unique=True)
    metric = models.OneToOneField(Metric, on_delete=models.PROTECT, related_name="kpi")
    state = models.CharField(max_length=8, default="draft")  # draft | active | retired
    reason = models.TextField(blank=True)  # why it is watched, where no theme says so
    decision = models.TextField(blank=True)  # the decision it serves; without one it is "nice to know"
    response_plan = models.TextField(blank=True)
    does_not_show = models.TextField(blank=True)
    review_on = models.DateField(null=True, blank=True)
    review_every_months = models.PositiveSmallIntegerField(default=12)
    needs_approval = models.BooleanField(default=False)
    library_key = models.CharField(max_length=120, blank=True)
    assumed = models.JSONField(default=list, blank=True)  # what an import had to assume, until a person confirms it
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["metric__name"]

    def __str__(self) -> str:
        return self.metric.name

    @property
    def name(self) -> str:
        return self.metric.name


class Target(models.Model):
    """What a KPI is judged against: for one named period, from a period on, or as a long-term aim.

    Exactly one of (`start` and `end`), `valid_from` and `aim_by` says when it holds; hours (ADR 0002).
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="targets")
    valid_from = models.BigIntegerField(null=True)
    start = models.BigIntegerField(null=True)
    end = models.BigIntegerField(null=True)
    aim_by = models.BigIntegerField(null=True)  # end of the period by which it is to be reached
    target = models.FloatField(null=True)
    red_flag = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    red_low = models.FloatField(null=True)
    red_high = models.FloatField(null=True)
    stretch = models.FloatField(null=True)
    reason = models.TextField(blank=True)
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    batch_key = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kpi"], condition=Q(superseded_at=None), name="target_current")]


class Approval(models.Model):
    """Somebody vouches for a KPI's value of one period; a value that changes afterwards has to be approved again."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="approvals")
    start = models.BigIntegerField()
    value = models.FloatField()
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kpi", "start"], name="approval_place")]


class Scorecard(models.Model):
    """An ordered, weighted set of KPIs of a team."""

    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="scorecards")
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    visibility = models.CharField(max_length=12, default="organisation")
    viewers = models.ManyToManyField(Person, blank=True, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ScorecardItem(models.Model):
    """A KPI's place and weight on a scorecard, effective-dated so that past scores stay what they were."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="items")
    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="places")
    position = models.PositiveIntegerField()
    weight = models.FloatField(default=1)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scorecard", "kpi"], condition=Q(superseded_at=None), name="scorecard_item_once"
            ),
        ]


class ActionNote(models.Model):
    """What is being done about a KPI, by whom and until when."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="action_notes")
    text = models.TextField()
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kpi"], condition=Q(superseded_at=None), name="action_current_once"),
        ]


PROPOSAL_STATES = [
    ("draft", "Draft"),
    ("announced", "Announced"),
    ("objected", "Stopped by an objection"),
    ("accepted", "Accepted"),
    ("in_force", "In force"),
    ("withdrawn", "Withdrawn"),
    ("taken_back", "Taken back"),
    ("failed", "Could not be applied"),
]


class ChangeProposal(models.Model):
    """A change of what a KPI means, told before it counts: why, from when, and who has a say (KPI 8).

    `changes` holds what would be different, by the names of `kpis.commands.proposals.CHANGEABLE`; `before` the same
    fields as they stood when it was applied, so that it can be taken back exactly.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="proposals")
    state = models.CharField(max_length=10, choices=PROPOSAL_STATES, default="draft")
    changes = models.JSONField(default=dict)
    before = models.JSONField(default=dict, blank=True)
    reason = models.TextField()
    valid_from = models.BigIntegerField(null=True)  # hours, the start of a period; None: the whole history
    notice_days = models.PositiveSmallIntegerField()
    proposer = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)  # due, and nobody who may change the KPI stands for it
    applied_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # withdrawn, taken back or failed
    ended_because = models.TextField(blank=True)
    definition = models.ForeignKey(Definition, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    target = models.ForeignKey(Target, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    replaced = models.ForeignKey(Target, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"], name="proposal_state")]

    def __str__(self) -> str:
        return self.kpi.name


class SignOff(models.Model):
    """What somebody concerned says to a proposal. Silence until the notice is over is no objection."""

    proposal = models.ForeignKey(ChangeProposal, on_delete=models.CASCADE, related_name="sign_offs")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    because = models.JSONField(default=list)  # [kind, key] of what makes it their business
    answer = models.CharField(max_length=10, blank=True)  # "" | agreed | objected
    reason = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    overruled_by = models.CharField(max_length=200, blank=True)
    overruled_because = models.TextField(blank=True)
    overruled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["proposal", "person"], name="sign_off_once")]


class Explanation(models.Model):
    """Somebody looked at what was worth a look (`calc.second_looks`) and says why it is all right."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="explanations")
    key = models.CharField(max_length=40)  # of the second look
    reason = models.TextField()
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kpi", "key"], condition=Q(superseded_at=None), name="explained_once"),
        ]
