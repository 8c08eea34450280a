"""The tree of a calculated metric: its nodes, the functions it may call, and the error of formulas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

AGGREGATES = ("sum", "mean", "min", "max", "last")
FUNCTIONS_OVER_PERIODS = ("total", "previous", "rolling", "cumulative")
SPAN_RULES = ("sum", "mean", "min", "max")
COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")


class FormulaError(ValueError):
    """A formula that cannot be used. `key` is stable, `position` counts characters of the text from 0."""

    def __init__(self, key: str, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.key = key
        self.position = position


@dataclass(frozen=True, slots=True)
class Number:
    """A constant, never negative (a sign is a `Negate`)."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A metric, by its key."""

    key: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negate:
    """The value with its sign turned."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Two values and what stands between them: arithmetic, or a comparison."""

    operator: str
    left: Node
    right: Node
    position: int = field(default=0, compare=False)

    @property
    def is_comparison(self) -> bool:
        """Whether this is a condition and not a value."""
        return self.operator in COMPARISONS


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its values; `number` and `rule` hold the arguments that must be constants."""

    name: str
    arguments: tuple[Node, ...]
    number: int = 0
    rule: str = ""
    position: int = field(default=0, compare=False)

    @property
    def is_aggregate(self) -> bool:
        """Whether it brings finer values to the result's periods (`min(a, b)` does not)."""
        return self.name in AGGREGATES and len(self.arguments) == 1


Node: TypeAlias = Number | Name | Negate | Binary | Call


@dataclass(frozen=True, slots=True)
class Function:
    """What the grammar knows of a function: how it is written, how many arguments it takes, what it does."""

    signature: str
    least: int
    most: int
    about: str


FUNCTIONS: dict[str, Function] = {
    "sum": Function("sum(x)", 1, 1, "adds the finer values of each period"),
    "mean": Function("mean(x)", 1, 1, "averages the finer values of each period"),
    "min": Function("min(x) or min(x, y, ...)", 1, 20, "smallest finer value, or the smallest of several values"),
    "max": Function("max(x) or max(x, y, ...)", 1, 20, "largest finer value, or the largest of several values"),
    "last": Function("last(x)", 1, 1, "newest finer value of each period"),
    "total": Function("total([metric])", 1, 1, "adds the breakdowns of a metric"),
    "previous": Function("previous(x) or previous(x, n)", 1, 2, "the value n periods earlier"),
    "rolling": Function("rolling(x, n) or rolling(x, n, mean)", 2, 3, "sum of the last n periods"),
    "cumulative": Function("cumulative(x) or cumulative(x, mean)", 1, 2, "sum since the year began"),
    "abs": Function("abs(x)", 1, 1, "size without the sign"),
    "round": Function("round(x) or round(x, digits)", 1, 2, "rounded, halves away from zero"),
    "if": Function("if(a > b, x, y)", 3, 3, "x where the condition holds, otherwise y"),
    "default": Function("default(x, y)", 2, 2, "y where x has no data"),
}


def walk(root: Node) -> Iterator[Node]:
    """Every node, the root first, in reading order."""
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Call):
        return node.arguments
    return (node.operand,) if isinstance(node, Negate) else ()
