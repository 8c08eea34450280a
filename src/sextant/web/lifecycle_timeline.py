"""The life of a KPI as lines of a page: sentences, people, days, the values they rest on, and what can be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.kpis.models import Kpi
from sextant.lifecycle.queries import timeline
from sextant.lifecycle.queries.timeline import Evidence
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import Standpoint
from sextant.web.alert_rows import local
from sextant.web.kpi_words import said
from sextant.web.lifecycle_words import day_of, undo_url

MOST_PERIODS = 6
# What taking it back does.
UNDOING: Mapping[str, Words] = {
    "promoted": gettext_lazy("The promotion counts for nothing, and what was made for it is archived."),
    "reverted": gettext_lazy("The promotion and its key result go on as they were. The same values end it no more."),
    "extended": gettext_lazy("Its last day is again what it was."),
    "replanned": gettext_lazy("Its last day, target and rule are again what they were."),
    "accepted": gettext_lazy("It is as before: a promotion it ended goes on."),
    "withdrawn": gettext_lazy("The promotion and its key result go on as they were."),
    "graduated": gettext_lazy("A KPI or target made for it is archived; values stay where they are."),
}
PLAIN_UNDOING = gettext_lazy("It is again where it was before. The same values bring this about no more.")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    id: int
    at: datetime  # on the wall clock of the organisation
    sentence: str
    who: str
    evidence: Sequence[tuple[str, str]]
    is_undone: bool
    answer: str
    undo_url: str
    undo_words: str


def lines_of(actor: Actor, kpi: Kpi, point: Standpoint) -> list[Line]:
    """The newest first."""
    return [_line(one, kpi, point) for one in timeline.timeline(actor, kpi, point)]


def _line(one: timeline.Line, kpi: Kpi, point: Standpoint) -> Line:
    promotion = one.promotion
    is_told = one.kind == "reverted" and promotion is not None and not one.is_struck and point.known_at is None
    undo = undo_words = ""
    if one.can_undo and one.can_undo_until is not None:
        undo = undo_url(one.transition)
        words = {"what": UNDOING.get(one.kind, PLAIN_UNDOING), "day": day_of(local(one.can_undo_until))}
        undo_words = _("%(what)s Possible until %(day)s.") % words
    return Line(
        id=one.transition.pk,
        at=local(one.at),
        sentence=one.sentence,
        who=one.author if one.is_by_person else _("by its rule"),
        evidence=_evidence(one, kpi, point),
        is_undone=one.is_struck,
        answer=promotion.what_changed if is_told and promotion is not None else "",
        undo_url=undo,
        undo_words=undo_words,
    )


def _evidence(one: timeline.Line, kpi: Kpi, point: Standpoint) -> list[tuple[str, str]]:
    """The newest periods it rests on with their values, and its key result, each where it can be looked up."""
    day = f"?as_of={point.as_of}" if point.as_of else ""
    found = [(_period_words(each, kpi.metric), "") for each in one.evidence[-MOST_PERIODS:]]
    if one.key_result is not None and one.kind in ("promoted", "reverted", "graduated"):
        found.append((one.key_result.title, reverse("key_result", args=[one.key_result.key]) + day))
    return found


def _period_words(each: Evidence, metric: Metric) -> str:
    """ "week 32, 2026: 99.2 %", and what it was corrected to since."""
    words = {"period": each.label, "value": said(each.value, metric) if each.value is not None else _("no value")}
    if each.now is None:
        return _("%(period)s: %(value)s") % words
    return _("%(period)s: %(value)s, now %(now)s") % {**words, "now": said(each.now, metric)}
