"""What the rules raised in the last months, what people did about it, and what was thought likely along the way."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from sextant.alerts.commands import acknowledge, answer_response
from sextant.alerts.evaluating import evaluate, evaluate_key_results
from sextant.alerts.models import Alert, Response
from sextant.alerts.telling import tell
from sextant.core import access
from sextant.core.errors import NotAllowed
from sextant.forecasts.commands import refresh
from sextant.lifecycle import evaluating
from sextant.notifications.commands import mark_read
from sextant.okrs.models import KeyResult
from sextant.people.models import Person
from sextant.people.queries import actor_of_person, today

if TYPE_CHECKING:
    from sextant.demo.build import Builder

ROUNDS = (154, 126, 98, 77, 56, 42, 28, 14, 7, 2)  # days ago on which the rules were run
NOTED_AFTER, ANSWERED_AFTER = 3, 6  # days that an alert rests before somebody notes it, and answers for it
ANSWERS = (
    "Looked at it with the team. One cause, known since last month; the fix is agreed and under way.",
    "Went through the ten worst cases with the people who handle them. Two causes; we begin with the larger one.",
    "Extra capacity for four weeks, then we look again.",
)
FORECAST_EVERY, FORECAST_SINCE = 14, 364  # days; weeks and months need no more to tell what was thought likely when
UNANSWERED_EVERY = 3  # of so many responses one stays open, as in life


def plan_watching(builder: Builder) -> None:
    """Put every run of the rules, and every look ahead, on the timeline, in the evening of its day."""
    for days_ago in range(FORECAST_SINCE, 0, -FORECAST_EVERY):
        builder.timeline.add(builder.history.moment(days_ago, 23), _look_ahead)
    builder.timeline.add(builder.now, _look_ahead)  # until the worker has looked closer
    for days_ago in ROUNDS:
        builder.timeline.add(builder.history.moment(days_ago, 22), partial(_run, builder, days_ago))


def _run(builder: Builder, days_ago: int) -> None:
    """What holds that evening, then what people did with what had opened before."""
    evening = today() - timedelta(days=days_ago)
    evaluate(as_of=evening)
    evaluate_key_results(as_of=evening)
    tell()
    evaluating.evaluate(as_of=evening)
    moment = builder.history.moment(days_ago, 22)
    for alert in _left_since(moment - timedelta(days=NOTED_AFTER)):
        owner = _handler(alert)
        if owner is not None:
            acknowledge(actor_of_person(owner), alert)
    waiting = Response.objects.filter(answered_at=None, alert__closed_at=None, alert__state="acknowledged")
    for response in waiting.filter(opened_at__lt=moment - timedelta(days=ANSWERED_AFTER)).select_related("alert"):
        owner = _handler(response.alert)
        if owner is not None and response.pk % UNANSWERED_EVERY:
            answer_response(
                actor_of_person(owner), response, what=ANSWERS[response.pk % len(ANSWERS)], action_owner=owner,
                due_on=evening + timedelta(days=21),
            )  # fmt: skip
    if days_ago > min(ROUNDS):
        for person in Person.objects.filter(notifications__read_at=None).distinct():
            mark_read(actor_of_person(person))


def _look_ahead() -> None:
    """The chances of the key results at work, from what was known that evening; by the quick way, there are many."""
    running = KeyResult.objects.filter(objective__state="active", metric__isnull=False, archived_at=None)
    refresh(running.values_list("metric_id", flat=True), light=True)


def _left_since(moment: object) -> QuerySet[Alert]:
    return Alert.objects.filter(state="open", opened_at__lt=moment).select_related("owner", "kpi", "key_result")


def _handler(alert: Alert) -> Person | None:
    """Its owner, where they are still here and may handle it."""
    owner = alert.owner
    if owner is None or owner.archived_at is not None:
        return None
    try:
        access.require("alert", actor_of_person(owner), "handle", alert)
    except NotAllowed:
        return None
    return owner
