"""Proposals in words: where they stand, what comes next, and what they would do to the history."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sextant.core.words import Words
from sextant.kpis.models import ChangeProposal
from sextant.kpis.queries.proposals import Preview

STATES: dict[str, Words] = {
    "draft": gettext_lazy("Draft"),
    "announced": gettext_lazy("Announced"),
    "objected": gettext_lazy("Stopped by an objection"),
    "accepted": gettext_lazy("Accepted"),
    "in_force": gettext_lazy("In force"),
    "withdrawn": gettext_lazy("Withdrawn"),
    "taken_back": gettext_lazy("Taken back"),
    "failed": gettext_lazy("Could not be applied"),
}
ANSWERS: dict[str, Words] = {
    "": gettext_lazy("Has not answered"),
    "agreed": gettext_lazy("Agrees"),
    "objected": gettext_lazy("Objects"),
}


def what_next(proposal: ChangeProposal, until: str, since: str) -> str:
    """What happens next, in one sentence. `until` is the day the notice ends, `since` that of the first period."""
    words = {"until": until, "since": since}
    if proposal.state == "draft":
        return _("Nobody has been told yet. Announce it, and those who answer for what it concerns are asked.")
    if proposal.state == "announced":
        if since:
            return _("Until %(until)s those concerned can object. Then it comes into force, from %(since)s on.") % words
        return _("Until %(until)s those concerned can object. Then it comes into force for the whole history.") % words
    if proposal.state == "objected":
        return _("It waits until the objection is withdrawn, or an administrator overrules it.")
    if proposal.state == "accepted" and proposal.waiting_since is not None:
        return _(
            "Nobody objected, and it is due. But neither %(author)s nor anybody who agreed may change the KPI any "
            "more: somebody who may puts it into force, or withdraws it."
        ) % {"author": proposal.author}  # fmt: skip
    if proposal.state == "accepted":
        return _("Nobody objected. It comes into force when %(since)s begins.") % words
    if proposal.state == "in_force":
        return (
            _("It is in force, for the whole history.") if not since else _("It is in force from %(since)s on.") % words
        )
    return proposal.ended_because


def effect(preview: Preview) -> list[str]:
    """What it would do to the history, the most important first."""
    found = []
    if preview.restated == 0:
        found.append(_("No period with a value is restated: it begins later."))
        if preview.would_change_status:
            count = preview.would_change_status
            found.append(
                ngettext(
                    "Had it always been so, %(n)s period would have had another status.",
                    "Had it always been so, %(n)s periods would have had another status.", count,
                ) % {"n": count}
            )  # fmt: skip
    else:
        words = {"n": preview.status_changes, "all": preview.restated}
        found.append(
            ngettext(
                "%(n)s of %(all)s periods concerned changes its status.",
                "%(n)s of %(all)s periods concerned change their status.", preview.status_changes,
            ) % words
        )  # fmt: skip
        if preview.is_recalculated:
            found.append(
                ngettext(
                    "%(n)s value is worked out anew.", "%(n)s values are worked out anew.", preview.value_changes
                ) % {"n": preview.value_changes}
            )  # fmt: skip
    if preview.whole_because_of_parts:
        found.append(_("The parts of a ratio have no versions: every period is restated."))
    if not preview.is_recalculated and preview.before.series.is_calculated:
        found.append(_("The values stay as they are: nothing here changes how they are worked out."))
    elif not preview.is_recalculated:
        found.append(
            _("Recorded values cannot be worked out anew: they stay as they are, and the chart marks the change.")
        )
    if preview.before.metric.unit != preview.after.metric.unit:
        found.append(_("Values are not converted: they carry the new unit from now on, earlier ones included."))
    if preview.before.metric.aggregation != preview.after.metric.aggregation:
        found.append(_("Longer periods, such as quarters and years, are put together in the new way, past ones too."))
    return found
