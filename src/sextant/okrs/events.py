"""What can happen to objectives, key results and the work for them, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events
from sextant.notifications import notices


def register() -> None:
    events.register("objective.created", _("drafted the objective %(subject)s"))
    events.register("objective.changed", _("changed the objective %(subject)s: %(fields)s"))
    events.register("objective.proposed", _("proposed the objective %(subject)s"))
    events.register("objective.agreed", _("agreed to the objective %(subject)s"))
    events.register("objective.activated", _("started the objective %(subject)s"))
    events.register("objective.sent_back", _("sent the objective %(subject)s back to %(state)s: %(reason)s"))
    events.register("objective.closed", _("closed the objective %(subject)s with %(score)s"))
    events.register("objective.reopened", _("reopened the objective %(subject)s: %(reason)s"))
    events.register("objective.archived", _("archived the objective %(subject)s"))
    events.register("objective.restored", _("brought the objective %(subject)s back"))
    events.register("objective.aligned", _("aligned %(subject)s: %(link)s"))
    events.register("objective.overridden", _("put their word beside the computed state of %(subject)s: %(reason)s"))
    events.register("objective.override_ended", _("took their word on %(subject)s back"))
    events.register("objective.carried", _("carried %(subject)s over to %(cycle)s"))
    events.register("key_result.created", _("added the key result %(subject)s"))
    events.register("key_result.changed", _("changed the key result %(subject)s: %(fields)s"))
    events.register("key_result.published", _("published the key result %(subject)s"))
    events.register("key_result.target_changed", _("changed the figures of %(subject)s: %(reason)s"))
    events.register("key_result.archived", _("archived the key result %(subject)s"))
    events.register("key_result.restored", _("brought the key result %(subject)s back"))
    events.register("key_result.closed", _("closed the key result %(subject)s: %(outcome)s"))
    events.register("key_result.reopened", _("opened the key result %(subject)s again: %(reason)s"))
    events.register("milestone.done", _("reached “%(milestone)s” of %(subject)s"))
    events.register("milestone.undone", _("took “%(milestone)s” of %(subject)s back"))
    events.register("initiative.created", _("added the initiative %(subject)s"))
    events.register("initiative.changed", _("changed the initiative %(subject)s: %(fields)s"))
    events.register("initiative.archived", _("archived the initiative %(subject)s"))
    events.register("initiative.restored", _("brought the initiative %(subject)s back"))
    events.register("check_in.published", _("checked in on %(subject)s"))
    events.register("check_in.taken_back", _("took a check-in on %(subject)s back"))
    events.register("check_in.acknowledged", _("acknowledged the check-in on %(subject)s"))
    events.register("blocker.raised", _("named a blocker of %(subject)s: %(text)s"))
    events.register("blocker.changed", _("changed a blocker of %(subject)s: %(text)s"))
    events.register("blocker.resolved", _("cleared a blocker of %(subject)s"))
    notices.register("blocker", _("asks you to clear a blocker of %(subject)s"), group="mentions")
    events.register("rule.tuned", _("tuned the rule %(subject)s: %(reason)s"))
    events.register("candidate.added", _("put %(subject)s forward for %(cycle)s"))
    events.register("candidate.scored", _("scored %(subject)s"))
    events.register("candidate.decided", _("decided on %(subject)s: %(choice)s"))
    events.register("candidate.archived", _("took %(subject)s off the list"))
    events.register("candidate.restored", _("put %(subject)s back on the list"))
    events.register("criteria.changed", _("changed what candidates for %(subject)s are scored by"))
    events.register("cycle.closed", _("closed the cycle %(subject)s"))
    events.register("cycle.reopened", _("reopened the cycle %(subject)s"))
