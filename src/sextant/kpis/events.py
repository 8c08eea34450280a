"""What can happen to KPIs and scorecards, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events
from sextant.notifications import notices

_ASKED = _("You answer for what it concerns, or proposed it.")


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
    events.register("second_look.explained", _("explained what was worth a look at %(subject)s"))
    events.register("second_look.reopened", _("wants another look at %(subject)s"))
    events.register("proposal.announced", _("announced a change of %(subject)s: %(reason)s"))
    events.register("proposal.signed", _("agreed to the change of %(subject)s"))
    events.register("proposal.objected", _("objected to the change of %(subject)s: %(reason)s"))
    events.register("proposal.objection_withdrawn", _("withdrew the objection to the change of %(subject)s"))
    events.register("proposal.overruled", _("overruled the objection to the change of %(subject)s: %(reason)s"))
    events.register("proposal.withdrawn", _("withdrew the change of %(subject)s"))
    events.register("proposal.accepted", _("saw no objection to the change of %(subject)s"))
    events.register("proposal.waiting", _("saw that nobody who may change %(subject)s stands for its change any more"))
    events.register("proposal.stood_for", _("took the change of %(subject)s over"))
    events.register("proposal.applied", _("put the change of %(subject)s into force: %(reason)s"))
    events.register("proposal.failed", _("could not put the change of %(subject)s into force: %(reason)s"))
    events.register("proposal.taken_back", _("took the change of %(subject)s back: %(reason)s"))
    notices.register(
        "proposal_announced",
        _("asks whether something speaks against it: %(subject)s"),
        group="mentions",
        reason=_ASKED,
    )
    notices.register("proposal_objected", _("objected: %(subject)s"), group="mentions", reason=_ASKED)
    notices.register("proposal_overruled", _("overruled an objection: %(subject)s"), group="mentions", reason=_ASKED)
    notices.register("proposal_withdrawn", _("withdrew it: %(subject)s"), group="mentions", reason=_ASKED)
    notices.register(
        "proposal_waiting", _("waits for somebody who may decide: %(subject)s"), group="mentions", reason=_ASKED
    )
    notices.register("proposal_applied", _("put it into force: %(subject)s"), group="mentions", reason=_ASKED)
    notices.register("proposal_failed", _("could not put it into force: %(subject)s"), group="mentions", reason=_ASKED)
    notices.register("proposal_taken_back", _("took it back: %(subject)s"), group="mentions", reason=_ASKED)
    events.register("scorecard.created", _("added the scorecard %(subject)s"))
    events.register("scorecard.changed", _("changed the scorecard %(subject)s: %(fields)s"))
    events.register("scorecard.archived", _("archived the scorecard %(subject)s"))
    events.register("scorecard.restored", _("brought the scorecard %(subject)s back"))
