"""The rows of a scorecard as finished HTML.

A page has fifty of them with fourteen cells each. Written by Python they cost a few milliseconds, written by a template
that looks up every name they cost fifty; the parts around them are templates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

import numpy as np
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext

from sextant.calc.number_display import figures
from sextant.calc.numbers import format_value
from sextant.calc.periods import Frequency
from sextant.calc.status import exceeded, kpi_status
from sextant.calc.trust import Reason, TrustGrade
from sextant.core.actors import Actor
from sextant.kpis.access import can
from sextant.kpis.queries.facts import Action
from sextant.kpis.queries.scorecards import Row
from sextant.kpis.queries.standing import Standing
from sextant.kpis.sentences import ASSURANCE, trust_reason
from sextant.metrics.access import can as can_metric
from sextant.reports.pictures import reason_for_none
from sextant.reports.sparklines import sparklines
from sextant.web.lifecycle_marks import marks_in_rows
from sextant.web.scorecard_alerts import alert_mark, alerts_in_rows, found_windows
from sextant.web.scorecard_columns import Column, Columns
from sextant.web.scorecard_figures import LARGE, bare_unit, change_part, figure_and_full, score_part, target_part
from sextant.web.scorecard_second_looks import second_looks_in_rows
from sextant.web.templatetags import sextant as parts

TREND = 104
# How soon an overview that is short of room leaves a period out, oldest first.
OLD = (" old",) * 6 + (" early",) * 3 + ("",) * 5
CELL = {"on_target": " on", "watch": " watch", "off_target": " off", "no_data": " none"}
BEFORE_THE_FIGURE = frozenset("<>~≤≥≈=")


@dataclass(frozen=True, slots=True)
class Setting:
    """What all rows of a page have in common; words are translated and escaped once for all of them."""

    actor: Actor
    as_of: date | None
    running: bool  # whether the running period has a column
    locale: str
    about: str
    nobody: str
    draft: str

    @property
    def tail(self) -> str:
        """What addresses carry to stay in the same past."""
        return f"?as_of={self.as_of}" if self.as_of else ""


@lru_cache(maxsize=20_000)
def address(name: str, key: str) -> str:
    """The address of a page of a thing, ready to stand in HTML."""
    return reverse(name, args=[quote(key, safe="")]).replace("%25", "%")


def setting_of(actor: Actor, rows: Sequence[Row], as_of: date | None) -> Setting:
    return Setting(
        actor,
        as_of,
        any(row.standing.series.running is not None for row in rows),
        get_language() or "en",
        escape(gettext("Definition of %(name)s") % {"name": "NAME"}),
        escape(gettext("Nobody owns it")),
        escape(gettext("Draft")),
    )


def lines(rows: Sequence[Row], setting: Setting, columns: Sequence[Columns]) -> list[SafeString]:
    """One `<tr>` per row, in the order given; `columns` are those of each row."""
    rights = _Rights(setting)
    alerts = alerts_in_rows(setting.actor, [row.standing.kpi.pk for row in rows], setting.as_of)
    windows = {kpi_id: found_windows(live) for kpi_id, live in alerts.items()}
    drawn = trends([row.standing for row in rows], columns, windows)
    found = [alert_mark(alerts.get(row.standing.kpi.pk, ()), setting.as_of) for row in rows]
    lives = marks_in_rows([row.standing.kpi for row in rows], setting.as_of)
    looks = second_looks_in_rows([row.standing for row in rows], setting.as_of)
    marks = [f"{life}{look}" for life, look in zip(lives, looks, strict=True)]
    return [_line(*each, setting, rights) for each in zip(rows, columns, drawn, found, marks, strict=True)]


class _Rights:
    """Who may record and change what, asked once per team instead of once per row."""

    def __init__(self, setting: Setting) -> None:
        self._actor, self._is_past = setting.actor, setting.as_of is not None
        self._known: dict[tuple[str, int, bool], bool] = {}

    def may_record(self, standing: Standing) -> bool:
        if self._is_past or standing.series.is_calculated:
            return False
        metric = standing.metric
        place = ("record", metric.team_id, metric.owner_id == self._actor.person_id)
        if place not in self._known:
            self._known[place] = can_metric(self._actor, "record", metric)
        return self._known[place]

    def may_change(self, standing: Standing) -> bool:
        if self._is_past:
            return False
        metric = standing.metric
        place = ("change", metric.team_id, metric.owner_id == self._actor.person_id)
        if place not in self._known:
            self._known[place] = can(self._actor, "change", standing.kpi)
        return self._known[place]


def trends(
    standings: Sequence[Standing], columns: Sequence[Columns], windows: Mapping[int, Sequence[tuple[int, int]]]
) -> list[SafeString]:
    """The sparklines of all rows, those of one frequency in one go so that each fills its own width. `windows` are
    the first and last hour of open findings by KPI id."""
    drawn: dict[int, SafeString] = {}
    by_columns: dict[int, list[int]] = {}
    for at, each in enumerate(columns):
        by_columns.setdefault(id(each), []).append(at)
    for places in by_columns.values():
        drawn |= zip(places, _sparklines([standings[at] for at in places], windows), strict=True)
    return [drawn[at] for at in range(len(standings))]


def _sparklines(standings: Sequence[Standing], windows: Mapping[int, Sequence[tuple[int, int]]]) -> list[SafeString]:
    """Newest complete periods, normal range, target, open findings, and the value so far."""
    width = min(TREND, max(max(each.series.complete for each in standings), 2))
    table = np.full((len(standings), width), np.nan)
    lower, upper, target, running = (np.full(len(standings), np.nan) for _ in range(4))
    found: list[list[tuple[int, int]]] = []
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
        # Marks are for the large chart: here only what is a finding stands out.
        shift = width - complete
        hours = each.series.starts[:complete]
        spans = (np.searchsorted(hours, window) + shift for window in windows.get(each.kpi.id, ()))
        found.append([(int(first), int(last)) for first, last in spans if last >= 0])
    names = [each.metric.name for each in standings]
    some = running if np.isfinite(running).any() else None
    return sparklines(table, lower=lower, upper=upper, target=target, found=found, running=some, titles=names)


def _line(
    row: Row, columns: Columns, spark: SafeString, alert: str, marks: str, setting: Setting, rights: _Rights
) -> SafeString:  # fmt: skip
    standing = row.standing
    kpi, metric = standing.kpi, standing.metric
    key, name = escape(kpi.key), escape(metric.name)
    status = "exceeded" if standing.is_exceeded and standing.status == "on_target" else standing.status
    page = address("kpi", kpi.key) + setting.tail
    card = address("kpi_card", kpi.key) + setting.tail
    about, small = setting.about.replace("NAME", name), _status(status, True, setting.locale)
    shown, full = figure_and_full(standing.value, metric, setting.locale)
    return mark_safe(  # noqa: S308 - every text from outside is escaped above and below
        f'<tr id="row-{key}" data-row="{key}" data-topics="metric:{escape(metric.key)} kpi:{key} measurements">'
        f'<th scope="row"><div class="kpi-name"><span class="narrow-only">{small}</span>'
        f'<a href="{page}">{name}</a><a class="about" href="{card}" data-sheet aria-label="{about}"'
        f' title="{about}">i</a>{trust_chip(standing.trust, key, setting.locale)}</div>'
        f'<div class="kpi-sub">{_beside(standing, columns, setting)}</div>{marks}</th>'
        f'<td class="c-status">{_status(status, False, setting.locale)}</td>'
        f'<td class="num latest"><a class="defined" href="{card}" data-sheet title="{escape(full)}">{escape(shown)}</a>'
        f"{change_part(standing, setting.locale)}</td>"
        f'<td class="num c-target">{target_part(standing.target, metric, setting.locale)}</td>'
        f'<td class="num c-score">{score_part(row)}</td>'
        f"{_cells(standing, columns, setting, rights.may_record(standing))}"
        f'<td class="spark-cell">{spark}{_assurance(standing.assurance, setting.locale)}</td>'
        f'<td class="c-action">{action_part(standing, rights.may_change(standing))}{alert}</td></tr>'
    )


@lru_cache(maxsize=64)
def _status(key: str, compact: bool, locale: str) -> str:
    return str(parts.status(key, "", compact))


@lru_cache(maxsize=4096)
def _freshness(state: str, latest: str, locale: str) -> str:
    return str(parts.freshness(state, latest))


def _beside(standing: Standing, columns: Columns, setting: Setting) -> str:
    """Owner and freshness under the name, and whether it is a draft."""
    owner = standing.metric.owner
    said = escape(owner.name) if owner else setting.nobody
    latest = "" if standing.period is None else columns.words_of(standing.period)
    draft = f'<span class="draft-word">{setting.draft}</span> · ' if standing.kpi.state == "draft" else ""
    return f"{draft}{said} · {_freshness(standing.freshness, latest, setting.locale)}"


@lru_cache(maxsize=64)
def _assurance(key: str, locale: str) -> str:
    short = {
        "consistently_meets": pgettext("assurance", "Meets"),
        "hit_or_miss": pgettext("assurance", "Hit or miss"),
        "consistently_misses": pgettext("assurance", "Misses"),
    }.get(key)
    if short is None:
        return ""
    return f'<span class="assured assured-{key}" title="{escape(str(ASSURANCE[key]))}">{escape(short)}</span>'


def trust_chip(grade: TrustGrade, key: str, locale: str) -> str:
    """The grade as a chip that opens its reasons; `key` is escaped."""
    reasons = tuple((reason.key, *reason.params.items()) for reason in grade.reasons)
    return _trust(grade.grade, reasons, locale).replace("KEY", f"trust-{key}")


@lru_cache(maxsize=4096)
def _trust(grade: str, reasons: tuple[tuple[Any, ...], ...], language: str) -> str:
    said = [trust_reason(Reason(key, dict(params))) for key, *params in reasons]
    return str(parts.trust(grade, said, "0")).replace("trust-0", "KEY")


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
    spoken = escape(label % {"name": standing.metric.name})
    return f'<a class="action-edit" href="{page}" hx-get="{page}" hx-target="closest td" title="{spoken}">{said}</a>'


def _action_words(action: Action) -> str:
    beside = [escape(action.owner)] if action.owner else []
    if action.due_on:
        beside.append(escape(gettext("by %(day)s") % {"day": date_format(action.due_on, "j M")}))
    small = f'<span class="action-who">{" · ".join(beside)}</span>' if beside else ""
    return f'<span class="action-text">{escape(action.text)}</span>{small}'


def _cells(standing: Standing, columns: Columns, setting: Setting, may_record: bool) -> str:
    """The periods of one row under the columns of its frequency."""
    series, metric = standing.series, standing.metric
    count = len(columns.each) if setting.running else len(columns.each) - 1
    places = np.searchsorted(series.starts, columns.starts[:count])
    inside = places < len(series.starts)
    places[~inside] = 0
    if len(series.starts):
        inside &= series.starts[places] == columns.starts[:count]
        values = np.where(inside, series.values[places], np.nan).tolist()
    else:
        values = [math.nan] * count
    unit = bare_unit(metric.unit)
    figure, look = figures(unit, metric.precision, setting.locale), _looker(standing)
    start = f' data-metric="{escape(metric.key)}" data-period="' if may_record else ""
    plain = not series.flags and not standing.corrected
    cells = []
    for at, (value, column) in enumerate(zip(values, columns.each, strict=False)):
        is_value = value == value
        running = at == len(columns.each) - 1
        shade = " soon" if running else look(value, column) if is_value else " none"
        title, text = column.words, ""
        if is_value and -LARGE < value < LARGE:
            text = figure(value)
        elif is_value:
            text = format_value(value, unit, metric.precision, short=True, locale=setting.locale)
            title += f": {escape(format_value(value, metric.unit, metric.precision, locale=setting.locale))}"
        if not plain and inside[at]:
            text, shade, title = _flagged(standing, int(places[at]), is_value, (text, shade, title))
        entry = ""
        if may_record:
            written = "" if not is_value else repr(int(value)) if value == int(value) else repr(value)
            entry = f'{start}{column.label}" data-value="{written}"'
        cells.append(f'<td class="cell{shade}{OLD[at]}" title="{title}"{entry}>{text}</td>')
    return "".join(cells)


def _looker(standing: Standing) -> Callable[[float, Column], str]:
    """The class of a cell by its value. A target that holds for every period is looked up once for the row."""
    direction = standing.metric.direction
    always = standing.always
    sign, bound = (-1.0 if direction == "down" else 1.0), None
    if always is not None and direction != "within" and always.stretch is None and always.target is not None:
        bound = sign * always.target

    def look(value: float, column: Column) -> str:
        if bound is not None and sign * value >= bound:
            return " on"
        target = standing.target_of(column.period)
        status = kpi_status(value, target, direction)
        if status == "on_target" and exceeded(value, target, direction):
            return " best"
        return CELL.get(status, "")

    return look


def _flagged(standing: Standing, place: int, is_value: bool, drawn: tuple[str, str, str]) -> tuple[str, str, str]:
    """Text, class and title of a cell with what is special about its value: qualified, estimated, corrected."""
    text, shade, title = drawn
    flag = standing.series.flags.get(place)
    if int(standing.series.starts[place]) in standing.corrected:
        shade += " rev"
    if flag is None:
        return text, shade, title
    remarks = []
    if flag.state == "estimated":
        shade += " est"
        remarks.append(gettext("estimated"))
    if flag.coverage is not None:
        remarks.append(gettext("from %(share)s %% of its parts") % {"share": round(100 * flag.coverage)})
    if not is_value:
        text = escape(gettext("n/a") if flag.state == "not_applicable" else flag.qualifier or "–")
        if flag.state == "not_applicable" and (reason := reason_for_none(flag.qualifier)):
            remarks.append(reason)
    elif flag.qualifier:
        mark = escape(flag.qualifier)
        text = f"{mark}{text}" if flag.qualifier[0] in BEFORE_THE_FIGURE else f"{text}{mark}"
    return text, shade, f"{title} ({escape(', '.join(remarks))})" if remarks else title


def frequency_word(frequency: Frequency | str) -> str:
    """The adjective people use for a frequency."""
    words: Mapping[str, str] = {
        "hour": gettext("Hourly"), "day": gettext("Daily"), "week": gettext("Weekly"), "month": gettext("Monthly"),
        "quarter": gettext("Quarterly"), "tertial": gettext("Every four months"), "half": gettext("Half-yearly"),
        "year": gettext("Yearly"),
    }  # fmt: skip
    return words[frequency]
