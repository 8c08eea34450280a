"""Who may see an import: its author, its team, administrators; and a mapping: who may import into its team."""

from __future__ import annotations

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.exchange.models import Import, SavedMapping
from sextant.people.roles import allows


def visible_to(actor: Actor) -> QuerySet[Import]:
    return Import.objects.filter(access.seen_by(actor, Import)).select_related("team", "owner", "batch")


def can(actor: Actor, action: str, thing: Import) -> bool:
    """Actions: view, run."""
    if action == "view":
        return actor.may_read
    return allows(actor, "import.run", thing.team_id)


def mappings_visible_to(actor: Actor) -> QuerySet[SavedMapping]:
    mappings = SavedMapping.objects.select_related("team")
    if not actor.may_read:
        return mappings.none()
    return mappings if actor.is_admin else mappings.filter(team_id__in=actor.team_ids)


def may_use_mapping(actor: Actor, action: str, thing: SavedMapping) -> bool:
    """Actions: view, run."""
    return actor.may_read if action == "view" else allows(actor, "import.run", thing.team_id)


def register() -> None:
    access.register("import", visible_to, can)
    access.register("mapping", mappings_visible_to, may_use_mapping)
