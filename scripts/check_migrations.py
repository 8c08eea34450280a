"""Fail when a model changed without its migration. Needs no database."""

from __future__ import annotations

import os
import tempfile

with tempfile.TemporaryDirectory() as folder:
    os.environ.update(SEXTANT_DATA=folder, DJANGO_SETTINGS_MODULE="sextant.project.settings")
    os.environ["DATABASE_URL"] = "sqlite://:memory:"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("makemigrations", check=True, dry_run=True)
