"""How files of one kind are read, kept under a name for the next ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.events import emit
from sextant.core.keys import new_keys
from sextant.core.writing import writing
from sextant.exchange.commands.imports import check_mapping
from sextant.exchange.models import Import, SavedMapping
from sextant.people.models import Team
from sextant.people.roles import allows


def save_mapping(actor: Actor, imp: Import, *, name: str) -> SavedMapping:
    """Keep how these files were read, with everything a person decided about them."""
    access.require("import", actor, "run", imp)
    return keep_mapping(actor, imp.team, name=name, mapping=imp.summary.get("mapping") or imp.mapping)


def keep_mapping(actor: Actor, team: Team, *, name: str, mapping: Mapping[str, Any]) -> SavedMapping:
    """Keep a mapping under a name; the one of that name in the team is replaced."""
    if not allows(actor, "import.run", team.id):
        raise NotAllowed(Problem("not-allowed", f"You may not keep mappings in {team.name}."))
    if not name.strip():
        raise refuse("name-missing", "Give the mapping a name.", "name")
    if len(name.strip()) > 200:
        raise refuse("too-long", "The name of a mapping has at most 200 characters.", "name")
    check_mapping(mapping)
    with writing():
        saved = SavedMapping.objects.filter(team=team, name=name.strip()).first()
        if saved is None:
            saved = SavedMapping(key=new_keys(SavedMapping, [name])[0], team=team, name=name.strip())
        saved.mapping = dict(mapping)
        saved.author, saved.saved_at = actor.label, timezone.now()
        saved.save()
        emit(actor, "mapping.saved", "mapping", saved.key, saved.name, team_id=team.id, visibility="team")
    return saved


def delete_mapping(actor: Actor, saved: SavedMapping) -> None:
    """Forget a mapping; imports that were read with it stay as they are."""
    access.require("mapping", actor, "run", saved)
    with writing():
        key, name, team_id = saved.key, saved.name, saved.team_id
        saved.delete()
        emit(actor, "mapping.deleted", "mapping", key, name, team_id=team_id, visibility="team")
