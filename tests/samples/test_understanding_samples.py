"""Published files understood as they are, held against the answers their publishers print."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from sextant.calc.periods import Calendar, Frequency, label, moment_of, period_at
from sextant.exchange.understanding import Mapping, Understanding, understand
from sextant.readers.folders import open_path, read_folder

pytestmark = pytest.mark.samples


@pytest.fixture(scope="module")
def samples() -> Path:
    return Path(os.environ["SAMPLES"]).resolve()


def latest(understood: Understanding) -> dict[int, float]:
    """Metric -> value of its latest period."""
    newest: dict[int, tuple[int, float]] = {}
    for block in understood.measurements():
        for metric, start, _, value, *_ in block:
            if value is not None and (metric not in newest or newest[metric][0] < start):
                newest[metric] = (start, value)
    return {metric: value for metric, (_, value) in newest.items()}


def series(understood: Understanding, metric: int) -> dict[str, float | None]:
    """Period -> value of one metric."""
    draft = understood.metrics[metric]
    found = {}
    for block in understood.measurements():
        for entry in block:
            if entry[0] == metric:
                period = period_at(entry[1], Frequency(draft.found_frequency), Calendar(), draft.span)
                found[label(period)] = entry[3]
    return found


@pytest.fixture(scope="module")
def indicators(samples: Path) -> Understanding:
    grids, _ = read_folder(samples / "canada-indicators")
    return understand(grids)


def test_national_indicators_are_counted_as_published(indicators: Understanding) -> None:
    summary = indicators.summary
    assert (summary["indicators"], summary["with_series"], summary["without_series"]) == (86, 74, 12)
    assert (summary["with_headline"], summary["breakdowns_only"], summary["further_measures"]) == (64, 10, 5)
    assert sum(note.key == "no-series" for note in indicators.notes) == 12


def test_the_latest_headline_is_the_published_current_value(indicators: Understanding, samples: Path) -> None:
    published = yaml.safe_load((samples / "canada-indicators/indicator_calculation_components.yml").read_text("utf-8"))
    newest = latest(indicators)
    compared = {}
    for draft in indicators.metrics:
        key = draft.external_id.replace(".", "-")
        answer = published.get(key, {}).get(key)
        if draft.measure_of is None and isinstance(answer, dict) and draft.index in newest:
            compared[key] = newest[draft.index] - answer["current_value"]
    assert len(compared) == 57
    assert {key: gap for key, gap in compared.items() if abs(gap) > 1e-9} == {}


def test_the_poverty_rate_has_its_values_aim_and_direction(indicators: Understanding) -> None:
    poverty = next(draft for draft in indicators.metrics if draft.external_id == "1.1.1")
    values = series(indicators, poverty.index)
    assert (values["2015"], values["2023"]) == (14.5, 10.4)
    (aim,) = poverty.targets
    assert (aim.target, aim.aim_by and label(aim.aim_by), poverty.direction) == (7.25, "2030", "down")
    assert (poverty.unit, poverty.frequency, poverty.has_values) == ("percent", "year", True)


def test_nothing_of_the_national_files_is_unreadable(indicators: Understanding) -> None:
    list(indicators.measurements())
    assert indicators.problems == []
    assert indicators.counts.skipped == 1415


def test_emergency_care_over_all_departments_is_the_ratio_of_sums(samples: Path) -> None:
    mapping = Mapping.from_dict({"table": [{"roll_up": "sum", "breakdowns": [["Trust"], ["Trust", "Dept"]]}]})
    understood = understand(open_path(samples / "uk-urgent-care/northern-ireland-ae-raw.csv"), mapping=mapping)
    share = next(draft for draft in understood.metrics if draft.aggregation == "ratio" and draft.part_of is None)
    values = series(understood, share.index)
    assert [round(values[month] or 0, 2) for month in ("2008-04", "2020-04", "2022-03")] == [91.38, 74.51, 52.82]
    assert len(values) == 168
    assert (share.numerator, share.denominator) == ("Under 4 Hours", "Total")
    total = next(draft for draft in understood.metrics if draft.name == "Total")
    assert sum(value or 0 for value in series(understood, total.index).values()) == 10_119_117
    assert sum(draft.part_of == share.index and len(draft.slice) == 1 for draft in understood.metrics) == 5


def test_emergency_care_adds_nothing_up_unless_asked(samples: Path) -> None:
    understood = understand(open_path(samples / "uk-urgent-care/northern-ireland-ae-raw.csv"))
    assert list(understood.measurements()) == []
    assert {"ratio", "roll_up", "breakdown"} <= {offer.kind for offer in understood.offers}


def test_hospital_indicators_get_their_names_from_the_workbook(samples: Path) -> None:
    decisions = {
        "table": [
            {"file": "all-*.csv", "value_column": "HospitalValue", "breakdowns": [["HospitalID"]]},
            {"file": "*-indicators.csv", "role": "ignored"},
            {"file": "northern*", "role": "ignored"},
        ]
    }
    grids, _ = read_folder(samples / "uk-urgent-care")
    understood = understand(grids, mapping=Mapping.from_dict(decisions))
    named = [draft for draft in understood.metrics if draft.part_of is None]
    assert len(named) == 30
    assert {draft.external_id for draft in named if draft.name == "Number of attendances"} == {"1", "6"}
    crosshouse = {draft.part_of: draft.index for draft in understood.metrics if draft.slice == {"HospitalID": "43"}}
    newest = latest(understood)
    assert newest[crosshouse[0]] == 1343
    assert newest[crosshouse[1]] == pytest.approx(82.5)
    assert understood.counts.missing == 721
    assert any(note.key == "share-times-100" for note in understood.notes)


def test_the_wide_hospital_table_asks_for_its_period(samples: Path) -> None:
    path = samples / "uk-urgent-care/scotland-hospital-indicators.csv"
    asked = [offer for offer in understand(open_path(path)).offers if offer.required]
    assert [offer.kind for offer in asked] == ["period"]
    mapping = Mapping.from_dict({"table": [{"period": "2021-06", "breakdowns": [["NHS Board", "Location Name"]]}]})
    understood = understand(open_path(path), mapping=mapping)
    attendances = next(draft for draft in understood.metrics if draft.name.startswith("Number of attendances: "))
    assert latest(understood)[attendances.index] == 1343


@pytest.mark.parametrize("extra", [(), ("--continental",)])
def test_every_series_of_the_recipe_equals_its_manifest(samples: Path, tmp_path: Path, extra: tuple[str, ...]) -> None:
    recipe = samples / "scale-recipe/expand.py"
    subprocess.run(
        [sys.executable, str(recipe), "--out", str(tmp_path), "--measurements", "30000", *extra],
        check=True,
        capture_output=True,
    )
    manifest: dict[str, Any] = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    (tmp_path / "manifest.json").unlink()
    understood = understand(read_folder(tmp_path)[0])
    kept: dict[str, dict[int, float]] = {}
    for block in understood.measurements():
        for metric, start, _, value, *_ in block:
            if value is not None:
                kept.setdefault(understood.metrics[metric].external_id, {})[start] = value
    assert kept.keys() == manifest["per_series"].keys()
    for key, expected in manifest["per_series"].items():
        values = kept[key]
        assert (len(values), min(values.values()), max(values.values())) == (
            expected["n"],
            expected["min"],
            expected["max"],
        )
        assert values[max(values)] == expected["last_value"]
        assert moment_of(min(values)).date().isoformat() == expected["first"]
        assert sum(values.values()) == pytest.approx(expected["sum"], abs=1e-3)
    assert {(draft.unit, draft.direction, draft.frequency) for draft in understood.metrics} == {
        ("count", "up", "day"),
        ("percent", "up", "month"),
    }
    assert all(len(draft.targets) == 1 for draft in understood.metrics)
    assert understood.problems == []
