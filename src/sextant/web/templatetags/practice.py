"""Tags: the invitation to the pulse on pages that are about something else."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from sextant.core.actors import NOBODY, Actor
from sextant.practice.queries.pulse import round_to_answer
from sextant.web.templatetags.sextant import status_shape

register = template.Library()


@register.simple_tag
def severity_shape(key: str) -> SafeString:
    """The drawn shape of a severity alone; the word stands beside it."""
    return status_shape(key)


@register.inclusion_tag("practice/_invitation.html", takes_context=True)
def pulse_invitation(context: Context) -> dict[str, Any]:
    """The open round this person has not answered yet, if there is one."""
    actor: Actor = getattr(context.get("request"), "actor", NOBODY)
    return {"round": round_to_answer(actor)}
