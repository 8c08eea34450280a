"""The eight pitfalls of OKRs, each detected from what is there (docs/guide/practice.md says the same in words)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from statistics import median

from sextant.calc.chooser import choose
from sextant.calc.periods import Frequency, Period, period_at, shift
from sextant.calc.wording import SURE, check_objective
from sextant.calc.wording_drafts import KeyResultDraft, ObjectiveDraft
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.models import Marker
from sextant.okrs.models import Objective
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.missing import figures_missing
from sextant.okrs.queries.rules import Tunings
from sextant.okrs.queries.standing import ObjectiveStanding
from sextant.practice.queries.evidence import Evidence, Item
from sextant.practice.queries.situation import Situation, team_counts

NUMBERED = ("metric", "guardrail", "baseline")
DRAFT_DAYS = 30
"""Longer than this, a draft lies rather than waits."""
WINDOW_DAYS = 182
WARNINGS = 3
"""So many warnings on one draft, and it was hard to write."""
SILENT_PERIODS = 2
MANY_NOTES = 3
"""So many dated notes on a chart say that the world has changed."""


def too_prescriptive(now: Situation) -> Evidence:
    """Key results, not closed, that the chooser calls work rather than a result."""
    looked, items = [], []
    for objective in now.open_objectives:
        for one in objective.key_results:
            looked.append(now.team_of(one))
            choice = choose(one.title)
            if choice.kind == "initiative" and choice.confidence >= SURE:
                items.append(_item(now, one, "worded-as-work", words=", ".join(choice.evidence[:2])))
    return Evidence.of(team_counts(looked), items)


def hard_to_set(now: Situation) -> Evidence:
    """Objectives written in the last half year, and at least a month ago, that lay as drafts or drew many warnings."""
    tunings = Tunings(now.point)
    written = {one.pk: one for one in [*now.objectives, *now.abandoned] if _is_written(one, now)}
    standing = {one.pk: one for one in now.open_objectives}
    items, waits = [], []
    for one in written.values():
        days = _days_in_draft(one, now.moment)
        waits.append(days)
        reason = "left-as-draft" if one.activated_at is None and one.archived_at is not None else ""
        if not reason and days > DRAFT_DAYS:
            reason = "long-in-draft"
        if reason:
            figures: tuple[tuple[str, object], ...] = (("days", days),)
        elif one.pk in standing and standing[one.pk].state in ("draft", "proposed"):
            found = check_objective(_draft_of(standing[one.pk]), tunings.wording(one.team_id, one.pk))
            warnings = sum(finding.level in ("warn", "block") for finding in found)
            if warnings < WARNINGS:
                continue
            reason, figures = "many-warnings", (("count", warnings),)
        else:
            continue
        items.append(Item(one.team_id, "objective", one.key, one.title, reason, figures))
    beside = {"median-draft-days": float(median(waits))} if waits else {}
    return Evidence.of(team_counts([one.team_id for one in written.values()]), items, beside)


def _is_written(one: Objective, now: Situation) -> bool:
    """Whether it was drafted here, long enough ago to judge and not longer than the window."""
    return not one.batch_key and now.since(WINDOW_DAYS) <= one.created_at <= now.since(DRAFT_DAYS)


def _days_in_draft(one: Objective, moment: datetime) -> int:
    started = one.activated_at if one.activated_at is not None and one.activated_at <= moment else moment
    return (min(started, one.archived_at or started) - one.created_at).days


def _draft_of(standing: ObjectiveStanding) -> ObjectiveDraft:
    """What the wording checks look at, without the other objectives of the team."""
    rows = tuple(
        KeyResultDraft(
            ref=one.key, title=one.title, kind=one.kind, baseline=one.baseline, target=one.target,
            unit=one.metric.unit if one.metric is not None else "number",
            direction=one.metric.direction if one.metric is not None else "up",
            is_baseline_asked=bool(one.terms is not None and one.terms.from_series),
            low=one.terms.low if one.terms is not None else None,
            high=one.terms.high if one.terms is not None else None,
        )
        for one in standing.key_results
    )  # fmt: skip
    return ObjectiveDraft(standing.title, "", rows)


def not_measurable(now: Situation) -> Evidence:
    """Key results at work that lack a baseline or target, or had no value in the last two whole periods."""
    looked, items = [], []
    for one in now.running:
        if one.kind not in NUMBERED:
            continue
        looked.append(now.team_of(one))
        lacking = _figures_lacking(one)
        if lacking:
            items.append(_item(now, one, f"no-{lacking[0]}"))
        elif _is_silent(one):
            items.append(_item(now, one, "no-value", periods=SILENT_PERIODS))
    return Evidence.of(team_counts(looked), items)


def _figures_lacking(one: KeyResultStanding) -> list[str]:
    if one.metric is None:
        return ["metric"]
    terms = one.terms
    if terms is None:
        return figures_missing(one.kind, None)
    return figures_missing(
        one.kind,
        {
            "baseline": terms.baseline, "baseline_from_series": terms.from_series, "target": terms.target,
            "relative": terms.relative, "amount": terms.amount, "low": terms.low, "high": terms.high,
            "planned_periods": terms.planned,
        },
    )  # fmt: skip


def _is_silent(one: KeyResultStanding) -> bool:
    """Whether two whole periods went by since it began, and neither has a value."""
    metric, board = one.metric, one.board
    if metric is None or one.start is None:
        return False
    frequency, calendar = Frequency(metric.frequency), board.calendar_of(metric)
    running: Period = period_at(board.now, frequency, calendar)
    since = shift(running, -SILENT_PERIODS, calendar).start
    if one.start > since:
        return False
    return one.facts.latest is None or one.facts.latest.end <= since


def hard_to_adapt(now: Situation) -> Evidence:
    """Key results at work whose target never moved while notes gathered on the chart, or changed without a word."""
    notes = _notes(now)
    looked, items = [], []
    for one in now.running:
        if not one.is_published or one.kind not in NUMBERED:
            continue
        looked.append(now.team_of(one))
        changed = [row for row in one.facts.terms if row.valid_from is not None]
        gathered = sum(hour >= (one.start or 0) for hour in notes.get(one.metric.id if one.metric else 0, ()))
        if any(not row.reason.strip() or row.reason.strip() == "–" for row in changed):
            items.append(_item(now, one, "changed-without-reason"))
        elif not changed and gathered >= MANY_NOTES:
            items.append(_item(now, one, "never-adapted", notes=gathered))
    return Evidence.of(team_counts(looked), items)


def _notes(now: Situation) -> Mapping[int, list[int]]:
    """The hours of dated notes on the charts of running key results, by metric, up to now."""
    ids = {one.metric.id for one in now.running if one.metric is not None}
    rows = Marker.objects.filter(standing_at(now.point), metric_id__in=ids, start__lte=now.board.now)
    found: dict[int, list[int]] = {}
    for metric_id, start in rows.values_list("metric_id", "start"):
        found.setdefault(metric_id, []).append(start)
    return found


def unclear_ownership(now: Situation) -> Evidence:
    """Objectives and key results, not closed, that nobody here answers for. There is never more than one name."""
    looked, items = [], []
    models = now.board.objective_models
    for objective in now.open_objectives:
        team_id, owner = objective.row.team_id, models[objective.pk].owner
        looked.append(team_id)
        if owner is None or owner.archived_at is not None:
            reason = "no-owner" if owner is None else "owner-left"
            items.append(Item(team_id, "objective", objective.key, objective.title, reason))
        for one in objective.key_results:
            looked.append(team_id)
            answers = one.key_result.owner
            if answers is None or answers.archived_at is not None:
                items.append(_item(now, one, "no-owner" if answers is None else "owner-left"))
    return Evidence.of(team_counts(looked), items)


def _item(now: Situation, one: KeyResultStanding, reason: str, **figures: object) -> Item:
    return Item(now.team_of(one), "key_result", one.key, one.title, reason, tuple(figures.items()))


DETECTORS: Mapping[str, Callable[[Situation], Evidence]] = {
    "okr-too-prescriptive": too_prescriptive,
    "okr-hard-to-set": hard_to_set,
    "okr-not-measurable": not_measurable,
    "okr-hard-to-adapt": hard_to_adapt,
    "okr-unclear-ownership": unclear_ownership,
}
