"""Mail servers as they are: one that never answers, one that does not know the address, one that is busy."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from sextant.notifications import outgoing
from sextant.notifications.outgoing import Outcome, PostOffice


@contextmanager
def mail_server(settings: Any, answers: dict[str, str], greeting: str = "220 ready") -> Iterator[list[str]]:
    """A server that answers each command (RCPT, DATA, ...) as told, 250 otherwise; without a greeting it hangs."""
    heard: list[str] = []
    is_over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if not greeting:
                is_over.wait(20)
                return
            self.say(greeting)
            while line := self.rfile.readline():
                word = line.decode().strip()
                heard.append(word)
                self.say("354 go on" if word.upper() == "DATA" else answers.get(word[:4].upper(), "250 ok"))
                if word.upper() == "DATA":
                    while self.rfile.readline().strip() != b".":
                        continue
                    self.say(answers.get("BODY", "250 taken"))
                if word.upper() == "QUIT":
                    return

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    answers = {"QUIT": "221 bye", **answers}
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield heard
    finally:
        is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def letter(to: str = "vic@hospital.example") -> EmailMultiAlternatives:
    return EmailMultiAlternatives("Title", "Text", "sextant@hospital.example", [to])


def send(mail: EmailMultiAlternatives) -> Outcome:
    office = PostOffice()
    try:
        return office.send(mail)
    finally:
        office.close()


def test_many_mails_go_through_one_connection(settings: Any) -> None:
    with mail_server(settings, {}) as heard:
        office = PostOffice()
        first, second = office.send(letter("a@hospital.example")), office.send(letter("b@hospital.example"))
        office.close()
    assert (first.error, second.error) == ("", "")
    assert sum(word.upper().startswith("EHLO") for word in heard) == 1
    assert sum(word.upper().startswith("RCPT") for word in heard) == 2


def test_a_server_that_never_answers_is_waited_for_once(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SECONDS_FOR_MAIL", 0.2)
    with mail_server(settings, {}, greeting="") as _heard:
        office = PostOffice()
        outcomes = [office.send(letter()) for _number in range(50)]
    assert {one.error for one in outcomes} == {"The mail server does not answer."}
    assert not any(one.is_final for one in outcomes)


def test_an_address_the_server_does_not_know_is_given_up(settings: Any) -> None:
    with mail_server(settings, {"RCPT": "550 no such user"}):
        outcome = send(letter())
    assert outcome.error == "The mail server does not know the address."
    assert outcome.is_final
    assert "vic" not in outcome.error


def test_a_server_that_is_busy_is_tried_again(settings: Any) -> None:
    with mail_server(settings, {"RCPT": "451 later"}):
        assert not send(letter()).is_final
    with mail_server(settings, {"BODY": "452 full"}):
        outcome = send(letter())
    assert outcome.error == "The mail server refused the message (452)."
    assert not outcome.is_final
