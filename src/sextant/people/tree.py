"""The team tree in memory: parent pointers read once, questions answered without the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

Row = tuple[int, str, str, int | None, datetime | None]


@dataclass(frozen=True, slots=True)
class TeamNode:
    """A team as the tree knows it; the names are those of the table, so templates take either."""

    pk: int
    key: str
    name: str
    parent_id: int | None
    is_archived: bool
    depth: int = 0
    path: tuple[str, ...] = ()  # names from the root to this team

    @property
    def path_words(self) -> str:
        return " › ".join(self.path)


class TeamTree:
    """All teams by id, in the order of the tree (a parent comes before its children, children by name)."""

    def __init__(self, nodes: dict[int, TeamNode], children: dict[int | None, list[int]]) -> None:
        self._nodes, self._children = nodes, children
        self._by_key = {node.key: node for node in nodes.values()}

    @classmethod
    def of(cls, rows: Iterable[Row]) -> TeamTree:
        """From (id, key, name, parent id, archived at), children in the order given."""
        plain = {row[0]: row for row in rows}
        children: dict[int | None, list[int]] = {}
        for id_, _, _, parent_id, _ in plain.values():
            children.setdefault(parent_id, []).append(id_)
        nodes: dict[int, TeamNode] = {}
        waiting = list(reversed(children.get(None, [])))
        while waiting:
            id_, key, name, parent_id, archived_at = plain[waiting.pop()]
            above = nodes.get(parent_id) if parent_id is not None else None
            nodes[id_] = TeamNode(
                id_, key, name, parent_id, archived_at is not None,
                above.depth + 1 if above else 0, ((*above.path, name) if above else (name,)),
            )  # fmt: skip
            waiting.extend(reversed(children.get(id_, [])))
        return cls(nodes, children)

    def __contains__(self, team_id: object) -> bool:
        return team_id in self._nodes

    def __getitem__(self, team_id: int) -> TeamNode:
        return self._nodes[team_id]

    def __iter__(self) -> Iterator[TeamNode]:
        return iter(self._nodes.values())

    def __len__(self) -> int:
        return len(self._nodes)

    def find(self, key: str) -> TeamNode | None:
        return self._by_key.get(key)

    @property
    def roots(self) -> list[TeamNode]:
        return [self._nodes[id_] for id_ in self._children.get(None, [])]

    def children(self, team_id: int) -> list[TeamNode]:
        return [self._nodes[id_] for id_ in self._children.get(team_id, [])]

    def with_descendants(self, team_id: int) -> list[int]:
        """The team and all teams below it, by id; empty for an unknown team."""
        if team_id not in self._nodes:
            return []
        found, waiting = [], [team_id]
        while waiting:
            id_ = waiting.pop()
            found.append(id_)
            waiting.extend(self._children.get(id_, []))
        return found

    def ancestors(self, team_id: int) -> list[TeamNode]:
        """From the root down to the team's parent."""
        found: list[TeamNode] = []
        node = self._nodes.get(team_id)
        while node is not None and node.parent_id is not None:
            node = self._nodes[node.parent_id]
            found.append(node)
        return found[::-1]

    def at_work(self) -> list[TeamNode]:
        """Teams that are not archived, in tree order."""
        return [node for node in self if not node.is_archived]
