"""An installation on the disk, worked on by processes that can be killed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.once import migrated

PREPARE = """
import django
django.setup()
from sextant.people.commands import set_up_organisation
set_up_organisation(name="Harbour Hospital", admin_name="Ada", email="ada@hospital.example", password=None)
"""
START = """
import django, shutil, sys
django.setup()
from sextant.core.actors import SYSTEM
from sextant.exchange.commands import files_folder, start_import
from sextant.people.models import Team
imp = start_import(SYSTEM, name=sys.argv[1].rsplit("/", 1)[-1], team=Team.objects.get(parent=None))
shutil.copy(sys.argv[1], files_folder(imp))
print(imp.key)
"""
PUBLISH = """
import django, sys
django.setup()
from sextant.core.actors import SYSTEM
from sextant.exchange.commands import begin_work
from sextant.exchange.models import Import
begin_work(SYSTEM, Import.objects.get(key=sys.argv[1]), "publishing")
"""
PATIENCE = 120


@dataclass(frozen=True)
class Installation:
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "sextant.sqlite3"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEXTANT_", "DJANGO_"))}
        kept.pop("DATABASE_URL", None)
        return kept | {"SEXTANT_DATA": str(self.folder), "DJANGO_SETTINGS_MODULE": "sextant.project.settings"}

    def python(self, code: str, *arguments: object) -> str:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True, timeout=PATIENCE
        ).stdout.strip()

    def prepare(self) -> Installation:
        migrated(self.folder)
        self.python(PREPARE)
        return self

    def start(self, path: Path) -> str:
        """An import with this file in its folder, not read yet; its key."""
        return self.python(START, path)

    def to_be_published(self, key: str) -> None:
        self.python(PUBLISH, key)

    def work(self, key: str, limit: Callable[[], None] | None = None) -> subprocess.Popen[str]:
        """The process that reads, or publishes, the import."""
        command = [sys.executable, "-m", "sextant.cli", "read-import", key]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit
        )

    def finish(self, key: str, limit: Callable[[], None] | None = None) -> tuple[int, str]:
        """Let the process work to its end; exit code and what it said."""
        process = self.work(key, limit)
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out + err

    def ask(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)
        try:
            return database.execute(query, parameters).fetchall()
        finally:
            database.close()

    def state(self, key: str) -> tuple[object, ...]:
        return self.ask("SELECT state, progress, problem FROM exchange_import WHERE key = ?", key)[0]

    def count(self, table: str) -> object:
        return self.ask(f"SELECT count(*) FROM {table}")[0][0]

    def is_sound(self) -> bool:
        return self.ask("PRAGMA integrity_check") == [("ok",)] and self.ask("PRAGMA foreign_key_check") == []

    def kill_when(self, process: subprocess.Popen[str], moment: Callable[[], bool]) -> bool:
        """`kill -9` as soon as the moment is there; False when the process ended before."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            if moment():
                process.kill()
                process.communicate()
                return process.returncode == -9
            time.sleep(0.002)
        process.communicate()
        return False
