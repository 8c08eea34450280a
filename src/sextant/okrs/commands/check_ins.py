"""Checking in on a key result or a KPI, taking it back, and reading it as a lead.

A check-in never replaces another one: everything anybody said stays readable, with the value it recorded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sextant.calc.numbers import guess_number_format, read_number
from sextant.calc.periods import Frequency, Period, PeriodError, label, moment_of, parse_period, period_at
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import Problem, Refused, Stale, refuse
from sextant.core.writing import writing
from sextant.kpis.models import Kpi
from sextant.metrics.commands import RawPoint, record, undo_batch
from sextant.metrics.models import Batch, Measurement, Metric
from sextant.okrs import subjects
from sextant.okrs.commands.blockers import raise_blocker, take_back_blockers
from sextant.okrs.commands.key_results import mark_milestone
from sextant.okrs.models import REPORTED_CHOICES, CheckIn, KeyResult, Milestone
from sextant.okrs.queries.due import slot_owed
from sextant.okrs.subjects import Subject
from sextant.people.models import Person

MOST_SECONDS = 3600.0
LONGEST_TEXT = 20_000
OWN_BATCHES = ("form", "push")


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says, as it came in; `milestones` maps the id of a step that is done to its evidence."""

    value: float | str | None = None
    period: str | None = None
    confidence: int | None = None
    status: str = ""
    note: str = ""
    action: str = ""
    blocker: str = ""
    milestones: Mapping[int, str] = field(default_factory=dict)

    @property
    def says_nothing(self) -> bool:
        said = (self.status, self.note.strip(), self.action.strip(), self.blocker.strip(), self.milestones)
        return self.value in (None, "") and self.confidence is None and not any(said)


def check_in(
    actor: Actor, subject: Subject, *, value: float | str | None = None, period: str | None = None,
    confidence: int | None = None, status: str = "", note: str = "", action: str = "", blocker: str = "",
    blocker_owner: Person | None = None, milestones: Mapping[int, str] | None = None, is_draft: bool = False,
    seconds: float | None = None, seen: int | None = None,
) -> CheckIn:  # fmt: skip
    """Say where a key result or a KPI stands; a value is recorded in its series, the same one again changes nothing.

    `period` is as people write it (None: the one asked for), `confidence` 0 to 10, `seconds` how long it took.
    `seen` is the id of the newest check-in the person saw, 0 for none: when somebody else checked in meanwhile,
    Stale shows both and keeps nothing of this one. None does not ask: both are kept. A draft is seen by its author
    alone, records nothing, and takes the place of their former one.
    """
    said = Statement(value, period, confidence, status, note, action, blocker, milestones or {})
    subjects.require_check_in(actor, subject)
    _check(subject, said, is_draft=is_draft)
    with writing():
        hold(subject)
        _require_running(subject)
        if seen is not None and not is_draft:
            _require_seen(actor, subject, said, seen)
        row = _row(actor, subject, said, is_draft=is_draft, seconds=seconds)
        if is_draft:
            return _keep_draft(actor, row)
        _fill_due(row, subject)
        _drafts(actor, subject).update(superseded_at=row.known_at)
        if said.value not in (None, ""):
            row.batch_key = _record(actor, subject, said, row)
        row.save()
        _mark_steps(actor, said, row)
        if said.blocker.strip():
            raise_blocker(actor, subject, text=said.blocker, owner=blocker_owner, known_at=row.known_at)
        subjects.announce(actor, "check_in.published", subject, check_in=row.pk)
    return row


def publish_draft(
    actor: Actor, draft: CheckIn, *, seconds: float | None = None, seen: int | None = None
) -> CheckIn:  # fmt: skip
    """Say what the draft holds. Raises Refused when it lacks something."""
    access.require("check_in", actor, "change", draft)
    if not draft.is_draft or draft.superseded_at is not None:
        raise refuse("not-a-draft", _("It is no draft any more. Nothing was changed."))
    subject = subject_of(draft)
    metric = subjects.metric_of(subject)
    period = None
    if draft.start is not None and metric is not None:
        calendar = subjects.calendar_for(metric)
        period = label(period_at(draft.start, Frequency(metric.frequency), calendar, metric.span), calendar)
    return check_in(
        actor, subject, value=draft.value, period=period if draft.value is not None else None,
        confidence=draft.confidence, status=draft.status, note=draft.note, action=draft.action,
        seconds=seconds if seconds is not None else draft.seconds, seen=seen,
    )  # fmt: skip


def take_back(actor: Actor, check_in: CheckIn) -> CheckIn:
    """Undo a check-in: the value, the steps and the blocker it brought go with it, and nothing else."""
    access.require("check_in", actor, "take_back", check_in)
    subject = subject_of(check_in)
    with writing():
        hold(check_in)
        if check_in.superseded_at is not None:
            return check_in
        _require_running(subject)
        check_in.superseded_at = clock.now()
        check_in.save(update_fields=["superseded_at"])
        if check_in.is_draft:
            return check_in
        own = Batch.objects.filter(key=check_in.batch_key, kind__in=OWN_BATCHES, undone_at=None)
        if check_in.batch_key and own.exists():
            undo_batch(subjects.lent(actor, subject), check_in.batch_key)
        if isinstance(subject, KeyResult):
            for step in subject.milestones.filter(done_at=check_in.known_at, done_by=check_in.author):
                mark_milestone(actor, step, done=False)
        take_back_blockers(actor, subject, author=check_in.author, known_at=check_in.known_at)
        subjects.announce(actor, "check_in.taken_back", subject, check_in=check_in.pk)
    return check_in


def acknowledge(actor: Actor, check_in: CheckIn) -> CheckIn:
    """Say as the lead of the team that one has read it."""
    access.require("check_in", actor, "acknowledge", check_in)
    with writing():
        hold(check_in)
        if check_in.is_draft or check_in.superseded_at is not None:
            raise refuse("taken-back", _("It was taken back meanwhile; there is nothing to acknowledge."))
        if check_in.acknowledged_at is None:
            check_in.acknowledged_at, check_in.acknowledged_by = clock.now(), actor.label
            check_in.save(update_fields=["acknowledged_at", "acknowledged_by"])
            subjects.announce(actor, "check_in.acknowledged", subject_of(check_in), check_in=check_in.pk)
    return check_in


def subject_of(check_in: CheckIn) -> Subject:
    found: Subject | None = check_in.key_result or check_in.kpi
    assert found is not None
    return found


def latest_of(subject: Subject) -> CheckIn | None:
    """The newest published check-in that stands."""
    found = CheckIn.objects.filter(**subjects.on(subject), is_draft=False, superseded_at=None)
    return found.order_by("-known_at", "-id").first()


def _check(subject: Subject, said: Statement, *, is_draft: bool) -> None:
    problems = []
    level = said.confidence
    if level is not None and (isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= 10):
        problems.append(Problem("bad-confidence", _("Confidence is a whole number from 0 to 10."), "confidence"))
    if said.status not in dict(REPORTED_CHOICES):
        message = _("“%(value)s” is not one of on_track, at_risk, off_track.")
        problems.append(Problem("unknown-choice", message % {"value": said.status}, "status"))
    for name in ("note", "action", "blocker"):
        text = getattr(said, name)
        if len(text) > LONGEST_TEXT:
            problems.append(Problem("too-long", _("Use at most %(most)s characters.") % {"most": LONGEST_TEXT}, name))
        if "\0" in text:
            problems.append(Problem("unreadable-text", _("It holds a character that cannot be kept."), name))
    if is_draft and said.blocker.strip():
        message = _("A draft is seen by you alone. Name the blocker when you check in, so that others can clear it.")
        problems.append(Problem("blocker-in-draft", message, "blocker"))
    if not is_draft:
        problems += _missing(said)
    if said.value not in (None, "") and (why := _why_no_value(subject)):
        problems.append(why)
    if problems:
        raise Refused(*problems)


def _missing(said: Statement) -> list[Problem]:
    if said.says_nothing:
        message = _("Say at least how confident you are, from 0 to 10, or write a line.")
        return [Problem("nothing-said", message, "confidence")]
    if said.status != "off_track":
        return []
    problems = []
    if not said.note.strip():
        problems.append(Problem("reason-missing", _("Off track needs a reason: what happened?"), "note"))
    if not said.action.strip():
        problems.append(Problem("action-missing", _("Off track needs an action: what will you do?"), "action"))
    return problems


def _why_no_value(subject: Subject) -> Problem | None:
    metric = subjects.metric_of(subject)
    if metric is None or (isinstance(subject, KeyResult) and subject.kind in subjects.STEPPED):
        message = _("Its progress comes from its steps; mark the ones that are done.")
        return Problem("no-value-here", message, "value")
    if subjects.is_calculated(metric):
        return Problem("value-is-calculated", _("Its value is calculated; nobody enters it."), "value")
    return None


def _require_running(subject: Subject) -> None:
    if isinstance(subject, Kpi):
        if subject.state == "retired" or subject.archived_at is not None:
            raise refuse("kpi-retired", _("The KPI is no longer watched. Bring it back first."), "kpi")
        return
    if subject.objective.state == "closed" or subject.closed_at is not None:
        raise refuse("closed", _("The objective is closed. Reopen it to check in."), "state")
    if subject.archived_at is not None:
        raise refuse("archived", _("The key result is archived. Bring it back first."), "state")
    if subject.objective.state != "active":
        raise refuse("not-started", _("Check-ins begin when the objective is started."), "state")


def _require_seen(actor: Actor, subject: Subject, said: Statement, seen: int) -> None:
    latest = latest_of(subject)
    if latest is None or latest.pk == seen:
        return
    mine = (latest.author_person_id == actor.person_id) if actor.person_id else (latest.author == actor.label)
    if mine:
        return
    theirs = {
        "seen": latest.pk, "author": latest.author, "value": latest.value, "confidence": latest.confidence,
        "status": latest.status, "note": latest.note, "action": latest.action,
    }  # fmt: skip
    yours = {
        "seen": seen, "author": actor.label, "value": said.value, "confidence": said.confidence,
        "status": said.status, "note": said.note, "action": said.action,
    }  # fmt: skip
    raise Stale(theirs, yours)


def _row(actor: Actor, subject: Subject, said: Statement, *, is_draft: bool, seconds: float | None) -> CheckIn:
    row = CheckIn(
        **subjects.on(subject), author_person_id=actor.person_id, author=actor.label, confidence=said.confidence,
        status=said.status, note=said.note.strip(), action=said.action.strip(), is_draft=is_draft,
        seconds=_measured(seconds), known_at=clock.now(),
    )  # fmt: skip
    if said.value not in (None, ""):
        row.start = _period(subject, said).start
        row.value = _number(said.value)
    return row


def _measured(seconds: float | None) -> float | None:
    """What a page measured: nobody needs an hour for one item, and no time is negative."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return None
    return min(seconds, MOST_SECONDS)


def _period(subject: Subject, said: Statement) -> Period:
    metric = _metric(subject)
    if said.period is None:
        return subjects.period_asked(metric, subjects.local_now(), is_complete=subjects.asks_complete(subject))
    try:
        return parse_period(said.period, calendar=subjects.calendar_for(metric))
    except PeriodError as error:
        raise refuse(error.key, str(error), "period") from None


def _number(value: float | str | None) -> float | None:
    """The number in what was typed; None for "not applicable". Raises Refused for anything else."""
    if not isinstance(value, str):
        return value
    reading = read_number(value, guess_number_format([value]))
    if reading.kind in ("number", "not_applicable"):
        return reading.value
    raise refuse("not-a-number", _("“%(text)s” is not a number.") % {"text": value[:60]}, "value")


def _metric(subject: Subject) -> Metric:
    metric = subjects.metric_of(subject)
    assert metric is not None
    return metric


def _record(actor: Actor, subject: Subject, said: Statement, row: CheckIn) -> str:
    """Record the value; returns the batch that holds it, "" when it stood already."""
    metric = _metric(subject)
    if actor.kind == "person" and subjects.is_fed(metric):
        message = _("Its values come from a source by themselves. Say how confident you are; correct a value there.")
        raise refuse("value-is-automatic", message, "value")
    period = label(_period(subject, said), subjects.calendar_for(metric))
    state = "observed" if row.value is not None else "not_applicable"
    kind = "form" if actor.kind != "token" else "push"
    source = _("Check-in")  # it names nothing: the thing may be kept to some people later
    point = RawPoint(metric.key, period, row.value, state)
    recorded = record(subjects.lent(actor, subject), [point], kind=kind, source=source)
    for rejection in recorded.rejected:
        about_period = "period" in rejection.key or rejection.key in ("too-far-ahead", "coarser-than-metric")
        raise refuse(rejection.key, rejection.message, "period" if about_period else "value")
    return recorded.batch if recorded.accepted else ""


def _fill_due(row: CheckIn, subject: Subject) -> None:
    """Say which due day it answers, if any, and whether that had passed."""
    now = subjects.local_now()
    if isinstance(subject, KeyResult):
        slot = slot_owed(subject, now.date())
        if slot is not None:
            row.due_on, row.is_late = slot.due, now.date() > slot.due
        return
    if row.start is None:
        return
    metric = subject.metric
    asked = subjects.period_asked(metric, now, is_complete=True)
    is_first = not Measurement.objects.filter(metric=metric, start=row.start, superseded_at=None).exists()
    if row.start <= asked.start and is_first:
        ends = period_at(row.start, Frequency(metric.frequency), subjects.calendar_for(metric), metric.span).end
        due = moment_of(ends) + timedelta(days=metric.grace_days)
        row.due_on, row.is_late = due.date(), now > due


def _drafts(actor: Actor, subject: Subject) -> QuerySet[CheckIn]:
    mine = {"author_person_id": actor.person_id} if actor.person_id else {"author": actor.label}
    return CheckIn.objects.filter(**subjects.on(subject), **mine, is_draft=True, superseded_at=None)


def _keep_draft(actor: Actor, row: CheckIn) -> CheckIn:
    """A draft says what it says now; how it read before is nobody's business."""
    subject = subject_of(row)
    former = _drafts(actor, subject).order_by("id").first()
    if former is not None:
        row.pk = former.pk
    row.save()
    return row


def _mark_steps(actor: Actor, said: Statement, row: CheckIn) -> None:
    """Mark steps as reached at the moment of the check-in, so that taking it back knows them."""
    subject = subject_of(row)
    for step_id, evidence in said.milestones.items():
        steps = Milestone.objects.filter(pk=step_id, superseded_at=None)
        step = steps.filter(key_result=subject).first() if isinstance(subject, KeyResult) else None
        if step is None:
            raise refuse("unknown-milestone", _("It has no such step. Load the page again."), "milestones")
        if step.done_at is None:
            mark_milestone(actor, step, evidence=evidence)
            steps.update(done_at=row.known_at)
