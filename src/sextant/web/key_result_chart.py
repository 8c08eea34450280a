"""The chart of a key result: its series with the targets it had, the expected path, and what happened on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from sextant.calc.periods import hour_of
from sextant.core.access import visible
from sextant.forecasts.queries.fans import fans
from sextant.kpis.models import Kpi
from sextant.kpis.queries.kpi_page import as_watched
from sextant.kpis.queries.standing import Standing, standing
from sextant.metrics.models import Metric
from sextant.okrs.models import Initiative, Terms
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import known
from sextant.reports.pictures import FanShape, KpiPicture, Marker, TargetStep
from sextant.web import kpi_chart, okr_words
from sextant.web.forecast_words import fan_shape
from sextant.web.kpi_outlook import newest_known, unit_of_standing
from sextant.web.kpi_words import day_words, hour_words
from sextant.web.objective_subject import KeyResultSubject

BEFORE = 16  # periods shown before the start


def picture_of(
    subject: KeyResultSubject, asked: str = "", *, with_fan: bool = True
) -> tuple[KpiPicture | None, kpi_chart.Window | None]:
    """The chart and which of its periods are shown; none without values, or where the series is kept from the actor."""
    each, metric = subject.standing, subject.key_result.metric
    if each is None or metric is None or not visible("metric", subject.actor).filter(pk=metric.pk).exists():
        return None, None
    own = standing(_as_kpi(metric), subject.point)
    if not own.series.complete and own.series.running is None:
        return None, None
    window = kpi_chart.window(own, asked or _usual(own, each))
    drawn = kpi_chart.picture(own, window, kpi_chart.Layers(fan=_fan(own, each) if with_fan else None))
    happened = [*_work(subject), *_target_changes(subject, each)]
    now, newest = each.board.now, drawn.newest_hour
    return replace(
        drawn,
        title=each.title,
        targets=tuple(_targets(each, newest)),
        aim_path=tuple(_path(each)),
        # What happened since the newest period began has its place at the edge.
        markers=(
            *drawn.markers,
            *(replace(one, start=min(one.start, newest)) for one in happened if one.start <= now),
            *_due(each, drawn),
        ),
    ), window


def _fan(own: Standing, each: KeyResultStanding) -> FanShape | None:
    """The forecast up to the due date; what is closed has none."""
    if each.end is None or each.facts.objective.state == "closed":
        return None
    found = fans([own.kpi.metric_id], own.point).get(own.kpi.metric_id)
    return fan_shape(found, unit_of_standing(own), newest_known(own), each.end, least=1, bounds=own.bounds)


def _due(each: KeyResultStanding, drawn: KpiPicture) -> list[Marker]:
    """The due date, where there is a forecast up to it."""
    if drawn.fan is None or each.end is None or each.due_on is None:
        return []
    return [Marker(each.end - 24, _("Due"), "due", day_words(each.due_on))]


def _usual(own: Standing, each: KeyResultStanding) -> str:
    """The periods since the start, with some before it to compare with."""
    if each.start is None:
        return ""
    since = sum(bool(start >= each.start) for start in own.series.starts[: own.series.complete])
    return str(since + BEFORE)


def _as_kpi(metric: Metric) -> Kpi:
    kpi: Kpi | None = getattr(metric, "kpi", None)
    if kpi is None or kpi.state != "active" or kpi.archived_at is not None:
        return as_watched(metric)
    kpi.metric = metric
    return kpi


def _targets(each: KeyResultStanding, newest: int) -> list[TargetStep]:
    """Every target it had, as steps; the one that holds now is always in the picture."""
    rows = each.facts.terms
    if each.start is None and not rows:
        return []
    begins = [one.valid_from if one.valid_from is not None else each.start or 0 for one in rows]
    steps = []
    for place, row in enumerate(rows):
        is_last = place + 1 == len(rows)
        start = min(begins[place], newest) if is_last else begins[place]
        end = each.end if is_last else begins[place + 1]
        if each.kind == "guardrail":
            steps.append(TargetStep(start, end, low=row.low, high=row.high))
            continue
        target = each.target if is_last else row.target
        if target is not None:
            steps.append(TargetStep(start, end, target=target, stretch=row.stretch))
    return steps


def _path(each: KeyResultStanding) -> list[tuple[int, float]]:
    """From the baseline to the target: straight, or through the planned values."""
    if each.kind != "metric" or each.start is None or each.end is None:
        return []
    if each.baseline is None or each.target is None:
        return []
    planned = [(int(hour), value) for hour, value in each.plan if each.start < hour < each.end]
    return [(each.start, each.baseline), *sorted(planned), (each.end, each.target)]


def _work(subject: KeyResultSubject) -> list[Marker]:
    """When work for it began and was done."""
    rows = Initiative.objects.filter(key_result=subject.key_result, archived_at=None)
    found = []
    for one in rows:
        if one.starts_on is not None:
            found.append(Marker(hour_of(one.starts_on), one.title, "initiative", day_words(one.starts_on)))
        if one.done_on is not None:
            words = _("Done: %(title)s") % {"title": one.title}
            found.append(Marker(hour_of(one.done_on), words, "initiative", day_words(one.done_on)))
    return found


def _target_changes(subject: KeyResultSubject, each: KeyResultStanding) -> list[Marker]:
    rows: Sequence[Terms] = list(
        subject.key_result.terms.filter(known(subject.point)).exclude(valid_from=None).order_by("valid_from", "id")
    )
    found = []
    for one in rows:
        assert one.valid_from is not None  # asked for above
        words = _("Figures changed: %(reason)s") % {"reason": one.reason or okr_words.figure(each, one.target)}
        found.append(Marker(one.valid_from, words, "note", hour_words(one.valid_from)))
    return found
