from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Last of all apps: when it is ready, every event and every job has a name."""

    name = "sextant.project"

    def ready(self) -> None:
        from sextant import wiring

        wiring.connect()
