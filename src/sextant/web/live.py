"""`/events`: tells open pages that something changed, never what it is now.

A raw ASGI application outside Django (ADR 0005). A stream holds no database connection: one thread per process
follows the Event table (`live_feed`), the hub hands ids and topics to those who may see them (`live_hub`), and the
page fetches its part again through the normal door with its normal checks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from sextant.web.live_hub import Stream, hub
from sextant.web.live_rights import credential_in

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HELLO = b"retry: 2000\n\n"


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
        await _stream(admitted, (_after(scope, headers), _age(scope)), receive, send)
    finally:
        hub().leave(admitted)
    return None


async def _stream(stream: Stream, seen: tuple[int | None, float], receive: Receive, send: Send) -> None:
    first = HELLO + hub().missed(stream.identity.actor, *seen)
    stream.is_sending = True  # what happens meanwhile waits until the head is out
    await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
    await send({"type": "http.response.body", "body": first, "more_body": True})
    stream.is_sending = False
    if stream.waiting or stream.is_behind or stream.is_closed:
        stream.wake()
    while (await receive())["type"] != "http.disconnect":
        pass


_HEAD = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def _after(scope: Message, headers: Mapping[str, str]) -> int | None:
    """The last event the page has seen: the browser names it when it connects again, a page in its address."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("after", [""])
    text = headers.get("last-event-id") or asked[0]
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None


def _age(scope: Message) -> float:
    """Seconds since the page was asked for, as the page says; what it shows may be as old as that."""
    text = parse_qs(scope["query_string"].decode("latin-1")).get("age", [""])[0]
    return float(text) if text.isdecimal() and text.isascii() and len(text) < 9 else 0.0


async def _refuse(send: Send, status: int, message: str, more: Mapping[str, str] | None = None) -> None:
    """A refusal as a problem document, like those of the API."""
    key = {400: "bad-host", 401: "not-signed-in", 403: "scope-missing", 405: "method-not-allowed"}
    body = msgspec.json.encode({"status": status, "key": key.get(status, "too-many-streams"), "detail": message})
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in (more or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
