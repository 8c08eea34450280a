"""Everything the detectors look at, read once at a standpoint: each part when it is first asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from django.db.models import Q, QuerySet

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.access import visible_to as visible_kpis
from sextant.kpis.models import Kpi
from sextant.kpis.queries.second_looks import SecondLook as KpiSecondLook
from sextant.kpis.queries.second_looks import second_looks
from sextant.kpis.queries.standing import Standing, draw_together, standings
from sextant.lifecycle.models import Promotion
from sextant.metrics.queries.drivers import metric_ids_with_drivers
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.access import visible_to as visible_objectives
from sextant.okrs.models import Objective
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import there
from sextant.okrs.queries.second_looks import SecondLook, second_looks_in
from sextant.okrs.queries.standing import Board, ObjectiveStanding, okr_board
from sextant.practice.queries.home_teams import home_teams


def active_kpis(actor: Actor, point: Standpoint) -> QuerySet[Kpi]:
    """The KPIs the actor may see that were watched at the standpoint."""
    if point.known_at is None:
        return visible_kpis(actor).filter(archived_at=None, state="active")
    later = point.known_at
    return visible_kpis(actor).filter(
        Q(archived_at=None) | Q(archived_at__gt=later), Q(retired_at=None) | Q(retired_at__gt=later),
        activated_at__lte=later,
    )  # fmt: skip


@dataclass(eq=False)
class Situation:
    """How things stand for one actor at one standpoint, in a fixed number of statements whatever there is.

    Personal objectives are no team's practice and left out.
    """

    actor: Actor
    point: Standpoint

    @property
    def moment(self) -> datetime:
        """The instant looked from, with its zone."""
        return self.point.known_at or self.point.now_utc.replace(tzinfo=UTC)

    def since(self, days: int) -> datetime:
        return self.moment - timedelta(days=days)

    @cached_property
    def objectives(self) -> list[Objective]:
        """All objectives that are there, whatever their state."""
        found = (
            visible_objectives(self.actor).filter(there(self.point), is_personal=False).exclude(visibility="private")
        )
        return list(found.order_by("pk"))

    @cached_property
    def abandoned(self) -> list[Objective]:
        """Objectives that were archived without ever being started."""
        found = visible_objectives(self.actor).filter(
            activated_at=None, archived_at__lte=self.moment, is_personal=False
        )
        return list(found.exclude(visibility="private").order_by("pk"))

    @cached_property
    def board(self) -> Board:
        return okr_board(self.objectives, self.point)

    @cached_property
    def open_objectives(self) -> list[ObjectiveStanding]:
        """Those not closed, with where they stand."""
        asked = [self.board.objectives[pk] for pk in self.board.asked if pk in self.board.objectives]
        return [one for one in asked if one.state != "closed"]

    @cached_property
    def running(self) -> list[KeyResultStanding]:
        """Key results of objectives at work, in the order of their objectives."""
        return [each for one in self.open_objectives if one.state == "active" for each in one.key_results]

    @cached_property
    def key_result_looks(self) -> Mapping[int, list[SecondLook]]:
        """What is worth a second look at the key results at work, by their id."""
        return second_looks_in([one for one in self.running if one.is_published], self.point)

    def seen_metrics(self, metric_ids: Iterable[int]) -> set[int]:
        """Those of these metrics the actor may see."""
        wanted = set(metric_ids)
        return (
            set(visible("metric", self.actor).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
        )

    def team_of(self, each: KeyResultStanding) -> int:
        return each.facts.objective.team_id

    @cached_property
    def kpis(self) -> list[Standing]:
        """The KPIs watched, with where they stand."""
        found = standings(list(active_kpis(self.actor, self.point).order_by("pk")), self.point)
        draw_together(found)
        return found

    @cached_property
    def kpi_looks(self) -> Mapping[int, list[KpiSecondLook]]:
        """What is worth a second look at the KPIs watched, by their id."""
        known = {each.kpi.pk: each for each in self.kpis}
        return second_looks([each.kpi for each in self.kpis], self.point, known=known)

    @cached_property
    def kpis_by_team(self) -> Mapping[int, list[Standing]]:
        found: dict[int, list[Standing]] = defaultdict(list)
        for each in self.kpis:
            found[each.metric.team_id].append(each)
        return found

    @cached_property
    def guards(self) -> Mapping[int, bool]:
        """KPIs that are worked on as key results now, by id: whether every such key result has a guard metric."""
        by_metric: dict[int, list[bool]] = defaultdict(list)
        for one in self.running:
            if one.metric is not None and one.is_published:
                by_metric[one.metric.id].append(one.key_result.guard_id is not None)
        return {each.kpi.pk: all(has) for each in self.kpis if (has := by_metric.get(each.metric.id))}

    @cached_property
    def unguarded(self) -> Mapping[int, str]:
        """The key of a key result at work without a guard metric, by the id of the KPI it moves."""
        bare = {
            one.metric.id: one.key
            for one in reversed(self.running)
            if one.metric is not None and one.is_published and one.key_result.guard_id is None
        }
        return {each.kpi.pk: bare[each.metric.id] for each in self.kpis if each.metric.id in bare}

    @cached_property
    def promoted(self) -> frozenset[int]:
        """KPIs with a promotion at work, by id."""
        found = Promotion.objects.filter(kpi_id__in=[each.kpi.pk for each in self.kpis], started_at__lte=self.moment)
        found = found.filter(Q(ended_at=None) | Q(ended_at__gt=self.moment))
        return frozenset(found.values_list("kpi_id", flat=True))

    @cached_property
    def driven(self) -> frozenset[int]:
        """Metrics with drivers, by id: linked by somebody, or what a formula or a ratio is made of."""
        return frozenset(metric_ids_with_drivers(self.actor, [each.metric.id for each in self.kpis], self.point))

    @cached_property
    def homes(self) -> Mapping[int, int]:
        """The one team each person is counted in."""
        return home_teams(self.point)

    @cached_property
    def people(self) -> Mapping[int, int]:
        """How many people are counted in each team."""
        found: dict[int, int] = defaultdict(int)
        for team_id in self.homes.values():
            found[team_id] += 1
        return found


def label_of(each: Standing | KeyResultStanding | ObjectiveStanding) -> str:
    """What people call it: the name of a KPI, the title of a key result or an objective."""
    return each.kpi.metric.name if isinstance(each, Standing) else each.title


def team_counts(things: Sequence[int]) -> dict[int, int]:
    """How many things each team has, from the team of each thing."""
    found: dict[int, int] = defaultdict(int)
    for team_id in things:
        found[team_id] += 1
    return dict(found)
