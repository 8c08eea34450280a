"""The life of a KPI: suspected, promoted to a key result for a limited time, restored, watched, and back."""

from __future__ import annotations

from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    name = "sextant.lifecycle"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.lifecycle import access, belongings, confining, erasing, events

        access.register()
        belongings.register()
        confining.register()
        events.register()
        erasing.register()
