"""Whether the database fits this version of Sextant, and making it fit."""

from __future__ import annotations

import sys

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from sextant.core.errors import refuse


def migrate_when_needed() -> int:
    """Apply missing migrations; returns how many. Refused when the database cannot be reached or is newer."""
    try:
        missing, foreign = pending_migrations(), foreign_migrations()
    except DatabaseError as error:
        raise refuse("database-unreachable", f"The database cannot be reached: {str(error).strip()}") from error
    if foreign:
        raise refuse(
            "database-newer",
            f"The database was used by a newer version of Sextant (it has {', '.join(foreign[:3])}). "
            "Use that version, or restore the backup made before it.",
        )
    if missing:
        print(f"Bringing the database up to date ({len(missing)} steps)", file=sys.stderr, flush=True)
        call_command("migrate", verbosity=0, interactive=False)
    return len(missing)


def require_up_to_date() -> None:
    """Refused unless the database can be reached and fits this version; changes nothing."""
    try:
        fits = not pending_migrations() and not foreign_migrations()
    except DatabaseError as error:
        raise refuse("database-unreachable", f"The database cannot be reached: {str(error).strip()}") from error
    if not fits:
        raise refuse("database-outdated", "The database does not fit this version; `sextant migrate` mends that.")


def pending_migrations() -> list[str]:
    """Migrations the database lacks, such as "people.0001_initial". Raises DatabaseError when unreachable."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def foreign_migrations() -> list[str]:
    """Migrations in the database that this version does not know: a newer version was here."""
    known = MigrationLoader(None).graph.nodes
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(".".join(key) for key in applied if key not in known)
