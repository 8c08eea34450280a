"""Reads: the vision, themes and cycles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from sextant.calc.periods import Calendar, Frequency, label, period_of, shift
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.strategy.models import Cycle, Theme, Vision


def vision(actor: Actor) -> Vision | None:
    """The wording that holds today."""
    found: Vision | None = visible("vision", actor).filter(superseded_at=None).first()
    return found


def visions(actor: Actor) -> QuerySet[Vision]:
    """Every wording, newest first."""
    return visible("vision", actor).order_by("-known_at", "-pk")


def themes(actor: Actor) -> QuerySet[Theme]:
    """Themes at work, in their order."""
    return visible("theme", actor).filter(archived_at=None)


def cycles(actor: Actor) -> QuerySet[Cycle]:
    """Cycles at work, the latest start first."""
    return visible("cycle", actor).filter(archived_at=None)


def running_cycles(actor: Actor, today: date) -> QuerySet[Cycle]:
    """Cycles this day lies in, the one that ends first in front."""
    return cycles(actor).filter(starts_on__lte=today, ends_on__gte=today).order_by("ends_on", "name")


@dataclass(frozen=True, slots=True)
class CycleIdea:
    """A cycle one may want next."""

    name: str
    starts_on: date
    ends_on: date


def cycle_ideas(today: date, calendar: Calendar, taken: frozenset[str] = frozenset()) -> list[CycleIdea]:
    """The running and the next quarter, tertial, half-year and year that are not there by name."""
    ideas = []
    for frequency in (Frequency.QUARTER, Frequency.TERTIAL, Frequency.HALF, Frequency.YEAR):
        running = period_of(today, frequency, calendar)
        for period in (running, shift(running, 1, calendar)):
            name = label(period, calendar)
            if name not in taken:
                ideas.append(CycleIdea(name, period.first_day, period.last_day))
    return ideas


def share_elapsed(cycle: Cycle, today: date) -> float:
    """0 before the first day to 1 after the last, counted in whole days."""
    length = (cycle.ends_on - cycle.starts_on + timedelta(days=1)).days
    gone = (today - cycle.starts_on).days
    return min(max(gone / length, 0.0), 1.0)
