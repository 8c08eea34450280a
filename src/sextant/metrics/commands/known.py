"""What recording knows of metrics from one batch to the next, for as long as it stays true.

Whatever changes what may be recorded (a metric, a definition, a team, a role) writes an event in the same
transaction. So what was read stays true while nothing but pushed values has happened since, and asking that
costs one look at the newest rows of one table. Only on SQLite: its one writer commits events in the order of
their ids, which a database server does not promise.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import connection

from sextant.core.actors import Actor
from sextant.metrics.commands.batches import Circles, circles_of

PUSHED = '"kind": "push"'  # what `announce` writes into the event of a push
MOST_EVENTS = 200
MOST_ENTRIES = 100_000
MOST_SETS = 200

K = TypeVar("K")
Place = tuple[int, str]  # id and moment of an event; a restored or rolled-back table has another moment there


@dataclass(slots=True)
class Known(Generic[K]):
    """Metrics by key as one actor may record them, why not the others (key, message), and who hears of them."""

    usable: dict[object, dict[str, K]] = field(default_factory=dict)
    refusals: dict[object, dict[str, tuple[str, str]]] = field(default_factory=dict)
    circles: dict[tuple[int, ...], Circles] = field(default_factory=dict)

    def told_to(self, metric_ids: tuple[int, ...]) -> Circles:
        """Who is told that these metrics have new values, and with which topics."""
        if metric_ids not in self.circles:
            if len(self.circles) > MOST_SETS:
                self.circles = {}
            self.circles[metric_ids] = circles_of(metric_ids)
        return self.circles[metric_ids]

    def of(self, actor: Actor) -> tuple[dict[str, K], dict[str, tuple[str, str]]]:
        """What this actor may record and not, to be added to."""
        if sum(map(len, self.usable.values())) > MOST_ENTRIES:
            self.usable, self.refusals = {}, {}
        who = (
            actor.kind, actor.key, actor.person_id, actor.is_admin, actor.scopes, actor.push_team_ids,
            frozenset(actor.roles.items()),
        )  # fmt: skip
        return self.usable.setdefault(who, {}), self.refusals.setdefault(who, {})


class Memory(Generic[K]):
    """The knowledge of this process, thrown away as soon as anything but pushed values has happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: Known[K] = Known()
        self._place: Place | None = None

    def now(self) -> Known[K]:
        """What is still true; empty and not kept where that cannot be told."""
        if connection.vendor != "sqlite":
            return Known()
        with self._lock:
            newest, is_true = _since(self._place)
            if not is_true:
                self._known = Known()
            self._place = newest
            return self._known if newest is not None else Known()


def _since(place: Place | None) -> tuple[Place | None, bool]:
    """The newest event, and whether only pushes happened since `place`."""
    with connection.cursor() as cursor:
        if place is not None:
            cursor.execute(
                "SELECT id, CAST(at AS TEXT), name, data FROM core_event WHERE id >= %s ORDER BY id LIMIT %s",
                [place[0], MOST_EVENTS],
            )
            rows = cursor.fetchall()
            if rows and rows[0][:2] == place and len(rows) < MOST_EVENTS:
                quiet = all(name == "measurements.recorded" and PUSHED in data for _, _, name, data in rows[1:])
                return rows[-1][:2], quiet
        cursor.execute("SELECT id, CAST(at AS TEXT) FROM core_event ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
        return row, False
