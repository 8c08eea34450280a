from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "sextant.core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.core import jobs_keeping

        jobs_keeping.register()
