"""Running the real `sextant` command on data folders of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.once import COMMAND, environment, migrated

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A migrated data folder of the test's own."""
    return migrated(tmp_path / "data")


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
