"""Tags: alerts on pages that are about something else, and the count in the rail."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sextant.alerts.queries.inbox import alerts_of, count_open
from sextant.kpis.models import Kpi
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import KeyResult
from sextant.reports import charts
from sextant.reports.pictures import KpiPicture
from sextant.web.alert_rows import locale, rows_of
from sextant.web.badges import badge
from sextant.web.context import day_asked_for
from sextant.web.templatetags.sextant import status_shape

register = template.Library()
MOST_ON_A_STRIP = 5
HEIGHT = 280


@register.simple_tag
def alert_mark(key: str) -> SafeString:
    """The shape of an alert; what it means is said beside it."""
    return format_html('<span class="status status-{}">{}</span>', key, status_shape(key))


@register.inclusion_tag("alerts/_chart.html")
def alert_chart(picture: KpiPicture) -> dict[str, Any]:
    """The chart around an alert: smaller than on the page of the KPI, without the moving ranges."""
    wide = charts.svg(picture, name="alert-wide", height=HEIGHT)
    narrow = charts.svg(picture, name="alert-narrow", width=charts.NARROW_WIDTH, height=HEIGHT)
    return {"picture": picture, "wide": SafeString(wide), "narrow": SafeString(narrow)}


@register.inclusion_tag("alerts/_strip_lines.html", takes_context=True)
def alerts_strip(context: Context) -> dict[str, Any]:
    """Alerts that are not closed on the KPI or key result the page is about (`kpi` or `key_result` of its context)."""
    request = context["request"]
    thing: Any = context.get("key_result") or context.get("kpi")
    if not isinstance(thing, (Kpi, KeyResult)) or thing.pk is None:
        return {"rows": []}
    point = standpoint(day_asked_for(request))
    lines = alerts_of(request.actor, thing, point, live=True, most=MOST_ON_A_STRIP, locale=locale())
    return {"rows": rows_of(request.actor, lines, point)}


@register.inclusion_tag("alerts/_count.html", takes_context=True)
def alert_count(context: Context) -> dict[str, Any]:
    """How many alerts of mine nobody took note of, beside the word in the rail."""
    return {"count": badge("alerts", context.get("request"), count_open)}
