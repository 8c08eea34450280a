"""Large and hostile files: memory stays flat, nothing is guessed for long, every refusal says why."""

import tracemalloc
from pathlib import Path

from sextant.exchange.understanding import understand
from sextant.readers.folders import open_path
from tests.exchange.understanding_files import read_text


def test_long_files_are_streamed_in_blocks_with_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    days = [
        f"20{year:02d}-{month:02d}-{day:02d}"
        for year in range(10, 20)
        for month in range(1, 13)
        for day in range(1, 28)
    ]
    with path.open("w", encoding="utf-8") as file:
        file.write("key,date,value\n")
        for number in range(20):
            file.writelines(f"K{number},{day},{index}.5\n" for index, day in enumerate(days))
    understood = understand(open_path(path))
    tracemalloc.start()
    count = largest = 0
    for block in understood.measurements():
        count += len(block)
        largest = max(largest, len(block))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (count, understood.counts.measurements) == (20 * len(days), 20 * len(days))
    assert largest <= 20_000
    assert peak < 16_000_000


def test_progress_is_told_per_file(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "key,date,value\nA,2024-01,1\nA,2024-02,2\n", "a.csv")
    told: list[tuple[str, int]] = []
    list(understood.measurements(progress=lambda file, rows: told.append((file, rows))))
    assert told == [("a.csv", 3)]


def test_counts_and_problems_start_anew_on_every_pass(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "key,date,value\nA,2024-01,1\nA,2024-02,x y\nA,2024-03,2\n")
    for _ in range(2):
        list(understood.measurements())
        assert (understood.counts.measurements, len(understood.problems)) == (2, 1)


def test_a_file_of_many_columns_is_understood_in_the_end(tmp_path: Path) -> None:
    header = ",".join(f"metric {number}" for number in range(3_000))
    values = ",".join(["1"] * 3_000)
    understood = read_text(tmp_path, f"Month,{header}\n2024-01,{values}\n2024-02,{values}\n")
    assert sum(len(block) for block in understood.measurements()) == 6_000


def test_text_files_without_any_table_are_ignored_with_a_reason(tmp_path: Path) -> None:
    understood = read_text(tmp_path, "Terms of use\nThis text goes on and on.\nIt has no numbers.\n", "terms.csv")
    assert [table.role for table in understood.tables] == ["ignored"]
    assert understood.tables[0].reason
    assert understood.metrics == []


def test_keys_that_differ_in_every_row_are_refused_with_advice(tmp_path: Path, monkeypatch: object) -> None:
    from sextant.exchange.understanding import scan

    monkeypatch.setattr(scan, "COMBINATIONS", 50)  # type: ignore[attr-defined]
    rows = "".join(f"K{number},2024-01,{number}\n" for number in range(60))
    understood = read_text(tmp_path, f"key,date,value\n{rows}")
    assert [problem.key for problem in understood.problems] == ["too-many-metrics"]
    assert "mapping" in understood.problems[0].message
    assert list(understood.measurements()) == []
