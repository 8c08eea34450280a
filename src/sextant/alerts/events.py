"""What can happen to alerts, their rules and responses, in sentences. An event is about the KPI or key result."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events
from sextant.notifications import notices


def register() -> None:
    events.register("alert.opened", _("raised an alert on %(subject)s: %(what)s"))
    events.register("alert.relapsed", _("raised an alert on %(subject)s again: %(what)s"))
    events.register("alert.recovered", _("saw %(subject)s recover: %(what)s"))
    events.register("alert.ended", _("ended an alert on %(subject)s: %(what)s"))
    events.register("alert.woken", _("woke a snoozed alert on %(subject)s: %(what)s"))
    events.register("alert.restated", _("saw the evidence of an alert on %(subject)s corrected: %(what)s"))
    events.register("alert.acknowledged", _("took note of an alert on %(subject)s: %(what)s"))
    events.register("alert.snoozed", _("snoozed an alert on %(subject)s: %(what)s"))
    events.register("alert.closed", _("closed an alert on %(subject)s: %(what)s (%(reason)s)"))
    events.register("alert.reopened", _("reopened an alert on %(subject)s: %(what)s"))
    events.register("alert.assigned", _("gave an alert on %(subject)s to somebody: %(what)s"))
    events.register("response.answered", _("answered what is done about %(subject)s"))
    events.register("response.taken_back", _("took back what is done about %(subject)s"))
    events.register("alert_rule.changed", _("set the alert rule %(what)s for %(subject)s: %(reason)s"))
    events.register("alert_rule.muted", _("muted the alert rule %(what)s for %(subject)s: %(reason)s"))
    events.register("alert_rule.restored", _("set the alert rule %(what)s for %(subject)s back: %(reason)s"))
    events.register("alerts.told", _("told people of alerts"))
    events.register("alert_rule.failed", _("could not evaluate the alert rule %(what)s"))
    notices.register("alert", _("raised an alert, “%(subject)s”"), group="alerts")
    notices.register("alert_red_flag", _("raised an alert, “%(subject)s”"), group="red_flags")
    notices.register("alert_check_in_late", _("raised an alert, “%(subject)s”"), group="check_ins")
    notices.register("alert_relapsed", _("raised the alert “%(subject)s” again"), group="alerts")
    notices.register("alert_recovered", _("saw it recover: “%(subject)s”"), group="recovered")
    notices.register("alert_woken", _("woke the snoozed alert “%(subject)s”"), group="alerts")
    notices.register("alert_assigned", _("gave you the alert “%(subject)s”"), group="mentions")
    notices.register(
        "alerts", _("told of %(subject)s at once"), group="alerts",
        reason=_("They are of what you own or follow, or of your team."),
    )  # fmt: skip
    notices.register("response_due", _("waits for your answer to “%(subject)s”"), group="responses")
