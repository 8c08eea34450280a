"""What an alert rests on, ready to be read: its figures, its explanation, its life and its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sextant.alerts.models import AlertStep
from sextant.alerts.queries.inbox import AlertLine
from sextant.alerts.sentences import ENDINGS, STEPS, Teller, explain, metric_of
from sextant.calc.numbers import format_change
from sextant.core.access import can
from sextant.core.actors import Actor
from sextant.core.words import stretch_words
from sextant.kpis.queries.standing import Standing, standing
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import Standpoint
from sextant.reports.pictures import FoundShape, KpiPicture
from sextant.web import kpi_chart
from sextant.web.alert_rows import is_for_the_better, local, locale
from sextant.web.kpi_words import Told, changed, hour_words
from sextant.web.kpi_words import told as told_of_kpi

PERIODS_BEFORE, MOST_PERIODS = 40, 80
Evidence = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class LifeStep:
    """Something that happened to the alert."""

    at: datetime
    words: str
    who: str
    reason: str
    evidence: str  # what it said from then on, where that changed


def facts(line: AlertLine, teller: Teller) -> list[tuple[str, str]]:
    """The figures, as name and words; what this rule does not look at is left out."""
    metric, found = metric_of(line.alert), line.evidence
    rows: list[tuple[str, str]] = []
    if found.get("value") is not None:
        rows.append((_("Value"), teller.value(metric, _figure(found, "value"))))
    if any(found.get(name) is not None for name in ("target", "low", "high")):
        rows.append((_("Target"), teller.aim(metric, found)))
    if found.get("flag") is not None:
        rows.append((_("Red flag"), teller.value(metric, _figure(found, "flag"))))
    if line.rule in ("deviation", "unusual"):
        rows += _of_finding(metric, found, teller)
    if found.get("before") is not None:
        rows.append((_("Before the correction"), teller.value(metric, _figure(found, "before"))))
    if found.get("chance") is not None:
        rows.append((_("Chance"), teller.share(_figure(found, "chance") or 0.0)))
    if found.get("pace") is not None:
        rows.append((_("Pace"), teller.share(_figure(found, "pace") or 0.0)))
    if isinstance(found.get("start"), int):
        rows.append((_("Period"), _window(line, teller)))
    if isinstance(found.get("due_on"), str):
        rows.append((_("Due"), date_format(date.fromisoformat(str(found["due_on"])), "j M Y")))
    return rows


def _of_finding(metric: Metric | None, found: Evidence, teller: Teller) -> list[tuple[str, str]]:
    rows = [
        (label, teller.value(metric, figure))
        for name, label in (("actual", _("It was")), ("expected", _("Expected")))
        if (figure := _figure(found, name)) is not None
    ]
    gap, relative = _figure(found, "gap"), _figure(found, "relative")
    if gap is not None:
        size = changed(gap, metric) if metric is not None else format_change(gap, "number", None, teller.locale)
        share = f" ({teller.share(abs(relative))})" if relative is not None and abs(relative) < 10 else ""
        rows.append((_("Difference"), f"{size}{share}"))
    return rows


def _window(line: AlertLine, teller: Teller) -> str:
    metric, found = metric_of(line.alert), line.evidence
    last = teller.period(metric, int(str(found["start"])))
    return stretch_words(line.since or last, last)


def _figure(found: Evidence, name: str) -> float | None:
    value = found.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def why_told(line: AlertLine, point: Standpoint) -> Told:
    """The explanation with figures in the unit and hours as days."""
    why = explain(line.alert, line.evidence)
    if line.alert.kpi is not None:
        inputs = {name: _hour(name, value) for name, value in why.inputs.items()}
        return told_of_kpi(type(why)(why.rule, why.formula, inputs, why.source), standing(line.alert.kpi, point))
    inputs = {name: _hour(name, value) for name, value in why.inputs.items() if value is not None}
    return Told(why.rule, why.formula, inputs, why.source)


def _hour(name: str, value: object) -> object:
    return hour_words(value) if name in ("start", "since", "found") and isinstance(value, int) else value


def life(line: AlertLine, steps: Sequence[AlertStep], teller: Teller) -> list[LifeStep]:
    """What happened to it, the newest first."""
    found, before = [], ""
    for step in steps:
        said = teller.sentence(line.alert, step.evidence)
        words = str(STEPS.get(step.kind, step.kind))
        if step.kind in ("passed", "silenced") and line.alert.closed_how:
            words = f"{words}: {str(ENDINGS[line.alert.closed_how]).rstrip('.').lower()}"
        found.append(LifeStep(local(step.known_at), words, step.author, step.reason, said if said != before else ""))
        before = said
    return found[::-1]


def picture_of(line: AlertLine, point: Standpoint) -> KpiPicture | None:
    """The chart around the alert, with what it found marked; None for a thing without values."""
    kpi = line.alert.kpi
    if kpi is None:
        return None
    own = standing(kpi, point)
    if not own.series.complete:
        return None
    index = _index(own, line.evidence.get("since", line.alert.since))
    since = own.series.complete - index if index is not None else 0
    window = kpi_chart.window(own, str(min(max(PERIODS_BEFORE, since + PERIODS_BEFORE // 2), MOST_PERIODS)))
    return kpi_chart.picture(own, window, kpi_chart.Layers(found=_found(line, own)))


def _found(line: AlertLine, own: Standing) -> list[FoundShape]:
    """What the alert is about, as a stretch of periods."""
    first = _index(own, line.evidence.get("since", line.alert.since))
    last = _index(own, line.evidence.get("start", line.alert.start))
    if first is None or last is None:
        return []
    if line.rule in ("deviation", "unusual"):
        side = str(line.evidence.get("side", "below"))
        tone = "better" if is_for_the_better(line) else "worse"
    else:
        side, tone = "above" if own.metric.direction == "down" else "below", "worse"
    return [FoundShape(min(first, last), max(first, last), side, tone, line.sentence, line.is_live)]


def _index(own: Standing, start: object) -> int | None:
    """The place of the period that starts at this hour among the complete ones."""
    if not isinstance(start, int):
        return None
    places = [at for at in range(own.series.complete) if int(own.series.starts[at]) == start]
    return places[0] if places else None


def may_judge(actor: Actor, line: AlertLine) -> bool:
    """Whether this person may say what a deviation means: who may change the KPI, while the alert is not closed."""
    kpi = line.alert.kpi
    if kpi is None or line.rule != "deviation" or not line.is_live or not isinstance(line.evidence.get("since"), int):
        return False
    return line.may_handle and can("metric", actor, "change", kpi.metric)


def relapse_url(line: AlertLine) -> str:
    """The page of the episode this one follows."""
    return reverse("alert", args=[line.alert.relapse_of_id]) if line.alert.relapse_of_id is not None else ""


def teller_of(point: Standpoint) -> Teller:
    return Teller(locale(), point.calendar)
