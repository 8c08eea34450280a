"""Whether a key result is met so steadily that its number is worth watching as a KPI from then on (PL-7)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from sextant.alerts.insight_sentences import span_words
from sextant.calc import promotion as calc
from sextant.calc.assurance import assurance
from sextant.calc.limits import LimitSettings, process_chart
from sextant.calc.status import kpi_status
from sextant.calc.targets import TargetValues
from sextant.kpis.models import Kpi
from sextant.lifecycle.looking import VERDICTS
from sextant.lifecycle.models import Graduation
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.series import BASELINE, Series, series_many
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import key_result_standing

MEASURED = ("metric", "guardrail")


@dataclass(frozen=True, slots=True)
class GraduationOffer:
    """What closing offers for a key result. `needs` names what a KPI would still lack: reason, owner, how_measured.

    `kpi` is the one that is on the same number already; `starts` are the periods that met the target in a row.
    """

    key_result: KeyResult
    offer: calc.Offer
    kpi: Kpi | None
    graduation: Graduation | None
    aim: TargetValues | None
    starts: tuple[int, ...]
    needs: tuple[str, ...]
    frequency: str

    @property
    def is_offered(self) -> bool:
        return self.offer.is_offered and self.graduation is None

    @property
    def sentence(self) -> str:
        """What speaks for it: "Met for 8 weeks in a row; there are too few values for a normal range yet." """
        words = {
            "met": span_words(self.frequency, self.offer.met), "needed": span_words(self.frequency, self.offer.needed),
        }  # fmt: skip
        if self.offer.rule == "process-limits":
            return _("On target, and its normal range lies on the good side of the target.")
        if self.offer.rule == "periods-met":
            return _("Met for %(met)s in a row; there are too few values for a normal range yet.") % words
        if not self.offer.met:
            return _("The newest period does not meet the target.")
        return _("Met for %(met)s in a row, which is not steady yet.") % words


def offer(key_result: KeyResult, point: Standpoint) -> GraduationOffer:
    """What speaks for watching its number as a KPI; one without a metric is never offered."""
    metric = key_result.metric
    graduation = Graduation.objects.filter(key_result=key_result, undone_at=None).first()
    if metric is None or key_result.kind not in MEASURED or key_result.reading == "total":
        frequency = metric.frequency if metric is not None else "week"
        return GraduationOffer(key_result, calc.Offer(False, "", 0), None, graduation, None, (), (), frequency)
    stand = key_result_standing(key_result, point)
    aim = aim_of(metric, stand)
    series = series_many([metric], point, newest=BASELINE)[metric.pk]
    verdicts, starts = _verdicts(series, metric, aim, stand.start)
    found = calc.graduation(verdicts, _assurance(series, metric, aim))
    kpi = Kpi.objects.filter(metric=metric).first()
    return GraduationOffer(
        key_result, found, kpi, graduation, aim, tuple(starts[len(starts) - found.met :]) if found.met else (),
        _needs(key_result, metric), metric.frequency,
    )  # fmt: skip


def aim_of(metric: Metric, stand: KeyResultStanding) -> TargetValues | None:
    """The target of the key result as a KPI is judged by it; None where it has none of the kind."""
    terms = stand.terms
    if terms is None:
        return None
    if metric.direction == "within":
        found = TargetValues(low=terms.low, high=terms.high)
    elif stand.kind == "guardrail":
        found = TargetValues(target=terms.low if metric.direction == "up" else terms.high)
    else:
        found = TargetValues(target=stand.target)
    return found if found.judges(metric.direction) else None


def _verdicts(
    series: Series, metric: Metric, aim: TargetValues | None, since: int | None
) -> tuple[list[str], list[int]]:
    """What each complete period of its time says, and the starts of those periods."""
    verdicts, starts = [], []
    for index in range(series.complete):
        if since is not None and series.period(index).end <= since:
            continue
        if index in series.flags and series.flags[index].state == "not_applicable":
            continue
        value = float(series.values[index])
        status = kpi_status(None if math.isnan(value) else value, aim, metric.direction)
        verdicts.append(VERDICTS.get(status, calc.NONE))
        starts.append(int(series.starts[index]))
    return verdicts, starts


def _assurance(series: Series, metric: Metric, aim: TargetValues | None) -> str:
    values = series.values[: series.complete].astype(np.float64)
    chart = process_chart(
        series.starts[: series.complete], values, LimitSettings(), bounds=(metric.lower_bound, metric.upper_bound)
    )  # fmt: skip
    aim = aim or TargetValues()
    return assurance(chart, aim.target, metric.direction, aim.low, aim.high)


def _needs(key_result: KeyResult, metric: Metric) -> tuple[str, ...]:
    """What its KPI would lack (OR-2, DA-6) once owner and theme are carried over."""
    described = Definition.objects.filter(metric=metric, superseded_at=None).order_by("number").last()
    has_way = metric.numerator_id is not None or (
        described is not None and bool(described.how_measured or described.formula)
    )
    objective = key_result.objective
    lacking = {
        "how_measured": not has_way,
        "owner": metric.owner_id is None and key_result.owner_id is None and objective.owner_id is None,
        "reason": metric.theme_id is None and objective.theme_id is None,
    }
    return tuple(name for name, is_lacking in lacking.items() if is_lacking)
