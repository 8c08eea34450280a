"""What there is to say and what was said: the one list of what somebody owes, and histories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from sextant.calc.periods import Frequency, Period, label, period_at, spoken
from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.kpis.access import visible_to as visible_kpis
from sextant.kpis.models import Kpi
from sextant.kpis.queries.scorecards import NEWEST_FOR_STATUS
from sextant.kpis.queries.standing import Standing, standings
from sextant.metrics.models import Measurement, Metric
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.notifications.models import Comment
from sextant.okrs import subjects
from sextant.okrs.access import visible_check_ins, visible_key_results
from sextant.okrs.models import Blocker, CheckIn, KeyResult, Milestone
from sextant.okrs.queries.due import Owed, mine, owed_key_results, owed_kpis, own_kpis
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import known
from sextant.okrs.queries.standing import okr_board

LONGEST_NUMBER = 18


@dataclass(frozen=True, eq=False)
class DueItem:
    """One thing to check in on, filled in with what is known.

    `is_automatic`: its value comes by itself, so only confidence and a line are asked. `seen` is the id of the newest
    check-in shown here, 0 for none. `progress` and `expected` are shares of the way, `chance` that of
    reaching the target, `computed` a status key.
    """

    subject: subjects.Subject
    owed: Owed | None
    metric: Metric | None
    period: Period | None
    value: float | None
    takes_value: bool
    is_automatic: bool
    latest: CheckIn | None
    draft: CheckIn | None
    computed: str = ""
    progress: float | None = None
    expected: float | None = None
    chance: float | None = None
    target: float | None = None
    milestones: tuple[Milestone, ...] = ()
    blockers: tuple[Blocker, ...] = ()

    @property
    def kind(self) -> str:
        return subjects.kind_of(self.subject)

    @property
    def key(self) -> str:
        return self.subject.key

    @property
    def name(self) -> str:
        return str(self.subject)

    @property
    def is_late(self) -> bool:
        return self.owed is not None and self.owed.is_late

    @property
    def seen(self) -> int:
        return self.latest.pk if self.latest else 0

    @property
    def said(self) -> CheckIn | None:
        """What the form is filled in with: the person's own draft, else what was said last."""
        return self.draft or self.latest

    @property
    def confidence(self) -> int | None:
        return self.said.confidence if self.said else None

    @property
    def status(self) -> str:
        return self.said.status if self.said else ""

    @property
    def period_label(self) -> str:
        return (
            "" if self.period is None or self.metric is None else label(self.period, subjects.calendar_for(self.metric))
        )

    @property
    def period_words(self) -> str:
        return (
            ""
            if self.period is None or self.metric is None
            else spoken(self.period, subjects.calendar_for(self.metric))
        )


def due_check_ins(actor: Actor, point: Standpoint | None = None) -> list[DueItem]:
    """Everything this person owes, key results and KPIs in one list: late ones first, then by due day and name."""
    point = point or standpoint()
    if actor.person_id is None or not actor.may_read:
        return []
    owed_here = owed_key_results(mine(actor), point)
    owed_there = owed_kpis(own_kpis(actor), point)
    items = key_result_items(actor, mine(actor).filter(pk__in=list(owed_here)), point, owed_here)
    items += kpi_items(actor, own_kpis(actor).filter(pk__in=list(owed_there)), point, owed_there)
    return sorted(items, key=_urgency)


def item_of(actor: Actor, subject: subjects.Subject, point: Standpoint | None = None) -> DueItem:
    """The form of one thing, owed or not."""
    point = point or standpoint()
    if isinstance(subject, KeyResult):
        found = KeyResult.objects.filter(pk=subject.pk)
        return key_result_items(actor, found, point, owed_key_results(mine(actor).filter(pk=subject.pk), point))[0]
    kpis = Kpi.objects.filter(pk=subject.pk)
    return kpi_items(actor, kpis, point, owed_kpis(own_kpis(actor).filter(pk=subject.pk), point))[0]


def key_result_items(
    actor: Actor, key_results: QuerySet[KeyResult], point: Standpoint, owed: Mapping[int, Owed]
) -> list[DueItem]:
    """Items for these key results; a fixed number of statements."""
    found = list(key_results.select_related("objective__team", "objective__cycle", "owner", "metric", "metric__kpi"))
    if not found:
        return []
    board = okr_board([one.objective for one in _once(found)], point)
    ids = [one.pk for one in found]
    latest, drafts = _newest_said(actor, "key_result_id", ids, point)
    blockers = _open_blockers("key_result_id", ids)
    steps: dict[int, list[Milestone]] = {}
    for step in Milestone.objects.filter(key_result_id__in=ids, superseded_at=None):
        steps.setdefault(step.key_result_id, []).append(step)
    fed = _fed([one.metric_id for one in found if one.metric_id])
    return [
        _key_result_item(
            one, board.key_results.get(one.pk), owed.get(one.pk), fed, point, latest.get(one.pk), drafts.get(one.pk),
            tuple(steps.get(one.pk, ())), tuple(blockers.get(one.pk, ())),
        )
        for one in found
    ]  # fmt: skip


def kpi_items(actor: Actor, kpis: QuerySet[Kpi], point: Standpoint, owed: Mapping[int, Owed]) -> list[DueItem]:
    """Items for these KPIs; a fixed number of statements."""
    found = list(kpis.select_related("metric", "metric__team", "metric__owner"))
    if not found:
        return []
    ids = [one.pk for one in found]
    latest, drafts = _newest_said(actor, "kpi_id", ids, point)
    blockers = _open_blockers("kpi_id", ids)
    return [
        _kpi_item(
            each, owed.get(each.kpi.pk), point, latest.get(each.kpi.pk), drafts.get(each.kpi.pk),
            tuple(blockers.get(each.kpi.pk, ())),
        )
        for each in standings(found, point, newest=NEWEST_FOR_STATUS)
    ]  # fmt: skip


def _key_result_item(
    one: KeyResult, stand: KeyResultStanding | None, owed: Owed | None, fed: set[int], point: Standpoint,
    latest: CheckIn | None, draft: CheckIn | None, steps: tuple[Milestone, ...], blockers: tuple[Blocker, ...],
) -> DueItem:  # fmt: skip
    metric = one.metric if one.kind not in subjects.STEPPED else None
    row = stand.metric if stand is not None else None
    by_itself = metric is not None and (
        metric.pk in fed or subjects.is_watched(metric)
        or (row is not None and (row.numerator_id is not None or bool(row.has_formula)))
    )  # fmt: skip
    takes = metric is not None and not by_itself
    period = value = None
    if metric is not None and takes:
        now = point.now_utc if metric.frequency == Frequency.HOUR else point.now
        period = subjects.period_asked(metric, now, is_complete=one.kind == "guardrail")
        value = _prefilled(one, stand, period)
    elif stand is not None:
        value = stand.value
    if draft is not None and draft.value is not None:
        value = draft.value
    return DueItem(
        one, owed, metric, period, value, takes, by_itself, latest, draft,
        computed=stand.status if stand else "", progress=stand.progress if stand else None,
        expected=stand.expected if stand else None, chance=stand.chance if stand else None,
        target=stand.target if stand else None, milestones=steps, blockers=blockers,
    )  # fmt: skip


def _prefilled(one: KeyResult, stand: KeyResultStanding | None, period: Period) -> float | None:
    """The last value; where periods add up, only what the same period holds already."""
    reading = stand.facts.latest if stand is not None else None
    if reading is None:
        return None
    if one.reading == "total" and reading.start != period.start:
        return None
    return reading.value


def _kpi_item(
    each: Standing, owed: Owed | None, point: Standpoint, latest: CheckIn | None, draft: CheckIn | None,
    blockers: tuple[Blocker, ...],
) -> DueItem:  # fmt: skip
    metric = each.kpi.metric
    by_itself = each.series.is_calculated or bool(each.recording and each.recording.kind == subjects.FED_BY_MACHINES)
    now = point.now_utc if metric.frequency == Frequency.HOUR else point.now
    period = owed.period if owed is not None else subjects.period_asked(metric, now, is_complete=True)
    value = draft.value if draft is not None and draft.value is not None else each.value
    return DueItem(
        each.kpi, owed, metric, period, value, not by_itself, by_itself, latest, draft, computed=each.status,
        target=each.target.target if each.target else None, blockers=blockers,
    )  # fmt: skip


def _urgency(item: DueItem) -> tuple[Any, ...]:
    assert item.owed is not None
    return (not item.owed.is_late, item.owed.due_on, item.kind != "key_result", item.name.casefold())


def _once(key_results: Iterable[KeyResult]) -> list[KeyResult]:
    """One key result of each objective."""
    return list({one.objective_id: one for one in key_results}.values())


def _newest_said(
    actor: Actor, column: str, ids: Sequence[int], point: Standpoint
) -> tuple[dict[int, CheckIn], dict[int, CheckIn]]:
    """The newest published check-in of each thing, and the actor's own draft."""
    rows = CheckIn.objects.filter(known(point), **{f"{column}__in": list(ids)}).order_by("known_at", "id")
    published = rows.filter(is_draft=False).select_related("author_person")
    latest = {getattr(row, column): row for row in published}
    if actor.person_id is None:
        return latest, {}
    drafts = rows.filter(is_draft=True, author_person_id=actor.person_id)
    return latest, {getattr(row, column): row for row in drafts}


def _open_blockers(column: str, ids: Sequence[int]) -> dict[int, list[Blocker]]:
    found: dict[int, list[Blocker]] = {}
    rows = Blocker.objects.filter(resolved_at=None, **{f"{column}__in": list(ids)}).select_related("owner")
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


def _fed(metric_ids: Sequence[int]) -> set[int]:
    """Metrics whose newest value was pushed."""
    rows = Measurement.objects.filter(metric=OuterRef("pk"), superseded_at=None).order_by("-start")
    newest = Metric.objects.filter(pk__in=list(metric_ids)).annotate(kind=Subquery(rows.values("batch__kind")[:1]))
    return set(newest.filter(kind=subjects.FED_BY_MACHINES).order_by().values_list("pk", flat=True))


@dataclass(frozen=True, eq=False)
class Said:
    """A check-in as its history shows it, with what was answered."""

    check_in: CheckIn
    replies: tuple[Comment, ...] = ()
    period_words: str = ""


def history_of(
    actor: Actor, subject: subjects.Subject, point: Standpoint | None = None, *, most: int = 50
) -> list[Said]:
    """What was said of it, the newest first, as known at the standpoint, with the replies; own drafts included."""
    point = point or standpoint()
    rows = visible_check_ins(actor).filter(known(point), **subjects.on(subject)).order_by("-known_at", "-id")[:most]
    found = list(rows)
    for row in found:  # or each would read it again, with its objective
        setattr(row, subjects.kind_of(subject), subject)
    replies: dict[str, list[Comment]] = {}
    keys = [str(row.pk) for row in found]
    said = Comment.objects.filter(subject_kind="check_in", subject_key__in=keys, deleted_at=None)
    if point.known_at is not None:
        said = said.filter(known_at__lt=point.known_at)
    for one in said.select_related("author").order_by("known_at", "id"):
        replies.setdefault(one.subject_key, []).append(one)
    metric = subjects.metric_of(subject)
    return [Said(row, tuple(replies.get(str(row.pk), ())), _period_words(row, metric)) for row in found]


def _period_words(row: CheckIn, metric: Metric | None) -> str:
    if row.start is None or metric is None:
        return ""
    calendar = subjects.calendar_for(metric)
    return spoken(period_at(row.start, Frequency(metric.frequency), calendar, metric.span), calendar)


def check_in_seen(actor: Actor, check_in_id: int) -> CheckIn:
    """The check-in with this number. Raises Hidden when there is none the actor may see."""
    rows = visible_check_ins(actor).select_related("key_result__objective__team", "kpi__metric__team")
    row = rows.filter(pk=check_in_id).first() if abs(check_in_id) < 10**LONGEST_NUMBER else None
    if row is None:
        raise Hidden("check-in", str(check_in_id)[:20])
    return row


def visible_blockers(actor: Actor) -> QuerySet[Blocker]:
    """Blockers of everything the actor may see."""
    found = Blocker.objects.select_related("key_result__objective__team", "kpi__metric__team", "owner")
    return found.filter(
        Q(key_result_id__in=visible_key_results(actor).values("id")) | Q(kpi_id__in=visible_kpis(actor).values("id"))
    )


def blocker_seen(actor: Actor, blocker_id: int) -> Blocker:
    """The blocker with this number. Raises Hidden when there is none the actor may see."""
    row = visible_blockers(actor).filter(pk=blocker_id).first() if abs(blocker_id) < 10**LONGEST_NUMBER else None
    if row is None:
        raise Hidden("blocker", str(blocker_id)[:20])
    return row
