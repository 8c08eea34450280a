"""The demo's objectives: a programme with aligned teams, twelve weeks of check-ins, and quarters that are over."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sextant.calc.periods import Frequency, Period, label, period_of, shift
from sextant.core.actors import Actor
from sextant.notifications.commands import comment
from sextant.okrs.commands.alignment import align
from sextant.okrs.commands.blockers import raise_blocker
from sextant.okrs.commands.check_ins import acknowledge, check_in
from sextant.okrs.commands.closing import close_cycle, close_objective
from sextant.okrs.commands.initiatives import create_initiative
from sextant.okrs.commands.key_results import create_key_result, mark_milestone
from sextant.okrs.commands.objectives import (
    activate_objective,
    agree_objective,
    create_objective,
    propose_objective,
)
from sextant.okrs.commands.planning import add_candidate, score_candidate, set_criteria
from sextant.okrs.models import CheckIn, KeyResult, Objective
from sextant.people import queries as people
from sextant.strategy.models import Cycle, Theme

if TYPE_CHECKING:
    from sextant.demo.build import Builder

WOBBLE = (0.0, -0.7, 0.4, 0.9, -0.4)  # what a number does that has come to rest
CLOSED_AFTER = 4  # days after its end on which a quarter is looked back on
Table = Mapping[str, Any]


def plan_objectives(builder: Builder) -> None:
    """Put the drafting, the check-ins and the closing of every objective on the timeline."""
    content = tomllib.loads(files("sextant.demo").joinpath("objectives.toml").read_text(encoding="utf-8"))
    plan = Objectives(builder)
    for table in content["objective"]:
        plan.add(table)
    plan.add_planning(content["planning"])
    plan.add_cycles()


@dataclass
class Objectives:
    """What the steps share: objectives and key results by key, filled while the timeline runs."""

    builder: Builder
    objectives: dict[str, Objective] = field(default_factory=dict)
    key_results: dict[str, KeyResult] = field(default_factory=dict)

    def add(self, table: Table) -> None:
        """All steps of one objective, each at its time."""
        starts_on, ends_on = self._span(table)
        began = self._days_ago(starts_on) + 3
        if table.get("state") in ("draft", "proposed"):
            began = 12
        self._at(began, 9, lambda: self._draft(table))
        if table.get("state", "active") == "draft":
            return
        self._at(began - 1, 9, lambda: propose_objective(self._lead(table), self.objectives[table["key"]]))
        for place, (who, text) in enumerate(table.get("comments", ())):
            self._at(began - 2 - place, 11, self._comment(table, who, text))
        if table.get("state", "active") == "proposed":
            return
        self._at(began - 2, 10, lambda: agree_objective(self.builder.boss, self.objectives[table["key"]]))
        self._at(began - 3, 8, lambda: activate_objective(self.builder.boss, self.objectives[table["key"]]))
        last = self._days_ago(ends_on) if table["cycle"] in (-1, -2, -3) else 0
        for key_result in table.get("key_result", ()):
            self._add_check_ins(key_result, began - 4, last, self._elapsed(starts_on, ends_on))
            self._add_steps(key_result, starts_on, ends_on)
        if table.get("outcome"):
            self._at(last - CLOSED_AFTER, 16, lambda: self._close(table))

    def add_planning(self, table: Table) -> None:
        """Candidates for the next quarter, scored by what counts."""

        def step() -> None:
            cycle = self._cycle("next")
            assert cycle is not None
            criteria = set_criteria(self.builder.boss, cycle, [(name, weight) for name, weight in table["criteria"]])
            for title, team, kpi, scores in table["candidates"]:
                found = add_candidate(
                    self.builder.boss, cycle, title=title, team=self.builder.crowd.teams[team],
                    kpi=self.builder.kpis[kpi],
                )  # fmt: skip
                score_candidate(
                    self.builder.boss, found, {one.pk: score for one, score in zip(criteria, scores, strict=True)}
                )

        self._at(5, 14, step)

    def add_cycles(self) -> None:
        """The older quarters are closed; the last one waits for its last objective."""
        for step in (-2, -3):
            cycle_end = self._quarter(step).last_day
            self._at(self._days_ago(cycle_end) - CLOSED_AFTER - 1, 15, partial(self._close_cycle, step))

    def _at(self, days_ago: float, hours: float, step: Callable[[], object]) -> None:
        self.builder.timeline.add(self.builder.history.moment(days_ago, hours), step)

    def _days_ago(self, day: date) -> int:
        return (people.today() - day).days

    def _quarter(self, step: int) -> Period:
        calendar = self.builder.history.calendar
        return shift(period_of(self.builder.history.now, Frequency.QUARTER, calendar), step, calendar)

    def _span(self, table: Table) -> tuple[date, date]:
        if "weeks" in table:
            start = people.today() - timedelta(days=7 * table["weeks"] + people.today().weekday())
            return start, start + timedelta(days=365)
        quarter = self._quarter(_step(table["cycle"]))
        return quarter.first_day, quarter.last_day

    def _cycle(self, name: str | int) -> Cycle | None:
        if name == "backlog":
            return None
        calendar = self.builder.history.calendar
        if name == "year":
            return Cycle.objects.get(name=label(period_of(people.today(), Frequency.YEAR, calendar), calendar))
        return Cycle.objects.get(name=label(self._quarter(_step(name)), calendar))

    def _lead(self, table: Table) -> Actor:
        return self.builder.crowd.actor(table["owner"])

    def _draft(self, table: Table) -> None:
        crowd = self.builder.crowd
        objective = create_objective(
            self.builder.boss, title=table["title"], key=table["key"], description=table.get("description", ""),
            team=crowd.teams[table["team"]], owner=crowd.people[table["owner"]], cycle=self._cycle(table["cycle"]),
            theme=Theme.objects.get(name=table["theme"]) if "theme" in table else None,
            ambition=table.get("ambition", "committed"), rollup=table.get("rollup", "key_results"),
            contributors=[crowd.teams[name] for name in table.get("contributors", ())],
        )  # fmt: skip
        self.objectives[table["key"]] = objective
        if "parent" in table:
            align(self.builder.boss, objective, self._end(table["parent"]))
        for key in table.get("supports", ()):
            align(self.builder.boss, objective, self._end(key), kind="supports")
        for own in table.get("key_result", ()):
            self._add_key_result(objective, own, table)
        for own in table.get("initiative", ()):
            self._add_initiative(objective, own)

    def _end(self, key: str) -> Objective | KeyResult:
        return self.objectives[key] if key in self.objectives else self.key_results[key]

    def _add_key_result(self, objective: Objective, own: Table, table: Table) -> None:
        crowd, kpis = self.builder.crowd, self.builder.kpis
        starts_on, _ends_on = self._span(table)
        quarter = label(self.builder.ahead(Frequency.QUARTER, 4 - _quarter_of(people.today())), people.calendar())
        steps = [
            {"title": title, "weight": weight, "due_on": self._due(table, share)}
            for title, weight, share, _done in own.get("milestones", ())
        ]
        self.key_results[own["key"]] = create_key_result(
            self.builder.boss, objective, title=own["title"].format(quarter=quarter), key=own["key"],
            kind=own.get("kind", "metric"), owner=crowd.people[own["owner"]], terms=own.get("terms", {}),
            metric=kpis[own["kpi"]].metric if "kpi" in own else None,
            own_metric={**own["metric"], "owner": crowd.people[own["owner"]]} if "metric" in own else None,
            milestones=steps, starts_on=starts_on if "weeks" in table else None,
            guard=kpis[own["guard"]].metric if "guard" in own else None,
        )  # fmt: skip

    def _due(self, table: Table, share: float) -> date:
        starts_on, ends_on = self._span(table)
        return starts_on + timedelta(days=round((ends_on - starts_on).days * share))

    def _add_initiative(self, objective: Objective, own: Table) -> None:
        today = people.today()
        create_initiative(
            self.builder.boss, objective, title=own["title"], key_result=self.key_results[own["key_result"]],
            owner=self.builder.crowd.people[own["owner"]], state=own["state"],
            starts_on=today - timedelta(days=own["started"]), due_on=today + timedelta(days=own["due"]),
            done_on=today - timedelta(days=own["done"]) if "done" in own else None, link=own.get("link", ""),
        )  # fmt: skip

    def _elapsed(self, starts_on: date, ends_on: date) -> float:
        """The share of this time that is over today, 0..1."""
        return min(1.0, max(0.0, (people.today() - starts_on) / (ends_on - starts_on)))

    def _add_check_ins(self, own: Table, first: int, last: int, elapsed: float) -> None:
        """Every Friday from the start on, but for the quiet weeks at the end."""
        friday = (people.today().weekday() - 4) % 7
        weeks = [week for week in range(60) if last <= friday + 7 * week <= first][own.get("quiet", 0) :]
        said = {week: words for week, *words in own.get("said", ())}
        for week in weeks:
            share = (weeks[-1] + 1 - week) / (weeks[-1] + 1 - weeks[0])
            self._at(friday + 7 * week, 14, self._check_in(own, share, elapsed, said.get(week - weeks[0])))
        if own["key"] == "self-check-in" and len(weeks) > 2:
            self._at(9, 15, lambda: self._block(own))

    def _check_in(self, own: Table, share: float, elapsed: float, words: list[Any] | None) -> Callable[[], None]:
        low, high = own.get("confidence", (6, 6))
        usual, why, what = own.get("report", ("on_track", "", ""))
        status, confidence, note, action = words or [usual, round(low + share * (high - low)), why, what]

        def step() -> None:
            owner = self.builder.crowd.actor(own["owner"])
            key_result = KeyResult.objects.select_related("objective", "metric").get(key=own["key"])
            said = check_in(
                owner, key_result, value=_value(own, share * elapsed), confidence=confidence, status=status, note=note,
                action=action, seconds=7.0 + (len(note) * 37 + confidence * 11) % 9,
            )  # fmt: skip
            if share < 1 and owner.key != self.builder.boss.key:
                acknowledge(self.builder.boss, CheckIn.objects.get(pk=said.pk))

        return step

    def _block(self, own: Table) -> None:
        raise_blocker(
            self.builder.crowd.actor(own["owner"]), self.key_results[own["key"]],
            text="The maker of the machines has no engineer before the end of the month.",
            owner=self.builder.crowd.people["marcus"],
        )  # fmt: skip

    def _add_steps(self, own: Table, starts_on: date, ends_on: date) -> None:
        for title, _weight, share, is_done in own.get("milestones", ()):
            if is_done:
                day = starts_on + timedelta(days=round((ends_on - starts_on).days * share) - 3)
                self._at(self._days_ago(day), 15, self._done(own, title))

    def _done(self, own: Table, title: str) -> Callable[[], object]:
        def step() -> None:
            milestone = self.key_results[own["key"]].milestones.select_related("key_result__objective").get(title=title)
            mark_milestone(
                self.builder.crowd.actor(own["owner"]), milestone, evidence="Minutes of the clinics' meeting"
            )

        return step

    def _comment(self, table: Table, who: str, text: str) -> Callable[[], object]:
        return lambda: comment(self.builder.crowd.actor(who), "objective", table["key"], text)

    def _close(self, table: Table) -> None:
        items = {
            own["key"]: {"decision": own["verdict"][0], "learning": own["verdict"][1]} for own in table["key_result"]
        }
        close_objective(
            self._lead(table), Objective.objects.get(key=table["key"]), outcome=table["outcome"],
            learning=table["learning"], decision=table["decision"], items=items,
            carry_to=self._cycle("quarter") if table["decision"] != "drop" else None,
        )  # fmt: skip

    def _close_cycle(self, step: int) -> None:
        cycle = self._cycle(step)
        assert cycle is not None
        close_cycle(self.builder.boss, cycle)


def _step(cycle: str | int) -> int:
    """How many quarters from the running one."""
    return {"quarter": 0, "backlog": 0, "next": 1}[cycle] if isinstance(cycle, str) else cycle


def _quarter_of(day: date) -> int:
    return (day.month - 1) // 3 + 1


def _value(own: Table, share: float) -> float | None:
    """The value of a key result with a metric of its own after this share of its time; None where a source says."""
    if "metric" not in own:
        return None
    terms = own["terms"]
    gone = min(1.0, share / own.get("settled", 1))
    value: float = terms["baseline"] + gone * own["reached"] * (terms["target"] - terms["baseline"])
    if "settled" in own and gone == 1:
        value += WOBBLE[round(share * 100) % len(WOBBLE)]
    return round(value, int(own["metric"]["precision"]))
