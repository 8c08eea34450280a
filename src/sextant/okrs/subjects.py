"""What one checks in on: a key result or a KPI, and what the two have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sextant.calc.periods import Calendar, Frequency, Period, expected_latest, period_of
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.models import Kpi
from sextant.metrics.commands.recording import calendar_of
from sextant.metrics.models import Definition, Measurement, Metric
from sextant.okrs.commands.announcing import announce_key_result
from sextant.okrs.models import KeyResult
from sextant.people import queries as people
from sextant.people.models import Team

Subject = KeyResult | Kpi
STEPPED = ("milestones", "yes_no")
FED_BY_MACHINES = "push"


def find_subject(actor: Actor, kind: str, key: str) -> Subject:
    """The thing of this kind (key_result or kpi) with this key. Raises Hidden when the actor may not address it.

    A push token reads nothing, but it may address what is its team's.
    """
    if actor.push_team_ids is None or "\0" in key:
        found: Subject = access.find(kind, actor, key)
        return found
    if kind == "key_result":
        found_here = KeyResult.objects.filter(key=key, objective__team_id__in=actor.push_team_ids)
        own: Subject | None = found_here.exclude(objective__visibility="private").first()
    else:
        own = Kpi.objects.filter(key=key, metric__team_id__in=actor.push_team_ids).first()
    if own is None:
        raise Hidden(kind, key)
    return own


def kind_of(subject: Subject) -> str:
    return "key_result" if isinstance(subject, KeyResult) else "kpi"


def on(subject: Subject) -> dict[str, Any]:
    """The columns of a row that is about the subject."""
    return {kind_of(subject): subject}


def metric_of(subject: Subject) -> Metric | None:
    return subject.metric


def team_of(subject: Subject) -> Team:
    if isinstance(subject, Kpi):
        return subject.metric.team
    return subject.team or subject.objective.team


def may_check_in(actor: Actor, subject: Subject) -> bool:
    if isinstance(subject, Kpi):
        return access.can("metric", actor, "record", subject.metric)
    return access.can("key_result", actor, "check_in", subject)


def require_check_in(actor: Actor, subject: Subject) -> None:
    """Raise NotAllowed unless the actor may check in on it."""
    if isinstance(subject, Kpi):
        access.require("metric", actor, "record", subject.metric)
    else:
        access.require("key_result", actor, "check_in", subject)


def is_watched(metric: Metric) -> bool:
    """Whether a KPI at work brings its values."""
    kpi: Kpi | None = getattr(metric, "kpi", None)
    return kpi is not None and kpi.state == "active" and kpi.archived_at is None


def is_calculated(metric: Metric) -> bool:
    if metric.numerator_id is not None:
        return True
    return Definition.objects.filter(metric=metric, superseded_at=None).exclude(formula="").exists()


def is_fed(metric: Metric) -> bool:
    """Whether the newest value was pushed by a machine."""
    newest = Measurement.objects.filter(metric=metric, superseded_at=None).order_by("-start")
    return newest.values_list("batch__kind", flat=True).first() == FED_BY_MACHINES


def lent(actor: Actor, subject: Subject) -> Actor:
    """The actor who records what a check-in says: who may check in may record on the key result's own metric.

    A metric that a KPI watches keeps its own rule.
    """
    metric = metric_of(subject)
    if isinstance(subject, Kpi) or metric is None or actor.push_team_ids is not None or is_watched(metric):
        return actor
    if access.can("metric", actor, "record", metric) or not may_check_in(actor, subject):
        return actor
    return replace(actor, roles={**actor.roles, metric.team_id: "contributor"})


def local_now() -> datetime:
    """The organisation's wall clock at the moment that is being written."""
    return clock.now().astimezone(ZoneInfo(people.organisation().time_zone)).replace(tzinfo=None)


def period_asked(metric: Metric, now: datetime, *, is_complete: bool) -> Period:
    """The period a check-in is about: the newest complete one for KPIs and guardrails, else the running one."""
    frequency, calendar = Frequency(metric.frequency), calendar_for(metric)
    if is_complete:
        return expected_latest(frequency, now, calendar, metric.span)
    return period_of(now, frequency, calendar, metric.span)


def asks_complete(subject: Subject) -> bool:
    return isinstance(subject, Kpi) or subject.kind == "guardrail"


def calendar_for(metric: Metric) -> Calendar:
    return calendar_of(metric, people.calendar())


def announce(actor: Actor, name: str, subject: Subject, *, topics: Iterable[str] = (), **data: Any) -> None:
    """Write the event for those who may see the subject."""
    if isinstance(subject, Kpi):
        announce_kpi(actor, name, subject, **data)
    else:
        announce_key_result(actor, name, subject, topics=topics, **data)
