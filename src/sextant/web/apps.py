from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "sextant.web"
    default_auto_field = "django.db.models.BigAutoField"
