"""Names of people and teams in one cell: "parkan / autonome", "DOS, USAID", "Ana-Lima-HR-rec81XyTTqa90plQ"."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SPLIT = re.compile(r"\s*(?:;|\||/|\n|\r|\s&\s|\s\+\s|\sand\s|\sund\s|\set\s|\sy\s)\s*")
_COMMA = re.compile(r"\s*,\s*")
# "rec81XyTTqa90plQ": what a database glues to a name so that it is unique.
_GLUED = re.compile(
    r"[-_ #|](?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{10,}$|[-_ #|](?:rec|usr|id)[A-Za-z0-9]{10,}$"
)
_MAIL_NAME = re.compile(r"^(?P<name>[^<>]+?)\s*<[^<>@\s]+@[^<>\s]+>$")
_REMARK = re.compile(r"\s*\([^()]*\)\s*$")
_NOBODY = frozenset(
    {"", "-", "–", "—", "?", "tbd", "tba", "n/a", "na", "none", "null", "nobody", "unassigned", "not assigned", "#n/a",
     "#ref!", "#value!", "#name?", "everyone", "all", "owner"}
)  # fmt: skip


def names_in(text: str, known: frozenset[str] = frozenset(), *, turned: bool = False) -> tuple[str, ...]:
    """The names in a cell, each once.

    `known` are names that stay whole whatever they hold, such as "Research and Development"; `turned`: the cells
    of this column write one person as "Lima, Ana" (see `are_turned`).
    """
    text = text.strip()
    if text.casefold() in _NOBODY:
        return ()
    if text in known:
        return (text,)
    found: list[str] = []
    for part in _SPLIT.split(text):
        pieces = _COMMA.split(part)
        found += [" ".join(pieces[::-1])] if turned and _is_turned(pieces) else pieces
    names = [clean_name(name) for name in found]
    return tuple(dict.fromkeys(name for name in names if name.casefold() not in _NOBODY))


def _is_turned(pieces: list[str]) -> bool:
    """ "Lima, Ana": two single words, both capitalised like the parts of one name, not handles or codes."""
    return (
        len(pieces) == 2
        and all(
            re.fullmatch(r"[^\W\d_][\w'’.-]+", piece) and piece[0].isupper() and not piece.isupper() for piece in pieces
        )
        and "-" not in "".join(pieces)
    )


def are_turned(cells: Iterable[str]) -> bool:
    """Whether a column writes people as "Lima, Ana": all cells do, and there are enough of them to tell."""
    filled = [cell.strip() for cell in cells if cell.strip().casefold() not in _NOBODY]
    parts = [_COMMA.split(part) for cell in filled for part in _SPLIT.split(cell)]
    return len(filled) > 2 and len(set(filled)) > 2 and all(_is_turned(pieces) for pieces in parts)


def clean_name(text: str) -> str:
    """One name without a handle's sign, an address, a remark in brackets, or an id glued on."""
    name = text.strip().strip('*_`"“”')
    mail = _MAIL_NAME.match(name)
    name = mail["name"] if mail else name
    glued = _GLUED.sub("", name)
    if glued != name:
        parts = glued.split("-") if " " not in glued else [glued]
        if len(parts) > 2 and parts[-1].isupper():  # the team stands between the name and the id
            parts = parts[:-1]
        name = " ".join(parts)
    return " ".join(_REMARK.sub("", name).strip().lstrip("@").split())


def is_code(text: str) -> bool:
    """Whether a name is an abbreviation, as teams have and people do not: "USDA", "R&D", "DevRel", "QA"."""
    return bool(re.fullmatch(r"[A-Z][A-Za-z0-9&+-]{0,11}", text)) and sum(char.isupper() for char in text) >= 2
