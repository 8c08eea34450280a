"""What is measured, and every value ever known of it.

Time columns named `start` and `end` are whole hours since 1970-01-01T00:00 on the calendar line (ADR 0002).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sextant.people.models import VISIBILITY_CHOICES, Person, Team
from sextant.strategy.models import Theme

FREQUENCY_CHOICES = [
    ("hour", "Hourly"),
    ("day", "Daily"),
    ("week", "Weekly"),
    ("month", "Monthly"),
    ("quarter", "Quarterly"),
    ("tertial", "Every four months"),
    ("half", "Half-yearly"),
    ("year", "Yearly"),
]
DIRECTION_CHOICES = [("up", "Higher is better"), ("down", "Lower is better"), ("within", "Within a band")]
AGGREGATION_CHOICES = [
    ("sum", "Sum"),
    ("mean", "Mean"),
    ("last", "Last value"),
    ("min", "Smallest"),
    ("max", "Largest"),
    ("ratio", "Ratio of sums"),
]
PERSPECTIVE_CHOICES = [
    ("", "Not said"),
    ("financial", "Financial"),
    ("customer", "Customer"),
    ("process", "Process"),
    ("people", "People and learning"),
    ("society", "Society and environment"),
]
LEADS_CHOICES = [("", "Not said"), ("leading", "Leading"), ("lagging", "Lagging")]
WAY_CHOICES = [("same", "The same way"), ("other", "The other way"), ("unknown", "Not said")]
STATE_CHOICES = [("observed", "Observed"), ("estimated", "Estimated"), ("not_applicable", "Not applicable")]


class Metric(models.Model):
    """What is measured. A breakdown is a metric with `part_of` and `slice`."""

    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=300)
    unit = models.CharField(max_length=40, default="number")
    unit_label = models.CharField(max_length=80, blank=True)  # the unit's own words, such as "bed days"
    direction = models.CharField(max_length=8, choices=DIRECTION_CHOICES, default="up")
    frequency = models.CharField(max_length=8, choices=FREQUENCY_CHOICES, default="month")
    span = models.PositiveSmallIntegerField(default=1)  # a rolling value over three years has span 3
    year_start_month = models.PositiveSmallIntegerField(null=True, blank=True)  # None: the organisation's
    aggregation = models.CharField(max_length=8, choices=AGGREGATION_CHOICES, default="last")
    precision = models.PositiveSmallIntegerField(null=True, blank=True)
    # A ratio from its parts: scale * numerator / denominator, so that coarser periods are ratios of sums.
    numerator = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    denominator = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    part_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    slice = models.JSONField(default=dict, blank=True)
    perspective = models.CharField(max_length=12, choices=PERSPECTIVE_CHOICES, blank=True)
    leads = models.CharField(max_length=8, choices=LEADS_CHOICES, blank=True)
    grace_days = models.PositiveSmallIntegerField(default=7)
    lower_bound = models.FloatField(null=True, blank=True)  # values below cannot exist, such as a count below 0
    upper_bound = models.FloatField(null=True, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="metrics")
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="metrics")
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="metrics")
    visibility = models.CharField(max_length=12, choices=VISIBILITY_CHOICES, default="organisation")
    viewers = models.ManyToManyField(Person, blank=True, related_name="+")
    source = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="metric_external_once"
            ),
            models.CheckConstraint(condition=~Q(part_of=F("id")), name="metric_not_part_of_itself"),
        ]

    def __str__(self) -> str:
        return self.name


class Definition(models.Model):
    """A version of how a metric is measured, in force from a period on. A new one marks the chart."""

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="definitions")
    number = models.PositiveIntegerField()
    valid_from = models.BigIntegerField(null=True)  # hours; None: since the beginning
    description = models.TextField(blank=True)
    how_measured = models.TextField(blank=True)
    formula = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "number"], condition=Q(superseded_at=None), name="definition_number_once"
            ),
        ]


class Batch(models.Model):
    """One act of recording: a form, a push, an import. It can be taken back as a whole."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12)  # form | push | import | undo
    source = models.CharField(max_length=200, blank=True)  # what people know it by, such as the file's name
    recorded_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_key = models.CharField(max_length=80)
    actor_label = models.CharField(max_length=200)
    undone_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["recorded_at"], name="batch_recorded_at")]

    def __str__(self) -> str:
        return self.key


class Measurement(models.Model):
    """One value of a metric for one period. Corrected by superseding, never overwritten.

    `value` is None for a period that is not applicable or whose value was withheld (see `qualifier`);
    a period without a row has no data. Written by `metrics.commands.record` and nothing else.
    """

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="measurements", db_index=False)
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    value = models.FloatField(null=True)
    state = models.CharField(max_length=14, choices=STATE_CHOICES, default="observed")
    qualifier = models.CharField(max_length=40, default="")
    note = models.TextField(default="")
    coverage = models.FloatField(null=True)  # share of the finer values present, when aggregated and not complete
    dated_by_import = models.BooleanField(default=False)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="measurements")
    superseded_in = models.BigIntegerField(null=True)  # the batch that corrected this value

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "start"], condition=Q(superseded_at=None), name="measurement_current_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["metric", "start"],
                condition=Q(superseded_at__isnull=False),
                name="measurement_history",
            ),
        ]


class FineMeasurement(models.Model):
    """A value finer than its metric's frequency, kept so that the coarser value can be made again from all of them."""

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+", db_index=False)
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    value = models.FloatField()
    state = models.CharField(max_length=14, choices=STATE_CHOICES, default="observed")
    qualifier = models.CharField(max_length=40, default="")
    note = models.TextField(default="")
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="fine_measurements")
    superseded_in = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "start"], condition=Q(superseded_at=None), name="fine_current_once"
            ),
        ]


class Marker(models.Model):
    """A dated note on a metric's chart, such as "new triage desk opened"."""

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="markers")
    start = models.BigIntegerField()
    label = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, default="event")
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)


class DetectionSetting(models.Model):
    """How the normal range of a metric is judged: dividers, locked or typed limits, season. A recorded judgement."""

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="detection_settings")
    limits = models.JSONField(default=dict)  # fields of calc.limits.LimitSettings that differ from the default
    reason = models.TextField(blank=True)
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric"], condition=Q(superseded_at=None), name="detection_current_once"),
        ]


class DriverLink(models.Model):
    """A hypothesis people wrote down: where the driver moves, the outcome moves `lag` of its own periods later.

    A change supersedes the row and writes a new one. What a metric is calculated from needs no row.
    """

    outcome = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="driver_links")
    driver = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="outcome_links")
    lag = models.PositiveSmallIntegerField(default=0)  # periods of the outcome's frequency
    way = models.CharField(max_length=8, choices=WAY_CHOICES, default="same")  # which way the outcome should go
    why = models.TextField()  # the hypothesis in a sentence
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    reason_ended = models.TextField(blank=True)  # "" where a change superseded it

    class Meta:
        ordering = ["known_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["driver", "outcome"], condition=Q(superseded_at=None), name="driver_link_once"
            ),
            models.CheckConstraint(condition=~Q(driver=F("outcome")), name="driver_not_its_own_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.driver} -> {self.outcome}"
