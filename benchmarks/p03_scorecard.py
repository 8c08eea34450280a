"""P3: the scorecard page of 50 KPIs x 13 periods with 104-point sparklines, in a database of 10,000 KPIs.

Ours is the whole request: session, rights, as-of reading, targets, statuses, scores, process limits with their marks,
trust, sparklines, every link and form of the page. The floors are the statements that fetch its data, and the same
table built from strings by hand (scorecard_floor.py). All run in one process, in turn; the tail is judged from
requests in a row.

    python benchmarks/p03_scorecard.py [--measurements 2000000] [--requests 120] [--postgres] [--json FILE]

Without `--postgres` the SQLite run is followed by the same on a PostgreSQL of its own, where that is installed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ratio import compare, print_header, report
from scorecard_data import build, data_folder
from scorecard_floor import fetch, string_page

POSTGRES = Path(__file__).resolve().parents[1] / "scripts" / "postgres.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measurements", type=int, default=2_000_000)
    parser.add_argument("--requests", type=int, default=120)
    parser.add_argument("--postgres", action="store_true", help="this run is the one on PostgreSQL")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if not asked.postgres:
        os.environ.pop("DATABASE_URL", None)
    with data_folder():
        key = build(asked.measurements)
        measure(key, "PostgreSQL" if asked.postgres else "SQLite", asked.requests)
    if not asked.postgres:
        sys.stdout.flush()
        subprocess.run([sys.executable, POSTGRES, sys.executable, __file__, *sys.argv[1:], "--postgres"], check=False)


def measure(key: str, where: str, requests: int) -> None:
    """The three lines of this database."""
    page = page_of(f"/scorecards/{key}/?show=all")
    html = page().decode()
    assert html.count("<tr id=") == 50, "the page does not show fifty KPIs"
    assert html.count('class="cell') >= 50 * 13, "the page does not show thirteen periods"
    print_header()
    compare(f"P3 page / its data query, {where}", page, lambda: fetch(key), "<= 5", rounds=41)
    compare(f"P3 page / page of strings, {where}", page, lambda: string_page(key), "<= 2.5", rounds=41)
    tails = [tail(page, requests) for _ in range(3)]
    report(
        f"P3 p95 / p50 of {requests} requests, {where}",
        [p95 / p50 for p50, p95 in tails],
        "<= 2",
        ours=statistics.median(p95 for _, p95 in tails),
        floor=statistics.median(p50 for p50, _ in tails),
    )


def page_of(address: str) -> Callable[[], bytes]:
    """A request for a page by a signed-in administrator, as the server hands it to Django."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import RequestFactory

    from sextant.people.models import User
    from sextant.project.wsgi import application

    user = User.objects.get(email="ada@hospital.example")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    factory = RequestFactory(SERVER_NAME="localhost", HTTP_COOKIE=f"sessionid={session.session_key}")

    def page() -> bytes:
        environ = factory.get(address).environ
        said: list[str] = []
        answer = application(environ, lambda status, headers: said.append(status))
        body = b"".join(answer)
        answer.close()
        assert said == ["200 OK"], said
        return body

    page()
    return page


def tail(page: Callable[[], bytes], requests: int) -> tuple[float, float]:
    """Median and 95th percentile of so many requests in a row, in seconds."""
    times = []
    for _ in range(requests):
        started = time.perf_counter()
        page()
        times.append(time.perf_counter() - started)
    times.sort()
    return statistics.median(times), times[int(0.95 * len(times))]


if __name__ == "__main__":
    main()
