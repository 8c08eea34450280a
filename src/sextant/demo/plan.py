"""What the demo consists of, read from `kpis.toml`: KPIs with their teams, targets and the shape of their values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from sextant.demo.series import Shape


@dataclass(frozen=True, slots=True)
class Source:
    """Where values come from: a system that pushes them, or a person who types them in.

    `lag` is hours after the end of a period until its value is known, by frequency.
    """

    key: str
    name: str
    lag: Mapping[str, float]
    person: str = ""


@dataclass(frozen=True, slots=True)
class DemoKpi:
    """One KPI of the demo. `library` names the entry it comes from; else `fields` describe its metric."""

    name: str
    team: str
    library: str = ""
    owner: str = ""
    theme: str = ""
    reason: str = ""
    response_plan: str = ""
    source: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    shape: Shape | None = None
    base: Shape | None = None  # of the denominator
    days: int = 730
    running: bool = False  # the running period has a value so far
    stopped: int = 0  # days ago the source fell silent
    targets: tuple[Mapping[str, Any], ...] = ()
    action: Mapping[str, Any] = field(default_factory=dict)
    state: str = "active"
    weight: float = 1
    review_in: int = 200  # days until the next review; negative: overdue
    visibility: str = "organisation"


def _content() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "kpis.toml").read_text("utf-8"))


def sources() -> dict[str, Source]:
    return {key: Source(key, **table) for key, table in _content()["source"].items()}


def kpis() -> list[DemoKpi]:
    return [_kpi(table) for table in _content()["kpi"]]


def units() -> list[dict[str, Any]]:
    """The six units that measure the adoption of new tools."""
    found: list[dict[str, Any]] = _content()["unit"]
    return [{**unit, "shape": shape_of(unit["shape"])} for unit in found]


def shape_of(table: Mapping[str, Any]) -> Shape:
    fields = dict(table)
    for name in ("shifts", "ramps"):
        fields[name] = tuple(tuple(one) for one in fields.get(name, ()))
    if "incident" in fields:
        fields["incident"] = tuple(fields["incident"])
    return Shape(**fields)


def _kpi(table: Mapping[str, Any]) -> DemoKpi:
    fields = dict(table)
    for name in ("shape", "base"):
        if name in fields:
            fields[name] = shape_of(fields[name])
    fields["targets"] = tuple(fields.get("targets", ()))
    return DemoKpi(**fields)
