"""Taking the world out of the way within a transaction."""

from __future__ import annotations

from django.apps import apps
from django.db import connection


def empty_every_table() -> None:
    """Delete all rows of our own tables; foreign keys are looked at when the transaction ends."""
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    ours = [
        name
        for name in tables
        if name.partition("_")[0] in {"core", "people", "strategy", "notifications", "metrics", "kpis"}
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for name in ours:
            cursor.execute(f'DELETE FROM "{name}"')
