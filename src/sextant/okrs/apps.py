from django.apps import AppConfig


class OkrsConfig(AppConfig):
    name = "sextant.okrs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.metrics.commands.metrics import follow_circle
        from sextant.okrs import access, belongings, erasing, events, forecasting, kpi_uses  # noqa: F401 - one its job
        from sextant.okrs.commands.confining import confine_restoring

        access.register()
        belongings.register()
        events.register()
        erasing.register()
        kpi_uses.register()
        follow_circle(confine_restoring)
