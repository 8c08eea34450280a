"""When a period is over: its counts become one value of the metric, and what could tell more is deleted."""

from __future__ import annotations

import logging

from django.utils import translation
from django.utils.translation import gettext as _

from sextant.calc.numbers import format_value
from sextant.calc.periods import Period, label, periods_between, spoken
from sextant.calc.surveys import Sample, sample
from sextant.core import clock
from sextant.core.actors import SYSTEM, Actor
from sextant.core.editing import held
from sextant.core.errors import Refused, refuse
from sextant.core.events import emit
from sextant.core.writing import writing
from sextant.metrics.commands import RawPoint, record
from sextant.metrics.commands.metrics import circle_of
from sextant.people import queries as people
from sextant.surveys.commands.answers import hold_round
from sextant.surveys.commands.asking import begin_round
from sextant.surveys.models import Invitation, Round, Survey
from sextant.surveys.periods import calendar_for, local_hour, period_now, period_of_round
from sextant.surveys.queries.asking import INTERNAL, INVITED, audience_of

log = logging.getLogger(__name__)


def publish_due() -> int:
    """Publish every period that is over, oldest first, and begin the one that runs; returns how many.

    Each period has a transaction of its own, so that one that cannot be recorded holds up no other survey.
    """
    published, problem = 0, None
    for survey in Survey.objects.select_related("metric").filter(state="open", archived_at=None):
        begin_rounds(survey)
    over = Round.objects.filter(published_at=None, end__lte=local_hour(), survey__metric__archived_at=None)
    for number in over.order_by("start").values_list("pk", flat=True):
        try:
            published += publish_round(SYSTEM, number)
        except Refused as refusal:
            log.warning("A period of a survey could not be published: %s", refusal)
            problem = refusal
    if problem is not None:
        raise problem  # the job has failed, where an administrator sees it
    return published


def begin_rounds(survey: Survey) -> None:
    """A row for the running period and for any since the last one, so that a period nobody answered is told as well."""
    now = period_now(survey)
    with writing():
        survey = Survey.objects.select_related("metric").get(pk=survey.pk)
        if not survey.is_open:
            return
        last = Round.objects.filter(survey=survey).order_by("-start").first()
        since = now.start if last is None else min(last.end, now.start)
        for period in periods_between(since, now.end, now.frequency, calendar_for(survey)):
            if period == now:
                begin_round(SYSTEM, survey, period, is_first=last is None)
            elif last is None or period.start > last.start:
                hold_round(survey, period)


def publish_round(actor: Actor, number: int) -> bool:
    """Record the value of one period that is over; False when that had been done. Twice changes nothing.

    Under `min_answers` answers the period is withheld: the metric says so, and the counts are deleted.
    Raises Refused, and changes nothing, when the metric does not take the value.
    """
    with writing():
        row = held(Round).get(pk=number)
        survey = Survey.objects.select_related("metric", "metric__team").get(pk=row.survey_id)
        if row.published_at is not None or row.end > local_hour():
            return False
        publish_held(actor, survey, row)
    return True


def publish_held(actor: Actor, survey: Survey, row: Round) -> None:
    """The same for a row held by this transaction."""
    if not row.is_entered:
        row.invited = _invited(survey, row)
    row.survey = survey
    found = sample(survey.kind, row.counts, row.population)
    period = period_of_round(survey, row)
    row.n = found.n
    if found.n >= survey.min_answers:
        row.value, row.margin = found.value, found.margin
    else:
        row.counts, row.value, row.margin = [], None, None
    row.batch_key = _record(actor, survey, row, period, found)
    row.salt, row.published_at = "", clock.now()
    row.save()
    row.marks.all().delete()
    _announce(actor, survey, row, period)


def _invited(survey: Survey, row: Round) -> int | None:
    """How many could have answered, where that is known and no fewer than did."""
    if survey.audience == INVITED:
        asked = Invitation.objects.filter(survey=survey, start=row.start).count() + row.late
    elif survey.audience == INTERNAL:
        asked = audience_of(survey).count()
    else:
        return None
    return asked if asked >= sum(row.counts) else None


def _record(actor: Actor, survey: Survey, row: Round, period: Period, found: Sample) -> str:
    """One measurement, in the language of the organisation; returns the key of its batch."""
    with translation.override(people.organisation().locale):
        point = RawPoint(
            survey.metric.key,
            label(period, calendar_for(survey)),
            row.value,
            state="observed" if row.value is not None else "not_applicable",  # known to be none: nobody is asked for it
            qualifier="" if row.value is not None else withheld_words(survey),
            note="" if row.value is None else sample_words(survey, row),
        )
    batch = "" if row.is_entered else f"survey-{survey.pk}-{row.start}"
    recorded = record(actor, [point], batch_key=batch, kind="push", source=survey.name)
    if recorded.rejected:
        raise refuse("survey-not-recorded", f"{survey.name}: {recorded.rejected[0].message}")
    return recorded.batch


def withheld_words(survey: Survey) -> str:
    """What stands in place of a value that is withheld."""
    return _("fewer than %(fewest)d answers") % {"fewest": survey.min_answers}


def sample_words(survey: Survey, row: Round) -> str:
    """ "n 100, margin ±15.3, 48 % of 208 asked", for a published row with a value."""
    margin = format_value(row.margin, "number", 1, locale=translation.get_language() or "en")
    words = _("n %(n)d, margin ±%(margin)s") % {"n": row.n, "margin": margin}
    if row.invited and row.n is not None:
        share = round(100 * row.n / row.invited)
        words += ", " + _("%(share)d %% of %(invited)d asked") % {"share": share, "invited": row.invited}
    return words


def _announce(actor: Actor, survey: Survey, row: Round, period: Period) -> None:
    result = withheld_words(survey) if row.value is None else sample_words(survey, row)
    team_id, visibility, viewer_ids = circle_of(survey.metric)
    emit(
        actor, "survey.published", "survey", survey.key, survey.name, team_id=team_id, visibility=visibility,
        viewer_ids=viewer_ids, topics=[f"metric:{survey.metric.key}"],
        period=spoken(period, calendar_for(survey)), result=result,
    )  # fmt: skip
