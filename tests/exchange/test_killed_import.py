"""`kill -9`, a full disk and two processes at once: afterwards all of it is there, or nothing, and it can go on."""

import resource
import shutil
from pathlib import Path

import pytest

from tests.exchange.on_disk import Installation

ROWS = 60_000
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("prepared") / "data").prepare()


@pytest.fixture
def place(prepared: Installation, tmp_path: Path) -> Installation:
    return Installation(Path(shutil.copytree(prepared.folder, tmp_path / "data")))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 metrics of 1,500 days each."""
    path = tmp_path_factory.mktemp("files") / "large.csv"
    days = [f"{2010 + n // 300}-{n // 25 % 12 + 1:02d}-{n % 25 + 1:02d}" for n in range(ROWS // 40)]
    with path.open("w") as file:
        file.write("KPI,Date,Value\n")
        for metric in range(40):
            file.writelines(f"Machine {metric:02d} load,{day},{place % 97}\n" for place, day in enumerate(days))
    return path


def test_killed_while_reading_leaves_nothing_and_reading_starts_again(place: Installation, large: Path) -> None:
    key = place.start(large)
    process = place.work(key)
    staged = place.folder / "imports" / key / "staged.sqlite3"
    assert place.kill_when(process, lambda: staged.exists() and staged.stat().st_size > MIB // 2)
    assert place.state(key)[0] == "reading"
    assert (place.is_sound(), place.count("metrics_metric")) == (True, 0)
    assert place.finish(key)[0] == 0
    assert place.state(key)[0] == "ready"
    place.to_be_published(key)
    assert place.finish(key)[0] == 0
    assert (place.state(key)[0], place.count("metrics_measurement")) == ("done", ROWS)


def test_killed_while_publishing_rolls_everything_back_and_publishing_starts_again(
    place: Installation, large: Path
) -> None:
    key = place.start(large)
    assert place.finish(key)[0] == 0
    place.to_be_published(key)
    log = Path(f"{place.database}-wal")
    process = place.work(key)
    assert place.kill_when(process, lambda: log.exists() and log.stat().st_size > MIB)
    assert place.state(key)[0] == "publishing"
    assert (place.is_sound(), place.count("metrics_metric"), place.count("metrics_measurement")) == (True, 0, 0)
    assert place.finish(key)[0] == 0
    assert (place.state(key)[0], place.count("metrics_measurement"), place.count("metrics_metric")) == (
        "done",
        ROWS,
        40,
    )


def no_file_larger_than(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_that_fills_while_reading_is_said_and_nothing_is_kept(place: Installation, large: Path) -> None:
    key = place.start(large)
    code, said = place.finish(key, lambda: no_file_larger_than(2 * MIB))
    assert code == 1
    assert "takes no more" in said
    assert place.state(key)[0] == "failed"
    assert (place.is_sound(), place.count("metrics_metric")) == (True, 0)
    assert place.finish(key)[0] == 0


def test_a_disk_that_fills_while_publishing_rolls_everything_back(place: Installation, large: Path) -> None:
    key = place.start(large)
    assert place.finish(key)[0] == 0
    place.to_be_published(key)
    code, said = place.finish(key, lambda: no_file_larger_than(3 * MIB))
    assert (code, "takes no more" in said) == (1, True)
    assert (place.is_sound(), place.count("metrics_metric"), place.count("metrics_measurement")) == (True, 0, 0)
    state, _, problem = place.state(key)
    assert (state, "takes no more" in str(problem)) == ("ready", True)
    place.to_be_published(key)
    assert place.finish(key)[0] == 0
    assert place.count("metrics_measurement") == ROWS


def test_two_processes_that_import_one_file_make_its_metrics_once(place: Installation, large: Path) -> None:
    keys = [place.start(large) for _ in range(2)]
    for key in keys:
        assert place.finish(key)[0] == 0
        place.to_be_published(key)
    both = [place.work(key) for key in keys]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert (place.count("metrics_metric"), place.count("kpis_kpi")) == (40, 40)
    assert place.count("metrics_measurement") == ROWS
    assert place.is_sound()


def test_two_processes_on_one_import_do_its_work_once(place: Installation, large: Path) -> None:
    key = place.start(large)
    assert place.finish(key)[0] == 0
    place.to_be_published(key)
    both = [place.work(key) for _ in range(2)]
    said = "".join(part for process in both for part in process.communicate(timeout=120))
    assert sorted(process.returncode for process in both) == [0, 1]
    assert "at work on this import" in said or "import-not-ready" in said or "is done" in said
    assert (place.state(key)[0], place.count("metrics_measurement")) == ("done", ROWS)
