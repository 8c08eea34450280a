"""Values of a KPI: entering and correcting one, pasting several, and the history of every period."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from sextant.calc.numbers import guess_number_format, read_number
from sextant.calc.periods import Calendar, Period, PeriodError, label, parse_period, period_at, spoken
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.exchange.commands import undo_import
from sextant.kpis.queries.kpi_page import next_period, related
from sextant.metrics.commands import RawPoint, Recorded, record
from sextant.metrics.commands.recording import calendar_of
from sextant.metrics.models import Metric
from sextant.metrics.queries.revisions import PeriodHistory, Revision, histories, recorded_starts
from sextant.people.queries import calendar as organisation_calendar
from sextant.reports.pictures import reason_for_none
from sextant.web.kpi_forms import PasteForm, ValueForm
from sextant.web.kpi_subject import Subject, found
from sextant.web.kpi_words import moment_words, said, thing_url
from sextant.web.requests import PageRequest, carry_out, say, status_of

PER_PAGE = 60
MOST_LINES = 10_000


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One value that was ever recorded, as read on the page."""

    value: str
    remarks: list[str]
    note: str
    when: str
    who: str
    source: str
    ended: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """A period with what stands and everything that stood before."""

    period: str
    label: str
    current: RevisionLine | None
    earlier: list[RevisionLine]
    edit_url: str


@require_http_methods(["GET", "POST"])
def values(request: PageRequest, kind: str, key: str) -> HttpResponseBase:
    """The history of all values, newest first, and a form for one: new or corrected."""
    subject = found(request, kind, key)
    form = ValueForm(request.POST or None, initial=_initial(subject, request.GET.get("period", "")))
    if request.method == "POST":
        subject.require("record")
        if form.is_valid():
            done = carry_out(form, lambda: _record_one(subject, form.cleaned_data))
            if done is not None:
                _say_recorded(request, subject, done)
                return redirect(subject.url("values"))
    return _page(request, subject, form, PasteForm(), status_of(form))


@require_POST
def paste(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """Several values at once, as copied from a spreadsheet; good lines are kept, the others come back with why."""
    subject = found(request, kind, key)
    subject.require("record")
    form = PasteForm(request.POST)
    if not form.is_valid():
        return _page(request, subject, ValueForm(initial=_initial(subject, "")), form, 422)
    recorded, problems = record_lines(request.actor, subject.metric, form.cleaned_data["pasted"])
    if recorded.accepted or recorded.unchanged:
        _say_recorded(request, subject, recorded)
    if not problems:
        return redirect(subject.url("values"))
    for problem in problems[:50]:
        form.add_error("pasted", problem)
    return _page(request, subject, ValueForm(initial=_initial(subject, "")), form, 422)


@require_POST
def undo(request: PageRequest, kind: str, key: str, batch: str) -> HttpResponse:
    """Take one act of recording back; what stood before stands again."""
    subject = found(request, kind, key)
    subject.require("record")
    undo_import(request.actor, batch)
    say(request, _("Taken back. What stood before stands again."))
    return redirect(subject.url("values"))


def record_lines(actor: Actor, metric: Metric, text: str) -> tuple[Recorded, list[str]]:
    """Record lines of "period, value, note"; returns what was kept and one sentence per line that was not.

    A first line without any number is taken for a heading. Raises nothing for bad lines.
    """
    rows = [(number, cells) for number, line in enumerate(text.splitlines(), 1) if (cells := split_line(line))]
    if rows and not any(char.isdigit() for cell in rows[0][1] for char in cell):
        rows = rows[1:]
    problems = [
        _("Line %(line)s: “%(text)s” has one column; a period and a value are needed.")
        % {"line": number, "text": cells[0][:60]}
        for number, cells in rows
        if len(cells) < 2
    ]
    usable = [(number, cells) for number, cells in rows if len(cells) > 1][:MOST_LINES]
    fmt = guess_number_format([cells[1] for _number, cells in usable])
    points = []
    for _number, cells in usable:
        reading = read_number(cells[1], fmt)
        value = reading.value if reading.kind == "number" else cells[1]
        note = cells[2] if len(cells) > 2 else ""
        points.append(RawPoint(metric.key, cells[0], value, qualifier=reading.qualifier, note=note))
    recorded = record(actor, points, kind="form", source=_("Pasted lines"))
    problems += [
        _("Line %(line)s: %(why)s") % {"line": usable[one.index][0], "why": one.message} for one in recorded.rejected
    ]
    return recorded, problems


def split_line(line: str) -> list[str]:
    """The cells of a copied line: parted by tabs, else semicolons, else the last run of blanks or a comma."""
    text = line.strip()
    if not text:
        return []
    for mark in ("\t", ";", "|"):
        if mark in text:
            return [cell.strip().strip('"') for cell in text.split(mark)]
    first, comma, rest = text.partition(",")
    if comma and any(char.isdigit() for char in first):
        return [first.strip().strip('"'), rest.strip().strip('"')]
    period, _blank, value = text.rpartition(" ")
    return [period.strip(), value.strip()] if period else [text]


def recorded_words(recorded: Recorded) -> str:
    """What became of the values: "12 values recorded, 2 of them corrections; 3 stood already." """
    words = ngettext("%(count)s value recorded", "%(count)s values recorded", recorded.accepted) % {
        "count": recorded.accepted
    }
    if recorded.superseded:
        words += ", " + _("%(count)s of them corrections") % {"count": recorded.superseded}
    if recorded.unchanged:
        words += "; " + _("%(count)s stood already") % {"count": recorded.unchanged}
    return f"{words}."


def period_from(text: str, metric: Metric, *, field: str = "period") -> Period:
    """A period as a person typed it, on the metric's calendar. Raises Refused for the form field."""
    try:
        return parse_period(text, calendar=metric_calendar(metric))
    except PeriodError as error:
        raise refuse(error.key, str(error), field) from error


def metric_calendar(metric: Metric) -> Calendar:
    return calendar_of(metric, organisation_calendar())


def _initial(subject: Subject, asked: str) -> dict[str, object]:
    """The period asked for with the value that stands there, or the next one to come."""
    series = subject.standing.series
    if not asked:
        return {"period": label(next_period(series, subject.point), series.calendar)}
    try:
        period = parse_period(asked, calendar=series.calendar)
    except PeriodError:
        return {"period": asked}
    stands = histories(subject.metric, [period.start], subject.point)
    current = stands[0].current if stands else None
    if current is None:
        return {"period": asked}
    value = "" if current.value is None else f"{current.qualifier}{current.value:.15g}"
    return {"period": asked, "value": value, "state": current.state, "note": current.note}


def _record_one(subject: Subject, asked: dict[str, str]) -> Recorded:
    """One value; what recording rejects is refused with the field at fault."""
    given = asked["value"].strip()
    value = None if asked["state"] == "not_applicable" else given
    point = RawPoint(subject.metric.key, asked["period"], value, asked["state"], note=asked["note"])
    recorded = record(subject.actor, [point], kind="form", source=_("Entered by hand"))
    for rejection in recorded.rejected:
        about_value = rejection.key in ("missing-value", "not-finite", "not-a-number") or "value" in rejection.key
        raise refuse(rejection.key, rejection.message, "value" if about_value else "period")
    return recorded


def _say_recorded(request: PageRequest, subject: Subject, recorded: Recorded) -> None:
    undo_url = reverse(f"{subject.kind}_values_undo", args=[subject.key, recorded.batch])
    say(request, recorded_words(recorded), undo=undo_url if recorded.accepted else "")


def _page(request: PageRequest, subject: Subject, form: ValueForm, paste_form: PasteForm, status: int) -> HttpResponse:
    starts = recorded_starts(subject.metric, subject.point)
    page = Paginator(starts, PER_PAGE).get_page(request.GET.get("page"))
    is_calculated = subject.standing.series.is_calculated
    inputs = related(subject.actor, subject.metric, subject.point).inputs if is_calculated else ()
    shown = list(page)
    context = subject.frame("values") | {
        "form": form if subject.may["record"] and not is_calculated else None,
        "paste_form": paste_form,
        "lines": [_period_line(subject, one) for one in histories(subject.metric, shown, subject.point)],
        "page_obj": page,
        "is_calculated": is_calculated,
        "inputs": [(one.name, thing_url(one)) for one in inputs],
        "next_period": spoken(next_period(subject.standing.series, subject.point), subject.standing.series.calendar),
    }
    return render(request, "kpis/values.html", context, status=status)


def _period_line(subject: Subject, history: PeriodHistory) -> PeriodLine:
    series = subject.standing.series
    period = period_at(history.start, series.frequency, series.calendar, series.span)
    current = history.current
    name = label(period, series.calendar)
    return PeriodLine(
        spoken(period, series.calendar),
        name,
        None if current is None else _revision_line(subject.metric, current),
        [_revision_line(subject.metric, one) for one in history.revisions if not one.is_current],
        f"{reverse(f'{subject.kind}_values', args=[subject.key])}?period={name}",
    )


def _revision_line(metric: Metric, one: Revision) -> RevisionLine:
    remarks = [_("estimated")] if one.state == "estimated" else []
    if one.coverage is not None:
        remarks.append(_("made of %(share)s of its parts") % {"share": f"{one.coverage:.0%}"})
    if one.dated_by_import:
        remarks.append(_("dated by the import"))
    if one.state == "not_applicable":
        value = reason_for_none(one.qualifier) or _("not applicable")
    elif one.value is None:
        value = one.qualifier or "–"
    else:
        mark = one.qualifier
        figure = said(one.value, metric)
        value = f"{mark} {figure}" if mark in ("<", ">", "≤", "≥", "~") else f"{figure}{mark}"
    ended = "" if one.superseded_at is None else moment_words(one.superseded_at)
    source = one.source or {"push": _("Pushed"), "form": _("Entered by hand"), "undo": _("Taken back")}.get(
        one.kind, one.kind
    )
    return RevisionLine(
        value, remarks, one.note, moment_words(one.recorded_at), one.recorded_by, source, ended, one.is_current
    )
