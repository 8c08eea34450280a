"""A proposal to change a KPI as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.calc.periods import spoken
from sextant.calc.targets import TargetValues
from sextant.core.access import can
from sextant.core.actors import Actor
from sextant.kpis import proposal_sentences as sentences
from sextant.kpis.commands.applying import may_take_back
from sextant.kpis.commands.proposals import OPEN, PARTS, part_with
from sextant.kpis.models import ChangeProposal, Kpi
from sextant.kpis.queries.proposals import Field, Preview, ProposalLook, Said, look_at_proposal, preview
from sextant.kpis.using import seen_by, uses_of
from sextant.metrics.models import AGGREGATION_CHOICES, DIRECTION_CHOICES, Metric
from sextant.metrics.queries.standpoint import standpoint
from sextant.reports.pictures import KpiPicture
from sextant.web import kpi_chart
from sextant.web.audit import page_of
from sextant.web.form_fields import UNIT_WORDS
from sextant.web.kpi_words import day_words, hour_words, moment_words, said, target_words
from sextant.web.proposal_forms import FIELD_WORDS

MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Changed:
    """One field before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """One period of the preview."""

    period: str
    before: str
    after: str
    status_before: str
    status_after: str
    is_restated: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class PreviewView:
    """Old and new side by side."""

    words: list[str]
    rows: list[Row]
    more: int
    before: KpiPicture | None
    after: KpiPicture | None


@dataclass(frozen=True, slots=True)
class SignLine:
    """What one of those asked says."""

    name: str
    because: list[tuple[str, str]]  # name and address
    hidden: int
    answer: str
    mark: str
    reason: str
    at: str
    overruled: str


@dataclass(frozen=True, slots=True)
class ProposalView:
    proposal: ChangeProposal
    state: str
    next: str
    changed: list[Changed]
    said: list[SignLine]
    own: Said | None
    since: str
    notice: str
    preview: PreviewView | None
    concerned: list[tuple[str, str]]
    concerned_hidden: int
    may: Mapping[str, bool]


def proposal_view(actor: Actor, proposal: ChangeProposal) -> ProposalView:
    look = look_at_proposal(actor, proposal)
    is_open = proposal.state in ("draft", *OPEN)
    point = standpoint()
    uses = uses_of(proposal.kpi) if is_open else []
    seen = seen_by(actor, uses)
    since = "" if proposal.valid_from is None else hour_words(proposal.valid_from)
    until = day_words(timezone.localtime(look.notice_ends).date()) if look.notice_ends else ""
    seen_now = preview(proposal.kpi, proposal.changes, proposal.valid_from, point) if is_open else None
    return ProposalView(
        proposal=proposal,
        state=str(sentences.STATES[proposal.state]),
        next=sentences.what_next(proposal, until, since),
        changed=changed_words(proposal.kpi, look.fields, seen_now.before.target if seen_now else None),
        said=[_sign_line(one) for one in look.said],
        own=look.own,
        since=since,
        notice=until,
        preview=preview_view(seen_now) if seen_now else None,
        concerned=[(use.label, page_of(use.kind, use.key)) for use in seen],
        concerned_hidden=len(uses) - len(seen),
        may=_may(actor, proposal, look),
    )


def preview_view(seen: Preview) -> PreviewView:
    """The periods, the newest first, and both charts."""
    metric, later = seen.before.metric, seen.after.metric
    calendar = seen.before.series.calendar
    rows = [
        Row(
            spoken(row.period, calendar), said(row.before, metric), said(row.after, later), row.status_before,
            row.status_after, row.is_restated, row.differs,
        )
        for row in seen.rows[:MOST_ROWS]
    ]  # fmt: skip
    pictures: list[KpiPicture | None] = [
        kpi_chart.picture(each, kpi_chart.window(each, str(MOST_ROWS))) if each.series.complete else None
        for each in (seen.before, seen.after)
    ]
    return PreviewView(sentences.effect(seen), rows, len(seen.rows) - len(rows), pictures[0], pictures[1])


def changed_words(kpi: Kpi, fields: tuple[Field, ...], target: TargetValues | None) -> list[Changed]:
    """The fields in words, as `web.proposal_forms` calls them; `target` is the one that holds now, if known."""
    found = []
    for one in fields:
        before = _said(one.name, one.before, kpi.metric) if one.name != "target" else _("as set under Targets")
        if one.name == "target" and target is not None:
            before = target_words(target, kpi.metric)
        found.append(Changed(str(FIELD_WORDS[one.name]), before, _said(one.name, one.after, kpi.metric)))
    return found


def _said(name: str, value: Any, metric: Metric) -> str:
    choices: dict[str, Mapping[str, Any]] = {
        "direction": dict(DIRECTION_CHOICES), "aggregation": dict(AGGREGATION_CHOICES), "unit": UNIT_WORDS,
    }  # fmt: skip
    if name == "target":
        return target_words(TargetValues(**value), metric)
    if value is None:
        return _("a metric not visible to you")
    if name in PARTS and value:
        part = part_with(value)
        return part.name if part is not None else str(value)
    return str(choices.get(name, {}).get(value, value))


def _sign_line(one: Said) -> SignLine:
    row = one.sign_off
    overruled = ""
    if row.overruled_at is not None:
        words = {"who": row.overruled_by, "why": row.overruled_because, "day": moment_words(row.overruled_at)}
        overruled = _("Overruled by %(who)s on %(day)s: %(why)s") % words
    return SignLine(
        row.person.name,
        [(name, page_of(kind, key)) for kind, key, name in one.things],
        one.hidden,
        str(sentences.ANSWERS[row.answer]) if one.is_here or row.answer else _("Has left"),
        {"agreed": "check", "objected": "warning"}.get(row.answer, "clock"),
        row.reason,
        moment_words(row.answered_at) if row.answered_at else "",
        overruled,
    )


def _may(actor: Actor, proposal: ChangeProposal, look: ProposalLook) -> dict[str, bool]:
    change = can("proposal", actor, "change", proposal) and actor.may_write
    state = proposal.state
    answers = look.own is not None and state in ("announced", "objected") and actor.may_write
    answer = look.own.sign_off.answer if look.own is not None else ""
    return {
        "edit": change and state == "draft",
        "announce": change and state == "draft",
        "withdraw": change and state in ("draft", *OPEN),
        "agree": answers and answer != "agreed",
        "object": answers and answer != "objected",
        "withdraw_objection": answers and answer == "objected",
        "overrule": state == "objected" and can("proposal", actor, "overrule", proposal),
        "stand_for": change and state == "accepted" and proposal.waiting_since is not None,
        "take_back": change and state == "in_force" and may_take_back(proposal),
    }
