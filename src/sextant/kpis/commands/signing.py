"""What those concerned say to a proposal: no objection, an objection with its reason, and how one ends."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import A_TEXT, checked_text
from sextant.core.editing import hold
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.writing import writing
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.commands.proposals import tell_all
from sextant.kpis.models import ChangeProposal, SignOff

ASKING = ("announced", "objected")
"""Once the notice is over, silence was no objection."""


def sign_proposal(actor: Actor, proposal: ChangeProposal) -> SignOff:
    """Agree; it also takes an own objection back."""
    with writing():
        own = _own(actor, proposal)
        had_objected = own.answer == "objected"
        _answer(own, "agreed", "")
        _settle(proposal)
        name = "proposal.objection_withdrawn" if had_objected else "proposal.signed"
        announce_kpi(actor, name, proposal.kpi, proposal=proposal.pk)
    return own


def object_to_proposal(actor: Actor, proposal: ChangeProposal, *, reason: str) -> SignOff:
    """Stop the proposal until the objection is withdrawn, or an administrator overrules it."""
    missing = _("Say what speaks against it, so that it can be mended.")
    reason = checked_text(reason, "reason", missing=missing, most=A_TEXT)
    with writing():
        own = _own(actor, proposal)
        _answer(own, "objected", reason)
        _settle(proposal)
        announce_kpi(actor, "proposal.objected", proposal.kpi, proposal=proposal.pk, reason=own.reason)
        tell_all(actor, proposal, "proposal_objected")
    return own


def withdraw_objection(actor: Actor, proposal: ChangeProposal) -> SignOff:
    """Let it go on without agreeing to it."""
    with writing():
        own = _own(actor, proposal)
        if own.answer != "objected":
            raise refuse("no-objection", _("You have no objection standing."))
        _answer(own, "", "")
        _settle(proposal)
        announce_kpi(actor, "proposal.objection_withdrawn", proposal.kpi, proposal=proposal.pk)
    return own


def overrule_objections(actor: Actor, proposal: ChangeProposal, *, reason: str) -> ChangeProposal:
    """Let it go on against the objections that stand; recorded with the name and the reason of who decides so."""
    access.require("proposal", actor, "overrule", proposal)
    missing = _("Say why it goes on against the objection; it stays on record.")
    reason = checked_text(reason, "reason", missing=missing, most=A_TEXT)
    with writing():
        hold(proposal)
        standing = standing_objections(proposal)
        if proposal.state != "objected" or not standing:
            raise refuse("no-objection", _("No objection stands any more. Look at it again."))
        for one in standing:
            one.overruled_by, one.overruled_because, one.overruled_at = actor.label, reason, clock.now()
            one.save(update_fields=["overruled_by", "overruled_because", "overruled_at"])
        _settle(proposal)
        announce_kpi(actor, "proposal.overruled", proposal.kpi, proposal=proposal.pk, reason=reason)
        tell_all(actor, proposal, "proposal_overruled")
    return proposal


def standing_objections(proposal: ChangeProposal) -> list[SignOff]:
    """Objections that were neither withdrawn nor overruled."""
    return list(proposal.sign_offs.filter(answer="objected", overruled_at=None))


def _own(actor: Actor, proposal: ChangeProposal) -> SignOff:
    """The actor's own sign-off, to be answered now."""
    access.require_writer(actor, "proposal.sign")
    hold(proposal)
    if proposal.state not in ASKING:
        raise refuse("state-has-changed", _("The proposal has moved on meanwhile. Look at it again."))
    own = proposal.sign_offs.filter(person_id=actor.person_id or 0).first()
    if own is None:
        message = _("You are not asked about this one. Say what you think in its discussion.")
        raise NotAllowed(Problem("not-asked", message))
    return own


def _answer(own: SignOff, answer: str, reason: str) -> None:
    """A new answer: what was overruled before is a matter of the old one."""
    own.answer, own.reason, own.answered_at = answer, reason, clock.now() if answer else None
    own.overruled_by, own.overruled_because, own.overruled_at = "", "", None
    own.save()


def _settle(proposal: ChangeProposal) -> None:
    """Stopped while an objection stands; else its notice goes on from where it was."""
    proposal.state = "objected" if standing_objections(proposal) else "announced"
    proposal.version += 1
    proposal.save(update_fields=["state", "version"])
