"""A large organisation for the benchmarks of pages: 10,000 KPIs with weekly values, made by fast raw statements.

The figures do not matter, the amounts do: every KPI has a definition, a target with a red flag and the same number of
weekly values up to last week, with gaps, estimates and corrections (2 % of the values were first known otherwise);
one scorecard of 50 KPIs lies among them.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
KPIS, ON_CARD = 10_000, 50
UNITS = (("percent", 1, "mean"), ("count", 0, "sum"), ("number", 2, "last"), ("currency:EUR", 0, "sum"))
THEMES = ("Safe care", "Short waits", "Sound finances", "Good work")
WEEK = 168
CHUNK = 250_000


@contextmanager
def data_folder() -> Iterator[Path]:
    """Django on an empty database in a folder of its own, thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sextant-bench-"))
    os.environ["SEXTANT_DATA"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "sextant.project.settings"
    sys.path.insert(0, str(ROOT / "src"))
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield folder
    finally:
        from django.db import connections

        connections.close_all()
        shutil.rmtree(folder, ignore_errors=True)


def build(measurements: int) -> str:
    """Fill the empty database; returns the key of the scorecard."""
    from django.db import connection
    from django.utils import timezone

    from sextant.kpis.models import Kpi, Scorecard, ScorecardItem, Target
    from sextant.metrics.models import Batch
    from sextant.people.commands import set_up_organisation
    from sextant.people.models import Person, Team
    from sextant.strategy.models import Theme

    admin = set_up_organisation(
        name="Large hospital", admin_name="Ada Admin", email="ada@hospital.example", password="lantern-harbour-42"
    )
    now = timezone.now()
    long_ago = now - timedelta(days=9000)
    root = Team.objects.get()
    teams = [root, *(Team.objects.create(key=f"team-{i}", name=f"Team {i}", parent=root) for i in range(20))]
    people = [admin, *(Person.objects.create(key=f"person-{i}", name=f"Person {i}") for i in range(40))]
    themes = [Theme.objects.create(key=f"theme-{i}", name=name, position=i) for i, name in enumerate(THEMES)]
    metrics = _metrics(teams, people, themes, long_ago)
    kpis = [
        Kpi(key=metric.key, metric=metric, state="active", reason="Long waits harm patients.", activated_at=long_ago)
        for metric in metrics
    ]
    Kpi.objects.bulk_create(kpis, batch_size=1000)
    levels = np.random.default_rng(3).uniform(40, 90, KPIS)
    Target.objects.bulk_create(
        (
            Target(
                kpi=kpi, target=round(level, 1), author="import", known_at=long_ago,
                red_flag=round(level - 8 if index % 2 == 0 else level + 8, 1),
            )
            for index, (kpi, level) in enumerate(zip(kpis, levels.tolist(), strict=True))
        ),
        batch_size=1000,
    )  # fmt: skip
    batch = Batch.objects.create(
        key="load", kind="import", source="registry.csv", recorded_at=long_ago, actor_kind="system",
        actor_key="system", actor_label="Sextant",
    )  # fmt: skip
    _measurements(connection, [metric.pk for metric in metrics], levels, measurements // KPIS, batch.pk)
    card = Scorecard.objects.create(key="board", name="Board", team=root, owner=admin)
    step = KPIS // ON_CARD
    ScorecardItem.objects.bulk_create(
        ScorecardItem(scorecard=card, kpi=kpi, position=place, known_at=long_ago)
        for place, kpi in enumerate(kpis[:: step + 1][:ON_CARD], 1)
    )
    return card.key


def _metrics(teams: list, people: list, themes: list, long_ago: datetime) -> list:  # type: ignore[type-arg]
    """One for each KPI, with its definition."""
    from sextant.metrics.models import Definition, Metric

    metrics = []
    for index in range(KPIS):
        unit, precision, rule = UNITS[index % len(UNITS)]
        metrics.append(
            Metric(
                key=f"kpi-{index}", name=f"Share of patients seen in time, ward {index}", unit=unit,
                precision=precision, aggregation=rule, direction=("up", "down")[index % 2], frequency="week",
                team=teams[index % len(teams)], owner=people[index % len(people)],
                theme=themes[index % len(themes)], source="registry",
                perspective=("customer", "process", "financial", "people")[index % 4],
            )
        )  # fmt: skip
    Metric.objects.bulk_create(metrics, batch_size=1000)
    Definition.objects.bulk_create(
        (
            Definition(metric=metric, number=1, how_measured="Counted by the desk.", author="import", known_at=long_ago)
            for metric in metrics
        ),
        batch_size=1000,
    )
    return metrics


def _measurements(connection: object, ids: Sequence[int], levels: np.ndarray, periods: int, batch_id: int) -> None:
    """Weekly values up to last week, in the order of time as a system that lives would have written them."""
    chance = np.random.default_rng(11)
    monday = datetime.now(UTC).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    running = int((monday - datetime(1970, 1, 1)).total_seconds() // 3600)  # noqa: DTZ001
    starts = running - WEEK * np.arange(periods, 0, -1)
    rows: list[tuple[object, ...]] = []
    for start in starts.tolist():
        known = str(datetime(1970, 1, 1) + timedelta(hours=start + WEEK))  # noqa: DTZ001
        figures = np.round(levels + chance.normal(0, 6, len(ids)), 2).tolist()
        gaps = chance.random(len(ids)) < 0.01
        states = np.where(chance.random(len(ids)) < 0.01, "estimated", "observed").tolist()
        corrected = (chance.random(len(ids)) < 0.02).tolist()
        later = str(datetime(1970, 1, 1) + timedelta(hours=start + 3 * WEEK))  # noqa: DTZ001
        for metric_id, figure, state, gap, again in zip(ids, figures, states, gaps.tolist(), corrected, strict=True):
            if gap:
                continue
            if again:
                rows.append((metric_id, start, start + WEEK, figure - 1, state, known, batch_id, later))
            rows.append((metric_id, start, start + WEEK, figure, state, later if again else known, batch_id, None))
        if len(rows) >= CHUNK:
            _insert(connection, rows)
            rows = []
    _insert(connection, rows)
    _analyse(connection)


def _insert(connection: object, rows: Sequence[tuple[object, ...]]) -> None:
    columns = (
        'metric_id, start, "end", value, state, known_at, batch_id, superseded_at, qualifier, note, dated_by_import'
    )
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        if connection.vendor == "postgresql":  # type: ignore[attr-defined]
            with cursor.cursor.copy(f"COPY metrics_measurement ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row((*row, "", "", False))
            return
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        raw = cursor.cursor
        raw.connection.execute("BEGIN")
        raw.connection.executemany(
            f"INSERT INTO metrics_measurement ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '', 0)", rows
        )
        raw.connection.execute("COMMIT")


def _analyse(connection: object) -> None:
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")  # type: ignore[attr-defined]
