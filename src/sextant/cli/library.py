"""Commands about the KPI library: `library list`, `library install`."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from sextant.core.actors import SYSTEM

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: Commands) -> None:
    library = commands.add_parser("library", help="KPIs many organisations use")
    below = library.add_subparsers(metavar="COMMAND", required=True)
    listing = below.add_parser("list", help="show the KPIs of the library")
    listing.add_argument("words", metavar="WORD", nargs="*", help="only KPIs in which all these words occur")
    listing.add_argument("--json", action="store_true", help="print everything the library says as JSON")
    listing.set_defaults(run=run_list, needs_django=False)
    install = below.add_parser("install", help="make draft KPIs, with the metrics they are made of")
    install.add_argument("keys", metavar="KEY", nargs="+", help="keys from `sextant library list`")
    install.add_argument("--team", metavar="KEY", help="the team that gets them (default: the organisation)")
    install.set_defaults(run=run_install)


def run_list(given: argparse.Namespace) -> int:
    from sextant.kpis.library import functions, search

    found = search(" ".join(given.words))
    if given.json:
        print(json.dumps([kpi.as_json() for kpi in found], ensure_ascii=False, indent=2))
        return 0
    fitting = {kpi.key for kpi in found}
    for function in functions():
        shown = [kpi for kpi in function.kpis if kpi.key in fitting]
        if shown:
            print(f"{function.name}")
            for kpi in shown:
                print(f"  {kpi.key:34} {kpi.name}: {kpi.sentence}")
    return 0 if found else 1


def run_install(given: argparse.Namespace) -> int:
    from sextant.cli.people import team_named
    from sextant.core.errors import Refused
    from sextant.kpis.commands import install_from_library

    team, code = team_named(given.team), 0
    for key in given.keys:
        try:
            kpi = install_from_library(SYSTEM, key, team)
            print(f"{kpi.key}: {kpi.name}, a draft of {team.name}")
        except Refused as refusal:
            print(f"{key}: {refusal}")
            code = 1
    return code
