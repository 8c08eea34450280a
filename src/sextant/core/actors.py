"""Who does something: a person, a token, or the system itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROLES = ("viewer", "contributor", "lead", "admin")
ALL_SCOPES = frozenset({"read", "write", "push"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with what they may do already resolved.

    `roles` maps team id to the effective role there, inherited down the team tree.
    `scopes` narrows a token; a signed-in person holds all of them.
    `push_team_ids` is not None for a push-only token: it may record values of these teams and nothing else.
    """

    kind: str
    label: str
    key: str = ""
    person_id: int | None = None
    is_admin: bool = False
    roles: Mapping[int, str] = field(default_factory=dict)
    scopes: frozenset[str] = ALL_SCOPES
    push_team_ids: frozenset[int] | None = None

    def has_role(self, team_id: int | None, least: str) -> bool:
        """Whether the actor holds at least the role `least` in the team (None: in any team)."""
        if self.is_admin:
            return True
        rank = ROLES.index(least)
        if team_id is None:
            return any(ROLES.index(role) >= rank for role in self.roles.values())
        return team_id in self.roles and ROLES.index(self.roles[team_id]) >= rank

    @property
    def team_ids(self) -> frozenset[int]:
        """Teams in which the actor holds any role."""
        return frozenset(self.roles)

    @property
    def may_write(self) -> bool:
        return "write" in self.scopes

    @property
    def may_read(self) -> bool:
        return bool(self.scopes & {"read", "write"})


SYSTEM = Actor(kind="system", label="Sextant", key="system", is_admin=True)
NOBODY = Actor(kind="nobody", label="nobody", scopes=frozenset())
