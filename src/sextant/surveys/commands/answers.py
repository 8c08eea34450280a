"""Counting an answer. Nothing is kept of who gave it, by which link, or when (ADR 0020).

No event and no log line belongs in this file.
"""

from __future__ import annotations

import secrets

from django.utils.translation import gettext as _

from sextant.calc.periods import Period
from sextant.calc.surveys import first_score
from sextant.core.actors import Actor
from sextant.core.editing import held
from sextant.core.errors import Hidden, Refused, refuse
from sextant.core.writing import alone, writing
from sextant.surveys.models import Invitation, Mark, Round, Survey
from sextant.surveys.periods import period_holding, period_now
from sextant.surveys.queries.asking import Asked, behind, is_asked, mark_of, shut


def answer_by_link(token: str, score: int) -> Survey:
    """Count the answer behind a personal link or an open one.

    Raises Hidden for a link nobody made; Refused with "survey-answered", "survey-closed", "survey-period-over",
    "survey-not-open" or "score-missing". Of two at once with one personal link, one counts.
    """
    with writing():
        asked = behind(token)
        _require_open(asked)
        survey, invitation = asked.survey, asked.invitation
        _check_score(survey, score)
        row = running_round(survey)
        if invitation is not None:
            if not Invitation.objects.filter(pk=invitation.pk, is_used=False).update(is_used=True):
                invitation.is_used = True
                _require_open(Asked(survey, invitation))
            row.late += invitation.start < row.start
        _count(row, survey, score)
    return survey


def answer_as_member(actor: Actor, survey: Survey, score: int) -> Survey:
    """Count the answer of a person of the team, once in a period.

    Raises Hidden for who is not asked; Refused as `answer_by_link` does.
    """
    if survey.audience != "internal" or not is_asked(actor, survey):
        raise Hidden("survey", survey.key)
    with writing():
        survey = Survey.objects.select_related("metric").get(pk=survey.pk)
        _require_open(Asked(survey))
        _check_score(survey, score)
        row = running_round(survey)  # held: two answers of one person come here one after the other
        _made, is_new = Mark.objects.get_or_create(round=row, mark=mark_of(actor, row))
        if not is_new:
            raise already_answered()
        _count(row, survey, score)
    return survey


def running_round(survey: Survey) -> Round:
    """The row in which an answer counts now, held until this transaction ends. Call it inside `writing()`.

    Where the wall clock was turned back over the end of a period that is published already, it is the next one.
    """
    row = hold_round(survey, period_now(survey))
    while row.published_at is not None:
        row = hold_round(survey, period_holding(survey, row.end))
    return row


def hold_round(survey: Survey, period: Period) -> Round:
    """The row of a period, made with nothing counted when it is the first time, and held."""
    row = held(Round).filter(survey=survey, start=period.start).first()
    if row is not None:
        return row
    alone("surveys_round")
    Round.objects.get_or_create(
        survey=survey, start=period.start,
        defaults={"end": period.end, "counts": [0] * survey.points, "salt": secrets.token_hex(16)},
    )  # fmt: skip
    return held(Round).get(survey=survey, start=period.start)


def already_answered() -> Refused:
    """What a second answer in one period is refused with."""
    return refuse("survey-answered", _("You have answered in this period. Your answer is counted; thank you."))


def _count(row: Round, survey: Survey, score: int) -> None:
    row.counts[score - first_score(survey.kind)] += 1
    row.save(update_fields=["counts", "late"])


def _require_open(asked: Asked) -> None:
    problem = shut(asked)
    if problem is not None:
        raise Refused(problem)


def _check_score(survey: Survey, score: int) -> None:
    first = first_score(survey.kind)
    if not first <= score < first + survey.points:
        raise refuse("score-missing", _("Choose one of the answers."), "score")
