"""Proposing a change of what a KPI means: drafting it, announcing it to those concerned, withdrawing it (KPI 8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from sextant.calc.targets import TargetValues, check_target_values
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import fresh, hold
from sextant.core.errors import Problem, Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.models import FIGURES, ChangeProposal, Kpi, SignOff
from sextant.kpis.using import Use, answerable, uses_of
from sextant.metrics.commands.definitions import check_formula
from sextant.metrics.commands.metrics import check as check_metric
from sextant.metrics.models import Metric
from sextant.notifications.commands import notify
from sextant.people.models import Person

WORDS = ("description", "how_measured", "formula")
MEASURE = ("direction", "unit", "aggregation")
PARTS = ("numerator", "denominator")
CHANGEABLE = (*WORDS, *MEASURE, *PARTS, "target")
"""What a proposal may change: parts of a ratio as keys of metrics ("" for none), `target` as its figures by name."""
NOTICE_DAYS = 14
MOST_NOTICE_DAYS = 90
OPEN = ("announced", "objected", "accepted")


def draft_proposal(
    actor: Actor,
    kpi: Kpi,
    *,
    changes: Mapping[str, Any],
    reason: str,
    valid_from: int | None,
    notice_days: int = NOTICE_DAYS,
) -> ChangeProposal:
    """Write a proposal down for oneself; nobody hears of it yet.

    `valid_from` is the hour at which the first period begins to which it applies, None for the whole history. Fields
    that are as proposed already are left out. Raises Refused with one problem per field.
    """
    access.require("kpi", actor, "change", kpi)
    with writing():
        hold(kpi)
        proposal = ChangeProposal(kpi=kpi, proposer_id=actor.person_id, author=actor.label, known_at=clock.now())
        _fill(actor, proposal, changes, reason, valid_from, notice_days)
        proposal.save()
    return proposal


def change_proposal(
    actor: Actor,
    proposal: ChangeProposal,
    *,
    version: int,
    changes: Mapping[str, Any],
    reason: str,
    valid_from: int | None,
    notice_days: int,
) -> ChangeProposal:
    """Say it differently while it is a draft; what others were told does not change under their eyes."""
    access.require("proposal", actor, "change", proposal)
    with writing():
        row = fresh(proposal, version, {"reason": reason})
        _require_state(row, "draft")
        _fill(actor, row, changes, reason, valid_from, notice_days)
        row.version += 1
        row.save()
    return row


def announce_proposal(actor: Actor, proposal: ChangeProposal) -> ChangeProposal:
    """Tell those concerned; the notice period begins. One change of a KPI at a time."""
    access.require("proposal", actor, "change", proposal)
    with writing():
        hold(proposal.kpi)
        hold(proposal)
        _require_state(proposal, "draft")
        if proposal.kpi.proposals.filter(state__in=OPEN).exists():
            raise refuse("another-is-open", _("Another change of this KPI is announced. Wait for it, or withdraw it."))
        _fill(actor, proposal, proposal.changes, proposal.reason, proposal.valid_from, proposal.notice_days)
        proposal.state, proposal.announced_at = "announced", clock.now()
        proposal.version += 1
        proposal.save()
        asked = _ask(proposal)
        announce_kpi(actor, "proposal.announced", proposal.kpi, proposal=proposal.pk, reason=proposal.reason)
        notify(actor, "proposal", str(proposal.pk), asked, "proposal_announced")
    return proposal


def withdraw_proposal(actor: Actor, proposal: ChangeProposal, *, reason: str = "") -> ChangeProposal:
    """Give it up before it is in force; a draft is simply gone from the lists."""
    access.require("proposal", actor, "change", proposal)
    with writing():
        hold(proposal)
        _require_state(proposal, "draft", *OPEN)
        was_told = proposal.state != "draft"
        end(proposal, "withdrawn", reason)
        if was_told:
            announce_kpi(actor, "proposal.withdrawn", proposal.kpi, proposal=proposal.pk, reason=reason.strip())
            tell_all(actor, proposal, "proposal_withdrawn")
    return proposal


def notice_ends(proposal: ChangeProposal) -> Any:
    """The moment at which silence counts as no objection; None for a draft."""
    if proposal.announced_at is None:
        return None
    return proposal.announced_at + timedelta(days=proposal.notice_days)


def end(proposal: ChangeProposal, state: str, because: str) -> None:
    """Put it into a state nothing follows. Call inside `writing()`."""
    proposal.state, proposal.ended_at, proposal.ended_because = state, clock.now(), because.strip()
    proposal.version += 1
    proposal.save()


def tell_all(actor: Actor, proposal: ChangeProposal, notice: str) -> None:
    """Tell who was asked and who proposed it."""
    people = [one.person for one in proposal.sign_offs.select_related("person")]
    if proposal.proposer is not None and proposal.proposer not in people:
        people.append(proposal.proposer)
    notify(actor, "proposal", str(proposal.pk), people, notice)


def _require_state(proposal: ChangeProposal, *states: str) -> None:
    if proposal.state not in states:
        raise refuse("state-has-changed", _("The proposal has moved on meanwhile. Look at it again."))


def _ask(proposal: ChangeProposal) -> list[Person]:
    """One sign-off for everybody who answers for something the change concerns."""
    kpi = proposal.kpi
    own = Use("kpi", kpi.key, kpi.name, kpi.metric.owner_id, kpi.metric.team_id)
    found = answerable([own, *uses_of(kpi)])
    SignOff.objects.bulk_create(
        SignOff(proposal=proposal, person_id=person_id, because=[[use.kind, use.key] for use in uses])
        for person_id, uses in found.items()
    )
    return list(Person.objects.filter(pk__in=found))


def _fill(
    actor: Actor, proposal: ChangeProposal, changes: Mapping[str, Any], reason: str, valid_from: int | None, days: int
) -> None:
    problems = []
    if proposal.kpi.state != "active":
        raise refuse("kpi-not-active", _("It is not active: change it directly, nobody relies on it yet."))
    if not reason.strip():
        problems.append(Problem("reason-missing", _("Say why it should change: others decide by it."), "reason"))
    if not 0 <= days <= MOST_NOTICE_DAYS:
        message = _("The notice is 0 to %(most)s days.") % {"most": MOST_NOTICE_DAYS}
        problems.append(Problem("bad-notice", message, "notice_days"))
    if problems:
        raise Refused(*problems)
    proposal.changes = checked_changes(actor, proposal.kpi, changes)
    proposal.reason, proposal.valid_from, proposal.notice_days = reason.strip(), valid_from, days


def checked_changes(actor: Actor, kpi: Kpi, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What would really be different, in the form it is kept. Raises Refused for what the change itself would refuse.

    Nothing is written; the preview asks here too.
    """
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise refuse("unknown-field", f"A proposal changes no '{sorted(unknown)[0]}'.", sorted(unknown)[0])
    now = as_it_stands(kpi)
    asked = {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}
    for name in PARTS:
        if asked.get(name) and asked[name] != now[name]:
            asked[name] = access.find("metric", actor, str(asked[name])).key
    if asked.get("formula", now["formula"]) != now["formula"]:
        asked["formula"] = check_formula(actor, kpi.metric, asked["formula"])
    different = {name: value for name, value in asked.items() if name != "target" and value != now[name]}
    changed = changed_metric(kpi.metric, different)
    check_metric(changed)
    if changed.numerator_id is not None and {**now, **different}["formula"]:
        raise refuse("ratio-or-formula", _("It is a ratio of two metrics or a formula, not both."), "formula")
    if figures := _figures(asked.get("target")):
        faults = check_target_values(TargetValues(**figures), changed.direction)
        if faults:
            raise Refused(*(Problem(*fault) for fault in faults))
        different["target"] = figures
    if not different:
        raise refuse("nothing-changes", _("Nothing of this is different from now. Say what should change."))
    return different


def as_it_stands(kpi: Kpi) -> dict[str, Any]:
    """The changeable fields as they are now, the target left aside."""
    metric = kpi.metric
    definition = metric.definitions.filter(superseded_at=None).order_by("number").last()
    found: dict[str, Any] = {name: getattr(definition, name) if definition else "" for name in WORDS}
    found |= {name: getattr(metric, name) for name in MEASURE}
    for name in PARTS:
        part = getattr(metric, name)
        found[name] = part.key if part is not None else ""
    return found


def changed_metric(metric: Metric, changes: Mapping[str, Any]) -> Metric:
    """A copy of the metric, never to be saved, as it would be."""
    copy = Metric.objects.select_related("numerator", "denominator", "team", "owner").get(pk=metric.pk)
    for name in MEASURE:
        if name in changes:
            setattr(copy, name, changes[name])
    for name in PARTS:
        if name in changes:
            setattr(copy, name, part_with(changes[name]))
    return copy


def part_with(key: str) -> Metric | None:
    """The metric a part of a ratio names; None for no part, or for one that is gone."""
    return Metric.objects.filter(key=key).first() if key else None


def _figures(target: object) -> dict[str, float]:
    """The figures of a proposed target that are given."""
    if not isinstance(target, Mapping):
        return {}
    return {name: float(target[name]) for name in FIGURES if target.get(name) is not None}
