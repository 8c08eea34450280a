from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "sextant.exchange"
    default_auto_field = "django.db.models.BigAutoField"
