"""The saved mapping of an import: how each table was read, for a person to correct and for next month's file."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from glob import escape

from sextant.calc.numbers import NumberFormat
from sextant.calc.periods import Calendar
from sextant.exchange.understanding.mapping import Mapping, TableMapping
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.words import Role


def mapping_of(tables: Sequence[TableReading], before: Mapping, calendar: Calendar) -> Mapping:
    """A mapping that reads the same tables the same way; digits in file names become "*" where that is safe."""
    kept_out = [table for table in tables if table.settings.role == "ignored"]
    read = [table for table in tables if table.role != "ignored" and table.grid.kind != "document"]
    entries = [_entry(table) for table in read + kept_out]
    patterns: dict[tuple[str, str], list[TableMapping]] = defaultdict(list)
    for entry in entries:
        patterns[re.sub(r"\d+", "*", entry.file), entry.sheet].append(entry)
    kept = []
    for (pattern, _), group in patterns.items():
        alike = all(replace(entry, file="") == replace(group[0], file="") for entry in group)
        kept += [replace(group[0], file=pattern)] if alike else group
    default = Calendar()
    return Mapping(tuple(kept), calendar if before.calendar or calendar != default else None, before.metrics)


def _entry(table: TableReading) -> TableMapping:
    roles = {
        entry.header: entry.role.value for entry in table.columns if entry.header and entry.role is not Role.NUMBER
    }
    if any(slot.period for slot in table.slots):
        across = {table.header(slot.column) for slot in table.slots}
        roles = {header: role for header, role in roles.items() if header not in across}
    plain = table.number_format == NumberFormat()
    header = table.layout.header_rows[-1] if table.layout and table.layout.header_rows else None
    one_row = table.layout is not None and len(table.layout.header_rows) == 1 and table.layout.turned is None
    one_row = one_row and not table.is_block and table.grid.kind != "records"
    return replace(
        table.settings, file=escape(table.grid.file), sheet=escape(table.grid.name) or "*", role=table.role,
        columns=roles,
        header_row=header if one_row and table.settings.header_row is None else table.settings.header_row,
        decimal="" if plain else table.number_format.decimal,
        thousands="" if plain else table.number_format.thousands,
        day_first=table.day_first,
    )  # fmt: skip
