"""JSON, JSON lines and YAML: records into grids, single mappings into `Grid.record`.

A grid of records has the field names in row 1 and record n in row n + 1. Nested fields are flattened,
"options.0.target"; a missing or null field is an empty cell. A number whose digits
would not survive (0.10, 1e400) stays text.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sextant.readers import limits
from sextant.readers.charsets import DAMAGED, Survey, survey
from sextant.readers.grids import Grid, GridKind, NumberedRows, ReadError, ReadNote, Row
from sextant.readers.json_text import json_items, json_lines, parse_json
from sextant.readers.plain_yaml import read_yaml

Flat = dict[str, object]
MOST_WRAPPED = 3


def open_json(path: Path, file: str) -> list[Grid]:
    """A list of records, a mapping of records or lists, or a mapping that wraps one ("data": [...])."""
    size = limits.check_size(path, file, limits.JSON_BYTES, "JSON", "Save it as CSV, or as JSON lines.")
    seen = survey(path, file)
    if size > limits.JSON_WHOLE_BYTES:
        return [_streamed(file, seen, partial(json_items, path, file, seen.encoding))]
    text, notes = whole_text(path, file)
    try:
        data = parse_json(text)
    except json.JSONDecodeError as error:
        if error.lineno > 1 and error.msg == "Extra data":
            return open_json_lines(path, file)
        message = f"This is not valid JSON: {error.msg} in line {error.lineno}, character {error.colno}."
        raise ReadError("not-json", message, file, error.lineno, error.colno) from error
    except RecursionError as error:
        raise _too_deep(file) from error
    return from_data(data, file, size, notes)


def open_json_lines(path: Path, file: str) -> list[Grid]:
    """One JSON record per line. A line that is none is left out and reported. Streams on reading."""
    limits.check_size(path, file, limits.LINES_BYTES, "JSON lines", "Save it as CSV.")
    seen = survey(path, file)
    return [_streamed(file, seen, partial(json_lines, path, file, seen.encoding))]


def _streamed(file: str, seen: Survey, items: Callable[[], Iterator[tuple[int, Any]]]) -> Grid:
    """A grid of records that are read twice, now for their names and then for their values."""
    names: dict[str, None] = {}
    notes: list[ReadNote] = []
    bad = last = 0
    for last, item in items():
        if isinstance(item, dict):
            names.update(dict.fromkeys(flatten(item, file)))
            limits.check_columns(len(names), file, last)
            continue
        bad += 1
        if bad <= limits.ROW_NOTES:
            message = f"Record {last} is not a JSON record and was left out."
            notes.append(ReadNote("not-a-record", message, last + 1, file=file))
    if bad > limits.ROW_NOTES:
        notes.append(ReadNote("more-notes", f"{bad - limits.ROW_NOTES:,} more are no records.", file=file))
    if not names:
        raise ReadError("no-records", "The file holds no JSON record.", file)
    columns = list(names)

    def rows() -> NumberedRows:
        yield 1, list(columns)
        for number, item in items():
            if isinstance(item, dict):
                record = flatten(item, file)
                yield number + 1, [cell_text(record.get(name)) for name in columns]

    return Grid(file, "", "records", False, len(columns), last + 1, seen.size, tuple(notes), open_rows=rows)


def open_yaml(path: Path, file: str) -> list[Grid]:
    """Every YAML document of the file; a mapping of mappings becomes records, another mapping a record."""
    size = limits.check_size(path, file, limits.YAML_BYTES, "YAML", "Split it, or save it as JSON or CSV.")
    text, notes = whole_text(path, file)
    grids: list[Grid] = []
    for number, data in enumerate(read_yaml(text, file), 1):
        if data is not None:
            part = "" if number == 1 else f"document {number}"
            grids += from_data(data, file, size, notes, part)
    if not grids:
        raise ReadError("empty-file", "The file holds no data.", file)
    return grids


def from_data(data: Any, file: str, size: int, notes: tuple[ReadNote, ...] = (), name: str = "") -> list[Grid]:
    """Grids out of lists and mappings as JSON and YAML hold them."""
    if isinstance(data, dict):
        return _from_mapping(data, file, size, notes, name)
    if not isinstance(data, list):
        raise ReadError("no-records", "The file holds a single value, no list or mapping of records.", file)
    if not data:
        raise ReadError("no-records", f"The list{f' {name!r}' if name else ''} is empty.", file)
    if all(isinstance(item, list) for item in data):
        rows: list[Row] = [[cell_text(value) for value in item] for item in data]
        return [_grid(file, name, "records", rows, size, notes)]
    inner = [item for item in data if _is_table(item)]
    if len(inner) == 1 < len(data) <= MOST_WRAPPED and all(isinstance(item, dict) or _is_table(item) for item in data):
        data = inner[0]  # [{"page": 1}, [{...}, {...}]]: what stands before the records is about the page
    records = [flatten(item, file) if isinstance(item, dict | list) else {"value": item} for item in data]
    return [_records(records, file, name, size, notes)]


def _from_mapping(data: Flat, file: str, size: int, notes: tuple[ReadNote, ...], name: str) -> list[Grid]:
    if not data:
        raise ReadError("no-records", "The mapping is empty.", file)
    names, lines = data.get("columns"), data.get("data")
    if _is_plain(names) and isinstance(lines, list) and lines and all(isinstance(line, list) for line in lines):
        rows: list[Row] = [[cell_text(value) for value in line] for line in (names, *lines)]
        return [_grid(file, name, "records", rows, size, notes)]
    tables = {key: value for key, value in data.items() if _is_table(value)}
    if tables and len(tables) < len(data):
        rest = {key: value for key, value in data.items() if key not in tables}
        grids = [_records([flatten(item, file) for item in _dicts(table)], file, str(key), size, notes)
                 for key, table in tables.items()]  # fmt: skip
        # What stands beside the records ("meta": ..., "next": ...) goes with them.
        extra = flatten(rest, file)
        return [*grids, _single(extra, file, "beside the records", size, notes)] if extra else grids
    if len(tables) == len(data) <= 20:
        return [_records([flatten(item, file) for item in _dicts(table)], file, str(key), size, notes)
                for key, table in tables.items()]  # fmt: skip
    values = list(data.values())
    if all(isinstance(value, dict) for value in values):
        if _names_are_data(values):
            return [_records(list(_two_levels(data, file)), file, name, size, notes)]
        records = [{"key": key, **flatten(value, file)} for key, value in data.items()]
        return [_records(records, file, name, size, notes)]
    if all(isinstance(value, list) for value in values):
        return [_records(list(_listed(data, file)), file, name, size, notes)]
    return [_single(flatten(data, file), file, name, size, notes)]


def _names_are_data(values: list[Any]) -> bool:
    """Whether the inner mappings bear names of their own in each record, which would make endless columns."""
    inner = [{key for key, item in value.items() if isinstance(item, dict)} for value in values]
    usual = sum(1 for names in inner if names) * 2 > len(inner)
    return usual and len(set().union(*inner)) > 2 * max(len(names) for names in inner)


def _two_levels(data: Flat, file: str) -> Iterator[Flat]:
    """One record per inner mapping, with both names; what stands beside the mappings is repeated.

    A name used on both levels becomes "key.name" for the outer one.
    """
    for key, value in data.items():
        if isinstance(value, dict):
            beside = {name: item for name, item in value.items() if not isinstance(item, dict)}
            inner = {part: item for part, item in value.items() if isinstance(item, dict)}
            for part, item in (inner or {"": {}}).items():
                fields = _fields(item, file)
                outer = {
                    f"key.{name}" if name in fields else name: found for name, found in _fields(beside, file).items()
                }
                yield {"key": key, "part": part, **fields, **outer}


def _fields(data: Flat, file: str) -> Flat:
    return flatten(data, file) if data else {}


def _is_plain(value: object) -> bool:
    return isinstance(value, list) and bool(value) and not any(isinstance(item, dict | list) for item in value)


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _dicts(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _listed(data: Flat, file: str) -> Iterator[Flat]:
    """A mapping of lists: one record per item, the key repeated; an empty list keeps its key."""
    for key, items in data.items():
        for item in _dicts(items) or [None]:
            inner = flatten(item, file) if isinstance(item, dict | list) else {"value": item}
            yield {"key": key, **inner}


def _single(record: Flat, file: str, name: str, size: int, notes: tuple[ReadNote, ...]) -> Grid:
    """One mapping: as `record`, and as rows of key and value."""
    rows: list[Row] = [[key, cell_text(value)] for key, value in record.items()]
    return _grid(file, name, "document", rows, size, notes, record)


def _records(records: list[Flat], file: str, name: str, size: int, notes: tuple[ReadNote, ...]) -> Grid:
    names: dict[str, None] = {}
    for number, record in enumerate(records, 2):
        names.update(dict.fromkeys(record))
        limits.check_columns(len(names), file, number)
    columns = list(names)

    def rows() -> NumberedRows:
        yield 1, list(columns)
        for number, record in enumerate(records, 2):
            yield number, [cell_text(record.get(column)) for column in columns]

    return Grid(file, name, "records", False, len(columns), len(records) + 1, size,
                notes + tuple(_damage(rows(), file)), open_rows=rows)  # fmt: skip


def _grid(
    file: str,
    name: str,
    kind: GridKind,
    rows: list[Row],
    size: int,
    notes: tuple[ReadNote, ...] = (),
    record: Mapping[str, object] | None = None,
) -> Grid:
    widest = max((len(row) for row in rows), default=0)
    limits.check_columns(widest, file)
    numbered = list(enumerate(rows, 1))
    every_note = notes + tuple(_damage(numbered, file))
    return Grid(file, name, kind, False, widest, len(rows), size, every_note, record,
                open_rows=lambda: iter(numbered))  # fmt: skip


def _damage(rows: Iterable[tuple[int, Row]], file: str) -> Iterator[ReadNote]:
    for number, row in rows:
        for column, cell in enumerate(row, 1):
            if DAMAGED in str(cell):
                message = f"Row {number}, column {column} holds characters that could not be read ({DAMAGED})."
                yield ReadNote("damaged-characters", message, number, column, file)


def flatten(data: Any, file: str = "", prefix: str = "") -> Flat:
    """Nested mappings and lists as one mapping: {"options": [{"target": 5}]} -> {"options.0.target": 5}.

    Empty lists and mappings become None, so that their name is not lost.
    """
    flat: Flat = {}
    waiting: list[tuple[str, Any, int]] = [(prefix, data, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if depth > limits.NESTING:
            raise _too_deep(file)
        if isinstance(value, dict) and value:
            items = [(str(key), inner) for key, inner in value.items()]
        elif isinstance(value, list) and value:
            items = [(str(place), inner) for place, inner in enumerate(value)]
        else:
            flat[path] = None if isinstance(value, dict | list) else value
            continue
        joined = [(f"{path}.{key}" if path else key, inner, depth + 1) for key, inner in items]
        waiting.extend(reversed(joined))
    return flat


def cell_text(value: object) -> str:
    """A single value as a cell; null is empty, true and false are words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _too_deep(file: str) -> ReadError:
    return ReadError("nested-too-deep", f"The data is nested more than {limits.NESTING} levels deep.", file)


def whole_text(path: Path, file: str) -> tuple[str, tuple[ReadNote, ...]]:
    """The whole text of a file whose size was checked, and notes on its encoding."""
    seen = survey(path, file)
    if not seen.size:
        raise ReadError("empty-file", "The file is empty: there is nothing to import.", file)
    text = path.read_text(encoding=seen.encoding, errors="replace").replace("\0", DAMAGED)
    notes: tuple[ReadNote, ...] = ()
    if seen.guessed:
        message = f"Read as {seen.encoding_name}, going by how the text looks."
        notes = (ReadNote("encoding-guessed", message, file=file),)
    return text, notes
