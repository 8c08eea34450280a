"""Which metrics are calculated from which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection
from django.db.models import Q

from sextant.calc.formula import Formula, parse
from sextant.calc.formula_tree import Call, Name, walk
from sextant.metrics.models import Definition, Metric


def formulas(*, as_of: object | None = None) -> dict[int, Formula]:
    """The formula in force of each calculated metric, by metric id."""
    definitions = Definition.objects.exclude(formula="").filter(superseded_at=None)
    if as_of is not None:
        definitions = definitions.filter(known_at__lte=as_of)
    latest: dict[int, str] = {}
    newest = _latest_numbers(as_of)
    for metric_id, number, text in definitions.order_by("number").values_list("metric_id", "number", "formula"):
        if newest.get(metric_id) == number:
            latest[metric_id] = text
    return {metric_id: parse(text) for metric_id, text in latest.items()}


def _latest_numbers(as_of: object | None) -> Mapping[int, int]:
    definitions = Definition.objects.filter(superseded_at=None)
    if as_of is not None:
        definitions = definitions.filter(known_at__lte=as_of)
    return dict(definitions.order_by("number").values_list("metric_id", "number"))


def totals(formula: Formula) -> set[str]:
    """Keys of the metrics whose breakdowns the formula adds up."""
    return {
        argument.key
        for node in walk(formula.root)
        if isinstance(node, Call) and node.name == "total"
        for argument in node.arguments
        if isinstance(argument, Name)
    }


def inputs_by_metric(calculated: Mapping[int, Formula] | None = None) -> dict[int, set[int]]:
    """Metric id -> ids it is calculated from: the keys in its formula, or numerator and denominator."""
    calculated = formulas() if calculated is None else calculated
    keys = {key for formula in calculated.values() for key in formula.inputs}
    ids = dict(Metric.objects.filter(key__in=keys).values_list("key", "id"))
    inputs = {
        metric_id: {ids[key] for key in formula.inputs if key in ids} for metric_id, formula in calculated.items()
    }
    ratios = Metric.objects.filter(Q(numerator__isnull=False) & Q(denominator__isnull=False))
    for metric_id, numerator_id, denominator_id in ratios.values_list("id", "numerator_id", "denominator_id"):
        inputs[metric_id] = {numerator_id, denominator_id}
    return inputs


def with_dependants(metric_ids: Iterable[int]) -> set[int]:
    """The metrics and all that are calculated from them, at any distance; breakdowns reach their headline's total."""
    changed = set(metric_ids)
    if not changed:
        return changed
    inputs = inputs_by_metric()
    numbers = ",".join(map(str, changed))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT part_of_id FROM metrics_metric WHERE part_of_id IS NOT NULL AND id IN ({numbers})"
        )
        changed |= {row[0] for row in cursor.fetchall()}
    grew = True
    while grew:
        more = {metric_id for metric_id, needs in inputs.items() if metric_id not in changed and needs & changed}
        grew = bool(more)
        changed |= more
    return changed
