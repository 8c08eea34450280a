"""The unit of a calculated metric, inferred from the units of its inputs.

Percent is kept 0-100, so it is a dimensionless unit with a factor of a hundred: `100 * count / count` is
percent, `percent / 100` is a plain share, `percent / percent` a plain number. Only equal units add; a
constant takes the unit of what it is added to. Counts and plain numbers add. Where the unit of one input is
not known, neither is the unit of the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sextant.calc.formula_tree import Binary, Call, FormulaError, Name, Negate, Node, Number

UNKNOWN = "unknown"
_PERCENT = (("percent", 1),)
_UNITLESS = ("number", "count")


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit as powers of basic units; `hundreds` counts constant factors of 100; a constant fits any."""

    powers: tuple[tuple[str, int], ...] = ()
    hundreds: int = 0
    is_constant: bool = False
    is_unknown: bool = False

    @property
    def text(self) -> str:
        """The unit code: `percent`, `number`, `currency:EUR/count`, `count^2`, `unknown`."""
        if self.is_unknown:
            return UNKNOWN
        top = "*".join(_power(unit, power) for unit, power in self.powers if power > 0)
        bottom = "*".join(_power(unit, -power) for unit, power in self.powers if power < 0)
        return f"{top or '1'}/{bottom}" if bottom else top or "number"


_UNSURE = Measure(is_unknown=True)


def infer(node: Node, units: Mapping[str, str]) -> Measure:
    """The measure of a tree; refuses units that do not add and percentages summed or averaged over time."""
    return _settled(_infer(node, units))


def _infer(node: Node, units: Mapping[str, str]) -> Measure:
    if isinstance(node, Number):
        return Measure(hundreds={100.0: 1, 0.01: -1}.get(node.value, 0), is_constant=True)
    if isinstance(node, Name):
        return _declared(units.get(node.key, UNKNOWN))
    if isinstance(node, Negate):
        return _infer(node.operand, units)
    if isinstance(node, Binary):
        return _binary(node, units)
    return _call(node, units)


def _binary(node: Binary, units: Mapping[str, str]) -> Measure:
    left, right = _infer(node.left, units), _infer(node.right, units)
    if node.operator == "^":
        return _raised(left, node.right)
    if node.operator in ("*", "/"):
        return _product(left, right, 1 if node.operator == "*" else -1)
    return _same(left, right, node.position)


def _call(call: Call, units: Mapping[str, str]) -> Measure:
    measures = [_infer(each, units) for each in call.arguments]
    if call.name == "if":
        return _same(measures[1], measures[2], call.position)
    first = _settled(measures[0])
    adds = call.rule in ("sum", "mean") or (call.is_aggregate and call.name in ("sum", "mean"))
    if adds and first.powers == _PERCENT:
        raise percent_needs_parts(call.name, call.position)
    for other in measures[1:]:
        first = _same(first, other, call.position)
    return first


def percent_needs_parts(what: str, position: int) -> FormulaError:
    """The refusal to add or average percentages over time."""
    return FormulaError(
        "percent-needs-parts",
        f"{what}: percentages are not added or averaged over periods, because the periods differ in size. "
        "Calculate from the parts instead: 100 * sum([part]) / sum([whole]).",
        position,
    )


def _declared(unit: str) -> Measure:
    if unit in ("", UNKNOWN):
        return _UNSURE
    return Measure() if unit == "number" else Measure(((unit, 1),))


def _product(left: Measure, right: Measure, sign: int) -> Measure:
    if left.is_unknown or right.is_unknown:
        return _UNSURE
    powers = dict(left.powers)
    for unit, power in right.powers:
        powers[unit] = powers.get(unit, 0) + sign * power
    hundreds = left.hundreds + sign * right.hundreds
    while powers.get("percent", 0) > 0 and hundreds < 0:
        powers["percent"] -= 1
        hundreds += 1
    kept = tuple(sorted((unit, power) for unit, power in powers.items() if power))
    return Measure(kept, hundreds, left.is_constant and right.is_constant)


def _raised(base: Measure, exponent: Node) -> Measure:
    if not base.powers and not base.is_unknown:
        return Measure(is_constant=base.is_constant)
    if isinstance(exponent, Number) and exponent.value in (1, 2, 3) and not base.is_unknown:
        return Measure(tuple((unit, power * int(exponent.value)) for unit, power in base.powers))
    return _UNSURE


def _same(left: Measure, right: Measure, position: int) -> Measure:
    left, right = _settled(left), _settled(right)
    if left.is_unknown or right.is_unknown:
        return _UNSURE
    if left.is_constant:
        return right
    if right.is_constant or left == right:
        return left
    if left.text in _UNITLESS and right.text in _UNITLESS:
        return left if left.powers else right
    raise FormulaError(
        "units-do-not-add",
        f"{left.text} and {right.text} cannot be added, subtracted, compared or chosen between "
        f"(character {position + 1}). Convert one of them first, or correct the unit of the metric.",
        position,
    )


def _settled(measure: Measure) -> Measure:
    """The measure with its factors of 100 decided: dimensionless with one such factor is percent."""
    if measure.is_constant or measure.is_unknown:
        return measure
    is_share = not measure.powers and measure.hundreds == 1
    return Measure(_PERCENT if is_share else measure.powers)


def _power(unit: str, power: int) -> str:
    return unit if power == 1 else f"{unit}^{power}"
