"""Where the organisation wants to go: objectives, key results, the work for them, and what people say about them.

Facts and decisions are rows; progress, pace and status are computed on read. Rows with `known_at` and
`superseded_at` are effective-dated: what was said before stays readable on a past date.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sextant.kpis.models import Kpi
from sextant.metrics.models import Metric
from sextant.people.models import VISIBILITY_CHOICES, Person, Team
from sextant.strategy.models import Cycle, Theme

SEEN_BY_CHOICES = [*VISIBILITY_CHOICES, ("private", "Only me")]
STATE_CHOICES = [
    ("draft", "Draft"), ("proposed", "Proposed"), ("agreed", "Agreed"), ("active", "Active"), ("closed", "Closed"),
]  # fmt: skip
AMBITION_CHOICES = [("committed", "Committed"), ("aspirational", "Aspirational")]
ROLLUP_CHOICES = [("key_results", "Key results"), ("children", "Contributing objectives"), ("both", "Both")]
LINK_CHOICES = [("contributes", "Contributes"), ("supports", "Supports"), ("step_of", "Step of")]
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
REPORTED_CHOICES = [("", "Nothing said"), ("on_track", "On track"), ("at_risk", "At risk"), ("off_track", "Off track")]
WORK_CHOICES = [("planned", "Planned"), ("doing", "In progress"), ("done", "Done"), ("dropped", "Dropped")]
# Figures in the order in which they came into force; the databases do not agree where NULL stands.
IN_FORCE = (F("valid_from").asc(nulls_first=True), "id")
DECISION_CHOICES = [("keep", "Keep"), ("modify", "Modify"), ("drop", "Drop")]


class Objective(models.Model):
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
    source = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=300, blank=True)
    batch_key = models.CharField(max_length=120, blank=True)  # the import that brought it
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="objective_external_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class KeyResult(models.Model):
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
    source = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=300, blank=True)
    batch_key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)  # None: a draft, or incomplete since its import
    closed_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="key_result_external_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Terms(models.Model):
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
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

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


class Link(models.Model):
    """What an objective is for: it contributes to one parent, supports any number, is a step of a longer one.

    The parent is an objective or a key result. Only `contributes` moves the parent's number.
    """

    child = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="links")
    objective = models.ForeignKey(Objective, null=True, on_delete=models.CASCADE, related_name="links_here")
    key_result = models.ForeignKey(KeyResult, null=True, on_delete=models.CASCADE, related_name="links_here")
    kind = models.CharField(max_length=11, choices=LINK_CHOICES)
    weight = models.FloatField(default=1)
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

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


class Initiative(models.Model):
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
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_on", "title"]

    def __str__(self) -> str:
        return self.title


class CheckIn(models.Model):
    """A dated statement on a key result or a KPI. A draft is seen by its author alone; a new one replaces none."""

    key_result = models.ForeignKey(KeyResult, null=True, on_delete=models.CASCADE, related_name="check_ins")
    kpi = models.ForeignKey(Kpi, null=True, on_delete=models.CASCADE, related_name="check_ins")
    author_person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.CharField(max_length=200)
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
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)  # taken back
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["key_result", "known_at"], name="check_in_key_result"),
            models.Index(fields=["kpi", "known_at"], name="check_in_kpi"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(key_result=None, kpi__isnull=False) | Q(key_result__isnull=False, kpi=None),
                name="check_in_on_one_thing",
            ),
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
        constraints = [
            models.CheckConstraint(
                condition=Q(key_result=None, kpi__isnull=False) | Q(key_result__isnull=False, kpi=None),
                name="blocker_on_one_thing",
            ),
        ]


class Override(models.Model):
    """A person's word in place of the computed progress or status of an objective, with a reason and an end."""

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="overrides")
    progress = models.FloatField(null=True)
    status = models.CharField(max_length=9, choices=REPORTED_CHOICES, blank=True)
    reason = models.TextField()
    expires_on = models.DateField()
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["objective"], condition=Q(superseded_at=None), name="override_once"),
        ]


class Closure(models.Model):
    """How an objective ended. Reopening supersedes it."""

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="closures")
    score = models.FloatField(null=True)  # 0.0 to 1.0
    outcome = models.TextField(blank=True)
    learning = models.TextField(blank=True)
    decision = models.CharField(max_length=6, choices=DECISION_CHOICES)
    carried_to = models.ForeignKey(
        Objective, null=True, blank=True, on_delete=models.SET_NULL, related_name="carried_from"
    )
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

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


class FlagExplanation(models.Model):
    """Somebody looked at a flag on a key result (`queries.gaming`) and says why it is all right.

    `evidence` is what the flag rested on: with another it is shown again.
    """

    key_result = models.ForeignKey(KeyResult, on_delete=models.CASCADE, related_name="explanations")
    key = models.CharField(max_length=40)  # of the flag
    evidence = models.CharField(max_length=120)
    reason = models.TextField()
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key_result", "key"], condition=Q(superseded_at=None), name="flag_explained_once"
            ),
        ]


class RuleSetting(models.Model):
    """A wording or planning rule tuned or muted, with a reason: everywhere, for a team, or for one objective."""

    rule = models.CharField(max_length=60)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    objective = models.ForeignKey(Objective, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    is_muted = models.BooleanField(default=False)
    level = models.CharField(max_length=5, blank=True)  # "": as shipped
    value = models.FloatField(null=True)  # a threshold or a cap; None: as shipped
    reason = models.TextField()
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

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


class Candidate(models.Model):
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
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-created_at", "id"]
