"""Why each computed field of a key result or an objective has its value (D7)."""

from __future__ import annotations

from sextant.calc.pace import expected_share, explain_key_result_status, explain_pace
from sextant.calc.progress import (
    explain_checkpoint_progress,
    explain_guardrail,
    explain_milestones,
    explain_progress,
    explain_relative_target,
)
from sextant.calc.rollup import explain_roll_up
from sextant.calc.truths import explain_truths
from sextant.calc.why import Why, method
from sextant.okrs.queries.chances import explain_key_result_chance
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import ObjectiveStanding

KEY_RESULT_FIELDS = (
    "value", "baseline", "target", "progress", "expected", "pace", "chance", "status", "freshness", "watermelon",
)  # fmt: skip
OBJECTIVE_FIELDS = ("progress", "status")


def explain_key_result(each: KeyResultStanding) -> dict[str, Why]:
    """One explanation for each of KEY_RESULT_FIELDS."""
    return {
        "value": _value(each),
        "baseline": _baseline(each),
        "target": _target(each),
        "progress": _progress(each),
        "expected": _expected(each),
        "pace": explain_pace(each.progress, each.expected),
        "chance": explain_key_result_chance(each),
        "status": _status(each),
        "freshness": _freshness(each),
        "watermelon": explain_truths(each.truths),
    }


def explain_objective(each: ObjectiveStanding) -> dict[str, Why]:
    """One explanation for each of OBJECTIVE_FIELDS; a person's word names the roll-up it stands beside."""
    rolled = explain_roll_up(each.parts)
    override = each.override
    progress = status = rolled
    if override is not None:
        said = {
            "author": override.author, "reason": override.reason, "expires_on": str(override.expires_on),
            "computed_progress": each.rolled.progress, "computed_status": each.rolled.worst,
        }  # fmt: skip
        words = "a person's word, in place of the roll-up until it expires"
        if override.progress is not None:
            progress = Why("override", words, {**said, "result": override.progress}, method("overrides"))
        if override.status:
            status = Why("override", words, {**said, "result": override.status}, method("overrides"))
    if status is rolled:
        status = Why("worst-part", "the worst status of the parts", {**rolled.inputs, "result": each.status},
                     method("roll-up"))  # fmt: skip
    return {"progress": progress, "status": status}


def _value(each: KeyResultStanding) -> Why:
    reading, metric = each.reading, each.metric
    inputs = {
        "metric": metric.key if metric else None,
        "period_start": reading.start if reading else None,
        "period_end": reading.end if reading else None,
        "result": each.value,
    }
    if metric is None:
        return Why("value-none-needed", "milestones have no measured value", inputs, method("milestones"))
    if reading is None:
        return Why("value-missing", "no value has been recorded yet", inputs, method("progress"))
    if each.facts.row.reading == "total":
        return Why("value-total", "the sum of the values since the start", inputs, method("progress"))
    if metric.is_kpi:
        return Why("value-of-kpi", "the KPI's value of its newest complete period", inputs, method("progress"))
    return Why(
        "value-latest", "the newest value of the metric, the running period included", inputs, method("progress")
    )


def _baseline(each: KeyResultStanding) -> Why:
    inputs = {"from": each.start, "result": each.baseline}
    if each.terms is not None and each.terms.baseline is None and each.terms.from_series:
        words = "the value of the series that stood at the start"
        return Why("baseline-from-series", words, inputs, method("progress"))
    return Why("baseline-as-set", "as it was set", inputs, method("progress"))


def _target(each: KeyResultStanding) -> Why:
    terms, metric = each.terms, each.metric
    if terms is not None and terms.relative and terms.amount is not None and each.baseline is not None and metric:
        return explain_relative_target(each.baseline, terms.amount, terms.relative, metric.direction)
    inputs = {"reason": terms.reason if terms else "", "former": each.former_target, "result": each.target}
    return Why("target-as-set", "as it was set", inputs, method("progress"))


def _progress(each: KeyResultStanding) -> Why:
    terms = each.terms
    if each.kind == "guardrail" and each.tally is not None and terms is not None:
        return explain_guardrail(each.tally, low=terms.low, high=terms.high, is_strict=bool(terms.is_strict))
    if each.kind in ("milestones", "yes_no"):
        return explain_milestones([(one.weight, bool(one.is_done)) for one in each.milestones])
    if each.kind == "metric" and each.checkpoints:
        return explain_checkpoint_progress(each.value, each.checkpoints)
    return explain_progress(each.value, each.baseline, each.target)


def _expected(each: KeyResultStanding) -> Why:
    inputs = {"elapsed": each.elapsed, "from": each.start, "until": each.end, "result": each.expected}
    if each.elapsed is None:
        return Why("expected-no-dates", "without a start and a due date nothing is expected", inputs, method("pace"))
    if each.kind == "guardrail":
        return Why("expected-guardrail", "the share of the planned periods that are over", inputs, method("guardrails"))
    if each.kind in ("milestones", "yes_no"):
        return Why("expected-milestones", "the weight of the steps that were due by now", inputs, method("milestones"))
    if each.plan:
        return Why("expected-plan", "on the line through the planned values", inputs, method("pace"))
    straight = {**inputs, "straight": expected_share(each.elapsed)}
    return Why("expected-straight", "on the straight line from the start to the due date", straight, method("pace"))


def _status(each: KeyResultStanding) -> Why:
    if each.status in ("incomplete", "off_track") and each.progress is None:
        words = "figures are missing, or the day by which they are to be set has passed"
        inputs = {"kind": each.kind, "due_on": str(each.due_on or ""), "result": each.status}
        return Why("key-result-incomplete", words, inputs, method("key-result-status"))
    return explain_key_result_status(each.progress, each.expected, each.elapsed, each.chance, each.freshness)


def _freshness(each: KeyResultStanding) -> Why:
    inputs = {
        "latest_end": each.reading.end if each.reading else None,
        "frequency": each.metric.frequency if each.metric else each.facts.row.check_in_every,
        "result": each.freshness,
    }
    return Why("freshness", "by when the next value is due, and the grace days after it", inputs, method("freshness"))
