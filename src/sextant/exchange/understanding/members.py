"""Rows of a table as (metric, measure, members of dimensions): which are the headline, which are breakdowns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sextant.calc.numbers import read_number
from sextant.exchange.understanding.cells import normal, shown
from sextant.exchange.understanding.labels import unmarked
from sextant.exchange.understanding.scan import Combination, Scan, scenario_at
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.words import Role, is_total, word_lists

PLACES = word_lists("members")["places"]

Identity = tuple[str, str, str]
"""Identifier, name and team; "" where the rows do not say."""


@dataclass(slots=True)
class Member:
    """One combination of key texts, understood."""

    combination: Combination
    identity: Identity
    measure: tuple[str, ...]
    dims: dict[str, str]
    kind: str

    @property
    def is_bare(self) -> bool:
        """Whether no dimension is named at all."""
        return not self.dims


@dataclass(slots=True)
class Members:
    """All members of a table and how its columns were used."""

    all: list[Member] = field(default_factory=list)
    dimensions: list[str] = field(default_factory=list)
    team_names_metric: bool = False
    _by_identity: dict[Identity, list[Member]] = field(default_factory=dict)

    def of(self, identity: Identity) -> list[Member]:
        """The members of one metric."""
        return self._grouped().get(identity, [])

    def identities(self) -> list[Identity]:
        """The metrics in file order."""
        return list(self._grouped())

    def _grouped(self) -> dict[Identity, list[Member]]:
        if not self._by_identity:
            for member in self.all:
                self._by_identity.setdefault(member.identity, []).append(member)
        return self._by_identity


def read_members(table: TableReading, scan: Scan) -> Members:
    """Split every key into metric, measure and dimensions; constant columns split nothing."""
    members = Members()
    combos = list(scan.combinations.values())
    constant = {
        place
        for place, role in enumerate(scan.roles)
        if role in (Role.DIMENSION, Role.TEAM) and len({combo.key[place].strip() for combo in combos}) == 1
    }
    if _team_describes(scan):
        constant |= {place for place, role in enumerate(scan.roles) if role is Role.TEAM}
    constant |= _facts_about_metrics(scan)
    _teach_constant_unit(table, combos)
    splits_units = _units_split(scan)
    members.team_names_metric = _team_names_metric(table, scan, constant)
    plain = _plain_names(scan)
    for combo in combos:
        members.all.append(_member(table, scan, combo, constant, splits_units, members.team_names_metric, plain))
    members.dimensions = [
        shown(table.header(column))
        for place, (column, role) in enumerate(zip(scan.columns, scan.roles, strict=True))
        if place not in constant and (role is Role.DIMENSION or (role is Role.TEAM and not members.team_names_metric))
    ]
    return members


def _plain_names(scan: Scan) -> dict[str, str]:
    """Names of metrics as written -> without the marks of footnotes."""
    places = [place for place, role in enumerate(scan.roles) if role is Role.METRIC_NAME]
    return unmarked(key[place].strip() for key in scan.combinations for place in places)


def _teach_constant_unit(table: TableReading, combos: Sequence[Combination]) -> None:
    """A unit column with one text in all rows is a fact about every metric of the table."""
    column = table.column(Role.UNIT)
    if column is not None and len(table.profiles[column].distinct) == 1:
        for combo in combos:
            combo.texts.setdefault(Role.UNIT, next(iter(table.profiles[column].distinct)))


def _units_split(scan: Scan) -> bool:
    """Whether one metric has rows in several units, which then are several measures."""
    unit = [place for place, role in enumerate(scan.roles) if role is Role.UNIT]
    metric = [place for place, role in enumerate(scan.roles) if role in (Role.METRIC_KEY, Role.METRIC_NAME)]
    if not unit:
        return False
    seen: dict[tuple[str, ...], set[str]] = {}
    for key in scan.combinations:
        seen.setdefault(tuple(key[place] for place in metric), set()).add(key[unit[0]].strip())
    return any(len(units - {""}) > 1 for units in seen.values())


def _team_names_metric(table: TableReading, scan: Scan, constant: set[int]) -> bool:
    """Whether a team column makes metrics of their own: the same KPI kept by several teams.

    Not when other columns split the rows too, or when one of the "teams" is the total of the others.
    """
    team = [place for place, role in enumerate(scan.roles) if role is Role.TEAM]
    others = [place for place, role in enumerate(scan.roles) if role is Role.DIMENSION and place not in constant]
    named = any(role in (Role.METRIC_KEY, Role.METRIC_NAME) for role in scan.roles) or len(table.slots) > 1
    if not team or others or not named:
        return False
    metric = [place for place, role in enumerate(scan.roles) if role in (Role.METRIC_KEY, Role.METRIC_NAME)]
    kept: dict[tuple[str, ...], set[str]] = {}
    for key in scan.combinations:
        kept.setdefault(tuple(key[place] for place in metric), set()).add(key[team[0]].strip())
    shared = any(len(teams) > 1 for teams in kept.values())
    return shared and not any(not one or is_total(one) for teams in kept.values() for one in teams)


def _facts_about_metrics(scan: Scan) -> set[int]:
    """Dimension columns that hold one text per metric: they describe it and split nothing."""
    metric = [place for place, role in enumerate(scan.roles) if role in (Role.METRIC_KEY, Role.METRIC_NAME)]
    if not metric:
        return set()
    found = set()
    for place, role in enumerate(scan.roles):
        if role is Role.DIMENSION:
            texts: dict[tuple[str, ...], set[str]] = {}
            for key in scan.combinations:
                texts.setdefault(tuple(key[column] for column in metric), set()).add(key[place].strip())
            if all(len(one) == 1 for one in texts.values()) and not any(
                is_total(key[place]) for key in scan.combinations
            ):
                found.add(place)
    return found


def whole_by_sum(table: TableReading, members: Sequence[Member]) -> list[Member]:
    """The one member whose numbers are the sum of all others in every period, such as a country of its regions."""
    if not 3 <= len(members) <= 500 or len({tuple(member.dims) for member in members}) != 1:
        return []
    if len(members[0].dims) != 1 or len({member.measure for member in members}) != 1:
        return []
    for place in range(len(table.slots)):
        numbers = [_numbers(table, member, place) for member in members]
        periods = set().union(*(known.keys() for known in numbers))
        sums = {period: sum(known.get(period, 0.0) for known in numbers) for period in periods}
        for member, known in zip(members, numbers, strict=True):
            if len(known) >= 2 and known.keys() == periods and all(
                abs(2 * known[period] - sums[period]) <= 1e-6 * max(1.0, abs(sums[period])) for period in periods
            ) and any(known.values()):  # fmt: skip
                name = next(iter(member.dims.values()))
                table.note("whole-by-sum", f"“{name}” is the sum of all other rows in every period and taken as the "
                           "whole.")  # fmt: skip
                return [member]
    return []


def _numbers(table: TableReading, member: Member, place: int) -> dict[str, float]:
    found = {}
    for index, (text, values) in enumerate(member.combination.samples):
        reading = read_number(values[place], table.number_format)
        if reading.kind == "number" and reading.value is not None:
            found[text or table.slots[place].period or str(index)] = reading.value
    return found


def _team_describes(scan: Scan) -> bool:
    """Whether every metric has one team, which then is only a fact about it."""
    team = [place for place, role in enumerate(scan.roles) if role is Role.TEAM]
    metric = [place for place, role in enumerate(scan.roles) if role in (Role.METRIC_KEY, Role.METRIC_NAME)]
    if not team or not metric:
        return False
    kept: dict[tuple[str, ...], set[str]] = {}
    for key in scan.combinations:
        kept.setdefault(tuple(key[place] for place in metric), set()).add(key[team[0]].strip())
    return all(len(teams) == 1 for teams in kept.values())


def _member(
    table: TableReading, scan: Scan, combo: Combination, constant: set[int], units: bool, teams: bool,
    plain: Mapping[str, str],
) -> Member:  # fmt: skip
    ident = name = team = ""
    measure: list[str] = []
    dims: dict[str, str] = {}
    for place, (column, role) in enumerate(zip(scan.columns, scan.roles, strict=True)):
        text = combo.key[place].strip()
        if role is Role.METRIC_KEY:
            ident = text
        elif role is Role.METRIC_NAME:
            name = plain.get(text, text)
        elif role is Role.MEASURE or (role is Role.UNIT and units):
            measure.append(text)
        elif role is Role.UNIT and text:
            combo.texts.setdefault(Role.UNIT, text)
        elif role is Role.TEAM and teams:
            team = text
        elif role is Role.TEAM and place in constant and text:
            combo.texts.setdefault(Role.TEAM, text)
        elif role in (Role.DIMENSION, Role.TEAM) and place not in constant and text:
            dims[shown(table.header(column))] = text
    return Member(combo, (ident, name, team), tuple(measure), dims, scenario_at(scan.roles, combo.key))


def is_place(header: str) -> bool:
    """Whether a dimension is one of places, whose default member (the country) stands for all others."""
    words = normal(header).split()
    return any(word in PLACES for word in words)


def without_totals(
    dims: Mapping[str, str], defaults: Mapping[str, Sequence[str]], chosen: bool = False
) -> dict[str, str]:
    """The dimensions that name a part; total words and the metadata's one default place name the whole.

    Other default members do not: a chart that opens with "Women" is not about everybody. `chosen`: a
    person named the members, and is believed.
    """
    left = {}
    for header, text in dims.items():
        known = defaults.get(normal(header), ())
        is_default = len(known) == 1 and normal(known[0]) == normal(text) and (chosen or is_place(header))
        if not is_default and not is_total(text, header):
            left[header] = text
    return left


def headline(
    members: Sequence[Member], defaults: Mapping[str, Sequence[str]], chosen: bool = False
) -> tuple[list[Member], bool]:
    """The rows of the whole and whether they were found by total words (True) or by empty cells (False)."""
    bare = [member for member in members if member.is_bare]
    if bare:
        return bare, False
    return [member for member in members if not without_totals(member.dims, defaults, chosen)], True
