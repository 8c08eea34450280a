"""Periods of the past as they would have been collected, for who writes a history, such as the demo organisation."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sextant.calc.periods import Period
from sextant.core import clock
from sextant.core.actors import SYSTEM
from sextant.core.writing import writing
from sextant.people.queries import hash_of
from sextant.surveys.commands.answers import hold_round
from sextant.surveys.commands.publishing import publish_held
from sextant.surveys.models import Invitation, Round, Survey
from sextant.surveys.periods import link_ends, local_hour


def collect_past(survey: Survey, period: Period, counts: Sequence[int], *, links: int = 0) -> Round:
    """Publish a period with these answers per score, the lowest first, as if they had come in one by one.

    `links`: how many personal links were given out for it, where people were asked by them. Only inside
    `clock.writing_at(moment)`, at a moment after the period's end. Raises ValueError anywhere else.
    """
    if not clock.is_history() or period.end > local_hour():
        raise ValueError("The past is collected while history is written, at a moment after the period.")
    answers = sum(counts)
    with writing():
        row = hold_round(survey, period)
        if row.published_at is not None or len(counts) != survey.points:
            raise ValueError(f"{survey.name}: this period has a result, or these are the counts of another scale.")
        until = link_ends(survey, period)
        Invitation.objects.bulk_create(
            Invitation(
                survey=survey, start=period.start, until=until, is_used=number < answers,
                token_hash=hash_of(secrets.token_urlsafe(24)),
            )
            for number in range(links)
        )  # fmt: skip
        row.counts = list(counts)
        publish_held(SYSTEM, survey, row)
    return row
