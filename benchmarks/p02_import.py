"""P2: a file import of a million rows against a bare executemany of the same rows.

Ours reads the files of the scale recipe, stages, compares and publishes them; the floor writes the finished rows
into a table with the same columns and indexes. Memory is the peak of the importing process; the writer is what
holds the product's database.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ratio import report

MEMORY_GOAL_MB = 300
WRITER_GOAL_SECONDS = 5.0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--samples", type=Path, required=True, help="folder of the data sets, with scale-recipe")
    options.add_argument("--measurements", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--import-into", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--files", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.import_into:
        return run_import(given.import_into, given.files)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = make_files(given.samples, folder / "files", given.measurements)
        ratios, ours = [], []
        for number in range(given.rounds):
            ours.append(import_once(folder / f"data-{number}", files, given.samples))
            ratios.append(ours[-1]["seconds"] / floor_seconds(folder / f"data-{number}", folder / "floor.sqlite3"))
        rows = ours[0]["accepted"]
        ok = report(f"P2 import of {rows:,} values / bare executemany", [1 / r for r in ratios], ">= 0.35").passed
        memory = max(one["memory_mb"] for one in ours)
        writer = max(one["writer_seconds"] for one in ours) * 1e6 / rows
        print(f"   rows per second {rows / min(one['seconds'] for one in ours):,.0f}")
        ok &= say("peak memory of the importing process, MB", memory, MEMORY_GOAL_MB)
        ok &= say("writer held, seconds per million rows", writer, WRITER_GOAL_SECONDS)
    return 0 if ok else 1


def say(what: str, figure: float, goal: float) -> bool:
    print(f"   {what}: {figure:.1f} (goal <= {goal:g}) {'PASS' if figure <= goal else 'SHORT'}")
    return figure <= goal


def make_files(samples: Path, folder: Path, measurements: int) -> Path:
    script = samples / "scale-recipe" / "expand.py"
    subprocess.run(
        [sys.executable, str(script), "--out", str(folder), "--measurements", str(measurements)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (folder / "manifest.json").unlink()
    return folder


def import_once(data: Path, files: Path, samples: Path) -> dict[str, float]:
    """One import in a process of its own, so that its peak of memory is its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--samples", str(samples), "--import-into", str(data), "--files", str(files)],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "SEXTANT_DATA": str(data)},
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def run_import(data: Path, files: Path) -> int:
    """The imported side: migrate, import, say how long it took (without starting up and migrating)."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "sextant.project.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from sextant.core.actors import SYSTEM
    from sextant.exchange import commands
    from sextant.people.commands import set_up_organisation
    from sextant.people.models import Team

    call_command("migrate", verbosity=0)
    set_up_organisation(name="Bench", admin_name="Bench", email="bench@example.org", password=None)
    started = time.perf_counter()
    imp = commands.start_import(SYSTEM, name="scale", team=Team.objects.get())
    commands.read_import(SYSTEM, imp, paths=[files])
    confirming = time.perf_counter()
    imported = commands.confirm_import(SYSTEM, imp)
    ended = time.perf_counter()
    figures = {
        "accepted": imported.accepted,
        "seconds": ended - started,
        "writer_seconds": ended - confirming,  # an upper bound: matching comes before the lock
        "memory_mb": peak_memory_mb(),
    }
    print(json.dumps(figures))
    return 0


def peak_memory_mb() -> float:
    """The most memory this program held; what getrusage says includes the process it was forked from."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def floor_seconds(data: Path, path: Path) -> float:
    """The same rows, finished, into a bare table with the same columns and indexes."""
    source = sqlite3.connect(data / "sextant.sqlite3")
    rows = source.execute(
        'SELECT metric_id, start, "end", value, state, qualifier, note, coverage, dated_by_import, known_at, batch_id '
        "FROM metrics_measurement ORDER BY id"
    ).fetchall()
    schema = [
        sql
        for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'metrics_measurement'")
        if sql is not None
    ]
    source.close()
    path.unlink(missing_ok=True)
    target = sqlite3.connect(path, isolation_level=None)
    target.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    for sql in schema:
        target.execute(sql)
    started = time.perf_counter()
    target.execute("BEGIN IMMEDIATE")
    target.executemany(
        'INSERT INTO metrics_measurement (metric_id, start, "end", value, state, qualifier, note, coverage, '
        "dated_by_import, known_at, batch_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    target.execute("COMMIT")
    seconds = time.perf_counter() - started
    target.close()
    return seconds


if __name__ == "__main__":
    sys.exit(main())
