"""KPIs that were worked on for a time: restored, relapsed, overdue, accepted, nearly there; and one that was born."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sextant.calc.periods import Frequency, label, period_of, periods_between, shift
from sextant.demo.series import DAY, Shape, values
from sextant.kpis.models import Kpi
from sextant.lifecycle.commands import accept, answer, extend, graduate, promote
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.models import Promotion
from sextant.metrics.commands import RawPoint, record
from sextant.okrs.models import KeyResult
from sextant.people.queries import today

if TYPE_CHECKING:
    from sextant.demo.build import Builder

LETTERS, VISITS, REQUESTS, CALLS, FOOD = (
    "Letters sent within two days", "Days from referral to first visit", "Requests answered on the same day",
    "Calls answered within a minute", "Food thrown away per meal",
)  # fmt: skip
FIRST_LOOK, EVERY = 345, 7  # days ago of the first look of the rules at them, and how often they look
GRADUATE, GRADUATES_IN, GRADUATED_AFTER = "queue-at-eight", -2, 5  # in which quarter, and days after its end
QUEUE = Shape(level=8.8, noise=0.6)  # minutes, once it is watched


@dataclass(frozen=True, slots=True)
class Work:
    """A promotion: when it began and was to end (days ago, below zero ahead), who asked for it and why."""

    kpi: str
    who: str
    began: int
    ends: int
    why: str
    guard: str = ""


PROMOTIONS = (
    Work(REQUESTS, "marcus", 297, 167, "People stopped asking and help themselves, badly.", "Open requests"),
    Work(VISITS, "grace", 228, 105, "New patients wait twice as long as we promised their doctors.",
         "Visits per carer and day"),
    Work(FOOD, "daniel", 182, 92, "A third of what the kitchen cooks comes back since the new menu."),
    Work(LETTERS, "sofia", 126, 40, "Family doctors change medicines without our letter."),
    Work(CALLS, "rosa", 68, -24, "One in three callers hangs up before we answer."),
)  # fmt: skip


def plan_lives(builder: Builder) -> None:
    """Put the decisions on the timeline, and a look of the rules every week, in the evening."""
    at = partial(_at, builder)
    for work in PROMOTIONS:
        at(work.began, 10, partial(_promote, builder, work))
    for days_ago in range(FIRST_LOOK, 0, -EVERY):
        at(days_ago, 21, partial(_look, builder, days_ago))
    at(100, 9, partial(_answer, builder, REQUESTS, "marcus", "Two people who do nothing else until noon. It was never "
       "a question of effort, only of who looks first."))  # fmt: skip
    at(88, 9, partial(_answer, builder, VISITS, "grace", "One round a day stays free for new patients. The queue was "
       "gone in five weeks, and the round pays for itself."))  # fmt: skip
    at(84, 11, partial(_accept, builder))
    at(37, 16, partial(_extend, builder))
    _plan_graduation(builder)


def _at(builder: Builder, days_ago: float, hours: float, step: Callable[[], object]) -> None:
    builder.timeline.add(builder.history.moment(days_ago, hours), step)


def _look(builder: Builder, days_ago: int) -> None:
    evaluate([builder.kpis[work.kpi].metric_id for work in PROMOTIONS], as_of=_day(days_ago))


def _day(days_ago: int) -> date:
    return today() - timedelta(days=days_ago)


def _promote(builder: Builder, work: Work) -> None:
    kpi = Kpi.objects.select_related("metric").get(pk=builder.kpis[work.kpi].pk)
    promote(
        builder.crowd.actor(work.who), kpi, why=work.why, ends_on=_day(work.ends),
        guard=builder.kpis[work.guard].metric if work.guard else None, accept_doubts=True,
    )  # fmt: skip


def _promotion(builder: Builder, name: str) -> Promotion:
    return Promotion.objects.select_related("kpi__metric", "key_result__objective").get(kpi=builder.kpis[name])


def _answer(builder: Builder, name: str, who: str, text: str) -> None:
    answer(builder.crowd.actor(who), _promotion(builder, name), text)


def _accept(builder: Builder) -> None:
    accept(
        builder.crowd.actor("daniel"), _promotion(builder, FOOD), until=_day(-95),
        reason="The kitchen is rebuilt until spring; until then we cook from a hall across the yard.",
    )  # fmt: skip


def _extend(builder: Builder) -> None:
    extend(
        builder.crowd.actor("sofia"), _promotion(builder, LETTERS), ends_on=_day(12),
        reason="The new typist starts next week; give it a month.",
    )  # fmt: skip


def _plan_graduation(builder: Builder) -> None:
    """A key result met for weeks is watched as a KPI since its quarter is over; somebody goes on timing the queue."""
    history = builder.history
    ended = (shift(period_of(history.now, Frequency.QUARTER, history.calendar), GRADUATES_IN, history.calendar)).end
    _at(builder, (history.today - ended) / DAY - GRADUATED_AFTER, 10, partial(_graduate, builder))
    weeks = periods_between(ended, history.today, Frequency.WEEK, history.calendar)
    minutes = values(QUEUE, np.array([week.start for week in weeks]), history.today, GRADUATE, (0, None))
    for week, value in zip(weeks, minutes, strict=True):
        point = (label(week, history.calendar), float(round(value)))
        builder.timeline.add(history.at(week.end + 34), partial(_time_the_queue, builder, *point))


def _time_the_queue(builder: Builder, week: str, minutes: float) -> None:
    metric = KeyResult.objects.select_related("metric").get(key=GRADUATE).metric
    assert metric is not None
    record(builder.crowd.actor("rosa"), [RawPoint(metric.key, week, minutes)], kind="form", source="Timed at the desk")


def _graduate(builder: Builder) -> None:
    key_result = KeyResult.objects.select_related("objective__team", "metric").get(key=GRADUATE)
    graduate(
        builder.crowd.actor("sofia"), key_result, why="Reached and kept for weeks; we want to notice when it slips.",
    )  # fmt: skip
