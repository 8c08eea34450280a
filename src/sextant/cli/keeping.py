"""Commands that keep the data safe: `backup`, `verify`, `restore`."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sextant.cli.progress import Progress

if TYPE_CHECKING:
    from sextant.project.backups import Contents

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: Commands) -> None:
    backup = commands.add_parser("backup", help="write a consistent copy of the database, also while serving")
    backup.add_argument("file", type=Path, metavar="FILE", help="where to write it; an older one there is replaced")
    backup.set_defaults(run=run_backup, needs_database=False)
    verify = commands.add_parser("verify", help="check that a backup is sound and can be restored")
    verify.add_argument("file", type=Path, metavar="FILE", help="a backup")
    verify.set_defaults(run=run_verify, needs_database=False)
    restore = commands.add_parser("restore", help="replace the database by a backup, keeping what was there")
    restore.add_argument("file", type=Path, metavar="FILE", help="a backup")
    restore.add_argument("--yes", action="store_true", help="do not ask")
    restore.set_defaults(run=run_restore, needs_database=False)


def run_backup(given: argparse.Namespace) -> int:
    from sextant.project.backups import back_up

    progress = Progress("Copying")
    contents = back_up(given.file, progress.at)
    progress.done(f"Backed up and verified: {given.file} ({described(contents)})")
    return 0


def run_verify(given: argparse.Namespace) -> int:
    from sextant.project.backups import verify

    contents = verify(given.file)
    print(f"Sound: {given.file} ({described(contents)})")
    if contents.missing:
        print("It was made by an older version; `sextant restore` brings it up to date.")
    return 0


def run_restore(given: argparse.Namespace) -> int:
    from sextant.project.backups import kept_name, restore, verify
    from sextant.project.database import migrate_when_needed

    contents = verify(given.file)
    if not given.yes and not _agreed(f"Replace the database by {given.file} ({described(contents)})?"):
        return 2
    kept = kept_name(datetime.now().astimezone())
    progress = Progress("Restoring")
    restore(given.file, kept, progress.at)
    migrate_when_needed()
    progress.done(f"Restored {given.file}." + (f" What was there before is in {kept}" if kept.is_file() else ""))
    return 0


def described(contents: Contents) -> str:
    """Size, rows and the newest event in one phrase."""
    rows = ", ".join(f"{number:,} {word}" for word, number in contents.rows.items())
    newest = f", newest event {contents.newest_event[:16]} UTC" if contents.newest_event else ""
    return f"{contents.bytes / 1_000_000:,.1f} MB: {rows}{newest}"


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        print("sextant: nobody is there to ask; say --yes to go ahead", file=sys.stderr)
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
