"""Commands that serve: `serve`, `web`, `migrate`."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: Commands) -> None:
    serve = commands.add_parser(
        "serve", help="bring the database up to date, serve everything on one port, run background jobs"
    )
    web = commands.add_parser("web", help="serve pages, API and live events, and leave the database as it is")
    for parser in (serve, web):
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (0.0.0.0: every address)")
        parser.add_argument("--port", type=port_number, default=8000, help="port to listen on (0: any free one)")
        parser.add_argument("--workers", type=positive, default=1, help="processes; one is enough for most")
        parser.set_defaults(needs_django=False)
    serve.set_defaults(run=lambda given: run_server(given, is_whole=True))
    web.set_defaults(run=lambda given: run_server(given, is_whole=False))
    migrate = commands.add_parser("migrate", help="bring the database up to date")
    migrate.set_defaults(run=run_migrate, needs_database=False)


def run_server(given: argparse.Namespace, *, is_whole: bool) -> int:
    """Serve; the whole of Sextant also migrates and runs background jobs."""
    # Links in mails and one-time links name SEXTANT_URL; without one it is where we listen.
    os.environ.setdefault("SEXTANT_URL", f"http://localhost:{given.port}")
    from sextant.cli import start_django

    start_django()
    from sextant.project.database import migrate_when_needed
    from sextant.project.server import serve

    if is_whole:
        migrate_when_needed()
    return serve(given.host, given.port, given.workers, works=is_whole)


def run_migrate(given: argparse.Namespace) -> int:
    from sextant.project.database import migrate_when_needed

    if not migrate_when_needed():
        print("The database is up to date.")
    return 0


def port_number(text: str) -> int:
    number = int(text) if text.isdigit() else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port; choose a number from 1 to 65535")
    return number


def positive(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 up")
    return number
