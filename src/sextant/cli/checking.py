"""The command that says what is misconfigured and how to mend it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

SIGNS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def register(commands: Commands) -> None:
    check = commands.add_parser("check", help="say what is misconfigured and how to mend it")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=run_check, needs_database=False)


def run_check(given: argparse.Namespace) -> int:
    from sextant.project.checks import findings

    found = list(findings())
    problems = sum(finding.level == "problem" for finding in found)
    if given.json:
        print(json.dumps({"ok": not problems, "findings": [asdict(finding) for finding in found]}))
    else:
        for finding in found:
            print(f"{SIGNS[finding.level]} {finding.what}" + (f"\n        -> {finding.mend}" if finding.mend else ""))
        print("Everything is in order." if not problems else f"{problems} to mend.")
    return 1 if problems else 0
