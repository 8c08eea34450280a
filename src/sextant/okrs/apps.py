from django.apps import AppConfig


class OkrsConfig(AppConfig):
    name = "sextant.okrs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.okrs import access, belongings, erasing, events, forecasting, kpi_uses  # noqa: F401 - one its job

        access.register()
        belongings.register()
        events.register()
        erasing.register()
        kpi_uses.register()
