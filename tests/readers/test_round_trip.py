"""What any csv writer wrote is read back exactly, and any bytes at all end in rows or in a clear error."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sextant.readers import Grid, ReadError, open_path

usual = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
cells = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffd\ufeff\\"), max_size=12
) | st.sampled_from(["", '"', '""', "a,b", "x;y", "line\nline", "5\" pipe", "1,273", "'", "a\tb"])  # fmt: skip
tables = st.lists(st.lists(cells, min_size=2, max_size=5), min_size=1, max_size=12)


def outcome(path: Path) -> tuple[list[Grid], ReadError | None]:
    try:
        return open_path(path), None
    except ReadError as error:
        return [], error


@usual
@given(tables, st.sampled_from(",;\t|"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_written_rows_come_back_exactly(tmp_path: Path, table: list[list[str]], delimiter: str, quoting: int) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    path = tmp_path / "table.csv"
    path.write_text("key" + delimiter + "value\r\n" + out.getvalue(), encoding="utf-8", newline="")
    [grid] = open_path(path, delimiter=delimiter)
    assert list(grid.raw_rows())[1:] == table
    assert not {note.key for note in grid.notes} & {"quote-not-closed", "damaged-characters"}


@usual
@given(st.binary(max_size=400), st.sampled_from(["x.csv", "x.json", "x.jsonl", "x.yaml", "x.md", "x.xlsx", "x.txt"]))
def test_any_bytes_end_in_rows_or_in_a_clear_error(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    grids, refusal = outcome(path)
    assert refusal is None or (refusal.key and refusal.file == name)
    for grid in grids:
        assert list(grid.rows()) == list(grid.rows())


@pytest.mark.parametrize("suffix", ["json", "yaml", "md", "csv"])
@usual
@given(text=st.text(alphabet=" \n\t-:[]{},\"'|&*#!<>?%@`ab1.\\", max_size=120))
def test_any_marks_end_in_rows_or_in_a_clear_error(tmp_path: Path, suffix: str, text: str) -> None:
    path = tmp_path / f"x.{suffix}"
    path.write_text(text, encoding="utf-8", newline="")
    grids, refusal = outcome(path)
    assert refusal is None or refusal.message
    for grid in grids:
        assert list(grid.raw_rows()) == list(grid.raw_rows())
