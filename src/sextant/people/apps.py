from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "sextant.people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.people import access, events

        access.register()
        events.register()
