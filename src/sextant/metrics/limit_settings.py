"""How a metric's normal range is found: the stored choice, in the shape `calc` draws with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sextant.calc.limits import LimitSettings, TypedLimits


def as_limit_settings(limits: Mapping[str, Any], breaks: set[int] | None = None) -> LimitSettings:
    """Stored settings in the shape `calc` draws with."""
    fields = dict(limits)
    fields.pop("rejected", None)  # of findings, not of limits
    typed = fields.pop("typed", None)
    dividers = set(fields.pop("dividers", ())) | (breaks or set())
    factors = tuple(fields.pop("seasonal_factors", ()))
    return LimitSettings(
        dividers=tuple(sorted(dividers)),
        typed=TypedLimits(**typed) if typed else None,
        seasonal_factors=factors,
        **fields,
    )
