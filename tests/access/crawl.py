"""Reads everything somebody can reach: pages by their links, the API by its own description."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

from django.test import Client

LINK = re.compile(r"""(?:href|src|action|hx-get|data-rows-url|data-url)="([^"#][^"]*)\"""")
MOST_PAGES = 600
MOST_ALIKE = 3
MOST_OF_ONE_PAGE = 12
# Pages that are alike for every day, order or persona: one of each is enough.
LEFT_OUT = ("/static/", "/help", "/sign-", "/account", "/events")
ASKED_FOR_ONCE = (
    "sort", "status", "group", "show", "periods", "grain", "theme", "perspective", "frequency", "action", "forecast",
    "expected", "known", "rule", "response", "by", "replay", "kpi", "key_result", "back",
)  # fmt: skip


def pages(
    client: Client, *starts: str, most: int = MOST_PAGES, without: tuple[str, ...] = (), once: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """(address, body) of every page that links lead to, each address once, and of those that ask one page for other
    things (the filters of a list) the first few. `without` names paths to leave out, `once` what is asked of a page and
    does not make it another one.
    """
    waiting, known = deque(starts), set(starts)
    alike: Counter[tuple[str, frozenset[str]]] = Counter()
    asked_of: Counter[str] = Counter()
    while waiting and len(known) < most:
        address = waiting.popleft()
        answer = client.get(address)
        if answer.status_code in (301, 302):
            found = [answer.headers["Location"]]
            body = ""
        else:
            assert answer.status_code < 500, address
            body = body_of(answer)
            is_page = answer.headers.get("Content-Type", "").startswith("text/html")
            found = [unescape(link) for link in LINK.findall(body)] if is_page else []
        yield address, body
        for link in found:
            there = urljoin(address, link)
            parts = urlsplit(there)
            if parts.netloc not in ("", "testserver") or parts.path.startswith((*LEFT_OUT, *without)):
                continue
            asked = "" if any(f"{name}=" in parts.query for name in (*ASKED_FOR_ONCE, *once)) else parts.query
            short = f"{parts.path}?{asked}" if asked else parts.path
            if short in known:
                continue
            kind = (parts.path, frozenset(parse_qs(asked, keep_blank_values=True)))
            alike[kind] += 1
            asked_of[parts.path] += 1
            if alike[kind] <= MOST_ALIKE and asked_of[parts.path] <= MOST_OF_ONE_PAGE:
                known.add(short)
                waiting.append(short)


def body_of(answer: object) -> str:
    streamed = getattr(answer, "streaming_content", None)
    raw: bytes = b"".join(streamed) if streamed is not None else answer.content  # type: ignore[attr-defined]
    return raw.decode("utf-8", "replace")


def opened_pages(client: Client, *addresses: str) -> dict[str, str]:
    """The bodies of these pages by address, without those they link to; each is there."""
    answers = {address: client.get(address, follow=True) for address in addresses}
    assert [address for address, answer in answers.items() if answer.status_code != 200] == []
    return {address: body_of(answer) for address, answer in answers.items()}
