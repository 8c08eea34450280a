"""What takes long to make and is the same for all: made by the first who needs it in a run, copied by everybody."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

COMMAND = Path(sys.executable).with_name("sextant")
SHELF = Path(f"{os.environ['SEXTANT_DATA']}-made")  # conftest removes it when the run ends


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a clean machine with this data folder: SQLite, no mail, no settings of the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEXTANT_", "DJANGO_"))}
    for name in ("DATABASE_URL", "EMAIL_URL"):
        kept.pop(name, None)
    return kept | {"SEXTANT_DATA": str(folder)} | more


def copy_of(name: str, make: Callable[[Path], object], folder: Path) -> Path:
    """A copy, in this folder, of the one that `make` filled. All workers of a run share it; the others wait for it."""
    SHELF.mkdir(exist_ok=True)
    kept = SHELF / name
    with (SHELF / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            begun = SHELF / f"{name}.begun"
            shutil.rmtree(begun, ignore_errors=True)
            make(begun)
            begun.rename(kept)
    return shutil.copytree(kept, folder)


def migrated(folder: Path) -> Path:
    """A data folder with an up-to-date, empty database."""
    return copy_of("migrated", _migrate, folder)


def _migrate(folder: Path) -> None:
    subprocess.run([COMMAND, "migrate"], env=environment(folder), check=True, capture_output=True)
