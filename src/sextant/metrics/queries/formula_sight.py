"""Formulas as somebody may read them: inputs out of sight are neither named nor quoted."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sextant.calc.formula import parse
from sextant.core.access import visible
from sextant.core.actors import Actor


def hidden_inputs(actor: Actor, texts: Iterable[str]) -> frozenset[str]:
    """Keys of metrics in these formulas that the actor may not see."""
    keys = {key for text in texts if text for key in parse(text).inputs}
    if not keys:
        return frozenset()
    return frozenset(keys - set(visible("metric", actor).filter(key__in=keys).values_list("key", flat=True)))


def without_hidden(text: str, hidden: Collection[str]) -> str:
    """A stored formula, or the reason why it has no result, with the keys that must not be named left open."""
    for key in hidden:
        text = text.replace(f"[{key}]", "[…]").removesuffix(f":{key}")
    return text
