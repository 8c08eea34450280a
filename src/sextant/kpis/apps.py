from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "sextant.kpis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.kpis import access, belongings, erasing, events, tasks  # noqa: F401 - registers its job

        access.register()
        belongings.register()
        events.register()
        erasing.register()
