"""Which KPIs need what: the lists a PMO works through, each a queryset that a page can count, narrow and show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from sextant.calc.freshness import freshness
from sextant.calc.period_grid import unit_of
from sextant.calc.periods import Calendar, Frequency, Period, expected_latest, label, period_at, spoken
from sextant.core.access import can, visible
from sextant.core.actors import Actor
from sextant.core.errors import Problem
from sextant.kpis.access import visible_to
from sextant.kpis.commands.kpis import missing_with
from sextant.kpis.models import Kpi, Scorecard
from sextant.kpis.queries.facts import own_definitions
from sextant.kpis.queries.scorecards import NEWEST_FOR_STATUS
from sextant.kpis.queries.standing import Standing, standings
from sextant.metrics.models import Definition
from sextant.metrics.queries.reading import latest_starts
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.people import queries as people
from sextant.people.models import Team

FOUR_QUARTERS = timedelta(days=365)
FED_BY_MACHINES = frozenset({"push"})


def at_work(actor: Actor) -> QuerySet[Kpi]:
    """The KPIs this actor may see that are watched or about to be: neither retired nor archived."""
    return visible_to(actor).filter(archived_at=None).exclude(state="retired")


def unlinked(actor: Actor) -> QuerySet[Kpi]:
    """KPIs that neither point to a strategic theme nor say why they are watched (OR-2)."""
    return at_work(actor).filter(metric__theme=None, reason="")


def nice_to_know(actor: Actor) -> QuerySet[Kpi]:
    """KPIs that name no decision they serve (GE-3)."""
    return at_work(actor).filter(decision="")


def review_overdue(actor: Actor) -> QuerySet[Kpi]:
    """Active KPIs whose review date has passed (GE-4)."""
    return at_work(actor).filter(state="active", review_on__lt=people.today())


def with_old_targets(actor: Actor) -> QuerySet[Kpi]:
    """KPIs whose newest target was said more than four quarters ago; those without any target are not among them."""
    newest = Max("targets__known_at", filter=Q(targets__superseded_at=None))
    return at_work(actor).annotate(target_said=newest).filter(target_said__lt=timezone.now() - FOUR_QUARTERS)


def drafts(actor: Actor) -> QuerySet[Kpi]:
    """KPIs somebody still has to complete."""
    return at_work(actor).filter(state="draft")


def without_owner(actor: Actor) -> QuerySet[Kpi]:
    return at_work(actor).filter(metric__owner=None)


def without_target(actor: Actor) -> QuerySet[Kpi]:
    """KPIs with nothing to be judged against."""
    return at_work(actor).exclude(targets__superseded_at=None, targets__isnull=False)


def stale(actor: Actor) -> QuerySet[Kpi]:
    """KPIs whose next value is overdue beyond the grace days, and those that never had one.

    Recorded ones by a look at the newest row of each; only calculated ones are worked out.
    """
    point = standpoint()
    kpis = list(at_work(actor))
    calculated = _calculated(kpis)
    newest = latest_starts([kpi.metric_id for kpi in kpis if kpi.id not in calculated], point)
    late = {kpi.id for kpi in kpis if kpi.id not in calculated and _is_late(kpi, newest.get(kpi.metric_id), point)}
    worked_out = standings([kpi for kpi in kpis if kpi.id in calculated], point, newest=NEWEST_FOR_STATUS)
    late |= {each.kpi.id for each in worked_out if each.freshness in ("stale", "never")}
    return visible_to(actor).filter(id__in=late)


def _calculated(kpis: Sequence[Kpi]) -> set[int]:
    with_formula = set(
        Definition.objects.filter(superseded_at=None, metric_id__in=[kpi.metric_id for kpi in kpis])
        .exclude(formula="")
        .values_list("metric_id", flat=True)
    )
    return {kpi.id for kpi in kpis if kpi.metric.numerator_id is not None or kpi.metric_id in with_formula}


def _is_late(kpi: Kpi, start: int | None, point: Standpoint) -> bool:
    if start is None:
        return True
    metric = kpi.metric
    frequency, calendar = Frequency(metric.frequency), _calendar(kpi, point)
    end = period_at(start, frequency, calendar, metric.span).end
    return freshness(end, point.hour(frequency), frequency, metric.grace_days, calendar) == "stale"


def _calendar(kpi: Kpi, point: Standpoint) -> Calendar:
    own = kpi.metric.year_start_month
    return point.calendar if own is None else Calendar(own, point.calendar.fiscal_year_named_by)


REPORTS: Mapping[str, Callable[[Actor], QuerySet[Kpi]]] = {
    "unlinked": unlinked,
    "nice-to-know": nice_to_know,
    "review-overdue": review_overdue,
    "old-targets": with_old_targets,
    "stale": stale,
    "no-target": without_target,
    "no-owner": without_owner,
}


def teams_without_kpis() -> QuerySet[Team]:
    """Teams at work that have no KPI at work of their own (ZO-4), whoever may see those KPIs."""
    used = Kpi.objects.filter(archived_at=None).exclude(state="retired").values_list("metric__team_id", flat=True)
    return people.teams_without(used.distinct())


def missing_many(kpis: Sequence[Kpi]) -> dict[int, list[Problem]]:
    """What each draft still lacks before it may be activated, by KPI id, with one statement for all."""
    newest = {
        metric_id: versions[-1]
        for metric_id, versions in own_definitions([kpi.metric for kpi in kpis], standpoint()).items()
        if versions
    }
    return {kpi.id: missing_with(kpi, newest.get(kpi.metric_id)) for kpi in kpis}


@dataclass(frozen=True, slots=True)
class DueEntry:
    """A KPI that waits for a value somebody enters by hand. `period` is the newest complete one without a value."""

    kpi_key: str
    metric_key: str
    name: str
    team: str
    unit: str
    unit_label: str
    precision: int | None
    period: str
    period_words: str
    is_overdue: bool
    missing: int  # how many complete periods have no value since the last one
    last: float | None
    last_words: str


def due_entries(
    actor: Actor, *, scorecard: Scorecard | None = None, standing: Sequence[Standing] = ()
) -> list[DueEntry]:
    """The values this actor is expected to enter, most overdue first; on a scorecard those its KPIs wait for.

    Without a scorecard these are the KPIs the actor owns. What machines push and what is calculated is left out.
    `standing` spares the reading where the caller has done it.
    """
    point = standpoint()
    if not standing:
        kpis = at_work(actor)
        if scorecard is not None:
            kpis = kpis.filter(places__scorecard=scorecard, places__superseded_at=None).order_by("places__position")
        else:
            kpis = kpis.filter(metric__owner_id=actor.person_id)
        standing = standings(list(kpis), point, newest=NEWEST_FOR_STATUS)
    entries = [entry for each in standing if (entry := _due(actor, each)) is not None]
    return entries if scorecard is not None else sorted(entries, key=lambda e: (not e.is_overdue, e.name.casefold()))


def _due(actor: Actor, standing: Standing) -> DueEntry | None:
    kpi, metric, series, point = standing.kpi, standing.kpi.metric, standing.series, standing.point
    if series.is_calculated or (standing.recording and standing.recording.kind in FED_BY_MACHINES):
        return None
    newest = expected_latest(series.frequency, point.now_utc if series.frequency == "hour" else point.now,
                             series.calendar, metric.span)  # fmt: skip
    if standing.period is not None and standing.period.start >= newest.start:
        return None
    if not can("metric", actor, "record", metric):
        return None
    return DueEntry(
        kpi_key=kpi.key,
        metric_key=metric.key,
        name=metric.name,
        team=metric.team.name,
        unit=metric.unit,
        unit_label=metric.unit_label,
        precision=metric.precision,
        period=label(newest, series.calendar),
        period_words=spoken(newest, series.calendar),
        is_overdue=standing.freshness in ("stale", "never"),
        missing=_missing_periods(standing, newest),
        last=standing.value,
        last_words="" if standing.period is None else spoken(standing.period, series.calendar),
    )


def _missing_periods(standing: Standing, newest: Period) -> int:
    if standing.period is None:
        return 1
    frequency, calendar = standing.series.frequency, standing.series.calendar
    return unit_of(newest.start, frequency, calendar) - unit_of(standing.period.start, frequency, calendar)


@dataclass(frozen=True, slots=True)
class MyKpis:
    """What the KPIs a person owns ask of them."""

    standings: list[Standing]
    off_target: list[Standing]
    watch: list[Standing]
    stale: list[Standing]
    due: list[DueEntry]


def my_kpis(actor: Actor) -> MyKpis:
    """The KPIs at work that this person owns, and which of them need a look; a fixed number of statements."""
    if actor.person_id is None:
        return MyKpis([], [], [], [], [])
    stand = standings(
        list(at_work(actor).filter(metric__owner_id=actor.person_id)), standpoint(), newest=NEWEST_FOR_STATUS
    )
    return MyKpis(
        standings=stand,
        off_target=[each for each in stand if each.computed == "off_target"],
        watch=[each for each in stand if each.status == "watch"],
        stale=[each for each in stand if each.freshness in ("stale", "never")],
        due=due_entries(actor, standing=stand) if stand else [],
    )


def drafts_to_complete(actor: Actor) -> QuerySet[Kpi]:
    """Drafts this person may complete: their own, and those of teams they lead."""
    leading = [team_id for team_id in actor.roles if actor.has_role(team_id, "lead")]
    found = drafts(actor)
    if actor.is_admin:
        return found
    return found.filter(Q(metric__owner_id=actor.person_id) | Q(metric__team_id__in=leading))


def reviews_due(actor: Actor) -> QuerySet[Kpi]:
    """Reviews this person should do: of their own KPIs, and of KPIs without an owner in teams they lead."""
    leading = [team_id for team_id in actor.roles if actor.has_role(team_id, "lead")]
    mine = Q(metric__owner_id=actor.person_id) | Q(metric__owner=None, metric__team_id__in=leading)
    return review_overdue(actor).filter(mine)


def is_empty(actor: Actor) -> bool:
    """Whether there is nothing to look at yet: no KPI and no scorecard this actor may see."""
    return not visible_to(actor).exists() and not visible("scorecard", actor).exists()
