"""The OKR library: coached templates of objectives many organisations have, one file per function.

A file says its `function` and what it is `about`, and has one `[[objective]]` table per objective with the fields of
`Template`; its key results are `[[objective.key_result]]` tables with the fields of `TemplateKeyResult`. The unit
`currency` stands for the organisation's own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any

from sextant.calc.wording_drafts import KeyResultDraft, ObjectiveDraft
from sextant.kpis.library import DIRECTIONS, FREQUENCIES, UNITS, library

KINDS = frozenset({"metric", "baseline", "guardrail", "milestones", "yes_no"})
AMBITIONS = frozenset({"committed", "aspirational"})
RELATIVES = frozenset({"", "percent", "points"})
_CHOICES = {
    "kind": KINDS,
    "unit": UNITS,
    "direction": DIRECTIONS,
    "relative": RELATIVES,
    "frequency": FREQUENCIES,
}


class TemplateError(ValueError):
    """A library file says something that cannot be; the message names the file, the objective and what is wrong."""


@dataclass(frozen=True, slots=True)
class TemplateKeyResult:
    """One key result of a template. A target is absolute (`target`) or relative to the baseline (`amount`).

    `relative` is "percent" or "points" where `amount` counts. `due_months` counts from the start of the cycle.
    `guard` names, in words, what must not get worse; `kpi` is a key of the KPI library or "".
    """

    title: str
    kind: str
    unit: str
    direction: str
    due_months: int
    good: str  # what good looks like
    guard: str = ""
    kpi: str = ""
    baseline: float | None = None
    target: float | None = None
    relative: str = ""
    amount: float | None = None
    low: float | None = None
    high: float | None = None
    is_strict: bool = False
    planned_periods: int | None = None
    frequency: str = "month"
    how_measured: str = ""

    def draft(self, ref: str) -> KeyResultDraft:
        """As the wording checks see it; the baseline comes from whoever takes the template."""
        return KeyResultDraft(
            ref=ref,
            title=self.title,
            kind=self.kind,
            baseline=self.baseline,
            target=self.target,
            unit=self.unit,
            direction=self.direction,
            has_guard=bool(self.guard),
            relative=self.relative,
            amount=self.amount,
            low=self.low,
            high=self.high,
            is_baseline_asked=self.kind == "metric" and self.baseline is None,
        )


@dataclass(frozen=True, slots=True)
class Template:
    """An objective with its key results, the work other organisations did for it, and why one would want it."""

    key: str
    title: str
    why: str
    ambition: str  # committed aspirational
    function: str
    function_key: str
    key_results: tuple[TemplateKeyResult, ...]
    initiatives: tuple[str, ...]

    @property
    def words(self) -> str:
        """Everything a search looks at, in small letters."""
        parts = (self.title, self.why, self.function, *(one.title for one in self.key_results), *self.initiatives)
        return " ".join(parts).casefold()

    def draft(self) -> ObjectiveDraft:
        """As the wording checks see it; the refs are "1", "2" and so on."""
        numbered = enumerate(self.key_results, start=1)
        return ObjectiveDraft(self.title, self.why, tuple(one.draft(str(number)) for number, one in numbered))

    def as_json(self) -> dict[str, Any]:
        """The fields as the API and the command line give them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A part of the organisation and the templates the library has for it."""

    key: str
    name: str
    about: str
    templates: tuple[Template, ...]


@cache
def shelves() -> tuple[Shelf, ...]:
    """All functions in the order of their names. Raises TemplateError when a file is wrong."""
    files = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".toml")]
    found = tuple(sorted((read(file.name, file.read_text("utf-8")) for file in files), key=lambda one: one.name))
    keys = [one.key for shelf in found for one in shelf.templates]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise TemplateError(f"The key '{twice[0]}' is used twice")
    return found


@cache
def templates() -> tuple[Template, ...]:
    """All templates, by function."""
    return tuple(one for shelf in shelves() for one in shelf.templates)


def template(key: str) -> Template:
    """The template with this key. Raises KeyError when there is none."""
    return {one.key: one for one in templates()}[key]


def search(text: str) -> list[Template]:
    """Templates in whose words each word of the text occurs; those with it in their title come first."""
    wanted = text.casefold().split()
    found = [one for one in templates() if all(word in one.words for word in wanted)]
    return sorted(found, key=lambda one: not all(word in one.title.casefold() for word in wanted))


def read(file_name: str, text: str) -> Shelf:
    """One library file. Raises TemplateError."""
    try:
        content = tomllib.loads(text)
        key, name = file_name.removesuffix(".toml"), content["function"]
        made = tuple(_template(file_name, key, name, table) for table in content["objective"])
        return Shelf(key, name, content["about"], made)
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise TemplateError(f"{file_name}: {error}") from error


def _template(file_name: str, function_key: str, function: str, table: Mapping[str, Any]) -> Template:
    where = f"{file_name}, {table.get('key', 'an objective without a key')}"
    rows: Sequence[Mapping[str, Any]] = table.get("key_result", ())
    try:
        fields = {name: value for name, value in table.items() if name not in ("key_result", "initiatives")}
        made = Template(
            **fields,
            function=function,
            function_key=function_key,
            key_results=tuple(TemplateKeyResult(**row) for row in rows),
            initiatives=tuple(table.get("initiatives", ())),
        )
    except TypeError as error:
        raise TemplateError(f"{where}: {error}") from error
    if made.ambition not in AMBITIONS:
        raise TemplateError(f"{where}: '{made.ambition}' is no ambition")
    for one in made.key_results:
        _check(where, one)
    return made


def _check(where: str, one: TemplateKeyResult) -> None:
    for name, choices in _CHOICES.items():
        if getattr(one, name) not in choices:
            raise TemplateError(f"{where}, {one.title}: '{getattr(one, name)}' is no {name}")
    if bool(one.relative) != (one.amount is not None):
        raise TemplateError(f"{where}, {one.title}: a relative target, and only one, has an amount")
    if one.kind == "metric" and (one.target is None) == (one.amount is None):
        raise TemplateError(f"{where}, {one.title}: a metric has a target or an amount, and not both")
    if one.kind == "guardrail" and one.low is None and one.high is None:
        raise TemplateError(f"{where}, {one.title}: a guardrail has a bound")
    if one.kpi and one.kpi not in library():
        raise TemplateError(f"{where}, {one.title}: '{one.kpi}' is not in the KPI library")
