"""What can happen to KPIs and scorecards, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events


def register() -> None:
    events.register("kpi.created", _("added the KPI %(subject)s"))
    events.register("kpi.changed", _("changed the KPI %(subject)s: %(fields)s"))
    events.register("kpi.activated", _("activated the KPI %(subject)s"))
    events.register("kpi.retired", _("retired the KPI %(subject)s"))
    events.register("kpi.archived", _("archived the KPI %(subject)s"))
    events.register("kpi.restored", _("brought the KPI %(subject)s back"))
    events.register("kpi.reviewed", _("reviewed the KPI %(subject)s"))
    events.register("target.set", _("set the target of %(subject)s"))
    events.register("target.removed", _("removed a target of %(subject)s"))
    events.register("value.approved", _("approved the value of %(subject)s for %(period)s"))
    events.register("action.noted", _("noted what is done about %(subject)s"))
    events.register("suspicion.explained", _("explained what was worth a look at %(subject)s"))
    events.register("suspicion.reopened", _("wants another look at %(subject)s"))
    events.register("scorecard.created", _("added the scorecard %(subject)s"))
    events.register("scorecard.changed", _("changed the scorecard %(subject)s: %(fields)s"))
    events.register("scorecard.archived", _("archived the scorecard %(subject)s"))
    events.register("scorecard.restored", _("brought the scorecard %(subject)s back"))
