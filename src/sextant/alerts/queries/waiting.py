"""What waits for somebody: responses past their day, alerts nobody owns, targets nobody works towards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from sextant.alerts.access import visible_to
from sextant.alerts.models import Alert, Response
from sextant.alerts.queries.inbox import AlertLine, lines_of, of_teams
from sextant.core.actors import Actor
from sextant.kpis.access import visible_to as visible_kpis
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import Standing, standings
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.models import Initiative
from sextant.people.models import Team
from sextant.people.queries import team_tree

NEWEST = 2


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """An alert whose response is overdue, with the days since it was due."""

    line: AlertLine
    due_on: date
    days_late: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The list of a PMO: responses past their day, the longest waiting first, and live alerts without an owner."""

    responses: list[WaitingLine]
    without_owner: list[AlertLine]

    @property
    def count(self) -> int:
        return len(self.responses) + len(self.without_owner)


def unanswered(actor: Actor, *, team: Team | None = None, locale: str = "en") -> Unanswered:
    """Of everything the actor may see, or of a team and those below it; five statements, whatever the number."""
    point = standpoint()
    seen = in_team(visible_to(actor).filter(closed_at=None), team)
    today = point.now.date()
    late = Response.objects.filter(answered_at=None, due_on__lt=today, alert__closed_at=None)
    due = dict(late.values_list("alert_id", "due_on"))
    lines = lines_of(actor, list(seen.filter(pk__in=late.values("alert_id"))), point, locale=locale)
    waiting = [WaitingLine(line, due[line.id], (today - due[line.id]).days) for line in lines]
    gone = Q(owner=None) | Q(owner__archived_at__isnull=False)
    unowned = lines_of(actor, list(seen.filter(gone)), point, locale=locale)
    return Unanswered(sorted(waiting, key=lambda one: (one.due_on, one.line.id)), unowned)


def my_responses(actor: Actor) -> QuerySet[Response]:
    """What this person is to answer, the soonest due first."""
    if actor.person_id is None or not actor.may_read:
        return Response.objects.none()
    mine = Response.objects.filter(answered_at=None, alert__closed_at=None, owner_id=actor.person_id)
    return mine.filter(alert__in=visible_to(actor).values("pk")).select_related("alert__kpi__metric").order_by("due_on")


@dataclass(frozen=True, slots=True)
class WithoutAction:
    """A KPI that is off target, or has a long-range aim, while nothing is under way.

    `aim_by` is the hour of the farthest aim, None for a KPI that is off target now.
    """

    standing: Standing
    kind: str  # off_target | aim
    aim_by: int | None

    @property
    def kpi(self) -> Kpi:
        return self.standing.kpi


def targets_without_action(
    actor: Actor, point: Standpoint | None = None, *, team: Team | None = None
) -> list[WithoutAction]:
    """Every active KPI off target, and every one with a long-range aim, without initiative, action or answer (SX-6).

    Under way is: an initiative that is planned or being worked on under an objective not closed, on a key result that
    uses the KPI's metric; an action noted on the KPI; an answered response of a live alert. The worst come first.
    """
    point = point or standpoint()
    found = visible_kpis(actor).filter(state="active", archived_at=None, metric__archived_at=None)
    if team is not None:
        found = found.filter(metric__team_id__in=team_tree().with_descendants(team.pk))
    stand = standings(list(found), point, newest=NEWEST)
    metrics = metrics_worked_on(point)
    said = Response.objects.filter(answered_at__isnull=False, alert__closed_at=None)
    if point.known_at is not None:
        said = said.filter(answered_at__lte=point.known_at)
    answered = set(said.values_list("alert__kpi_id", flat=True))
    bare = [
        one for one in stand
        if one.metric.pk not in metrics and one.action is None and one.kpi.pk not in answered
    ]  # fmt: skip
    off = [WithoutAction(one, "off_target", None) for one in bare if one.computed == "off_target"]
    aims = [WithoutAction(one, "aim", one.aims[-1].by.end) for one in bare if one.computed != "off_target" and one.aims]
    return [*_worst_first(off), *_worst_first(aims)]


def metrics_worked_on(point: Standpoint) -> set[int]:
    """Metrics that an initiative works on through a key result."""
    work = Initiative.objects.filter(state__in=("planned", "doing"), archived_at=None)
    work = work.filter(objective__archived_at=None).exclude(objective__state="closed")
    if point.known_at is not None:
        work = work.filter(created_at__lte=point.known_at)
    direct = work.filter(key_result__metric__isnull=False, key_result__archived_at=None)
    whole = work.filter(key_result=None, objective__key_results__archived_at=None)
    found = set(direct.values_list("key_result__metric_id", flat=True))
    found |= set(whole.values_list("objective__key_results__metric_id", flat=True))
    return {one for one in found if one is not None}


def in_team(found: QuerySet[Alert], team: Team | None) -> QuerySet[Alert]:
    """Alerts about things of the team and those below it."""
    return found if team is None else of_teams(found, team_tree().with_descendants(team.pk))


def _worst_first(found: Sequence[WithoutAction]) -> list[WithoutAction]:
    """By performance score, the lowest first; those without a score last."""
    return sorted(found, key=lambda one: (one.standing.score is None, one.standing.score or 0.0, str(one.kpi)))
