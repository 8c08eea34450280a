"""The lock file is for everybody: public addresses, hashes, and everything pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib

from tests.contract.sources import ROOT

LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
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
    asked = {canonical(line) for line in project["project"]["dependencies"]}
    assert asked == {one["name"] + one.get("specifier", "") for one in own["metadata"]["requires-dist"]}
    asked_dev = {canonical(line) for line in project["dependency-groups"]["dev"]}
    locked_dev = own["metadata"]["requires-dev"]["dev"]
    assert asked_dev == {one["name"] + one.get("specifier", "") for one in locked_dev}


def canonical(requirement: str) -> str:
    """`Name[extra]>=1` -> `name>=1`."""
    return re.sub(r"\[.*?\]", "", requirement).lower().replace(" ", "")
