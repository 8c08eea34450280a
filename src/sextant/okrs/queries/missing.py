"""What key results still lack before a person may publish them (PRODUCT 4.1b); imported ones are shown all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from sextant.core.errors import Problem
from sextant.metrics.models import Definition
from sextant.okrs.models import IN_FORCE, KeyResult, Milestone, Terms
from sextant.people.leavers import named_leaver


def missing_in(key_results: Sequence[KeyResult]) -> dict[int, list[Problem]]:
    """Problems by key result id, with three statements for any number of them."""
    ids = [one.pk for one in key_results]
    newest: dict[int, Terms] = {}
    for row in Terms.objects.filter(key_result_id__in=ids, superseded_at=None).order_by(*IN_FORCE):
        newest[row.key_result_id] = row
    steps: dict[int, list[Milestone]] = {}
    for step in Milestone.objects.filter(key_result_id__in=ids, superseded_at=None):
        steps.setdefault(step.key_result_id, []).append(step)
    metric_ids = [one.metric_id for one in key_results if one.metric_id is not None]
    measured = Definition.objects.filter(metric_id__in=metric_ids, superseded_at=None)
    described = set(measured.filter(~Q(how_measured="") | ~Q(formula="")).values_list("metric_id", flat=True))
    return {one.pk: _missing(one, newest.get(one.pk), steps.get(one.pk, []), described) for one in key_results}


def missing_of(key_result: KeyResult) -> list[Problem]:
    return missing_in([key_result])[key_result.pk]


def figures_missing(kind: str, terms: Mapping[str, object] | Terms | None) -> list[str]:
    """Names of the figures this kind of key result lacks: baseline, target, bound, planned_periods."""
    if terms is None:
        terms = {}
    get = terms.get if isinstance(terms, Mapping) else lambda name: getattr(terms, name)
    lacking = []
    if kind == "metric":
        if get("baseline") is None and not get("baseline_from_series"):
            lacking.append("baseline")
        if get("target") is None and not (get("relative") and get("amount") is not None):
            lacking.append("target")
    if kind == "guardrail":
        if get("low") is None and get("high") is None:
            lacking.append("bound")
        if not get("planned_periods"):
            lacking.append("planned_periods")
    return lacking


def _missing(
    key_result: KeyResult, terms: Terms | None, steps: Sequence[Milestone], described: set[int]
) -> list[Problem]:
    problems = []
    kind = key_result.kind
    if kind in ("metric", "baseline", "guardrail"):
        metric = key_result.metric
        if metric is None:
            problems.append(Problem("metric-missing", _("Choose or describe the metric it is measured by."), "metric"))
        elif metric.pk not in described and metric.numerator_id is None:
            problems.append(Problem("how-measured-missing", _("Say how it is measured."), "how_measured"))
    words = {
        "baseline": Problem("baseline-missing", _("Give the baseline: where it starts."), "baseline"),
        "target": Problem("target-missing", _("Give the target: a number to reach."), "target"),
        "bound": Problem("bound-missing", _("Give the bound that must hold."), "low"),
        "planned_periods": Problem("periods-missing", _("Say for how many periods it must hold."), "planned_periods"),
    }
    problems += [words[name] for name in figures_missing(kind, terms)]
    if kind == "milestones" and not steps:
        problems.append(Problem("milestones-missing", _("Add the steps, each with its day."), "milestones"))
    if kind == "milestones" and any(step.due_on is None for step in steps):
        problems.append(Problem("milestone-due-missing", _("Give every step the day it is due."), "milestones"))
    if key_result.due_on is None and key_result.objective.cycle_id is None:
        problems.append(Problem("due-missing", _("Say by when."), "due_on"))
    if key_result.owner_id is None:
        problems.append(Problem("owner-missing", _("Name the one person who answers for it."), "owner"))
    elif (gone := named_leaver(key_result.owner)) is not None:
        problems.append(gone)
    return problems
