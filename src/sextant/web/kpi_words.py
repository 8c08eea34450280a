"""Figures, dates, changes and explanations of a KPI, ready to be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sextant.calc.number_display import MINUS
from sextant.calc.numbers import format_change, format_value
from sextant.calc.periods import Calendar, Period, moment_of, spoken
from sextant.calc.targets import TargetRow, TargetValues
from sextant.calc.why import Why
from sextant.kpis.models import Kpi
from sextant.kpis.queries.kpi_page import measured_alike
from sextant.kpis.queries.standing import Standing
from sextant.kpis.queries.why import HOURS
from sextant.metrics.models import Metric

FIGURES = frozenset(
    [
        "value",
        "target",
        "red_flag",
        "low",
        "high",
        "red_low",
        "red_high",
        "stretch",
        "centre",
        "lower",
        "upper",
        "lower_limit",
        "upper_limit",
        "mean_moving_range",
        "range_limit",
    ]
)
LARGE = 100_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit; `full` where `short` leaves digits out."""

    short: str
    full: str


@dataclass(frozen=True, slots=True)
class Told:
    """An explanation whose inputs can be read: what the `why` tag shows."""

    rule: str
    formula: str
    inputs: Mapping[str, object]
    source: str


def locale() -> str:
    return get_language() or "en"


def said(value: float | None, metric: Metric, *, short: bool = False) -> str:
    """A value in the metric's unit and precision."""
    return format_value(value, metric.unit, metric.precision, short=short, locale=locale())


def headline_figure(value: float | None, metric: Metric) -> Figure:
    full = said(value, metric)
    return Figure(said(value, metric, short=True) if value is not None and abs(value) >= LARGE else full, full)


def change_words(standing: Standing) -> str:
    """ "+1.2 points on Feb 2026" """
    if standing.value is None or standing.previous is None or standing.index is None:
        return ""
    series = standing.series
    before = spoken(series.period(standing.index - 1), series.calendar)
    if not measured_alike(standing, series.period(standing.index - 1), series.period(standing.index)):
        return _("not comparable with %(period)s: measured differently") % {"period": before}
    change = standing.value - standing.previous
    if change == 0:
        return _("unchanged since %(period)s") % {"period": before}
    return _("%(change)s on %(period)s") % {"change": changed(change, standing.kpi.metric), "period": before}


def brief(value: float | None, metric: Metric) -> str:
    """A value for a narrow column: a large one without the digits that say nothing there."""
    return said(value, metric, short=value is not None and abs(value) >= LARGE)


def changed(change: float | None, metric: Metric) -> str:
    """A difference with its sign; a large one shortened."""
    if change is None:
        return ""
    if abs(change) >= LARGE / 10 and metric.unit != "percent":
        return f"{MINUS if change < 0 else '+'}{said(abs(change), metric, short=True)}"
    precision = 2 if metric.precision is None and metric.unit == "percent" else metric.precision
    return format_change(change, metric.unit, precision, locale())


def target_words(values: TargetValues | None, metric: Metric) -> str:
    """ "target 75 %, red flag 70 %", or the band." """
    if values is None:
        return ""
    words = []
    if values.low is not None or values.high is not None:
        words.append(
            _("between %(low)s and %(high)s") % {"low": said(values.low, metric), "high": said(values.high, metric)}
        )
    names = {
        "target": _("target"), "red_flag": _("red flag"), "red_low": _("red flag below"),
        "red_high": _("red flag above"), "stretch": _("stretch"),
    }  # fmt: skip
    words += [
        f"{word} {said(getattr(values, name), metric)}"
        for name, word in names.items()
        if getattr(values, name) is not None
    ]
    return ", ".join(words)


def hour_words(hour: int, calendar: Calendar | None = None) -> str:
    """An hour of the calendar line as a day, with its time where it is not midnight."""
    moment = moment_of(hour)
    return day_words(moment.date()) if moment.hour == 0 else f"{day_words(moment.date())}, {moment:%H:%M}"


def day_words(day: date) -> str:
    return date_format(day, "j M Y")


def moment_words(moment: datetime) -> str:
    """A moment in the reader's time zone."""
    return date_format(timezone.localtime(moment) if timezone.is_aware(moment) else moment, "j M Y, H:i")


def told(why: Why, standing: Standing, inputs: Iterable[Metric] = (), formula: str = "") -> Told:
    """The explanation with figures in the unit, periods as people say them and hours as days.

    `inputs` are the metrics a calculated value is made of; `formula` replaces the formula's keys by names.
    """
    by_key = {one.key: one for one in inputs}
    said_inputs = {
        _("result") if name == "result" else name: _said_input(name, value, standing, by_key)
        for name, value in why.inputs.items()
        if value is not None and value not in ("", {}, [])
    }
    return Told(why.rule, formula or why.formula, said_inputs, why.source)


def _said_input(name: str, value: object, standing: Standing, by_key: Mapping[str, Metric]) -> str:
    metric, calendar = standing.kpi.metric, standing.series.calendar
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, (int, float)):
        return _said_number(name, value, metric)
    if isinstance(value, (Period, datetime, date, TargetValues, TargetRow)):
        return _said_thing(value, metric, calendar)
    if name == "inputs" and isinstance(value, Mapping):
        return "; ".join(_said_part(key, parts, by_key.get(str(key)), calendar) for key, parts in value.items())
    if is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        pairs = [(str(key), one) for key, one in value.items() if one is not None and one != ""]
        return "; ".join(f"{key.replace('_', ' ')}: {_said_input(key, one, standing, by_key)}" for key, one in pairs)
    if isinstance(value, (list, tuple)):
        return ", ".join(_said_input(name, one, standing, by_key) for one in value) or "–"
    return str(value)


def _said_number(name: str, value: float, metric: Metric) -> str:
    if name in HOURS:
        return hour_words(int(value))
    if name in FIGURES or name == "result":
        return said(float(value), metric)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _said_thing(value: Period | date | TargetValues | TargetRow, metric: Metric, calendar: Calendar) -> str:
    if isinstance(value, Period):
        return spoken(value, calendar)
    if isinstance(value, datetime):
        return moment_words(value)
    if isinstance(value, date):
        return day_words(value)
    if isinstance(value, TargetValues):
        return target_words(value, metric)
    return f"{target_words(value.values, metric)} ({when_words(value, calendar)})"


def _said_part(key: object, parts: object, metric: Metric | None, calendar: Calendar) -> str:
    """An input of a calculated value in its own unit: "All attendances 9,093"."""
    if metric is None or not isinstance(parts, (list, tuple)):
        return str(key)
    shown = [part for part in parts if isinstance(part, Mapping)]
    if len(shown) == 1:
        return f"{metric.name}: {said(shown[0].get('value'), metric)}"
    listed = [f"{spoken(part['period'], calendar)} {said(part.get('value'), metric)}" for part in shown]
    return f"{metric.name}: {', '.join(listed) or '–'}"


def when_words(row: TargetRow, calendar: Calendar) -> str:
    """For which time a target holds."""
    if row.period is not None:
        return _("for %(period)s") % {"period": spoken(row.period, calendar)}
    if row.aim_by is not None:
        return _("by the end of %(period)s") % {"period": spoken(row.aim_by, calendar)}
    if row.valid_from is not None:
        return _("from %(day)s") % {"day": hour_words(row.valid_from)}
    return _("since the beginning")


def thing_url(metric: Metric) -> str:
    """The page of a metric: its KPI's where there is one."""
    kpi: Kpi | None = getattr(metric, "kpi", None)
    return reverse("kpi", args=[kpi.key]) if kpi is not None else reverse("metric", args=[metric.key])


def linked(words: str, metrics: Iterable[Metric]) -> SafeString:
    """A formula in words with the names of its metrics as links to their pages."""
    parts: list[tuple[str, str]] = [(words, "")]
    for metric in sorted(metrics, key=lambda one: -len(one.name)):
        parts = [piece for text, url in parts for piece in ([(text, url)] if url else _split(text, metric))]
    return format_html_join(
        "", "{}", ((format_html('<a href="{}">{}</a>', url, text) if url else text,) for text, url in parts)
    )


def _split(text: str, metric: Metric) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    for place, piece in enumerate(text.split(metric.name)):
        if place:
            pieces.append((metric.name, thing_url(metric)))
        if piece:
            pieces.append((piece, ""))
    return pieces


def address(name: str, *args: str) -> str:
    """An address of another part of the product; "" where this installation does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
