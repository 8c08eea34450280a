"""A second look at the columns, each beside the others: codes beside names, running totals, flags, magnitudes."""

import re
from collections.abc import Sequence
from dataclasses import replace

from sextant.exchange.understanding.cells import normal
from sextant.exchange.understanding.columns import ColumnRole, Profile, stem_of
from sextant.exchange.understanding.tables import TableReading, names_metrics
from sextant.exchange.understanding.words import MULTIPLIERS, Role, header_roles, scenario_of, word_lists

PLACE_NAMES = word_lists("wholes")["countries"] | word_lists("wholes")["communities"]
CUMULATIVE = word_lists("members")["cumulative"]
_LABELS = (Role.DIMENSION, Role.MEASURE, Role.METRIC_NAME, Role.METRIC_KEY, Role.IGNORED, Role.TEAM, Role.NOTE)
LEAST_TEXTS = 3
NEAR = 12
"""How far from a code its name is looked for."""
LONGEST_NAME = 120
_IN_BRACKETS = re.compile(r"\s*[(\[].*?[)\]]")


def refine(table: TableReading) -> None:
    """Correct roles that a column can only be given in sight of its neighbours; a person's choices stand."""
    _name_in_words(table)
    _pair_codes(table)
    _name_by_columns(table)
    _find_places(table)
    _find_multiplier(table)
    _name_by_unit(table)
    _set_running_totals_aside(table)
    _pair_targets(table)
    _find_flags(table)
    _find_marks(table)


def _set(table: TableReading, column: int, role: Role, evidence: str, confidence: float = 0.8) -> None:
    entry = table.columns[column]
    if entry.evidence != "chosen":
        table.columns[column] = replace(entry, role=role, evidence=evidence, confidence=confidence)


def looks_like_code(texts: set[str]) -> bool:
    """Whether all texts are codes ("PC_ACT", "1.2.1", "E06000001"): short, without blanks, not plain words."""
    return bool(texts) and all(
        len(text) <= 24 and " " not in text
        and (text.upper() == text or any(char.isdigit() or char in "_." for char in text[1:]))
        for text in texts
    )  # fmt: skip


def _one_to_one(one: Profile, two: Profile) -> bool:
    """Whether two columns say the same in other words, in every row."""
    if len(one.texts) != len(two.texts) or not one.texts:
        return False
    return len(set(zip(one.texts, two.texts, strict=True))) == len(one.distinct) == len(two.distinct)


def _akin(one: str, two: str) -> bool:
    """Whether two headers are about the same: "MEASURE" and "Measure", "Series Code" and "Series Name"."""
    first, second = set(stem_of(one).split()), set(stem_of(two).split())
    return bool(first and second) and (first <= second or second <= first)


def _pair_codes(table: TableReading) -> None:
    """Of a column of codes and one of names that say the same, the names are shown and the codes identify."""
    profiles = table.profiles
    for code in table.columns:
        if code.role not in (Role.DIMENSION, Role.METRIC_NAME, Role.MEASURE) or not looks_like_code(
            profiles[code.column].distinct
        ):
            continue
        near = table.columns[max(0, code.column - NEAR) : code.column + NEAR + 1]
        twin = next((entry for entry in near if _is_name_of(entry, code, table)), None)
        if twin is None:
            continue
        if code.role is Role.METRIC_NAME:
            _set(table, twin.column, Role.METRIC_NAME, f"names what “{code.header}” gives as a code")
            _set(table, code.column, Role.METRIC_KEY, f"the code of “{twin.header}”")
        else:
            if twin.role is Role.IGNORED:
                _set(table, twin.column, code.role, f"names what “{code.header}” gives as a code")
            _set(table, code.column, Role.TECHNICAL, f"code of “{twin.header}”")


def _is_name_of(name: ColumnRole, code: ColumnRole, table: TableReading) -> bool:
    one, two = table.profiles[name.column], table.profiles[code.column]
    if name.column == code.column or name.role not in _LABELS or looks_like_code(one.distinct) or not one.texts:
        return False
    if name.role is Role.METRIC_KEY or not _one_to_one(two, one):
        return False
    numbered = all(any(char.isdigit() for char in text) for text in two.distinct)
    enough = len(two.distinct) >= (2 if numbered else LEAST_TEXTS)
    return _akin(name.header, code.header) or (enough and abs(name.column - code.column) == 1)


def _name_in_words(table: TableReading) -> None:
    """Where the names are codes ("1.1.1") and another column describes the same metrics in words, that names them."""
    key, name = table.column(Role.METRIC_KEY), table.column(Role.METRIC_NAME)
    if name is None and key is not None:
        for column in table.all_of(Role.MEASURE):
            if _akin(table.header(column), table.header(key)) and not looks_like_code(table.profiles[column].distinct):
                _set(table, column, Role.METRIC_NAME, f"names what “{table.header(key)}” identifies")
                return
        told = table.column(Role.DESCRIPTION)
        if (
            told is not None
            and _one_to_one(table.profiles[key], table.profiles[told])
            and all(len(text) <= LONGEST_NAME for text in table.profiles[told].distinct)
        ):
            _set(table, told, Role.METRIC_NAME, f"says in words what “{table.header(key)}” identifies")
            return
    if name is None or not looks_like_code(table.profiles[name].distinct):
        return
    anchor = table.profiles[key if key is not None else name]
    for entry in table.columns:
        profile = table.profiles[entry.column]
        if entry.role not in (Role.MEASURE, Role.DESCRIPTION) or looks_like_code(profile.distinct):
            continue
        if _one_to_one(anchor, profile) or _one_to_one(table.profiles[name], profile):
            said = f"names in words what “{table.header(name)}” gives as a code"
            _set(table, name, Role.THEME if key is not None else Role.METRIC_KEY, f"the code of “{entry.header}”")
            _set(table, entry.column, Role.METRIC_NAME, said)
            return


def _name_by_unit(table: TableReading) -> None:
    """The one column of texts on which the unit depends says what is measured."""
    unit = table.column(Role.UNIT)
    if unit is None or names_metrics(table) or table.settings.metric_name or table.all_of(Role.MEASURE):
        return
    units = table.profiles[unit]
    if len(units.distinct) < 2:
        return
    deciding = []
    for entry in table.columns:
        profile = table.profiles[entry.column]
        if entry.role is not Role.DIMENSION or len(profile.texts) != len(units.texts):
            continue
        pairs = set(zip(profile.texts, units.texts, strict=True))
        if len(pairs) == len(profile.distinct) and len(profile.distinct) <= 0.5 * len(profile.texts):
            deciding.append((len(profile.distinct), entry.column))
    if deciding:
        _set(table, min(deciding)[1], Role.METRIC_NAME, "its texts decide the unit, so they say what is measured")


_GENERIC = frozenset({"name", "nom", "nome", "naam", "nombre", "bezeichnung", "title", "titel", "item", "code", "id"})
_DESCRIBING = frozenset({Role.UNIT, Role.TARGET, Role.DIRECTION, Role.OWNER, Role.BASELINE, Role.VALUE,
                         Role.DESCRIPTION, Role.HOW_MEASURED, Role.TARGET_TEXT, Role.RED_FLAG})  # fmt: skip


def _name_by_columns(table: TableReading) -> None:
    """ "Code", "Name" and several columns of numbers: the columns are the metrics, the rows are what they are of."""
    name, key = table.column(Role.METRIC_NAME), table.column(Role.METRIC_KEY)
    numbers = [column for column in table.all_of(Role.NUMBER) if not table.profiles[column].heading.has_period]
    named = [column for column in (name, key) if column is not None]
    if len(numbers) < 2 or name is None or any(entry.role in _DESCRIBING for entry in table.columns):
        return
    if all(normal(table.header(column)) in _GENERIC for column in named):
        _set(table, name, Role.DIMENSION, "the columns of numbers are the metrics")
        if key is not None:
            _set(table, key, Role.TECHNICAL, f"code of “{table.header(name)}”")


def _find_places(table: TableReading) -> None:
    """ "Area" and the like may mean a team or a place; countries among the texts say that it is a place."""
    for column in table.all_of(Role.TEAM):
        if any(normal(text) in PLACE_NAMES for text in table.profiles[column].distinct):
            _set(table, column, Role.DIMENSION, "the texts are places")


def _find_multiplier(table: TableReading) -> None:
    """A column of "units", "thousands", "millions": what the numbers are to be multiplied by."""
    for entry in table.columns:
        texts = {normal(text) for text in table.profiles[entry.column].distinct}
        powers = "mult" in normal(entry.header).split() and texts <= {"0", "3", "6", "9", "12"}
        if entry.role in (Role.VALUE, Role.PERIOD, Role.TARGET) or not texts:
            continue
        if powers or (texts <= MULTIPLIERS.keys() and (len(texts) > 1 or "scal" in normal(entry.header))):
            _set(table, entry.column, Role.MULTIPLIER, "the cells say by what the numbers are multiplied")
            return


def _set_running_totals_aside(table: TableReading) -> None:
    """ "Sales YTD" beside "Sales" adds up what that column holds and is no metric of its own."""
    numbers = [entry for entry in table.columns if entry.role in (Role.NUMBER, Role.VALUE)]
    plain = {normal(_IN_BRACKETS.sub("", entry.header)): entry.header for entry in numbers}
    for entry in numbers:
        words = normal(_IN_BRACKETS.sub("", entry.header))
        for phrase in CUMULATIVE:
            rest = words.removeprefix(f"{phrase} ").removesuffix(f" {phrase}")
            if rest != words and rest in plain:
                _set(table, entry.column, Role.IGNORED, f"derived from “{plain[rest]}”")
                break


PAIRED = "judges the column of the same name"


def kind_and_name(profile: Profile) -> tuple[str, str]:
    """ "Revenue Target", "Target revenue", "Actual" under "Revenue": ("target", "revenue"); "" for no kind."""
    heading = profile.heading
    if heading.label and heading.scenario:
        return heading.scenario, normal(heading.label)
    tokens = normal(_IN_BRACKETS.sub("", profile.header)).split()
    for said, rest in ((tokens[-1:], tokens[:-1]), (tokens[:1], tokens[1:])):
        kind = scenario_of(" ".join(said)) if rest else None
        if kind:
            return kind, " ".join(rest)
    return "", " ".join(tokens)


def _pair_targets(table: TableReading) -> None:
    """Where several columns of values have targets of their own, each target is about its column only."""
    named = [(profile, *kind_and_name(profile)) for profile in table.profiles
             if profile.is_number and not profile.heading.has_period]  # fmt: skip
    actual = {name: profile.column for profile, kind, name in named if kind in ("actual", "") and name}
    others = [(profile, kind) for profile, kind, name in named if kind not in ("actual", "") and name in actual]
    values = (Role.NUMBER, Role.VALUE)
    if names_metrics(table) and len(table.all_of(Role.VALUE)) == 1:
        return  # the rows are the metrics, and one column holds their values
    if not others or len([column for column in actual.values() if table.columns[column].role in values]) < 2:
        return
    for column in actual.values():
        if table.columns[column].role is Role.VALUE:
            _set(table, column, Role.NUMBER, "one of several columns of values")
    for profile, kind in others:
        judges = kind in ("target", "red_flag")
        _set(table, profile.column, Role.IGNORED, PAIRED if judges else "derived from the column of the same name")


def _find_flags(table: TableReading) -> None:
    """Nameless columns of short marks right of columns of periods hold the flags of these values."""
    for entry in table.columns[1:]:
        before, profile = table.profiles[entry.column - 1], table.profiles[entry.column]
        named = header_roles(profile.heading.label or "").get(Role.QUALIFIER, 0.0) >= 1.0
        if not before.heading.has_period or not (named or not entry.header or profile.heading == before.heading):
            continue
        if profile.texts and not profile.is_number and all(len(text) <= 3 for text in profile.distinct):
            _set(table, entry.column, Role.IGNORED, FLAGS)


FLAGS = "marks of the values to its left"


def _find_marks(table: TableReading) -> None:
    """Beside a column called value, a column of short marks ("p", "..", "x") qualifies it, whatever its status is."""
    if not table.all_of(Role.VALUE):
        return
    known = [column for column in table.all_of(Role.QUALIFIER) if not table.profiles[column].is_empty]
    for entry in table.columns:
        texts = table.profiles[entry.column].distinct
        words = set(normal(entry.header).split())
        if known or not texts or not words & _MARKS or entry.role not in (Role.IGNORED, Role.DIMENSION, Role.STATE):
            continue
        if all(len(text) <= 3 and text.upper() not in ("UP", "YES", "NO") for text in texts):
            for column in table.all_of(Role.QUALIFIER):
                _set(table, column, Role.IGNORED, "no cell holds anything")
            _set(table, entry.column, Role.QUALIFIER, "short marks beside the values")
            return


_MARKS = frozenset({"status", "flag", "flags", "footnote", "footnotes", "symbol", "quality", "nature", "code", "codes"})


def unused_numbers(table: TableReading) -> list[str]:
    """Headers of columns that hold numbers and go nowhere: bounds, variances, running totals."""
    taken = {slot.column for slot in table.slots}
    return [
        entry.header for entry, profile in zip(table.columns, table.profiles, strict=True)
        if entry.header and entry.column not in taken and not profile.is_empty and _is_left_out(entry, profile)
    ]  # fmt: skip


def _is_left_out(entry: ColumnRole, profile: Profile) -> bool:
    held = profile.is_number and profile.periods < 0.8 and not profile.heading.is_bare_period
    said = entry.role is Role.IGNORED and scenario_of(entry.header) is None and entry.evidence != PAIRED
    return held and (entry.role is Role.NUMBER or said)


def offer_unused(table: TableReading, headers: Sequence[str]) -> None:
    """Say which columns of numbers are not taken, and how to take them."""
    if not headers:
        return
    more = f" and {len(headers) - 4} more" if headers[4:] else ""
    names = ", ".join(f"“{header}”" for header in headers[:4]) + more
    said = f"{names}: numbers that are not taken, as bounds, differences or totals of others, or of no known meaning."
    if table.role == "series_wide_periods_across":
        table.note("columns-left-out", said)
        return
    table.offer(
        "columns", f"{said} Give such a column the role “number” to take it as a metric.", "columns",
        choices=tuple(headers[:12]), count=len(headers),
    )  # fmt: skip
