"""Posting to chats: a real server on this machine, addresses that lead inside, servers that hang or never stop."""

from __future__ import annotations

import ipaddress
import socket
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from sextant.core.errors import Refused
from sextant.core.secrets import UnreadableError, seal, unseal
from sextant.notifications import outgoing, posting
from sextant.notifications.outgoing import Post, post_all
from sextant.notifications.services import leads_inside, read_address
from tests.notifications.posts import Chat

PRIVATE = "The address leads into the own network, which is not allowed here."


@pytest.fixture
def _allowed(settings: Any) -> None:
    settings.ALLOW_PRIVATE_CHAT = True


def post(*addresses: str, seconds: float = 15) -> list[str]:
    return [one.error for one in post_all([Post(a, "Title", "Body") for a in addresses], seconds=seconds)]


@pytest.mark.usefixtures("_allowed")
def test_a_webhook_gets_title_and_text() -> None:
    with Chat().open() as chat:
        assert post(chat.address) == [""]
    [heard] = chat.heard
    assert (heard["title"], heard["message"]) == ("Title", "Body")


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    ("service", "path", "key"),
    [("mattermost", "/hooks/3ccdd113474722377935511fc85d3dd4", "text"), ("rocketchat", "/hooks/a1b2c3/d4e5f6", "text"),
     ("webhook", "/a/b?token=x&room=7", "message")],
)  # fmt: skip
def test_the_address_a_chat_hands_out_is_where_the_message_arrives(service: str, path: str, key: str) -> None:
    seen = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.path)
        request.send_response(200)
        request.send_header("Content-Length", "2")
        request.end_headers()
        request.wfile.write(b"ok")

    with Chat(answer).open() as chat:
        read = read_address(service, f"http://{chat.host}{path}")
        assert path[-5:] not in read.shown
        assert post(read.url) == [""]
    assert [one.rstrip("/") for one in seen] == [path]
    assert "Body" in chat.heard[0][key]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "localhost", "169.254.169.254", "0.0.0.0", "10.1.2.3", "192.168.0.1", "[fe80::1]",
     "[::ffff:127.0.0.1]", "100.64.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"],
)  # fmt: skip
def test_an_address_of_the_own_network_is_refused_when_it_is_added(host: str) -> None:
    with pytest.raises(Refused) as refused:
        read_address("webhook", f"http://{host}:8080/hook")
    assert refused.value.problems[0].key == "private-address"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost.", "a.localhost"])
def test_other_ways_to_write_a_private_number_are_seen_through(host: str) -> None:
    assert leads_inside(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "example.org", "2606:4700::1111", "fade.example", "134744072"])
def test_a_public_host_does_not_lead_inside(host: str) -> None:
    assert not leads_inside(host)


def test_what_a_name_leads_to_is_judged_when_the_connection_is_opened() -> None:
    with Chat().open() as chat:
        port = chat.host.rpartition(":")[2]
        assert post(chat.address, f"json://localhost:{port}/hook") == [PRIVATE, PRIVATE]
    assert chat.heard == []


@pytest.mark.parametrize("place", ["127.0.0.1", "::1", "169.254.169.254", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0",
                                   "224.0.0.1", "0.0.0.0", "not-a-number"])  # fmt: skip
def test_the_guard_lets_no_connection_to_a_private_address_through(place: str) -> None:
    with pytest.raises(posting.PrivateAddressError):
        posting.refuse_private("socket.connect", (None, (place, 443)))


def test_the_guard_stops_socket_files_and_lets_public_addresses_and_other_events_pass() -> None:
    with pytest.raises(posting.PrivateAddressError):
        posting.refuse_private("socket.connect", (None, "/run/docker.sock"))
    posting.refuse_private("socket.connect", (None, ("8.8.8.8", 443)))
    posting.refuse_private("socket.bind", (None, ("127.0.0.1", 1)))


def test_a_name_that_is_looked_up_anew_for_the_connection_does_not_help() -> None:
    """Whatever a name was a moment ago: the system is asked to connect to a number, and that number is judged."""
    looked_up = iter(["8.8.8.8", "127.0.0.1"])
    first = next(looked_up)
    assert posting.is_public(ipaddress.ip_address(first))
    with pytest.raises(posting.PrivateAddressError):
        posting.refuse_private("socket.connect", (socket.socket, (next(looked_up), 80)))


@pytest.mark.usefixtures("_allowed")
def test_a_redirect_is_not_followed() -> None:
    inside = Chat()

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(307)
        request.send_header("Location", f"http://{inside.host}/hook")
        request.send_header("Content-Length", "0")
        request.end_headers()

    with inside.open(), Chat(answer).open() as chat:
        [error] = post(f"{chat.address}?redirect=yes")
    assert "moved" in error
    assert inside.heard == []


@pytest.mark.usefixtures("_allowed")
def test_a_chat_that_hangs_holds_up_no_other() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        time.sleep(3)

    with Chat(answer).open() as hanging, Chat().open() as chat:
        assert post(hanging.address, chat.address, seconds=2) == ["The chat did not answer in time.", ""]


@pytest.mark.usefixtures("_allowed")
def test_an_answer_without_end_is_not_read_to_the_end() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            for _part in range(200):
                request.wfile.write(b"x" * 65_536)
        except OSError:
            return

    with Chat(answer).open() as chat:
        assert post(chat.address) == ["The chat answered with too much."]


@pytest.mark.usefixtures("_allowed")
def test_what_the_chat_answers_decides_whether_it_is_tried_again() -> None:
    def answers(status: int) -> Chat:
        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            request.send_header("Content-Length", "0")
            request.end_headers()

        return Chat(answer)

    with answers(404).open() as gone, answers(503).open() as busy:
        posts = [Post(chat.address, "Title", "Body") for chat in (gone, busy)]
        first, second = post_all(posts)
    assert (first.is_final, second.is_final) == (True, False)
    assert "404" in first.error


@pytest.mark.usefixtures("_allowed")
def test_a_chat_that_is_not_there_is_said_to_be_unreachable() -> None:
    assert post("json://127.0.0.1:9/hook") == ["The chat cannot be reached."]


@pytest.mark.parametrize(
    ("service", "address"),
    [
        ("slack", "https://example.org/services/a/b/c"),
        ("slack", "https://hooks.slack.com.example.org/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"),
        ("teams", "https://outlook.office.com/webhook/x"),
        ("mattermost", "https://chat.example.org/api"),
        ("webhook", "file:///etc/passwd"),
        ("webhook", "ftp://example.org/x"),
        ("webhook", "gopher://example.org"),
        ("webhook", "https://"),
        ("webhook", "https://[::1/hook"),
        ("mattermost", "https://[::1/hooks/a"),
        ("webhook", "https://exa\tmple.org/hook"),
        ("webhook", ""),
        ("webhook", "https://example.org/a b"),
        ("other", "syslog://"),
        ("other", "dbus://"),
        ("other", "windows://"),
        ("other", "mailto://user:password@example.org"),
        ("other", "https://example.org"),
        ("other", "matrixs://"),
        ("no-service", "https://example.org"),
    ],
)
def test_an_address_that_is_none_of_the_service_is_refused(service: str, address: str) -> None:
    with pytest.raises(Refused):
        read_address(service, address)


@pytest.mark.parametrize(
    ("service", "address"),
    [
        ("slack", "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"),
        ("teams", "https://prod-12.westeurope.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64/triggers/"
                  "manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu"),
        ("mattermost", "https://chat.example.org/team/hooks/3ccdd113474722377935511fc85d3dd4"),
        ("google_chat", "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=abc&token=def"),
        ("discord", "https://discord.com/api/webhooks/417429632418316298/JHZ7lQml277CDHmQKMHI8qBe7bk2ZwO5UKjCiOAF77"),
        ("webhook", "https://example.org/hook?x=1"),
        ("other", "ntfys://ntfy.example.org/topic"),
    ],
)  # fmt: skip
def test_the_addresses_services_hand_out_are_understood(service: str, address: str) -> None:
    read = read_address(service, address)
    assert address[-8:] not in read.shown


def test_a_sealed_address_is_read_only_with_the_same_key(settings: Any) -> None:
    sealed = seal("https://example.org/secret")
    assert "secret" not in sealed
    assert sealed != seal("https://example.org/secret")
    assert unseal(sealed) == "https://example.org/secret"
    settings.SECRET_KEY = "another key altogether, and long enough"
    with pytest.raises(UnreadableError):
        unseal(sealed)


def test_a_broken_seal_is_not_read() -> None:
    with pytest.raises(UnreadableError):
        unseal("gAAAAAB" + "x" * 100)


def test_the_process_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEXTANT_SECRET_KEY", "hush")
    kept = {}

    class Watched(outgoing.subprocess.Popen[str]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            kept.update(options["env"])
            super().__init__(*arguments, **options)

    monkeypatch.setattr(outgoing.subprocess, "Popen", Watched)
    assert outgoing.is_understood("jsons://example.org/hook")
    assert not any(name.startswith(("SEXTANT", "DATABASE", "EMAIL", "DJANGO")) for name in kept)
