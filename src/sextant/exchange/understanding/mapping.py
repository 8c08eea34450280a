"""What a person decided about files, kept so that next month's file is read the same way.

A mapping is a plain dictionary that fits into a TOML file:

    year_start_month = 4
    [metrics."Waiting time"]          # name or id -> what the files do not say, in whichever file it stands
    unit = "duration:s"
    match = "waiting-time"            # it is this metric; "new": it is none of ours; "skip": leave it out
    [[table]]
    file = "attendances-*.csv"        # a pattern; the first table that fits a grid is used
    sheet = "Data"                    # optional pattern
    role = "series_long"
    header_row = 3
    period = "2024-03"                # for tables without a period column
    roll_up = "sum"
    breakdowns = [["Region"], ["Region", "Site"]]
    [table.columns]                   # header -> role
    "Visit month" = "period"
    [table.metrics."Waiting time"]    # the same, kept with its table
    unit = "duration:s"
    [[table.ratio]]
    name = "Seen within 4 h"
    numerator = "Under 4 Hours"
    denominator = "Total"
"""

from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, fields
from fnmatch import fnmatch
from typing import Any

from sextant.calc.periods import Calendar


class MappingError(ValueError):
    """A saved mapping that cannot be used; `key` is stable, `message` says what to change."""

    def __init__(self, message: str, key: str = "mapping-invalid") -> None:
        super().__init__(message)
        self.key = key
        self.message = message


@dataclass(frozen=True, slots=True)
class RatioDefinition:
    """A metric that is one column's sum divided by another's, times 100 for percent."""

    name: str
    numerator: str
    denominator: str
    unit: str = "percent"


@dataclass(frozen=True, slots=True)
class TableMapping:
    """Decisions about the tables whose file and sheet fit the patterns; empty means: find out."""

    file: str = "*"
    sheet: str = "*"
    role: str = ""
    header_row: int | None = None
    columns: MappingType[str, str] = field(default_factory=dict)
    decimal: str = ""
    thousands: str = ""
    day_first: bool | None = None
    frequency: str = ""
    aggregation: str = ""
    year: str = ""
    period: str = ""
    metric_name: str = ""
    team: str = ""
    theme: str = ""
    sheet_means: str = ""
    value_column: str = ""
    measure: str = ""
    headline: MappingType[str, str] = field(default_factory=dict)
    breakdowns: tuple[tuple[str, ...], ...] = ()
    roll_up: str = ""
    scale: float | None = None
    repeats: str = ""
    metrics: MappingType[str, MappingType[str, Any]] = field(default_factory=dict)
    labels: MappingType[str, str] = field(default_factory=dict)
    ratios: tuple[RatioDefinition, ...] = ()

    def fits(self, file: str, sheet: str) -> bool:
        """Whether this entry is about a grid; the pattern may name the whole path or its last part."""
        name = file.rsplit("/", 1)[-1]
        return (fnmatch(file, self.file) or fnmatch(name, self.file)) and fnmatch(sheet, self.sheet or "*")


OKR_SETTINGS = frozenset({"kind", "objectives", "teams", "people"})
"""What a mapping may say of OKRs (`exchange.okrs`); nothing of it concerns KPIs."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """All saved decisions of one import."""

    tables: tuple[TableMapping, ...] = ()
    calendar: Calendar | None = None
    metrics: MappingType[str, MappingType[str, Any]] = field(default_factory=dict)

    def table(self, file: str, sheet: str) -> TableMapping:
        """The decisions for one grid; an empty one when nothing was decided."""
        return next((entry for entry in self.tables if entry.fits(file, sheet)), TableMapping())

    def to_dict(self) -> dict[str, Any]:
        """The mapping as a dictionary for TOML, without what is empty."""
        result: dict[str, Any] = {}
        if self.calendar is not None:
            result["year_start_month"] = self.calendar.year_start_month
            result["fiscal_year_named_by"] = self.calendar.fiscal_year_named_by
        if self.metrics:
            result["metrics"] = {name: dict(facts) for name, facts in self.metrics.items()}
        if self.tables:
            result["table"] = [_table_dict(table) for table in self.tables]
        return result

    @classmethod
    def from_dict(cls, values: MappingType[str, Any]) -> "Mapping":
        """Read a saved mapping; raises MappingError naming the first entry that does not fit."""
        known = {"year_start_month", "fiscal_year_named_by", "metrics", "table", *OKR_SETTINGS}
        _refuse_unknown(values, known, "the mapping")
        calendar = None
        if "year_start_month" in values or "fiscal_year_named_by" in values:
            calendar = Calendar(int(values.get("year_start_month", 1)), str(values.get("fiscal_year_named_by", "end")))
        tables = values.get("table", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise MappingError("“table” must be a list of tables, written as [[table]].")
        metrics = values.get("metrics", {})
        if not isinstance(metrics, dict) or not all(isinstance(facts, dict) for facts in metrics.values()):
            raise MappingError('“metrics” must hold a table per metric, written as [metrics."Name"].')
        return cls(tuple(_table(table) for table in tables), calendar, metrics)


_PLAIN = {entry.name for entry in fields(TableMapping)} - {"breakdowns", "ratios", "repeats"}


def _table_dict(table: TableMapping) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for entry in fields(TableMapping):
        value = getattr(table, entry.name)
        if value in ("", None, (), {}):
            continue
        if entry.name == "ratios":
            result["ratio"] = [
                {part.name: getattr(ratio, part.name) for part in fields(RatioDefinition)} for ratio in value
            ]
        elif entry.name == "breakdowns":
            result["breakdowns"] = [list(dims) for dims in value]
        elif entry.name == "metrics":
            result["metrics"] = {name: dict(facts) for name, facts in value.items()}
        else:
            result[entry.name] = dict(value) if isinstance(value, MappingType) else value
    return result


def _table(values: MappingType[str, Any]) -> TableMapping:
    known = {entry.name for entry in fields(TableMapping)} - {"ratios"} | {"ratio"}
    where = f"the table for “{values.get('file', '*')}”"
    _refuse_unknown(values, known, where)
    plain = {name: value for name, value in values.items() if name in _PLAIN}
    for name in ("columns", "headline", "metrics", "labels"):
        if not isinstance(plain.get(name, {}), dict):
            raise MappingError(f"“{name}” in {where} must be a table of its own, written as [table.{name}].")
    return TableMapping(
        **plain,
        repeats=str(values.get("repeats", "")),
        breakdowns=tuple(tuple(dims) for dims in values.get("breakdowns", [])),
        ratios=tuple(_ratio(ratio, where) for ratio in values.get("ratio", [])),
    )


def _ratio(values: MappingType[str, Any], where: str) -> RatioDefinition:
    _refuse_unknown(values, {entry.name for entry in fields(RatioDefinition)}, f"a ratio of {where}")
    try:
        return RatioDefinition(**values)
    except TypeError:
        raise MappingError(f"A ratio of {where} needs name, numerator and denominator.") from None


def _refuse_unknown(values: MappingType[str, Any], known: Iterable[str], where: str) -> None:
    for name in values:
        if name not in set(known):
            raise MappingError(
                f"“{name}” is no setting of {where}. Known are: {', '.join(sorted(known))}.", "mapping-unknown-setting"
            )
