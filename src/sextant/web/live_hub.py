"""Who listens to what: the hub hands each event to the open streams whose actor may see it.

Everything here but the follower's thread runs on the event loop, so nothing needs a lock.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from types import coroutine
from typing import Any

from django.db import DatabaseError

from sextant.core.actors import Actor
from sextant.core.events import may_see
from sextant.web.live_feed import REMEMBERED, Follower, Happening
from sextant.web.live_rights import Credential, who_is

logger = logging.getLogger(__name__)
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

STREAMS_PER_PERSON = 30
STREAMS_PER_PROCESS = 5_000
MOST_WAITING = 100  # events a slow reader may be behind before it is told to fetch everything again
HEARTBEAT_SECONDS = 20.0  # below the idle time of common proxies
RECHECK_SECONDS = 50.0
JUST_NOW_SECONDS = 5.0  # what happened between the loading of a page and its stream, where the page does not say

HEARTBEAT = b": still here\n\n"
# Events after which nobody's rights are what they were; those of one person or token are told by their subject.
CHANGES_ALL = ("team.", "organisation.")
CHANGES_ONE = ("person.", "role.", "token.")


@dataclass(eq=False, slots=True)
class Identity:
    """Somebody with open streams, by the credential they came with. Streams of one browser share it."""

    credential: Credential
    actor: Actor
    person_key: str
    streams: set[Stream] = field(default_factory=set)
    waiting: list[Happening] | None = None  # what happened while the rights are being looked up again
    look_again: bool = False

    def is_concerned(self, event: Happening) -> bool:
        if event.name.startswith(CHANGES_ALL):
            return True
        return event.name.startswith(CHANGES_ONE) and event.subject_key in (self.person_key, self.actor.key)


@dataclass(eq=False, slots=True)
class Stream:
    """One open page. At rest it is one waiting task; a second one exists only while something is being sent."""

    identity: Identity
    send: Send
    waiting: deque[bytes] = field(default_factory=deque)
    is_sending: bool = False
    is_behind: bool = False
    is_closed: bool = False

    def put(self, frame: bytes) -> None:
        """Send the frame soon. Who falls too far behind loses all and is told to fetch everything again."""
        if self.is_closed:
            return
        if len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            self.is_behind = True
        if not self.is_behind:
            self.waiting.append(frame)
        self.wake()

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.waiting.clear()
            self.wake()

    def wake(self) -> None:
        """Send now. A socket nearly always takes a frame at once, and then a task would be the dearest part of it."""
        if self.is_sending:
            return
        self.is_sending = True
        sending = self._drain()
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        keep(asyncio.get_running_loop().create_task(_the_rest(sending, waits_for)))

    async def _drain(self) -> None:
        """Send what is waiting; ends when there is no more."""
        try:
            while self.waiting or self.is_behind:
                body = b"".join(self.waiting)
                self.waiting.clear()
                if self.is_behind:
                    self.is_behind, body = False, refresh(hub().newest)
                await self.send({"type": "http.response.body", "body": body, "more_body": True})
            if self.is_closed:
                await self.send({"type": "http.response.body", "body": b"", "more_body": False})
        except (OSError, RuntimeError):  # the page is gone, or its answer has ended
            self.is_closed = True
        finally:
            self.is_sending = False


@coroutine
def _the_rest(begun: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """What is left of a coroutine that was begun by hand and stopped to wait for something."""
    while True:
        try:
            came = yield waits_for
        except BaseException as error:
            step = partial(begun.throw, error)
        else:
            step = partial(begun.send, came)
        try:
            waits_for = step()
        except StopIteration:
            return


_tasks: set[asyncio.Task[None]] = set()


def keep(task: asyncio.Task[None]) -> None:
    """Hold the task until it is done; the loop itself holds tasks weakly."""
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def refresh(newest: int) -> bytes:
    """Tells a page to fetch everything live again."""
    return b"id: %d\nevent: refresh\ndata: {}\n\n" % newest


class Hub:
    """All streams of this process. Everything but the follower's thread runs on the event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.identities: dict[Credential, Identity] = {}
        self.recent: deque[Happening] = deque(maxlen=REMEMBERED)
        self.newest = 0
        self.count = 0
        self.is_ready = asyncio.Event()
        self.lookups = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live-rights")
        self._follower = Follower(self._soon(self.begin), self._soon(self.deliver), lambda: self.count > 0)
        self._follower.start()
        self._tasks = [self.loop.create_task(self._beat()), self.loop.create_task(self._recheck_all())]
        self._close_when_told_to_stop()

    def _soon(self, call: Callable[[list[Happening]], None]) -> Callable[[list[Happening]], None]:
        def soon(events: list[Happening]) -> None:
            if not self.loop.is_closed():
                self.loop.call_soon_threadsafe(call, events)

        return soon

    def begin(self, events: list[Happening]) -> None:
        """The follower knows where it stands; after a fault, everybody looks again."""
        self.recent.clear()
        self.recent.extend(events)
        self.newest = events[-1].id if events else 0
        if self.is_ready.is_set():
            for stream in self.streams():
                stream.put(refresh(self.newest))
        self.is_ready.set()

    def streams(self) -> list[Stream]:
        return [stream for identity in self.identities.values() for stream in identity.streams]

    def deliver(self, events: list[Happening]) -> None:
        """Hand events to the streams whose actor may see them. Rights that an event changes are looked up first."""
        self.recent.extend(events)
        self.newest = max(self.newest, events[-1].id)
        for identity in list(self.identities.values()):
            self._deliver_to(identity, events)

    def _deliver_to(self, identity: Identity, events: list[Happening]) -> None:
        for place, event in enumerate(events):
            if identity.is_concerned(event):
                self._hand_over(identity, events[: place + 1])
                self.look_up(identity)
                events = events[place + 1 :]
                break
        if identity.waiting is not None:
            identity.waiting += events
            identity.look_again = identity.look_again or any(identity.is_concerned(event) for event in events)
        else:
            self._hand_over(identity, events)

    def _hand_over(self, identity: Identity, events: Iterable[Happening]) -> None:
        if identity.waiting is not None:
            identity.waiting += events
            return
        frames = [event.frame for event in events if _sees(identity.actor, event)]
        if not frames:
            return
        frame = b"".join(frames) if len(frames) <= MOST_WAITING else refresh(self.newest)
        for stream in identity.streams:
            stream.put(frame)

    def look_up(self, identity: Identity) -> None:
        """Find out again what the identity may see; until then nothing is handed to it."""
        if identity.waiting is not None:
            identity.look_again = True
            return
        identity.waiting = []
        keep(self.loop.create_task(self._look_up(identity)))

    async def _look_up(self, identity: Identity) -> None:
        while True:
            identity.look_again = False
            found = await self._resolved(identity.credential)
            if not identity.look_again:
                break
        held, identity.waiting = identity.waiting or [], None
        if found is None or not found[0].may_read:
            self.dismiss(identity)
            return
        identity.actor, identity.person_key = found
        self._hand_over(identity, held)

    async def _resolved(self, credential: Credential) -> tuple[Actor, str] | None:
        try:
            return await self.loop.run_in_executor(self.lookups, who_is, credential)
        except DatabaseError:
            logger.exception("The rights of an open page cannot be looked up; its stream is closed")
            return None

    def dismiss(self, identity: Identity) -> None:
        """Close the streams of somebody who may no longer listen."""
        for stream in list(identity.streams):
            stream.close()

    async def admit(self, credential: Credential, send: Send) -> Stream | tuple[int, str]:
        """A registered stream, or the status and reason of a refusal."""
        await self.is_ready.wait()
        before = self.newest
        found = await self._resolved(credential)
        if found is None:
            return 401, "Sign in, or send a token that is in force."
        if not found[0].may_read:
            return 403, "This token may only push values; it reads nothing."
        identity = self.identities.setdefault(credential, Identity(credential, *found))
        identity.actor, identity.person_key = found
        if self.newest != before and any(e.id > before and identity.is_concerned(e) for e in self.recent):
            self.look_up(identity)  # the rights changed while they were being looked up
        if self.count >= STREAMS_PER_PROCESS:
            return 503, "There are too many open pages."
        if self._open_for(identity.actor) >= STREAMS_PER_PERSON:
            self._forget_if_unused(identity)
            return 429, "You have too many pages open at once. Close some."
        stream = Stream(identity, send)
        identity.streams.add(stream)
        self.count += 1
        return stream

    def _open_for(self, actor: Actor) -> int:
        """Streams of this person, however they signed in."""
        same = (one for one in self.identities.values() if one.actor.person_id == actor.person_id)
        return sum(len(one.streams) for one in same)

    def leave(self, stream: Stream) -> None:
        stream.is_closed = True
        stream.identity.streams.discard(stream)
        self.count -= 1
        self._forget_if_unused(stream.identity)

    def _forget_if_unused(self, identity: Identity) -> None:
        if not identity.streams and self.identities.get(identity.credential) is identity:
            del self.identities[identity.credential]

    def missed(self, actor: Actor, after: int | None, age: float = 0.0) -> bytes:
        """What a page has to hear first: what it missed since `after`, or in the `age` seconds since it was asked for.

        A slow page is older than what happened while it was on its way.
        """
        if after is None:
            since = time.monotonic() - max(age, JUST_NOW_SECONDS)
            if len(self.recent) == REMEMBERED and self.recent[0].at > since:
                return refresh(self.newest)
            news = [event for event in self.recent if event.at > since]
        elif after > self.newest or (self.recent and after < self.recent[0].id - 1):
            return refresh(self.newest)
        else:
            news = [event for event in self.recent if event.id > after]
        frames = [event.frame for event in news if _sees(actor, event)]
        return b"".join(frames) if len(frames) <= MOST_WAITING else refresh(self.newest)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for stream in self.streams():
                stream.put(HEARTBEAT)

    async def _recheck_all(self) -> None:
        """Sessions end and tokens expire without an event, so everybody is looked up once a minute."""
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            for identity in list(self.identities.values()):
                self.look_up(identity)
                await asyncio.sleep(0.005)  # spread, so that pages are answered in between

    def close_all(self) -> None:
        for stream in self.streams():
            stream.close()

    def _close_when_told_to_stop(self) -> None:
        """Streams never end by themselves; on the signal to stop they do, and the server stops at once."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)
            if callable(before):
                signal.signal(number, self._closing_first(before))

    def _closing_first(self, before: Callable[[int, Any], Any]) -> Callable[[int, Any], Any]:
        def closing(number: int, frame: Any) -> Any:
            self.loop.call_soon_threadsafe(self.close_all)
            return before(number, frame)

        return closing


def _sees(actor: Actor, event: Happening) -> bool:
    return may_see(actor, event.visibility, event.team_id, event.viewer_ids)


_hubs: dict[int, Hub] = {}


def hub() -> Hub:
    """The hub of this process, made with the first stream."""
    loop = asyncio.get_running_loop()
    if id(loop) not in _hubs or _hubs[id(loop)].loop is not loop:
        _hubs[id(loop)] = Hub()
    return _hubs[id(loop)]
