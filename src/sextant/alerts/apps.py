"""Rules and their episodes: what deviates, since when, who answers for it, and what is done."""

from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "sextant.alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.alerts import access, belongings, erasing, events

        access.register()
        belongings.register()
        events.register()
        erasing.register()
