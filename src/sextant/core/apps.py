from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "sextant.core"
    default_auto_field = "django.db.models.BigAutoField"
