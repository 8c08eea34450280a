"""P1: values pushed over HTTP in batches of 1,000 by 8 clients, against a raw `executemany` of the same rows.

Ours is the whole way: 8 client processes, HTTP, token, JSON, checks, two server processes, SQLite, the event that
open pages hear. The floor is one program that upserts the same rows with `sqlite3.executemany`, one transaction per
batch, into a table with the same columns and unique index. Both run in every round on a database that grows alike.
Afterwards the database is counted: not one point lost, not one doubled.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import sqlite3
import statistics
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ratio import print_header, report
from serving import new_organisation, serving

CLIENTS = 8
BATCH = 1_000
ROUNDS = 5
BATCHES_PER_CLIENT = 12  # in one round
FIRST_DAY = date(2000, 1, 1)
Row = tuple[int, int, int, float, str, str, str, None, int, str, int]


def prepare() -> None:
    """One metric per client and place in a batch; prints a token."""
    actor = new_organisation()
    from django.utils import timezone

    from sextant.metrics.models import Definition, Metric
    from sextant.people.commands import create_token
    from sextant.people.models import Team

    team = Team.objects.get()
    Metric.objects.bulk_create(
        Metric(key=f"metric-{number:04d}", name=f"Metric {number}", team=team, frequency="day", aggregation="sum")
        for number in range(BATCH)
    )
    now = timezone.now()
    Definition.objects.bulk_create(
        Definition(metric=metric, number=1, how_measured="Counted.", author="bench", known_at=now)
        for metric in Metric.objects.all()
    )
    print(json.dumps({"token": create_token(actor, name="push", scope="push", team=team).secret}))


def day_of(round_: int, client: int, batch: int) -> int:
    """Every batch brings one day of all metrics, and no day comes twice."""
    return (round_ * CLIENTS + client) * BATCHES_PER_CLIENT + batch


def value_of(metric: int, day: int) -> float:
    return 100 + metric + day / 7


def body_of(day: int) -> bytes:
    period = (FIRST_DAY + timedelta(days=day)).isoformat()
    points = [{"metric": f"metric-{m:04d}", "period": period, "value": value_of(m, day)} for m in range(BATCH)]
    return json.dumps({"batch": f"day-{day}", "points": points}).encode()


def client(number: int, port: int, token: str, orders: Any, answers: Any) -> None:
    """Push the batches of each round that is ordered; answers the seconds each took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while (round_ := orders.get()) is not None:
        bodies = [body_of(day_of(round_, number, batch)) for batch in range(BATCHES_PER_CLIENT)]
        connection.close()  # the server closes what is idle for long, such as while the floor is measured
        connection.connect()
        answers.put("ready")
        orders.get()
        seconds, accepted = [], 0
        for body in bodies:
            started = time.perf_counter()
            connection.request("POST", "/api/v1/measurements", body, headers)
            response = connection.getresponse()
            answer = response.read()
            seconds.append(time.perf_counter() - started)
            if response.status != 200:
                raise SystemExit(f"{response.status}: {answer.decode()[:500]}")
            accepted += json.loads(answer)["accepted"]
        answers.put((seconds, accepted))


class Floor:
    """The same rows by `executemany`, one transaction per batch."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "cache_size=-32000",
            "wal_autocheckpoint=4000",
            "mmap_size=268435456",
        ):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.execute(
            "CREATE TABLE measurement (id INTEGER PRIMARY KEY AUTOINCREMENT, metric_id BIGINT NOT NULL, start BIGINT "
            'NOT NULL, "end" BIGINT NOT NULL, value REAL, state VARCHAR(14) NOT NULL, qualifier VARCHAR(40) NOT NULL, '
            "note TEXT NOT NULL, coverage REAL, dated_by_import BOOL NOT NULL, known_at DATETIME NOT NULL, "
            "superseded_at DATETIME, batch_id BIGINT NOT NULL, superseded_in BIGINT)"
        )
        self.connection.execute(
            "CREATE UNIQUE INDEX once ON measurement (metric_id, start) WHERE superseded_at IS NULL"
        )

    def upsert(self, batches: list[list[Row]]) -> float:
        """Seconds for all of them."""
        started = time.perf_counter()
        for rows in batches:
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.executemany(
                'INSERT INTO measurement (metric_id, start, "end", value, state, qualifier, note, coverage, '
                "dated_by_import, known_at, batch_id) VALUES (?,?,?,?,?,?,?,?,?,?,?) "
                "ON CONFLICT (metric_id, start) WHERE superseded_at IS NULL DO UPDATE SET value = excluded.value",
                rows,
            )
            self.connection.execute("COMMIT")
        return time.perf_counter() - started


def rows_of(day: int) -> list[Row]:
    return [
        (m, day * 24, day * 24 + 24, value_of(m, day), "observed", "", "", None, 0, "2026-01-01 00:00:00", day)
        for m in range(BATCH)
    ]


def main() -> None:
    print_header()
    with serving(__file__, workers=2) as server:
        floor = Floor(server.folder)
        orders = [multiprocessing.Queue() for _ in range(CLIENTS)]
        answers: Any = multiprocessing.Queue()
        crew = [
            multiprocessing.Process(
                target=client, args=(number, server.port, server.known["token"], orders[number], answers), daemon=True
            )
            for number in range(CLIENTS)
        ]
        for one in crew:
            one.start()
        ratios, spreads, ours, theirs, accepted = [], [], [], [], 0
        for round_ in range(ROUNDS + 1):  # the first one warms up
            days = [day_of(round_, number, batch) for number in range(CLIENTS) for batch in range(BATCHES_PER_CLIENT)]
            batches = [rows_of(day) for day in days]
            seconds_raw = floor.upsert(batches)
            seconds, waits, kept = push(round_, orders, answers)
            accepted += kept
            if round_:
                ours.append(seconds)
                theirs.append(seconds_raw)
                ratios.append(seconds_raw / seconds)
                spreads.append(p95(waits) / statistics.median(waits))
        for order in orders:
            order.put(None)
        for one in crew:
            one.join(timeout=10)
        count = len(days)
        report(
            "P1 push of 1,000-point batches, 8 clients", ratios, ">= 0.5",
            ours=statistics.median(ours) / count, floor=statistics.median(theirs) / count,
        )  # fmt: skip
        report("P1 p95 of a batch against its median", spreads, "<= 3.5")
        report("P1 points in the database per point sent", [verified(server.folder, accepted)], ">= 1")


def push(round_: int, orders: list[Any], answers: Any) -> tuple[float, list[float], int]:
    """Seconds for a round, the seconds of each batch, and how many points were accepted."""
    for order in orders:
        order.put(round_)
    for _ in orders:
        answers.get(timeout=60)
    started = time.perf_counter()
    for order in orders:
        order.put("go")
    found = [answers.get(timeout=60) for _ in orders]
    seconds = time.perf_counter() - started
    return seconds, [one for waits, _ in found for one in waits], sum(kept for _, kept in found)


def p95(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1]


def verified(folder: Path, accepted: int) -> float:
    """1 when every point sent stands once, with its value; else how much of them does (0 for doubled ones)."""
    sent = (ROUNDS + 1) * CLIENTS * BATCHES_PER_CLIENT * BATCH
    connection = sqlite3.connect(folder / "sextant.sqlite3")
    rows = connection.execute(
        "SELECT COUNT(*), COUNT(DISTINCT m.metric_id * 1000000 + m.start), "
        "SUM(ABS(value - (100 + CAST(SUBSTR(k.key, 8) AS INTEGER) + (m.start - ?) / 24 / 7.0)) < 1e-9) "
        "FROM metrics_measurement m JOIN metrics_metric k ON k.id = m.metric_id",
        [(FIRST_DAY - date(1970, 1, 1)).days * 24],
    )
    [(stored, distinct, right)] = rows.fetchall()
    connection.close()
    doubled = stored - distinct
    print(f"{sent} points sent, {accepted} accepted, {stored} stored, {doubled} doubled, {right} with their value")
    return 0.0 if doubled or accepted != sent else min(right, stored) / sent


if __name__ == "__main__":
    if sys.argv[1:2] == ["prepare"]:
        prepare()
    else:
        multiprocessing.set_start_method("fork")
        main()
