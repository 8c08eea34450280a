"""The process that posts to chats. It runs as a script of its own, without Django and without our secrets.

What it calls was typed in by somebody, so it may reach nothing but public addresses: every connection is checked in
the moment it is opened, after names were looked up and whatever library opens it. Redirects are not followed, answers
are read up to a limit, and a chat that hangs holds up no other: each has its own thread, and when the time is over the
process ends. Reads one JSON object, writes a line of JSON for each post that ended: its number, and "" or an error.
Asked to "read" an address, it only says whether the chat library understands it.
"""

from __future__ import annotations

import ipaddress
import json
import os
import sys
import threading
from typing import Any

SECONDS = 15.0  # for everything
SECONDS_TO_CONNECT = 5.0
SECONDS_TO_ANSWER = 10.0
LARGEST_ANSWER = 256 * 1024  # bytes
LARGEST_MEMORY = 2 * 1024**3  # bytes of address space, threads and libraries included
NAT64 = ipaddress.ip_network("64:ff9b::/96")

PRIVATE, TIMEOUT, REDIRECT, TOO_LARGE, UNREACHABLE, NOT_TAKEN, UNKNOWN = (
    "private", "timeout", "redirect", "too-large", "unreachable", "not-taken", "unknown-service",
)  # fmt: skip
_state = threading.local()
_writing = threading.Lock()


class PrivateAddressError(OSError):
    """The connection would have led into the own network."""


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether anybody on the internet could be called so; addresses that stand for another one are judged as that."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def refuse_private(event: str, arguments: tuple[Any, ...]) -> None:
    """The audit hook of the process: the last look at an address before the system connects to it."""
    if event != "socket.connect":
        return
    place = arguments[1]
    try:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
    except (ValueError, TypeError, IndexError):  # a socket file, or a name the system would look up once more
        address = None
    if address is None or not is_public(address):
        _state.error = PRIVATE
        raise PrivateAddressError("This address is not public.")


def main() -> None:
    """Read what is asked from standard input; answer on standard output, with a JSON line for each post as it ends."""
    asked = json.load(sys.stdin)
    if "read" in asked:
        from apprise import Apprise

        print(json.dumps(Apprise.instantiate(asked["read"]) is not None))
        return
    if not asked["allow_private"]:
        sys.addaudithook(refuse_private)
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY, LARGEST_MEMORY))
    _guard_answers()
    threads = [
        threading.Thread(target=_post, args=(number, one), daemon=True) for number, one in enumerate(asked["posts"])
    ]
    deadline = threading.Timer(asked["seconds"], _end, [len(threads)])
    deadline.daemon = True
    deadline.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(0)


def _end(count: int) -> None:
    """The time is over: who has not answered has not answered."""
    with _writing:
        for number in sorted(set(range(count)) - _ended):
            print(json.dumps({"number": number, "error": TIMEOUT}), flush=True)
        os._exit(0)


_ended: set[int] = set()


def _post(number: int, post: dict[str, str]) -> None:
    try:
        error = _posted(post)
    except Exception:  # whatever the library does not handle is this chat's failure, and nobody else's
        error = getattr(_state, "error", "") or UNREACHABLE
    with _writing:
        _ended.add(number)
        print(json.dumps({"number": number, "error": error}), flush=True)


def _posted(post: dict[str, str]) -> str:
    """Post, and say in a word what went wrong."""
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

    _state.error, _state.status = "", 0
    asset = AppriseAsset(app_id="Sextant", app_desc="Sextant", app_url="")
    asset.http_redirects = False
    chat = Apprise.instantiate(post["address"], asset=asset)
    if chat is None:
        return UNKNOWN
    # What stands in the address cannot loosen these.
    chat.redirects, chat.verify_certificate = False, True
    chat.socket_connect_timeout, chat.socket_read_timeout = SECONDS_TO_CONNECT, SECONDS_TO_ANSWER
    chat.request_rate_per_sec = 0
    is_sent = chat.notify(
        body=post["body"], title=post["title"], notify_type=NotifyType.INFO, body_format=NotifyFormat.TEXT
    )
    if is_sent:
        return ""
    if _state.error:
        return str(_state.error)
    if 300 <= _state.status < 400:
        return REDIRECT
    if _state.status >= 400:
        return f"status:{_state.status}"
    return NOT_TAKEN if _state.status else UNREACHABLE


def _guard_answers() -> None:
    """Remember how the last request of a thread was answered, and read no more of an answer than the limit."""
    import requests

    send, read = requests.Session.send, requests.Response.iter_content

    def sending(self: Any, request: Any, **options: Any) -> Any:
        try:
            answer = send(self, request, **options)
        except requests.Timeout:
            _state.error = TIMEOUT
            raise
        _state.status = answer.status_code
        return answer

    def reading(self: Any, *sizes: Any, **options: Any) -> Any:
        size = 0
        for part in read(self, *sizes, **options):
            size += len(part)
            if size > LARGEST_ANSWER:
                _state.error = TOO_LARGE
                raise requests.ConnectionError("The answer is too large.")
            yield part

    requests.Session.send = sending  # type: ignore[method-assign]
    requests.Response.iter_content = reading  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
