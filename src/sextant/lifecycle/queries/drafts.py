"""A promotion with everything filled in, so that nobody has to type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from sextant.alerts.hearing import Hearing
from sextant.alerts.models import LIVE_STATES, Alert
from sextant.alerts.sentences import Teller as AlertTeller
from sextant.calc import promotion as calc
from sextant.calc.numbers import format_value
from sextant.calc.promotion_advice import countable_periods
from sextant.calc.targets import TargetValues
from sextant.core import access
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import Problem
from sextant.kpis.models import Kpi, ScorecardItem
from sextant.kpis.queries.standing import Standing, standing
from sextant.lifecycle.days import hour_after, last_day, today
from sextant.lifecycle.living import life_of
from sextant.lifecycle.looking import ABOUT_VALUES, is_followed
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.lifecycle.queries.entries import Doubt, aim_words, doubts_of, entry_of, standard_of
from sextant.lifecycle.queries.lives import standing_transitions
from sextant.lifecycle.sentences import Teller, day_words
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.lessons import Lesson, lessons
from sextant.people.models import Person
from sextant.strategy.models import Cycle

REVERT_AFTER = 3
MOST_CHOICES = 20
OPEN = ("draft", "proposed", "agreed", "active")


@dataclass(frozen=True, slots=True)
class Draft:
    """`problem` says why it cannot be promoted now; None when it can. `version` is what the command is to be given.

    `baseline` and `aim` are figures of the series and the standard, read and never copied.
    """

    kpi: Kpi
    alert: Alert | None
    standing: Standing
    version: int
    problem: Problem | None
    title: str
    key_result_title: str
    why: str
    evidence: str
    baseline: float | None
    aim: TargetValues | None
    aim_words: str
    owner: Person | None
    cycle: Cycle | None
    cycles: tuple[Cycle, ...]
    ends_on: date
    revert_after: int
    guard: Metric | None
    guards: tuple[Metric, ...]
    doubts: tuple[Doubt, ...]
    objectives: tuple[Objective, ...]
    past: tuple[Promotion, ...]
    lessons: tuple[Lesson, ...]


def draft_promotion(
    actor: Actor, kpi: Kpi, *, alert: Alert | None = None, cycle: Cycle | None = None, point: Standpoint,
    locale: str = "en",
) -> Draft:  # fmt: skip
    """The draft for this KPI; `cycle` is asked for, such as the one being planned."""
    stand = standing(kpi, point)
    row = Life.objects.filter(kpi=kpi).select_related("promotion").first()
    alert = alert or live_alert(actor, kpi)
    aim = standard_of(stand)
    choices = open_cycles(actor)
    chosen = cycle if cycle in choices else best_cycle(stand, choices)
    ends_on = chosen.ends_on if chosen is not None else today() + timedelta(days=90)
    guards = possible_guards(actor, kpi)
    evidence = _evidence(kpi, row, alert, point, locale)
    guard = guards[0] if guards and guards[0].pk in guarded_before(kpi) else None
    return Draft(
        kpi, alert, stand, row.version if row is not None else 0, problem_of(kpi, row, aim), title_of(kpi),
        key_result_title(stand, aim, locale), evidence, evidence, stand.value, aim,
        aim_words(kpi, aim, locale) if aim is not None else "", owner_of(kpi), chosen, tuple(choices), ends_on,
        REVERT_AFTER, guard, tuple(guards), doubts_of(kpi, entry_of(stand, aim, ends_on, has_guard=guard is not None)),
        tuple(joinable(actor, kpi)), tuple(past_promotions(kpi, point)),
        tuple(lessons(actor, point, metric_ids=[kpi.metric_id], most=5)),
    )  # fmt: skip


def problem_of(kpi: Kpi, row: Life | None, aim: TargetValues | None, *, has_own_target: bool = False) -> Problem | None:
    """Why the KPI cannot be promoted: it is at work already, is not watched, or has nothing to reach."""
    life = life_of(row)
    if life.state in calc.AT_WORK:
        words = {"name": _("somebody"), "ends": "–"}
        if (at_work := row.promotion if row is not None else None) is not None:
            words = {"name": at_work.started_by, "ends": day_words(at_work.ends_on)}
        if life.ends is not None:
            words["ends"] = day_words(last_day(life.ends, kpi.metric.frequency))
        message = _("%(name)s promoted it already, until %(ends)s. Extend that, plan it anew, or end it first.")
        return Problem("already-promoted", message % words, "kpi")
    if not is_followed(kpi):
        return Problem("not-active", _("Only an active KPI is promoted. Activate it first."), "kpi")
    if aim is None and not has_own_target:
        message = _("It has no target, so nothing would say when it is restored. Set one, or give one here.")
        return Problem("no-target", message, "target")
    return None


def title_of(kpi: Kpi) -> str:
    """What the objective of a promotion is called unless somebody names it."""
    return _("Restore %(kpi)s") % {"kpi": kpi.metric.name}


def key_result_title(stand: Standing, aim: TargetValues | None, locale: str = "en") -> str:
    """ "Uptime from 50 % to 99 %", "Stock within 4 to 8"."""
    metric = stand.metric
    words = {
        "kpi": metric.name, "aim": aim_words(stand.kpi, aim, locale) if aim is not None else "–",
        "value": format_value(stand.value, metric.unit, metric.precision, locale=locale),
    }  # fmt: skip
    if metric.direction == "within":
        return _("%(kpi)s within %(aim)s") % words
    if stand.value is None:
        return _("%(kpi)s to %(aim)s") % words
    return _("%(kpi)s from %(value)s to %(aim)s") % words


def owner_of(kpi: Kpi) -> Person | None:
    """Who would answer for it: the owner of the KPI, else a lead of its team; nobody who left."""
    hearing = Hearing()
    owner_id = hearing.owner_of(kpi)
    return hearing.people([owner_id])[0] if owner_id is not None else None


def open_cycles(actor: Actor) -> list[Cycle]:
    """Cycles and sprints that are not over or closed, the one that ends first in front."""
    found = visible("cycle", actor).filter(closed_at=None, archived_at=None, ends_on__gte=today())
    return list(found.order_by("ends_on", "starts_on", "pk"))


def best_cycle(stand: Standing, choices: Sequence[Cycle]) -> Cycle | None:
    """The first sprint that is long enough for the exit rule, else such a cycle that runs; else the last one to end."""
    entry, frequency = entry_of(stand, None, today()), stand.metric.frequency
    room = {one.pk: replace(entry, ends=hour_after(one.ends_on, frequency)) for one in choices}
    fits = [one for one in choices if countable_periods(room[one.pk]) >= REVERT_AFTER]
    sprints = [one for one in fits if one.kind == "sprint"]
    running = [one for one in fits if one.starts_on <= today()]
    return next(iter([*sprints, *running, *fits]), choices[-1] if choices else None)


def covering(actor: Actor, ends_on: date) -> Cycle | None:
    """The shortest open cycle that runs today and on the last day; else one that runs today."""
    running = [one for one in open_cycles(actor) if one.starts_on <= today()]
    running.sort(key=lambda one: (one.ends_on - one.starts_on, one.pk))
    return next((one for one in running if one.ends_on >= ends_on), running[-1] if running else None)


def live_alert(actor: Actor, kpi: Kpi) -> Alert | None:
    """The alert about its value that is open, where there is one: what is past the red flag first."""
    found = list(access.visible("alert", actor).filter(kpi=kpi, state__in=LIVE_STATES, rule__in=ABOUT_VALUES))
    return min(found, key=lambda one: ABOUT_VALUES.index(one.rule), default=None)


def possible_guards(actor: Actor, kpi: Kpi) -> list[Metric]:
    """Metrics that would show it if this KPI were restored at the cost of something else.

    First what guarded the same metric before, then KPIs of the same team, then those of another theme on the same
    scorecards.
    """
    seen = visible("metric", actor).filter(archived_at=None).exclude(pk=kpi.metric_id)
    near = Kpi.objects.filter(metric__team_id=kpi.metric.team_id, state="active", archived_at=None).exclude(pk=kpi.pk)
    cards = ScorecardItem.objects.filter(kpi=kpi, superseded_at=None, scorecard__archived_at=None).values("scorecard")
    beside = ScorecardItem.objects.filter(scorecard__in=cards, superseded_at=None, kpi__state="active")
    beside = beside.filter(kpi__archived_at=None).exclude(kpi=kpi)
    if kpi.metric.theme_id is not None:
        beside = beside.exclude(kpi__metric__theme_id=kpi.metric.theme_id)
    order = [
        *guarded_before(kpi), *near.order_by("metric__name").values_list("metric_id", flat=True)[:MOST_CHOICES],
        *beside.order_by("position", "pk").values_list("kpi__metric_id", flat=True),
    ]  # fmt: skip
    rows = seen.in_bulk(order[: 3 * MOST_CHOICES])
    return [rows[pk] for pk in dict.fromkeys(order) if pk in rows][:MOST_CHOICES]


def guarded_before(kpi: Kpi) -> list[int]:
    """Ids of the metrics that guarded key results on this one, the newest first."""
    before = KeyResult.objects.filter(metric_id=kpi.metric_id, guard__isnull=False, archived_at=None)
    found = before.order_by("-created_at").values_list("guard_id", flat=True)
    return list(dict.fromkeys(pk for pk in found if pk is not None))


def joinable(actor: Actor, kpi: Kpi) -> list[Objective]:
    """Open objectives of the team that the actor may change and that no fewer people see than the KPI."""
    team_id = kpi.metric.team_id
    found = visible("objective", actor).filter(archived_at=None, state__in=OPEN, restores=None, is_personal=False)
    found = found.filter(Q(team_id=team_id) | Q(contributors=team_id)).distinct().order_by("-state", "title")
    own = [one for one in found[: 3 * MOST_CHOICES] if access.can("objective", actor, "change", one)]
    return [one for one in own if not shows_more(one, kpi)][:MOST_CHOICES]


def shows_more(objective: Objective, kpi: Kpi) -> bool:
    """Whether people see the objective who may not see the KPI."""
    metric = kpi.metric
    if metric.visibility == "organisation":
        return False
    return (objective.visibility, objective.team_id) != ("team", metric.team_id) or metric.visibility != "team"


def past_promotions(kpi: Kpi, point: Standpoint) -> list[Promotion]:
    """What was done before and what people say changed it, the newest first."""
    found = Promotion.objects.filter(kpi=kpi, ended_at__isnull=False).exclude(outcome="undone")
    if point.known_at is not None:
        found = found.filter(ended_at__lte=point.known_at)
    return list(found.select_related("key_result", "owner", "cycle").order_by("-ended_at")[:5])


def _evidence(kpi: Kpi, row: Life | None, alert: Alert | None, point: Standpoint, locale: str) -> str:
    """Why one would promote it, in a sentence: what the alert says, else the suspicion; empty without either."""
    if alert is not None:
        return AlertTeller(locale).sentence(alert)
    if row is None or row.state != calc.SUSPECTED:
        return ""
    found = Transition.objects.filter(standing_transitions(point), kpi=kpi, kind__in=("suspected", "relapsed"))
    newest = found.select_related("kpi__metric").order_by("-pk").first()
    return "" if newest is None else Teller().trouble_sentence(newest)
