"""Why each computed field of a KPI has its value: inputs, formula, rule and where the method describes it (D7)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np

from sextant.calc.assurance import explain_assurance
from sextant.calc.limits import explain_limits
from sextant.calc.periods import Calendar, Frequency, Period, label, moment_of, period_at
from sextant.calc.status import (
    TargetValues,
    Why,
    explain_freshness,
    explain_score,
    explain_status,
    explain_target,
)
from sextant.calc.trust import explain_trust
from sextant.calc.why import method
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.models import FIGURES
from sextant.kpis.queries.facts import standing_at
from sextant.kpis.queries.scorecards import ScorecardView
from sextant.kpis.queries.standing import Cell, Standing
from sextant.metrics.models import FineMeasurement, Metric
from sextant.metrics.queries.calculated import Calculation
from sextant.metrics.queries.formula_sight import hidden_inputs, without_hidden
from sextant.metrics.queries.series import BASELINE, Series, series_many
from sextant.metrics.queries.standpoint import Standpoint

COMPUTED = (
    "value", "period", "previous", *FIGURES, "status", "exceeded", "score", "freshness", "trust", "assurance",
    "limits", "aims", "chance",
)  # fmt: skip
"""Every computed field of a KPI; each has its twin in `explain`, the chance in `outlook`."""

# Inputs of explanations that are hours on the calendar line (ADR 0002); people get moments.
HOURS = frozenset({"latest_end", "next_due", "now", "period_start", "period_end", "from", "valid_from"})
HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Origins:
    """What values are made of: finer values by metric id, formula and inputs of calculated metrics."""

    finer: Mapping[int, Sequence[FineMeasurement]] = field(default_factory=dict)
    formulas: Mapping[int, str] = field(default_factory=dict)
    inputs: Mapping[int, Sequence[Series | str]] = field(default_factory=dict)  # HIDDEN for an input out of sight


def origins(actor: Actor, standings: Sequence[Standing]) -> Origins:
    """What the values of these KPIs are made of, with a fixed number of statements."""
    judged = [each for each in standings if each.period is not None]
    recorded = {each.series.metric.id: each.period for each in judged if each.period and not each.series.is_calculated}
    calculated = [each.series.metric for each in judged if each.series.is_calculated]
    if not judged:
        return Origins()
    point = judged[0].point
    finer = finer_values(recorded, point)
    return replace(formula_origins(actor, calculated, point), finer=finer) if calculated else Origins(finer)


def formula_origins(actor: Actor, calculated: Sequence[Metric], point: Standpoint) -> Origins:
    """Formulas and inputs of calculated metrics. An input the actor may not see is counted, never named or quoted."""
    calculation = Calculation.of(calculated, point)
    inputs = {metric.id: calculation.inputs(metric) for metric in calculated}
    wanted = {one.id: one for found in inputs.values() for one in found}
    seen = set(visible("metric", actor).filter(id__in=wanted).values_list("id", flat=True))
    series = series_many([metric for metric in wanted.values() if metric.id in seen], point, newest=4 * BASELINE)
    said = {metric: formula for metric in calculated if (formula := calculation.formula(metric)) is not None}
    hidden = hidden_inputs(actor, [formula.text for formula in said.values()])
    return Origins(
        formulas={m.id: without_hidden(formula.text, hidden) for m, formula in said.items()},
        inputs={metric_id: [series.get(one.id, HIDDEN) for one in found] for metric_id, found in inputs.items()},
    )


def finer_values(periods: Mapping[int, Period], point: Standpoint) -> dict[int, list[FineMeasurement]]:
    """The finer values each metric's period was made of, by metric id; one statement."""
    if not periods:
        return {}
    first, last = min(p.start for p in periods.values()), max(p.end for p in periods.values())
    rows = FineMeasurement.objects.filter(
        standing_at(point), metric_id__in=list(periods), start__gte=first, start__lt=last
    )
    found: dict[int, list[FineMeasurement]] = defaultdict(list)
    for row in rows.order_by("start"):
        period = periods[row.metric_id]
        if period.start <= row.start < period.end:
            found[row.metric_id].append(row)
    return dict(found)


def explain(standing: Standing, made_of: Origins = Origins()) -> dict[str, Why]:
    """One explanation per computed field."""
    metric, series, target = standing.kpi.metric, standing.series, standing.target or TargetValues()
    answered = series.answered
    latest_end = None if answered is None else series.period(answered).end
    now = standing.point.hour(metric.frequency)
    whys = {
        "value": explain_value(standing, made_of),
        "period": _explain_period(standing),
        "previous": Why(
            "period-before", "the value of the period right before the judged one",
            {"period": standing.period, "result": standing.previous}, method("periods"),
        ),
        **_explain_figures(standing),
        "status": explain_status(standing.value, standing.target, metric.direction, standing.freshness),
        "exceeded": Why(
            "stretch-reached", "a stretch target is set, and the value reaches it",
            {"value": standing.value, "stretch": target.stretch, "result": standing.is_exceeded}, method("status"),
        ),
        "score": explain_score(standing.value, standing.target, metric.direction),
        "freshness": explain_freshness(latest_end, now, series.frequency, metric.grace_days, series.calendar),
        "trust": explain_trust(standing.trust_facts),
        "assurance": explain_assurance_of(standing),
        "limits": explain_limits(standing.chart),
        "aims": Why(
            "aims-ahead", "targets for a later date; they judge nothing before it",
            {"now": now, "result": [{"value": aim.value, "by": aim.by} for aim in standing.aims]}, method("targets"),
        ),
    }  # fmt: skip
    return {name: whys[name] for name in COMPUTED if name in whys}


def explain_assurance_of(standing: Standing) -> Why:
    """Why the process as it behaves now meets its target, or not."""
    target = standing.target or TargetValues()
    return explain_assurance(standing.chart, target.target, standing.kpi.metric.direction, target.low, target.high)


def explain_value(standing: Standing, made_of: Origins) -> Why:
    """Where the judged value comes from: recorded, made of finer values, or calculated."""
    metric, period, recording = standing.kpi.metric, standing.period, standing.recording
    inputs: dict[str, object] = {"metric": metric.key, "period": period, "result": standing.value}
    if period is None:
        return Why("value-missing", "no complete period has a value", inputs, method("periods"))
    if standing.series.is_calculated:
        return calculated_value(metric.id, period, inputs, made_of)
    if recording is not None:
        inputs |= {"recorded_at": recording.recorded_at, "recorded_by": recording.recorded_by}
        inputs |= {"batch": recording.batch, "source": recording.source or recording.kind, "note": recording.note}
    flag = standing.series.flags.get(standing.index or 0)
    if flag is not None:
        inputs |= {"state": flag.state, "qualifier": flag.qualifier, "coverage": flag.coverage}
    finer = made_of.finer.get(metric.id)
    return finer_value(metric.aggregation, finer, inputs) if finer else recorded_value(inputs)


def recorded_value(inputs: Mapping[str, object]) -> Why:
    return Why("value-recorded", "the value standing for this period, as recorded", inputs, method("periods"))


def finer_value(rule: str, finer: Sequence[FineMeasurement], inputs: Mapping[str, object]) -> Why:
    """A value made of finer ones by the metric's rule."""
    parts = [{"start": moment_of(one.start), "end": moment_of(one.end), "value": one.value} for one in finer]
    made = {**inputs, "aggregation": rule, "finer_values": parts}
    return Why(f"value-{rule}", f"{rule} of the finer values of the period", made, method("aggregation"))


def calculated_value(metric_id: int, period: Period, inputs: Mapping[str, object], made_of: Origins) -> Why:
    """A value calculated by a formula from the values its inputs have in the period."""
    figures: dict[str, object] = {}
    hidden = 0
    for series in made_of.inputs.get(metric_id, ()):
        if isinstance(series, str):
            hidden += 1
            continue
        figures[series.metric.key] = within(series, period)
    made: dict[str, object] = {**inputs, "inputs": figures}
    if hidden:
        made["hidden_inputs"] = hidden
    return Why("value-calculated", made_of.formulas.get(metric_id, ""), made, method("calculated"))


def within(series: Series, period: Period) -> list[dict[str, object]]:
    """The values of a series that lie in a period; a coarser one gives the value the period lies in."""
    starts = series.starts
    left = int(np.searchsorted(starts, period.start, side="right")) - 1
    left = left if left >= 0 and series.period(left).end > period.start else left + 1
    right = int(np.searchsorted(starts, period.end, side="left"))
    return [{"period": series.period(i), "value": _figure(series.values[i])} for i in range(max(left, 0), right)]


def _explain_period(standing: Standing) -> Why:
    inputs = {
        "frequency": standing.kpi.metric.frequency,
        "now": standing.point.hour(standing.kpi.metric.frequency),
        "result": standing.period,
    }
    return Why("newest-complete-period", "the newest period that has ended and has a value", inputs, method("periods"))


def _explain_figures(standing: Standing) -> dict[str, Why]:
    """The target and its companions come from one row, or from the rows of finer periods."""
    metric, series = standing.kpi.metric, standing.series
    frequency = Frequency(metric.frequency)
    period = standing.period or period_at(standing.point.hour(frequency), frequency, series.calendar)
    why = explain_target(period, standing.targets, series.calendar, metric.aggregation, series.frequency)
    values = standing.target or TargetValues()
    return {name: replace(why, inputs={**why.inputs, "result": getattr(values, name)}) for name in FIGURES}


def explain_cell(standing: Standing, cell: Cell) -> dict[str, Why]:
    """Why a period of a scorecard row has its status."""
    if cell.is_running:
        inputs = {"period": cell.period, "value": cell.value, "result": "running"}
        return {"status": Why("period-runs", "a period that has not ended judges nothing", inputs, method("status"))}
    target = standing.target_of(cell.period)
    return {"status": explain_status(cell.value, target, standing.kpi.metric.direction)}


def explain_scorecard(view: ScorecardView) -> dict[str, Why]:
    """Why a scorecard has its score and its counts."""
    parts = [{"kpi": r.standing.kpi.key, "weight": r.weight, "score": r.standing.score} for r in view.rows]
    statuses = {row.standing.kpi.key: row.standing.status for row in view.rows}
    without = [
        row.standing.kpi.key
        for row in view.rows
        if row.standing.computed == "off_target" and row.standing.action is None
    ]
    source = method("scorecards")
    return {
        "score": Why(
            "weighted-mean-of-scores", "sum of weight x score / sum of weights, over KPIs with a score and a weight",
            {"parts": parts, "result": view.score}, source,
        ),
        "scored": Why(
            "scores-counted", "KPIs that have a score and a weight above 0", {"parts": parts, "result": view.scored},
            source,
        ),
        "counts": Why(
            "statuses-counted", "how many KPIs have each status", {"statuses": statuses, "result": view.counts}, source
        ),
        "without_action": Why(
            "off-target-without-action", "KPIs off target for which nothing is noted to be done",
            {"kpis": without, "result": view.without_action}, source,
        ),
    }  # fmt: skip


def plain(value: Any, calendar: Calendar = Calendar(), name: str = "") -> Any:
    """A value as JSON has it: periods by their label, hours as moments, a gap as null."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Period):
        return label(value, calendar)
    if isinstance(value, (int, np.integer)):
        return moment_of(int(value)).isoformat(timespec="minutes") if name in HOURS else int(value)
    if isinstance(value, (float, np.floating)):
        return _figure(float(value))
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name), calendar, one.name) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one, calendar, str(key)) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return [plain(one, calendar) for one in value.tolist()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one, calendar) for one in value]
    return str(value)


def _figure(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
