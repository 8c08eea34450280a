"""Writing a planned import of OKRs, inside one transaction: new things in bulk, known ones with what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sextant.calc.periods import Calendar, PeriodError, hour_of, parse_period
from sextant.calc.units import read_unit
from sextant.core import access
from sextant.core.actors import Actor
from sextant.exchange.models import Import
from sextant.exchange.okr_reading import ReadInitiative, ReadKeyResult, ReadObjective
from sextant.exchange.okrs.matching import undone_batches
from sextant.exchange.okrs.merging import frequency_of
from sextant.exchange.okrs.planning import Plan, circles
from sextant.exchange.okrs.refreshing import Changes, refresh_key_results, refresh_objectives, revive
from sextant.exchange.okrs.reporting import keep_reports
from sextant.kpis.commands.adopting import NewMetric, would_refuse
from sextant.kpis.commands.adopting import adopt as adopt_metrics
from sextant.metrics.models import Batch, Metric
from sextant.okrs.commands.adopting import NewInitiative, NewKeyResult, NewObjective, adopt, adopt_links
from sextant.okrs.models import (
    AMBITION_CHOICES,
    ROLLUP_CHOICES,
    SEEN_BY_CHOICES,
    WORK_CHOICES,
    Initiative,
    KeyResult,
    Objective,
)
from sextant.people.models import Person

MEASURED = ("metric", "baseline", "guardrail")


@dataclass(slots=True)
class TakenIn:
    """What an import of OKRs made and changed."""

    objectives: int = 0
    key_results: int = 0
    initiatives: int = 0
    changed: int = 0
    check_ins: int = 0
    accepted: int = 0
    superseded: int = 0
    unchanged: int = 0
    metrics: list[Metric] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)


def take_in_okrs(actor: Actor, imp: Import, batch: Batch, plan: Plan) -> TakenIn:
    """Write everything. Call inside `writing()`, with a plan made in the same transaction."""
    return _TakingIn(actor, imp, batch, plan).run()


class _TakingIn:
    def __init__(self, actor: Actor, imp: Import, batch: Batch, plan: Plan) -> None:
        self.actor, self.imp, self.batch, self.plan, self.names = actor, imp, batch, plan, plan.names
        self.taken = TakenIn()
        self.owners: dict[str, Person | None] = {}
        self.objectives: dict[str, Objective] = {}
        self.key_results: dict[str, KeyResult] = {}
        parents = {match.read.parent_ref for match in plan.objectives.values()}
        holders = {match.read.objective_ref for match in plan.key_results}
        self.rollups = {ref: "both" if ref in holders else "children" for ref in parents if ref}
        self.used_ids = self._used_ids()

    def run(self) -> TakenIn:
        self.names.make()
        changes = Changes(self.actor, self.imp, self.batch)
        known = [match for match in self.plan.objectives.values() if match.objective is not None]
        self.taken.metrics += revive([match.objective for match in known], undone_batches(), changes)
        refresh_objectives(known, self.plan, changes)
        for match in known:
            if match.objective is not None:
                self.objectives[match.read.ref] = match.objective
        self._make()
        self._link()
        refresh_key_results([match for match in self.plan.taken if match.key_result is not None], self.plan, changes)
        for one in self.plan.taken:
            if one.key_result is not None:
                self.key_results[one.read.ref] = one.key_result
        reported = keep_reports(self.actor, self.batch, self.plan, self.key_results)
        self.taken.accepted, self.taken.superseded = reported.accepted, reported.superseded
        self.taken.unchanged, self.taken.check_ins = reported.unchanged, reported.check_ins
        self.taken.changes, self.taken.changed = changes.rows, changes.count
        return self.taken

    # New things

    def _make(self) -> None:
        new = [match.read for match in self.plan.objectives.values() if match.state == "new"]
        places = {read.ref: place for place, read in enumerate(new)}
        news = [self._objective(read) for read in new]
        fresh = [match.read for match in self.plan.taken if match.key_result is None]
        metrics = self._metrics(fresh)
        results = [
            NewKeyResult(
                self._key_result_fields(read, position), self._above(read.objective_ref, places), key=read.key,
                metric=metrics.get(read.ref), terms=self._terms(read), steps=self._steps(read),
            )
            for position, read in enumerate(fresh, 1)
        ]  # fmt: skip
        at = {read.ref: place for place, read in enumerate(fresh)}
        work = self._initiatives(places, at)
        adopted = adopt(
            self.actor, objectives=news, key_results=results, initiatives=work, batch_key=self.batch.key,
            at=self.batch.recorded_at,
        )  # fmt: skip
        self.objectives |= {read.ref: row for read, row in zip(new, adopted.objectives, strict=True)}
        self.key_results |= {read.ref: row for read, row in zip(fresh, adopted.key_results, strict=True)}
        self._add_contributors(fresh)
        self.taken.objectives, self.taken.key_results = len(adopted.objectives), len(adopted.key_results)
        self.taken.initiatives = len(adopted.initiatives)

    def _above(self, ref: str, places: Mapping[str, int]) -> int | Objective:
        return places[ref] if ref in places else self.objectives[ref]

    def _objective(self, read: ReadObjective) -> NewObjective:
        owner = self.owners[read.ref] = self.names.person(read.owners)
        rollup = read.rollup if read.rollup in dict(ROLLUP_CHOICES) else ""
        fields = {
            "title": read.title[:300], "description": read.description, "team": self.names.team(read.teams),
            "owner": owner, "cycle": self.names.cycle(read.cycle), "theme": self.names.theme(read.theme),
            "state": read.state or "active",
            "ambition": read.ambition if read.ambition in dict(AMBITION_CHOICES) else "committed",
            "rollup": rollup or self.rollups.get(read.ref, "key_results"), "source": self.imp.source,
            "external_id": self._id("objective", read.external_id),
            "visibility": read.visibility if read.visibility in dict(SEEN_BY_CHOICES) else "organisation",
            "is_personal": read.visibility == "private",
        }  # fmt: skip
        return NewObjective(fields, key=read.key, contributors=self.names.partners(read.teams))

    def _key_result_fields(self, read: ReadKeyResult, position: int) -> dict[str, Any]:
        above = self.objectives.get(read.objective_ref)
        owner = self.names.person(read.owners)
        owner = owner or self._above_owner(read)
        team = self.names.team(read.teams) if read.teams else None
        held_by = above.team if above is not None else self.names.team(self._read_above(read).teams)
        said = [
            read.title if len(read.title) > 500 else "",
            f"Priority {read.priority}." if read.priority else "",
            read.note,
            read.link,
        ]
        return {
            "title": read.title[:500], "kind": read.kind, "owner": owner,
            "team": team if team is not None and team.pk != held_by.pk else None,
            "ambition": read.ambition if read.ambition in dict(AMBITION_CHOICES) else "",
            "starts_on": day(read.starts), "due_on": day(read.due), "position": position,
            "note": "\n".join(part for part in said if part), "source": self.imp.source,
            "external_id": self._id("key_result", read.external_id),
        }  # fmt: skip

    def _read_above(self, read: ReadKeyResult) -> ReadObjective:
        return self.plan.objectives[read.objective_ref].read

    def _metrics(self, reads: list[ReadKeyResult]) -> dict[str, Metric]:
        """A metric of its own for each measured key result, or the one that the file names."""
        named = [read.metric_key for read in reads if read.metric_key]
        visible = {metric.key: metric for metric in access.visible("metric", self.actor).filter(key__in=named)}
        found = {read.ref: visible[read.metric_key] for read in reads if read.metric_key in visible}
        own = [read for read in reads if read.kind in MEASURED and read.ref not in found]
        made = adopt_metrics(self.actor, [self._metric(read) for read in own], batch_key=self.batch.key)
        self.taken.metrics += made
        return found | {read.ref: metric for read, metric in zip(own, made, strict=True)}

    def _metric(self, read: ReadKeyResult) -> NewMetric:
        above = self.objectives.get(read.objective_ref)
        unit = read_unit(read.unit) if read.unit else None
        calendar, frequency = self.names.calendar, frequency_of(self.plan.reports.get(read.ref, ()))
        fields: dict[str, Any] = {
            "name": (read.title if self.plan.document.is_code else read.indicator or read.title)[:300],
            "unit": unit or "number",
            "unit_label": "" if unit or not read.unit else read.unit[:80],
            "direction": _direction(read),
            "frequency": str(frequency), "aggregation": "last",
            "year_start_month": _own_month(calendar, self.names.house_month),
            "team": above.team if above is not None else self.names.team(self._read_above(read).teams),
            "owner": self.names.person(read.owners) or self._above_owner(read),
        }  # fmt: skip
        if (visibility := self._visibility(read)) in dict(SEEN_BY_CHOICES) and visibility != "organisation":
            fields |= {"visibility": visibility, "owner": self._above_owner(read)}  # seen by who sees the objective
        if would_refuse(fields) is not None:
            fields |= {"unit": "number", "unit_label": read.unit[:80]}
        return NewMetric(fields, how_measured=read.indicator, is_kpi=False)

    def _above_owner(self, read: ReadKeyResult) -> Person | None:
        above = self.objectives.get(read.objective_ref)
        return above.owner if above is not None else self.owners.get(read.objective_ref)

    def _visibility(self, read: ReadKeyResult) -> str:
        above = self.objectives.get(read.objective_ref)
        return above.visibility if above is not None else self._read_above(read).visibility

    def _terms(self, read: ReadKeyResult) -> list[dict[str, Any]]:
        rows = []
        for figures in self.plan.figures(read):
            changed = figures.valid_from is not None
            rows.append(
                {
                    "valid_from": figures.valid_from, "baseline": figures.baseline, "target": figures.target,
                    "reason": f"Changed in {self.imp.name} from {figures.when} on." if changed else "",
                    **plain_terms(read),
                }
            )  # fmt: skip
        return rows

    def _steps(self, read: ReadKeyResult) -> list[dict[str, Any]]:
        done = {"done_at": self.batch.recorded_at, "done_by": self.actor.label}
        if read.kind == "milestones":
            return [
                {"title": (step.title or read.title)[:300], "weight": step.weight if step.weight > 0 else 1.0,
                 "due_on": day(step.due), "evidence": step.evidence or self._evidence(step.is_done, read),
                 **(done if step.is_done else {})}
                for step in read.steps
            ]  # fmt: skip
        if read.kind == "yes_no":
            is_done = bool(read.is_done)
            step = {"title": read.title[:300], "due_on": day(read.due), "evidence": self._evidence(is_done, read)}
            return [step | (done if is_done else {})]
        return []

    def _evidence(self, is_done: bool, read: ReadKeyResult) -> str:
        row = f", row {read.place.row}" if read.place.row else ""
        return f"Marked as done in {read.place.file}{row}." if is_done else ""

    def _initiatives(self, places: Mapping[str, int], at: Mapping[str, int]) -> list[NewInitiative]:
        known = {match.read.ref: match.key_result for match in self.plan.taken if match.key_result is not None}
        ids = [one.pk for one in self.objectives.values()]
        rows = Initiative.objects.filter(objective_id__in=ids, archived_at=None)
        standing = set(rows.values_list("objective_id", "title"))
        found = []
        for read in self.plan.document.initiatives:
            match = self.plan.objectives.get(read.objective_ref)
            if match is None or match.state not in ("new", "known"):
                continue
            if match.objective is not None and (match.objective.pk, read.title[:300]) in standing:
                continue
            ref = read.key_result_ref
            key_result = at[ref] if ref in at else known.get(ref)
            found.append(
                NewInitiative(self._work(read), self._above(read.objective_ref, places), key_result, key=read.key)
            )
        return found

    def _work(self, read: ReadInitiative) -> dict[str, Any]:
        state = read.state if read.state in dict(WORK_CHOICES) else "planned"
        return {
            "title": read.title[:300], "description": read.description, "owner": self.names.person(read.owners),
            "state": state, "starts_on": day(read.starts), "due_on": day(read.due), "link": read.link[:500],
            "done_on": self.batch.recorded_at.date() if state == "done" else None,
        }  # fmt: skip

    def _add_contributors(self, reads: list[ReadKeyResult]) -> None:
        through = KeyResult.contributors.through
        pairs = [
            through(keyresult_id=self.key_results[read.ref].pk, person_id=person.pk)
            for read in reads
            for person in self.names.others(read.owners)
        ]
        through._default_manager.bulk_create(pairs, batch_size=400, ignore_conflicts=True)

    # Alignment

    def _link(self) -> None:
        cut = set(circles(self.plan))
        links: list[tuple[Objective, Objective | KeyResult, str]] = []
        for ref, match in self.plan.objectives.items():
            child = self.objectives.get(ref)
            if child is None:
                continue
            wanted = [(match.read.parent_ref, "contributes")] if match.read.parent_ref and ref not in cut else []
            wanted += [(one, "supports") for one in match.read.supports]
            wanted += [(one, "step_of") for one in match.read.steps_of]
            for end_ref, kind in wanted:
                end = self._end(end_ref)
                if end is not None and end != child:
                    links.append((child, end, kind))
        adopt_links(self.actor, links, self.batch.recorded_at)

    def _end(self, ref: str) -> Objective | KeyResult | None:
        """What a reference means: a thing of the files, else one that stands here under this key."""
        if ref in self.objectives:
            return self.objectives[ref]
        key = ref.partition(":")[2]
        if f"kr:{key}" in self.key_results:
            return self.key_results[f"kr:{key}"]
        objective: Objective | None = access.visible("objective", self.actor).filter(key=key, archived_at=None).first()
        if objective is not None:
            return objective
        found: KeyResult | None = access.visible("key_result", self.actor).filter(key=key, archived_at=None).first()
        return found

    # Identity

    def _used_ids(self) -> set[tuple[str, str]]:
        """Ids of this source that stand already, perhaps out of sight: no second thing gets them."""
        objectives = Objective.objects.filter(source=self.imp.source).exclude(external_id="")
        results = KeyResult.objects.filter(source=self.imp.source).exclude(external_id="")
        used = {("objective", one) for one in objectives.values_list("external_id", flat=True)}
        return used | {("key_result", one) for one in results.values_list("external_id", flat=True)}

    def _id(self, kind: str, external_id: str) -> str:
        external_id = external_id[:300]
        if not external_id or (kind, external_id) in self.used_ids:
            return ""
        self.used_ids.add((kind, external_id))
        return external_id


def plain_terms(read: ReadKeyResult) -> dict[str, Any]:
    """The figures of a key result besides baseline and target."""
    return {
        "low": read.low, "high": read.high, "stretch": read.stretch, "is_strict": read.is_strict,
        "planned_periods": read.planned_periods, "checkpoints": [list(pair) for pair in read.checkpoints],
        "plan": [[hour, value] for text, value in read.plan if (hour := _hour(text)) is not None],
        "relative": read.relative if read.relative in ("percent", "points") else "", "amount": read.amount,
        "baseline_from_series": read.baseline_from_series,
        "weight": read.weight if read.weight is not None and 0 <= read.weight <= 1000 else 1.0,
    }  # fmt: skip


def day(text: str) -> date | None:
    """The day an ISO text names; the last one of a longer period."""
    try:
        return parse_period(text).last_day if text else None
    except PeriodError:
        return None


def _hour(text: str) -> int | None:
    if text.lstrip("-").isdigit() and len(text) > 4:
        return int(text)
    found = day(text)
    return hour_of(found) if found is not None else None


def _direction(read: ReadKeyResult) -> str:
    """Which way is better: as said, else as the figures show."""
    if read.direction in ("up", "down", "within"):
        return read.direction
    if read.low is not None and read.high is not None:
        return "within"
    falls = read.baseline is not None and read.target is not None and read.target < read.baseline
    return "down" if falls or read.high is not None else "up"


def _own_month(calendar: Calendar, house: int) -> int | None:
    return None if calendar.year_start_month == house else calendar.year_start_month
