"""Alerts in the rows of a scorecard: that there is one, who answers for it, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from sextant.alerts.queries.inbox import AlertLine, live_alerts
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.metrics.queries.standpoint import standpoint
from sextant.web.alert_rows import locale, mark_of
from sextant.web.templatetags.sextant import status_shape


def alert_marks(actor: Actor, kpi_ids: Sequence[int], as_of: date | None) -> dict[int, str]:
    """HTML by the id of the KPI, for those with an alert that is not closed; two statements for all of them."""
    point = standpoint(as_of)
    found = live_alerts(actor, Kpi.objects.filter(pk__in=kpi_ids), point, locale=locale())
    day = f"?as_of={as_of}" if as_of else ""
    return {kpi_id: _mark(lines, point.now.date(), day) for kpi_id, lines in found.items()}


def _mark(lines: Sequence[AlertLine], today: date, day: str) -> str:
    """The most pressing one as a link; how many there are where it is not the only one."""
    line = min(lines, key=_pressing)
    words = ngettext("Alert", "%(n)s alerts", len(lines)) % {"n": len(lines)}
    title = " ".join(one.sentence for one in lines)
    return (
        f'<a class="row-alert" href="{reverse("alert", args=[line.id])}{day}" title="{escape(title)}">'
        f'<span class="status status-{mark_of(line)}">{status_shape(mark_of(line))}</span>{escape(words)}'
        f"{_who(line, today)}</a>"
    )


def _pressing(line: AlertLine) -> tuple[bool, bool, int]:
    waits = line.response is not None and line.response.answered_at is None
    return (not waits, line.state != "open", -line.id)


def _who(line: AlertLine, today: date) -> str:
    """Who is to answer and until when; who has it where nothing waits."""
    response = line.response
    if response is None or response.answered_at is not None:
        return f' <span class="action-who">{escape(line.owner.name)}</span>' if line.owner else ""
    name = response.owner.name if response.owner else gettext("Nobody")
    late = " is-late" if response.due_on < today else ""
    words = gettext("%(name)s, by %(day)s") % {"name": name, "day": date_format(response.due_on, "j M")}
    return f' <span class="action-who{late}">{escape(words)}</span>'
