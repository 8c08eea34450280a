"""Rules as set by people, and what they found: episodes with their steps, responses, failures and dismissed insights.

Time columns named `start`, `since` and `until` are whole hours since 1970-01-01T00:00 on the calendar line (ADR 0002).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.kpis.models import Kpi
from sextant.okrs.models import KeyResult
from sextant.people.models import Person, Team

STATE_CHOICES = [("open", "Open"), ("acknowledged", "Acknowledged"), ("snoozed", "Snoozed"), ("closed", "Closed")]
LIVE_STATES = ("open", "acknowledged", "snoozed")


class AlertRule(models.Model):
    """A rule set for a place: one KPI, one key result, a team and those below it, or (all three empty) everybody.

    `settings` holds only what differs from further up, see `rules.Settings`.
    """

    rule = models.CharField(max_length=40)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    kpi = models.ForeignKey(Kpi, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    key_result = models.ForeignKey(KeyResult, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    settings = models.JSONField(default=dict)
    is_muted = models.BooleanField(default=False)
    until = models.DateField(null=True, blank=True)  # the last day it is muted; None: until somebody unmutes it
    reason = models.TextField(blank=True)
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule"],
                condition=Q(superseded_at=None, team=None, kpi=None, key_result=None),
                name="alert_rule_set_once",
            ),
            models.UniqueConstraint(
                fields=["rule", "team"], condition=Q(superseded_at=None), name="alert_rule_once_in_team"
            ),
            models.UniqueConstraint(
                fields=["rule", "kpi"], condition=Q(superseded_at=None), name="alert_rule_once_for_kpi"
            ),
            models.UniqueConstraint(
                fields=["rule", "key_result"], condition=Q(superseded_at=None), name="alert_rule_once_for_result"
            ),
        ]


class Alert(models.Model):
    """One episode of a rule holding for a KPI or a key result. How it got where it is, is in its steps."""

    rule = models.CharField(max_length=40)
    kpi = models.ForeignKey(Kpi, null=True, on_delete=models.CASCADE, related_name="alerts")
    key_result = models.ForeignKey(KeyResult, null=True, on_delete=models.CASCADE, related_name="alerts")
    state = models.CharField(max_length=12, choices=STATE_CHOICES, default="open")
    level = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    start = models.BigIntegerField(null=True)  # the period that opened it
    since = models.BigIntegerField(null=True)  # the first period in which it held
    until = models.BigIntegerField(null=True)  # the last one; of a correction, its moment in milliseconds
    evidence = models.JSONField(default=dict)  # as of the last step
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts")
    snooze_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_how = models.CharField(max_length=12, blank=True)  # calc.episodes: recovered, passed, person, muted, ...
    is_over = models.BooleanField(default=False)  # closed by a person, and by now it no longer holds
    relapse_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="relapses")
    recheck_at = models.DateTimeField(null=True, blank=True)  # when time alone may change it
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(key_result=None, kpi__isnull=False) | Q(key_result__isnull=False, kpi=None),
                name="alert_on_one_thing",
            ),
            models.UniqueConstraint(fields=["rule", "kpi"], condition=Q(closed_at=None), name="alert_open_once_kpi"),
            models.UniqueConstraint(
                fields=["rule", "key_result"], condition=Q(closed_at=None), name="alert_open_once_result"
            ),
        ]
        indexes = [
            models.Index(fields=["opened_at"], name="alert_opened"),
            models.Index(fields=["recheck_at"], condition=Q(recheck_at__isnull=False), name="alert_recheck"),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.thing}"

    @property
    def thing(self) -> Kpi | KeyResult:
        """What it is about."""
        found: Kpi | KeyResult | None = self.kpi if self.kpi_id is not None else self.key_result
        assert found is not None
        return found

    @property
    def kind(self) -> str:
        return "kpi" if self.kpi_id is not None else "key_result"

    @property
    def is_live(self) -> bool:
        return self.closed_at is None


class AlertStep(models.Model):
    """Something that happened to an alert; the first one opened it. Together they tell its life on any date."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=14)  # opened, relapsed, acknowledged, snoozed, woken, worsened, recovered, ...
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12)
    evidence = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    author = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    is_untold = models.BooleanField(default=False)  # people are still to hear of it

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["is_untold"], condition=Q(is_untold=True), name="alert_step_untold"),
        ]


class Response(models.Model):
    """What is to be done about an alert, from the KPI's response plan: by whom, until when, and the answer."""

    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, related_name="response")
    plan = models.TextField(blank=True)
    owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="responses")
    due_on = models.DateField()
    opened_at = models.DateTimeField()
    what = models.TextField(blank=True)
    action_owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    action_due_on = models.DateField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(answered_at=None), name="response_waiting"),
        ]


class AlertBundle(models.Model):
    """Many alerts told to one person at once: ten thousand of them are one line in the inbox, not ten thousand."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    opened = models.PositiveIntegerField(default=0)
    recovered = models.PositiveIntegerField(default=0)
    known_at = models.DateTimeField()

    # What a subject of a notification is asked for: it is its person's alone.
    team_id = None
    visibility = "private"

    def __str__(self) -> str:
        opened = ngettext("%(count)s alert", "%(count)s alerts", self.opened) % {"count": self.opened}
        ended = ngettext("%(count)s recovery", "%(count)s recoveries", self.recovered) % {"count": self.recovered}
        words = [words for words, count in ((opened, self.opened), (ended, self.recovered)) if count]
        return _(" and ").join(words)

    @property
    def owner_id(self) -> int:
        return self.person_id


class RuleFailure(models.Model):
    """A rule that could not be evaluated, for one thing or (both empty) for all of them, until it works again."""

    rule = models.CharField(max_length=40)
    kpi = models.ForeignKey(Kpi, null=True, on_delete=models.CASCADE, related_name="+")
    key_result = models.ForeignKey(KeyResult, null=True, on_delete=models.CASCADE, related_name="+")
    message = models.TextField()
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-last_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=Q(cleared_at=None, kpi=None, key_result=None), name="failure_once"
            ),
            models.UniqueConstraint(fields=["rule", "kpi"], condition=Q(cleared_at=None), name="failure_once_kpi"),
            models.UniqueConstraint(
                fields=["rule", "key_result"], condition=Q(cleared_at=None), name="failure_once_result"
            ),
        ]


class Dismissal(models.Model):
    """An insight somebody does not want to read again; `insight` is its stable key."""

    insight = models.CharField(max_length=300)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    reason = models.TextField(blank=True)
    known_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "insight"], condition=Q(superseded_at=None), name="dismissal_once"
            ),
        ]
