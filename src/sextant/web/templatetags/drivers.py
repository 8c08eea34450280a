"""What the pages about drivers draw."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from sextant.reports import charts
from sextant.reports.pictures import KpiPicture

register = template.Library()
HEIGHT = 220


@register.inclusion_tag("alerts/_chart.html")
def driver_chart(picture: KpiPicture, name: str) -> dict[str, Any]:
    """One of two small charts that stand over each other; `name` keeps their ids apart."""
    wide = charts.svg(picture, name=f"{name}-wide", height=HEIGHT)
    narrow = charts.svg(picture, name=f"{name}-narrow", width=charts.NARROW_WIDTH, height=HEIGHT)
    return {"picture": picture, "wide": SafeString(wide), "narrow": SafeString(narrow)}
