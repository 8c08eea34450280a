"""The lock file is for everybody: public addresses, hashes, and everything pyproject.toml asks for."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.contract.sources import ROOT

LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
# What the extras bring: module -> the requirement of an extra that it comes with. They may be absent.
EXTRAS = {
    "statsforecast": "statsforecast", "pandas": "statsforecast", "scipy": "statsforecast", "fugue": "fugue",
    "fugue_dask": "fugue", "fugue_ray": "fugue", "dask": "fugue", "ray": "fugue",
}  # fmt: skip
PUBLIC = ("https://pypi.org/simple", "https://files.pythonhosted.org/")


def test_the_lock_names_public_addresses_only() -> None:
    addresses = re.findall(r'(?:registry|url|path|git) = "([^"]+)"', (ROOT / "uv.lock").read_text())
    assert addresses
    assert [address for address in addresses if not address.startswith(PUBLIC)] == []


def test_every_download_has_a_hash() -> None:
    downloads = [file for package in LOCK["package"] for file in package.get("wheels", [])]
    assert all(file["hash"].startswith("sha256:") for file in downloads)


def test_the_lock_fits_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    own = next(package for package in LOCK["package"] if package["name"] == "sextant")
    asked = {canonical(line) for line in (*project["project"]["dependencies"], *of_extras(project))}
    assert asked == {one["name"] + one.get("specifier", "") for one in own["metadata"]["requires-dist"]}
    asked_dev = {canonical(line) for line in project["dependency-groups"]["dev"]}
    locked_dev = own["metadata"]["requires-dev"]["dev"]
    assert asked_dev == {one["name"] + one.get("specifier", "") for one in locked_dev}


def of_extras(project: dict[str, Any]) -> list[str]:
    return [line for lines in project["project"]["optional-dependencies"].values() for line in lines]


def canonical(requirement: str) -> str:
    """`Name[extra]>=1` -> `name>=1`."""
    return re.sub(r"\[.*?\]", "", requirement).lower().replace(" ", "")


def imported(folder: Path) -> set[str]:
    """Top-level names that the code of a folder imports."""
    found = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names


@pytest.mark.parametrize("folder", ["src", "tests", "scripts", "benchmarks"])
def test_everything_imported_is_a_named_dependency(folder: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = list(project["project"]["dependencies"])
    if folder != "src":
        named += project["dependency-groups"]["dev"]
    names = {re.split(r"[<>=~ ]", canonical(line))[0] for line in named}
    own = {"sextant", "tests"} | {file.stem for file in (ROOT / folder).rglob("*.py")}
    sources = packages_distributions()
    missing = {
        name
        for name in imported(ROOT / folder) - own - EXTRAS.keys()
        if not {source.lower().replace("_", "-") for source in sources.get(name, [])} & names
    }
    assert missing == set()
    extras = {re.split(r"[<>=~ ]", canonical(line))[0] for line in of_extras(project)}
    assert set(EXTRAS.values()) == extras
