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
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.queries import today
from sextant.web.alert_rows import locale, mark_of
from sextant.web.templatetags.sextant import status_shape


def alerts_in_rows(actor: Actor, kpi_ids: Sequence[int], as_of: date | None) -> dict[int, list[AlertLine]]:
    """The alerts that are not closed, by the id of their KPI; two statements for all of them."""
    return live_alerts(actor, kpi_ids, standpoint(as_of), locale=locale())


def found_windows(lines: Sequence[AlertLine]) -> list[tuple[int, int]]:
    """First and last period (start hours) of the findings among alerts, for the sparkline: nothing is judged anew."""
    found = [one.alert for one in lines if one.rule in ("deviation", "unusual") and one.alert.since is not None]
    return [(one.since or 0, one.since or 0 if one.until is None else one.until) for one in found]


def alert_mark(lines: Sequence[AlertLine], as_of: date | None) -> str:
    """The most pressing one as a link; how many there are where it is not the only one. Empty without any."""
    if not lines:
        return ""
    day = f"?as_of={as_of}" if as_of else ""
    line = min(lines, key=_pressing)
    words = ngettext("Alert", "%(n)s alerts", len(lines)) % {"n": len(lines)}
    title = " ".join(one.sentence for one in lines)
    return (
        f'<a class="row-alert" href="{reverse("alert", args=[line.id])}{day}" title="{escape(title)}">'
        f'<span class="status status-{mark_of(line)}">{status_shape(mark_of(line))}</span>{escape(words)}'
        f"{_who(line, as_of or today())}</a>"
    )


def _pressing(line: AlertLine) -> tuple[bool, bool, int]:
    waits = line.response is not None and line.response.answered_at is None
    return (not waits, line.state != "open", -line.id)


def _who(line: AlertLine, day: date) -> str:
    """Who is to answer and until when; who has it where nothing waits."""
    response = line.response
    if response is None or response.answered_at is not None:
        return f' <span class="action-who">{escape(line.owner.name)}</span>' if line.owner else ""
    name = response.owner.name if response.owner else gettext("Nobody")
    late = " is-late" if response.due_on < day else ""
    words = gettext("%(name)s, by %(day)s") % {"name": name, "day": date_format(response.due_on, "j M")}
    return f' <span class="action-who{late}">{escape(words)}</span>'
