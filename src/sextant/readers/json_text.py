"""JSON text into Python values: digits kept, and long lists or line files read item by item."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sextant.readers import limits
from sextant.readers.grids import ReadError

_CHUNK = 1024 * 1024
_ITEM_CHARACTERS = 16 * 1024 * 1024
_BLANK = " \t\r\n"


def plain_number(text: str) -> int | float | str:
    """The number, or its text where digits would be lost: "0.10", "1e400" and identifiers of 20 digits."""
    if text.lstrip("-").isdigit():
        return int(text) if len(text) < 18 else text
    number = float(text)
    return number if repr(number) == text else text


_DECODER = json.JSONDecoder(parse_float=plain_number, parse_int=plain_number, parse_constant=str)


def parse_json(text: str) -> Any:
    """The whole text as one value. Raises json.JSONDecodeError and RecursionError."""
    return _DECODER.decode(text)


def json_lines(path: Path, file: str, encoding: str) -> Iterator[tuple[int, Any]]:
    """Line number and value of every line that is not blank; None for a line that is not JSON."""
    with path.open(encoding=encoding, errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                try:
                    yield number, parse_json(line)
                except json.JSONDecodeError:
                    yield number, None
                except RecursionError as error:
                    raise _too_deep(file) from error


def json_items(path: Path, file: str, encoding: str) -> Iterator[tuple[int, Any]]:
    """Number (from 1) and value of every item of a list, holding only a few at a time."""
    with path.open(encoding=encoding, errors="replace") as stream:
        buffer = stream.read(_CHUNK)
        place = _skip(buffer, 0)
        if buffer[place : place + 1] != "[":
            limit = limits.size_label(limits.JSON_WHOLE_BYTES)
            raise ReadError(
                "file-too-large",
                f"A JSON file of more than {limit} must be one list of records. Save the list alone, "
                "or as JSON lines or CSV.",
                file,
            )
        place += 1
        number = 0
        while True:
            item, end = None, -1
            start = _skip(buffer, place)
            if buffer[start : start + 1] == "]":
                return
            try:
                item, end = _DECODER.raw_decode(buffer, start)
            except json.JSONDecodeError as error:
                problem = error.msg
            except RecursionError as error:
                raise _too_deep(file) from error
            after = _skip(buffer, end) if end >= 0 else -1
            if after >= 0 and buffer[after : after + 1] in (",", "]"):
                number += 1
                yield number, item
                place = after + 1
                if buffer[after] == "]":
                    return
                continue
            # Either the item goes on beyond the buffer, or it is broken: more text will tell.
            more = stream.read(_CHUNK) if len(buffer) - start < _ITEM_CHARACTERS else ""
            if not more:
                problem = "a comma is missing after it" if end >= 0 else problem
                message = f"This is not valid JSON: record {number + 1} cannot be read ({problem})."
                raise ReadError("not-json", message, file, number + 2)
            buffer = buffer[start:] + more
            place = 0


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BLANK:
        place += 1
    return place


def _too_deep(file: str) -> ReadError:
    return ReadError("nested-too-deep", f"The data is nested more than {limits.NESTING} levels deep.", file)
