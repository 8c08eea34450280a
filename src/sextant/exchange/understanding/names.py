"""What a table's numbers are called when no column names them."""

import re

from sextant.exchange.understanding.cells import normal, shown
from sextant.exchange.understanding.marks import without_mark
from sextant.exchange.understanding.tables import TableReading, period_in
from sextant.exchange.understanding.when import PeriodReader, part_of_year, years_in
from sextant.exchange.understanding.words import Role, word_lists

UNNAMED_SHEETS = word_lists("members")["unnamed_sheets"]
_CODE = re.compile(r"\s*\[[\w.]+\]\s*$")
"""A code of the publisher behind a title: "[nama_10_gdp]"."""
_NUMBERED = re.compile(r"^(?:table|tabelle|tableau|tabla|tabella|tabel)\s+\d[\w.]{0,5}\s*[:.–-]\s+", re.IGNORECASE)
LONGEST_TITLE = 120
_EDGES = " \t-–—:,;|/()[]"


def table_name(table: TableReading, periods: PeriodReader) -> str:
    """The sheet's name when it says something, else the line above the table, else the file's name."""
    if table.settings.metric_name:
        return table.settings.metric_name
    named = table.layout.facts.get(Role.METRIC_NAME, "") if table.layout else ""
    if named:
        return without_period(_CODE.sub("", named), periods) or shown(named)
    if table.is_block and table.title and len(table.title) <= LONGEST_TITLE:
        return without_period(_NUMBERED.sub("", without_mark(table.title)), periods) or shown(table.title)
    sheet = table.grid.name.strip()
    if sheet and normal(sheet) not in UNNAMED_SHEETS and not is_period(sheet, periods):
        return shown(sheet)
    title = without_period(_NUMBERED.sub("", without_mark(table.title)), periods)
    if title and len(title) <= 120:
        return title
    return spaced(table.stem)


def is_period(text: str, periods: PeriodReader) -> bool:
    """Whether a sheet is named after a period: "2024", "Jan 2024"."""
    return periods.read(text) is not None or part_of_year(text) is not None


def without_period(text: str, periods: PeriodReader) -> str:
    """A title without the period it names."""
    found = period_in(text, periods)
    bare = text.replace(found, " ") if found else text
    for year in years_in(bare):
        bare = bare.replace(year, " ")
    return re.sub(r"\s+", " ", bare.replace("()", " ").replace("[]", " ")).strip(_EDGES)


def spaced(stem: str) -> str:
    """A file's name as words: "ec2_request_latency" -> "ec2 request latency"."""
    return " ".join(stem.replace("_", " ").split())
