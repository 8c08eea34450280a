"""Counts that were taken elsewhere, on paper or by another tool, for a period that is over."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from sextant.calc.periods import Frequency, Period, spoken
from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import Refused, refuse
from sextant.core.writing import writing
from sextant.surveys.commands.answers import hold_round
from sextant.surveys.commands.publishing import publish_held
from sextant.surveys.commands.surveys import announce
from sextant.surveys.models import Round, Survey
from sextant.surveys.periods import calendar_for, local_hour, period_holding

MOST_ANSWERS = 10_000_000


def enter_counts(
    actor: Actor, survey: Survey, *, period: Period, counts: Sequence[int], invited: int | None = None
) -> Round:
    """Publish these counts as the result of a period; entered again, they replace what was entered before.

    `counts`: answers per score, the lowest score first. `invited`: how many were asked, where that is known.
    Raises Refused with "bad-counts", "bad-invited", "other-period", "period-running" or "period-collected".
    """
    access.require("survey", actor, "change", survey)
    _check(survey, counts, invited)
    if period.frequency != Frequency(survey.metric.frequency) or period != period_holding(survey, period.start):
        message = _("Name one %(frequency)s, such as %(example)s.")
        example = spoken(period_holding(survey, local_hour() - 24 * 100), calendar_for(survey))
        words = {"frequency": survey.metric.get_frequency_display().lower(), "example": example}
        raise refuse("other-period", message % words, "period")
    if period.end > local_hour():
        raise refuse("period-running", _("That period is not over yet. Its result is published afterwards."), "period")
    with writing():
        row = hold_round(survey, period)
        if not row.is_entered and (row.n or sum(row.counts)):
            raise _collected()
        row.is_entered, row.counts, row.invited, row.published_at = True, list(counts), invited, None
        announce(actor, "survey.counted", survey, period=spoken(period, calendar_for(survey)))
        publish_held(actor, survey, row)
    return row


def _collected() -> Refused:
    message = _("Answers were collected for that period already. Two counts of one period cannot be told apart.")
    return refuse("period-collected", message, "period")


def _check(survey: Survey, counts: Sequence[int], invited: int | None) -> None:
    if len(counts) != survey.points or any(not 0 <= count <= MOST_ANSWERS for count in counts):
        message = _("Give a count of 0 or more for each of the %(points)d answers.")
        raise refuse("bad-counts", message % {"points": survey.points}, "counts")
    if invited is not None and not sum(counts) <= invited <= MOST_ANSWERS:
        raise refuse("bad-invited", _("At least as many were asked as have answered."), "invited")
