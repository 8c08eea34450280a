"""What tests of delivery need: channels, a chat server on this machine, and moments."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.utils import timezone

from sextant.core.secrets import seal
from sextant.notifications.models import Channel, Delivery, Wishes
from sextant.notifications.services import fingerprint
from sextant.people.models import Person, Team


def soon() -> datetime:
    """When what was told now has settled and goes out."""
    return timezone.now() + timedelta(minutes=1)


def asked_everybody() -> None:
    """Everybody's address was asked whether it wants mail, and nobody has answered."""
    for person in Person.objects.filter(user__isnull=False):
        _account(person, asked=fingerprint(person.email))


def mail_channel(person: Person) -> Channel:
    """The account's mail of somebody who confirmed the address and has no quiet hours."""
    awake(person)
    return _account(person, confirmed=fingerprint(person.email))


def _account(person: Person, **values: Any) -> Channel:
    row = {"service": "mail", "name": "E-mail", "created_at": timezone.now(), **values}
    return Channel.objects.update_or_create(person=person, is_account=True, defaults=row)[0]


def awake(person: Person, **changes: Any) -> Wishes:
    """No quiet hours, so that a test does not depend on the time it runs at."""
    values = {"quiet_from": None, "quiet_to": None, "digest_at": 480, "digest_weekday": 0, "most_a_week": 3} | changes
    return Wishes.objects.update_or_create(person=person, defaults=values)[0]


def chat_channel(whose: Person | Team, address: str, **changes: Any) -> Channel:
    """A webhook of a person or of a team."""
    owner = {"person": whose} if isinstance(whose, Person) else {"team": whose, "groups": ["alerts", "red_flags"]}
    if isinstance(whose, Person):
        awake(whose)
    return Channel.objects.create(
        **(
            owner
            | {"service": "webhook", "name": "Chat", "sealed": seal(address), "created_at": timezone.now()}
            | changes
        )
    )


def states(**which: Any) -> list[tuple[str, str]]:
    return list(Delivery.objects.filter(**which).order_by("pk").values_list("state", "because"))


class Chat:
    """A server on this machine that takes JSON as a webhook does; `answer` decides how it answers."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None] | None = None) -> None:
        self.heard: list[dict[str, Any]] = []
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                chat.heard.append(json.loads(body) if body else {})
                if answer is not None:
                    answer(self)
                    return
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.address = f"json://{self.host}/hook"

    @contextmanager
    def open(self) -> Iterator[Chat]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
