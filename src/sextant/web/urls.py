"""All pages: each resource module brings its addresses."""

from __future__ import annotations

from importlib import import_module

from django.urls import URLPattern, URLResolver

RESOURCES = (
    "home", "scorecards", "rows", "live_values", "kpi_list", "drivers", "proposals", "second_looks", "kpis", "imports",
    "library", "scratch", "search", "help", "objectives", "objective_page", "objective_edit", "key_results",
    "key_result_edit", "initiatives", "drafting", "chooser", "okr_library",
    "sign_in", "settings_pages", "notification_settings", "mute_links", "teams", "people", "tokens", "audit",
    "discussion", "check_in",
    "alerts", "alert_life", "insights", "unanswered", "alert_page", "alert_rules",
    "lifecycle", "lifecycle_reds", "lifecycle_deciding", "promoting", "graduating",
    "reliability", "planning", "candidates", "cycles", "closing", "wording_rules", "strategy", "background",
    "surveys", "survey_form", "survey_links",
    "practice",
    "other_ending",  # last: it takes every address that no page has
)  # fmt: skip

urlpatterns: list[URLPattern | URLResolver] = []
for name in RESOURCES:
    urlpatterns += import_module(f"sextant.web.{name}").urlpatterns
