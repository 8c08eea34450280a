"""Values and statements of key results out of files: into their series, and as check-ins where something was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sextant.calc.periods import Calendar, Frequency
from sextant.core import access
from sextant.core.actors import Actor
from sextant.exchange.okr_reading import ReadUpdate
from sextant.exchange.okrs.merging import home_of
from sextant.exchange.okrs.planning import Plan
from sextant.kpis.models import Kpi
from sextant.metrics.commands.publishing import Row, publish
from sextant.metrics.models import Batch, Measurement, Metric
from sextant.okrs.commands.adopting import adopt_check_ins
from sextant.okrs.models import CheckIn, KeyResult
from sextant.people.queries import today

CHUNK = 400


@dataclass(frozen=True, slots=True)
class Reported:
    accepted: int
    superseded: int
    unchanged: int
    check_ins: int


def keep_reports(actor: Actor, batch: Batch, plan: Plan, key_results: Mapping[str, KeyResult]) -> Reported:
    """Publish all values of the plan and keep what was said. Call inside `writing()`."""
    newest = _newest(key_results.values())
    closed = _closed(actor, key_results.values())
    now = today()
    rows: dict[tuple[int, int], Row] = {}
    said: list[CheckIn] = []
    same = 0
    for ref, key_result in key_results.items():
        metric = key_result.metric
        for report in plan.reports.get(ref, ()):
            start: int | None = None
            update = report.update
            if metric is not None:
                home = home_of(report, Frequency(metric.frequency), _calendar(metric, plan), _day(key_result, now))
                start = home.start
                if metric.pk in closed:
                    continue
                if update.value is not None and report.period is None and newest.get(metric.pk) == update.value:
                    same += 1  # as things stand, and nothing has changed since the last value
                elif update.value is not None:
                    row = (metric.pk, home.start, home.end, update.value, "observed", "", "", None)
                    rows[metric.pk, home.start] = row
            note = _note(update)
            if note or update.status or update.confidence is not None:
                said.append(
                    CheckIn(
                        key_result=key_result, author=actor.label, author_person_id=actor.person_id, value=update.value,
                        start=start, confidence=update.confidence, status=update.status, note=note,
                        batch_key=batch.key, known_at=batch.recorded_at,
                    )
                )  # fmt: skip
    published = publish(batch, list(rows.values()), dated_by_import=True)
    check_ins = adopt_check_ins(said)
    return Reported(published.accepted, published.superseded, len(rows) - published.accepted + same, check_ins)


def _closed(actor: Actor, key_results: Iterable[KeyResult]) -> set[int]:
    """Series of KPIs that the actor may not record: a series of its own takes what comes with its key result."""
    ids = {one.metric_id for one in key_results if one.metric_id is not None}
    watched = Kpi.objects.select_related("metric")
    return {
        one.metric_id
        for one in watched
        if one.metric_id in ids and not access.can("metric", actor, "record", one.metric)
    }


def _note(update: ReadUpdate) -> str:
    """What was published of a period besides its figures."""
    parts = []
    if update.progress is not None:
        parts.append(f"Published progress: {round(update.progress * 100, 1):g} %.")
    if update.note:
        parts.append(update.note)
    return " ".join(parts)


def _calendar(metric: Metric, plan: Plan) -> Calendar:
    own = plan.names.calendar
    return Calendar(metric.year_start_month or plan.names.house_month, own.fiscal_year_named_by)


def _day(key_result: KeyResult, now: date) -> date:
    """The day that "as things stand" means: today, or the last day of a cycle that is over."""
    cycle = key_result.objective.cycle
    end = key_result.due_on or (cycle.ends_on if cycle is not None else None)
    return min(now, end) if end is not None else now


def _newest(key_results: Iterable[KeyResult]) -> dict[int, float]:
    """The newest value of each metric that has one."""
    ids = sorted({one.metric_id for one in key_results if one.metric_id is not None})
    found: dict[int, float] = {}
    for first in range(0, len(ids), CHUNK):
        rows = Measurement.objects.filter(metric_id__in=ids[first : first + CHUNK], superseded_at=None)
        for metric_id, value in rows.order_by("start").values_list("metric_id", "value"):
            if value is not None:
                found[metric_id] = value
    return found
