"""The rows of a scorecard as finished HTML.

A page has fifty of them with fourteen cells each. Written by Python they cost a few milliseconds, written by a template
that looks up every name they cost fifty; the parts around them are templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape
from urllib.parse import quote

import numpy as np
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext

from sextant.calc.numbers import format_change, format_value
from sextant.calc.periods import Frequency
from sextant.calc.status import exceeded, kpi_status
from sextant.calc.targets import TargetValues
from sextant.calc.trust import TrustGrade
from sextant.core.actors import Actor
from sextant.kpis.access import can
from sextant.kpis.queries.facts import Action
from sextant.kpis.queries.scorecards import Row
from sextant.kpis.queries.standing import Standing
from sextant.kpis.sentences import ASSURANCE, trust_reason
from sextant.metrics.access import can as can_metric
from sextant.metrics.models import Metric
from sextant.metrics.queries.reading import Flag
from sextant.reports.sparklines import sparklines
from sextant.web.scorecard_columns import Column, Columns, columns_of
from sextant.web.templatetags import sextant as parts

TREND = 104
LARGE = 100_000
OLDER = 7  # how many of the complete periods a narrow overview leaves out
CELL = {"on_target": " on", "watch": " watch", "off_target": " off", "no_data": " none"}
BEFORE_THE_FIGURE = frozenset("<>~≤≥≈=")


@dataclass(frozen=True, slots=True)
class Setting:
    """What all rows of a page have in common."""

    actor: Actor
    as_of: date | None
    running: bool  # whether the running period has a column
    locale: str

    @property
    def tail(self) -> str:
        """What addresses carry to stay in the same past."""
        return f"?as_of={self.as_of}" if self.as_of else ""


@lru_cache(maxsize=20_000)
def address(name: str, key: str) -> str:
    """The address of a page of a thing, ready to stand in HTML."""
    return reverse(name, args=[quote(key, safe="")]).replace("%25", "%")


def setting_of(actor: Actor, rows: Sequence[Row], as_of: date | None) -> Setting:
    return Setting(actor, as_of, any(row.standing.series.running is not None for row in rows), get_language() or "en")


def lines(rows: Sequence[Row], setting: Setting) -> list[SafeString]:
    """One `<tr>` per row, in the order given."""
    rights = _Rights(setting)
    drawn = trends([row.standing for row in rows])
    return [_line(row, spark, setting, rights) for row, spark in zip(rows, drawn, strict=True)]


class _Rights:
    """Who may record and change what, asked once per team instead of once per row."""

    def __init__(self, setting: Setting) -> None:
        self._actor, self._is_past = setting.actor, setting.as_of is not None
        self._known: dict[tuple[str, int, bool], bool] = {}

    def may_record(self, standing: Standing) -> bool:
        if self._is_past or standing.series.is_calculated:
            return False
        metric = standing.kpi.metric
        place = ("record", metric.team_id, metric.owner_id == self._actor.person_id)
        if place not in self._known:
            self._known[place] = can_metric(self._actor, "record", metric)
        return self._known[place]

    def may_change(self, standing: Standing) -> bool:
        if self._is_past:
            return False
        metric = standing.kpi.metric
        place = ("change", metric.team_id, metric.owner_id == self._actor.person_id)
        if place not in self._known:
            self._known[place] = can(self._actor, "change", standing.kpi)
        return self._known[place]


def trends(standings: Sequence[Standing]) -> list[SafeString]:
    """The sparklines of all rows in one go: newest complete periods, normal range, target, marks, value so far."""
    if not standings:
        return []
    width = min(TREND, max(max(each.series.complete for each in standings), 2))
    table = np.full((len(standings), width), np.nan)
    lower, upper, target, running = (np.full(len(standings), np.nan) for _ in range(4))
    marks: list[list[int]] = []
    for at, each in enumerate(standings):
        complete = each.series.complete
        shown = each.series.values[max(0, complete - width) : complete]
        if len(shown):
            table[at, width - len(shown) :] = shown
        chart = each.chart
        if chart.has_limits:
            lower[at], upper[at] = chart.segments[-1].lower[-1], chart.segments[-1].upper[-1]
        values = each.target
        if values is not None and values.target is not None:
            target[at] = values.target
        if (now := each.series.running) is not None:
            running[at] = each.series.values[now]
        marks.append([mark.index - complete + width for mark in chart.marks if mark.index >= complete - width])
    names = [each.kpi.metric.name for each in standings]
    some = running if np.isfinite(running).any() else None
    return sparklines(table, lower=lower, upper=upper, target=target, marks=marks, running=some, titles=names)


def _line(row: Row, spark: SafeString, setting: Setting, rights: _Rights) -> SafeString:
    standing = row.standing
    kpi, metric = standing.kpi, standing.kpi.metric
    key, name = escape(kpi.key), escape(metric.name)
    status = "exceeded" if standing.is_exceeded and standing.status == "on_target" else standing.status
    columns = columns_of(standing)
    page = address("kpi", kpi.key) + setting.tail
    card = address("kpi_card", kpi.key) + setting.tail
    about = escape(gettext("Definition of %(name)s") % {"name": metric.name})
    draft = f'<span class="chip draft">{escape(gettext("Draft"))}</span>' if kpi.state == "draft" else ""
    latest = standing.value
    shown, full = _figure(latest, metric, setting.locale)
    return mark_safe(  # noqa: S308 - every text from outside is escaped above and below
        f'<tr id="row-{key}" data-row="{key}" data-topics="metric:{escape(metric.key)} kpi:{key} measurements">'
        f'<th scope="row"><div class="kpi-name"><span class="narrow-only">{parts.status(status, "", True)}</span>'
        f'<a href="{page}">{name}</a>{draft}<a class="about" href="{card}" data-sheet aria-label="{about}"'
        f' title="{about}">i</a>{trust_chip(standing.trust, kpi.key)}</div>'
        f'<div class="kpi-sub">{_beside(standing)}</div></th>'
        f'<td class="c-status">{parts.status(status)}</td>'
        f'<td class="num latest"><a class="defined" href="{card}" data-sheet title="{escape(full)}">{escape(shown)}'
        f'</a></td><td class="num c-change">{_change(standing, setting.locale)}</td>'
        f'<td class="num c-target">{_target(standing.target, metric, setting.locale)}</td>'
        f'<td class="num c-score">{_score(row)}</td>'
        f"{_cells(standing, columns, setting, rights.may_record(standing))}"
        f'<td class="spark-cell">{spark}</td>'
        f'<td class="c-assurance">{_assurance(standing.assurance, setting.locale)}</td>'
        f'<td class="c-action">{action_part(standing, rights.may_change(standing))}</td></tr>'
    )


def _beside(standing: Standing) -> str:
    """Owner and freshness under the name."""
    owner = standing.kpi.metric.owner
    said = escape(owner.name) if owner else escape(gettext("Nobody owns it"))
    latest = ""
    if standing.period is not None:
        latest = _spoken(standing)
    return f"{said} · {parts.freshness(standing.freshness, latest)}"


def _spoken(standing: Standing) -> str:
    """The newest period in words; of the columns where it is one of them."""
    start = standing.series.starts[standing.index]
    columns = columns_of(standing)
    at = int(np.searchsorted(columns.starts, start))
    if at < len(columns.each) and columns.each[at].period.start == start:
        return columns.each[at].words
    from sextant.calc.periods import spoken

    return spoken(standing.period, standing.series.calendar) if standing.period else ""


def _figure(value: float | None, metric: Metric, locale: str) -> tuple[str, str]:
    """A value with its unit as short as fits, and in full."""
    full = format_value(value, metric.unit, metric.precision, locale=locale)
    if value is None or abs(value) < LARGE:
        return full, full
    return format_value(value, metric.unit, metric.precision, short=True, locale=locale), full


def _change(standing: Standing, locale: str) -> str:
    if standing.value is None or standing.previous is None:
        return '<span class="quiet">–</span>'
    metric = standing.kpi.metric
    return escape(format_change(standing.value - standing.previous, metric.unit, metric.precision, locale))


def _target(values: TargetValues | None, metric: Metric, locale: str) -> str:
    """ "≥ 95 %", "≤ 4 h", "64 % to 72 %"; the red flag on hover."""
    if values is None or not values.judges(metric.direction):
        return '<span class="quiet">–</span>'

    def said(figure: float | None) -> str:
        return _figure(figure, metric, locale)[0]

    if metric.direction == "within":
        if values.low is None or values.high is None:
            words = f"≤ {said(values.high)}" if values.low is None else f"≥ {said(values.low)}"
        else:
            words = f"{said(values.low)} – {said(values.high)}"
        return escape(words)
    words = f"{'≥' if metric.direction == 'up' else '≤'} {said(values.target)}"
    if values.red_flag is None:
        return escape(words)
    flag = gettext("Red flag: %(figure)s") % {"figure": said(values.red_flag)}
    return f'<span title="{escape(flag)}">{escape(words)}</span>'


def _score(row: Row) -> str:
    score = row.standing.score
    said = "–" if score is None else f"{score:.1f}"
    if row.weight == 1:
        return said if score is not None else '<span class="quiet">–</span>'
    weight = gettext("Weight %(weight)s") % {"weight": f"{row.weight:g}"}
    return f'{said}<span class="unit" title="{escape(weight)}">×{row.weight:g}</span>'


@lru_cache(maxsize=64)
def _assurance(key: str, locale: str) -> str:
    short = {
        "consistently_meets": pgettext("assurance", "Meets"),
        "hit_or_miss": pgettext("assurance", "Hit or miss"),
        "consistently_misses": pgettext("assurance", "Misses"),
        "not_enough_history": pgettext("assurance", "Too early"),
    }.get(key)
    if short is None:
        return '<span class="quiet">–</span>'
    return f'<span class="assured assured-{key}" title="{escape(str(ASSURANCE[key]))}">{escape(short)}</span>'


def trust_chip(grade: TrustGrade, key: str) -> str:
    """The grade as a chip that opens its reasons."""
    reasons = tuple(trust_reason(reason) for reason in grade.reasons)
    return _trust(grade.grade, reasons, get_language() or "").replace("KEY", f"trust-{escape(key)}")


@lru_cache(maxsize=2048)
def _trust(grade: str, reasons: tuple[str, ...], language: str) -> str:
    return str(parts.trust(grade, reasons, "0")).replace("trust-0", "KEY")


def action_part(standing: Standing, may_change: bool) -> str:
    """What is being done; for a KPI off target "no action" where nothing is. A link to say it, where one may."""
    action = standing.action
    is_needed = standing.computed == "off_target"
    if action is None and not is_needed:
        return ""
    said = _action_words(action) if action else f'<span class="no-action">{escape(gettext("No action"))}</span>'
    if not may_change:
        return said
    page = address("row_action", standing.kpi.key)
    label = (
        gettext("Say what is done about %(name)s") if action is None else gettext("Change what is done about %(name)s")
    )
    spoken = escape(label % {"name": standing.kpi.metric.name})
    return f'<a class="action-edit" href="{page}" hx-get="{page}" hx-target="closest td" title="{spoken}">{said}</a>'


def _action_words(action: Action) -> str:
    beside = [escape(action.owner)] if action.owner else []
    if action.due_on:
        beside.append(escape(gettext("by %(day)s") % {"day": date_format(action.due_on, "j M")}))
    small = f'<span class="action-who">{" · ".join(beside)}</span>' if beside else ""
    return f'<span class="action-text">{escape(action.text)}</span>{small}'


def _cells(standing: Standing, columns: Columns, setting: Setting, may_record: bool) -> str:
    """The periods of one row under the columns of its frequency."""
    series, metric = standing.series, standing.kpi.metric
    count = len(columns.each) if setting.running else len(columns.each) - 1
    places = np.searchsorted(series.starts, columns.starts[:count]).tolist()
    starts, values = series.starts, series.values
    last = len(starts)
    unit = metric.unit if metric.unit == "duration:s" else "number"
    mine = escape(metric.key)
    cells = []
    for at, (place, column) in enumerate(zip(places, columns.each, strict=False)):
        is_there = place < last and starts[place] == column.period.start
        raw = float(values[place]) if is_there else float("nan")
        value = None if raw != raw else raw
        flag = series.flags.get(place) if is_there and series.flags else None
        text = _cell_text(value, flag, unit, metric.precision, setting.locale)
        look = _cell_look(value, standing, column, at == len(columns.each) - 1)
        if at < OLDER:
            look += " old"
        if flag is not None and flag.state == "estimated":
            look += " est"
        if is_there and column.period.start in standing.corrected:
            look += " rev"
        entry = ""
        if may_record:
            written = "" if value is None else (str(int(value)) if value == int(value) else repr(value))
            entry = f' data-metric="{mine}" data-period="{column.label}" data-value="{written}"'
        cells.append(
            f'<td class="cell{look}" title="{_cell_title(column, value, flag, text, metric, setting.locale)}"{entry}>'
            f"{text}</td>"
        )
    return "".join(cells)


def _cell_look(value: float | None, standing: Standing, column: Column, is_running: bool) -> str:
    if is_running:
        return " soon"
    if value is None:
        return " none"
    direction, target = standing.kpi.metric.direction, standing.target_of(column.period)
    status = kpi_status(value, target, direction)
    if (
        status == "on_target"
        and target is not None
        and target.stretch is not None
        and exceeded(value, target, direction)
    ):
        return " best"
    return CELL.get(status, "")


def _cell_text(value: float | None, flag: Flag | None, unit: str, precision: int | None, locale: str) -> str:
    """The figure without its unit, escaped, with what qualifies it; empty where there is no value."""
    if value is None:
        if flag is None:
            return ""
        return escape(gettext("n/a") if flag.state == "not_applicable" else flag.qualifier or "–")
    text = format_value(value, unit, precision, short=abs(value) >= LARGE, locale=locale)
    if flag is None or not flag.qualifier:
        return text
    mark = escape(flag.qualifier)
    return f"{mark}{text}" if flag.qualifier[0] in BEFORE_THE_FIGURE else f"{text}{mark}"


def _cell_title(column: Column, value: float | None, flag: Flag | None, text: str, metric: Metric, locale: str) -> str:
    """The period, and what the cell leaves out of its figure."""
    words = column.words
    if value is not None and abs(value) >= LARGE:
        words += f": {format_value(value, metric.unit, metric.precision, locale=locale)}"
    if flag is None:
        return words
    remarks = []
    if flag.state == "estimated":
        remarks.append(gettext("estimated"))
    if flag.coverage is not None:
        remarks.append(gettext("from %(share)s %% of its parts") % {"share": round(100 * flag.coverage)})
    return escape(f"{words} ({', '.join(remarks)})") if remarks else words


def frequency_word(frequency: Frequency | str) -> str:
    """The adjective people use for a frequency."""
    words: Mapping[str, str] = {
        "hour": gettext("Hourly"), "day": gettext("Daily"), "week": gettext("Weekly"), "month": gettext("Monthly"),
        "quarter": gettext("Quarterly"), "tertial": gettext("Every four months"), "half": gettext("Half-yearly"),
        "year": gettext("Yearly"),
    }  # fmt: skip
    return words[frequency]
