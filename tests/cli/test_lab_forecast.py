"""`sextant lab forecast` writes a chance and a rising fan for every case of a history file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sextant.cli import main

HEAD = "case_id,t,value,freq,m,horizon,start_value,target,direction,elapsed"


def written(folder: Path, cases: dict[str, tuple[list[str], float, int]]) -> Path:
    """A history file of weekly cases: values, target, direction."""
    lines = [HEAD]
    for name, (values, target, way) in cases.items():
        lines += [f"{name},{t},{value},W,52,5,{values[0]},{target},{way},0.5" for t, value in enumerate(values)]
    path = folder / "history.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_every_case_gets_a_chance_and_a_fan(tmp_path: Path) -> None:
    values = [str(50 + week * 7919 % 11) for week in range(60)]
    gaps = ["" if week % 9 == 4 else value for week, value in enumerate(values)]
    cases = {"up": (values, 70.0, 1), "down": (gaps, 70.0, -1), "short": (values[:4], 60.0, 1)}
    out = tmp_path / "predictions.csv"
    assert main(["lab", "forecast", str(written(tmp_path, cases)), str(out), "--light"]) == 0
    rows = {row["case_id"]: row for row in csv.DictReader(out.read_text(encoding="utf-8").splitlines())}
    assert list(rows) == ["up", "down", "short"]
    assert float(rows["up"]["p"]) < 0.1
    assert float(rows["down"]["p"]) > 0.9
    fan = [float(value) for name, value in rows["up"].items() if name.startswith("q")]
    assert fan == sorted(fan)
    assert {"q0.01", "q0.05", "q0.1", "q0.5", "q0.9", "q0.95", "q0.99"} <= set(rows["up"])
    assert (rows["short"]["p"], rows["short"]["q0.5"]) == ("0.5", "")


def test_a_file_without_the_columns_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.csv"
    path.write_text("case_id,value\na,1\n", encoding="utf-8")
    assert main(["lab", "forecast", str(path), str(tmp_path / "out.csv")]) == 1
    assert "has no column freq, horizon, target, direction" in capsys.readouterr().err
