"""A mapping as TOML text, for files that people keep and correct."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def as_toml(mapping: Mapping[str, Any]) -> str:
    """The mapping as TOML text, read back by `tomllib` as the same mapping; what is None is left out."""
    return _table(mapping, "").lstrip("\n")


def _table(values: Mapping[str, Any], path: str) -> str:
    """Plain entries first, then the tables within, as TOML wants it."""
    inner = {name: value for name, value in values.items() if isinstance(value, Mapping) or _is_tables(value)}
    lines = [
        f"{_key(name)} = {_value(value)}\n" for name, value in values.items() if name not in inner and value is not None
    ]
    for name, value in inner.items():
        place = f"{path}.{_key(name)}" if path else _key(name)
        if isinstance(value, Mapping):
            only_tables = bool(value) and all(isinstance(one, Mapping) for one in value.values())
            lines.append(("" if only_tables else f"\n[{place}]\n") + _table(value, place))
        else:
            lines += [f"\n[[{place}]]\n{_table(entry, place)}" for entry in value]
    return "".join(lines)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def _value(value: object) -> str:
    """JSON texts, numbers, booleans and lists of them are TOML as well, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)
