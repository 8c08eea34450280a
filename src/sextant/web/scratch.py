"""A chart from pasted data, drawn at once and kept nowhere (SX-27); "keep as KPI" carries the data over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sextant.calc.assurance import assurance
from sextant.calc.limits import LimitError, LimitSettings, ProcessChart, process_chart
from sextant.calc.numbers import guess_number_format, read_number
from sextant.calc.period_guess import guess_frequency
from sextant.calc.periods import Period, PeriodError, parse_period, periods_between, spoken
from sextant.core.actors import Actor
from sextant.core.errors import Problem, Refused
from sextant.kpis import sentences
from sextant.metrics.models import DIRECTION_CHOICES
from sextant.people.queries import calendar as organisation_calendar
from sextant.reports import charts
from sextant.reports.pictures import KpiPicture, TableRow, TargetStep, point_words, table_rows
from sextant.web.form_fields import UNIT_WORDS, FigureField, lines
from sextant.web.kpi_limits import whole
from sextant.web.kpi_values import split_line
from sextant.web.requests import PageRequest

MOST_LINES = 5_000
EXAMPLE = "2026-01\t74.5\n2026-02\t76.1\n2026-03\t71.9"


@dataclass(frozen=True, slots=True)
class Pasted:
    """Lines as read: periods (or plain places 1, 2, 3 … when there are none) with their values."""

    starts: Sequence[int]
    values: Sequence[float]
    labels: Sequence[str]
    frequency: str  # "" when the lines have no periods
    unit: str
    problems: tuple[str, ...]


class ScratchForm(forms.Form):
    pasted = forms.CharField(
        label=gettext_lazy("Paste the data"),
        max_length=500_000,
        widget=lines(10, spellcheck="false", placeholder=EXAMPLE),
        help_text=gettext_lazy("Period and value per line, or values alone, as copied from a spreadsheet."),
    )
    title = forms.CharField(label=gettext_lazy("Title"), required=False, max_length=200)
    direction = forms.ChoiceField(label=gettext_lazy("What is good"), choices=DIRECTION_CHOICES, required=False)
    target = FigureField(label=gettext_lazy("Target"))
    dividers = forms.CharField(required=False, widget=forms.HiddenInput)
    locked_from = forms.CharField(required=False, widget=forms.HiddenInput)
    locked_to = forms.CharField(required=False, widget=forms.HiddenInput)
    season_length = forms.IntegerField(
        label=gettext_lazy("Periods of a season"), required=False, min_value=0, max_value=366
    )
    sloped = forms.BooleanField(label=gettext_lazy("Limits follow a slope"), required=False)

    def settings(self) -> LimitSettings:
        """The chart settings asked for. Raises ValidationError or LimitError."""
        asked = self.cleaned_data
        dividers = tuple(sorted({whole(one) for one in asked["dividers"].split(",") if one.strip()}))
        first, last = (whole(asked[name]) if asked[name].strip() else None for name in ("locked_from", "locked_to"))
        season = asked["season_length"] or 0
        return LimitSettings(dividers, first, last, season_length=season, sloped=asked["sloped"])


@require_http_methods(["GET", "POST"])
def scratch(request: PageRequest, ending: str = "") -> HttpResponse:
    """The page; with an ending (svg, png) the picture as a file, from the same fields."""
    form = ScratchForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "units": UNIT_WORDS}
    if request.method == "POST" and form.is_valid():
        pasted = read_lines(form.cleaned_data["pasted"])
        context["problems"] = pasted.problems[:20]
        drawn = _drawn(form, pasted)
        if drawn is not None and ending:
            return _file(drawn, ending)
        if drawn is not None:
            context |= _shown(form, pasted, drawn, request.actor)
    return render(request, "scratch/scratch.html", context, status=422 if form.errors else 200)


def _drawn(form: ScratchForm, pasted: Pasted) -> KpiPicture | None:
    """The picture; what stands in its way becomes an error of the form."""
    if not pasted.starts:
        form.add_error("pasted", _("There is no line with a number in it. Paste a period and a value per line."))
        return None
    try:
        chart = process_chart(np.array(pasted.starts), np.array(pasted.values), form.settings())
    except LimitError as error:
        form.add_error(None, str(error))
        return None
    except forms.ValidationError as error:
        form.add_error(None, error)
        return None
    asked = form.cleaned_data
    target = asked["target"]
    steps = () if target is None else (TargetStep(int(pasted.starts[0]), target=target),)
    picture = KpiPicture(
        title=asked["title"] or _("Chart of pasted data"),
        chart=chart,
        labels=pasted.labels,
        unit=pasted.unit,
        direction=asked["direction"] or "up",
        targets=steps,
        dividers=form.settings().dividers,
    )
    return replace(picture, sentences=tuple(marked(picture)[:3]))


def _shown(form: ScratchForm, pasted: Pasted, drawn: KpiPicture, actor: Actor) -> dict[str, Any]:
    chart: ProcessChart = drawn.chart
    target, direction = form.cleaned_data["target"], drawn.direction
    judged = assurance(chart, target, direction) if direction != "within" else "no_target"
    rows: list[TableRow] = table_rows(drawn, newest_first=True)
    return {
        "picture": drawn, "rows": rows, "sentences": marked(drawn)[:8],
        "assurance": str(sentences.ASSURANCE[judged]) if target is not None else "",
        "has_limits": chart.has_limits, "points": int(np.sum(~np.isnan(chart.values))),
        "figures": [drawn.said(one) for one in (chart.lower_now, chart.centre_now, chart.upper_now)],
        "frequency": pasted.frequency, "unit": pasted.unit,
        "may_keep": bool(pasted.frequency) and actor.may_write and actor.has_role(None, "contributor"),
    }  # fmt: skip


def marked(picture: KpiPicture) -> list[str]:
    """One sentence per marked point, the newest first."""
    return [point_words(picture, index) for index in sorted(picture.marks, reverse=True)]


def _file(drawn: KpiPicture, ending: str) -> HttpResponse:
    body: str | bytes = charts.svg(drawn, standalone=True)
    if ending == "png":
        body = charts.png(str(body))
    kinds = {"svg": "image/svg+xml", "png": "image/png"}
    response = HttpResponse(body, content_type=kinds[ending])
    response.headers["Content-Disposition"] = f'attachment; filename="chart.{ending}"'
    return response


def read_lines(text: str) -> Pasted:
    """Read pasted lines: two columns are period and value, one column is values in their order.

    A first line without a digit is a heading. A line that cannot be read is left out and named; a period that
    comes twice takes its last value; a line without a value is a gap.
    """
    rows = [(number, cells) for number, line in enumerate(text.splitlines(), 1) if (cells := split_line(line))]
    if rows and not any(char.isdigit() for cell in rows[0][1] for char in cell):
        rows = rows[1:]
    problems = (
        [_("Only the first %(count)s lines are drawn.") % {"count": MOST_LINES}] if len(rows) > MOST_LINES else []
    )
    rows = rows[:MOST_LINES]
    if all(len(cells) == 1 for _number, cells in rows):
        return _values_alone(rows, problems)
    fmt = guess_number_format([cells[1] for _number, cells in rows if len(cells) > 1])
    found: dict[int, tuple[Period, float]] = {}
    unit = ""
    for number, cells in rows:
        try:
            period = parse_period(cells[0], calendar=organisation_calendar())
            reading = read_number(cells[1] if len(cells) > 1 else "", fmt)
            if reading.kind in ("text", "error"):
                raise Refused(Problem("not-a-number", _("“%(text)s” is not a number.") % {"text": cells[1][:60]}))
        except PeriodError as error:
            problems.append(_("Line %(line)s: %(why)s") % {"line": number, "why": error})
            continue
        except Refused as refusal:
            problems.append(_("Line %(line)s: %(why)s") % {"line": number, "why": refusal})
            continue
        unit = unit or reading.unit
        found[period.start] = (period, np.nan if reading.value is None else reading.value)
    return _with_periods(found, unit, problems)


def _with_periods(found: dict[int, tuple[Period, float]], unit: str, problems: list[str]) -> Pasted:
    """In order and without holes: a period that no line names is a gap."""
    calendar = organisation_calendar()
    periods = [found[start][0] for start in sorted(found)]
    frequency = str(guess_frequency(periods)[0]) if periods else ""
    if len({(period.frequency, period.span) for period in periods}) == 1 and periods[0].span == 1:
        every = periods_between(periods[0].start, periods[-1].end, periods[0].frequency, calendar)
        periods = every if len(every) <= 4 * MOST_LINES else periods
    return Pasted(
        [period.start for period in periods],
        [found[period.start][1] if period.start in found else np.nan for period in periods],
        [spoken(period, calendar) for period in periods],
        frequency,
        unit or "number",
        tuple(problems),
    )


def _values_alone(rows: list[tuple[int, list[str]]], problems: list[str]) -> Pasted:
    fmt = guess_number_format([cells[0] for _number, cells in rows])
    values: list[float] = []
    unit = ""
    for number, cells in rows:
        reading = read_number(cells[0], fmt)
        if reading.kind in ("text", "error"):
            problems.append(_("Line %(line)s: “%(text)s” is not a number.") % {"line": number, "text": cells[0][:60]})
            continue
        unit = unit or reading.unit
        values.append(np.nan if reading.value is None else reading.value)
    places = list(range(1, len(values) + 1))
    return Pasted(places, values, [str(place) for place in places], "", unit or "number", tuple(problems))


urlpatterns = [
    path("scratch", scratch, name="scratch"),
    path("scratch/chart.svg", scratch, {"ending": "svg"}, name="scratch_svg"),
    path("scratch/chart.png", scratch, {"ending": "png"}, name="scratch_png"),
]
