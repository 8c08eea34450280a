"""The grammar of calculated metrics: text to a checked tree, without `eval` and without surprises.

    formula    := ["="] value
    value      := value ("+" | "-" | "*" | "/" | "^") value | "-" value
                | "(" value ")" | number | metric | call
    metric     := "[" key "]" | bare word          key: letters, digits, "_", "-" and "."
    call       := function "(" argument {"," argument} ")"
    condition  := value ("<" | "<=" | ">" | ">=" | "=" | "!=") value      only as the first argument of if()

`^` binds tightest and to the right, then the sign, then `*` and `/`, then `+` and `-` (so `-2 ^ 2` is -4).
Everything a person can get wrong is a `FormulaError` with a stable key, a position and a proposal.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sextant.calc.formula_tree import (
    COMPARISONS,
    FUNCTIONS,
    FUNCTIONS_OVER_PERIODS,
    SPAN_RULES,
    Binary,
    Call,
    FormulaError,
    Name,
    Negate,
    Node,
    Number,
    walk,
)

MAX_CHARACTERS = 4_000
MAX_DEPTH = 64
MAX_NODES = 500
MAX_STEPS_BACK = 1_000
MAX_DIGITS = 12

SYNONYMS = {
    "average": "mean", "avg": "mean", "mittelwert": "mean", "moyenne": "mean",
    "summe": "sum", "somme": "sum", "add": "sum", "minimum": "min", "maximum": "max", "latest": "last",
    "lag": "previous", "prior": "previous", "moving": "rolling", "window": "rolling", "ytd": "cumulative",
    "cumsum": "cumulative", "absolute": "abs", "iif": "if", "when": "if", "case": "if", "wenn": "if",
    "coalesce": "default", "ifnull": "default", "nvl": "default", "iferror": "default",
}  # fmt: skip

_SAME_SIGN = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "≤": "<=", "≥": ">=", "≠": "!=", "<>": "!=",
              "==": "=", ";": ","}  # fmt: skip
_PROPOSALS = {
    "%": "write / 100 or 100 * instead", "{": "use ( instead", "}": "use ) instead", "\\": "use / instead",
    ":": "use / to divide", '"': "write a metric as [its-key]", "'": "write a metric as [its-key]",
    "“": "write a metric as [its-key]", "”": "write a metric as [its-key]", "!": "use != for 'differs'",
    "&": "put one if() inside the other", "|": "put one if() inside the other", "$": "leave the sign out",
    "€": "leave the sign out", "£": "leave the sign out", "]": "a metric key starts with [",
    ".": "write a key with a dot as [its.key], and a number as 0.5",
}  # fmt: skip

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<key>\[[^\[\]]*\]?)
      | (?P<word>[^\W\d]\w*)
      | (?P<sign>\*\*|<=|>=|<>|!=|==|[-+*/^(),;<>=×·÷−–≤≥≠])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_KEY = re.compile(r"(?=.*\w)[\w.\-]+")
_BINDING = {**dict.fromkeys(COMPARISONS, 1), "+": 2, "-": 2, "*": 3, "/": 3, "^": 5}
_SIGN_BINDING = 4


class Token(NamedTuple):
    """A piece of the text: kind `number`, `key`, `word`, `sign` or `end`."""

    kind: str
    text: str
    position: int


def parse_tree(text: str) -> Node:
    """Read a formula into its tree; every fault is a `FormulaError`."""
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(
            "formula-too-long",
            f"The formula has {len(text):,} characters; {MAX_CHARACTERS:,} are allowed. "
            "Split it into several calculated metrics.",
            MAX_CHARACTERS,
        )
    tokens = list(_tokens(text))
    if len(tokens) > 1 and tokens[0].text == "=":
        del tokens[0]
    return _Parser(tokens).formula()


def is_key(text: str) -> bool:
    """Whether the text can be a metric key in a formula."""
    return _KEY.fullmatch(text) is not None


def near_match(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant, or None."""
    by_small = {each.lower(): each for each in sorted(known)}
    found = difflib.get_close_matches(word.lower(), by_small, n=1, cutoff=0.6)
    return by_small[found[0]] if found else None


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        kind, piece, position = str(found.lastgroup), found.group(), found.start()
        if kind == "space":
            continue
        if kind == "key":
            piece = _key(piece, position)
        elif kind == "sign":
            piece = _SAME_SIGN.get(piece, piece)
            if piece == "**":
                raise _unexpected("unexpected-character", "**", position, "use ^ for a power")
        elif kind == "other":
            raise _unexpected("unexpected-character", piece, position, _PROPOSALS.get(piece, ""))
        yield Token(kind, piece, position)
    yield Token("end", "", len(text))


def _key(piece: str, position: int) -> str:
    if not piece.endswith("]"):
        raise FormulaError("key-not-closed", f"The [ at character {position + 1} has no ].", position)
    key = piece[1:-1].strip()
    if not is_key(key):
        raise FormulaError(
            "bad-metric-key",
            f"{piece[:60]!r} at character {position + 1} is not a metric key: use letters, digits, _ - and . only"
            + (f", for example [{_closest_key(key)}]." if _closest_key(key) else "."),
            position,
        )
    return key


def _closest_key(text: str) -> str:
    return re.sub(r"[^\w.\-]+", "-", text).strip("-").lower()[:60]


def _unexpected(key: str, piece: str, position: int, proposal: str) -> FormulaError:
    shown = f"{piece[:60]!r} at character {position + 1} does not belong here"
    return FormulaError(key, f"{shown}: {proposal}." if proposal else f"{shown}.", position)


class _Parser:
    """Precedence climbing; nesting is counted, so deep text never becomes a deep Python stack."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.index = 0
        self.depth = 0
        self.nodes = 0

    def formula(self) -> Node:
        if self.here.kind == "end":
            raise FormulaError("formula-empty", "The formula is empty: write for example [income] - [cost].")
        root = _as_value(self.expression(0))
        if self.here.kind != "end":
            raise self.fault()
        return root

    @property
    def here(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.here
        self.index += 1
        return token

    def made(self, node: Node, position: int) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise FormulaError(
                "formula-too-large",
                f"The formula has more than {MAX_NODES} parts. Split it into several calculated metrics.",
                position,
            )
        return node

    def expression(self, least: int) -> Node:
        left = self.operand()
        while _BINDING.get(self.here.text, -1) >= least:
            sign = self.take()
            binding = _BINDING[sign.text]
            right = self.nested(binding) if sign.text == "^" else self.expression(binding + 1)
            left = self.made(Binary(sign.text, _as_value(left), _as_value(right), sign.position), sign.position)
        return left

    def nested(self, least: int) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError(
                "formula-too-deep",
                f"The formula nests more than {MAX_DEPTH} levels deep at character {self.here.position + 1}. "
                "Split it into several calculated metrics.",
                self.here.position,
            )
        node = self.expression(least)
        self.depth -= 1
        return node

    def operand(self) -> Node:
        token = self.here
        if token.text in ("-", "+"):
            self.take()
            operand = _as_value(self.nested(_SIGN_BINDING))
            return operand if token.text == "+" else self.made(Negate(operand), token.position)
        if token.text == "(":
            self.take()
            node = self.nested(0)
            self.close(token)
            return node
        if token.kind == "number":
            return self.number(self.take())
        if token.kind == "key":
            return self.made(Name(self.take().text, token.position), token.position)
        if token.kind == "word":
            self.take()
            if self.here.text == "(":
                return self.call(token)
            return self.made(Name(token.text, token.position), token.position)
        raise self.fault()

    def number(self, token: Token) -> Node:
        value = float(token.text)
        if math.isinf(value):
            raise FormulaError(
                "number-too-large",
                f"The number at character {token.position + 1} is too large to calculate with.",
                token.position,
            )
        return self.made(Number(value), token.position)

    def call(self, word: Token) -> Node:
        name = word.text.lower()
        if name not in FUNCTIONS:
            raise _unknown_function(word)
        opening = self.take()
        arguments = [] if self.here.text == ")" else [self.nested(0)]
        while self.here.text == ",":
            self.take()
            arguments.append(self.nested(0))
        self.close(opening)
        return self.made(checked_call(name, arguments, word.position), word.position)

    def close(self, opening: Token) -> None:
        if self.here.text == ")":
            self.take()
        elif self.here.kind == "end":
            raise FormulaError(
                "bracket-not-closed",
                f"The ( at character {opening.position + 1} has no ): add one at the end.",
                opening.position,
            )
        else:
            raise self.fault()

    def fault(self) -> FormulaError:
        token = self.here
        if token.kind == "end":
            return FormulaError(
                "formula-unfinished",
                "The formula ends too early: a number, a metric or a ( is missing at the end.",
                token.position,
            )
        proposals = {
            ")": "it has no ( before it, or a value is missing",
            ",": "a comma separates the arguments of a function; write decimals with a point, as in 0.5",
        }
        proposal = proposals.get(token.text, "a number, a metric or a ( is expected")
        if token.kind != "sign" or token.text == "(":
            proposal = "write + - * / or ^ between two values"
        return _unexpected("unexpected-word", token.text, token.position, proposal)


def _unknown_function(word: Token) -> FormulaError:
    meant = SYNONYMS.get(word.text.lower()) or near_match(word.text, FUNCTIONS)
    proposal = f"Did you mean {FUNCTIONS[meant].signature}?" if meant else f"Known are {', '.join(FUNCTIONS)}."
    return FormulaError(
        "unknown-function",
        f"There is no function {word.text[:60]!r} (character {word.position + 1}). {proposal}",
        word.position,
    )


def _as_value(node: Node) -> Node:
    if isinstance(node, Binary) and node.is_comparison:
        raise FormulaError(
            "comparison-outside-if",
            f"The comparison {node.operator} at character {node.position + 1} is only possible as the "
            "condition of if(a > b, x, y).",
            node.position,
        )
    return node


def checked_call(name: str, arguments: Sequence[Node], position: int) -> Call:
    """A call whose arguments fit the function; constants such as n move from the arguments into the call."""
    function = FUNCTIONS[name]
    if not function.least <= len(arguments) <= function.most:
        wanted = str(function.least) if function.least == function.most else f"{function.least} to {function.most}"
        raise _call_error("wrong-arguments", name, f"takes {wanted} arguments, not {len(arguments)}", position)
    if name == "if":
        return _if_call(arguments, position)
    values = list(map(_as_value, arguments))
    number, rule = 0, ""
    if name in ("rolling", "cumulative"):
        rule = _rule(values.pop(), name, position) if len(values) == function.most else "sum"
    if name == "rolling":
        number = _whole(values.pop(), name, position, 1, MAX_STEPS_BACK)
    elif name == "previous":
        number = _whole(values.pop(), name, position, 1, MAX_STEPS_BACK) if len(values) == 2 else 1
    elif name == "round":
        number = _whole(values.pop(), name, position, -MAX_DIGITS, MAX_DIGITS) if len(values) == 2 else 0
    call = Call(name, tuple(values), number, rule, position)
    _check_contents(call)
    return call


def _if_call(arguments: Sequence[Node], position: int) -> Call:
    condition, *values = arguments
    if not (isinstance(condition, Binary) and condition.is_comparison):
        raise _call_error("if-needs-comparison", "if", "needs a comparison such as [a] > 0 first", position)
    return Call("if", (condition, *map(_as_value, values)), position=position)


def _check_contents(call: Call) -> None:
    if call.name == "total" and not isinstance(call.arguments[0], Name):
        raise _call_error("total-needs-metric", "total", "takes one metric and nothing else", call.position)
    over_time = call.is_aggregate or call.name in FUNCTIONS_OVER_PERIODS
    inside = [node for argument in call.arguments for node in walk(argument)]
    if over_time and not any(isinstance(node, Name) for node in inside):
        raise _call_error("needs-metric", call.name, "needs a metric in its first argument", call.position)
    if not call.is_aggregate:
        return
    for node in inside:
        if isinstance(node, Call) and (node.is_aggregate or node.name in FUNCTIONS_OVER_PERIODS):
            raise _call_error(
                "not-inside-aggregate",
                call.name,
                f"cannot hold {node.name}(); use it the other way round",
                call.position,
            )


def _whole(node: Node, name: str, position: int, least: int, most: int) -> int:
    sign = -1 if isinstance(node, Negate) else 1
    inner = node.operand if isinstance(node, Negate) else node
    if not (isinstance(inner, Number) and inner.value.is_integer() and least <= sign * inner.value <= most):
        raise _call_error("bad-argument", name, f"needs a whole number from {least} to {most}", position)
    return sign * int(inner.value)


def _rule(node: Node, name: str, position: int) -> str:
    if isinstance(node, Name) and node.key.lower() in SPAN_RULES:
        return node.key.lower()
    raise _call_error("bad-argument", name, f"takes one of {', '.join(SPAN_RULES)} at the end", position)


def _call_error(key: str, name: str, what: str, position: int) -> FormulaError:
    return FormulaError(
        key, f"{name}() at character {position + 1} {what}. Write {FUNCTIONS[name].signature}.", position
    )
