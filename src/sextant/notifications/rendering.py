"""Comments as HTML: a safe part of Markdown (ADR 0013), with mentions and addresses as links.

Markup in the text stays text, links lead only to the web and to mail, pictures become links: a reader's browser
fetches nothing because somebody wrote a comment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sextant.notifications.mentions import Mention, Named, People

LINKS = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+", re.IGNORECASE)
BARE = re.compile(r"(?<![\w/@.])https?://[^\s<>\"“”]+", re.IGNORECASE)
AFTER_AN_ADDRESS = ".,;:!?'’*_~"
OUTSIDE = {"rel": "noreferrer nofollow"}


def to_html(text: str, people: People, person_url: Callable[[str], str]) -> SafeString:
    """The text as HTML. `person_url(key)` is the page of a person ("" for none)."""
    tokens = parser().parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "p"  # the headings of a page are the page's own
            if token.nesting == 1:
                token.attrSet("class", "said-heading")
        elif token.children:
            token.children = list(_linked(token.children, people, person_url))
    # Escaped by the renderer: markup is off, and every link passed `_may_link`.
    html: str = parser().renderer.render(tokens, parser().options, {})
    return SafeString(html)


def mentions(text: str, people: People) -> list[Mention]:
    """Who the text mentions, each place once; what stands in code or in a link mentions nobody."""
    return [mention for part in _texts(text) for mention in people.in_text(part)]


def mentioned(text: str, people: People) -> list[Named]:
    """The people a text means without doubt, each once, in order."""
    sure = [mention.people[0] for mention in mentions(text, people) if len(mention.people) == 1]
    return list({one.id: one for one in sure}.values())


def plain(text: str, longest: int = 200, people: People | None = None) -> str:
    """The beginning of the text without its marks, for a line in a list; `people` gives mentions their names."""
    tokens = parser().parse(text)
    said = " ".join(
        "".join(_said(child, people) for child in token.children) if token.children else token.content
        for token in tokens
        if token.type in ("inline", "fence", "code_block")
    )
    said = " ".join(said.split())
    return said if len(said) <= longest else said[: longest - 1].rsplit(" ", 1)[0].rstrip(AFTER_AN_ADDRESS) + "…"


@cache
def parser() -> MarkdownIt:
    """The one parser of comments: no markup of their own, and links only where `LINKS` lets them lead."""
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20})
    markdown.enable(["table", "strikethrough"])
    markdown.validateLink = _may_link  # type: ignore[method-assign,assignment]
    return markdown


def _may_link(address: str) -> bool:
    return LINKS.fullmatch(address) is not None


def _said(token: Token, people: People | None) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.type == "text" and people is not None:
        return _named(token.content, people)
    return token.content if token.type in ("text", "code_inline", "image") else ""


def _named(text: str, people: People) -> str:
    parts, at = [], 0
    for mention in people.in_text(text):
        if len(mention.people) == 1:
            parts += [text[at : mention.start], f"@{mention.people[0].name}"]
            at = mention.end
    return "".join([*parts, text[at:]])


def _texts(text: str) -> Iterator[str]:
    for token in parser().parse(text):
        depth = 0
        for child in token.children or ():
            depth += child.nesting if child.type in ("link_open", "link_close") else 0
            if child.type == "text" and depth == 0:
                yield child.content


def _linked(children: list[Token], people: People, person_url: Callable[[str], str]) -> Iterator[Token]:
    depth, leads_nowhere = 0, False
    for child in children:
        if child.type in ("link_open", "link_close"):
            depth += child.nesting
            if child.nesting == 1:
                leads_nowhere = not child.attrs.get("href")  # "[words]()" are words
                child.attrs.update(OUTSIDE)
            if not leads_nowhere:
                yield child
        elif child.type == "image":
            address = str(child.attrs.get("src", ""))
            words = child.content or address
            yield from _link(address, words, OUTSIDE) if depth == 0 else [_text(words)]
        elif child.type == "text" and depth == 0:
            yield from _with_mentions(child.content, people, person_url)
        else:
            yield child


def _with_mentions(text: str, people: People, person_url: Callable[[str], str]) -> Iterator[Token]:
    at = 0
    for mention in people.in_text(text):
        if len(mention.people) > 1:
            continue
        yield from _with_addresses(text[at : mention.start])
        [person] = mention.people
        yield from _link(person_url(person.key), f"@{person.name}", {"class": "mention"})
        at = mention.end
    yield from _with_addresses(text[at:])


def _with_addresses(text: str) -> Iterator[Token]:
    at = 0
    for found in BARE.finditer(text):
        address = found.group().rstrip(AFTER_AN_ADDRESS)
        if address.endswith(")") and "(" not in address:
            address = address[:-1]
        yield _text(text[at : found.start()])
        yield from _link(address, address, OUTSIDE)
        at = found.start() + len(address)
    yield _text(text[at:])


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)


def _link(address: str, words: str, attributes: dict[str, str]) -> Iterator[Token]:
    """A link; the words alone when there is no address to lead to."""
    if not address:
        yield _text(words)
        return
    yield Token("link_open", "a", 1, attrs={"href": address, **attributes})
    yield _text(words)
    yield Token("link_close", "a", -1)
