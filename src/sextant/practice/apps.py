"""How well an organisation practises KPIs and OKRs: maturity, pitfalls and the pulse of the process."""

from __future__ import annotations

from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "sextant.practice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.practice import access, events

        access.register()
        events.register()
