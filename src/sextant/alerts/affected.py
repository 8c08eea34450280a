"""What an event means for the rules: which KPIs and key results are to be looked at anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from sextant.core.models import Event
from sextant.kpis.models import Kpi
from sextant.metrics.models import Metric
from sextant.metrics.queries.changed import metrics_of_event
from sextant.okrs.models import KeyResult
from sextant.people.models import Team
from sextant.people.queries import team_tree


@dataclass
class Affected:
    """Metrics and key results by id; None stands for all of them."""

    metrics: set[int] | None = field(default_factory=set)
    key_results: set[int] | None = field(default_factory=set)

    def add(self, metrics: Iterable[int] = (), key_results: Iterable[int] = ()) -> None:
        if self.metrics is not None:
            self.metrics |= set(metrics)
        if self.key_results is not None:
            self.key_results |= set(key_results)

    def add_everything(self) -> None:
        self.metrics = self.key_results = None


def affected_by(calls: Iterable[Mapping[str, Any]]) -> Affected:
    """What the arguments of some jobs name together: an event, ids of metrics or key results, or (empty) everything."""
    found = Affected()
    events = set()
    for call in calls:
        if not call:
            found.add_everything()
        if "event" in call:
            events.add(call["event"])
        found.add(call.get("metrics", ()), call.get("key_results", ()))
    for event in Event.objects.filter(pk__in=events):
        _add_event(found, event)
    return found


def _add_event(found: Affected, event: Event) -> None:
    kind, key = event.subject_kind, event.subject_key
    if kind in ("batch", "metric"):
        found.add(metrics_of_event(event))
    elif kind == "kpi":
        found.add(Kpi.objects.filter(key=key).values_list("metric_id", flat=True))
    elif kind == "key_result":
        found.add(key_results=KeyResult.objects.filter(key=key).values_list("pk", flat=True))
    elif kind == "objective":
        found.add(key_results=KeyResult.objects.filter(objective__key=key).values_list("pk", flat=True))
    elif kind == "alert_rule":
        _add_team(found, key.rpartition(":")[2])
    elif kind in ("organisation", "cycle", "team"):
        found.add_everything()


def _add_team(found: Affected, key: str) -> None:
    """What is of the team and those below it; of everybody where there is no such team."""
    team = Team.objects.filter(key=key).first()
    if team is None:
        found.add_everything()
        return
    teams = team_tree().with_descendants(team.pk)
    metrics = Metric.objects.filter(team_id__in=teams).values_list("pk", flat=True)
    own = Q(team_id__in=teams) | Q(team=None, objective__team_id__in=teams)
    found.add(metrics, KeyResult.objects.filter(own).values_list("pk", flat=True))
