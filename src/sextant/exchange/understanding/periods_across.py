"""Columns of single periods: years that stand elsewhere, totals among them."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from sextant.calc.periods import Period
from sextant.exchange.understanding.grains import choose, offer_grains
from sextant.exchange.understanding.headers import Heading
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.when import Part, PeriodReader, part_kind, with_year, years_in
from sextant.exchange.understanding.words import Role


def resolve_years(table: TableReading, headings: Sequence[Heading], periods: PeriodReader) -> None:
    """Give columns such as "Jan" or "Q1" their year, set aside totals over the other columns."""
    bare = [slot for slot in table.slots if not slot.period]
    if bare and table.row_period is None and year_column(table) is None:
        year = year_of(table)
        for slot, text in zip(
            bare, _in_years([headings[slot.column].part for slot in bare], year, periods), strict=True
        ):
            slot.period = text
    elif bare:
        for slot in bare:
            slot.period = f"part:{'-'.join(str(item) for item in headings[slot.column].part or ())}"
    _drop_totals(table, periods)


def year_column(table: TableReading) -> int | None:
    return next(
        (column for column in table.all_of(Role.PERIOD_PART) if part_kind(table.header(column)) == "year"), None
    )


def year_of(table: TableReading) -> str:
    """The year from the mapping, the title, the sheet's or the file's name; asked for when there is none."""
    if table.settings.year:
        return table.settings.year
    for origin, text in (
        ("title", " ".join(table.layout.titles if table.layout else [])),
        ("sheet name", table.grid.name),
        ("file name", table.stem),
    ):
        years = years_in(text)
        if len(years) == 1:
            table.offer(
                "year", f"No column names a year; the {origin} says {years[0]}.", "year", chosen=years[0],
                choices=(years[0],),
            )  # fmt: skip
            return years[0]
        if years:
            table.offer("year", f"No column names a year; the {origin} speaks of several.", "year",
                        choices=tuple(years), required=True)  # fmt: skip
            return ""
    table.offer("year", "No column names a year and nothing else does.", "year", required=True)
    return ""


def _in_years(parts: Sequence[Part | None], year: str, periods: PeriodReader) -> list[str]:
    """Period texts; where the parts begin again (Apr .. Dec, Jan .. Mar) the next year has begun."""
    if not year:
        return ["" for _ in parts]
    kinds = {part[0] for part in parts if part}
    numbers = [part[1] for part in parts if part]
    wraps = kinds == {"month"} and any(two < one for one, two in pairwise(numbers))
    if not wraps:
        plain = year if not _is_pair(year) or kinds != {"month"} else _start_year(year, periods)
        return [with_year(plain, part) if part else "" for part in parts]
    current, last, texts = int(_start_year(year, periods)), 0, []
    for part in parts:
        number = part[1] if part else last
        current, last = current + (number < last), number
        texts.append(with_year(str(current), part) if part else "")
    return texts


def _is_pair(year: str) -> bool:
    return "/" in year or year.upper().startswith("FY")


def _start_year(year: str, periods: PeriodReader) -> str:
    if "/" in year:
        return year.split("/")[0]
    if not year.upper().startswith("FY"):
        return year
    named = int(year.upper().removeprefix("FY"))
    return str(named - 1 if periods.calendar.fiscal_year_named_by == "end" else named)


def _drop_totals(table: TableReading, periods: PeriodReader) -> None:
    """Columns of a coarser frequency than the others are totals of them, or history of another grain."""
    read: dict[int, Period] = {}
    for slot in table.slots:
        period = periods.read(slot.period) if slot.period else None
        if period is not None:
            read[slot.column] = period
    actual = [period for slot in table.slots if slot.kind == "actual" and (period := read.get(slot.column))]
    if not actual:
        return
    counts = Counter((period.frequency.value, period.span) for period in actual)
    taken = choose(counts, table.settings.frequency)
    kept = [
        slot for slot in table.slots
        if slot.kind != "actual" or (period := read.get(slot.column)) is None
        or (period.frequency.value, period.span) == taken
    ]  # fmt: skip
    if len(counts) > 1:
        offer_grains(table, counts, taken)
        table.slots = kept
