"""Rows of many objectives at once, as light as the arithmetic allows: a fixed number of statements, no model instances.

A page of a thousand objectives would spend most of its time making instances; those are read when asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import CheckIn, KeyResult, Link, Milestone, Objective, Override, Terms
from sextant.strategy.models import Cycle


class ObjectiveRow(NamedTuple):
    id: int
    key: str
    title: str
    team_id: int
    owner_id: int | None
    cycle_id: int | None
    theme_id: int | None
    state: str
    ambition: str
    rollup: str
    visibility: str
    is_personal: bool
    starts_on: Any
    ends_on: Any


class KeyResultRow(NamedTuple):
    id: int
    key: str
    objective_id: int
    title: str
    kind: str
    metric_id: int | None
    owner_id: int | None
    reading: str
    check_in_every: str
    ambition: str
    starts_on: Any
    due_on: Any
    is_published: bool


class TermsRow(NamedTuple):
    key_result_id: int
    id: int
    valid_from: int | None
    baseline: float | None
    from_series: bool
    target: float | None
    relative: str
    amount: float | None
    stretch: float | None
    low: float | None
    high: float | None
    is_strict: bool
    planned: int | None
    checkpoints: Any
    plan: Any
    weight: float
    reason: str


class MetricRow(NamedTuple):
    id: int
    key: str
    name: str
    unit: str
    precision: int | None
    direction: str
    frequency: str
    span: int
    aggregation: str
    grace_days: int
    year_start_month: int | None
    numerator_id: int | None
    is_kpi: bool
    has_formula: bool


class CheckInSign(NamedTuple):
    """Of a check-in, what the standing of its key result depends on."""

    key_result_id: int
    id: int
    confidence: int | None
    status: str


class CheckInRow(NamedTuple):
    key_result_id: int
    id: int
    value: float | None
    confidence: int | None
    status: str
    note: str
    author: str
    known_at: Any


class MilestoneRow(NamedTuple):
    key_result_id: int
    id: int
    title: str
    weight: float
    due_on: Any
    is_done: bool
    evidence: str
    done_at: Any


class LinkRow(NamedTuple):
    id: int
    child_id: int
    objective_id: int | None
    key_result_id: int | None
    of_objective_id: int | None  # the objective a parent key result belongs to
    kind: str
    weight: float
    child_visibility: str

    @property
    def parent_id(self) -> int:
        """The objective above: the parent itself, or that of the parent key result."""
        return self.objective_id if self.objective_id is not None else self.of_objective_id or 0


class OverrideRow(NamedTuple):
    objective_id: int
    progress: float | None
    status: str
    reason: str
    expires_on: Any
    author: str


@lru_cache(maxsize=4096)
def _parsed(text: str) -> date:
    return date.fromisoformat(text[:10])


def day_of(value: Any) -> date | None:
    """A day as the driver gives it (text on SQLite) as a date."""
    return _parsed(value) if isinstance(value, str) else value


def json_of(value: Any) -> Any:
    """A JSON column as the driver gives it."""
    return json.loads(value) if isinstance(value, str) else value


def fetch(found: QuerySet[Any], *columns: Any) -> list[tuple[Any, ...]]:
    """The columns of the rows as the driver gives them: no conversion, which would take longer than the statement."""
    try:
        sql, parameters = found.values_list(*columns).query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def known(point: Standpoint, prefix: str = "") -> Q:
    """Effective-dated rows that hold at the standpoint."""
    if point.known_at is None:
        return Q(**{f"{prefix}superseded_at": None})
    still = Q(**{f"{prefix}superseded_at": None}) | Q(**{f"{prefix}superseded_at__gt": point.known_at})
    return Q(**{f"{prefix}known_at__lte": point.known_at}) & still


def there(point: Standpoint, prefix: str = "") -> Q:
    """Things that were made by then and had not been archived."""
    if point.known_at is None:
        return Q(**{f"{prefix}archived_at": None})
    stood = Q(**{f"{prefix}archived_at": None}) | Q(**{f"{prefix}archived_at__gt": point.known_at})
    return Q(**{f"{prefix}created_at__lte": point.known_at}) & stood


def objective_rows(found: QuerySet[Objective], point: Standpoint | None = None) -> list[ObjectiveRow]:
    """Objectives in their order; on a past date each in the state it had, which its start and its closing date."""
    state = "state"
    if point is not None and point.known_at is not None:
        closed = When(closed_at__lte=point.known_at, then=Value("closed"))
        active = When(activated_at__lte=point.known_at, then=Value("active"))
        later = When(state__in=("active", "closed"), then=Value("draft"))
        found, state = found.annotate(then=Case(closed, active, later, default=F("state"))), "then"
    own = [state if name == "state" else name for name in ObjectiveRow._fields[:-2]]
    rows = fetch(found.select_related(None), *own)
    spans = {pk: (first, last) for pk, first, last in Cycle.objects.values_list("pk", "starts_on", "ends_on")}
    return [ObjectiveRow(*row, *spans.get(row[5], (None, None))) for row in rows]


def key_result_rows(objectives: Any, point: Standpoint) -> list[KeyResultRow]:
    """Key results of these objectives (ids, or a queryset of them) that are there, in their order."""
    found = KeyResult.objects.filter(there(point), objective_id__in=objectives)
    published = Q(published_at__isnull=False) if point.known_at is None else Q(published_at__lte=point.known_at)
    found = found.order_by("objective_id", "position", "id").annotate(is_published=published)
    return [KeyResultRow._make(row) for row in fetch(found, *KeyResultRow._fields)]


def terms_rows(key_results: QuerySet[KeyResult], point: Standpoint) -> dict[int, list[TermsRow]]:
    """Figures by key result, the ones that hold longest first."""
    found = Terms.objects.filter(known(point), key_result__in=key_results)
    columns = {"from_series": "baseline_from_series", "planned": "planned_periods"}
    rows = fetch(found.order_by("id"), *[columns.get(name, name) for name in TermsRow._fields])
    by_key_result: dict[int, list[TermsRow]] = {}
    for row in rows:
        by_key_result.setdefault(row[0], []).append(TermsRow._make(row))
    for own in by_key_result.values():
        if len(own) > 1:
            own.sort(key=lambda one: (one.valid_from is not None, one.valid_from or 0, one.id))
    return by_key_result


def metric_rows(key_results: QuerySet[KeyResult]) -> dict[int, MetricRow]:
    calculated = Definition.objects.filter(metric=OuterRef("pk"), superseded_at=None).exclude(formula="")
    found = Metric.objects.filter(pk__in=key_results.exclude(metric=None).values("metric_id"))
    found = found.annotate(is_kpi=Q(kpi__state="active", kpi__archived_at=None), has_formula=Exists(calculated))
    return {row[0]: MetricRow._make(row) for row in fetch(found.order_by(), *MetricRow._fields)}


def latest_check_ins(key_results: QuerySet[KeyResult], point: Standpoint) -> dict[int, CheckInSign]:
    """The newest published check-in of each key result, found by one short look-up in an index each."""
    published = CheckIn.objects.filter(known(point), is_draft=False, key_result=OuterRef("pk"))
    newest = Subquery(published.order_by("-known_at", "-id").values("pk")[:1])
    ids = key_results.annotate(newest=newest).values("newest")
    rows = fetch(CheckIn.objects.filter(pk__in=ids).order_by(), *CheckInSign._fields)
    return {row[0]: CheckInSign._make(row) for row in rows}


def check_ins_by_id(ids: Sequence[int]) -> dict[int, CheckInRow]:
    """All that these check-ins say."""
    rows = fetch(CheckIn.objects.filter(pk__in=ids).order_by(), *CheckInRow._fields)
    return {row[1]: CheckInRow._make(row) for row in rows}


def milestone_rows(key_results: QuerySet[KeyResult], point: Standpoint) -> dict[int, list[MilestoneRow]]:
    found = Milestone.objects.filter(known(point), key_result__in=key_results)
    done = Q(done_at__isnull=False) if point.known_at is None else Q(done_at__lte=point.known_at)
    found = found.annotate(is_done=done).order_by("position", "id")
    by_key_result: dict[int, list[MilestoneRow]] = {}
    for row in fetch(found, *MilestoneRow._fields):
        by_key_result.setdefault(row[0], []).append(MilestoneRow._make(row))
    return by_key_result


def link_rows(point: Standpoint) -> list[LinkRow]:
    """Every link that holds; the tree is read whole, it is small."""
    columns = (
        "id", "child_id", "objective_id", "key_result_id", "key_result__objective_id", "kind", "weight",
        "child__visibility",
    )  # fmt: skip
    found = Link.objects.filter(known(point) & there(point, "child__")).order_by("id")
    return [LinkRow._make(row) for row in fetch(found, *columns)]


def override_rows(objective_ids: Iterable[int], point: Standpoint) -> dict[int, OverrideRow]:
    """A person's word that has not expired, by objective."""
    found = Override.objects.filter(known(point), expires_on__gte=point.now.date())
    wanted = set(objective_ids)
    rows = fetch(found.order_by("id"), *OverrideRow._fields)
    return {row[0]: OverrideRow._make(row) for row in rows if row[0] in wanted}
