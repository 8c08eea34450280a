"""`sextant lab detect` judges a file of series as the product would have, day after day."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from sextant.cli import main
from sextant.cli.lab import how_judged

HEAD = "series_id,t,value,freq,m,train_end"


def judged(folder: Path, lines: list[str], *options: str) -> tuple[int, list[dict[str, str]]]:
    given, written = folder / "series.csv", folder / "flags.csv"
    given.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    code = main(["lab", "detect", str(given), str(written), *options])
    return code, list(csv.DictReader(io.StringIO(written.read_text(encoding="utf-8")))) if written.exists() else []


def stepped(name: str = "a", freq: str = "W", m: str = "52", train_end: int = 40, count: int = 80) -> list[str]:
    values = 100 + np.random.default_rng(5).standard_normal(count)
    values[60:] += 9
    texts = ["" if at == 20 else repr(float(value)) for at, value in enumerate(values)]
    return [f"{name},{at},{text},{freq},{m},{train_end}" for at, text in enumerate(texts)]


def test_an_alert_is_a_row_with_its_score(tmp_path: Path) -> None:
    code, rows = judged(tmp_path, [*stepped("a"), *stepped("b", "M", "12")])
    assert code == 0
    assert {row["series_id"] for row in rows} == {"a", "b"}
    assert min(int(row["t"]) for row in rows if float(row["score"]) > 5) == 60


def test_nothing_is_said_before_the_judged_part_begins(tmp_path: Path) -> None:
    _, rows = judged(tmp_path, stepped(train_end=70), "--all-scores")
    assert [int(row["t"]) for row in rows] == list(range(70, 80))


def test_all_scores_name_every_judged_value_that_is_there(tmp_path: Path) -> None:
    _, rows = judged(tmp_path, stepped(train_end=0), "--all-scores")
    times = [int(row["t"]) for row in rows]
    assert times == sorted(times)
    assert 20 not in times
    assert times[-1] == 79


def test_a_budget_decides_how_much_is_told(tmp_path: Path) -> None:
    counts = [len(judged(tmp_path, stepped(), "--budget", budget)[1]) for budget in ("0.0001", "40")]
    assert counts[0] < counts[1]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "holds no values"),
        (["a,0,x,W,52,0"], "line 2"),
        (["a,0,1,W,52,0", "a,0,2,W,52,0"], "twice"),
        (["a,-1,1,W,52,0"], "counts from 0"),
        (["a,0,1,W,-5,0"], "m is -5"),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    tmp_path: Path, lines: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = judged(tmp_path, lines)
    assert code == 1
    assert said in capsys.readouterr().err


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.csv"
    other.write_text("series_id,t\na,0\n", encoding="utf-8")
    assert main(["lab", "detect", str(tmp_path / "none.csv"), str(tmp_path / "out.csv")]) == 1
    assert main(["lab", "detect", str(other), str(tmp_path / "out.csv")]) == 1
    said = capsys.readouterr().err
    assert "can't be opened" in said
    assert "no column 'value'" in said


@pytest.mark.parametrize(
    ("freq", "m", "wanted"),
    [
        ("W", "52", ("week", None)), ("M", "", ("month", None)), ("D", "7", ("day", None)), ("D", "1", ("day", 1)),
        ("H", "24", ("hour", None)), ("H", "288", ("minute", None)), ("5min", "288", ("minute", None)),
        ("", "48", ("minute", 48)), ("H", "168", ("minute", 168)), ("W", "53", ("week", None)),
    ],
)  # fmt: skip
def test_any_frequency_and_season_is_judged_somehow(freq: str, m: str, wanted: tuple[str, int | None]) -> None:
    assert how_judged(freq, m) == wanted
