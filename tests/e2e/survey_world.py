"""Fills an empty data folder with the hospital and nothing to answer yet: `python -m tests.e2e.survey_world`."""

from __future__ import annotations

import os


def build() -> None:
    from django.core.management import call_command

    from tests.world import build_world

    call_command("migrate", verbosity=0)
    build_world()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "sextant.project.settings"
    import django

    django.setup()
    build()
