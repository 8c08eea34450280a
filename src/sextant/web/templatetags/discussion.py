"""Tags: the discussion of a thing on any page, and the bell of the top bar."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from sextant.core.actors import NOBODY, Actor
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications.queries import unread_count
from sextant.notifications.subjects import subject
from sextant.web.context import day_asked_for
from sextant.web.discussion_view import panel

register = template.Library()


@register.inclusion_tag("discussion/_discussion.html", takes_context=True)
def discussion(context: Context, kind: str, key: str) -> dict[str, Any]:
    """Comments and activity of the thing of this kind and key, with the form to say something.

    Put it outside of what a page fetches again by itself: `{% load discussion %}{% discussion "kpi" kpi.key %}`.
    """
    request = context["request"]
    actor: Actor = request.actor
    point = standpoint(day_asked_for(request))
    # A link to one comment has to find it, however old it is.
    view = panel(actor, subject(actor, kind, str(key)), point, is_whole="comment" in request.GET)
    return {"panel": view, "request": request}


@register.inclusion_tag("discussion/_bell.html", takes_context=True)
def inbox_bell(context: Context) -> dict[str, Any]:
    """The way to the inbox, with how much is unread."""
    request = context.get("request")
    actor: Actor = getattr(request, "actor", NOBODY)
    return {"waiting": unread_count(actor), "actor": actor}
