"""The parts of the live stream that a real server shows only under load or by accident."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.core.actors import Actor
from sextant.core.events import may_see
from sextant.web import live_feed, live_hub
from sextant.web.live_feed import Happening, Reader
from sextant.web.live_hub import MOST_WAITING, Identity, Stream


def actor(**changes: Any) -> Actor:
    return Actor(**({"kind": "person", "label": "P", "key": "p", "person_id": 1} | changes))


def row(id_: int) -> tuple[Any, ...]:
    return (id_, "kpi.changed", "kpi", "k", None, "organisation", "[]", f'["kpi:{id_}"]', "2026-01-01 00:00:00.5")


class Table:
    """An event table that is committed to in any order."""

    pause = 0.0

    def __init__(self) -> None:
        self.ids: set[int] = set()

    def has_changed(self) -> bool:
        return True

    def rows(self, sql: str, parameters: Any) -> list[tuple[Any, ...]]:
        if "id > %s" in sql:
            return [row(id_) for id_ in sorted(self.ids) if id_ > parameters[0]]
        if "id = %s" in sql:
            return [row(id_) for id_ in self.ids if id_ == parameters[0]]
        return [row(id_) for id_ in sorted(self.ids, reverse=True)]

    def close(self) -> None: ...


def test_an_event_committed_late_is_found_once() -> None:
    table = Table()
    table.ids = {1, 2}
    reader = Reader(table)
    assert [event.id for event in reader.start()] == [1, 2]
    table.ids |= {4, 5}
    assert [event.id for event in reader.new()] == [4, 5]
    table.ids |= {3, 6}
    assert sorted(event.id for event in reader.new()) == [3, 6]
    assert reader.new() == []


def test_an_id_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()
    reader = Reader(table)
    reader.start()
    monkeypatch.setattr(live_feed, "GAP_SECONDS", -1.0)
    table.ids |= {3}
    assert [event.id for event in reader.new()] == [3]
    table.ids |= {1}
    assert reader.new() == []


@given(st.permutations(list(range(1, 12))), st.data())
def test_every_event_is_given_once_whatever_the_order_of_commits(order: list[int], data: st.DataObject) -> None:
    table = Table()
    reader = Reader(table)
    given_ = [event.id for event in reader.start()]
    for id_ in order:
        table.ids.add(id_)
        if data.draw(st.booleans()):
            given_ += [event.id for event in reader.new()]
    given_ += [event.id for event in reader.new()]
    given_ += [event.id for event in reader.new()]
    assert sorted(given_) == list(range(1, 12))


def happening(id_: int, **changes: Any) -> Happening:
    fields = {
        "id": id_, "name": "kpi.changed", "subject_kind": "kpi", "subject_key": "k", "team_id": None,
        "visibility": "organisation", "viewer_ids": frozenset(), "frame": b"id: %d\n\n" % id_, "at": time.monotonic(),
    }  # fmt: skip
    return Happening(**(fields | changes))  # type: ignore[arg-type]


class Socket:
    """Where a stream sends to; it may be held up."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, message: Any) -> None:
        await self.open.wait()
        self.bodies.append(message["body"])


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[live_hub.Hub], Awaitable[None]]], None]:
    """Runs a scene with a hub that reads no database."""

    class Silent:
        def __init__(self, *_: Any) -> None: ...

        def start(self) -> None: ...

    monkeypatch.setattr(live_hub, "Follower", Silent)

    def runner(scene: Callable[[live_hub.Hub], Awaitable[None]]) -> None:
        async def play() -> None:
            hub = live_hub.hub()
            hub.begin([])
            try:
                await scene(hub)
            finally:
                hub.lookups.shutdown()

        asyncio.run(play())

    return runner


def stream(hub: live_hub.Hub, who: Actor, credential: tuple[str, str] = ("token", "x")) -> tuple[Stream, Socket]:
    identity = hub.identities.setdefault(credential, Identity(credential, who, "p"))
    socket = Socket()
    found = Stream(identity, socket)
    identity.streams.add(found)
    hub.count += 1
    return found, socket


Run = Callable[[Callable[[live_hub.Hub], Awaitable[None]]], None]


def test_who_cannot_keep_up_is_told_to_fetch_everything_and_costs_no_more(run: Run) -> None:
    async def scene(hub: live_hub.Hub) -> None:
        slow, socket = stream(hub, actor())
        socket.open.clear()
        for id_ in range(1, 3 * MOST_WAITING):
            hub.deliver([happening(id_)])
        assert len(slow.waiting) <= MOST_WAITING
        socket.open.set()
        await asyncio.sleep(0.01)
        assert socket.bodies[0] == b"id: 1\n\n"
        assert b"event: refresh" in b"".join(socket.bodies)
        hub.deliver([happening(999)])
        assert socket.bodies[-1] == b"id: 999\n\n"

    run(scene)


def test_one_page_that_is_held_up_does_not_hold_up_the_others(run: Run) -> None:
    async def scene(hub: live_hub.Hub) -> None:
        _, held_up = stream(hub, actor())
        _, quick = stream(hub, actor())
        held_up.open.clear()
        hub.deliver([happening(1)])
        assert quick.bodies == [b"id: 1\n\n"]
        assert held_up.bodies == []

    run(scene)


def test_nothing_is_handed_out_while_rights_are_looked_up_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    may_answer = asyncio.Event()

    async def scene(hub: live_hub.Hub) -> None:
        async def resolved(_: object) -> tuple[Actor, str]:
            await may_answer.wait()
            return actor(roles={}), "p"

        monkeypatch.setattr(hub, "_resolved", resolved)
        _, socket = stream(hub, actor(roles={7: "viewer"}))
        ended = happening(1, name="role.ended", subject_kind="person", subject_key="p")
        hub.deliver([ended, happening(2, visibility="team", team_id=7)])
        hub.deliver([happening(3, visibility="team", team_id=7), happening(4)])
        assert b"".join(socket.bodies) == b"id: 1\n\n"
        may_answer.set()
        await asyncio.sleep(0.01)
        assert b"".join(socket.bodies) == b"id: 1\n\nid: 4\n\n"

    run(scene)


def test_a_database_that_came_back_makes_every_page_look_again(run: Run) -> None:
    async def scene(hub: live_hub.Hub) -> None:
        _, socket = stream(hub, actor())
        hub.begin([happening(7)])
        assert socket.bodies == [b"id: 7\nevent: refresh\ndata: {}\n\n"]

    run(scene)


def test_a_new_page_hears_what_happened_while_it_was_loading(run: Run) -> None:
    async def scene(hub: live_hub.Hub) -> None:
        hub.deliver([happening(1, at=time.monotonic() - 60), happening(2)])
        assert hub.missed(actor(), None) == b"id: 2\n\n"
        assert hub.missed(actor(), 1) == b"id: 2\n\n"
        assert hub.missed(actor(), 2) == b""
        assert b"refresh" in hub.missed(actor(), 3)

    run(scene)


def test_a_page_that_took_long_to_load_hears_of_all_that_time(run: Run) -> None:
    async def scene(hub: live_hub.Hub) -> None:
        now = time.monotonic()
        hub.deliver([happening(1, at=now - 60), happening(2, at=now - 20), happening(3)])
        assert hub.missed(actor(), None, age=30) == b"id: 2\n\nid: 3\n\n"
        hub.deliver([happening(4 + one) for one in range(live_hub.REMEMBERED)])
        assert b"refresh" in hub.missed(actor(), None, age=3600)

    run(scene)


@pytest.mark.django_db
@given(
    visibility=st.sampled_from(["organisation", "team", "people"]),
    team_id=st.sampled_from([None, 1, 2]),
    viewer_ids=st.lists(st.integers(1, 3), max_size=2),
    is_admin=st.booleans(),
    roles=st.dictionaries(st.integers(1, 2), st.just("viewer")),
    scopes=st.sampled_from([frozenset({"read"}), frozenset({"push"}), frozenset({"read", "write"})]),
)
def test_the_stream_and_the_audit_log_agree_on_who_may_see_an_event(
    visibility: str, team_id: int | None, viewer_ids: list[int], is_admin: bool, roles: dict[int, str], scopes: Any
) -> None:
    from sextant.core.events import emit, visible_events

    who = actor(is_admin=is_admin, roles=roles, scopes=scopes)
    event = emit(who, "kpi.activated", "kpi", "k", "K", team_id=team_id, visibility=visibility, viewer_ids=viewer_ids)
    assert may_see(who, visibility, team_id, viewer_ids) == visible_events(who).filter(pk=event.pk).exists()


@pytest.mark.django_db
def test_the_reader_understands_the_rows_of_this_database() -> None:
    from django.db import connection

    from sextant.core.events import emit

    class Here(live_feed.ServerSource):
        def __init__(self) -> None:
            self._connection = connection

    reader = Reader(Here())
    reader.start()
    event = emit(
        actor(), "kpi.activated", "kpi", "k", "K", team_id=3, visibility="team", viewer_ids=[5], topics=["metric:m"]
    )
    [found] = reader.new()
    assert (found.id, found.name, found.team_id, found.viewer_ids) == (event.pk, "kpi.activated", 3, frozenset({5}))
    assert found.frame.decode() == (
        f'id: {event.pk}\nevent: changed\ndata: {{"id":{event.pk},"topics":["kpi:k","metric:m"]}}\n\n'
    )
    assert time.monotonic() - 60 < found.at <= time.monotonic()
    assert reader.new() == []
