"""Telling the people of a team that they are asked, when a survey opens and when a new period of it begins."""

from __future__ import annotations

from sextant.calc.periods import Period
from sextant.core import clock
from sextant.core.actors import Actor
from sextant.notifications.commands import Telling, notify_many
from sextant.surveys.commands.answers import hold_round
from sextant.surveys.models import Round, Survey
from sextant.surveys.queries.asking import INTERNAL, audience_of


def begin_round(actor: Actor, survey: Survey, period: Period, *, is_first: bool) -> None:
    """Hold the period that runs; those asked by name hear of it once, whoever reads the results. Inside `writing()`.

    Nobody is told again when it is paused and goes on, and nobody is reminded: that would have to know who answered.
    """
    is_new = not Round.objects.filter(survey=survey, start=period.start).exists()
    hold_round(survey, period)
    if is_new and survey.audience == INTERNAL and not clock.is_history():
        notice = "survey_opened" if is_first else "survey_asks_again"
        notify_many(actor, [Telling("survey_answer", survey.key, list(audience_of(survey)), notice)])
