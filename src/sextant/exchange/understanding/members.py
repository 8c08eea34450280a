"""Rows of a table as (metric, measure, members of dimensions): which are the headline, which are breakdowns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sextant.exchange.understanding.cells import normal, shown
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

    def of(self, identity: Identity) -> list[Member]:
        """The members of one metric."""
        return [member for member in self.all if member.identity == identity]

    def identities(self) -> list[Identity]:
        """The metrics in file order."""
        return list(dict.fromkeys(member.identity for member in self.all))


def read_members(table: TableReading, scan: Scan) -> Members:
    """Split every key into metric, measure and dimensions; constant columns split nothing."""
    members = Members()
    combos = list(scan.combinations.values())
    constant = {
        place
        for place, role in enumerate(scan.roles)
        if role in (Role.DIMENSION, Role.TEAM) and len({combo.key[place].strip() for combo in combos}) == 1
    }
    splits_units = _units_split(scan)
    members.team_names_metric = _team_names_metric(table, scan, constant)
    for combo in combos:
        members.all.append(_member(table, scan, combo, constant, splits_units, members.team_names_metric))
    members.dimensions = [
        shown(table.header(column))
        for place, (column, role) in enumerate(zip(scan.columns, scan.roles, strict=True))
        if place not in constant and (role is Role.DIMENSION or (role is Role.TEAM and not members.team_names_metric))
    ]
    return members


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
    return not any(is_total(key[team[0]].strip()) or not key[team[0]].strip() for key in scan.combinations)


def _member(
    table: TableReading, scan: Scan, combo: Combination, constant: set[int], units: bool, teams: bool
) -> Member:
    ident = name = team = ""
    measure: list[str] = []
    dims: dict[str, str] = {}
    for place, (column, role) in enumerate(zip(scan.columns, scan.roles, strict=True)):
        text = combo.key[place].strip()
        if role is Role.METRIC_KEY:
            ident = text
        elif role is Role.METRIC_NAME:
            name = text
        elif role is Role.MEASURE or (role is Role.UNIT and units):
            measure.append(text)
        elif role is Role.UNIT and text:
            combo.texts.setdefault(Role.UNIT, text)
        elif role is Role.TEAM and teams:
            team = text
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
