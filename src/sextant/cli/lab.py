"""`sextant lab`: the shipped statistics on files, to be scored; each part is a module that adds its own command."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from sextant.cli.lab_forecast import add_forecast

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: Commands) -> None:
    lab = commands.add_parser("lab", help="run the shipped statistics on files, to score them")
    parts = lab.add_subparsers(metavar="METHOD", required=True)
    add_forecast(parts)
