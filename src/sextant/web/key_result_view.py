"""The page of a key result as its template needs it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sextant.core.access import visible
from sextant.kpis.models import Kpi
from sextant.metrics.models import Metric
from sextant.okrs.models import IN_FORCE, Milestone, Terms
from sextant.okrs.queries.check_ins import history_of
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.missing import missing_of
from sextant.okrs.queries.rows import known
from sextant.reports.pictures import KpiPicture, TableRow, table_rows
from sextant.reports.sparklines import sparkline
from sextant.web import kpi_chart, okr_chances, okr_words
from sextant.web.check_in_view import History, history
from sextant.web.forecast_words import ChanceWords
from sextant.web.key_result_chart import picture_of
from sextant.web.kpi_outlook import HIDDEN
from sextant.web.kpi_words import Told, day_words, hour_words, thing_url
from sextant.web.objective_related import Work, day_of_words, initiatives_of
from sextant.web.objective_subject import KeyResultSubject, asked_day
from sextant.web.objective_view import Missing, checked_words, metric_key, missing_lines, pace_words
from sextant.web.okr_whys import whys_of_key_result
from sextant.web.second_look_view import SecondLookView, key_result_second_looks

MOST_ROWS = 130
NEWEST = 5


@dataclass(frozen=True, slots=True)
class TermsLine:
    """Figures as they held for a time."""

    since: str
    baseline: str
    target: str
    weight: str
    reason: str
    author: str
    known: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone."""

    id: int
    title: str
    weight: str
    due: str
    is_done: bool
    is_late: bool
    evidence: str
    evidence_url: str
    done: str


@dataclass(frozen=True)
class KeyResultView:
    standing: KeyResultStanding
    value: str
    baseline: str
    target: str
    other_reading: str
    period: str
    way: str
    pace: str
    checked: str
    second_looks: SecondLookView
    whys: dict[str, Told]
    chance: ChanceWords
    is_fan_hidden: bool
    picture: KpiPicture | None
    table: list[TableRow]
    window: kpi_chart.Window | None
    confidence: SafeString | None
    confidence_words: str
    check_ins: History
    more_check_ins: int
    terms: list[TermsLine]
    steps: list[Step]
    initiatives: list[Work]
    missing: list[Missing]
    metric_name: str
    metric_url: str
    is_kpi: bool
    guard_name: str
    guard_url: str
    dates: str
    children: list[tuple[str, str]]


def key_result_view(subject: KeyResultSubject, each: KeyResultStanding, asked: QueryDict) -> KeyResultView:
    """Everything the page shows. `asked` may name `periods` and hide the `forecast`."""
    row = subject.key_result
    is_fan_hidden = asked.get("forecast") == HIDDEN
    drawn, window = picture_of(subject, asked.get("periods", ""), with_fan=not is_fan_hidden)
    said = [one.check_in for one in history_of(subject.actor, row, subject.point) if not one.check_in.is_draft]
    levels = [one.confidence for one in reversed(said) if one.confidence is not None]
    told = history(subject.actor, row, subject.point)
    metric_name, metric_url, is_kpi = _measured_by(subject, row.metric)
    guard_name, guard_url, _is_kpi = _measured_by(subject, row.guard)
    return KeyResultView(
        standing=each,
        value=okr_words.figure(each, each.value),
        baseline=okr_words.figure(each, each.baseline),
        target=okr_words.figure(each, each.target),
        other_reading=relative_words(each),
        period=okr_words.newest_words(each),
        way=okr_words.now_and_target(each),
        pace=pace_words(each.pace) or "–",
        checked=checked_words(each),
        second_looks=key_result_second_looks(subject, each),
        whys=whys_of_key_result(each),
        chance=okr_chances.chance_of(each),
        is_fan_hidden=is_fan_hidden,
        picture=drawn,
        table=table_rows(drawn, newest_first=True)[:MOST_ROWS] if drawn is not None else [],
        window=window,
        confidence=sparkline(levels, title=_("Confidence")) if len(levels) > 1 else None,
        confidence_words=" → ".join(str(level) for level in levels[-6:]),
        check_ins=replace(told, lines=told.lines[:NEWEST]),
        more_check_ins=max(len(told.lines) - NEWEST, 0),
        terms=_terms(subject, each),
        steps=_steps(subject),
        initiatives=initiatives_of(subject.parent, row.pk),
        missing=missing_lines(row.key, missing_of(row), metric_key(subject.parent, each))
        if not each.is_published and subject.as_of is None
        else [],
        metric_name=metric_name,
        metric_url=metric_url,
        is_kpi=is_kpi,
        guard_name=guard_name,
        guard_url=guard_url,
        dates=_dates(each),
        children=_children(subject),
    )


def _measured_by(subject: KeyResultSubject, metric: Metric | None) -> tuple[str, str, bool]:
    """Name and page of a metric, its KPI's where there is one, and whether it has one; nothing where it is hidden."""
    if metric is None or not visible("metric", subject.actor).filter(pk=metric.pk).exists():
        return "", "", False
    kpi: Kpi | None = getattr(metric, "kpi", None)
    is_kpi = kpi is not None and kpi.archived_at is None
    return metric.name, thing_url(metric) + asked_day(subject.as_of), is_kpi


def relative_words(each: KeyResultStanding) -> str:
    """A relative target with both numbers: "20 % of 70 % is 84 %"."""
    terms = each.terms
    if terms is None or not terms.relative or terms.amount is None:
        return ""
    if each.baseline is None or each.target is None:
        return _("The target follows once the baseline is known.")
    words = {"amount": f"{terms.amount:g}", "baseline": okr_words.figure(each, each.baseline),
             "target": okr_words.figure(each, each.target)}  # fmt: skip
    if terms.relative == "percent":
        return _("%(amount)s %% of %(baseline)s: %(target)s is asked for.") % words
    return _("%(amount)s points from %(baseline)s: %(target)s is asked for.") % words


def _terms(subject: KeyResultSubject, each: KeyResultStanding) -> list[TermsLine]:
    """Every version of the figures that stands, the newest first."""
    rows: list[Terms] = list(subject.key_result.terms.filter(known(subject.point)).order_by(*IN_FORCE))
    now = each.terms.id if each.terms is not None else 0
    return [
        TermsLine(
            hour_words(one.valid_from) if one.valid_from is not None else _("from the start"),
            _("from the series") if one.baseline is None and one.baseline_from_series
            else okr_words.figure(each, one.baseline),
            _target_words(each, one), f"{one.weight:g}", one.reason, one.author, day_of_words(one.known_at),
            one.pk == now,
        )
        for one in sorted(rows, key=lambda one: (one.valid_from or 0, one.pk), reverse=True)
    ]  # fmt: skip


def _target_words(each: KeyResultStanding, one: Terms) -> str:
    if one.relative and one.amount is not None:
        return f"{one.amount:g} %" if one.relative == "percent" else _("%(n)s points") % {"n": f"{one.amount:g}"}
    if each.kind == "guardrail":
        bounds = [okr_words.figure(each, bound) for bound in (one.low, one.high) if bound is not None]
        return " – ".join(bounds) or "–"
    return okr_words.figure(each, one.target)


def _steps(subject: KeyResultSubject) -> list[Step]:
    rows = subject.key_result.milestones.filter(known(subject.point))
    day = subject.point.now.date()
    return [_step(one, subject, bool(one.due_on and one.due_on < day)) for one in rows]


def _step(one: Milestone, subject: KeyResultSubject, is_past: bool) -> Step:
    at = subject.point.known_at
    is_done = one.done_at is not None and (at is None or one.done_at <= at)
    is_link = one.evidence.startswith(("https://", "http://")) and " " not in one.evidence
    return Step(
        one.pk, one.title, "" if one.weight == 1 else f"{one.weight:g}", day_words(one.due_on) if one.due_on else "",
        is_done, is_past and not is_done, one.evidence if is_done else "", one.evidence if is_done and is_link else "",
        f"{day_of_words(one.done_at)}, {one.done_by}" if is_done else "",
    )  # fmt: skip


def _dates(each: KeyResultStanding) -> str:
    begin = day_words(each.starts_on) if each.starts_on else ""
    end = day_words(each.due_on) if each.due_on else ""
    return f"{begin} – {end}" if begin or end else ""


def _children(subject: KeyResultSubject) -> list[tuple[str, str]]:
    """Objectives that contribute to this key result, as far as the actor may see them."""
    links = subject.parent.standing.board.links
    ids = [one.child_id for one in links if one.key_result_id == subject.key_result.pk and one.kind == "contributes"]
    found = visible("objective", subject.actor).filter(pk__in=ids, archived_at=None)
    day = asked_day(subject.as_of)
    return [(one.title, reverse("objective", args=[one.key]) + day) for one in found]
