"""What checking in costs: the product measures it, so that it stays under a minute (OKR 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from django.db.models import Q

from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import CheckIn

PAUSE = timedelta(minutes=30)  # a longer one between two check-ins begins another pass
EFFORT_DAYS = 91


@dataclass(frozen=True, slots=True)
class Effort:
    """What checking in costs, as the page measured it: medians in seconds, None where nothing was measured."""

    per_item: float | None
    per_pass: float | None
    items: int
    passes: int


def median_effort(
    *, person_id: int | None = None, team_ids: Collection[int] | None = None, now: datetime | None = None
) -> Effort:
    """Median seconds per item and per pass of the last quarter, of a person or of some teams.

    A pass is what one person said without a pause of more than half an hour.
    """
    since = (now or standpoint().now_utc) - timedelta(days=EFFORT_DAYS)
    rows = CheckIn.objects.filter(is_draft=False, superseded_at=None, seconds__isnull=False)
    rows = rows.filter(known_at__gte=since.replace(tzinfo=UTC))
    if person_id is not None:
        rows = rows.filter(author_person_id=person_id)
    if team_ids is not None:
        rows = rows.filter(Q(key_result__objective__team_id__in=team_ids) | Q(kpi__metric__team_id__in=team_ids))
    columns = ("author_person_id", "known_at", "seconds")
    facts = [(who, at, spent or 0.0) for who, at, spent in rows.order_by(*columns[:2]).values_list(*columns)]
    passes = _passes(facts)
    each = [seconds for _, _, seconds in facts]
    return Effort(median(each) if each else None, median(map(sum, passes)) if passes else None, len(each), len(passes))


def _passes(rows: Iterable[tuple[int | None, datetime, float]]) -> list[list[float]]:
    """The seconds of each pass; rows come by person and time."""
    found: list[list[float]] = []
    before: tuple[int | None, datetime] | None = None
    for person_id, moment, seconds in rows:
        if before is None or before[0] != person_id or moment - before[1] > PAUSE:
            found.append([])
        found[-1].append(seconds)
        before = (person_id, moment)
    return found


def last_pass(actor: Actor, now: datetime | None = None) -> list[CheckIn]:
    """What the person said without a long pause up to now, oldest first; empty when that is a while ago."""
    if actor.person_id is None:
        return []
    until = (now or standpoint().now_utc).replace(tzinfo=UTC)
    rows = CheckIn.objects.filter(author_person_id=actor.person_id, is_draft=False, superseded_at=None)
    rows = rows.filter(known_at__gt=until - timedelta(hours=12)).select_related(
        "key_result__objective__team", "key_result__metric", "kpi__metric__team"
    )
    found: list[CheckIn] = []
    for row in rows.order_by("-known_at", "-id"):
        if (found[-1].known_at if found else until) - row.known_at > PAUSE:
            break
        found.append(row)
    return found[::-1]
