"""What can happen in the life of a KPI, in sentences. An event is about the KPI."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events
from sextant.notifications import notices


def register() -> None:
    events.register("lifecycle.suspected", _("suggested promoting %(subject)s"))
    events.register("lifecycle.cleared", _("saw %(subject)s clear of suspicion"))
    events.register("lifecycle.promoted", _("promoted %(subject)s to a key result until %(ends)s: %(reason)s"))
    events.register("lifecycle.restoring", _("saw %(subject)s on target again for the first time"))
    events.register("lifecycle.slipped", _("saw %(subject)s slip off target again"))
    events.register("lifecycle.reverted", _("saw %(subject)s restored and went back to watching it"))
    events.register(
        "lifecycle.overdue", _("saw the promotion of %(subject)s pass its last day; it waits for a decision")
    )
    events.register("lifecycle.extended", _("extended the promotion of %(subject)s until %(ends)s: %(reason)s"))
    events.register("lifecycle.replanned", _("planned the promotion of %(subject)s anew until %(ends)s: %(reason)s"))
    events.register("lifecycle.accepted", _("accepted %(subject)s as it is until %(ends)s: %(reason)s"))
    events.register("lifecycle.acceptance_ended", _("saw the time end for which %(subject)s was accepted as it is"))
    events.register("lifecycle.withdrawn", _("ended the promotion of %(subject)s: %(reason)s"))
    events.register("lifecycle.set_aside", _("set the suspicion of %(subject)s aside: %(reason)s"))
    events.register("lifecycle.relapsed", _("saw %(subject)s relapse"))
    events.register("lifecycle.watch_ended", _("saw the watch of %(subject)s end well"))
    events.register("lifecycle.restated", _("saw values corrected that the life of %(subject)s rests on"))
    events.register("lifecycle.retired", _("ended the life of %(subject)s, which is watched no more"))
    events.register("lifecycle.graduated", _("took %(subject)s over from a key result to watch it as a KPI"))
    events.register("lifecycle.undone", _("took back what happened to %(subject)s: %(what)s"))
    events.register("lifecycle.answered", _("answered what changed %(subject)s: %(text)s"))
    _register_notices()


def _register_notices() -> None:
    asked = _("It waits for your decision.")
    notices.register("lifecycle_promoted", _("promoted %(subject)s to a key result"), group="lifecycle")
    notices.register("lifecycle_slipped", _("saw %(subject)s slip off target again"), group="lifecycle")
    notices.register("lifecycle_restoring", _("saw %(subject)s on target for the first time"), group="lifecycle")
    notices.register(
        "lifecycle_reverted", _("saw %(subject)s restored. What changed it?"), group="lifecycle",
        reason=_("You worked on it, and others will want to know what helped."),
    )  # fmt: skip
    notices.register(
        "lifecycle_answer_due", _("asks once more what changed %(subject)s"), group="lifecycle",
        reason=_("You worked on it, and others will want to know what helped."),
    )  # fmt: skip
    notices.register(
        "lifecycle_overdue", _("needs your decision: the promotion of %(subject)s is past its last day"),
        group="responses", reason=asked,
    )  # fmt: skip
    notices.register(
        "lifecycle_overdue_below", _("waits for a decision: the promotion of %(subject)s is past its last day"),
        group="lifecycle", reason=_("You oversee the team; its owner and lead are asked to decide."),
    )  # fmt: skip
    notices.register("lifecycle_decided", _("decided about the promotion of %(subject)s"), group="lifecycle")
    notices.register("lifecycle_relapsed", _("saw %(subject)s relapse"), group="alerts")
    notices.register(
        "lifecycle_restated", _("saw values corrected that the life of %(subject)s rests on"), group="lifecycle"
    )  # fmt: skip
    notices.register("lifecycle_retired", _("ended the promotion of %(subject)s: it is watched no more"),
                     group="lifecycle")  # fmt: skip
    notices.register("lifecycle_acceptance_ended", _("asks again about %(subject)s, which was accepted for a time"),
                     group="responses", reason=asked)  # fmt: skip
    notices.register("lifecycle_graduated", _("watches %(subject)s as a KPI from now on"), group="lifecycle")
    notices.register("lifecycle_undone", _("took back what happened to %(subject)s"), group="lifecycle")
