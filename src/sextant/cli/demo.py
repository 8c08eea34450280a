"""`sextant demo`: an invented organisation to look around in, for people at this machine."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

LOOPBACK = "127.0.0.1"


def register(commands: Commands) -> None:
    from sextant.cli.serving import port_number

    demo = commands.add_parser("demo", help="build the demo organisation, if it is not there, and serve it here")
    demo.add_argument("--port", type=port_number, default=8000, help="port to listen on (0: any free one)")
    demo.add_argument("--reset", action="store_true", help="throw the demo away and build it again")
    demo.add_argument("--build-only", action="store_true", help="build it, print the sign-ins and stop")
    demo.set_defaults(run=run_demo, needs_django=False)


def run_demo(given: argparse.Namespace) -> int:
    # Choosing who to be without a password is for this machine alone, so the demo listens nowhere else.
    os.environ["SEXTANT_DEMO"] = "1"
    os.environ.setdefault("SEXTANT_URL", f"http://localhost:{given.port}")
    from sextant.cli import start_django

    start_django()
    from sextant.project.database import migrate_when_needed

    migrate_when_needed()
    prepare(given.reset)
    print_sign_ins()
    if given.build_only:
        return 0
    from sextant.project.server import serve

    return serve(LOOPBACK, given.port)


def prepare(reset: bool) -> None:
    """Have the demo in the data folder. Refused when somebody's own organisation lives there."""
    from sextant.core.errors import refuse
    from sextant.demo.crowd import is_here
    from sextant.people.queries import is_set_up, organisation

    if is_set_up() and not is_here():
        raise refuse(
            "data-folder-in-use",
            f"This data folder holds “{organisation().name}”, which is no demo; nothing was touched. "
            "Choose another folder: SEXTANT_DATA=./sextant-demo sextant demo",
        )
    if is_here() and reset:
        throw_away()
    if not is_here():
        build()


def throw_away() -> None:
    """Empty every table; only ever called for a demo."""
    from django.core.management import call_command

    from sextant.people.queries import forget

    call_command("flush", interactive=False, verbosity=0)
    forget()
    print("Threw the old demo away.", file=sys.stderr)


def build() -> None:
    from sextant.cli.progress import Progress
    from sextant.demo.build import build_demo

    progress, began = Progress("Building the demo organisation"), time.monotonic()
    build_demo(demo_password(), progress.at)
    progress.done(f"Built the demo organisation in {time.monotonic() - began:.0f} seconds.")


def demo_password() -> str:
    """The password of all personas: different in every data folder, so that no demo can be entered by knowing one."""
    from django.conf import settings

    return f"larkfield-{hashlib.sha256(f'demo {settings.SECRET_KEY}'.encode()).hexdigest()[:8]}"


def print_sign_ins() -> None:
    from sextant.demo.crowd import ADMINISTRATOR, PERSONAS

    print(f"\nPeople of the demo. Choose one on the sign-in page, or use the password {demo_password()}\n")
    for persona in (*PERSONAS, ADMINISTRATOR):
        print(f"  {persona.name:18} {persona.job:26} {persona.email}")
    print(flush=True)
