"""The explanation that travels with every derived number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

METHOD_PAGE = "method"


@dataclass(frozen=True, slots=True)
class Why:
    """Why a number is what it is.

    ``rule`` is a stable kebab-case key, ``formula`` the arithmetic in words or symbols, ``inputs`` the
    figures that went in (and ``result``, what came out), ``source`` the page and anchor of the method
    that describes it.
    """

    rule: str
    formula: str
    inputs: Mapping[str, object]
    source: str


def method(anchor: str) -> str:
    """The address of a section of the method page, as ``Why.source`` names it."""
    return f"{METHOD_PAGE}#{anchor}"
