"""A person's word on a deviation: the new normal, or no change at all."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.alerts.commands.life import close, reopen
from sextant.alerts.models import Alert
from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.metrics.commands.judgement import confirm_baseline, reject_finding, reopen_finding
from sextant.metrics.models import Metric


def settle_deviation(actor: Actor, alert: Alert, *, is_new_normal: bool, reason: str) -> Alert:
    """Close the alert, and judge the KPI from its beginning on by itself, or as if it had not been: both or neither."""
    access.require("alert", actor, "handle", alert)
    metric, start = _deviation(alert)
    word = _("This is the new normal") if is_new_normal else _("Not a change")
    with writing():
        (confirm_baseline if is_new_normal else reject_finding)(actor, metric, start, reason=reason)
        return close(actor, alert, reason=f"{word}: {reason.strip()}")


def reopen_deviation(actor: Actor, alert: Alert, *, reason: str = "") -> Alert:
    """Take that back: the KPI is judged as before, and the alert is open again."""
    access.require("alert", actor, "handle", alert)
    metric, start = _deviation(alert)
    reason = reason.strip() or _("Taken back.")
    with writing():
        reopen_finding(actor, metric, start, reason=reason)
        return reopen(actor, alert, reason=reason)


def _deviation(alert: Alert) -> tuple[Metric, int]:
    """The metric and the hour at which the deviation begins. Raises Refused for any other alert."""
    since = alert.evidence.get("since")
    if alert.rule != "deviation" or alert.kpi is None or not isinstance(since, int):
        raise refuse("no-deviation", _("Only a deviation of a KPI can be settled like this."))
    return alert.kpi.metric, since
