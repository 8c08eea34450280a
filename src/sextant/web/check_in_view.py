"""What was said as it is read: histories, the end of a pass, and the words around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.calc.numbers import format_value
from sextant.core.access import can
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs import subjects
from sextant.okrs.commands.check_ins import subject_of
from sextant.okrs.models import CheckIn, KeyResult
from sextant.okrs.queries.check_ins import Said, history_of
from sextant.okrs.queries.effort import Effort, last_pass, median_effort
from sextant.okrs.queries.team_check_ins import OpenBlocker, open_blockers
from sextant.people import queries as people
from sextant.web.check_in_form import address_of, figure_of, page_of
from sextant.web.kpi_words import locale, moment_words
from sextant.web.okr_words import STATUS_WORDS


@dataclass(frozen=True, slots=True)
class Line:
    """A check-in in a history or a summary."""

    id: int
    thing: str
    thing_url: str
    who: str
    when: str
    figure: str
    period: str
    confidence: int | None
    status: str
    note: str
    action: str
    is_draft: bool
    is_late: bool
    acknowledged: str
    may_take_back: bool
    may_acknowledge: bool
    seen_by: str
    replies: Sequence[tuple[str, str, str]] = ()
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a pass: how long it took, what changed and who will see it."""

    lines: list[Line]
    seconds: int | None
    words: str


@dataclass(frozen=True)
class History:
    """What the part with check-ins shows on the page of a key result or a KPI."""

    lines: list[Line]
    blockers: Sequence[tuple[OpenBlocker, str]]  # with its age in words
    url: str
    may_check_in: bool


def history(actor: Actor, subject: subjects.Subject, point: Standpoint) -> History:
    """The check-ins of a thing with their replies, its open blockers, and where to say more."""
    lines = [_line(actor, one.check_in, one) for one in history_of(actor, subject, point)]
    is_open = (subject if isinstance(subject, Kpi) else subject.objective).state == "active"
    may = point.as_of is None and is_open and subjects.may_check_in(actor, subject)
    found = open_blockers(actor, Q(**subjects.on(subject)), point=point)
    aged = [(one, age_words(one.age_days)) for one in found]
    return History(lines, aged, address_of(subject), may)


def lines_of(actor: Actor, check_ins: Iterable[CheckIn]) -> list[Line]:
    return [_line(actor, one) for one in check_ins]


def summary(actor: Actor) -> Summary | None:
    """What the person has just said, with the time it took them; None when that is a while ago."""
    found = last_pass(actor)
    if not found:
        return None
    before = _before(found)
    lines = [_line(actor, one, changed=_changed(one, before.get(one.pk))) for one in found]
    measured = [one.seconds for one in found if one.seconds is not None]
    seconds = round(sum(measured)) if measured else None
    return Summary(lines, seconds, _effort_words(seconds, len(measured), median_effort(person_id=actor.person_id)))


def _effort_words(seconds: int | None, count: int, own: Effort) -> str:
    if seconds is None:
        return ""
    words = ngettext(
        "You needed %(seconds)s for %(count)s item", "You needed %(seconds)s for %(count)s items", count
    ) % {"seconds": seconds_words(seconds), "count": count}  # fmt: skip
    if own.per_item is not None and own.passes > 1:
        words += "; " + _("your median is %(seconds)s an item") % {"seconds": seconds_words(own.per_item)}
    return f"{words}."


def team_effort_words(effort: Effort) -> str:
    """ "Median effort: 8 seconds an item, 41 seconds a pass (120 items measured)"."""
    if effort.per_item is None or effort.per_pass is None:
        return ""
    words = _("Median effort of the last quarter: %(item)s an item, %(whole)s a pass") % {
        "item": seconds_words(effort.per_item), "whole": seconds_words(effort.per_pass),
    }  # fmt: skip
    counted = ngettext("%(count)s item measured", "%(count)s items measured", effort.items) % {"count": effort.items}
    return f"{words} ({counted})."


def seconds_words(seconds: float) -> str:
    """ "41 seconds", "2 min 5 s"."""
    whole = round(seconds)
    if whole < 120:
        return ngettext("%(count)s second", "%(count)s seconds", whole) % {"count": whole}
    return _("%(minutes)s min %(seconds)s s") % {"minutes": whole // 60, "seconds": whole % 60}


def _before(found: Sequence[CheckIn]) -> dict[int, CheckIn]:
    """The published check-in before each of these, by the id of the later one."""
    earlier: dict[int, CheckIn] = {}
    for one in found:
        rows = CheckIn.objects.filter(
            key_result=one.key_result_id, kpi=one.kpi_id, is_draft=False, superseded_at=None,
            known_at__lt=one.known_at,
        ).order_by("-known_at", "-id")  # fmt: skip
        if (row := rows.first()) is not None:
            earlier[one.pk] = row
    return earlier


def _changed(one: CheckIn, before: CheckIn | None) -> str:
    """What is different from the check-in before, in words."""
    if before is None:
        return _("first check-in")
    parts = []
    metric = subjects.metric_of(subject_of(one))
    if one.value is not None and before.value is not None and one.value != before.value:
        parts.append(_("was %(value)s") % {"value": figure_of(metric, before.value)})
    if one.confidence != before.confidence and before.confidence is not None and one.confidence is not None:
        parts.append(_("confidence was %(level)s") % {"level": before.confidence})
    if one.status != before.status and before.status:
        parts.append(_("status was %(status)s") % {"status": STATUS_WORDS[before.status]})
    return ", ".join(parts) or _("unchanged")


def _line(actor: Actor, one: CheckIn, told: Said | None = None, *, changed: str = "") -> Line:
    subject = subject_of(one)
    replies = [
        (reply.author.name if reply.author else "Sextant", moment_words(reply.known_at), reply.text)
        for reply in (told.replies if told else ())
    ]
    is_standing = one.superseded_at is None
    return Line(
        id=one.pk, thing=str(subject), thing_url=page_of(subject), who=one.author, when=moment_words(one.known_at),
        figure=figure_of(subjects.metric_of(subject), one.value) if one.value is not None else "",
        period=told.period_words if told else "", confidence=one.confidence, status=one.status, note=one.note,
        action=one.action, is_draft=one.is_draft, is_late=one.is_late,
        acknowledged=_acknowledged(one), changed=changed, seen_by=seen_by(subject), replies=replies,
        may_take_back=is_standing and can("check_in", actor, "take_back", one),
        may_acknowledge=is_standing and not one.is_draft and one.acknowledged_at is None
        and one.author_person_id != actor.person_id and can("check_in", actor, "acknowledge", one),
    )  # fmt: skip


def _acknowledged(one: CheckIn) -> str:
    if one.acknowledged_at is None:
        return ""
    return _("read by %(who)s, %(when)s") % {"who": one.acknowledged_by, "when": moment_words(one.acknowledged_at)}


def seen_by(subject: subjects.Subject) -> str:
    """Who reads a check-in on it."""
    holder = subject.objective if isinstance(subject, KeyResult) else subject.metric
    if holder.visibility == "organisation":
        return _("everyone in %(name)s") % {"name": people.organisation().name or _("the organisation")}
    if holder.visibility == "team":
        return _("the team %(name)s") % {"name": holder.team.name}
    return _("named people") if holder.visibility == "people" else _("only you")


def age_words(days: int) -> str:
    if days == 0:
        return _("since today")
    return ngettext("for %(count)s day", "for %(count)s days", days) % {"count": days}


def rate_words(rate: float | None) -> str:
    return "–" if rate is None else format_value(round(rate * 100), "percent", 0, locale=locale())
