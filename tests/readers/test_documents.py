"""JSON, JSON lines, YAML and Markdown."""

import json
from pathlib import Path

import pytest

from sextant.readers import Grid, ReadError, limits, open_path


def opened(folder: Path, name: str, content: object) -> list[Grid]:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return open_path(path)


def rows(grid: Grid) -> list[list[str]]:
    return [[str(cell) for cell in row] for _, row in grid.rows()]


def test_a_list_of_records_becomes_a_grid_with_all_their_fields(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.json", [{"key": "a", "value": 1}, {"key": "b", "unit": None}])
    assert rows(grid) == [["key", "value", "unit"], ["a", "1", ""], ["b", "", ""]]
    assert grid.kind == "records"


def test_nested_fields_are_flattened_with_dots(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.json", [{"key": "a", "options": [{"target": 7.25}], "on": True}])
    assert rows(grid) == [["key", "options.0.target", "on"], ["a", "7.25", "true"]]


def test_digits_survive(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.json", '[{"a": 0.10, "b": 1e400, "c": 12345678901234567890, "d": NaN}]')
    assert rows(grid)[1] == ["0.10", "1e400", "12345678901234567890", "NaN"]


def test_a_wrapped_list_is_found_and_its_wrapping_kept(tmp_path: Path) -> None:
    table, beside = opened(tmp_path, "a.json", {"meta": {"page": 1}, "data": [{"k": "x"}, {"k": "y"}]})
    assert (table.name, rows(table)) == ("data", [["k"], ["x"], ["y"]])
    assert beside.record == {"meta.page": 1}


def test_a_mapping_of_records_keeps_its_keys(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.json", {"first": {"value": 1}, "second": {"value": 2}})
    assert rows(grid) == [["key", "value"], ["first", "1"], ["second", "2"]]


def test_a_mapping_whose_inner_names_are_data_becomes_one_row_each(tmp_path: Path) -> None:
    data = {f"group {n}": {f"part {n}": {"value": n, "score": 1}, "score": 9} for n in range(5)}
    [grid] = opened(tmp_path, "a.json", data)
    assert rows(grid)[0] == ["key", "part", "value", "score", "key.score"]
    assert rows(grid)[3] == ["group 2", "part 2", "2", "1", "9"]


def test_a_mapping_of_lists_repeats_the_key_and_keeps_empty_ones(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.json", {"x": [["1", "2"], ["3", "4"]], "y": []})
    assert rows(grid) == [["key", "0", "1", "value"], ["x", "1", "2", ""], ["x", "3", "4", ""], ["y", "", "", ""]]


def test_a_list_of_lists_is_a_plain_table(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.json", [["month", "value"], ["2024-01", 5]])
    assert rows(grid) == [["month", "value"], ["2024-01", "5"]]


def test_a_single_mapping_is_a_record(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.json", {"name": "x", "target": {"value": 5}})
    assert grid.kind == "document"
    assert grid.record == {"name": "x", "target.value": 5}


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("{]", "not-json"),
        ("[]", "no-records"),
        ("5", "no-records"),
        ("", "empty-file"),
        ("[" * 100_000, "nested-too-deep"),
        ('[{"a":' + "[" * 100 + "]" * 100 + "}]", "nested-too-deep"),
    ],
)
def test_json_that_is_none_is_a_clear_error(tmp_path: Path, content: str, key: str) -> None:
    with pytest.raises(ReadError) as caught:
        opened(tmp_path, "a.json", content)
    assert caught.value.key == key


def test_damaged_characters_in_records_are_reported(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.json", [{"a": "fine", "b": "bro\ufffdken"}])
    assert [(note.key, note.row, note.column) for note in grid.notes] == [("damaged-characters", 2, 2)]


def test_json_lines_are_read_and_bad_lines_reported(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.jsonl", '{"a": 1}\n\nnonsense\n{"a": 2, "b": "x"}\n')
    assert list(grid.rows()) == [(1, ["a", "b"]), (2, ["1", ""]), (5, ["2", "x"])]
    assert [(note.key, note.row) for note in grid.notes] == [("not-a-record", 4)]


def test_a_json_file_that_holds_lines_is_read_as_lines(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.json", '{"a": 1}\n{"a": 2}\n')
    assert rows(grid) == [["a"], ["1"], ["2"]]


def test_a_long_list_is_read_item_by_item_with_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = [{"key": f"k{n}", "text": "x" * 3_000, "value": n / 10} for n in range(800)]
    [whole] = opened(tmp_path, "a.json", json.dumps(data, indent=1))
    monkeypatch.setattr(limits, "JSON_WHOLE_BYTES", 1000)
    [streamed] = opened(tmp_path, "a.json", json.dumps(data, indent=1))
    assert list(streamed.rows()) == list(whole.rows())


@pytest.mark.parametrize("content", ['[{"a": 1} {"a": 2}]', '[{"a": 1}, {"a": ', '[{"a": 1}'])
def test_a_long_list_that_is_broken_names_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setattr(limits, "JSON_WHOLE_BYTES", 5)
    with pytest.raises(ReadError, match=r"record [12] cannot") as caught:
        opened(tmp_path, "a.json", content)
    assert caught.value.key == "not-json"


def test_a_large_json_file_that_is_no_list_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "JSON_WHOLE_BYTES", 5)
    with pytest.raises(ReadError, match="list of records"):
        opened(tmp_path, "a.json", {"data": [{"a": 1}]})


def test_a_json_file_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "JSON_BYTES", 5)
    with pytest.raises(ReadError, match="at most"):
        opened(tmp_path, "a.json", [{"a": 1}])


def test_yaml_keeps_what_looks_like_text_as_text(tmp_path: Path) -> None:
    text = "no: no\ncode: 010\nat: 1:30\nday: 2024-01-05\nindicator: 3.10\ntarget: 7.25\non: true\nnothing:\n"
    [grid] = opened(tmp_path, "a.yaml", text)
    assert grid.record == {
        "no": "no", "code": "010", "at": "1:30", "day": "2024-01-05", "indicator": "3.10", "target": 7.25,
        "on": True, "nothing": None,
    }  # fmt: skip


def test_yaml_tags_build_no_objects(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        opened(tmp_path, "a.yaml", "a: !!python/object/apply:os.system ['true']\n")
    assert caught.value.key == "not-yaml"


def test_a_yaml_alias_bomb_is_refused(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    with pytest.raises(ReadError) as caught:
        opened(tmp_path, "a.yaml", bomb)
    assert caught.value.key == "too-many-values"


def test_a_yaml_alias_to_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError):
        opened(tmp_path, "a.yaml", "a: &a [1, *a]\n")


def test_honest_yaml_aliases_and_merges_work(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.yaml", "base: &b {unit: kg, low: 1}\nx:\n  <<: *b\n  low: 2\n")
    assert rows(grid) == [["key", "unit", "low"], ["base", "kg", "1"], ["x", "kg", "2"]]


def test_deep_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        opened(tmp_path, "a.yaml", "[" * 5_000 + "]" * 5_000)
    assert caught.value.key == "nested-too-deep"


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        opened(tmp_path, "a.yaml", "a: 1\nb: [1, 2\nc: 3\n")
    assert caught.value.key == "not-yaml"
    assert caught.value.row == 3


def test_yaml_lists_of_records_and_several_documents_are_read(tmp_path: Path) -> None:
    first, second = opened(tmp_path, "a.yaml", "- {a: 1}\n- {a: 2}\n---\nname: x\n")
    assert rows(first) == [["a"], ["1"], ["2"]]
    assert second.record == {"name": "x"}


def test_front_matter_becomes_a_record_and_the_text_stays(tmp_path: Path) -> None:
    text = "---\n# a remark\nname: Poverty\noptions:\n- target: 7.25\n  year: 2030\n---\n\n# Title\nWords\n"
    [grid] = opened(tmp_path, "a.md", text)
    assert grid.kind == "document"
    assert grid.record == {"name": "Poverty", "options.0.target": 7.25, "options.0.year": 2030}
    assert list(grid.rows()) == [(9, ["# Title"]), (10, ["Words"])]


def test_front_matter_that_ends_the_file_without_a_line_end_is_read(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.md", "---\r\nname: x\r\n---")
    assert grid.record == {"name": "x"}


def test_broken_front_matter_is_a_note_and_the_text_is_kept(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.md", "---\nname: [x\n---\nWords\n")
    assert grid.record is None
    assert [note.key for note in grid.notes] == ["not-yaml"]
    assert rows(grid) == [["Words"]]


def test_a_rule_at_the_top_is_no_front_matter(tmp_path: Path) -> None:
    [grid] = opened(tmp_path, "a.md", "---\nJust words\n")
    assert grid.record is None
    assert [note.key for note in grid.notes] == ["block-not-closed"]


def test_markdown_tables_become_grids_named_by_their_heading(tmp_path: Path) -> None:
    text = (
        "# Team\n\n## 2019 Q2\n\n| **Goal** | Owner |\n| :--- | ---: |\n| a \\| b | `x|y` |\n|  | Kim |\n\n"
        "Text\n\na | b\n--|--\n1 | 2\n\n## Next\n| a |\n| - |\n| 1 |\n"
    )
    document, first, second, third = opened(tmp_path, "a.md", text)
    assert document.columns == 1
    assert [grid.name for grid in (first, second, third)] == ["2019 Q2", "2019 Q2 (2)", "Next"]
    assert list(first.rows()) == [(5, ["**Goal**", "Owner"]), (7, ["a | b", "`x|y`"]), (8, ["", "Kim"])]
    assert rows(second) == [["a", "b"], ["1", "2"]]
    assert rows(third) == [["a"], ["1"]]


def test_tables_in_code_blocks_are_no_tables(tmp_path: Path) -> None:
    [prose] = opened(tmp_path, "a.md", "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```\n")
    assert len(rows(prose)[0]) == 1


def test_ragged_markdown_rows_are_reported(tmp_path: Path) -> None:
    _, table = opened(tmp_path, "a.md", "| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |\n")
    assert [(note.key, note.row) for note in table.notes] == [("short-row", 3), ("long-row", 4)]
