"""Reads of imports and saved mappings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.exchange.models import Import, SavedMapping
from sextant.exchange.reading import STAGED
from sextant.exchange.staging import Staging


def imports(actor: Actor) -> QuerySet[Import]:
    """Imports the actor may see, newest first, discarded ones left out."""
    found: QuerySet[Import] = access.visible("import", actor)
    return found.exclude(state="discarded").order_by("-created_at")


def problems(imp: Import, *, limit: int = -1, offset: int = 0) -> Iterator[dict[str, Any]]:
    """What kept cells, rows or files out, or what a person should look at, in the order found."""
    path = Path(imp.folder) / STAGED
    if not path.is_file():
        return
    staging = Staging(path)
    try:
        yield from staging.problems(limit, offset)
    finally:
        staging.close()


def saved_mappings(actor: Actor) -> QuerySet[SavedMapping]:
    """Mappings of the teams the actor may import into."""
    mappings = SavedMapping.objects.select_related("team")
    return mappings if actor.is_admin else mappings.filter(team_id__in=actor.team_ids)
