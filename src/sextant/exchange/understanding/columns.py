"""What each column of a table is for: header words suggest, contents decide."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sextant.calc.numbers import NumberFormat, read_number, read_unit
from sextant.exchange.understanding.cells import MISSING_WORDS, at, normal, row_texts
from sextant.exchange.understanding.headers import Heading
from sextant.exchange.understanding.when import PeriodReader, is_year, numbered_part, part_kind
from sextant.exchange.understanding.words import (
    DERIVED_COLUMNS,
    Role,
    direction_of,
    frequency_of,
    header_roles,
    is_total,
    scenario_of,
    word_lists,
)
from sextant.readers.grids import Cell, Row

_NUMERIC = frozenset({Role.VALUE, Role.TARGET, Role.RED_FLAG, Role.LOW, Role.HIGH, Role.NUMERATOR, Role.DENOMINATOR,
                      Role.BASELINE, Role.PRECISION})  # fmt: skip
_TEXTUAL = frozenset({Role.OWNER, Role.TEAM, Role.THEME, Role.DESCRIPTION, Role.HOW_MEASURED, Role.SOURCE,
                      Role.NOTE, Role.QUALIFIER, Role.STATE, Role.AGGREGATION, Role.PARENT, Role.TARGET_TEXT,
                      Role.DIMENSION, Role.MEASURE, Role.SCENARIO})  # fmt: skip
_MANY = frozenset({Role.DIMENSION, Role.TECHNICAL, Role.NOTE, Role.PERIOD, Role.PERIOD_PART, Role.NUMBER, Role.IGNORED,
                   Role.VALUE, Role.MEASURE})  # fmt: skip
"""Roles that several columns of one table may have."""


@dataclass(frozen=True, slots=True)
class ColumnRole:
    """One column's role, how sure that is (0..1) and why."""

    column: int
    header: str
    role: Role
    confidence: float
    evidence: str


@dataclass(slots=True)
class Profile:
    """What a sample of a column's cells looks like. Shares are of the filled cells, 0..1."""

    column: int
    header: str
    heading: Heading
    texts: list[str] = field(default_factory=list)
    rows: int = 0
    numbers: float = 0.0
    periods: float = 0.0
    years: float = 0.0
    percent_signs: float = 0.0
    percent_cells: float = 0.0
    units: float = 0.0
    directions: float = 0.0
    frequencies: float = 0.0
    scenarios: float = 0.0

    @property
    def distinct(self) -> set[str]:
        """The different texts of the sample."""
        return set(self.texts)

    @property
    def is_empty(self) -> bool:
        """Whether no cell of the sample holds anything."""
        return not self.texts

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers (missing ones aside)."""
        return self.numbers >= 0.6


def profile_columns(
    headers: Sequence[str],
    headings: Sequence[Heading],
    sample: Sequence[Row],
    form: NumberFormat,
    periods: PeriodReader,
) -> list[Profile]:
    """Profiles of all columns from some rows."""
    texts = [row_texts(row) for row in sample]
    return [
        _profile(column, header, headings[column], texts, sample, form, periods)
        for column, header in enumerate(headers)
    ]


def _profile(
    column: int,
    header: str,
    heading: Heading,
    rows: Sequence[Sequence[str]],
    cells: Sequence[Row],
    form: NumberFormat,
    periods: PeriodReader,
) -> Profile:
    found = [text for row in rows if (text := at(row, column))]
    profile = Profile(column, header, heading, found, len(rows))
    if not found:
        return profile
    different = list(dict.fromkeys(found))[:400]
    known = [text for text in different if text.casefold() not in MISSING_WORDS] or different
    dates = _dates(cells, column)
    profile.numbers = 0.0 if dates > 0.5 else _share(known, lambda text: _is_number(text, form))
    dated = [text for text in known[:60] if not adds_up(text)] or known[:60]
    profile.periods = max(dates, _share(dated, lambda text: periods.read(text) is not None))
    profile.years = _share(known, is_year)
    profile.percent_signs = _share(known, lambda text: text.endswith("%"))
    profile.percent_cells = _percents(cells, column)
    profile.units = _share(known, lambda text: len(text) <= 40 and read_unit(text) is not None)
    profile.directions = _share(known, lambda text: direction_of(text) is not None)
    profile.frequencies = _share(known, lambda text: frequency_of(text) is not None)
    profile.scenarios = _share(known, lambda text: scenario_of(text) is not None)
    return profile


def adds_up(text: str) -> bool:
    """Whether a text under periods names their sum or mean: "Total", "YTD", "Average"."""
    return is_total(text) or normal(text) in DERIVED_COLUMNS


def _share(texts: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, texts)) / len(texts) if texts else 0.0


def _is_number(text: str, form: NumberFormat) -> bool:
    return read_number(text, form).kind in ("number", "missing", "not_applicable", "error")


def _cells(rows: Sequence[Row], column: int) -> list[Cell]:
    found = (row[column] for row in rows if column < len(row))
    return [cell for cell in found if isinstance(cell, Cell) and cell.kind != "empty"]


def _dates(rows: Sequence[Row], column: int) -> float:
    cells = _cells(rows, column)
    return sum(cell.kind == "date" for cell in cells) / len(cells) if cells else 0.0


def _percents(rows: Sequence[Row], column: int) -> float:
    numbers = [cell for cell in _cells(rows, column) if cell.kind == "number"]
    return sum(cell.is_percent for cell in numbers) / len(numbers) if numbers else 0.0


def classify(profiles: Sequence[Profile], chosen: Mapping[str, str] | None = None) -> list[ColumnRole]:
    """A role for every column. `chosen` maps headers to roles that a person picked; these are believed."""
    roles: dict[int, ColumnRole] = {}
    picked = {normal(header): role for header, role in (chosen or {}).items()}
    for profile in profiles:
        if normal(profile.header) in picked and picked[normal(profile.header)] in set(Role):
            role = Role(picked[normal(profile.header)])
            roles[profile.column] = ColumnRole(profile.column, profile.header, role, 1.0, "chosen")
    wishes = sorted(
        ((score, role, profile) for profile in profiles if profile.column not in roles
         for role, score in _scores(profile).items()),
        key=lambda wish: (-wish[0], wish[2].column),
    )  # fmt: skip
    taken = {entry.role for entry in roles.values()}
    for score, role, profile in wishes:
        if profile.column in roles or (role in taken and role not in _MANY):
            continue
        taken.add(role)
        roles[profile.column] = ColumnRole(
            profile.column, profile.header, role, min(score, 1.0), _evidence(profile, role, score)
        )
    for profile in profiles:
        if profile.column not in roles:
            roles[profile.column] = _by_contents(profile)
    return _technical(_headings_of_codes([roles[profile.column] for profile in profiles], profiles), profiles)


def _evidence(profile: Profile, role: Role, score: float) -> str:
    said = "header" if score >= 1 else "part of the header"
    if role in (Role.PERIOD, Role.PERIOD_PART):
        return f"{said}; {profile.periods:.0%} of the cells are periods"
    if role in _NUMERIC:
        return f"{said}; {profile.numbers:.0%} of the cells are numbers"
    return said


def _scores(profile: Profile) -> dict[Role, float]:
    """Roles the header suggests and the contents allow."""
    if profile.heading.is_bare_period:
        return {}
    if is_bound(profile.header) and profile.numbers >= 0.5:
        return {Role.IGNORED: 1.0}
    words = _header_words(profile)
    kept = {role: score for role, score in words.items() if _allows(profile, role, score)}
    if words.get(Role.TARGET, 0) >= 0.6 and Role.TARGET not in kept and profile.texts:
        kept[Role.TARGET_TEXT] = words[Role.TARGET]
    if profile.heading.scenario and not profile.heading.label:
        by_scenario = {"actual": Role.VALUE, "target": Role.TARGET, "red_flag": Role.RED_FLAG}
        role = by_scenario.get(profile.heading.scenario, Role.IGNORED)
        if profile.is_number or (profile.is_empty and role in (Role.TARGET, Role.RED_FLAG)):
            kept[role] = max(kept.get(role, 0.0), 1.0)
    if normal(profile.header) in _PERIOD_CODES and all(_PART_CODE.fullmatch(text) for text in profile.distinct):
        return {Role.PERIOD_PART: 1.5} if profile.texts else {}
    if part_kind(profile.header) and profile.texts and Role.PERIOD not in kept:
        kind = part_kind(profile.header) or ""
        if all(numbered_part(text, kind) for text in list(profile.distinct)[:40] if not adds_up(text)):
            kept = {Role.PERIOD_PART: 1.0}
    return kept


_NOTES = ("notes", "note", "comments", "footnotes")
_PART_CODE = re.compile(r"[MQSAWH]\d\d")
_PERIOD_CODES = frozenset({"period", "periodo", "periode", "period code", "time"})
_BOUNDS = word_lists("members")["bounds"]
_BOUND_TOKENS = frozenset({"lcl", "ucl", "lci", "uci", "ci"})


def is_bound(header: str) -> bool:
    """Whether a column is about the certainty of another: "95% CI lower", "Standard error", "n"."""
    words = normal(header)
    tokens = words.split()
    if words in _BOUNDS or any(f" {phrase} " in f" {words} " for phrase in _BOUNDS if " " in phrase):
        return True
    return bool(_BOUND_TOKENS & set(tokens)) and len(tokens) > 1


def _header_words(profile: Profile) -> dict[Role, float]:
    words = dict(header_roles(profile.header))
    last = normal(profile.header).rpartition(" ")[2]
    if last in _NOTES and not profile.is_number and 1.0 not in words.values():
        words = {Role.NOTE: 1.0}
    if profile.heading.label and profile.heading.label != profile.header:
        for role, score in header_roles(profile.heading.label).items():
            words[role] = max(words.get(role, 0.0), score)
    return words


def _allows(profile: Profile, role: Role, score: float) -> bool:
    """Whether the cells fit a role suggested by the header."""
    if profile.is_empty:
        return score >= 1 and role not in (Role.PERIOD, Role.VALUE)
    if role is Role.PERIOD:
        return profile.periods >= 0.8 and (profile.numbers < 0.5 or profile.years >= 0.8 or score >= 1)
    if role is Role.AIM_YEAR:
        return profile.periods >= 0.5
    if role in (Role.TARGET, Role.RED_FLAG):
        return profile.numbers >= 0.3 and (score >= 0.5 or profile.is_number)
    if role in _NUMERIC:
        return profile.numbers >= 0.5 and score >= 0.5
    if role is Role.UNIT:
        return profile.units >= 0.3 or (score >= 1 and not profile.is_number)
    if role is Role.DIRECTION:
        return profile.directions >= 0.5
    if role is Role.FREQUENCY:
        return profile.frequencies >= 0.3 or (score >= 1 and not profile.is_number)
    if role is Role.METRIC_NAME:
        return not profile.is_number and profile.periods < 0.5 and score >= 0.7
    if role is Role.METRIC_KEY:
        return score >= 0.7 and (profile.periods < 0.8 or not any(len(text) > 4 for text in profile.distinct))
    if role is Role.IGNORED:
        return score >= 1
    if role is Role.SCENARIO:
        return score >= 0.65 and profile.scenarios >= 0.5
    if role in _TEXTUAL:
        return (not profile.is_number or role is Role.THEME) and score >= 0.65
    return score >= 0.6


def _by_contents(profile: Profile) -> ColumnRole:
    """The role of a column whose header says nothing known."""
    column, header = profile.column, profile.header
    if profile.is_empty:
        return ColumnRole(column, header, Role.IGNORED, 1.0, "no cell holds anything")
    if profile.heading.is_bare_period:
        return ColumnRole(column, header, Role.NUMBER, 1.0, "the header is a period")
    if profile.heading.has_period and profile.is_number:
        return ColumnRole(column, header, Role.NUMBER, 0.9, "the header names a period")
    if profile.years == 1.0 and "year" in normal(header).split():
        return ColumnRole(column, header, Role.PERIOD, 0.6, "all cells are years")
    if profile.periods >= 0.9 and profile.numbers < 0.5:
        return ColumnRole(column, header, Role.PERIOD, 0.7, f"{profile.periods:.0%} of the cells are periods")
    if profile.is_number:
        return ColumnRole(column, header, Role.NUMBER, 0.6, f"{profile.numbers:.0%} of the cells are numbers")
    if profile.scenarios == 1.0 and "actual" in {scenario_of(text) for text in profile.distinct}:
        return ColumnRole(column, header, Role.SCENARIO, 0.9, "the cells say actual, plan or forecast")
    if profile.units >= 0.8 and all(len(text) <= 20 for text in profile.distinct):
        return ColumnRole(column, header, Role.UNIT, 0.7, "the cells are units")
    if profile.frequencies >= 0.9:
        return ColumnRole(column, header, Role.FREQUENCY, 0.7, "the cells are frequencies")
    if profile.directions >= 0.9 and len(profile.distinct) <= 3:
        return ColumnRole(column, header, Role.DIRECTION, 0.6, "the cells are directions")
    return ColumnRole(column, header, Role.DIMENSION, 0.5, f"{len(profile.distinct)} different texts")


def _headings_of_codes(roles: list[ColumnRole], profiles: Sequence[Profile]) -> list[ColumnRole]:
    """ "1.2" beside an indicator "1.2.3" is the heading it stands under, not a target of 1.2."""
    named = [profiles[entry.column] for entry in roles if entry.role in (Role.METRIC_KEY, Role.METRIC_NAME)]
    result = []
    for entry, profile in zip(roles, profiles, strict=True):
        if entry.role in (Role.TARGET, Role.NUMBER) and any(_stands_over(profile, other) for other in named):
            entry = ColumnRole(entry.column, entry.header, Role.THEME, 0.7, "the beginning of the metric's code")
        result.append(entry)
    return result


def _stands_over(profile: Profile, other: Profile) -> bool:
    pairs = list(zip(profile.texts, other.texts, strict=False))
    return len(profile.texts) == len(other.texts) and bool(pairs) and all(
        two.startswith((f"{one}.", f"{one}-")) for one, two in pairs
    )  # fmt: skip


def _technical(roles: list[ColumnRole], profiles: Sequence[Profile]) -> list[ColumnRole]:
    """Codes beside the names they stand for, and running numbers, are no numbers and no dimensions."""
    named = [entry for entry in roles if entry.role in (Role.DIMENSION, Role.TEAM) and not _is_code(entry.header)]
    result = []
    for entry, profile in zip(roles, profiles, strict=True):
        if _is_code(entry.header) and entry.role in (Role.DIMENSION, Role.NUMBER, Role.METRIC_KEY):
            twin = next((other for other in named if _stands_for(entry, other, profiles)), None)
            if twin is not None and entry.evidence != "chosen":
                entry = ColumnRole(entry.column, entry.header, Role.TECHNICAL, 0.8, f"code of “{twin.header}”")
            elif entry.role is Role.NUMBER and not profile.heading.has_period:
                entry = ColumnRole(entry.column, entry.header, Role.DIMENSION, 0.5, "the header says it is a code")
        result.append(entry)
    return result


def _stands_for(code: ColumnRole, name: ColumnRole, profiles: Sequence[Profile]) -> bool:
    """Whether a code column only repeats a column of names: same word in the header, or one code per name."""
    if stem_of(code.header) and stem_of(code.header) == stem_of(name.header):
        return True
    ones, twos = profiles[code.column].texts, profiles[name.column].texts
    if len(ones) != len(twos) or len(set(ones)) < 2 or code.role is Role.METRIC_KEY:
        return False
    return len(set(zip(ones, twos, strict=True))) == len(set(ones)) == len(set(twos))


def _is_code(header: str) -> bool:
    words = normal(header).split()
    return bool(words) and words[-1] in ("id", "code", "key", "nr", "no", "number", "ref")


def stem_of(header: str) -> str:
    """A header's words without those that only say "code" or "name"."""
    words = normal(header).split()
    while words and words[-1] in ("id", "code", "key", "nr", "no", "number", "ref", "name"):
        words.pop()
    return " ".join(words)


def of_role(roles: Sequence[ColumnRole], role: Role) -> list[int]:
    """The columns with a role, left to right."""
    return [entry.column for entry in roles if entry.role is role]


def first_of(roles: Sequence[ColumnRole], role: Role) -> int | None:
    """The first column with a role."""
    return next((entry.column for entry in roles if entry.role is role), None)
