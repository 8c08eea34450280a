"""Who may see an import: its author, its team, administrators."""

from __future__ import annotations

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.exchange.models import Import
from sextant.people.roles import allows


def visible_to(actor: Actor) -> QuerySet[Import]:
    return Import.objects.filter(access.seen_by(actor, Import)).select_related("team", "owner", "batch")


def can(actor: Actor, action: str, thing: Import) -> bool:
    """Actions: view, run."""
    if action == "view":
        return actor.may_read
    return allows(actor, "import.run", thing.team_id)


def register() -> None:
    access.register("import", visible_to, can)
