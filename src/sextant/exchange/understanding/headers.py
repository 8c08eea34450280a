"""Column headers that carry a period, a kind of number, a name, or several of these at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sextant.calc.numbers import read_unit
from sextant.calc.periods import Frequency
from sextant.exchange.understanding.cells import normal, shown
from sextant.exchange.understanding.marks import without_mark
from sextant.exchange.understanding.when import Part, PeriodReader, looks_like_number, part_of_year, with_year
from sextant.exchange.understanding.words import DERIVED_COLUMNS, Role, header_roles, scenario_of

_BRACKETED = re.compile(r"^(.*?)\s*[(\[{]([^()\[\]{}]{1,24})[)\]}]\s*$")
_IN_UNIT = re.compile(r"^(.+?),?\s+(?:in|en|em)\s+(\S.{0,16})$", re.IGNORECASE)
_JOINTS = " \t\n-–—:|/_,.()[]"
_WORDS_IN_LABEL = 10
FIELDS_OF_VALUES = frozenset({"data", "series", "history", "points", "observations", "periods", "by period"})


@dataclass(frozen=True, slots=True)
class Heading:
    """What one column's header says. `period` is a whole period's text, `part` one that lacks a year."""

    label: str = ""
    period: str = ""
    part: Part | None = None
    scenario: str = ""
    unit: str = ""

    @property
    def has_period(self) -> bool:
        """Whether the column is for one period."""
        return bool(self.period) or self.part is not None

    @property
    def is_bare_period(self) -> bool:
        """Whether the header is a period (and perhaps "plan" or "actual") and nothing else."""
        return self.has_period and not self.label


def split_unit(header: str) -> tuple[str, str]:
    """A header without its unit, and the unit as written: "Umsatz (EUR)" -> ("Umsatz", "EUR")."""
    match = _BRACKETED.match(header) or _IN_UNIT.match(header)
    if match and match[1] and known_unit(match[2]):
        return re.sub(r"(?:^|\s)in$", "", match[1].strip()), match[2].strip()
    if header.rstrip().endswith("%") and len(header.strip()) > 1:
        return header.rstrip().rstrip("%").rstrip(" -–_,"), "%"
    return header, ""


def known_unit(text: str) -> bool:
    """Whether a text names a unit of measure."""
    return bool(text.strip()) and read_unit(text) is not None


def read_heading(parts: Sequence[str], periods: PeriodReader) -> Heading:
    """The header of one column from its one or two rows, read part by part and put together."""
    whole = Heading()
    for text in dict.fromkeys(part for part in parts if part):
        whole = _joined(whole, _read_part(text, periods), periods)
    return whole


def _joined(one: Heading, two: Heading, periods: PeriodReader) -> Heading:
    period, part = one.period or two.period, one.part or two.part
    if one.period and two.period and one.period != two.period:
        period = _finer(one.period, two.period, periods)
    if period and part is not None and _is_year(period, periods):
        period, part = with_year(period, part), None
    label = " ".join(text for text in (one.label, two.label) if text)
    return Heading(label, period, part, two.scenario or one.scenario, two.unit or one.unit)


def _finer(one: str, two: str, periods: PeriodReader) -> str:
    first, second = periods.read(one), periods.read(two)
    if first is None or second is None:
        return one if second is None else two
    return two if second.frequency.rank < first.frequency.rank else one


def _is_year(text: str, periods: PeriodReader) -> bool:
    period = periods.read(text)
    return period is not None and period.frequency is Frequency.YEAR and period.span == 1


def _read_part(text: str, periods: PeriodReader) -> Heading:
    bare = without_mark(text)
    text = bare if bare != text and _bare(bare, periods) is not None else text
    plain = _bare(text, periods) or _said_twice(text, periods) or _under_a_field(text, periods)
    if plain is not None:
        return plain
    label, unit = split_unit(text)
    if not unit and known_unit(text) and len(text) <= 12 and not header_roles(text):
        return Heading(unit=text)
    split = _without_scenario(text, periods) or _without_period(text, periods)
    return split if split is not None else Heading(label=shown(label), unit=unit)


def _bare(text: str, periods: PeriodReader) -> Heading | None:
    stripped = text.strip(_JOINTS)
    if not looks_like_number(stripped):
        if periods.read(stripped) is not None:
            return Heading(period=stripped)
        part = part_of_year(stripped)
        if part is not None:
            return Heading(part=part)
    scenario = scenario_of(stripped)
    return Heading(scenario=scenario) if scenario else None


def _said_twice(text: str, periods: PeriodReader) -> Heading | None:
    """ "2019 [YR2019]", "2021 (2020-21)": a period and the same in brackets."""
    match = _BRACKETED.match(text)
    found = _bare(match[1], periods) if match else None
    if match is None or found is None or not found.period:
        return None
    return found if set(re.findall(r"\d{4}", match[2])) & set(re.findall(r"\d{4}", match[1])) else None


def _under_a_field(text: str, periods: PeriodReader) -> Heading | None:
    """ "values.2024-01", "target.2024-01": a period inside a field of a record."""
    field, _, stamp = text.partition(".")
    if not field or not stamp or any(char.isspace() or char.isdigit() for char in field):
        return None
    found = _bare(stamp, periods)
    if found is None or not found.period:
        return None
    scenario = scenario_of(field) or ""
    plain = scenario or header_roles(field).get(Role.VALUE, 0.0) >= 1.0 or normal(field) in FIELDS_OF_VALUES
    return replace(found, scenario=scenario if scenario != "actual" else "", label="" if plain else shown(field))


def _without_scenario(text: str, periods: PeriodReader) -> Heading | None:
    """ "Plan Jan 2024", "Jan (Ist)": a kind of number beside a period."""
    tokens = text.split()
    for size in (1, 2, 3):
        if len(tokens) <= size:
            break
        for words, rest in ((tokens[:size], tokens[size:]), (tokens[-size:], tokens[:-size])):
            scenario = scenario_of(" ".join(words))
            if scenario:
                found = _bare(" ".join(rest), periods)
                if found is not None and found.has_period:
                    return replace(found, scenario=scenario)
    parts = [part for part in re.split(r"[-–:|/_.]", text) if part.strip()]
    if len(parts) == 2:
        for name, other in (parts, parts[::-1]):
            scenario, found = scenario_of(name), _bare(other, periods)
            if scenario and found is not None and found.has_period:
                return replace(found, scenario=scenario)
    return None


def _without_period(text: str, periods: PeriodReader) -> Heading | None:
    """ "Revenue 2023", "Q1 2024 Umsatz": a name beside a period."""
    tokens = text.split()
    if not 2 <= len(tokens) <= _WORDS_IN_LABEL:
        return None
    for size in (3, 2, 1):
        if len(tokens) <= size:
            continue
        for words, rest in ((tokens[-size:], tokens[:-size]), (tokens[:size], tokens[size:])):
            stamp = " ".join(words).strip(_JOINTS)
            if not looks_like_number(stamp) and periods.read(stamp) is not None:
                label, unit = split_unit(" ".join(rest).strip(_JOINTS))
                return Heading(label=shown(label), period=stamp, unit=unit)
    return None


def is_derived(heading: Heading) -> bool:
    """Whether a column beside periods only sums them up: "Total", "YTD", "Average"."""
    words = normal(heading.label)
    return words in DERIVED_COLUMNS or heading.scenario in ("previous", "difference")
