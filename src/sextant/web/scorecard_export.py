"""A scorecard as a file: the figures as numbers, and with each its target, status, trust, definition and date."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sextant.calc.periods import label
from sextant.core.access import find
from sextant.kpis.models import Scorecard
from sextant.kpis.queries.scorecards import Row, ScorecardView
from sextant.kpis.queries.scorecards import scorecard as scorecard_view
from sextant.kpis.queries.standing import PERIODS, Standing
from sextant.kpis.sentences import ASSURANCE, FRESHNESS, STATUS, trust_reason
from sextant.people import queries as people
from sextant.reports.workbooks import Cell, workbook
from sextant.web.audit import harmless
from sextant.web.context import day_asked_for
from sextant.web.requests import PageRequest
from sextant.web.scorecard_columns import columns_of
from sextant.web.scorecard_look import Look

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def scorecard_csv(request: PageRequest, key: str) -> HttpResponse:
    card: Scorecard = find("scorecard", request.actor, key)
    view = scorecard_view(request.actor, card, as_of=day_asked_for(request))
    return csv_answer(request, view, card.key)


@require_safe
def scorecard_xlsx(request: PageRequest, key: str) -> HttpResponse:
    card: Scorecard = find("scorecard", request.actor, key)
    view = scorecard_view(request.actor, card, as_of=day_asked_for(request))
    return xlsx_answer(request, view, card.key, card.name)


def csv_answer(request: PageRequest, view: ScorecardView, name: str) -> HttpResponse:
    header, rows = table(request, view)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    # The mark at the beginning tells spreadsheets that the text is UTF-8.
    return _file("\ufeff" + text.getvalue(), "text/csv; charset=utf-8", f"{name}-{_day(view)}.csv")


def xlsx_answer(request: PageRequest, view: ScorecardView, name: str, title: str) -> HttpResponse:
    header, rows = table(request, view)
    facts = [
        (_("What"), title),
        (_("As of"), str(_day(view))),
        (_("Known until"), _("the end of that day") if view.point.as_of else _("the time of the export")),
        (_("Score"), "" if view.score is None else f"{view.score:.2f} ({view.scored}/{len(view.rows)})"),
        (_("Off target without an action"), str(view.without_action)),
        (_("Exported by"), request.actor.label),
        (_("Source"), request.build_absolute_uri(request.path.rsplit("/", 1)[0] + "/")),
    ]
    return _file(workbook(title, header, rows, facts), XLSX, f"{name}-{_day(view)}.xlsx")


def table(request: PageRequest, view: ScorecardView) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows of what the page shows, in its order; periods by name where all rows share them."""
    rows = Look.of(request.GET).arranged(view.rows)
    all_columns = {id(found): found for found in (columns_of(row.standing) for row in rows)}
    if len(all_columns) == 1:
        names = [column.label for column in next(iter(all_columns.values())).each[:PERIODS]]
    else:
        names = [_("period -%(back)s") % {"back": PERIODS - 1 - at} for at in range(PERIODS)]
    fields = _fields(request, view)
    header = [name for name, _value in fields] + [_("first period"), _("last period"), *names]
    return header, [[*(value(row) for _name, value in fields), *_periods(row)] for row in rows]


def _periods(row: Row) -> list[Cell]:
    standing, columns = row.standing, columns_of(row.standing)
    known = {
        int(start): float(value) for start, value in zip(standing.series.starts, standing.series.values, strict=True)
    }
    cells: list[Cell] = []
    for column in columns.each[:PERIODS]:
        value = known.get(column.period.start)
        cells.append(None if value is None or math.isnan(value) else value)
    return [columns.each[0].label, columns.each[PERIODS - 1].label, *cells]


def _fields(request: PageRequest, view: ScorecardView) -> Sequence[tuple[str, Callable[[Row], Cell]]]:
    def target(row: Row, name: str) -> Cell:
        return getattr(row.standing.target, name) if row.standing.target else None

    def definition(row: Row) -> str:
        standing = row.standing
        address = request.build_absolute_uri(reverse("kpi_card", args=[standing.kpi.key]))
        return f"{address}?as_of={view.point.as_of}" if view.point.as_of else address

    return (
        (_("KPI"), lambda row: row.standing.kpi.metric.name),
        (_("key"), lambda row: row.standing.kpi.key),
        (_("team"), lambda row: row.standing.kpi.metric.team.name),
        (_("owner"), lambda row: row.standing.kpi.metric.owner.name if row.standing.kpi.metric.owner else ""),
        (_("theme"), lambda row: row.standing.kpi.metric.theme.name if row.standing.kpi.metric.theme else ""),
        (_("unit"), lambda row: row.standing.kpi.metric.unit),
        (_("frequency"), lambda row: row.standing.kpi.metric.frequency),
        (_("period"), lambda row: _period(row.standing)),
        (_("value"), lambda row: row.standing.value),
        (_("previous value"), lambda row: row.standing.previous),
        (_("target"), lambda row: target(row, "target")),
        (_("red flag"), lambda row: target(row, "red_flag")),
        (_("band from"), lambda row: target(row, "low")),
        (_("band to"), lambda row: target(row, "high")),
        (_("status"), lambda row: str(STATUS[row.standing.status])),
        (_("score"), lambda row: None if row.standing.score is None else round(row.standing.score, 4)),
        (_("weight"), lambda row: row.weight),
        (_("freshness"), lambda row: str(FRESHNESS[row.standing.freshness])),
        (_("assurance"), lambda row: str(ASSURANCE[row.standing.assurance])),
        (_("trust"), lambda row: row.standing.trust.grade),
        (_("why this trust"), lambda row: " ".join(trust_reason(reason) for reason in row.standing.trust.reasons)),
        (_("action"), lambda row: row.standing.action.text if row.standing.action else ""),
        (_("action by"), lambda row: row.standing.action.owner if row.standing.action else ""),
        (_("action due"), lambda row: row.standing.action.due_on if row.standing.action else None),
        (_("definition"), definition),
        (_("as of"), lambda row: _day(view)),
    )  # fmt: skip


def _period(standing: Standing) -> str:
    return label(standing.period, standing.series.calendar) if standing.period else ""


def _day(view: ScorecardView) -> date:
    return view.point.as_of or people.today()


def _file(content: str | bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
