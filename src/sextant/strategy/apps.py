from django.apps import AppConfig


class StrategyConfig(AppConfig):
    name = "sextant.strategy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.strategy import access, events

        access.register()
        events.register()
