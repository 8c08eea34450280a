"""The figures in a row of a scorecard, as short as the cells they stand in.

A page asked for again shows nearly all of them again: each is put in words once.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from django.utils.translation import gettext

from sextant.calc.numbers import format_change, format_value
from sextant.calc.targets import TargetValues
from sextant.kpis.queries.scorecards import Row
from sextant.kpis.queries.standing import Standing
from sextant.metrics.models import Metric

LARGE = 100_000
KEPT = 20_000


def figure_and_full(value: float | None, metric: Metric, locale: str) -> tuple[str, str]:
    """A value with its unit as short as fits, and in full."""
    return _figure_and_full(value, metric.unit, metric.precision, locale)


@lru_cache(maxsize=KEPT)
def _figure_and_full(value: float | None, unit: str, precision: int | None, locale: str) -> tuple[str, str]:
    full = format_value(value, unit, precision, locale=locale)
    if value is None or abs(value) < LARGE:
        return full, full
    return format_value(value, unit, precision, short=True, locale=locale), full


def change_part(standing: Standing, locale: str) -> str:
    """The change on the period before, with its sign; empty without two values."""
    if standing.value is None or standing.previous is None:
        return ""
    return _change(standing.value - standing.previous, standing.metric.unit, standing.metric.precision, locale)


@lru_cache(maxsize=KEPT)
def _change(change: float, unit: str, precision: int | None, locale: str) -> str:
    return f'<span class="change">{escape(format_change(change, unit, precision, locale))}</span>'


def target_part(values: TargetValues | None, metric: Metric, locale: str) -> str:
    """ "≥ 95 %", "≤ 4 h", "64 % to 72 %"; the red flag on hover. In the language chosen for this request."""
    if values is None or not values.judges(metric.direction):
        return '<span class="quiet">–</span>'
    return _target(values, metric.direction, metric.unit, metric.precision, locale)


@lru_cache(maxsize=KEPT)
def _target(values: TargetValues, direction: str, unit: str, precision: int | None, locale: str) -> str:
    def said(figure: float | None) -> str:
        return _figure_and_full(figure, unit, precision, locale)[0]

    if direction == "within":
        if values.low is None or values.high is None:
            words = f"≤ {said(values.high)}" if values.low is None else f"≥ {said(values.low)}"
        else:
            words = f"{format_value(values.low, bare_unit(unit), precision, locale=locale)}–{said(values.high)}"
        return escape(words)
    words = f"{'≥' if direction == 'up' else '≤'} {said(values.target)}"
    if values.red_flag is None:
        return escape(words)
    flag = gettext("Red flag: %(figure)s") % {"figure": said(values.red_flag)}
    return f'<span title="{escape(flag)}">{escape(words)}</span>'


def score_part(row: Row) -> str:
    """The score with one decimal, and the weight where it is not 1."""
    score = row.standing.score
    said = "–" if score is None else f"{score:.1f}"
    if row.weight == 1:
        return said if score is not None else '<span class="quiet">–</span>'
    weight = gettext("Weight %(weight)s") % {"weight": f"{row.weight:g}"}
    return f'{said}<span class="unit" title="{escape(weight)}">×{row.weight:g}</span>'


def bare_unit(unit: str) -> str:
    """The unit a figure is written in where its unit stands beside it; seconds read as "2 h 5 min" and keep theirs."""
    return unit if unit == "duration:s" else "number"
