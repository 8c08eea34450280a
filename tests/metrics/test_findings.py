"""What changed in metrics: the detector asked about stored values."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.metrics.commands import choose_limits, confirm_baseline, reject_finding
from sextant.metrics.models import Metric
from sextant.metrics.queries.findings import findings
from sextant.metrics.queries.series import series_many
from sextant.metrics.queries.standpoint import standpoint
from tests.make import make_metric, monthly, record_values
from tests.world import World

SOURCES = Path(__file__).resolve().parents[2] / "src" / "sextant"


def stepped(count: int = 60, at: int = 50, step: float = 30.0, seed: int = 3) -> list[float]:
    values = 100 + 3 * np.random.default_rng(seed).standard_normal(count)
    values[at:] += step
    return [round(float(value), 3) for value in values]


def metric_with(values: list[float], key: str = "waiting-time") -> Metric:
    metric = make_metric(key)
    record_values(metric, monthly(2010, values))
    return metric


def test_a_step_in_stored_values_is_found_with_its_month(world: World) -> None:
    metric = metric_with(stepped())
    point = standpoint()
    found = findings([metric], point)[metric.id].findings
    series = series_many([metric], point)[metric.id]
    assert [str(series.period(one.first).start) for one in found if one.score > 3] == [str(series.period(50).start)]
    assert found[-1].side == "above"


def test_a_confirmed_baseline_ends_the_finding(world: World) -> None:
    metric = metric_with(stepped())
    start = int(series_many([metric], standpoint())[metric.id].starts[50])
    confirm_baseline(world.ada, metric, start, reason="The second desk stays")
    assert not [one for one in findings([metric], standpoint())[metric.id].findings if one.found >= 50]


def test_a_rejected_finding_is_not_told_again(world: World) -> None:
    metric = metric_with(stepped())
    start = int(series_many([metric], standpoint())[metric.id].starts[50])
    reject_finding(world.ada, metric, start, reason="A holiday")
    assert not [one for one in findings([metric], standpoint())[metric.id].findings if one.first == 50]


def test_a_chosen_season_is_used(world: World) -> None:
    wave = [100 + 30 * (index % 4) + index % 3 for index in range(80)]
    metric = metric_with(wave)
    choose_limits(world.ada, metric, limits={"season_length": 4}, reason="Four seasons")
    expected = findings([metric], standpoint())[metric.id].expected
    assert np.abs(expected[60:] - wave[60:]).max() < 5


def test_a_smaller_budget_finds_less(world: World) -> None:
    metric = metric_with(stepped(step=7.0))
    found = [len(findings([metric], standpoint(), budgets={metric.id: one})[metric.id].findings) for one in (0.001, 5)]
    assert found[0] < found[1]


def test_a_new_value_is_judged_as_if_all_were_judged_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    metric = metric_with(stepped(count=55))
    findings([metric], standpoint())
    record_values(metric, monthly(2010, stepped(count=60)))
    continued = findings([metric], standpoint())[metric.id]
    monkeypatch.setattr("sextant.metrics.queries.findings._memory", OrderedDict())
    anew = findings([metric], standpoint(), series=series_many([metric], standpoint()))[metric.id]
    assert [(one.first, one.found) for one in continued.findings] == [(one.first, one.found) for one in anew.findings]
    np.testing.assert_allclose(continued.scores, anew.scores, atol=1e-3)


def test_the_number_of_statements_does_not_grow_with_the_metrics(world: World) -> None:
    def statements(metrics: list[Metric]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            findings(metrics, standpoint())
        return len(captured)

    metrics = [metric_with(stepped(count=30, at=25), f"metric-{number}") for number in range(6)]
    statements(metrics[:1])
    assert statements(metrics[:2]) == statements(metrics)


def test_nothing_else_asks_the_detector() -> None:
    allowed = {"metrics/queries/findings.py", "cli/lab.py"}
    asking: Callable[[ast.AST], bool] = lambda node: (  # noqa: E731
        isinstance(node, ast.ImportFrom)
        and node.module == "sextant.calc.findings"
        and any(name.name in ("detect", "detect_many") for name in node.names)
    )
    found: Any = {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if any(asking(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == allowed
