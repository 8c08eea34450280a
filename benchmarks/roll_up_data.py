"""A very large organisation for the benchmark of the roll-up: objectives under each other, three key results each.

One row of every table is made by the models and then copied by statements, so that new columns do no harm. The places
in the tree are mixed, 5 % of the objectives stand alone, 5 % of the key results have no value yet.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

CHILDREN, PER_OBJECTIVE = 7, 3


def build(objectives: int) -> None:
    """Fill the empty database with so many objectives, under ids 1..n, and their key results, under ids 1..3n."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        rows = _first_rows(objectives)
        _make_places(cursor, objectives)
        _copy(cursor, rows["objective"], "made_objective", {"key": "'o-' || made.i", "rollup": "made.rollup"})
        _copy(cursor, rows["metric"], "made_key_result", {"key": "'m-' || made.i"})
        _copy(
            cursor, rows["key_result"], "made_key_result",
            {"key": "'k-' || made.i", "metric_id": "made.i", "objective_id": "made.owner"},
        )  # fmt: skip
        figures = {name: f"made.{name}" for name in ("baseline", "target", "weight")}
        _copy(cursor, rows["terms"], "made_key_result", {"key_result_id": "made.i", **figures})
        _copy(
            cursor, rows["measurement"], "made_key_result", {"metric_id": "made.i", "value": "made.value"},
            where="made.value IS NOT NULL",
        )  # fmt: skip
        by_key_result = f"CASE WHEN made.by_key_result THEN (made.parent - 1) * {PER_OBJECTIVE} + 1 END"
        _copy(
            cursor, rows["link"], "made_objective",
            {
                "child_id": "made.i", "weight": "made.link", "key_result_id": by_key_result,
                "objective_id": "CASE WHEN NOT made.by_key_result THEN made.parent END",
            },
            where="made.parent IS NOT NULL",
        )  # fmt: skip
        for row in reversed(rows.values()):
            row.delete()
        cursor.execute("ANALYZE")


def _first_rows(objectives: int) -> dict[str, Any]:
    """The rows to copy, behind the last of the copies; deleted in the end."""
    from django.utils import timezone

    from sextant.metrics.models import Batch, Measurement, Metric
    from sextant.okrs.models import KeyResult, Link, Objective, Terms
    from sextant.people.commands import set_up_organisation
    from sextant.people.models import Team
    from sextant.strategy.models import Cycle

    set_up_organisation(
        name="Large group", admin_name="Ada Admin", email="ada@group.example", password="lantern-harbour-42"
    )
    now, team, last = timezone.now(), Team.objects.get(), objectives * PER_OBJECTIVE + 1
    cycle = Cycle.objects.create(key="year", name="Year", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    objective = Objective.objects.create(
        pk=last, key="o", title="Patients are seen in time", team=team, cycle=cycle, state="active", created_at=now
    )
    metric = Metric.objects.create(
        pk=last, key="m", name="Share of patients seen in time", unit="percent", frequency="week", team=team
    )
    key_result = KeyResult.objects.create(
        pk=last, key="k", objective=objective, title="Patients seen within four hours", metric=metric,
        created_at=now, published_at=now, position=0,
    )  # fmt: skip
    terms = Terms.objects.create(pk=last, key_result=key_result, baseline=0, target=1, author="import", known_at=now)
    batch = Batch.objects.create(
        key="load", kind="import", source="registry.csv", recorded_at=now, actor_kind="system", actor_key="system",
        actor_label="Sextant",
    )  # fmt: skip
    measurement = Measurement.objects.create(
        pk=last, metric=metric, start=490_000, end=490_168, value=0, known_at=now, batch=batch
    )
    other = Objective.objects.create(pk=last + 1, key="p", title="Other", team=team, created_at=now)
    link = Link.objects.create(
        pk=last, child=objective, objective=other, kind="contributes", author="import", known_at=now
    )
    return {
        "objective": objective, "metric": metric, "key_result": key_result, "terms": terms,
        "measurement": measurement, "link": link,
    }  # fmt: skip


def _make_places(cursor: Any, objectives: int) -> None:
    """The tree and the figures, as temporary tables."""
    chance = np.random.default_rng(12)
    mixed = chance.permutation(objectives) + 1
    above = mixed[np.maximum(np.arange(objectives) - 1, 0) // CHILDREN]
    is_alone = chance.random(objectives) < 0.05
    is_alone[0] = True
    rollups = chance.choice(["both", "key_results", "children"], objectives, p=[0.9, 0.05, 0.05]).tolist()
    cursor.execute(
        "CREATE TEMP TABLE made_objective"
        " (i INTEGER PRIMARY KEY, parent INT, rollup TEXT, link REAL, by_key_result INT)"
    )
    cursor.executemany(
        "INSERT INTO made_objective VALUES (%s, %s, %s, %s, %s)",
        [
            (place, None if alone else parent, rollup, link, by_key_result)
            for place, parent, alone, rollup, link, by_key_result in zip(
                mixed.tolist(), above.tolist(), is_alone.tolist(), rollups,
                chance.choice([1.0, 1.0, 2.0], objectives).tolist(), (chance.random(objectives) < 0.2).tolist(),
                strict=True,
            )
        ],
    )  # fmt: skip
    key_results = objectives * PER_OBJECTIVE
    baselines = np.round(chance.uniform(10, 90, key_results), 1)
    targets = np.round(baselines + chance.choice([-1, 1], key_results) * chance.uniform(5, 40, key_results), 1)
    values = np.round(baselines + (targets - baselines) * chance.normal(0.45, 0.4, key_results), 2).tolist()
    is_silent = (chance.random(key_results) < 0.05).tolist()
    cursor.execute(
        "CREATE TEMP TABLE made_key_result"
        " (i INTEGER PRIMARY KEY, owner INT, baseline REAL, target REAL, weight REAL, value REAL)"
    )
    cursor.executemany(
        "INSERT INTO made_key_result VALUES (%s, %s, %s, %s, %s, %s)",
        [
            (i + 1, i // PER_OBJECTIVE + 1, baseline, target, weight, None if silent else value)
            for i, (baseline, target, weight, value, silent) in enumerate(
                zip(
                    baselines.tolist(), targets.tolist(),
                    chance.choice([0.0, 1.0, 1.0, 1.0, 2.0, 3.0], key_results).tolist(), values, is_silent, strict=True,
                )
            )
        ],
    )  # fmt: skip


def _copy(cursor: Any, row: Any, source: str, changes: dict[str, str], *, where: str = "TRUE") -> None:
    """Copies of a row, one for each row of the source, under its number and with some columns of their own."""
    changes = {"id": "made.i", **changes}
    table, columns = row._meta.db_table, [field.column for field in row._meta.local_concrete_fields]
    named = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join(changes.get(column, f'one."{column}"') for column in columns)
    cursor.execute(
        f'INSERT INTO "{table}" ({named}) SELECT {taken} FROM {source} AS made, "{table}" AS one'
        f" WHERE one.id = %s AND {where}",
        [row.pk],
    )
