"""What an import of OKRs would do: matches, values per period, and the same as plain data for pages and scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sextant.calc.periods import Calendar
from sextant.core.actors import Actor
from sextant.exchange.okr_reading import OkrDocument, ReadKeyResult, ReadProblem
from sextant.exchange.okrs.matching import KeyResultMatch, ObjectiveMatch, match_key_results, match_objectives
from sextant.exchange.okrs.merging import (
    Compared,
    Figures,
    Report,
    compare_progress,
    figures_of,
    reports_of,
)
from sextant.exchange.okrs.naming import Names, cycle_name
from sextant.okrs.queries.missing import figures_missing
from sextant.people.models import Team

TREE_SHOWN = 40
PER_OBJECTIVE = 8


@dataclass(slots=True)
class Plan:
    """A document as it would be taken in. Nothing of it is written yet."""

    document: OkrDocument
    names: Names
    objectives: dict[str, ObjectiveMatch]
    key_results: list[KeyResultMatch]
    reports: dict[str, list[Report]]
    compared: Compared
    problems: list[ReadProblem] = field(default_factory=list)

    def figures(self, key_result: ReadKeyResult) -> list[Figures]:
        return figures_of(key_result, self.reports.get(key_result.ref, []))

    def values(self, key_result: ReadKeyResult) -> list[Report]:
        """The periods of a key result that have a value."""
        return [report for report in self.reports.get(key_result.ref, []) if report.update.value is not None]

    @property
    def taken(self) -> list[KeyResultMatch]:
        return [match for match in self.key_results if match.is_taken]


def plan_okrs(
    actor: Actor,
    document: OkrDocument,
    *,
    team: Team,
    source: str,
    mapping: Mapping[str, Any],
    repeats: str,
    calendar: Calendar,
) -> Plan:
    """Match everything with what is known. `mapping` may hold answers: [objectives."Title"] match = "KEY"."""
    own = Calendar(
        int(mapping.get("year_start_month", calendar.year_start_month)),
        str(mapping.get("fiscal_year_named_by", calendar.fiscal_year_named_by)),
    )
    names = Names(actor, document, team, source, mapping, own)
    matches = match_objectives(actor, document, names, source, mapping.get("objectives", {}))
    objectives = {match.read.ref: match for match in matches}
    plan = Plan(
        document,
        names,
        objectives,
        match_key_results(document, objectives, source),
        reports_of(document.updates, own, repeats),
        compare_progress(document.key_results, document.updates),
    )
    plan.problems = list(_problems(plan, repeats))
    return plan


def _problems(plan: Plan, repeats: str) -> Iterator[ReadProblem]:
    """What the files leave open once they are compared with what is known."""
    for match in plan.objectives.values():
        read, place = match.read, match.read.place
        if match.near:
            keys = ", ".join(f"{one.title} ({one.key})" for one in match.near)
            message = (
                f"“{read.title}” may be {keys}. Nothing of it was taken: say which it is "
                f'([objectives."{read.title}"] match = "KEY"), match = "new" or match = "skip".'
            )
            yield ReadProblem(place.file, place.row, "", "near-match", message, place.sheet, True)
        if read.parent_ref and read.parent_ref not in plan.objectives and not _is_key(plan, read.parent_ref):
            message = (
                f"The parent of “{read.title}” stands nowhere in these files: {read.parent_ref.partition(':')[2]}."
            )
            yield ReadProblem(place.file, place.row, "", "unknown-parent", message, place.sheet)
        if (
            read.cycle is not None
            and plan.names.cycle(read.cycle, make=False) is None
            and not plan.names.span(read.cycle)
        ):
            message = f"“{read.cycle.first}” names no cycle and no span of time; the objective waits in the backlog."
            yield ReadProblem(place.file, place.row, "", "unknown-cycle", message, place.sheet)
    for ref in circles(plan):
        read = plan.objectives[ref].read
        message = f"“{read.title}” would be its own ancestor; it was taken without a parent."
        yield ReadProblem(read.place.file, read.place.row, "", "alignment-circle", message, read.place.sheet)
    first = plan.document.objectives[0].place if plan.document.objectives else None
    file = first.file if first is not None else ""
    for kind, name, keys_near in plan.names.asked:
        message = (
            f"The {kind} “{name}” may be {', '.join(keys_near)}; left open. Say who is meant: "
            f'[{"teams" if kind == "team" else "people"}."{name}"] match = "KEY", or match = "new".'
        )
        yield ReadProblem(file, None, "", f"near-{kind}", message)
    for name in plan.names.unknown_teams:
        message = (
            f"There is no team “{name}” and you may not add one; its objectives come to {plan.names.team_of_import}."
        )
        yield ReadProblem(file, None, "", "unknown-team", message)
    yield from _figure_problems(plan, repeats)


def _figure_problems(plan: Plan, repeats: str) -> Iterator[ReadProblem]:
    for match in plan.taken:
        read = match.read
        rows = plan.figures(read)
        last = rows[-1]
        if read.kind in ("metric", "baseline") and last.target is not None and last.target == last.baseline:
            message = (
                f"“{read.title[:120]}”: baseline and target are both {last.target:g}; "
                "make it a guardrail, or correct one of them."
            )
            yield ReadProblem(read.place.file, read.place.row, "", "baseline-is-target", message, read.place.sheet)
    if repeats == "refuse":
        refused = {(u.key_result_ref, u.period) for u in plan.document.updates} - {
            (ref, report.update.period) for ref, reports in plan.reports.items() for report in reports
        }
        for ref, period in sorted(refused):
            place = next(u.place for u in plan.document.updates if (u.key_result_ref, u.period) == (ref, period))
            message = f"Several records of {period or 'one key result'} differ; rule: refuse. None of them was taken."
            yield ReadProblem(place.file, place.row, "", "repeat-refused", message, place.sheet, True)


def _is_key(plan: Plan, ref: str) -> bool:
    """Whether a reference of OKRs as code names something that stands here already, or a key result of the files."""
    from sextant.okrs.models import KeyResult, Objective

    key = ref.partition(":")[2]
    if any(one.read.ref in (ref, f"kr:{key}") or one.read.key == key for one in plan.key_results):
        return True
    return Objective.objects.filter(key=key).exists() or KeyResult.objects.filter(key=key).exists()


def circles(plan: Plan) -> list[str]:
    """Objectives that would be their own ancestors by what the files say; each circle is cut at one of them."""
    parents = {ref: match.read.parent_ref for ref, match in plan.objectives.items() if match.read.parent_ref}
    above = {match.read.ref: match.read.objective_ref for match in plan.key_results}
    cut: list[str] = []
    done: set[str] = set()
    for start in parents:
        path: list[str] = []
        at = start
        while at in parents and at not in done and at not in path:
            path.append(at)
            at = above.get(parents[at], parents[at])
        if at in path and at not in done:
            cut.append(at)
        done.update(path)
    return cut


def lacks(plan: Plan, match: KeyResultMatch) -> list[str]:
    """Names of the figures a key result comes without."""
    read, last = match.read, plan.figures(match.read)[-1]
    terms = {"baseline": last.baseline, "target": last.target, "low": read.low, "high": read.high,
             "planned_periods": read.planned_periods, "baseline_from_series": read.baseline_from_series,
             "relative": read.relative, "amount": read.amount}  # fmt: skip
    return figures_missing(read.kind, terms)


def summarise(plan: Plan, counts: Mapping[str, int]) -> dict[str, Any]:
    """The plan as plain data, in the shape of every import's summary."""
    document = plan.document
    taken = plan.taken
    objectives = [match for match in plan.objectives.values() if match.state in ("new", "known")]
    keys = Counter(problem.key for problem in document.problems)
    incomplete = sum(bool(lacks(plan, match)) for match in taken)
    compared = plan.compared
    return {
        "kind": "okrs",
        "counts": {
            "metrics": 0, "indicators": 0, "with_series": 0, "with_values": 0,
            "measurements": sum(len(plan.values(match.read)) for match in taken),
            "new": sum(match.state == "new" for match in objectives),
            "known": sum(match.state == "known" for match in objectives),
            "asked": sum(match.state == "asked" for match in plan.objectives.values()),
            "left_out": sum(match.state == "left_out" for match in plan.objectives.values()),
            "targets": 0, "skipped": document.skipped, "offered": 0, "unanswered": 0,
            "objectives": len(objectives), "goals": sum(match.read.level == "goal" for match in objectives),
            "key_results": len(taken), "new_key_results": sum(match.key_result is None for match in taken),
            "incomplete": incomplete, "initiatives": len(document.initiatives),
            "updates": len(document.updates), "periods": sum(len(one) for one in plan.reports.values()),
            "exact_repeats": keys["exact-repeat"], "conflicting_repeats": keys["conflicting-repeat"],
            "teams": len(plan.names.new_teams), "people": len(plan.names.new_people),
            "published_progress": compared.published, "equal_progress": compared.equal,
            **counts,
        },
        "progress": {"published": compared.published, "equal": compared.equal, "other": compared.kinds,
                     "least": compared.least, "most": compared.most},
        "tree": _tree(plan),
        "cycles": sorted({cycle_name(one.cycle) for one in document.objectives if one.cycle is not None}),
        "is_fiscal": document.is_fiscal,
        "questions": _questions(plan),
        "is_restricted": any(
            one.visibility != "organisation"
            for match in plan.objectives.values()
            for one in (match.objective, *match.near)
            if one is not None
        ),
        "tables": [],
        "mapping": {"kind": "okrs"},
        "offers": [],
        "notes": [{"file": file, "key": "note", "message": message} for file, message in document.notes],
        "year_start_month": plan.names.calendar.year_start_month,
        "assumed": {},
        "spans": {},
    }  # fmt: skip


def _questions(plan: Plan) -> list[dict[str, Any]]:
    """What only a person can say: is this the objective, team or person that is nearly called so?"""
    asked = [
        {"about": "objectives", "name": match.read.title, "near": [[one.key, one.title] for one in match.near]}
        for match in plan.objectives.values()
        if match.near
    ]
    kinds = {"team": "teams", "person": "people"}
    return asked + [
        {"about": kinds[kind], "name": name, "near": [[key, key] for key in near]}
        for kind, name, near in plan.names.asked
    ]


def _tree(plan: Plan) -> list[dict[str, Any]]:
    """The first objectives with their key results, in the order of the tree, each with its depth."""
    children: dict[str, list[ObjectiveMatch]] = {}
    cut = set(circles(plan))
    for match in plan.objectives.values():
        parent = match.read.parent_ref if match.read.ref not in cut and match.read.parent_ref in plan.objectives else ""
        children.setdefault(parent, []).append(match)
    below: dict[str, list[KeyResultMatch]] = {}
    for one in plan.key_results:
        below.setdefault(one.read.objective_ref, []).append(one)
    shown: list[dict[str, Any]] = []
    waiting = [(match, 0) for match in reversed(children.get("", []))]
    while waiting and len(shown) < TREE_SHOWN:
        match, depth = waiting.pop()
        mine = below.get(match.read.ref, [])
        shown.append(_node(plan, match, depth, mine))
        waiting += [(child, depth + 1) for child in reversed(children.get(match.read.ref, []))]
    return shown


def _node(plan: Plan, match: ObjectiveMatch, depth: int, mine: Sequence[KeyResultMatch]) -> dict[str, Any]:
    read = match.read
    return {
        "title": read.title, "depth": depth, "state": match.state, "level": read.level,
        "team": read.teams[0] if read.teams else "", "owner": read.owners[0] if read.owners else "",
        "cycle": cycle_name(read.cycle) if read.cycle is not None else "",
        "file": read.place.file, "row": read.place.row,
        "match": match.objective.key if match.objective is not None else "",
        "near": [{"key": one.key, "title": one.title} for one in match.near],
        "more": max(0, len(mine) - PER_OBJECTIVE),
        "key_results": [_leaf(plan, one) for one in mine[:PER_OBJECTIVE]],
    }  # fmt: skip


def _leaf(plan: Plan, match: KeyResultMatch) -> dict[str, Any]:
    read = match.read
    last = plan.figures(read)[-1]
    values = plan.values(read)
    return {
        "title": read.title, "kind": read.kind, "unit": read.unit, "baseline": last.baseline, "target": last.target,
        "value": values[-1].update.value if values else None, "values": len(values), "is_done": read.is_done,
        "steps": len(read.steps), "priority": read.priority, "lacks": lacks(plan, match),
        "is_known": match.key_result is not None,
    }  # fmt: skip
