"""Running the real `sextant` command on data folders of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("sextant")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a clean machine with this data folder: SQLite, no mail, no settings of the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEXTANT_", "DJANGO_"))}
    for name in ("DATABASE_URL", "EMAIL_URL"):
        kept.pop(name, None)
    return kept | {"SEXTANT_DATA": str(folder)} | more


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an up-to-date, empty database, to be copied."""
    folder = tmp_path_factory.mktemp("migrated") / "data"
    subprocess.run([COMMAND, "migrate"], env=environment(folder), check=True, capture_output=True)
    return folder


@pytest.fixture
def folder(migrated: Path, tmp_path: Path) -> Path:
    """A migrated data folder of the test's own."""
    return shutil.copytree(migrated, tmp_path / "data")


@pytest.fixture
def sextant(folder: Path) -> Run:
    """Run `sextant` on the folder: `sextant("verify", file, SEXTANT_URL="...")`."""

    def run(*arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *map(str, arguments)],
            env=environment(folder, **settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run
