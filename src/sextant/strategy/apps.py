from django.apps import AppConfig


class StrategyConfig(AppConfig):
    name = "sextant.strategy"
    default_auto_field = "django.db.models.BigAutoField"
