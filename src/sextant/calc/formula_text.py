"""A formula's tree as text: the canonical form that is stored, and words for the definition card."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.calc.formula_tree import Binary, Call, Name, Negate, Node, Number

_STRENGTH = {"+": 2, "-": 2, "*": 3, "/": 3, "^": 5}
_NEGATE, _ATOM = 4, 6
_WORDS = {
    "+": "plus", "-": "minus", "*": "times", "/": "divided by", "^": "to the power of", "<": "is below",
    "<=": "is at most", ">": "is above", ">=": "is at least", "=": "equals", "!=": "differs from",
}  # fmt: skip
_ADJECTIVES = {"sum": "sum", "mean": "average", "min": "smallest value", "max": "largest value"}
_AGGREGATED = {
    "sum": "the sum of", "mean": "the average of", "min": "the smallest value of",
    "max": "the largest value of", "last": "the last value of", "total": "the total over all breakdowns of",
}  # fmt: skip


def canonical(node: Node) -> str:
    """The one spelling of a tree; parsing it gives the same tree.

    Metric keys stand in brackets, only the parentheses that are needed stay, functions are small letters.
    """
    if isinstance(node, Number):
        return number_text(node.value)
    if isinstance(node, Name):
        return f"[{node.key}]"
    if isinstance(node, Negate):
        return "-" + _bracketed(node.operand, canonical(node.operand), _NEGATE)
    if isinstance(node, Binary):
        left, right = _sides(node, canonical(node.left), canonical(node.right))
        return f"{left} {node.operator} {right}"
    return f"{node.name}({', '.join([*map(canonical, node.arguments), *_constants(node)])})"


def describe_tree(node: Node, names: Mapping[str, str]) -> str:
    """The tree in words, with the names of the metrics where they are known: "1 minus the sum of Cost"."""
    if isinstance(node, Number):
        return number_text(node.value)
    if isinstance(node, Name):
        return names.get(node.key, node.key)
    if isinstance(node, Negate):
        return "minus " + _bracketed(node.operand, describe_tree(node.operand, names), _NEGATE)
    if isinstance(node, Binary):
        left, right = _sides(node, describe_tree(node.left, names), describe_tree(node.right, names))
        return f"{left} {_WORDS[node.operator]} {right}"
    return _describe_call(node, names)


def number_text(value: float) -> str:
    """A number that reads back as exactly the same value, without a needless `.0`."""
    return repr(value).removesuffix(".0")


def _describe_call(call: Call, names: Mapping[str, str]) -> str:
    words = [describe_tree(each, names) for each in call.arguments]
    first = _bracketed(call.arguments[0], words[0], _ATOM)
    if call.name == "if":
        return f"({words[1]} where {words[0]}, otherwise {words[2]})"
    if call.name == "default":
        return f"({words[0]}, or {words[1]} where there is no data)"
    if call.name in ("min", "max") and not call.is_aggregate:
        return f"the {'smallest' if call.name == 'min' else 'largest'} of ({'; '.join(words)})"
    if call.name == "abs":
        return f"the size of {first} without its sign"
    if call.name == "round":
        return f"({words[0]} rounded to {call.number} digits)"
    if call.name == "previous":
        back = "the period before" if call.number == 1 else f"{call.number} periods earlier"
        return f"{first} of {back}" if call.number == 1 else f"{first} {back}"
    if call.name == "rolling":
        return f"the {_ADJECTIVES[call.rule]} of {first} over the last {call.number} periods"
    if call.name == "cumulative":
        return f"the {_ADJECTIVES[call.rule]} of {first} since the start of the year"
    return f"{_AGGREGATED[call.name]} {first}"


def _constants(call: Call) -> list[str]:
    """The arguments that a call holds as constants, without those that equal the default."""
    rule = [] if call.rule in ("", "sum") else [call.rule]
    if call.name == "rolling":
        return [str(call.number), *rule]
    plain = {"previous": 1, "round": 0}.get(call.name)
    return rule if plain is None or call.number == plain else [str(call.number)]


def _sides(node: Binary, left: str, right: str) -> tuple[str, str]:
    """Both sides with the parentheses they need: `^` groups to the right, everything else to the left."""
    if node.operator == "^":
        # A sign right of ^ needs none: 2 ^ -x reads as it is written.
        return _bracketed(node.left, left, _ATOM), _bracketed(node.right, right, _NEGATE)
    strength = _STRENGTH.get(node.operator, 0)
    return _bracketed(node.left, left, strength), _bracketed(node.right, right, strength + 1)


def _bracketed(node: Node, text: str, least: int) -> str:
    return f"({text})" if _strength(node) < least else text


def _strength(node: Node) -> int:
    if isinstance(node, Binary):
        return _STRENGTH.get(node.operator, 0)
    return _NEGATE if isinstance(node, Negate) else _ATOM
