"""Targets of a KPI: what stands, what stood, adding, replacing, removing with undo, pasting per period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from sextant.calc.numbers import guess_number_format, read_number
from sextant.calc.periods import Frequency, label, period_at
from sextant.core.errors import Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.commands import remove_target, set_target
from sextant.kpis.models import FIGURES, Target
from sextant.kpis.queries.facts import as_target_row
from sextant.kpis.queries.kpi_page import next_period, target_history
from sextant.web.kpi_forms import PasteForm, TargetForm
from sextant.web.kpi_subject import Subject, kpi_asked_for
from sextant.web.kpi_values import period_from, split_line
from sextant.web.kpi_words import moment_words, said, target_words, when_words
from sextant.web.requests import PageRequest, carry_out, say, status_of, whole

ORDER = {"always": 0, "from": 1, "period": 2, "aim": 3}


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target in words."""

    id: int
    when: str
    kind: str
    figures: list[str]  # in the order of the table's columns
    words: str
    reason: str
    author: str
    known_at: str
    ended: str
    is_judging: bool
    change_url: str


@require_http_methods(["GET", "POST"])
def targets(request: PageRequest, key: str) -> HttpResponse:
    """What the KPI is judged against, with every target it ever had; `?row=` prefills the form to replace one."""
    subject = kpi_asked_for(request, key)
    form = TargetForm(request.POST or None, direction=subject.metric.direction, initial=_initial(subject, request))
    if request.method == "POST":
        subject.require("change")
        if form.is_valid():
            done = carry_out(form, lambda: _set(subject, form.cleaned_data))
            if done is not None:
                say(request, _("The target is set."), undo=_undo(subject, done))
                return redirect(subject.url("targets"))
    return _page(request, subject, form, PasteForm(), status_of(form))


def _undo(subject: Subject, done: Target) -> str:
    """The address that takes the target back: what it replaced is set again, else it is removed."""
    replaced = Target.objects.filter(kpi=subject.kpi, superseded_at=done.known_at).first()
    if replaced is not None:
        return reverse("kpi_target_restoral", args=[subject.key, replaced.pk])
    return reverse("kpi_target_removal", args=[subject.key, done.pk])


@require_POST
def paste(request: PageRequest, key: str) -> HttpResponse:
    """Targets for many periods, one line each: period, target, red flag. All lines or none."""
    subject = kpi_asked_for(request, key)
    subject.require("change")
    form = PasteForm(request.POST)
    blank = TargetForm(direction=subject.metric.direction, initial=_initial(subject, request))
    if form.is_valid():
        rows, problems = _read_lines(subject, form.cleaned_data["pasted"])
        for problem in problems[:50]:
            form.add_error("pasted", problem)
        if not problems:
            done = carry_out(form, lambda: _set_all(subject, rows))
            if done is not None:
                say(request, ngettext("%(n)s target is set.", "%(n)s targets are set.", done) % {"n": done})
                return redirect(subject.url("targets"))
    return _page(request, subject, blank, form, 422)


@require_POST
def removal(request: PageRequest, key: str, target: int) -> HttpResponse:
    """Take a target away; it stays in the history and can be put back."""
    subject = kpi_asked_for(request, key)
    subject.require("change")
    remove_target(request.actor, subject.kpi, target)
    say(request, _("The target is removed."), undo=reverse("kpi_target_restoral", args=[key, target]))
    return redirect(subject.url("targets"))


@require_POST
def restoral(request: PageRequest, key: str, target: int) -> HttpResponse:
    """Set a former target again."""
    subject = kpi_asked_for(request, key)
    subject.require("change")
    row = Target.objects.filter(kpi=subject.kpi, pk=target).first()
    if row is None:
        raise refuse("unknown-target", _("There is no such target."))
    held = as_target_row(row, Frequency(subject.metric.frequency), subject.standing.series.calendar)
    figures = {name: getattr(row, name) for name in FIGURES}
    set_target(
        request.actor, subject.kpi, period=held.period, valid_from=held.valid_from, aim_by=held.aim_by,
        reason=row.reason, **figures,
    )  # fmt: skip
    say(request, _("The target is back."))
    return redirect(subject.url("targets"))


def _set(subject: Subject, asked: dict[str, Any]) -> Target:
    """Set the target the form describes."""
    figures = {name: asked[name] for name in FIGURES if name in asked}
    when: dict[str, Any] = {}
    if asked["when"] != "always":
        if not asked["period"].strip():
            raise refuse("period-missing", _("Say for which period."), "period")
        period = period_from(asked["period"], subject.metric)
        own = Frequency(subject.metric.frequency)
        if asked["when"] == "from":
            when["valid_from"] = period.start
        elif asked["when"] == "aim":
            when["aim_by"] = period
        elif period.frequency.rank < own.rank:
            message = _("Its values come %(frequency)s; name such a period or a longer one.")
            raise refuse("too-fine", message % {"frequency": subject.metric.get_frequency_display().lower()}, "period")
        else:
            when["period"] = period
    return set_target(subject.actor, subject.kpi, reason=asked["reason"], **when, **figures)


def _read_lines(subject: Subject, text: str) -> tuple[list[dict[str, Any]], list[str]]:
    names = ("low", "high") if subject.metric.direction == "within" else ("target", "red_flag")
    lines = [(number, cells) for number, line in enumerate(text.splitlines(), 1) if (cells := split_line(line))]
    if lines and not any(char.isdigit() for cell in lines[0][1] for char in cell):
        lines = lines[1:]
    fmt = guess_number_format([cell for _number, cells in lines for cell in cells[1:3]])
    rows: list[dict[str, Any]] = []
    problems = []
    for number, cells in lines:
        try:
            figures = {}
            for name, cell in zip(names, cells[1:3], strict=False):
                reading = read_number(cell, fmt)
                if reading.kind == "number":
                    figures[name] = reading.value
                elif reading.kind != "empty":
                    raise refuse("not-a-number", _("“%(text)s” is not a number.") % {"text": cell})
            if not figures:
                raise refuse("target-missing", _("there is no figure after the period."))
            rows.append({"period": period_from(cells[0], subject.metric)} | figures)
        except Refused as refusal:
            problems.append(_("Line %(line)s: %(why)s") % {"line": number, "why": refusal.problems[0].message})
    return rows, problems


def _set_all(subject: Subject, rows: list[dict[str, Any]]) -> int:
    with writing():
        for row in rows:
            set_target(subject.actor, subject.kpi, **row)
    return len(rows)


def _initial(subject: Subject, request: PageRequest) -> dict[str, Any]:
    """The row to replace, or a target from the running period on with the figures that hold now."""
    series = subject.standing.series
    row = Target.objects.filter(kpi=subject.kpi, pk=whole(request.GET.get("row", "")) or 0, superseded_at=None).first()
    if row is None:
        now = subject.standing.target
        figures = {name: getattr(now, name) for name in FIGURES} if now else {}
        return {"when": "from", "period": label(next_period(series, subject.point), series.calendar)} | figures
    shown = {name: getattr(row, name) for name in FIGURES} | {"reason": row.reason}
    held = as_target_row(row, Frequency(subject.metric.frequency), series.calendar)
    if held.period is not None:
        return shown | {"when": "period", "period": label(held.period, series.calendar)}
    if held.aim_by is not None:
        return shown | {"when": "aim", "period": label(held.aim_by, series.calendar)}
    if held.valid_from is None:
        return shown | {"when": "always"}
    since = period_at(held.valid_from, series.frequency, series.calendar)
    return shown | {"when": "from", "period": label(since, series.calendar)}


def _page(request: PageRequest, subject: Subject, form: TargetForm, pasted: PasteForm, status: int) -> HttpResponse:
    rows = target_history(subject.kpi, subject.point)
    lines = [(row, _line(subject, row)) for row in rows]
    standing = [line for row, line in lines if _stands(subject, row)]
    is_band = subject.metric.direction == "within"
    context = subject.frame("targets") | {
        "form": form if subject.may["change"] else None,
        "paste_form": pasted,
        "columns": _columns(is_band),
        "standing": sorted(standing, key=lambda line: ORDER[line.kind]),
        "history": [line for row, line in lines if not _stands(subject, row)],
        "now": target_words(subject.standing.target, subject.metric),
        "is_band": is_band,
        "replacing": request.GET.get("row", ""),
    }
    return render(request, "kpis/targets.html", context, status=status)


def _columns(is_band: bool) -> list[str]:
    if is_band:
        return [_("From"), _("To"), _("Red flag below"), _("Red flag above")]
    return [_("Target"), _("Red flag"), _("Stretch")]


def _stands(subject: Subject, row: Target) -> bool:
    until = row.superseded_at
    return until is None or (subject.point.known_at is not None and until > subject.point.known_at)


def _line(subject: Subject, row: Target) -> TargetLine:
    held = as_target_row(row, Frequency(subject.metric.frequency), subject.standing.series.calendar)
    kind = "period" if held.period else "aim" if held.aim_by else "always" if held.valid_from is None else "from"
    names = (
        ("low", "high", "red_low", "red_high")
        if subject.metric.direction == "within"
        else ("target", "red_flag", "stretch")
    )
    judged = subject.standing.target
    ended = row.superseded_at
    return TargetLine(
        id=row.pk,
        when=when_words(held, subject.standing.series.calendar),
        kind=kind,
        figures=[said(getattr(row, name), subject.metric) for name in names],
        words=target_words(held.values, subject.metric),
        reason=row.reason,
        author=row.author,
        known_at=moment_words(row.known_at),
        ended=moment_words(ended) if ended else "",
        is_judging=ended is None and judged is not None and judged == held.values and kind != "aim",
        change_url=f"{reverse('kpi_targets', args=[subject.key])}?row={row.pk}#target-form",
    )
