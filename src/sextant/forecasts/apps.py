from __future__ import annotations

from django.apps import AppConfig


class ForecastsConfig(AppConfig):
    name = "sextant.forecasts"
    default_auto_field = "django.db.models.BigAutoField"
