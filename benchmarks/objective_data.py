"""A large organisation with objectives: 1,000 of them, 3,000 key results, 36,000 check-ins, made by raw statements.

Every key result has a metric of its own with twelve weekly values, figures, an owner, and a check-in per week; every
objective but those of the board contributes to another one or to one of its key results, some support one more.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

OBJECTIVES, PER_OBJECTIVE, WEEKS = 1_000, 3, 12
TEAMS, PEOPLE, TOP = 40, 60, 8
WEEK = 168


def build() -> None:
    """Fill the empty database."""
    from django.db import connection

    from sextant.metrics.models import Measurement
    from sextant.okrs.models import CheckIn, KeyResult, Link, Objective, Terms
    from sextant.people.commands import create_team, set_up_organisation
    from sextant.people.models import Person, Team
    from sextant.people.queries import actor_of_person
    from sextant.strategy.models import Cycle, Theme, Vision

    admin = set_up_organisation(
        name="Large hospital", admin_name="Ada Admin", email="ada@hospital.example", password="lantern-harbour-42"
    )
    now = datetime.now(UTC)
    began, today = now - timedelta(weeks=WEEKS), now.date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), datetime.min.time(), UTC)
    newest = int(monday.timestamp() // 3600)
    teams = [Team.objects.get(), *(create_team(actor_of_person(admin), f"Ward {i}") for i in range(TEAMS))]
    people = [admin, *(Person.objects.create(key=f"person-{i}", name=f"Person {i}") for i in range(PEOPLE))]
    themes = [Theme.objects.create(key=f"theme-{i}", name=f"Theme {i}", position=i) for i in range(4)]
    Vision.objects.create(text="Nobody waits in fear.", known_at=began)
    cycle = Cycle.objects.create(
        key="now", name="This half", starts_on=began.date(), ends_on=date.fromordinal(began.date().toordinal() + 180)
    )
    objectives = [
        Objective(
            key=f"objective-{i}", title=f"Patients of ward {i} are seen in time and feel safe", state="active",
            team=teams[i % len(teams)], owner=people[i % len(people)], cycle=cycle, created_at=began,
            activated_at=began, theme=themes[i % 4] if i < TOP else None, rollup=("key_results", "both")[i < TOP],
        )
        for i in range(OBJECTIVES)
    ]  # fmt: skip
    Objective.objects.bulk_create(objectives, batch_size=500)
    metrics = _metrics(teams, began)
    results = [
        KeyResult(
            key=f"result-{i}", objective=objectives[i // PER_OBJECTIVE], title=f"The wait of kind {i} is 20 minutes",
            kind="metric", metric=metrics[i], owner=people[i % len(people)], position=i % PER_OBJECTIVE,
            created_at=began, published_at=began,
        )
        for i in range(len(metrics))
    ]  # fmt: skip
    KeyResult.objects.bulk_create(results, batch_size=500)
    Terms.objects.bulk_create(
        (Terms(key_result=one, baseline=60, target=20, author="Ada", known_at=began) for one in results), batch_size=500
    )
    Link.objects.bulk_create(_links(objectives, results, began), batch_size=500)
    _history(admin.name, results, metrics, newest, (Measurement, CheckIn), began)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _metrics(teams: list, began: datetime) -> list:  # type: ignore[type-arg]
    """One for each key result, with its definition."""
    from sextant.metrics.models import Definition, Metric

    metrics = [
        Metric(
            key=f"metric-{i}", name=f"Minutes waited in ward {i}", unit="duration:min", precision=0,
            aggregation="last", direction="down", frequency="week", team=teams[i % len(teams)],
        )
        for i in range(OBJECTIVES * PER_OBJECTIVE)
    ]  # fmt: skip
    Metric.objects.bulk_create(metrics, batch_size=500)
    Definition.objects.bulk_create(
        (Definition(metric=one, number=1, how_measured="Counted.", author="Ada", known_at=began) for one in metrics),
        batch_size=500,
    )
    return metrics


def _links(objectives: list, results: list, began: datetime) -> list:  # type: ignore[type-arg]
    """A tree four wide: every third one hangs below a key result; every tenth supports its neighbour as well."""
    from sextant.okrs.models import Link

    found = []
    for index in range(TOP, OBJECTIVES):
        above = (index - TOP) // 4
        end = {"key_result": results[above * PER_OBJECTIVE]} if index % 3 == 0 else {"objective": objectives[above]}
        found.append(Link(child=objectives[index], kind="contributes", author="Ada", known_at=began, **end))
        if index % 10 == 0:
            beside = {"objective": objectives[index - 1], "kind": "supports"}
            found.append(Link(child=objectives[index], author="Ada", known_at=began, **beside))
    return found


def _history(author: str, results: list, metrics: list, newest: int, models: tuple, began: datetime) -> None:  # type: ignore[type-arg]
    """Twelve weekly values and check-ins for each key result, most of them moving towards the target."""
    from django.db import connection

    from sextant.metrics.models import Batch

    batch = Batch.objects.create(
        key="load", kind="import", source="desk", recorded_at=began, actor_kind="system", actor_key="system",
        actor_label="Sextant",
    )  # fmt: skip
    chance = np.random.default_rng(5)
    reach = chance.uniform(-0.2, 1.3, len(results))
    values, words = [], []
    for week in range(WEEKS):
        known = str((began + timedelta(weeks=week, hours=1)).replace(tzinfo=None))
        figures = np.round(60 - 40 * reach * (week + 1) / WEEKS / 1.5 + chance.normal(0, 1, len(results)), 1).tolist()
        start = newest - WEEK * (WEEKS - 1 - week)
        for one, metric, figure in zip(results, metrics, figures, strict=True):
            values.append((metric.pk, start, start + WEEK, figure, "observed", known, batch.pk))
            status = ("on_track", "at_risk", "")[one.pk % 3]
            words.append((one.pk, author, figure, start, one.pk % 11, status, "As planned.", known))
    with connection.cursor() as cursor:
        cursor.executemany(
            'INSERT INTO metrics_measurement (metric_id, start, "end", value, state, known_at, batch_id, qualifier, '
            "note, dated_by_import) VALUES (%s, %s, %s, %s, %s, %s, %s, '', '', false)", values,
        )  # fmt: skip
        cursor.executemany(
            "INSERT INTO okrs_checkin (key_result_id, author, value, start, confidence, status, note, known_at, "
            "action, is_draft, is_late, batch_key, acknowledged_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', "
            "false, false, '', '')", words,
        )  # fmt: skip
