"""The real data sets open without error and hold as many rows as their README files say."""

from pathlib import Path

import pytest

from sextant.readers import Grid, ReadNote, read_folder

pytestmark = pytest.mark.samples

SERIES_ROWS = {
    "realKnownCause/nyc_taxi": 10_320,
    "realKnownCause/ec2_request_latency_system_failure": 4_032,
    "realKnownCause/cpu_utilization_asg_misconfiguration": 18_050,
    "realTraffic/TravelTime_387": 2_500,
    "realTraffic/speed_7578": 1_127,
    "realAdExchange/exchange-2_cpc_results": 1_624,
    "realAdExchange/exchange-3_cpm_results": 1_538,
    "realAWSCloudwatch/elb_request_count_8c0756": 4_032,
    "realAWSCloudwatch/rds_cpu_utilization_e47b3b": 4_032,
    "realAWSCloudwatch/iio_us-east-1_i-a2eb1cd9_NetworkIn": 1_243,
}


@pytest.fixture(scope="session")
def everything(samples: Path) -> tuple[list[Grid], list[ReadNote]]:
    return read_folder(samples)


@pytest.fixture(scope="session")
def grids(everything: tuple[list[Grid], list[ReadNote]]) -> dict[tuple[str, str], Grid]:
    return {(grid.file, grid.name): grid for grid in everything[0]}


def records(grid: Grid) -> int:
    """Rows below the header."""
    return sum(1 for _ in grid.rows()) - 1


def test_every_file_is_read_or_reported_as_no_data(everything: tuple[list[Grid], list[ReadNote]]) -> None:
    grids, notes = everything
    assert [(note.file, note.key) for note in notes] == [("scale-recipe/expand.py", "unknown-kind")]
    assert all(sum(1 for _ in grid.rows()) for grid in grids if grid.record is None)
    assert all(len(row) <= grid.columns for grid in grids for _, row in grid.rows())


def test_indicator_series_hold_their_rows_numbers_and_gaps(grids: dict[tuple[str, str], Grid]) -> None:
    series = [grid for (file, _), grid in grids.items() if file.startswith("canada-indicators/data/")]
    values: list[str] = []
    for grid in series:
        (_, header), *rows = grid.rows()
        assert header[-1] == "Value"
        assert header[0] == "Year"
        values += [str(row[-1]) for _, row in rows]
    assert len(series) == 74
    assert len(values) == 71_077
    assert sum(1 for value in values if not value) == 1_415


def test_indicator_descriptions_become_records(grids: dict[tuple[str, str], Grid]) -> None:
    found = [grid.record for (file, _), grid in grids.items() if file.startswith("canada-indicators/meta/")]
    assert len(found) == 86
    assert all(record and record["indicator_name"] and record["indicator_number"] for record in found)
    poverty = next(record for record in found if record and record["indicator_number"] == "1.1.1")
    assert poverty["progress_calculation_options.0.target"] == 7.25
    assert poverty["graph_target_lines.0.value"] == 7.25


@pytest.mark.parametrize("name", ["cif_metadata.csv", "cif_metadata_fr.csv"])
def test_the_summaries_keep_their_accents(grids: dict[tuple[str, str], Grid], name: str) -> None:
    grid = grids[f"canada-indicators/{name}", ""]
    assert records(grid) == 86
    assert grid.notes == ()


@pytest.mark.parametrize(("name", "rows"), list(SERIES_ROWS.items()))
def test_operational_series_are_complete(grids: dict[tuple[str, str], Grid], name: str, rows: int) -> None:
    grid = grids[f"operations-series/data/{name}.csv", ""]
    assert grid.head(1) == [(1, ["timestamp", "value"])]
    assert records(grid) == rows


@pytest.mark.parametrize(
    ("file", "sheet", "rows"),
    [
        ("northern-ireland-ae-raw.csv", "", 3_121),
        ("all-scotland-stats.csv", "", 1_260),
        ("scotland-hospital-indicators.csv", "", 42),
        ("scotland-hospital-indicator-list.xlsx", "Indicators", 30),
        ("scotland-hospital-indicator-list.xlsx", "Hospitals", 42),
    ],
)
def test_urgent_care_files_are_complete(grids: dict[tuple[str, str], Grid], file: str, sheet: str, rows: int) -> None:
    assert records(grids[f"uk-urgent-care/{file}", sheet]) == rows


def test_agency_goals_are_complete_and_their_damage_is_reported(grids: dict[tuple[str, str], Grid]) -> None:
    assert records(grids["us-agency-goals/goals.json", ""]) == 461
    target = grids["us-agency-goals/target.json", ""]
    assert records(target) == 757
    assert "damaged-characters" in {note.key for note in target.notes}


def test_tables_of_objectives_are_found_in_markdown(grids: dict[tuple[str, str], Grid]) -> None:
    table = grids["okr-markdown/ipfs/CLUSTER.md", "2019 Q2"]
    assert [str(cell) for cell in table.head(2)[1][1]] == ["****", "P0-P4", "", "**0.3**", "**0.6**", "**0.4**"]
