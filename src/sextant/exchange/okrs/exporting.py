"""OKRs as code: what stands here as YAML that reads back to the same, stable so that two days can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import yaml
from django.db.models import Q

from sextant.core import access
from sextant.core.actors import Actor
from sextant.metrics.models import Definition
from sextant.okrs.models import Initiative, KeyResult, Link, Milestone, Objective, Terms
from sextant.strategy.models import Cycle

CHUNK = 400
FIGURES = ("baseline", "baseline_from_series", "target", "relative", "amount", "stretch", "low", "high", "is_strict",
           "planned_periods", "checkpoints", "plan")  # fmt: skip
Fields = dict[str, Any]


def export_okrs(actor: Actor, cycle: Cycle | None = None) -> str:
    """Objectives the actor may see, of one cycle or all, as YAML. Ordered by cycle and key; empty fields left out."""
    found = access.visible("objective", actor).filter(archived_at=None)
    if cycle is not None:
        found = found.filter(cycle=cycle)
    objectives = sorted(found, key=lambda one: (_start(one.cycle), one.key))
    cycles = {one.cycle.key: one.cycle for one in objectives if one.cycle is not None}
    spans = [
        {"key": one.key, "name": one.name, "starts_on": one.starts_on, "ends_on": one.ends_on}
        for one in sorted(cycles.values(), key=lambda one: (one.starts_on, one.key))
    ]
    data = {"cycles": spans, "objectives": _Writer(actor, objectives).objectives()}
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False)


def _start(cycle: Cycle | None) -> date:
    return cycle.starts_on if cycle is not None else date.max


class _Dumper(yaml.SafeDumper):
    """Lists below a name are indented, pairs of numbers stand in one line, long texts are written as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


class _Pair(list[Any]):
    """A pair that is written in one line."""


def _pair(dumper: yaml.SafeDumper, data: _Pair) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    style = "|" if "\n" in data and not any(line.endswith(" ") for line in data.split("\n")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(_Pair, _pair)
_Dumper.add_representer(str, _text)


class _Writer:
    def __init__(self, actor: Actor, objectives: Sequence[Objective]) -> None:
        self.rows = objectives
        ids = [one.pk for one in objectives]
        self.key_results = _by(_all(KeyResult.objects.filter(archived_at=None).select_related(
            "metric", "metric__kpi", "owner", "team"), "objective_id", ids), "objective_id")  # fmt: skip
        result_ids = [one.pk for some in self.key_results.values() for one in some]
        self.terms = _by(_all(Terms.objects.filter(superseded_at=None), "key_result_id", result_ids), "key_result_id")
        steps = Milestone.objects.filter(superseded_at=None)
        self.steps = _by(_all(steps, "key_result_id", result_ids), "key_result_id")
        work = Initiative.objects.filter(archived_at=None).select_related("owner")
        self.work = _by(_all(work, "objective_id", ids), "objective_id")
        seen = access.visible("objective", actor).order_by().values("pk")
        ends = Q(objective__in=seen) | Q(key_result__objective__in=seen)
        links = Link.objects.filter(ends, superseded_at=None).select_related("objective", "key_result")
        self.links = _by(_all(links, "child_id", ids), "child_id")
        metric_ids = [one.metric_id for some in self.key_results.values() for one in some if one.metric_id]
        self.measured = {
            row.metric_id: row.how_measured
            for row in _all(Definition.objects.filter(superseded_at=None), "metric_id", metric_ids)
        }

    def objectives(self) -> list[Fields]:
        return [self._objective(one) for one in self.rows]

    def _objective(self, one: Objective) -> Fields:
        ends: dict[str, list[str]] = {}
        for link in self.links.get(one.pk, []):
            end = link.objective or link.key_result
            ends.setdefault(link.kind, []).append(end.key)
        own = [work for work in self.work.get(one.pk, []) if work.key_result_id is None]
        return _filled(
            {
                "key": one.key, "title": one.title, "description": one.description, "team": one.team.key,
                "contributors": sorted(team.key for team in one.contributors.all()),
                "owner": one.owner.key if one.owner else "", "cycle": one.cycle.key if one.cycle else "",
                "theme": one.theme.key if one.theme else "", "state": one.state, "ambition": one.ambition,
                "rollup": one.rollup, "visibility": one.visibility if one.visibility != "organisation" else "",
                "parent": next(iter(ends.get("contributes", [])), ""), "supports": sorted(ends.get("supports", [])),
                "step_of": sorted(ends.get("step_of", [])),
                "key_results": [self._key_result(row) for row in self.key_results.get(one.pk, [])],
                "initiatives": [_initiative(work) for work in sorted(own, key=lambda work: work.key)],
            }
        )  # fmt: skip

    def _key_result(self, one: KeyResult) -> Fields:
        rows = sorted(self.terms.get(one.pk, []), key=lambda row: (row.valid_from or 0, row.pk))
        terms = rows[-1] if rows else Terms()
        work = [row for row in self.work.get(one.objective_id, []) if row.key_result_id == one.pk]
        steps = self.steps.get(one.pk, [])
        return _filled(
            {
                "key": one.key, "title": one.title, "kind": one.kind, **self._measure(one),
                **{name: _figure(name, getattr(terms, name)) for name in FIGURES},
                "weight": _number(terms.weight) if terms.weight != 1 else None,
                "owner": one.owner.key if one.owner else "", "team": one.team.key if one.team else "",
                "ambition": one.ambition, "starts_on": one.starts_on, "due_on": one.due_on,
                "done": any(step.done_at for step in steps) if one.kind == "yes_no" else None,
                "milestones": [_step(step) for step in steps] if one.kind == "milestones" else [],
                "note": one.note, "initiatives": [_initiative(row) for row in sorted(work, key=lambda row: row.key)],
            }
        )  # fmt: skip

    def _measure(self, one: KeyResult) -> Fields:
        """The KPI's metric by its key; of a metric of its own, what is needed to make it again."""
        metric = one.metric
        if metric is None:
            return {}
        if getattr(metric, "kpi", None) is not None:
            return {"metric": metric.key}
        unit = metric.unit_label if metric.unit == "number" and metric.unit_label else metric.unit
        return {"how_measured": self.measured.get(metric.pk, ""), "unit": unit, "direction": metric.direction}


def _initiative(one: Initiative) -> Fields:
    return _filled(
        {
            "key": one.key, "title": one.title, "description": one.description,
            "owner": one.owner.key if one.owner else "", "state": one.state, "starts_on": one.starts_on,
            "due_on": one.due_on, "link": one.link,
        }
    )  # fmt: skip


def _step(step: Milestone) -> Fields:
    return _filled(
        {
            "title": step.title, "weight": _number(step.weight) if step.weight != 1 else None, "due_on": step.due_on,
            "done": True if step.done_at else None, "evidence": step.evidence,
        }
    )  # fmt: skip


def _figure(name: str, value: Any) -> Any:
    if name in ("checkpoints", "plan"):
        return [_Pair(_number(one) for one in pair) for pair in value or []]
    if isinstance(value, bool):
        return value or None
    return _number(value)


def _number(value: Any) -> Any:
    """Whole numbers without a point."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def _filled(fields: Fields) -> Fields:
    """Without what says nothing: None, empty texts and empty lists; 0 and false stay."""
    return {name: value for name, value in fields.items() if value is not None and value != "" and value != []}


def _all(rows: Any, column: str, ids: Sequence[int | None]) -> list[Any]:
    """The rows of these ids in the order of the model, asked for in parts."""
    found: list[Any] = []
    for first in range(0, len(ids), CHUNK):
        found += rows.filter(**{f"{column}__in": ids[first : first + CHUNK]})
    return found


def _by(rows: Iterable[Any], column: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found
