"""Markdown as a tree of sections, lists and tables, with plain texts and the marks that stood around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?=\n|\Z)", re.DOTALL)
_PICTURE_ONLY = re.compile(r"[^\w\s]+")


@dataclass(frozen=True, slots=True)
class Inline:
    """A line of text without its marks. `is_bold`, `is_struck`: all of it; `links`: (text, address)."""

    text: str = ""
    is_bold: bool = False
    is_italic: bool = False
    is_struck: bool = False
    links: tuple[tuple[str, str], ...] = ()
    line: int = 0

    @property
    def is_link_only(self) -> bool:
        """Whether nothing but links stands here, small words such as "WIP:" or "(final)" aside."""
        rest = self.text
        for said, _ in self.links:
            rest = rest.replace(said, "", 1)
        return bool(self.links) and len(re.findall(r"\w+", rest)) <= 1


@dataclass(slots=True)
class Item:
    """An entry of a list, with the entries below it and further paragraphs."""

    inline: Inline
    children: list[Item] = field(default_factory=list)
    more: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Bullets:
    items: list[Item] = field(default_factory=list)
    line: int = 0


@dataclass(slots=True)
class MarkdownTable:
    """Rows of cells; the first is the head. `lines` are their places in the file."""

    rows: list[list[Inline]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


Block = Inline | Bullets | MarkdownTable


@dataclass(slots=True)
class Section:
    """A heading with what stands below it; the document itself has level 0."""

    level: int
    heading: Inline
    blocks: list[Block] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)

    def walk(self) -> Iterator[Section]:
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def bullets(self) -> list[Bullets]:
        return [block for block in self.blocks if isinstance(block, Bullets)]

    @property
    def paragraphs(self) -> list[Inline]:
        return [block for block in self.blocks if isinstance(block, Inline)]

    @property
    def tables(self) -> list[MarkdownTable]:
        return [block for block in self.blocks if isinstance(block, MarkdownTable)]


def sections_of(text: str) -> Section:
    """The document as a tree of sections."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _FRONT_MATTER.sub(lambda match: "\n" * match.group().count("\n"), text)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    root = Section(0, Inline())
    path = [root]
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.type == "heading_open":
            level = int(token.tag[1])
            section = Section(level, _inline(tokens[place + 1], _line(token)))
            while path[-1].level >= level:
                path.pop()
            path[-1].children.append(section)
            path.append(section)
            place += 3
            continue
        block, place = _block(tokens, place)
        if block is not None:
            path[-1].blocks.append(block)
    return root


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _block(tokens: Sequence[Token], place: int) -> tuple[Block | None, int]:
    token = tokens[place]
    if token.type == "paragraph_open":
        return _inline(tokens[place + 1], _line(token)), place + 3
    if token.type in ("bullet_list_open", "ordered_list_open"):
        return _bullets(tokens, place)
    if token.type == "table_open":
        return _table(tokens, place)
    return None, place + 1


def _bullets(tokens: Sequence[Token], place: int) -> tuple[Bullets, int]:
    found = Bullets(line=_line(tokens[place]))
    closing = tokens[place].type.replace("_open", "_close")
    place += 1
    while tokens[place].type != closing:
        item, place = _item(tokens, place)
        found.items.append(item)
    return found, place + 1


def _item(tokens: Sequence[Token], place: int) -> tuple[Item, int]:
    item = Item(Inline(line=_line(tokens[place])))
    place += 1
    while tokens[place].type != "list_item_close":
        block, place = _block(tokens, place)
        if isinstance(block, Inline):
            if item.inline.text:
                item.more.append(block.text)
            else:
                item.inline = block
        elif isinstance(block, Bullets):
            item.children += block.items
    return item, place + 1


def _table(tokens: Sequence[Token], place: int) -> tuple[MarkdownTable, int]:
    table = MarkdownTable()
    while tokens[place].type != "table_close":
        token = tokens[place]
        if token.type == "tr_open":
            table.rows.append([])
            table.lines.append(_line(token))
        elif token.type == "inline":
            table.rows[-1].append(_inline(token, table.lines[-1]))
        place += 1
    return table, place + 1


def _inline(token: Token, line: int) -> Inline:
    """The text of an inline token; a picture counts as its alternative text, a link as its words."""
    texts: list[str] = []
    depth = {"strong": 0, "em": 0, "s": 0}
    held = {"strong": 0, "em": 0, "s": 0}
    links: list[tuple[str, str]] = []
    opened: list[tuple[int, str]] = []
    for child in token.children or ():
        name, _, end = child.type.rpartition("_")
        if name in depth:
            depth[name] += 1 if end == "open" else -1
        elif child.type == "link_open":
            opened.append((len(texts), str(child.attrGet("href") or "")))
        elif child.type == "link_close" and opened:
            start, href = opened.pop()
            links.append(("".join(texts[start:]), href))
        said = _said(child)
        if said:
            texts.append(said)
            for mark, count in depth.items():
                held[mark] += len(said.strip()) if count else 0
    text = "".join(texts)
    size = sum(len(said.strip()) for said in texts)
    for said, _ in links:
        if said and _PICTURE_ONLY.fullmatch(said.strip()):
            text = text.replace(said, "", 1)
    is_all = {mark: size > 0 and count == size for mark, count in held.items()}
    return Inline(" ".join(text.split()), is_all["strong"], is_all["em"], is_all["s"], tuple(links), line)


def _said(child: Token) -> str:
    if child.type in ("text", "code_inline"):
        return child.content
    if child.type == "image":
        return child.content
    return " " if child.type in ("softbreak", "hardbreak") else ""
