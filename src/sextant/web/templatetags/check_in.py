"""Tags: what is owed in the top bar, and the check-ins of a thing on any page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from sextant.alerts.queries.waiting import my_responses
from sextant.core.access import find
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications.mentions import People
from sextant.notifications.rendering import plain, to_html
from sextant.okrs.queries.due import count_due
from sextant.web.badges import badge
from sextant.web.check_in_view import history
from sextant.web.context import day_asked_for

register = template.Library()
LONGEST_LINE = 160


@register.inclusion_tag("check_in/_owed.html", takes_context=True)
def owed_count(context: Context) -> dict[str, Any]:
    """The way to what one owes, with how much that is: check-ins, and answers to alerts."""
    return {
        "owed": badge("owed", context.get("request"), lambda person: count_due(person) + my_responses(person).count())
    }


@register.inclusion_tag("check_in/_check_ins.html", takes_context=True)
def check_ins(context: Context, kind: str, key: str) -> dict[str, Any]:
    """The check-ins of the key result or KPI with this key, replies and open blockers included.

    `{% load check_in %}{% check_ins "key_result" key_result.key %}` on the thing's own page.
    """
    request = context["request"]
    point = standpoint(day_asked_for(request))
    found = history(request.actor, find(kind, request.actor, str(key)), point)
    return {"history": found, "request": request, "csrf_token": context.get("csrf_token"), "next": request.path}


@register.filter
def told(text: str) -> SafeString:
    """What somebody wrote, in Markdown, as HTML; mentions lead to the person."""
    return to_html(text, People.read([text]), _person_url)


@register.filter
def in_a_line(text: str) -> str:
    """The beginning of what somebody wrote, without its marks."""
    return plain(text, LONGEST_LINE)


def _person_url(key: str) -> str:
    try:
        return reverse("person", args=[key])
    except NoReverseMatch:
        return ""
