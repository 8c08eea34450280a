"""A real server on a data folder of its own, spoken to over real connections."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.contract.sources import ROOT
from tests.once import COMMAND, environment, migrated

PATIENCE = 60.0  # seconds after which something that should have come is missing


@dataclass
class Served:
    """A running server: where it is, the secrets to speak to it with, and its process."""

    host: str
    port: int
    known: dict[str, Any]
    process: subprocess.Popen[str]
    pages: list[Page] = field(default_factory=list)

    def call(self, method: str, path: str, token: str = "", body: Any = None) -> tuple[int, Any]:
        """Status and JSON of one request."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json", "Host": f"localhost:{self.port}"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        raw = response.read()
        connection.close()
        return response.status, json.loads(raw) if raw else None

    def push(self, token: str, *points: tuple[str, str, float]) -> Any:
        """Record (metric, period, value)."""
        body = {"points": [{"metric": m, "period": p, "value": v} for m, p, v in points]}
        status, answer = self.call("POST", "/api/v1/measurements", token, body)
        assert status == 200, answer
        return answer

    def listen(self, *, token: str = "", session: str = "", after: int | None = None) -> Page:
        page = Page(self, token=token, session=session, after=after)
        self.pages.append(page)
        return page

    def close_pages(self) -> None:
        while self.pages:
            self.pages.pop().close()


class Page:
    """An open page: a connection to `/events`, and what it has heard."""

    def __init__(self, served: Served, *, token: str = "", session: str = "", after: int | None = None) -> None:
        self.connection = http.client.HTTPConnection(served.host, served.port, timeout=PATIENCE)
        headers = {"Accept": "text/event-stream", "Host": f"localhost:{served.port}"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if session:
            headers["Cookie"] = f"theme=dark; sessionid={session}"
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        self.connection.request("GET", "/events", headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        if self.status == 200:
            assert self.next_block() == {"retry": "2000"}

    def next_block(self) -> dict[str, str] | None:
        """The fields of the next event; None when the stream has ended. Comments are passed over."""
        fields: dict[str, str] = {}
        while True:
            line = self.response.readline().decode()
            if not line:
                return None
            line = line.rstrip("\n")
            if line.startswith(":"):
                continue
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                return fields

    def topics(self) -> list[str]:
        """The topics of the next event."""
        block = self.next_block()
        assert block is not None, "The stream ended."
        data: dict[str, Any] = json.loads(block["data"])
        assert set(data) <= {"id", "topics"}, "A stream says ids and topics, nothing more."
        found: list[str] = data.get("topics", [block["event"]])
        return found

    def ends(self) -> bool:
        """Whether the server has closed the stream, once what was still to be said is said."""
        while self.next_block() is not None:
            pass
        return True

    def close(self) -> None:
        self.response.close()
        self.connection.close()


@contextmanager
def serving(folder: Path, *arguments: str, people: int = 0, metrics: int = 0) -> Iterator[Served]:
    """Prepare the folder, serve it, and stop the server at the end."""
    settings = environment(folder, PYTHONPATH=f"{ROOT}:{ROOT / 'src'}")
    migrated(folder)
    program = [sys.executable, "-m", "tests.doors.prepare", str(people), str(metrics)]
    done = subprocess.run(program, env=settings, check=True, capture_output=True, text=True)
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", *arguments],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watchdog = threading.Timer(240, process.kill)
    watchdog.start()
    try:
        address = urlsplit(_address(process))
        served = Served("127.0.0.1", address.port or 0, json.loads(done.stdout), process)
        yield served
        served.close_pages()
    finally:
        watchdog.cancel()
        process.terminate()
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"at (http://\S+)", line):
            return found.group(1)
    raise AssertionError("The server ended: " + "".join(said))
