"""The KPI library: descriptions of KPIs many organisations use, one file per function, ready to be installed.

A file says its `function` and what it is `about`, and has one `[[kpi]]` table per KPI with the fields of
`LibraryKpi`. The unit `currency` stands for the organisation's own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any

from sextant.core.keys import slug

DIRECTIONS = frozenset({"up", "down", "within"})
FREQUENCIES = frozenset({"hour", "day", "week", "month", "quarter", "tertial", "half", "year"})
AGGREGATIONS = frozenset({"sum", "mean", "last", "min", "max", "ratio"})
PERSPECTIVES = frozenset({"financial", "customer", "process", "people", "society"})
LEADS = frozenset({"leading", "lagging"})
UNITS = frozenset({"number", "percent", "count", "rating", "currency"}) | {
    f"duration:{unit}" for unit in ("ms", "s", "min", "h", "d", "w", "mo", "y")
}
_CHOICES = {
    "unit": UNITS,
    "numerator_unit": UNITS,
    "denominator_unit": UNITS,
    "direction": DIRECTIONS,
    "frequency": FREQUENCIES,
    "aggregation": AGGREGATIONS,
    "perspective": PERSPECTIVES,
    "leads": LEADS,
}


class LibraryError(ValueError):
    """A library file says something that cannot be; the message names file, KPI and field."""


@dataclass(frozen=True, slots=True)
class LibraryKpi:
    """One KPI of the library. `guard` is the key of the KPI that shows when this one is met at a cost.

    A ratio names its two inputs; installing it makes a metric of each.
    """

    key: str
    name: str
    sentence: str
    formula: str  # in words
    unit: str
    direction: str
    frequency: str
    aggregation: str
    precision: int
    perspective: str
    leads: str
    guard: str
    decision: str
    how_measured: str
    does_not_show: str
    owner_role: str
    function: str
    numerator: str = ""
    denominator: str = ""
    numerator_unit: str = "count"
    denominator_unit: str = "count"
    bounds: tuple[float | None, float | None] = (None, None)

    @property
    def is_ratio(self) -> bool:
        return self.aggregation == "ratio"

    @property
    def machine_formula(self) -> str:
        """What is calculated, over the keys made from the inputs' names; empty for a KPI that is recorded itself."""
        if not self.is_ratio:
            return ""
        scale = "100 * " if self.unit == "percent" else ""
        return f"{scale}sum([{slug(self.numerator)}]) / sum([{slug(self.denominator)}])"

    @property
    def words(self) -> str:
        """Everything a search looks at, in small letters."""
        parts = (self.name, self.sentence, self.formula, self.function, self.decision, self.numerator, self.denominator)
        return " ".join(parts).casefold()

    def as_json(self) -> dict[str, Any]:
        """The fields as the API and `sextant library list --json` give them."""
        return {**asdict(self), "bounds": list(self.bounds), "machine_formula": self.machine_formula}


@dataclass(frozen=True, slots=True)
class Function:
    """A part of the organisation and the KPIs the library has for it."""

    key: str
    name: str
    about: str
    kpis: tuple[LibraryKpi, ...]


@cache
def functions() -> tuple[Function, ...]:
    """All functions in the order of their names. Raises LibraryError when a file is wrong."""
    files = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".toml")]
    found = tuple(sorted((_read(file.name, file.read_text("utf-8")) for file in files), key=lambda one: one.name))
    _check_links([kpi for function in found for kpi in function.kpis])
    return found


@cache
def library() -> Mapping[str, LibraryKpi]:
    """All KPIs by key."""
    return {kpi.key: kpi for function in functions() for kpi in function.kpis}


def search(text: str) -> list[LibraryKpi]:
    """KPIs in whose words each word of the text occurs; those with it in their name come first."""
    wanted = text.casefold().split()
    found = [kpi for kpi in library().values() if all(word in kpi.words for word in wanted)]
    return sorted(found, key=lambda kpi: not all(word in kpi.name.casefold() for word in wanted))


def _read(file_name: str, text: str) -> Function:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LibraryError(f"{file_name}: {error}") from error
    name = content["function"]
    kpis = tuple(_kpi(file_name, name, table) for table in content["kpi"])
    return Function(file_name.removesuffix(".toml"), name, content["about"], kpis)


def _kpi(file_name: str, function: str, table: Mapping[str, Any]) -> LibraryKpi:
    fields = dict(table)
    lower, upper = [*fields.pop("bounds", ()), None, None][:2]
    try:
        kpi = LibraryKpi(**fields, function=function, bounds=(lower, upper))
    except TypeError as error:
        raise LibraryError(f"{file_name}, {table.get('key', 'a KPI without a key')}: {error}") from error
    for name, choices in _CHOICES.items():
        if getattr(kpi, name) not in choices:
            raise LibraryError(f"{file_name}, {kpi.key}: '{getattr(kpi, name)}' is no {name}")
    if kpi.is_ratio != bool(kpi.numerator and kpi.denominator):
        raise LibraryError(f"{file_name}, {kpi.key}: a ratio, and only a ratio, names its two inputs")
    return kpi


def _check_links(kpis: list[LibraryKpi]) -> None:
    keys = [kpi.key for kpi in kpis]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise LibraryError(f"The key '{twice[0]}' is used twice")
    for kpi in kpis:
        if kpi.guard not in keys or kpi.guard == kpi.key:
            raise LibraryError(f"{kpi.key}: '{kpi.guard}' cannot be its guard")
