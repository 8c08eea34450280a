"""Letting accepted proposals come into force on their day, and taking one back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sextant.calc.periods import hour_of
from sextant.core import access, clock
from sextant.core.actors import SYSTEM, Actor
from sextant.core.editing import hold
from sextant.core.errors import Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.commands.proposals import (
    CHANGEABLE,
    MEASURE,
    PARTS,
    WORDS,
    as_it_stands,
    end,
    notice_ends,
    part_with,
    tell_all,
)
from sextant.kpis.commands.targets import remove_target, set_target
from sextant.kpis.models import FIGURES, ChangeProposal, Target
from sextant.kpis.using import Use, answerable
from sextant.metrics.commands.definitions import change_definition, take_back_definition
from sextant.metrics.commands.metrics import change_metric
from sextant.metrics.models import Metric
from sextant.notifications.commands import notify
from sextant.people import queries as people
from sextant.people.models import Person

TAKEN_BACK_WITHIN = timedelta(days=7)


def apply_proposals() -> int:
    """Accept what nobody objected to in time and apply what is due; returns how many changed.

    Each in a transaction of its own and looked at anew there, so that running twice does nothing twice.
    """
    waiting = ChangeProposal.objects.filter(state__in=("announced", "accepted")).order_by("announced_at", "pk")
    return sum(_advance(one) for one in waiting.select_related("kpi__metric"))


def _advance(proposal: ChangeProposal) -> bool:
    with writing():
        hold(proposal)
        now = clock.now()
        ends = notice_ends(proposal)
        if proposal.state not in ("announced", "accepted") or ends is None or now < ends:
            return False
        was = proposal.state
        if was == "announced":
            proposal.state = "accepted"
            proposal.version += 1
            proposal.save(update_fields=["state", "version"])
            announce_kpi(SYSTEM, "proposal.accepted", proposal.kpi, proposal=proposal.pk)
        if proposal.valid_from is not None and hour_of(_local(now)) < proposal.valid_from:
            return was != proposal.state
        if not is_stood_for(proposal):
            return _wait(proposal) or was != proposal.state
        _apply_or_fail(proposal)
        return True


def is_stood_for(proposal: ChangeProposal) -> bool:
    """Whether somebody who proposed it or agreed to it may change the KPI still: rights are asked on its day."""
    agreed = [one.person for one in proposal.sign_offs.filter(answer="agreed").select_related("person")]
    people_for = [*([proposal.proposer] if proposal.proposer is not None else []), *agreed]
    return any(access.can("kpi", people.actor_of_person(one), "change", proposal.kpi) for one in people_for)


def _wait(proposal: ChangeProposal) -> bool:
    """Leave it until somebody who may stands for it, and tell who answers for the KPI, once; whether it was told."""
    if proposal.waiting_since is not None:
        return False
    kpi = proposal.kpi
    proposal.waiting_since = clock.now()
    proposal.version += 1
    proposal.save(update_fields=["waiting_since", "version"])
    announce_kpi(SYSTEM, "proposal.waiting", kpi, proposal=proposal.pk)
    asked = answerable([Use("kpi", kpi.key, kpi.name, kpi.metric.owner_id, kpi.metric.team_id)])
    notify(SYSTEM, "proposal", str(proposal.pk), list(Person.objects.filter(pk__in=asked)), "proposal_waiting")
    return True


def stand_for_proposal(actor: Actor, proposal: ChangeProposal) -> ChangeProposal:
    """Put a proposal into force whose author may not change the KPI any more: from now on it is the actor's."""
    access.require("proposal", actor, "change", proposal)
    with writing():
        hold(proposal)
        if proposal.state != "accepted" or proposal.waiting_since is None:
            raise refuse("state-has-changed", _("The proposal has moved on meanwhile. Look at it again."))
        if actor.person_id is not None:
            proposal.proposer_id = actor.person_id
        announce_kpi(actor, "proposal.stood_for", proposal.kpi, proposal=proposal.pk)
        _apply_or_fail(proposal)
    return proposal


def _apply_or_fail(proposal: ChangeProposal) -> None:
    try:
        with writing():
            _apply(proposal)
    except Refused as refusal:
        hold(proposal)
        because = _for_everybody(proposal, " ".join(problem.message for problem in refusal.problems))
        end(proposal, "failed", because)
        announce_kpi(SYSTEM, "proposal.failed", proposal.kpi, proposal=proposal.pk, reason=because)
        tell_all(SYSTEM, proposal, "proposal_failed")
        return
    announce_kpi(SYSTEM, "proposal.applied", proposal.kpi, proposal=proposal.pk, reason=proposal.reason)
    tell_all(SYSTEM, proposal, "proposal_applied")


def _for_everybody(proposal: ChangeProposal, because: str) -> str:
    """Why it failed, for all who see the KPI: nobody's eyes checked it, so it may name a metric that is kept to few."""
    kept = Metric.objects.exclude(visibility="organisation").exclude(pk=proposal.kpi.metric_id)
    if any(key in because or name in because for key, name in kept.values_list("key", "name")):
        return _("It no longer fits with a metric that not everybody may see. Ask who owns the KPI.")
    return because


def _apply(proposal: ChangeProposal) -> None:
    kpi, changes = proposal.kpi, proposal.changes
    hold(kpi)
    hold(kpi.metric)
    if kpi.state != "active" or kpi.archived_at is not None:
        raise refuse("kpi-not-active", _("The KPI is not watched any more, so there is nothing to change."))
    before = as_it_stands(kpi)
    proposal.before = {name: before[name] for name in CHANGEABLE if name in changes and name != "target"}
    _change_measure(SYSTEM, proposal, changes)
    if set(changes) - {"target"}:
        words = {name: changes.get(name, before[name]) for name in WORDS}
        newest = kpi.metric.definitions.filter(superseded_at=None).order_by("number").last()
        number = newest.number if newest is not None else 0
        proposal.definition = change_definition(
            SYSTEM, kpi.metric, number=number, reason=proposal.reason, valid_from=proposal.valid_from, **words
        )
    if "target" in changes:
        same = kpi.targets.filter(superseded_at=None, valid_from=proposal.valid_from, start=None, aim_by=None)
        replaced = same.first()
        proposal.target = set_target(
            SYSTEM, kpi, valid_from=proposal.valid_from, reason=proposal.reason, **changes["target"]
        )
        proposal.replaced = replaced if replaced is not None and replaced.pk != proposal.target.pk else None
    proposal.state, proposal.applied_at, proposal.waiting_since = "in_force", clock.now(), None
    proposal.version += 1
    proposal.save()


def take_back_proposal(actor: Actor, proposal: ChangeProposal, *, reason: str) -> ChangeProposal:
    """Restore what stood before, within seven days and unless somebody changed it since."""
    access.require("proposal", actor, "change", proposal)
    if not reason.strip():
        raise refuse("reason-missing", _("Say why it is taken back: others were told of it."), "reason")
    with writing():
        hold(proposal)
        kpi = proposal.kpi
        hold(kpi.metric)
        if proposal.state != "in_force" or not may_take_back(proposal):
            raise refuse("too-late", _("It has been in force for more than seven days. Propose a change back instead."))
        _refuse_if_changed(proposal)
        if proposal.definition is not None:
            take_back_definition(actor, kpi.metric, proposal.definition, reason=reason.strip())
        _change_measure(actor, proposal, proposal.before)
        _restore_target(actor, proposal)
        end(proposal, "taken_back", reason)
        announce_kpi(actor, "proposal.taken_back", kpi, proposal=proposal.pk, reason=reason.strip())
        tell_all(actor, proposal, "proposal_taken_back")
    return proposal


def may_take_back(proposal: ChangeProposal) -> bool:
    """Whether it came into force so lately that it can be as if it never had."""
    return proposal.applied_at is not None and clock.now() < proposal.applied_at + TAKEN_BACK_WITHIN


def _change_measure(actor: Actor, proposal: ChangeProposal, values: dict[str, Any]) -> None:
    metric = proposal.kpi.metric
    changes: dict[str, Any] = {name: values[name] for name in MEASURE if name in values}
    for name in PARTS:
        if name in values:
            changes[name] = part_with(values[name])
            if values[name] and changes[name] is None:
                message = _("The metric '%(key)s' it would be made of is gone.") % {"key": values[name]}
                raise refuse("unknown-input", message, name)
    if changes:
        proposal.kpi.metric = change_metric(actor, metric, version=metric.version, **changes)


def _refuse_if_changed(proposal: ChangeProposal) -> None:
    """What was changed directly in the meantime is not overwritten."""
    now = as_it_stands(proposal.kpi)
    applied = {name: value for name, value in proposal.changes.items() if name != "target"}
    target = proposal.target
    is_gone = "target" in proposal.changes and (target is None or target.superseded_at is not None)
    if is_gone or any(now[name] != value for name, value in applied.items()):
        raise refuse("changed-since", _("It was changed again since. Change it as it is now instead."))


def _restore_target(actor: Actor, proposal: ChangeProposal) -> None:
    if proposal.target is None:
        return
    remove_target(actor, proposal.kpi, proposal.target.pk)
    former: Target | None = proposal.replaced
    if former is not None:
        set_target(
            actor, proposal.kpi, valid_from=former.valid_from, reason=former.reason,
            **{name: getattr(former, name) for name in FIGURES},
        )  # fmt: skip


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(people.organisation().time_zone)).replace(tzinfo=None)
