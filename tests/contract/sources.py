"""Reading our own source as text and trees, for the tests that hold the house together."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "sextant"


def modules(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every module of these packages (all without a name) with its tree; generated migrations left out."""
    for folder in [PACKAGE / package for package in packages] or [PACKAGE]:
        for file in sorted(folder.rglob("*.py")):
            if "migrations" not in file.parts:
                yield file.relative_to(ROOT), ast.parse(file.read_text(encoding="utf-8"))


def layers() -> dict[str, int]:
    """Package name -> height in the house, from the table the import check uses."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows: list[str] = next(contract["layers"] for contract in table if contract["type"] == "layers")
    return {
        name.strip(" ()"): height
        for height, row in enumerate(reversed(rows))
        for name in row.replace(":", "|").split("|")
    }
