"""Making, changing and running a survey."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from copy import copy
from typing import Any

from django.utils.translation import gettext as _

from sextant.calc import surveys as scores
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import change, fresh
from sextant.core.errors import Problem, Refused, refuse
from sextant.core.events import emit
from sextant.core.keys import is_taken, new_key
from sextant.core.secrets import seal
from sextant.core.writing import writing
from sextant.metrics.commands import change_definition, create_metric
from sextant.metrics.commands.metrics import check_key, circle_of
from sextant.metrics.models import Metric
from sextant.people.models import Person, Team
from sextant.people.queries import calendar, hash_of
from sextant.surveys.commands.asking import begin_round
from sextant.surveys.models import AUDIENCE_CHOICES, FEWEST_ANSWERS, Survey
from sextant.surveys.periods import period_now

FREQUENCIES = ("week", "month", "quarter")
UNITS = {scores.NPS: "number", scores.CSAT: "percent", scores.RATING: "rating"}
PRECISION = {scores.NPS: 0, scores.CSAT: 0, scores.RATING: 1}
LONGEST = {"name": 300, "question": 500, "low_label": 60, "high_label": 60}
CHANGEABLE = ("name", "question", "low_label", "high_label", "min_answers", "audience")
MOST_NEEDED = 1000
NEXT_STATES = {"draft": {"open"}, "open": {"paused", "closed"}, "paused": {"open", "closed"}, "closed": {"open"}}


def create_survey(
    actor: Actor,
    *,
    name: str,
    question: str,
    kind: str,
    audience: str,
    team: Team | None = None,
    points: int | None = None,
    low_label: str = "",
    high_label: str = "",
    min_answers: int = FEWEST_ANSWERS,
    key: str = "",
    metric: Metric | None = None,
    frequency: str = "month",
    owner: Person | None = None,
    visibility: str = "organisation",
    viewers: Sequence[Person] = (),
) -> Survey:
    """A draft with a metric of its own, or for one that exists and nobody fills (`metric`; then its team counts).

    `points`: of a rating scale, 3 to 10. Raises Refused with one problem per field.
    """
    survey = Survey(
        name=name.strip(), question=question.strip(), kind=kind, audience=audience, low_label=low_label.strip(),
        high_label=high_label.strip(), min_answers=min_answers, points=scores.POINTS.get(kind, points or 5),
    )  # fmt: skip
    check(survey)
    if key:
        check_key(key)
    with writing():
        if key and is_taken(Survey, key):
            raise refuse("key-taken", _("The key “%(key)s” is already used by another survey.") % {"key": key}, "key")
        if metric is not None:
            survey.metric = _taking_over(actor, metric, survey)
        else:
            survey.metric = _new_metric(
                actor, survey, team=team, frequency=frequency, owner=owner, visibility=visibility, viewers=viewers
            )
        survey.key = key or new_key(Survey, survey.name)
        survey.save()
        announce(actor, "survey.created", survey)
    return survey


def change_survey(actor: Actor, survey: Survey, *, version: int, **changes: Any) -> Survey:
    """Change what is said of it; who is asked only while it is a draft.

    A question that has been asked already and now reads differently starts a new version of the metric's definition.
    """
    access.require("survey", actor, "change", survey)
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise refuse("unknown-field", f"A survey has no field '{sorted(unknown)[0]}' to change.", sorted(unknown)[0])
    changes = {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}
    with writing():
        survey = fresh(survey, version, changes)
        if changes.get("audience", survey.audience) != survey.audience and survey.state != "draft":
            message = _("Who is asked is decided before it opens. Make another survey for other people.")
            raise refuse("audience-is-fixed", message, "audience")
        before = survey.question
        proposed = copy(survey)
        for name, value in changes.items():
            setattr(proposed, name, value)
        check(proposed)
        changed = change(survey, changes)
        if not changed:
            return survey
        if survey.question != before:
            _say_question(actor, survey, before)
        announce(actor, "survey.changed", survey, fields=", ".join(sorted(changed)))
    return survey


def open_survey(actor: Actor, survey: Survey) -> Survey:
    """Take answers from now on. A survey for whoever has the link gets one."""
    with writing():
        survey = _step(actor, survey, "open")
        if survey.audience == "link" and not survey.link_hash:
            _give_link(survey)
        # None for the periods in which it was not open.
        begin_round(actor, survey, period_now(survey), is_first=not survey.rounds.exists())
        announce(actor, "survey.opened", survey)
    return survey


def pause_survey(actor: Actor, survey: Survey) -> Survey:
    """Take no answers for a while; links keep, and what was counted is published when the period is over."""
    with writing():
        survey = _step(actor, survey, "paused")
        announce(actor, "survey.paused", survey)
    return survey


def close_survey(actor: Actor, survey: Survey) -> Survey:
    """Take no more answers. What was counted is published when the period is over."""
    with writing():
        survey = _step(actor, survey, "closed")
        announce(actor, "survey.closed", survey)
    return survey


def archive_survey(actor: Actor, survey: Survey, *, version: int | None = None) -> Survey:
    """Take it out of lists; it takes no answers. Its metric and results stay."""
    return _set_archived(actor, survey, version, archived=True)


def restore_survey(actor: Actor, survey: Survey, *, version: int | None = None) -> Survey:
    """Take it into lists again, in the state it had."""
    return _set_archived(actor, survey, version, archived=False)


def renew_link(actor: Actor, survey: Survey) -> Survey:
    """A new link for whoever has it; the old one ends at once."""
    access.require("survey", actor, "change", survey)
    with writing():
        survey = fresh(survey, None, {})
        if survey.audience != "link":
            raise refuse("no-open-link", _("Only a survey for whoever has the link has one to renew."))
        _give_link(survey)
        announce(actor, "survey.link_renewed", survey)
    return survey


def check(survey: Survey) -> None:
    """Raise Refused, one problem per field, unless the survey makes sense."""
    problems = [
        Problem("too-long", _("Use at most %(most)d characters.") % {"most": most}, field)
        for field, most in LONGEST.items()
        if len(getattr(survey, field)) > most
    ]
    if not survey.name:
        problems.append(Problem("name-missing", _("Give the survey a name."), "name"))
    if not survey.question:
        problems.append(Problem("question-missing", _("Write the question people are to answer."), "question"))
    if survey.kind not in scores.KINDS:
        problems.append(Problem("unknown-choice", _("Choose what kind of answer it asks for."), "kind"))
    if survey.audience not in dict(AUDIENCE_CHOICES):
        problems.append(Problem("unknown-choice", _("Choose who is asked."), "audience"))
    if survey.kind == scores.RATING and not scores.FEWEST_POINTS <= survey.points <= scores.MOST_POINTS:
        problems.append(Problem("bad-scale", _("A rating scale has 3 to 10 points."), "points"))
    if not FEWEST_ANSWERS <= survey.min_answers <= MOST_NEEDED:
        message = _("A result is shown from 5 answers on, or from more, up to 1000: fewer would give people away.")
        problems.append(Problem("too-few-answers", message, "min_answers"))
    if problems:
        raise Refused(*problems)


def announce(actor: Actor, name: str, survey: Survey, **data: Any) -> None:
    """Write the event about this survey for those who may see it."""
    team_id, visibility, viewer_ids = circle_of(survey.metric)
    emit(
        actor, name, "survey", survey.key, survey.name, team_id=team_id, visibility=visibility,
        viewer_ids=viewer_ids, topics=[f"metric:{survey.metric.key}"], **data,
    )  # fmt: skip


def measured_by(survey: Survey) -> str:
    """How the metric is measured, for its definition."""
    how = {
        scores.NPS: _("percent of answers 9 and 10 less percent of answers 0 to 6, of 0 to 10"),
        scores.CSAT: _("percent of answers 4 and 5, of 1 to 5"),
        scores.RATING: _("mean of the answers, of 1 to %(points)d") % {"points": survey.points},
    }[survey.kind]
    return _("Survey: “%(question)s” Result: %(how)s.") % {"question": survey.question, "how": how}


def _new_metric(actor: Actor, survey: Survey, *, team: Team | None, frequency: str, **said: Any) -> Metric:
    if team is None:
        raise refuse("team-missing", _("Choose the team it belongs to."), "team")
    if frequency not in FREQUENCIES:
        raise refuse("unknown-choice", _("Ask every week, month or quarter."), "frequency")
    low, high = scores.bounds(survey.kind, survey.points)
    return create_metric(
        actor, name=survey.name, team=team, how_measured=measured_by(survey), source=_("Survey"),
        unit=UNITS[survey.kind], precision=PRECISION[survey.kind], direction="up", frequency=frequency,
        # A longer period is not the mean of its parts: they have different numbers of answers.
        aggregation="last", lower_bound=low, upper_bound=high, year_start_month=calendar().year_start_month,
        **said,
    )  # fmt: skip


def _taking_over(actor: Actor, metric: Metric, survey: Survey) -> Metric:
    """The metric, when a survey of this kind can fill it."""
    access.require("metric", actor, "change", metric)
    unit = UNITS[survey.kind]
    current = metric.definitions.filter(superseded_at=None).order_by("number").last()
    low, high = scores.bounds(survey.kind, survey.points)
    wrong = {
        _("has a survey already"): Survey.objects.filter(metric=metric).exists(),
        _("is archived"): metric.archived_at is not None,
        _("is private"): metric.visibility == "private",
        _("is calculated"): metric.numerator_id is not None or bool(current and current.formula),
        _("has neither weekly, monthly nor quarterly values"): metric.frequency not in FREQUENCIES or metric.span != 1,
        _("is better when lower"): metric.direction != "up",
        _("has another unit than such a survey"): metric.unit not in {unit, "number"},
        _("has narrower bounds than the scale"): (metric.lower_bound is not None and metric.lower_bound > low)
        or (metric.upper_bound is not None and metric.upper_bound < high),
    }
    reason = next((words for words, is_so in wrong.items() if is_so), None)
    if reason is not None:
        message = _("%(metric)s cannot be filled by this survey: it %(reason)s.")
        raise refuse("metric-does-not-fit", message % {"metric": metric.name, "reason": reason}, "metric")
    return metric


def _say_question(actor: Actor, survey: Survey, before: str) -> None:
    """Keep the metric's definition saying what is asked."""
    current = survey.metric.definitions.filter(superseded_at=None).order_by("number").last()
    if current is None or (survey.state == "draft" and before not in current.how_measured):
        return
    change_definition(
        actor, survey.metric, number=current.number, description=current.description,
        how_measured=measured_by(survey), reason=_("The question was changed."),
        valid_from=None if survey.state == "draft" else period_now(survey).start,
        is_correction=survey.state == "draft",
    )  # fmt: skip


def _step(actor: Actor, survey: Survey, state: str) -> Survey:
    """The survey in its next state, held. Call it inside `writing()`."""
    access.require("survey", actor, "change", survey)
    survey = fresh(survey, None, {})
    if survey.archived_at is not None:
        raise refuse("survey-archived", _("It is archived. Bring it back first."))
    if state not in NEXT_STATES[survey.state]:
        message = _("It is %(state)s; that cannot be done now.")
        raise refuse("survey-state", message % {"state": survey.get_state_display().lower()})
    change(survey, {"state": state})
    return survey


def _give_link(survey: Survey) -> None:
    token = secrets.token_urlsafe(24)
    change(survey, {"link_hash": hash_of(token), "sealed_link": seal(token)})


def _set_archived(actor: Actor, survey: Survey, version: int | None, *, archived: bool) -> Survey:
    access.require("survey", actor, "change", survey)
    with writing():
        survey = fresh(survey, version, {})
        if change(survey, {"archived_at": clock.now() if archived else None}):
            announce(actor, "survey.archived" if archived else "survey.restored", survey)
    return survey
