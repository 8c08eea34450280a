"""One file by its content rather than its name, and whole folders."""

import gzip
from pathlib import Path

import pytest

from sextant.readers import ReadError, open_path, read_folder

OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("old.xls", OLD_OFFICE, "old-or-encrypted-workbook"),
        ("locked.xlsx", OLD_OFFICE, "old-or-encrypted-workbook"),
        ("page.xls", b"\r\n<html><table><tr><td>1</td></tr></table></html>", "web-page"),
        ("paper.csv", b"%PDF-1.7\n...", "pdf"),
        ("data.csv", gzip.compress(b"a,b\n1,2\n", mtime=0), "packed"),
        ("program.exe", b"MZ\x90\x00", "unknown-kind"),
        ("empty.csv", b"", "empty-file"),
    ],
)
def test_files_that_cannot_be_read_say_what_they_are(tmp_path: Path, name: str, content: bytes, key: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError) as caught:
        open_path(path)
    assert caught.value.key == key
    assert caught.value.file == name
    assert str(tmp_path) not in caught.value.message


def test_the_advice_for_an_old_workbook_is_to_save_it_anew(tmp_path: Path) -> None:
    (tmp_path / "old.xls").write_bytes(OLD_OFFICE)
    with pytest.raises(ReadError, match=r"save it as \.xlsx"):
        open_path(tmp_path / "old.xls")


def test_tabbed_text_named_like_a_workbook_is_read(tmp_path: Path) -> None:
    (tmp_path / "export.xls").write_text("name\tvalue\na\t1\n")
    [grid] = open_path(tmp_path / "export.xls")
    assert grid.head()[1] == (2, ["a", "1"])


def test_missing_files_and_folders_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        open_path(tmp_path / "none.csv")
    assert caught.value.key == "no-such-file"
    with pytest.raises(ReadError) as caught:
        open_path(tmp_path)
    assert caught.value.key == "is-a-folder"
    with pytest.raises(ReadError) as caught:
        read_folder(tmp_path / "none")
    assert caught.value.key == "no-such-folder"


def test_a_folder_is_read_whole_in_natural_order_with_relative_names(tmp_path: Path) -> None:
    for name in ("b/series_10.csv", "b/series_2.csv", "a.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x,y\n1,2\n")
    grids, notes = read_folder(tmp_path)
    assert [grid.file for grid in grids] == ["a.csv", "b/series_2.csv", "b/series_10.csv"]
    assert notes == []


def test_what_is_left_out_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".hidden.csv").write_text("a,b\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.csv").write_text("a,b\n")
    (tmp_path / "~$open.xlsx").write_bytes(b"lock")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "good.csv").write_text("a,b\n1,2\n")
    grids, notes = read_folder(tmp_path)
    assert [grid.file for grid in grids] == ["good.csv"]
    assert {(note.file, note.key) for note in notes} == {
        (".hidden.csv", "hidden-file"),
        (".git", "hidden-file"),
        ("~$open.xlsx", "hidden-file"),
        ("picture.png", "unknown-kind"),
        ("bad.json", "not-json"),
    }


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("a,b\n1,2\n")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "file.csv").symlink_to(outside / "secret.csv")
    (inside / "folder").symlink_to(outside)
    (inside / "real.csv").write_text("a,b\n1,2\n")
    (inside / "again.csv").symlink_to(inside / "real.csv")
    grids, notes = read_folder(inside)
    assert [grid.file for grid in grids] == ["again.csv", "real.csv"]
    assert {(note.file, note.key) for note in notes} == {
        ("file.csv", "link-left-out"), ("folder", "link-left-out")
    }  # fmt: skip
