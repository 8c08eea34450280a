"""Tags: where a KPI is in its life, on pages that are about something else."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from sextant.web.lifecycle_words import mark_html

register = template.Library()


@register.simple_tag
def life_word(state: str, word: str = "") -> SafeString:
    """A state, or "relapse", as shape and word."""
    return mark_html(state, word=word)
