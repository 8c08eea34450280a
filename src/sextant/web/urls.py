"""All pages: each resource module brings its addresses."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver

RESOURCES = (
    "home", "scorecards", "rows", "live_values", "kpi_list", "kpis", "metrics", "imports", "library", "scratch",
    "search", "help",
    "sign_in", "settings_pages", "teams", "people", "tokens", "strategy", "audit",
)  # fmt: skip

urlpatterns: list[URLPattern | URLResolver] = []
for name in RESOURCES:
    if find_spec(f"sextant.web.{name}"):
        urlpatterns += import_module(f"sextant.web.{name}").urlpatterns
