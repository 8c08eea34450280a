"""Objectives out of the rows of tables: lists with ids, goals above them, and what each row says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sextant.exchange.okr_reading.cells import Cells
from sextant.exchange.okr_reading.columns import Table
from sextant.exchange.okr_reading.document import OkrDocument, ReadCycle, ReadObjective, ReadTeam
from sextant.exchange.okr_reading.levels import Levels, levels_of
from sextant.exchange.okr_reading.names import are_turned, names_in
from sextant.exchange.okr_reading.records import digest
from sextant.exchange.okr_reading.spans import cycle_of_name, read_cycle
from sextant.exchange.okr_reading.words import ambition_of, state_of, status_of

LONGEST_TITLE = 300


class ObjectiveRows:
    """Reads the rows of one table as objectives; `refs` maps ids and titles of the file to references."""

    def __init__(self, table: Table, document: OkrDocument, teams: dict[str, str]) -> None:
        self.table, self.document, self.teams = table, document, teams
        self.cells = Cells(table, document)
        owners = [cell for place in table.roles.get("owner", ()) for cell in table.column(place) if cell]
        self.is_turned = are_turned(owners)
        self.id_column = table.id_column()

    def read_list(self) -> dict[str, str]:
        """One objective per row, goals made where a text repeats. Returns id of the file -> ref."""
        levels = levels_of(self.table)
        goals = self._goals(levels)
        by_id: dict[str, str] = {}
        shared = self._shared_ids()
        rows: list[tuple[ReadObjective, str]] = []
        for number, cells in self.table.rows:
            objective = self._of_row((number, cells), levels, goals)
            if objective is None:
                self.document.problem(self.table.place(number), "empty-record", "This record says nothing; left out.")
                continue
            own_id = objective.external_id
            if own_id in by_id:
                message = f"The id “{own_id}” stands here again; the record was kept as another objective."
                self.document.problem(objective.place, "repeated-id", message)
                objective = replace(objective, ref=f"{objective.ref}#{number}", external_id=f"{own_id}#{number}")
            by_id.setdefault(own_id, objective.ref)
            rows.append((objective, shared.get(number, "")))
        self._with_partners(rows)
        return by_id

    def _with_partners(self, rows: list[tuple[ReadObjective, str]]) -> None:
        """The teams that hold the same goal contribute to each other's."""
        holders: dict[str, list[str]] = {}
        for objective, joint in rows:
            if joint:
                holders.setdefault(joint, []).extend(objective.teams[:1])
        for objective, joint in rows:
            teams = dict.fromkeys([*objective.teams, *holders.get(joint, ())])
            self.document.objectives.append(replace(objective, teams=tuple(teams)))

    def _shared_ids(self) -> dict[int, str]:
        """Row -> the id it shares with others: a second id column, equal to the first but where rows share one."""
        own = self.id_column
        if own < 0:
            return {}
        for place in range(len(self.table.headers)):
            pairs = [(n, _at(row, own), _at(row, place)) for n, row in self.table.rows if _at(row, place)]
            same = sum(mine == other for _, mine, other in pairs)
            distinct = len({other for _, _, other in pairs})
            if place != own and len(pairs) > 2 and 0.5 * len(pairs) <= same < len(pairs) and distinct < len(pairs):
                return {n: other for n, mine, other in pairs if mine != other}
        return {}

    def _goals(self, levels: Levels) -> dict[tuple[str, ...], str]:
        """Make the goals of a list of two levels; returns group -> ref."""
        refs: dict[tuple[str, ...], str] = {}
        rows = dict(self.table.rows)
        for group, titles in levels.titles.items():
            number = min(n for n, one in levels.groups.items() if one == group)
            title = titles[0][1] if titles else " ".join(group)
            place = self.table.place(number)
            for row, other in titles[1:]:
                message = f"The goal “{title}” is also called “{other}” here; the name that most rows give was kept."
                self.document.problem(self.table.place(row), "goal-text-varies", message)
            refs[group] = f"goal:{' '.join(part for part in group if part)}"
            self.document.objectives.append(
                ReadObjective(
                    refs[group], short_title(title), place, level="goal", rollup="children",
                    description=title if len(title) > LONGEST_TITLE else "", teams=self.teams_of(rows[number]),
                    cycle=self.cycle(rows[number]), external_id=refs[group],
                )
            )  # fmt: skip
        return refs

    def _of_row(
        self, row: tuple[int, list[str]], levels: Levels, goals: dict[tuple[str, ...], str]
    ) -> ReadObjective | None:
        number, cells = row
        group = levels.groups.get(number)
        if group is not None:
            title, description = self.table.cell(cells, levels.title_role), self.table.cell(cells, levels.other_role)
        else:
            title, description = self.title_and_description(cells)
        if not title:
            return None
        own_id = _at(cells, self.id_column) if self.id_column >= 0 else ""
        return self.objective(
            row, title, f"o:{own_id or digest(title, description, str(number))}", description=description,
            external_id=own_id, parent_ref=goals.get(group, "") if group is not None else "",
        )  # fmt: skip

    def title_and_description(self, cells: Sequence[str]) -> tuple[str, str]:
        """The text of an objective and what says more of it."""
        texts = [self.table.cell(cells, role) for role in ("objective", "name", "goal", "description")]
        texts = list(dict.fromkeys(text for text in texts if text))
        return (texts[0], texts[1] if len(texts) > 1 else "") if texts else ("", "")

    def objective(
        self, row: tuple[int, list[str]], title: str, ref: str, *, description: str = "", external_id: str = "",
        parent_ref: str = "", owner_role: str = "owner",
    ) -> ReadObjective:  # fmt: skip
        """The objective of a row, with everything its columns say."""
        number, cells = row
        status = self.table.cell(cells, "status")
        short = short_title(title)
        more = [description] if short == " ".join(title.split()) else [title, description]
        if status and status_of(status) is None and not state_of(status):
            more.append(f"{self.table.header('status')}: {status}")
        owners = [name for text in self.table.cells(cells, owner_role)
                  for name in names_in(text, frozenset(self.teams), turned=self.is_turned)]  # fmt: skip
        return ReadObjective(
            ref, short, self.table.place(number), parent_ref=parent_ref,
            description="\n\n".join(part for part in more if part), teams=self.teams_of(cells),
            owners=tuple(dict.fromkeys(name for name in owners if name not in self.teams)),
            cycle=self.cycle(cells), state=state_of(self.table.cell(cells, "state")),
            status=status_of(status) or "" if status else "", ambition=ambition_of(self.table.cell(cells, "ambition")),
            theme=self.table.cell(cells, "theme"), external_id=external_id or ref, link=self.table.cell(cells, "link"),
        )  # fmt: skip

    def teams_of(self, cells: Sequence[str]) -> tuple[str, ...]:
        """The teams of a row by their full names: first who holds it, then who takes part."""
        known = frozenset(self.teams)
        names = names_in(self.table.cell(cells, "team"), known)
        if not names:
            names = tuple(
                name
                for text in self.table.cells(cells, "owner")
                for name in names_in(text, known)
                if name in self.teams
            )
        return tuple(dict.fromkeys(self.teams.get(name, name) for name in names))

    def cycle(self, cells: Sequence[str]) -> ReadCycle | None:
        """The cycle of a row: its own column, years, two days, or what the name of sheet or file says."""
        if text := self.table.cell(cells, "cycle"):
            return read_cycle(text)
        first, last = self.table.cell(cells, "year"), self.table.cell(cells, "end_year")
        if first:
            quarter = self.table.cell(cells, "quarter")[-1:]
            if quarter and not last:
                return read_cycle(f"{self._year(first)}-Q{quarter}")
            return read_cycle(self._year(first), self._year(last) if last else "")
        if self.table.has("begin", "due"):
            days = self.cells.day((0, list(cells)), "begin"), self.cells.day((0, list(cells)), "due")
            if all(days):
                return ReadCycle(*days)
        named = cycle_of_name(self.table.sheet) or cycle_of_name(self.table.file)
        return ReadCycle(named) if named else None

    def _year(self, text: str) -> str:
        digits = text.upper().removeprefix("FY").strip(" '’")
        digits = digits if len(digits) == 4 else f"20{digits}"
        places = [place for role in ("year", "end_year") for place in self.table.roles.get(role, ())]
        words = " ".join(self.table.headers[place] for place in places).casefold().replace("_", " ")
        is_fiscal = any(word in words.split() for word in ("fiscal", "fy", "financial")) or text.upper().startswith(
            "FY"
        )
        self.document.is_fiscal |= is_fiscal
        return f"FY{digits}" if is_fiscal else digits


def short_title(title: str) -> str:
    """A title of at most 300 characters: the part before the first colon or full stop, else cut at a word."""
    title = " ".join(title.split())
    if len(title) <= LONGEST_TITLE:
        return title
    for mark in (": ", ". ", "; "):
        head = title.split(mark, 1)[0]
        if 10 <= len(head) < LONGEST_TITLE:
            return head
    return f"{title[: LONGEST_TITLE - 1].rsplit(' ', 1)[0]}…"


def team_names(tables: Sequence[Table]) -> tuple[dict[str, str], list[ReadTeam]]:
    """Name or abbreviation -> full name, and the teams; two columns that go together are name and abbreviation."""
    full: dict[str, str] = {}
    teams: dict[str, set[str]] = {}
    for table in sorted(tables, key=lambda one: not _go_together(one, one.roles.get("team", []))):
        places = table.roles.get("team", [])
        is_pair = _go_together(table, places)
        for _, row in table.rows:
            found = [text for text in dict.fromkeys(_at(row, place) for place in places) if text and len(text) <= 200]
            if not found:
                continue
            name = max(found, key=len) if is_pair else found[0]
            name = next((full[one] for one in found if one in full), name)
            for one in found if name != found[0] or len(found) == 1 else [found[0]]:
                full.setdefault(one, name)
            teams.setdefault(name, set()).update(one for one in found if full.get(one) == name and one != name)
    named = {full.get(name, name) for name in full}
    return full, [ReadTeam(name, tuple(sorted(aliases))) for name, aliases in teams.items() if name in named]


def _go_together(table: Table, places: list[int]) -> bool:
    """Whether the first two columns of teams name the same teams in two ways."""
    if len(places) < 2:
        return False
    pairs = {(_at(row, places[0]), _at(row, places[1])) for _, row in table.rows if _at(row, places[0])}
    return len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})


def _at(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""
