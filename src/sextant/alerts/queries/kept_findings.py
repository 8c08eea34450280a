"""Findings of many metrics for pages asked for again and again: what stayed as it was is not judged anew.

The judge is `metrics.queries.findings`. What it says follows from the values, the chosen settings, the definitions and
the budget alone, so these are the key; nothing has to be told when something changes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from hashlib import blake2b

from django.db.models import Max

from sextant.calc.findings import Finding
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.models import Definition, DetectionSetting, Metric
from sextant.metrics.queries.findings import findings
from sextant.metrics.queries.series import Series
from sextant.metrics.queries.standpoint import Standpoint

MOST_KEPT = 20_000

_kept: dict[Hashable, tuple[Finding, ...]] = {}


def findings_kept(
    metrics: Sequence[Metric], point: Standpoint, budgets: Mapping[int, float], series: Mapping[int, Series]
) -> dict[int, tuple[Finding, ...]]:
    """Findings by metric id, oldest first; indexes are those of `series`, which must be whole."""
    keys = _keys(metrics, point, budgets, series)
    found = {metric_id: kept for metric_id, key in keys.items() if (kept := _kept.get(key)) is not None}
    unknown = [metric for metric in metrics if metric.pk not in found]
    if unknown:
        judged = findings(unknown, point, budgets=budgets, series=series)
        if len(_kept) + len(judged) > MOST_KEPT:
            _kept.clear()
        for metric_id, detection in judged.items():
            found[metric_id] = _kept[keys[metric_id]] = detection.findings
    return found


def forget() -> None:
    """Judge everything anew."""
    _kept.clear()


def _keys(
    metrics: Sequence[Metric], point: Standpoint, budgets: Mapping[int, float], series: Mapping[int, Series]
) -> dict[int, Hashable]:
    ids = [metric.pk for metric in metrics]
    chosen = _newest(DetectionSetting, ids, point)
    defined = _newest(Definition, ids, point)
    keys: dict[int, Hashable] = {}
    for metric_id in ids:
        own = series[metric_id]
        values = blake2b(own.values[: own.complete].tobytes(), digest_size=16)
        values.update(own.starts[: own.complete].tobytes())
        keys[metric_id] = (
            metric_id, str(own.frequency), chosen.get(metric_id), defined.get(metric_id), budgets.get(metric_id),
            values.digest(),
        )  # fmt: skip
    return keys


def _newest(model: type[DetectionSetting] | type[Definition], ids: Sequence[int], point: Standpoint) -> dict[int, int]:
    """The newest standing row by metric id: rows are replaced, never changed."""
    rows = model.objects.filter(standing_at(point), metric_id__in=ids).order_by().values("metric_id")
    return dict(rows.annotate(newest=Max("id")).values_list("metric_id", "newest"))
