"""The floor of the scorecard page: the fewest statements that fetch its data, and a page built from them by hand.

No framework, no rights, no trust, no process limits beyond the mean and its two lines: what somebody would write who
knows exactly this one page. Statuses, thirteen periods, a 104-point sparkline and the action are on it.
"""

from __future__ import annotations

import time
from html import escape
from itertools import pairwise
from typing import Any

WEEK = 168
PERIODS, TREND = 13, 104
Rows = list[tuple[Any, ...]]

_ABOUT = """
SELECT k.metric_id, k.key, m.name, m.unit, m.direction, m.precision, p.name, h.name, t.target, t.red_flag, a.text
FROM kpis_scorecarditem i JOIN kpis_scorecard s ON s.id = i.scorecard_id JOIN kpis_kpi k ON k.id = i.kpi_id
JOIN metrics_metric m ON m.id = k.metric_id LEFT JOIN people_person p ON p.id = m.owner_id
LEFT JOIN strategy_theme h ON h.id = m.theme_id
LEFT JOIN kpis_target t ON t.kpi_id = k.id AND t.superseded_at IS NULL
LEFT JOIN kpis_actionnote a ON a.kpi_id = k.id AND a.superseded_at IS NULL
WHERE s.key = %s AND i.superseded_at IS NULL ORDER BY i.position
"""
_VALUES = """
SELECT metric_id, start, value, state, qualifier, coverage FROM metrics_measurement
WHERE metric_id IN ({ids}) AND start >= %s AND superseded_at IS NULL ORDER BY metric_id, start
"""


def fetch(key: str) -> tuple[Rows, Rows]:
    """What the page shows: a row per KPI, and a row per value of its last 104 weeks."""
    from django.db import connection

    since = int(time.time()) // 3600 - WEEK * (TREND + 1)
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [key])
        about = list(cursor.fetchall())
        cursor.execute(_VALUES.format(ids=",".join(str(row[0]) for row in about)), [since])
        return about, list(cursor.fetchall())


def string_page(key: str) -> str:
    """The page, built from strings: the same columns, links, marks and figures, and nothing that is not on it."""
    about, values = fetch(key)
    series: dict[int, list[tuple[int, float]]] = {}
    for metric_id, start, value, _state, _qualifier, _coverage in values:
        series.setdefault(metric_id, []).append((start, value))
    weeks = [f"W{at}" for at in range(PERIODS)]
    rows = [_row(one, series.get(one[0], []), weeks) for one in about]
    head = "".join(f"<th>{week}</th>" for week in weeks)
    return f"<!doctype html><title>Scorecard</title><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _row(about: tuple[Any, ...], points: list[tuple[int, float]], weeks: list[str]) -> str:
    _id, key, name, unit, direction, precision, owner, _theme, target, red_flag, action = about
    sign, places, name = (1 if direction == "up" else -1), precision or 0, escape(name)
    cells = []
    for week, (start, value) in zip(weeks, points[-PERIODS:], strict=False):
        cells.append(
            f'<td class="cell {_status(sign * value, sign, target, red_flag)}" title="{week}" data-metric="{key}" '
            f'data-period="{start}" data-value="{value!r}">{value:,.{places}f}</td>'
        )
    latest, before = points[-1][1], points[-2][1]
    status = _status(sign * latest, sign, target, red_flag)
    score = min(10.0, max(0.0, 3.33 + 3.33 * (latest - red_flag) / (target - red_flag)))
    shape = f'<svg class="mark" viewBox="0 0 12 12" aria-hidden="true"><use href="/static/icons.svg#s-{status}"/></svg>'
    return (
        f'<tr id="row-{key}" data-row="{key}" data-topics="metric:{key} kpi:{key} measurements"><th scope="row">'
        f'<div class="kpi-name">{shape}<a href="/kpis/{key}/">{name}</a><a class="about" href="/kpis/{key}/card" '
        f'data-sheet aria-label="Definition of {name}" title="Definition of {name}">i</a><button class="grade grade-A" '
        f'popovertarget="trust-{key}">A</button></div><div class="kpi-sub">{escape(owner or "")} · Up to '
        f'{weeks[-1]}</div></th><td class="c-status"><span class="status status-{status}">{shape}<span>{status}</span>'
        f'</span></td><td class="num latest"><a class="defined" href="/kpis/{key}/card" data-sheet>'
        f"{latest:,.{places}f} {unit}</a><span>{latest - before:+,.{places}f}</span></td>"
        f'<td class="num">{"≥" if sign > 0 else "≤"} {target:,.{places}f} {unit}</td><td class="num">{score:.1f}</td>'
        f"{''.join(cells)}<td>{_sparkline([value for _start, value in points[-TREND:]], target)}</td>"
        f"<td>{escape(action or '')}</td></tr>"
    )


def _status(value: float, sign: int, target: float | None, red_flag: float | None) -> str:
    if target is None:
        return "no_target"
    if value >= sign * target:
        return "on_target"
    return "watch" if red_flag is not None and value >= sign * red_flag else "off_target"


def _sparkline(values: list[float], target: float) -> str:
    low, high = min(*values, target), max(*values, target)
    scale = 28 / ((high - low) or 1.0)
    steps = [abs(b - a) for a, b in pairwise(values)]
    centre, reach = sum(values) / len(values), 2.66 * sum(steps) / max(1, len(steps))
    places = [28 - (value - low) * scale for value in values]
    path = "L".join(f"{at * 1.15:.1f} {place:.1f}" for at, place in enumerate(places))
    band = f'<rect y="{28 - (centre + reach - low) * scale:.1f}" width="120" height="{2 * reach * scale:.1f}"/>'
    outside = [at for at, value in enumerate(values) if abs(value - centre) > reach]
    marks = "".join(f'<circle cx="{at * 1.15:.1f}" cy="{places[at]:.1f}" r="2"/>' for at in outside)
    aim = f'<path class="aim" d="M0 {28 - (target - low) * scale:.1f}h120"/>'
    said = f"{len(values)} values, 0 missing"
    return (
        f'<svg class="spark" viewBox="0 0 120 28" role="img" aria-label="{said}"><desc>{said}</desc>{band}{aim}'
        f'<path d="M{path}"/>{marks}</svg>'
    )
