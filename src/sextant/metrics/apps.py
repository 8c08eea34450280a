from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "sextant.metrics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.metrics import access, erasing, events

        access.register()
        events.register()
        erasing.register()
