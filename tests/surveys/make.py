"""Makes surveys through the commands, and moves the clock for those who answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sextant.calc.periods import parse_period
from sextant.core import clock
from sextant.people.models import Team
from sextant.surveys.commands import (
    answer_by_link,
    create_survey,
    enter_counts,
    make_invitations,
    open_survey,
    publish_due,
)
from sextant.surveys.models import Round, Survey
from tests.make import admin

MAY = datetime(2026, 5, 12, 9, tzinfo=UTC)
JUNE = datetime(2026, 6, 2, 9, tzinfo=UTC)


def make_survey(key: str = "patients", **changes: Any) -> Survey:
    """A draft net promoter survey of the emergency department, asked every month by personal link."""
    fields: dict[str, Any] = {
        "name": key.replace("-", " ").capitalize(), "team": Team.objects.get(key="emergency"), "kind": "nps",
        "audience": "invited", "question": "How likely are you to recommend us?",
    }  # fmt: skip
    return create_survey(admin(), key=key, **(fields | changes))


def opened(key: str = "patients", **changes: Any) -> Survey:
    return open_survey(admin(), make_survey(key, **changes))


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Answers, links and publication as of this moment."""
    with clock.writing_at(moment):
        yield


def token_of(address: str) -> str:
    return address.rpartition("/")[2]


def answered(survey: Survey, scores: Sequence[int]) -> list[str]:
    """One invitation per score, all used; the tokens."""
    tokens = [token_of(one) for one in make_invitations(admin(), survey, count=len(scores))]
    for token, score in zip(tokens, scores, strict=True):
        answer_by_link(token, score)
    return tokens


def published(survey: Survey, scores: Sequence[int]) -> Round:
    """The survey's May of 2026 with these answers, published in June."""
    with at(MAY):
        survey = open_survey(admin(), survey)
        answered(survey, scores)
    with at(JUNE):
        publish_due()
    return survey.rounds.get(start=parse_period("2026-05").start)


def entered(survey: Survey, period: str, counts: Sequence[int], invited: int | None = None) -> Round:
    return enter_counts(admin(), survey, period=parse_period(period), counts=counts, invited=invited)


def nps_counts(promoters: int, passives: int, detractors: int) -> list[int]:
    return [detractors, 0, 0, 0, 0, 0, 0, passives, 0, 0, promoters]
