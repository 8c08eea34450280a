"""Counts in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from sextant.calc.numbers import format_value

register = template.Library()


@register.filter
def grouped(number: float | None) -> str:
    """1234567 as 1,234,567."""
    return format_value(number, "count", 0, locale=get_language() or "en")
