"""What the guides tell people to type works: commands are understood, the mapping in the text is one."""

from __future__ import annotations

import itertools
import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import pytest

from sextant.cli import parser
from sextant.exchange.understanding import Mapping

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = sorted((DOCS / "guide").glob("*.md"))
COMMANDS = [
    (page.stem, found)
    for page in GUIDES
    for found in re.findall(
        r"^    (sextant .+)$|`(sextant [a-z][^`]+)`", page.read_text(encoding="utf-8"), re.MULTILINE
    )
]


@pytest.mark.parametrize("words", [one or other for _, (one, other) in COMMANDS])
def test_a_command_in_a_guide_is_one(words: str) -> None:
    given = shlex.split(words)[1:]
    if given == ["import"]:  # named in passing
        return
    assert parser().parse_args(given).run


def test_the_guides_show_commands() -> None:
    assert len(COMMANDS) >= 6


def test_the_mapping_in_the_guide_is_one() -> None:
    page = (DOCS / "guide" / "import.md").read_text(encoding="utf-8")
    after = page.split("A mapping is plain text:")[1].splitlines()
    block = itertools.takewhile(lambda line: not line or line.startswith("    "), after)
    mapping = Mapping.from_dict(tomllib.loads(textwrap.dedent("\n".join(block))))
    assert mapping.tables[0].columns == {"Visit month": "period"}
    assert mapping.tables[0].ratios[0].name == "Seen within 4 h"
    assert mapping.metrics["Waiting time"]["unit"] == "duration:min"


def test_every_target_of_make_named_in_a_guide_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (DOCS.parent / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for page in GUIDES for name in re.findall(r"^    make ([a-z-]+)", page.read_text(), re.MULTILINE)}
    assert named
    assert named <= set(targets)
