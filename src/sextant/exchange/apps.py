from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "sextant.exchange"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.exchange import access, erasing, events

        access.register()
        events.register()
        erasing.register()
