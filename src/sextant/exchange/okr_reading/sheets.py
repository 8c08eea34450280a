"""Single tables of OKRs: objective and key result beside each other, or rows of several types below each other."""

from __future__ import annotations

import re
from dataclasses import replace

from sextant.exchange.okr_reading.columns import DONE, Table
from sextant.exchange.okr_reading.document import OkrDocument, ReadInitiative, ReadObjective
from sextant.exchange.okr_reading.names import names_in
from sextant.exchange.okr_reading.objectives import ObjectiveRows
from sextant.exchange.okr_reading.records import KeyResultRows, digest
from sextant.exchange.okr_reading.spans import cycle_in
from sextant.exchange.okr_reading.words import type_of
from sextant.exchange.understanding.cells import normal

_PREFIX = re.compile(r"^(?:objective|ziel|o|key\s?result|kr)\s?\d*(?:[.\-]\d+)*\s*[:.)–-]\s+", re.IGNORECASE)
_FIGURES = frozenset({"start", "target", "current", "progress", "score", "weight", "confidence"})


def read_flat(table: Table, document: OkrDocument, teams: dict[str, str]) -> None:
    """One row per key result; the objective stands in each row or in the first row only."""
    _Flat(table, document, teams).read()


class _Flat:
    def __init__(self, table: Table, document: OkrDocument, teams: dict[str, str]) -> None:
        self.table, self.document = table, document
        self.objectives = ObjectiveRows(table, document, teams)
        self.key_results = KeyResultRows(table, document, teams)
        self.refs: dict[tuple[str, ...], str] = {}
        self.role = next((role for role in ("objective", "goal", "parent") if table.has(role)), "")
        self.above = "goal" if self.role == "objective" and table.has("goal") else ""
        self.current = self.goal = ""

    def read(self) -> None:
        cycles = {cycle_in(self.table.cell(row, "period"))[0] for _, row in self.table.rows}
        is_cycle = not self._repeats_over_time() and (len(cycles) == 1 or self.table.has("year", "quarter"))
        for row in self.table.rows:
            self._row(row, is_cycle)
        self.key_results.finish()
        self.key_results.cells.report_errors(_FIGURES)

    def _repeats_over_time(self) -> bool:
        """Whether the same key result comes in several rows: then quarters are reports and not the cycle."""
        names = [self._identity(row) for _, row in self.table.rows]
        return len(set(names)) < 0.9 * len(names)

    def _identity(self, row: list[str]) -> tuple[str, ...]:
        return tuple(self.table.cell(row, role) for role in (self.role, "key_result", "indicator", "owner"))

    def _row(self, row: tuple[int, list[str]], is_cycle: bool) -> None:
        number, cells = row
        said = self.table.cell(cells, self.role) if self.role else ""
        title = plain_title(self.table.cell(cells, "key_result"))
        title = title or ("" if said else self.table.cell(cells, "indicator") or self.table.cell(cells, "name"))
        if not said and not title:
            return
        if said:
            self.current = self._objective(row, plain_title(said), with_owner=not title)
        if not title:
            return
        if not self.current:
            message = f"No objective stands beside or above “{title[:80]}”; it was left out."
            self.document.problem(self.table.place(number), "no-objective", message, kept_out=True)
            return
        self.key_results.add(row, self.current, title, period="" if is_cycle else None)

    def _objective(self, row: tuple[int, list[str]], title: str, *, with_owner: bool) -> str:
        _number, cells = row
        goal = self._goal(row)
        team, cycle = self.table.cell(cells, "team"), self.table.cell(cells, "cycle")
        own_id = self.table.cell(cells, "objective_id")
        identity = (own_id,) if own_id else (normal(title), team, cycle, goal)
        known = self.refs.get(identity)
        if known is None and not team and not own_id:  # the team stands in the first row only
            known = next(
                (ref for key, ref in self.refs.items() if key[0] == normal(title) and key[2:] == (cycle, goal)), None
            )
        if known is not None:
            return known
        ref = f"o:{own_id or digest(title, team, cycle, goal)}"
        self.refs[identity] = ref
        owner_role = "owner" if with_owner and not self.table.has("objective_owner") else "objective_owner"
        found = self.objectives.objective(row, title, ref, parent_ref=goal, owner_role=owner_role,
                                          external_id=own_id or ref)  # fmt: skip
        status = found.status if with_owner else ""
        self.document.objectives.append(replace(found, status=status))
        return ref

    def _goal(self, row: tuple[int, list[str]]) -> str:
        """The goal above the objective, from its own column."""
        _number, cells = row
        title = self.table.cell(cells, self.above) if self.above else ""
        if not title:
            return self.goal
        ref = f"goal:{digest(title)}"
        if ref not in self.refs.values():
            self.refs[("goal", title, "", "")] = ref
            found = self.objectives.objective(row, title, ref, owner_role="", external_id=ref)
            self.document.objectives.append(
                replace(found, level="goal", rollup="children", status="", description="", teams=())
            )
        self.goal = ref
        return ref


def plain_title(text: str) -> str:
    """A title without its own numbering: "KR 1.2: Cut churn" -> "Cut churn"."""
    text = " ".join(text.split())
    return _PREFIX.sub("", text) or text


def read_typed(table: Table, document: OkrDocument, teams: dict[str, str]) -> None:
    """Rows of several types: each says whether it is an objective, a key result or an initiative."""
    _Typed(table, document, teams).read()


class _Typed:
    def __init__(self, table: Table, document: OkrDocument, teams: dict[str, str]) -> None:
        self.table, self.document, self.teams = table, document, teams
        if not table.has("owner") and table.has("objective_owner"):  # one column of owners for rows of all types
            table.roles["owner"] = table.roles.pop("objective_owner")
        self.objectives = ObjectiveRows(table, document, teams)
        self.key_results = KeyResultRows(table, document, teams)
        self.found: list[ReadObjective] = []
        self.by_name: dict[str, str] = {}
        self.by_id: dict[str, str] = {}
        self.kinds: dict[str, str] = {}  # ref -> objective | key_result
        self.parents: dict[str, str] = {}  # ref -> the parent as the file names it
        self.of_key_result: dict[str, str] = {}

    def read(self) -> None:
        later = []
        last = ""
        for row in self.table.rows:
            kind, title = type_of(self.table.cell(row[1], "type")), self._title(row[1])
            if not title:
                continue
            if kind in ("objective", "goal"):
                last = self._objective(row, title, kind)
            elif kind in ("key_result", "initiative"):
                later.append((row, title, kind, last))
            else:
                said = self.table.cell(row[1], "type")
                message = (
                    f"“{said[:60]}” is no type known here (objective, key result, initiative); the row was left out."
                )
                self.document.problem(self.table.place(row[0]), "unknown-type", message, kept_out=True)
        for kind in ("key_result", "initiative"):
            for row, title, own, above in later:
                if own == kind:
                    self._below(row, title, own, above)
        self._align()
        self.key_results.finish()
        self.key_results.cells.report_errors(_FIGURES)

    def _title(self, cells: list[str]) -> str:
        roles = ("name", "objective", "key_result", "goal", "initiative", "description", "indicator")
        return plain_title(next((text for role in roles if (text := self.table.cell(cells, role))), ""))

    def _id(self, cells: list[str]) -> str:
        return next((text for role in ("id", "number", "objective_id", "key_result_id")
                     if (text := self.table.cell(cells, role))), "")  # fmt: skip

    def _parent(self, cells: list[str]) -> str:
        return self.table.cell(cells, "parent_id") or self.table.cell(cells, "parent")

    def _objective(self, row: tuple[int, list[str]], title: str, kind: str) -> str:
        own_id = self._id(row[1])
        ref = f"o:{own_id or digest(title, self.table.cell(row[1], 'team'), self.table.cell(row[1], 'cycle'))}"
        if ref in self.kinds:
            ref = f"{ref}#{row[0]}"
        found = self.objectives.objective(row, title, ref, external_id=ref)
        self.found.append(replace(found, level=kind, rollup="children" if kind == "goal" else ""))
        self._know(ref, title, own_id, "objective")
        self.parents[ref] = self._parent(row[1])
        return ref

    def _know(self, ref: str, title: str, own_id: str, kind: str) -> None:
        self.kinds[ref] = kind
        self.by_name.setdefault(normal(title), ref)
        if own_id:
            self.by_id.setdefault(own_id, ref)

    def _resolve(self, said: str, own_id: str = "") -> str:
        """The thing a parent cell means: by id, by title, or by the outline ("1.2" lies under "1")."""
        if said in self.by_id:
            return self.by_id[said]
        if said and normal(plain_title(said)) in self.by_name:
            return self.by_name[normal(plain_title(said))]
        stem = re.sub(r"[.\-]\d+$", "", own_id)
        return self.by_id.get(stem, "") if not said and stem != own_id else ""

    def _below(self, row: tuple[int, list[str]], title: str, kind: str, above: str) -> None:
        number, cells = row
        said, own_id = self._parent(cells), self._id(cells)
        parent = self._resolve(said, own_id) or ("" if said else above)
        if not parent:
            message = f"“{title[:80]}” names no objective that stands in the file; it was left out."
            self.document.problem(self.table.place(number), "unknown-objective", message, kept_out=True)
            return
        if kind == "key_result":
            parent = self.of_key_result.get(parent, parent)
            self.key_results.add(row, parent, title)
            ref = list(self.key_results.found.values())[-1].shape.ref
            self._know(ref, title, own_id, "key_result")
            self.of_key_result[ref] = parent
            return
        self._initiative(row, title, own_id, parent)

    def _initiative(self, row: tuple[int, list[str]], title: str, own_id: str, parent: str) -> None:
        number, cells = row
        is_key_result = self.kinds.get(parent) == "key_result"
        objective = self.of_key_result.get(parent, parent)
        done = self.table.cell(cells, "done").casefold() in DONE and self.table.has("done")
        owners = tuple(
            name for text in self.table.cells(cells, "owner") for name in names_in(text, frozenset(self.teams))
        )
        self.document.initiatives.append(
            ReadInitiative(
                f"i:{own_id or digest(parent, title)}", objective, title, self.table.place(number),
                key_result_ref=parent if is_key_result else "", owners=owners, state="done" if done else "planned",
                due=self.objectives.cells.day(row, "due"), link=self.table.cell(cells, "link"),
            )
        )  # fmt: skip

    def _align(self) -> None:
        """Give objectives their parents, once all of them are known; a parent that is not there is reported."""
        for objective in self.found:
            said = self.parents[objective.ref]
            parent = self._resolve(said, objective.external_id.removeprefix("o:"))
            if said and not parent:
                message = f"The parent “{said[:80]}” of “{objective.title[:80]}” stands nowhere in the file."
                self.document.problem(objective.place, "unknown-parent", message)
            self.document.objectives.append(replace(objective, parent_ref="" if parent == objective.ref else parent))
