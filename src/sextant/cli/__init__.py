"""The `sextant` command.

A group is a module with `register(commands)`: it adds its parsers and sets `run` (arguments -> exit code) on
each. Before `run`, Django is set up on the settings of the environment and the database brought up to date,
unless the parser sets `needs_django=False` or `needs_database=False`. A refused command raises `Refused`; its
messages become one line each.
Exit codes: 0 done, 1 something is wrong, 2 the command was called wrongly, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

from sextant import __version__
from sextant.core.errors import Refused

GROUPS = ("demo", "serving", "working", "checking", "importing", "library", "people", "keeping", "lab")
Run = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = parser().parse_args(arguments)
    try:
        if given.needs_django:
            start_django()
            if given.needs_database:
                from sextant.project.database import migrate_when_needed

                migrate_when_needed()
        run: Run = given.run
        return run(given)
    except KeyboardInterrupt:
        return _say("interrupted", 130)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        sys.stderr.close()
        return 0
    except Refused as refused:
        for problem in refused.problems:
            _say(problem.message, 1)
        return 1


def parser() -> argparse.ArgumentParser:
    """The parser with every command, also read by the documentation check."""
    top = argparse.ArgumentParser(
        prog="sextant",
        description="KPIs and OKRs on the same numbers.",
        epilog="Settings: the environment and .env in the data folder; `sextant check` reads them all.",
    )
    top.add_argument("--version", action="version", version=f"sextant {__version__}")
    top.set_defaults(needs_django=True, needs_database=True)
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name in GROUPS:
        if find_spec(f"sextant.cli.{name}"):
            import_module(f"sextant.cli.{name}").register(commands)
    return top


def start_django() -> None:
    """Load the settings and the models. Raises Refused, naming the setting, when one cannot be used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sextant.project.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    from sextant.core.errors import refuse

    try:
        django.setup()
    except (ImproperlyConfigured, ValueError, OSError) as error:
        message = f"{_setting_of(error) or 'A setting'} cannot be used: {error} (see docs/operate/settings.md)"
        raise refuse("setting-unusable", message) from error


def _setting_of(error: Exception) -> str:
    """The environment name read in the line of the settings that failed."""
    lines = [frame.line or "" for frame in traceback.extract_tb(error.__traceback__)]
    found = re.search(r'env\.\w+\(\s*"([A-Z_]+)"', next((line for line in lines if "env." in line), ""))
    return found.group(1) if found else ""


def _say(message: str, code: int) -> int:
    print(f"sextant: {message}", file=sys.stderr)
    return code
