"""What people answer, counted without their names: net promoter score, satisfaction and rating scales as metrics."""

from __future__ import annotations

from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "sextant.surveys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.surveys import access, belongings, events

        access.register()
        belongings.register()
        events.register()
