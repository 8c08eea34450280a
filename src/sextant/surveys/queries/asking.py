"""Who is asked, what lies behind a link, and whether it can still be answered."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, Problem
from sextant.people import queries as people
from sextant.people.models import Person
from sextant.surveys.models import Invitation, Mark, Round, Survey
from sextant.surveys.periods import local_hour, period_now

INVITED, LINK, INTERNAL = "invited", "link", "internal"


@dataclass(frozen=True, slots=True)
class Asked:
    """A survey as somebody stands before it."""

    survey: Survey
    invitation: Invitation | None = None


def behind(token: str) -> Asked:
    """What a link leads to. Raises Hidden for a link that nobody made."""
    mark = people.hash_of(token)
    rows = Invitation.objects.select_related("survey", "survey__metric", "survey__metric__team")
    invitation = rows.filter(token_hash=mark, survey__audience=INVITED).first()
    if invitation is not None:
        return Asked(invitation.survey, invitation)
    surveys = Survey.objects.select_related("metric", "metric__team")
    survey = surveys.filter(link_hash=mark, audience=LINK).first()
    if survey is None:
        raise Hidden("survey", "")
    return Asked(survey)


def shut(asked: Asked) -> Problem | None:
    """Why no answer can be given here at present, in words for the person; None when it can."""
    survey, invitation = asked.survey, asked.invitation
    if invitation is not None and invitation.is_used:
        message = _("This link has been used. Each link takes one answer, and yours is counted.")
        return Problem("survey-answered", message)
    if survey.state == "closed" or survey.archived_at is not None:
        return Problem("survey-closed", _("This survey is closed. Thank you for wanting to answer."))
    if invitation is not None and local_hour() >= invitation.until:
        message = _("The time for this link is over: the period it was made for has ended.")
        return Problem("survey-period-over", message)
    if survey.state != "open":
        message = _("This survey takes no answers at the moment. Keep the link and try again later.")
        return Problem("survey-not-open", message)
    return None


def audience_of(survey: Survey) -> QuerySet[Person]:
    """People with a sign-in in the survey's team and the teams below it; the whole organisation for the root."""
    everybody = people.people_at_work().filter(user__isnull=False)
    team = survey.metric.team
    if team.parent_id is None:
        return everybody
    below = people.team_tree().with_descendants(team.pk)
    return everybody.filter(memberships__superseded_at=None, memberships__team_id__in=below).distinct()


def find_for_member(actor: Actor, key: str) -> Survey:
    """An internal survey this person may answer. Raises Hidden for anybody else, and for drafts."""
    rows = Survey.objects.select_related("metric", "metric__team").filter(audience=INTERNAL, archived_at=None)
    survey = rows.exclude(state="draft").filter(key=key).first() if "\0" not in key else None
    if survey is None or not is_asked(actor, survey):
        raise Hidden("survey", key)
    return survey


def is_asked(actor: Actor, survey: Survey) -> bool:
    """Whether the actor is a person of the survey's audience; a token is not."""
    if actor.kind != "person" or actor.person_id is None:
        return False
    return audience_of(survey).filter(pk=actor.person_id).exists()


def has_answered(actor: Actor, survey: Survey) -> bool:
    """Whether this person has answered an internal survey in the running period."""
    row = Round.objects.filter(survey=survey, start=period_now(survey).start).exclude(salt="").first()
    return row is not None and Mark.objects.filter(round=row, mark=mark_of(actor, row)).exists()


def mark_of(actor: Actor, row: Round) -> str:
    """What stands for this person in this period, and for nobody who lacks the signing key or the period's salt."""
    key = f"{settings.SECRET_KEY}:{row.salt}".encode()
    return hmac.new(key, str(actor.person_id).encode(), hashlib.sha256).hexdigest()


def waiting_for(actor: Actor) -> list[Survey]:
    """Open internal surveys that ask this person and have no answer of theirs in the running period."""
    rows = Survey.objects.select_related("metric", "metric__team").filter(
        audience=INTERNAL, state="open", archived_at=None
    )
    return [one for one in rows if is_asked(actor, one) and not has_answered(actor, one)]


def surveys_of(actor: Actor) -> QuerySet[Survey]:
    """Surveys in use that the actor may see."""
    return visible("survey", actor).filter(archived_at=None).order_by("name")
