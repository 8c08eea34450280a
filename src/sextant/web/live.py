"""`/events`: tells open pages that something changed, never what it is now.

A raw ASGI application outside Django (ADR 0005). A stream holds no database connection: one thread per process
follows the Event table (`live_feed`), the hub hands ids and topics to those who may see them, and the page
fetches its part again through the normal door with its normal checks.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, connections
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from sextant.core.actors import Actor
from sextant.core.events import may_see
from sextant.people.models import Person
from sextant.people.queries import actor_of_token, actor_of_user, remembering
from sextant.web.live_feed import REMEMBERED, Follower, Happening

logger = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Credential = tuple[str, str]  # ("token" or "session", its secret)

STREAMS_PER_PERSON = 30
STREAMS_PER_PROCESS = 5_000
MOST_WAITING = 100  # events a slow reader may be behind before it is told to fetch everything again
HEARTBEAT_SECONDS = 20.0  # below the idle time of common proxies
RECHECK_SECONDS = 50.0
JUST_NOW_SECONDS = 5.0  # what happened between the loading of a page and its stream

HELLO = b"retry: 2000\n\n"
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
        self._wake()

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.waiting.clear()
            self._wake()

    def _wake(self) -> None:
        if not self.is_sending:
            self.is_sending = True
            task = asyncio.get_running_loop().create_task(self._drain())
            _sending.add(task)  # the loop itself holds tasks weakly
            task.add_done_callback(_sending.discard)

    async def _drain(self) -> None:
        try:
            while self.waiting or self.is_behind:
                body = b"".join(self.waiting)
                self.waiting.clear()
                if self.is_behind:
                    self.is_behind, body = False, refresh(hub().newest)
                await self.send({"type": "http.response.body", "body": body, "more_body": True})
            if self.is_closed:
                await self.send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            self.is_closed = True  # the page is gone
        finally:
            self.is_sending = False


_sending: set[asyncio.Task[None]] = set()


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
        task = self.loop.create_task(self._look_up(identity))
        _sending.add(task)
        task.add_done_callback(_sending.discard)

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

    def missed(self, actor: Actor, after: int | None) -> bytes:
        """What a page has to hear first: what it missed since `after`, or what happened just now."""
        if after is None:
            since = time.monotonic() - JUST_NOW_SECONDS
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


def who_is(credential: Credential) -> tuple[Actor, str] | None:
    """Who comes with this credential, and their person's key; one short access, the connection closed after."""
    kind, secret = credential
    try:
        with remembering():
            actor = actor_of_token(secret) if kind == "token" else _actor_of_session(secret)
            if actor is None:
                return None
            if actor.kind == "person" or actor.person_id is None:
                return actor, actor.key
            return actor, Person.objects.values_list("key", flat=True).get(pk=actor.person_id)
    finally:
        connections.close_all()


def _actor_of_session(key: str) -> Actor | None:
    request: Any = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return actor_of_user(user.pk) if user.is_authenticated else None


async def events(scope: Message, receive: Receive, send: Send) -> None:
    """Answer one connection to `/events`."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if scope["method"] != "GET":
        return await _refuse(send, 405, "Only GET is answered here.", {"allow": "GET"})
    if not validate_host(split_domain_port(headers.get("host", ""))[0], settings.ALLOWED_HOSTS):
        return await _refuse(send, 400, "This address is not the one of this server.")
    credential = credential_in(headers)
    if credential is None:
        return await _refuse(send, 401, "Sign in, or send a token.", {"www-authenticate": 'Bearer realm="Sextant"'})
    admitted = await hub().admit(credential, send)
    if isinstance(admitted, tuple):
        return await _refuse(send, *admitted, {"retry-after": "30"} if admitted[0] in (429, 503) else {})
    try:
        await _stream(admitted, _after(scope, headers), receive, send)
    finally:
        hub().leave(admitted)
    return None


async def _stream(stream: Stream, after: int | None, receive: Receive, send: Send) -> None:
    first = HELLO + hub().missed(stream.identity.actor, after)
    stream.is_sending = True  # what happens meanwhile waits until the head is out
    await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
    await send({"type": "http.response.body", "body": first, "more_body": True})
    stream.is_sending = False
    if stream.waiting or stream.is_behind or stream.is_closed:
        stream._wake()
    while (await receive())["type"] != "http.disconnect":
        pass


_HEAD = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def credential_in(headers: Mapping[str, str]) -> Credential | None:
    """The bearer token, else the session cookie; a bad token is not replaced by a good cookie."""
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, secret = authorization.partition(" ")
        return ("token", secret.strip()) if scheme.lower() == "bearer" and len(secret) < 200 else None
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return ("session", found.value) if found is not None and 0 < len(found.value) < 200 else None


def _after(scope: Message, headers: Mapping[str, str]) -> int | None:
    """The last event the page has seen: the browser names it when it connects again, a page in its address."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("after", [""])
    text = headers.get("last-event-id") or asked[0]
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None


async def _refuse(send: Send, status: int, message: str, more: Mapping[str, str] | None = None) -> None:
    """A refusal as a problem document, like those of the API."""
    key = {400: "bad-host", 401: "not-signed-in", 403: "scope-missing", 405: "method-not-allowed"}
    body = msgspec.json.encode({"status": status, "key": key.get(status, "too-many-streams"), "detail": message})
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in (more or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
