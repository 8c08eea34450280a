"""P7: from a value pushed to 1,000 open pages, against a raw ASGI hub that does nothing else.

Both sides run under the same server (uvicorn, uvloop, httptools) and serve the same client: 1,000 open streams, then
pushes one after the other. The time of a page is from the beginning of the push until the page has heard of it. Ours
includes token, checks and the commit to SQLite; the hub only hands the body on. Also measured: what a stream costs in
memory, and that streams hold no thread and no database connection.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ratio import print_header, report
from serving import Server, environment, new_organisation, serving

STREAMS = 1_000
PEOPLE = 50  # so that nobody has more pages open than one person may
ROUNDS = 5
PUSHES = 12  # in one round
PATIENCE = 20.0
KILOBYTES = 20  # a stream may cost


def prepare() -> None:
    """One metric, a push token, and a reading token for each of the people."""
    actor = new_organisation()
    from sextant.metrics.commands import create_metric
    from sextant.people.commands import create_person, create_token
    from sextant.people.models import Team
    from sextant.people.queries import actor_of_person

    team = Team.objects.get()
    create_metric(actor, name="Beds", team=team, key="beds", frequency="day", aggregation="sum")
    people = [create_person(actor, f"Person {number}") for number in range(PEOPLE)]
    readers = [
        create_token(actor_of_person(person), name="page", scope="read", person=person).secret for person in people
    ]
    print(json.dumps({"push": create_token(actor, name="push", scope="push", team=team).secret, "readers": readers}))


_queues: set[asyncio.Queue[bytes]] = set()


async def raw_hub(scope: Any, receive: Any, send: Any) -> None:
    """The floor: whatever is posted goes to every open stream."""
    if scope["type"] != "http":
        return
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
    if scope["method"] == "POST":
        body = (await receive())["body"]
        for queue in _queues:
            queue.put_nowait(b"event: changed\ndata: " + body + b"\n\n")
        await send(head | {"headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    queue: asyncio.Queue[bytes] = asyncio.Queue(maxsize=100)
    _queues.add(queue)
    await send(head)
    await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
    while True:
        await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})


@contextmanager
def serving_raw(folder: Path) -> Iterator[int]:
    """The raw hub in a process of its own; gives its port."""
    process = subprocess.Popen(
        [sys.executable, __file__, "hub"], env=environment(folder), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def run_hub() -> None:
    import socket

    import uvicorn

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(2048)
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(
        raw_hub, loop="uvloop", http="httptools", ws="none", lifespan="off", log_level="warning", access_log=False
    )
    uvicorn.Server(config).run(sockets=[listening])


class Page(asyncio.Protocol):
    """An open stream that notes when it hears of a change."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd

    def data_received(self, data: bytes) -> None:
        if b"retry:" in data:
            self.crowd.open += 1
        if b"event: changed" in data:
            self.crowd.heard.append(time.perf_counter())


class Crowd:
    """All pages of one server, and the program that pushes to it."""

    def __init__(self, port: int, tokens: list[str], push: str, path: str) -> None:
        self.port, self.tokens, self.push_token, self.path = port, tokens, push, path
        self.open = 0
        self.heard: list[float] = []
        self.pushed = 0
        self.transports: list[asyncio.BaseTransport] = []

    async def come(self, count: int) -> None:
        """Open so many streams, a few at a time."""
        loop = asyncio.get_running_loop()
        for number in range(len(self.transports), len(self.transports) + count):
            transport, _ = await loop.create_connection(lambda: Page(self), "127.0.0.1", self.port)
            secret = self.tokens[number % len(self.tokens)]
            head = f"GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n\r\n"
            transport.write(head.encode())
            self.transports.append(transport)
            if number % 50 == 49:
                await self.until(lambda least=number - 49: self.open > least)
        await self.until(lambda: self.open == len(self.transports))

    async def until(self, is_so: Any) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > deadline:
                raise SystemExit(f"Only {self.open} of {len(self.transports)} streams opened, {len(self.heard)} heard.")
            await asyncio.sleep(0.005)

    async def push(self) -> float:
        """Push one value; the 95th percentile of the seconds until a page heard of it."""
        self.heard.clear()
        self.pushed += 1
        body = json.dumps({"points": [{"metric": "beds", "period": "2026-01-01", "value": self.pushed}]}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        started = time.perf_counter()
        writer.write(
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.push_token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        answer = await reader.read()
        writer.close()
        if b" 200 " not in answer[:20]:
            raise SystemExit(answer.decode()[:500])
        await self.until(lambda: len(self.heard) >= len(self.transports))
        return statistics.quantiles([moment - started for moment in self.heard], n=20)[-1]


class Held(NamedTuple):
    """What a process holds, from /proc."""

    kilobytes: float
    threads: int
    database_files: int


def held(server: Server) -> Held:
    """Memory, threads, and descriptors on the database.

    SQLite keeps the descriptor of a closed connection for the next one, at most as many as were ever open at once.
    """
    place = Path(f"/proc/{server.process.pid}")
    status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
    name = str(server.folder / "sextant.sqlite3")
    links = [os.readlink(place / "fd" / number) for number in os.listdir(place / "fd")]
    return Held(float(status["VmRSS"].split()[0]), int(status["Threads"]), links.count(name))


async def measure(server: Server, raw_port: int) -> None:
    ours = Crowd(server.port, server.known["readers"], server.known["push"], "/api/v1/measurements")
    raw = Crowd(raw_port, ["-"], "-", "/push")
    await ours.come(PEOPLE)
    for _ in range(8):
        await ours.push()  # every thread of the pool has been used
    before = held(server)
    await ours.come(STREAMS - PEOPLE)
    await raw.come(STREAMS)
    await ours.push()
    await raw.push()
    after = held(server)
    mine, theirs = [], []
    for _ in range(ROUNDS):
        mine.append(statistics.median([await ours.push() for _ in range(PUSHES)]))
        theirs.append(statistics.median([await raw.push() for _ in range(PUSHES)]))
    report(
        "P7 push to 1,000 open pages, p95", [a / b for a, b in zip(mine, theirs, strict=True)], "<= 1.5",
        ours=statistics.median(mine), floor=statistics.median(theirs),
    )  # fmt: skip
    more = STREAMS - PEOPLE
    each = (after.kilobytes - before.kilobytes) / more
    print(f"{each:.1f} KB per stream; threads {before.threads} -> {after.threads}; {before} -> {after}")
    report(f"P7 memory of a stream against {KILOBYTES} KB", [each / KILOBYTES], "<= 1")
    report("P7 threads with 1,000 pages against 50", [after.threads / before.threads], "<= 1.2")
    connections = max(0, after.database_files - before.database_files)
    report("P7 database connections held by a stream", [connections / more], "<= 0.01")


def main() -> None:
    print_header()
    with serving(__file__) as server, serving_raw(server.folder) as raw_port:
        asyncio.run(measure(server, raw_port))


if __name__ == "__main__":
    step = sys.argv[1] if len(sys.argv) > 1 else ""
    {"prepare": prepare, "hub": run_hub}.get(step, main)()
