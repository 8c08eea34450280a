"""Rows that stand for the whole although no word says "total": the country among its regions."""

from collections.abc import Iterable, Sequence

from sextant.exchange.understanding.cells import normal
from sextant.exchange.understanding.members import Member
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.words import word_lists

_LISTS = word_lists("wholes")
MOST_CHOICES = 24
LEAST_MEMBERS = 2
CODE = 3


def whole_among(texts: Iterable[str]) -> str:
    """The one country among regions, or the one community of countries among countries; "" for none or several.

    A country stands first or last, as publishers write it; in the middle, or as a code, it is one of many.
    """
    different = list(dict.fromkeys(texts))
    if len(different) < LEAST_MEMBERS:
        return ""
    communities = [text for text in different if _plain(text) in _LISTS["communities"]]
    if communities:
        return communities[0] if len(communities) == 1 else ""
    countries = [text for text in different if _plain(text) in _LISTS["countries"]]
    are_codes = all(len(text) <= CODE for text in different)
    is_outside = len(countries) == 1 and countries[0] in (different[0], different[-1])
    return countries[0] if is_outside and not are_codes else ""


def _plain(text: str) -> str:
    """ "European Union - 27 countries (from 2020)" -> "european union 27 countries"."""
    return normal(text.partition("(")[0])


def whole_by_place(members: Sequence[Member]) -> dict[str, list[str]]:
    """Dimension (as `cells.normal` leaves it) -> the member that holds all others as a country holds its regions."""
    texts: dict[str, list[str]] = {}
    for member in members:
        for name, text in member.dims.items():
            texts.setdefault(name, []).append(text)
    found = {name: whole_among(known) for name, known in texts.items()}
    return {normal(name): [text] for name, text in found.items() if text}


def note_whole(table: TableReading, wholes: dict[str, list[str]]) -> None:
    """Say what was taken as the whole and how to say otherwise."""
    names = ", ".join(f"“{texts[0]}”" for texts in wholes.values())
    message = (
        f"{names} is taken as the whole of which the other rows are parts; “headline” in the mapping names another."
    )
    if not any(note.key == "whole-by-place" for note in table.notes):
        table.note("whole-by-place", message)


def offer_headline(table: TableReading, members: Sequence[Member]) -> None:
    """Ask which row stands for the whole where nothing says so."""
    choices: list[str] = []
    for member in members:
        choices += [f"{name} = {text}" for name, text in member.dims.items() if f"{name} = {text}" not in choices]
        if len(choices) > MOST_CHOICES:
            break
    if choices:
        table.offer(
            "headline", "No row is of the whole. If one member stands for all of them, name it, one per column.",
            "headline", choices=tuple(choices[:MOST_CHOICES]),
        )  # fmt: skip
