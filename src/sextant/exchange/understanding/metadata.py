"""Lists of metrics and one-document-per-metric folders, read into facts."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from sextant.calc.periods import Calendar
from sextant.exchange.understanding.cells import at, identity, normal, row_texts
from sextant.exchange.understanding.drafts import TargetDraft
from sextant.exchange.understanding.facts import Facts, aim_in, clean, row_facts, target_of
from sextant.exchange.understanding.tables import DESCRIBING, PLAIN, TableReading, carry_down
from sextant.exchange.understanding.when import PeriodReader
from sextant.exchange.understanding.words import Role, direction_of, header_roles

_LISTED = re.compile(r"^(.*?)[.\[](\d+)\]?(?:\.(.+))?$")
_TRAILING = re.compile(r"[ _]*\d+$")
MOST_FIELDS = 300
"""A document with more fields is a dictionary of labels."""
Item = dict[str, str]


def describing_columns(table: TableReading) -> dict[Role, int]:
    """The columns that describe a metric rather than hold its values."""
    wanted = DESCRIBING | {Role.PRECISION}
    return {entry.role: entry.column for entry in reversed(table.columns) if entry.role in wanted}


def listed_facts(table: TableReading, calendar: Calendar) -> list[Facts]:
    """One Facts per row of a list of metrics; lines that only head a group give the rows below a theme."""
    if table.layout is None:
        return []
    periods = table.reader(calendar)
    key, name = table.column(Role.METRIC_KEY), table.column(Role.METRIC_NAME)
    roles = describing_columns(table)
    summary = bool(table.all_of(Role.VALUE))
    result, group = [], ""
    carried: dict[int, str] = {}
    for number, row in table.layout.rows():
        texts = row_texts(row)
        if sum(1 for text in texts if text) > 1:
            carry_down(table, texts, carried)
        ident = at(texts, key) if key is not None else ""
        label = at(texts, name) if name is not None else ""
        if not (ident or label):
            continue
        if sum(1 for text in texts if text) == 1 and len(table.columns) > 2:
            group = label or ident
            continue
        said, numbers = row_facts(roles, row, table.number_format)
        for role, column in roles.items():
            if column in table.carries and at(texts, column):
                said.setdefault(role, texts[column])
        if group:
            said.setdefault(Role.THEME, group)
        facts = Facts(table.grid.file, table.grid.name, number, ident, label, said, numbers, is_summary=summary)
        origin = f"{table.grid.file} row {number}"
        target = target_of(said, numbers, periods, origin)
        facts.targets = [target] if target else []
        result.append(facts)
    return result


def document_facts(tables: Sequence[TableReading], calendar: Calendar) -> list[Facts]:
    """Facts of documents that hold one metric each; documents that describe none give none."""
    flat = [(table, _flatten(table.grid.record or {})) for table in tables]
    id_field = _id_field(flat)
    result = []
    for table, (scalars, lists) in flat:
        facts = _document(table, scalars, lists, id_field, PeriodReader(calendar))
        if facts is not None:
            result.append(facts)
    return result


def _flatten(record: Mapping[str, object]) -> tuple[Item, dict[str, list[Item]]]:
    """Plain fields, and lists of small records, out of the flat names a reader gives ("options.0.target")."""
    scalars: Item = {}
    lists: dict[str, dict[int, Item]] = defaultdict(lambda: defaultdict(dict))
    for path, value in record.items():
        text = "" if value is None else str(value).strip()
        match = _LISTED.match(path)
        if match:
            lists[match[1]][int(match[2])][match[3] or ""] = text
        else:
            scalars[path] = text
    return scalars, {name: [items[index] for index in sorted(items)] for name, items in lists.items()}


def _id_field(flat: Sequence[tuple[TableReading, tuple[Item, dict[str, list[Item]]]]]) -> str:
    """The field whose values are unique over the documents and, best of all, stand in their file names."""
    values: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for table, (scalars, _) in flat:
        for name, text in scalars.items():
            if text and len(text) <= 60:
                values[name].append((identity(text), identity(PurePath(table.grid.file).stem)))
    best: tuple[float, str] = (0.0, "")
    for name, pairs in values.items():
        score = header_roles(name).get(Role.METRIC_KEY, 0.0)
        unique = len({ident for ident, _ in pairs}) == len(pairs)
        if not unique or len(pairs) < 0.8 * len(flat):
            continue
        score += sum(ident == stem for ident, stem in pairs) / len(pairs)
        best = max(best, (score, name))
    return best[1] if best[0] >= 0.7 else ""


def _document(
    table: TableReading, scalars: Item, lists: dict[str, list[Item]], id_field: str, periods: PeriodReader
) -> Facts | None:
    fields = _fields_by_role(scalars)
    name = scalars.get(fields.get(Role.METRIC_NAME, ""), "")
    ident = scalars.get(id_field, "")
    if not name or (id_field and not ident) or len(fields) < 2 or len(scalars) > MOST_FIELDS:
        return None
    facts = Facts(table.grid.file, table.grid.name, None, ident, clean(name))
    texts = {role: scalars[field] for role, field in fields.items() if role in DESCRIBING and scalars[field]}
    plain = {role: index for index, role in enumerate(texts)}
    facts.texts, facts.numbers = row_facts(plain, list(texts.values()), table.number_format)
    _read_lists(facts, lists, periods)
    own = target_of(facts.texts, facts.numbers, periods, table.grid.file)
    if own and not any(target.target == own.target for target in facts.targets):
        facts.targets.append(own)
    return facts


def _fields_by_role(scalars: Item) -> dict[Role, str]:
    """The best field for each role; numbered fields ("source_1", "source_2") count with their first."""
    wishes = []
    for place, (field, text) in enumerate(scalars.items()):
        for role, score in header_roles(_TRAILING.sub("", field)).items() if text else ():
            if role is Role.TARGET and not any(char.isdigit() for char in text[:12]):
                role = Role.TARGET_TEXT
            if role is Role.METRIC_NAME and (score < 0.7 or len(text) > 400):
                continue
            if score >= 0.5 and _fits(role, text):
                wishes.append((-score, place, role, field))
    best: dict[Role, str] = {}
    used: set[str] = set()
    for _, _, role, field in sorted(wishes):
        if role not in best and _TRAILING.sub("", field) not in used:
            best[role] = field
            used.add(_TRAILING.sub("", field))
    return best


def _fits(role: Role, text: str) -> bool:
    if role in (Role.BASELINE, Role.RED_FLAG, Role.LOW, Role.HIGH):
        return any(char.isdigit() for char in text) and len(text) <= 24
    if role is Role.DIRECTION:
        return direction_of(text) is not None
    return not (role is Role.SOURCE and text.casefold() in ("true", "false"))


def _read_lists(facts: Facts, lists: dict[str, list[Item]], periods: PeriodReader) -> None:
    """Targets, directions and default members from lists inside a document."""
    stated: list[TargetDraft] = []
    drawn: list[TargetDraft] = []
    for name, items in lists.items():
        for item in items:
            roles = {role: text for field, text in item.items() for role in _exact(field) if text}
            pair = _member(item)
            if pair is not None:
                facts.defaults.setdefault(normal(pair[0]), []).append(pair[1])
                continue
            about = " / ".join(dict.fromkeys(roles[role] for role in (Role.MEASURE, Role.UNIT) if role in roles))
            if about and Role.TARGET not in roles and Role.DIRECTION not in roles and Role.VALUE not in roles:
                continue
            direction = direction_of(roles.get(Role.DIRECTION, ""))
            if direction:
                facts.directions.setdefault(about, direction)
            if Role.TARGET in roles:
                target = _target(roles, roles[Role.TARGET], about, periods, facts.file)
                stated += [target] if target else []
            elif Role.VALUE in roles and Role.TARGET in header_roles(name):
                target = _target(roles, roles[Role.VALUE], about, periods, facts.file)
                drawn += [target] if target else []
            if about and (direction or Role.TARGET in roles):
                facts.measures.append(about)
    facts.targets = _without_repeats(stated, drawn, facts, periods)


def _exact(field: str) -> list[Role]:
    return [role for role, score in header_roles(field).items() if score >= 1.0]


def _member(item: Item) -> tuple[str, str] | None:
    """A default member of a dimension: {"field": "Region", "value": "All"}."""
    names = {normal(name): text for name, text in item.items()}
    field = next((names[name] for name in ("field", "dimension", "column", "name") if names.get(name)), "")
    member = names.get("value") or names.get("member") or ""
    return (field, member) if field and member and len(names) == 2 else None


def _target(roles: Mapping[Role, str], text: str, about: str, periods: PeriodReader, file: str) -> TargetDraft | None:
    said, numbers = row_facts({Role.TARGET: 0, Role.AIM_YEAR: 1}, [text, roles.get(Role.AIM_YEAR, "")], PLAIN)
    target = target_of(said, numbers, periods, file)
    return replace(target, applies_to=about, text="") if target else None


def _without_repeats(
    stated: list[TargetDraft], drawn: list[TargetDraft], facts: Facts, periods: PeriodReader
) -> list[TargetDraft]:
    """What is stated with a year wins over a mere line on a chart."""
    aim = aim_in(clean(facts.texts.get(Role.TARGET_TEXT, "")), periods)
    if stated:
        only = len(stated) == 1
        return [replace(target, aim_by=target.aim_by or (aim if only else None)) for target in dict.fromkeys(stated)]
    return [replace(target, aim_by=target.aim_by or aim) for target in dict.fromkeys(drawn)]


def same_list(one: Sequence[Facts], two: Sequence[Facts]) -> bool:
    """Whether two lists describe the same metrics in different words, as translations do."""
    first, second = _by_id(one), _by_id(two)
    shared = first.keys() & second.keys()
    if len(shared) < 2 or len(shared) < 0.8 * max(len(first), len(second)):
        return False
    names = [(normal(first[ident].name), normal(second[ident].name)) for ident in shared]
    renamed = sum(bool(one and two) and one != two for one, two in names)
    same = sum(first[ident].numbers == second[ident].numbers for ident in shared)
    return renamed >= 0.5 * len(shared) and same >= 0.9 * len(shared)


def _by_id(facts: Iterable[Facts]) -> dict[str, Facts]:
    return {identity(entry.id): entry for entry in facts if entry.id}
