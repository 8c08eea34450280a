"""YAML read safely and plainly: no tags, no alias bombs, and only values that look like what they are.

YAML 1.1 turns `no` into false, `010` into 8, `1:30` into 90 and dates into objects. A spreadsheet person
who writes those means text, so only true/false, null and ordinary decimal numbers are converted.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.composer import Composer

from sextant.readers import limits
from sextant.readers.grids import ReadError
from sextant.readers.json_text import plain_number


class _PlainLoader(Composer, yaml.CSafeLoader):
    """SafeLoader with few implicit types and a limit on nodes, aliases counted as often as they are used."""

    def __init__(self, text: str) -> None:
        # libyaml parses, three times as fast; Python composes, where nodes can be counted.
        yaml.CSafeLoader.__init__(self, text)
        Composer.__init__(self)
        self.nodes = 0
        self.depth = 0
        self.sizes: dict[int, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        if self.depth > limits.NESTING:
            raise _Refused("nested-too-deep", f"The data is nested more than {limits.NESTING} levels deep.")
        before = self.nodes
        is_alias = self.check_event(yaml.AliasEvent)
        node = super().compose_node(parent, index)
        self.depth -= 1
        if is_alias:
            # An alias that is not measured yet stands inside the very thing it names.
            self.nodes += self.sizes.get(id(node), limits.YAML_NODES)
        else:
            self.nodes += 1
            self.sizes[id(node)] = self.nodes - before
        if self.nodes > limits.YAML_NODES:
            raise _Refused("too-many-values", "Repeated references (&, *) make this file grow without bound.")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=True)
        return {_key(key): value for key, value in mapping.items()}

    def construct_number(self, node: yaml.Node) -> int | float | str:
        return plain_number(self.construct_text(node))

    def construct_text(self, node: yaml.Node) -> str:
        return str(self.construct_scalar(node))  # type: ignore[arg-type]  # only bound to scalars


class _Refused(yaml.YAMLError):
    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def _key(key: object) -> str:
    if key is None:
        return ""
    if isinstance(key, bool):
        return str(key).lower()
    return str(key)


_PlainLoader.yaml_implicit_resolvers = {}
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,4})?$"),
    list("-0123456789"),
)
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("^<<$"), ["<"])
for _tag in ("int", "float"):
    _PlainLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _PlainLoader.construct_number)
for _tag in ("timestamp", "binary"):
    _PlainLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _PlainLoader.construct_text)


def read_yaml(text: str, file: str, first_line: int = 1) -> Iterator[Any]:
    """Every document in the text; `first_line` is where the text begins in its file, for messages."""
    loader: _PlainLoader | None = None
    try:
        loader = _PlainLoader(text)
        while loader.check_data():  # type: ignore[no-untyped-call]
            yield loader.get_data()
    except _Refused as error:
        raise ReadError(error.key, str(error), file) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + first_line if error.problem_mark else None
        place = f" in line {line}" if line else ""
        problem = error.problem or error.context or "it cannot be understood"
        raise ReadError("not-yaml", f"This is not valid YAML: {problem}{place}.", file, line) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ReadError("not-yaml", f"This is not valid YAML: {error}", file) from error
    finally:
        if loader is not None:
            loader.dispose()
