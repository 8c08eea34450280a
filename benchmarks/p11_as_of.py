"""P11: the scorecard page as it was known on a past day, against the same page today.

Both are whole requests for the page of P3. The past day lies four weeks back; 2 % of all values were corrected after
they were first known, so the past page has to look into the history as well.

    python benchmarks/p11_as_of.py [--measurements 2000000] [--postgres] [--json FILE]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from p03_scorecard import POSTGRES, page_of
from ratio import compare, print_header
from scorecard_data import build, data_folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measurements", type=int, default=2_000_000)
    parser.add_argument("--postgres", action="store_true", help="this run is the one on PostgreSQL")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if not asked.postgres:
        os.environ.pop("DATABASE_URL", None)
    with data_folder():
        measure(build(asked.measurements), "PostgreSQL" if asked.postgres else "SQLite")
    if not asked.postgres:
        sys.stdout.flush()
        subprocess.run([sys.executable, POSTGRES, sys.executable, __file__, *sys.argv[1:], "--postgres"], check=False)


def measure(key: str, where: str) -> None:
    from sextant.people.queries import today

    day = today() - timedelta(weeks=4)
    then, now = page_of(f"/scorecards/{key}/?show=all&as_of={day}"), page_of(f"/scorecards/{key}/?show=all")
    assert then() != now(), "the past page shows the present"
    print_header()
    compare(f"P11 page as of {day} / today, {where}", then, now, "<= 2", rounds=31)


if __name__ == "__main__":
    main()
