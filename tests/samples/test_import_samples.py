"""The real data sets through the whole import, against the answers their publishers print."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import yaml

from sextant.exchange import commands
from sextant.exchange.models import Import
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import standing
from sextant.metrics.models import Measurement, Metric
from sextant.metrics.queries.series import Series, series_many, series_of
from sextant.metrics.queries.standpoint import standpoint
from tests.make import admin
from tests.world import World

pytestmark = [pytest.mark.samples, pytest.mark.django_db]

URGENT_CARE = """
year_start_month = 4

[[table]]
file = "northern-ireland-ae-raw.csv"
roll_up = "sum"
[[table.ratio]]
name = "Seen within 4 hours"
numerator = "Under 4 Hours"
denominator = "Total"

[[table]]
file = "*scotland*"
role = "ignored"
"""


def bring_in(world: World, path: Path, mapping: str = "") -> tuple[Import, commands.Imported]:
    imp = commands.start_import(admin(), name=path.name, team=world.hospital, mapping=tomllib.loads(mapping))
    commands.read_import(admin(), imp, paths=[path])
    return imp, commands.confirm_import(admin(), imp)


def by_period(series: Series) -> dict[str, float]:
    return {
        f"{series.period(index).first_day:%Y-%m}": value
        for index, value in enumerate(series.values.tolist())
        if value == value
    }


def test_canadian_indicators_come_in_as_a_folder_without_any_mapping(world: World, samples: Path) -> None:
    imp, imported = bring_in(world, samples / "canada-indicators")
    counts = imp.summary["counts"]
    assert (counts["indicators"], counts["with_series"], counts["metrics"]) == (86, 74, 91)
    without = [note for note in imp.summary["notes"] if note["key"] == "no-series"]
    assert len(without) == 12
    with_values = set(Measurement.objects.values_list("metric_id", flat=True).distinct())
    headlines = Metric.objects.filter(id__in=with_values, kpi__isnull=False).count()
    assert headlines == 64
    assert imported.unchanged == 0
    _assert_published_values(samples)
    _assert_poverty_rate()
    _, again = bring_in(world, samples / "canada-indicators")
    assert (again.new_metrics, again.accepted, again.targets) == (0, 0, 0)


def _assert_published_values(samples: Path) -> None:
    """The newest headline value equals the publisher's current value in every case that can be compared."""
    path = samples / "canada-indicators" / "indicator_calculation_components.yml"
    published = yaml.safe_load(path.read_text(encoding="utf-8"))
    metrics = {m.external_id.replace(".", "-"): m for m in Metric.objects.filter(kpi__isnull=False)}
    series = series_many(list(metrics.values()), standpoint())
    compared, differing = 0, {}
    for key, indicator in published.items():
        own = indicator.get(key) if isinstance(indicator, dict) else None
        if not isinstance(own, dict) or own.get("current_value") is None or key not in metrics:
            continue
        found = series[metrics[key].id]
        known = found.values[~np.isnan(found.values)]
        if not known.size:
            continue
        compared += 1
        latest = float(known[-1])  # of the running year, where the publisher counts it
        if abs(latest - float(own["current_value"])) >= 1e-6:
            differing[key] = (latest, own["current_value"])
    assert (differing, compared) == ({}, 57)


def _assert_poverty_rate() -> None:
    kpi = Kpi.objects.get(metric__external_id__in=["1.1.1", "1-1-1"])
    now = standing(kpi, standpoint())
    values = {now.series.period(i).first_day.year: v for i, v in enumerate(now.series.values.tolist())}
    assert (values[2015], values[2023]) == (14.5, 10.4)
    assert kpi.metric.direction == "down"
    assert [(aim.value, aim.by.last_day.year) for aim in now.aims] == [(7.25, 2030)]
    assert now.status == "no_target" or now.freshness == "stale"


def test_emergency_departments_roll_up_as_a_ratio_of_sums(world: World, samples: Path) -> None:
    bring_in(world, samples / "uk-urgent-care", URGENT_CARE)
    share = by_period(series_of(Metric.objects.get(name="Seen within 4 hours"), standpoint()))
    assert len(share) == 168
    assert [round(share[month], 2) for month in ("2008-04", "2020-04", "2022-03")] == [91.38, 74.51, 52.82]
    over = by_period(series_of(Metric.objects.get(name__icontains="over 12 hours"), standpoint()))
    assert [over[month] for month in ("2008-04", "2020-04", "2022-03")] == [21, 230, 8586]


def test_a_million_rows_end_as_the_manifest_says(world: World, samples: Path, tmp_path: Path) -> None:
    _assert_scale(world, samples, tmp_path, 1_000_000, 995_342)


@pytest.mark.parametrize("options", [("--continental",)])
def test_continental_numbers_end_as_the_manifest_says(
    world: World, samples: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    _assert_scale(world, samples, tmp_path, 30_000, None, *options)


def _assert_scale(world: World, samples: Path, folder: Path, rows: int, expected: int | None, *options: str) -> None:
    script = samples / "scale-recipe" / "expand.py"
    command = [sys.executable, str(script), "--out", str(folder), "--measurements", str(rows), *options]
    subprocess.run(command, check=True, capture_output=True)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").unlink()
    _, imported = bring_in(world, folder)
    assert imported.accepted == manifest["measurements_expected"]
    assert expected in (None, imported.accepted)
    _assert_manifest(manifest["per_series"])
    _, again = bring_in(world, folder)
    assert (again.accepted, again.superseded, again.unchanged) == (0, 0, imported.accepted)


def _assert_manifest(per_series: dict[str, dict[str, float]]) -> None:
    metrics = list(Metric.objects.filter(key__in=per_series))
    assert len(metrics) == len(per_series)
    for start in range(0, len(metrics), 100):
        part = metrics[start : start + 100]
        for metric_id, series in series_many(part, standpoint()).items():
            told = per_series[next(metric.key for metric in part if metric.id == metric_id)]
            known = np.flatnonzero(~np.isnan(series.values))
            values = series.values[known]
            days = [
                series.period(int(known[0])).first_day.isoformat(),
                series.period(int(known[-1])).first_day.isoformat(),
            ]
            assert len(known) == told["n"]
            assert days == [told["first"], told["last"]]
            assert values[-1] == told["last_value"]
            assert (values.min(), values.max()) == (told["min"], told["max"])
            assert values.sum() == pytest.approx(told["sum"], abs=1e-3)
