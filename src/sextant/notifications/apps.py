from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "sextant.notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sextant.notifications import access, erasing, events, notices, sending

        access.register()
        events.register()
        notices.register_own()
        erasing.register()
        sending.register()
