"""When this happens, that is done in the background: the only place that says so.

An event adds its jobs in its own transaction, with the event's id as `event` (`core.events.react`). Reactions concern
packages that do not know each other; what a package does for itself it does in its own commands.
"""

from __future__ import annotations

from sextant.alerts import tasks as alerts
from sextant.core import events, jobs
from sextant.lifecycle import tasks as lifecycle
from sextant.okrs import forecasting
from sextant.practice import tasks as practice
from sextant.surveys import tasks as surveys

TASKS = (alerts, lifecycle, forecasting, practice, surveys)  # importing them registers their jobs

LIVE = ("lifecycle.evaluate",)
JUDGE = ("alerts.evaluate", *LIVE)
FORECAST_AND_JUDGE = ("forecasts.refresh", *JUDGE)

REACTIONS: dict[str, tuple[str, ...]] = {
    "measurements.recorded": FORECAST_AND_JUDGE,
    "batch.undone": FORECAST_AND_JUDGE,
    "definition.changed": FORECAST_AND_JUDGE,
    "detection.changed": FORECAST_AND_JUDGE,
    "marker.added": JUDGE,
    "marker.removed": JUDGE,
    "metric.changed": FORECAST_AND_JUDGE,
    "metric.archived": JUDGE,
    "metric.restored": FORECAST_AND_JUDGE,
    "kpi.activated": FORECAST_AND_JUDGE,
    "kpi.changed": JUDGE,
    "kpi.retired": JUDGE,
    "kpi.archived": JUDGE,
    "kpi.restored": FORECAST_AND_JUDGE,
    "target.set": FORECAST_AND_JUDGE,
    "target.removed": JUDGE,
    "value.approved": JUDGE,
    "key_result.published": FORECAST_AND_JUDGE,
    "key_result.changed": JUDGE,
    "key_result.target_changed": FORECAST_AND_JUDGE,
    "key_result.archived": JUDGE,
    "key_result.closed": JUDGE,
    "key_result.reopened": FORECAST_AND_JUDGE,
    "key_result.restored": FORECAST_AND_JUDGE,
    "check_in.published": JUDGE,
    "check_in.taken_back": JUDGE,
    "objective.activated": FORECAST_AND_JUDGE,
    "objective.closed": JUDGE,
    "objective.reopened": FORECAST_AND_JUDGE,
    "objective.archived": JUDGE,
    "objective.restored": JUDGE,
    "cycle.changed": JUDGE,
    "cycle.closed": JUDGE,
    "cycle.reopened": JUDGE,
    "organisation.changed": JUDGE,
    "alert.opened": LIVE,
    "alert.relapsed": LIVE,
    "alert_rule.changed": JUDGE,
    "alert_rule.muted": JUDGE,
    "alert_rule.restored": JUDGE,
}


def connect() -> None:
    """Let events add their jobs. Raises LookupError for an event or a job that nobody registered."""
    known_events, known_jobs = events.registered(), jobs.kinds()
    for event_name, job_names in REACTIONS.items():
        unknown = [name for name in job_names if name not in known_jobs]
        if event_name not in known_events or unknown:
            raise LookupError(f"The reaction to '{event_name}' names what nobody registered: {unknown or event_name}.")
        events.react(event_name, job_names)
