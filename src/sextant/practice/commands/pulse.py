"""Asking for the pulse: how often, opening and closing a round, and answering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from sextant.calc.small_groups import gathered
from sextant.core import clock, editing, events
from sextant.core.access import require
from sextant.core.actors import SYSTEM, Actor
from sextant.core.errors import refuse
from sextant.core.keys import new_key
from sextant.core.writing import alone, writing
from sextant.people import queries as people
from sextant.people.models import Team
from sextant.practice.models import PulseCount, PulseDone, PulseRhythm, PulseRound
from sextant.practice.queries.home_teams import teams_of
from sextant.practice.queries.pulse import STATEMENTS, next_round_on, open_round, rhythm

THE_ONLY_ONE = 1
MOST_MONTHS = 24
LONGEST_DAYS = 60
SCORES = range(1, 6)


def set_rhythm(actor: Actor, *, is_on: bool, every_months: int, open_days: int, version: int | None) -> PulseRhythm:
    """Turn the pulse on or off, and say how often it is asked (months) and how long a round is open (days).

    Turning it off asks no new round; one that is open goes on until it is closed.
    """
    require("pulse", actor, "change", None)
    if not 1 <= every_months <= MOST_MONTHS:
        raise refuse("months-wrong", _("Ask every 1 to 24 months."), "every_months")
    if not 1 <= open_days <= LONGEST_DAYS:
        raise refuse("days-wrong", _("A round is open for 1 to 60 days."), "open_days")
    wanted = {"is_on": is_on, "every_months": every_months, "open_days": open_days}
    with writing():
        PulseRhythm.objects.get_or_create(pk=THE_ONLY_ONE, defaults={"version": 0})
        row = editing.fresh(PulseRhythm(pk=THE_ONLY_ONE), version, wanted)
        changes = editing.change(row, wanted)
        if changes:
            events.emit(actor, "pulse.set", "pulse", "rhythm", _("Pulse"), changes=editing.in_words(changes))
    return row


def start_round(actor: Actor) -> PulseRound:
    """Ask everybody now. Refused while the pulse is off or a round is open."""
    require("pulse", actor, "change", None)
    with writing():
        alone("pulse")
        held = rhythm()
        if not held.is_on:
            raise refuse("pulse-off", _("The pulse is turned off. Turn it on first."))
        if open_round() is not None:
            raise refuse("pulse-open", _("A round is open already. Close it before you open another one."))
        day = people.today()
        found = PulseRound.objects.create(
            key=new_key(PulseRound, f"pulse {day:%Y-%m}"), statements=list(STATEMENTS),
            opened_at=clock.now(), closes_on=day + timedelta(days=held.open_days),
        )  # fmt: skip
        events.emit(actor, "pulse.opened", "pulse", found.key, found.key, until=found.closes_on.isoformat())
    return found


def answer_pulse(actor: Actor, found: PulseRound, *, scores: Mapping[str, int], team: Team | None = None) -> None:
    """Count the person's scores, 1 to 5 for every statement, in one of their teams (None: the one they belong to most
    closely). Nothing is kept that ties them to the person; that they have answered is known until the round closes.
    """
    require("pulse", actor, "answer", found)
    if set(scores) != set(found.statements) or not all(score in SCORES for score in scores.values()):
        raise refuse("score-missing", _("Choose a figure from 1 to 5 for every statement."))
    person_id = actor.person_id or 0
    own = teams_of(person_id)
    if team is not None and team.pk not in own:
        raise refuse("not-your-team", _("Answer for a team of yours."), "team")
    team_id = team.pk if team is not None else own[0]
    with writing():
        alone("pulse")
        row = editing.held(PulseRound).get(pk=found.pk)
        if row.closed_at is not None:
            raise refuse("pulse-closed", _("This round is closed. The next one will ask again."))
        _done, is_new = PulseDone.objects.get_or_create(round=row, person_id=person_id)
        if not is_new:
            raise refuse("answered-already", _("You have answered this round already. Answers cannot be changed."))
        _count(row, team_id, scores)


def _count(row: PulseRound, team_id: int, scores: Mapping[str, int]) -> None:
    """Count the scores. All rows of the team are made with its first answer and written with every one, so that
    neither their order nor their age tells which of them somebody's answer touched.
    """
    own = PulseCount.objects.filter(round=row, team_id=team_id)
    if not own.exists():
        PulseCount.objects.bulk_create(
            PulseCount(round=row, team_id=team_id, statement=statement, score=score, count=0)
            for statement in row.statements
            for score in SCORES
        )
    chosen = [When(statement=statement, score=score, then=Value(1)) for statement, score in scores.items()]
    own.update(count=F("count") + Case(*chosen, default=Value(0)))


def close_round(actor: Actor, found: PulseRound) -> PulseRound:
    """End a round: forget who answered, and put the counts of small teams together so that none is below five."""
    require("pulse", actor, "change", found)
    with writing():
        alone("pulse")
        row = editing.held(PulseRound).get(pk=found.pk)
        if row.closed_at is not None:
            raise refuse("pulse-closed", _("This round is closed already."))
        _put_together(row)
        row.done.all().delete()
        row.closed_at = clock.now()
        row.save()
        events.emit(actor, "pulse.closed", "pulse", row.key, row.key, answers=row.answers or 0)
    return row


def _put_together(row: PulseRound) -> None:
    """Replace the counts of the teams by those of groups of at least five."""
    counts = list(row.counts.all())
    first = row.statements[0] if row.statements else ""
    own: Counter[int] = Counter()
    for one in counts:
        own[one.team_id] += one.count if one.statement == first else 0
    parents = {node.pk: node.parent_id for node in people.team_tree()}
    groups = gathered(own, parents)
    summed: Counter[tuple[int, str, int]] = Counter()
    for one in counts:
        group = groups.get(one.team_id)
        if group is not None:
            summed[group, one.statement, one.score] += one.count
    row.counts.all().delete()
    PulseCount.objects.bulk_create(
        PulseCount(round=row, team_id=team_id, statement=statement, score=score, count=count)
        for (team_id, statement, score), count in sorted(summed.items())
        if count
    )
    told = sum(number for team_id, number in own.items() if groups.get(team_id) is not None)
    row.answers = told or None
    row.groups = {str(team_id): group for team_id, group in groups.items()}


def keep_rhythm(today: date | None = None) -> None:
    """Close a round whose last day is over, and open the next one when it is due. Run by the background."""
    day = today or people.today()
    running = open_round()
    if running is not None and running.closes_on < day:
        close_round(SYSTEM, running)
        running = None
    due = next_round_on()
    if running is None and rhythm().is_on and due is not None and due <= day:
        start_round(SYSTEM)
