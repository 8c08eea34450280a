"""The objectives and key results that use a KPI, on its page."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.uses import uses_of_metric
from sextant.web.kpi_subject import Subject
from sextant.web.objective_subject import asked_day
from sextant.web.okr_words import now_and_target


@dataclass(frozen=True, slots=True)
class UseLine:
    """A key result that the KPI moves or guards, with its objective."""

    standing: KeyResultStanding
    url: str
    objective: str
    objective_url: str
    way: str
    is_guard: bool


def uses_of(subject: Subject) -> list[UseLine]:
    """All that the reader may see, as known at the standpoint."""
    day = asked_day(subject.as_of)
    return [
        UseLine(
            use.standing,
            reverse("key_result", args=[use.standing.key]) + day,
            use.standing.facts.objective.title,
            reverse("objective", args=[use.standing.facts.objective.key]) + day,
            now_and_target(use.standing),
            use.is_guard,
        )
        for use in uses_of_metric(subject.actor, subject.metric, subject.point)
    ]
