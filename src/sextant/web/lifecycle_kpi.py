"""The life of a KPI on its own page: what is at work on it, whether to promote it, and how it got there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.calc import promotion as calc
from sextant.calc.status import OFF_TARGET
from sextant.core import access
from sextant.web.kpi_subject import Subject
from sextant.web.lifecycle_strip import Act, Strip, promote_url, strip_of
from sextant.web.lifecycle_timeline import Line, lines_of


@dataclass(frozen=True, slots=True)
class KpiLife:
    """What the page shows of it; `first` is the main thing to do, where the life of the KPI asks for something."""

    strip: Strip | None
    lines: Sequence[Line]
    first: Act | None


def life_of_page(subject: Subject) -> KpiLife | None:
    """None for a metric that nobody watches, and for a draft."""
    kpi = subject.kpi
    if not subject.is_watched or kpi.state == "draft":
        return None
    strip = strip_of(subject.actor, kpi, subject.point)
    return KpiLife(strip, lines_of(subject.actor, kpi, subject.point), _first(subject, strip))


def _first(subject: Subject, strip: Strip | None) -> Act | None:
    """To decide about what is overdue, or to promote what lags and is not worked on."""
    kpi = subject.kpi
    state = strip.state if strip is not None else calc.MONITORED
    if state == calc.OVERDUE:
        may = subject.as_of is None and access.can("kpi", subject.actor, "change", kpi)
        return Act(_("Decide"), reverse("kpi_decision", args=[kpi.key])) if may else None
    is_lagging = state == calc.SUSPECTED or (state != calc.ACCEPTED and subject.standing.computed == OFF_TARGET)
    url = promote_url(subject.actor, kpi, subject.point) if is_lagging else ""
    return Act(_("Promote"), url) if url else None
