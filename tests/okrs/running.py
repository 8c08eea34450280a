"""A quarter that runs: an objective of the Emergency team with key results people check in on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sextant.core import clock
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.commands.key_results import create_key_result
from sextant.okrs.commands.objectives import activate_objective, create_objective
from sextant.okrs.models import CheckIn, KeyResult, Objective
from sextant.people import queries as people
from sextant.people.models import Organisation
from sextant.strategy.commands import create_cycle
from sextant.strategy.models import Cycle
from tests.world import World

START = date(2025, 3, 3)  # a Monday
END = date(2025, 6, 1)
FRIDAY = 4


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def seen_on(day: date, hour: int = 12) -> Standpoint:
    """The view from that day as if it were today."""
    moment = datetime(day.year, day.month, day.day, hour)
    return Standpoint(moment, moment, people.calendar())


def check_in_day(weekday: int) -> None:
    Organisation.objects.update(check_in_weekday=weekday)
    people.forget()


def objective_draft(world: World, owner: str = "lea", **fields: Any) -> Objective:
    cycle = Cycle.objects.filter(key="spring-2025").first()
    cycle = cycle or create_cycle(world.ada, "Spring 2025", starts_on=START, ends_on=END)
    return create_objective(
        world.lea, title="Nobody waits in vain", team=world.emergency, owner=world.person(owner), cycle=cycle, **fields
    )


def add(world: World, objective: Objective, title: str = "Door to doctor in 20 minutes", **fields: Any) -> KeyResult:
    """A key result with a metric of its own, from 60 to 20 minutes, checked in on every week by Cem."""
    given: dict[str, Any] = {"owner": world.person("cem"), "kind": "metric", "terms": {"baseline": 60, "target": 20}}
    if fields.get("kind", "metric") in ("metric", "guardrail", "baseline") and "metric" not in fields:
        given["own_metric"] = {"unit": "duration:min", "how_measured": "By the front desk.", "direction": "down"}
    return create_key_result(world.lea, objective, title=title, **(given | fields))


def running_key_result(world: World, day: date = START, **fields: Any) -> KeyResult:
    """One key result whose objective started on that day."""
    with clock.writing_at(at(day, 8)):
        objective = objective_draft(world)
        key_result = add(world, objective, **fields)
        activate_objective(world.lea, objective)
    return KeyResult.objects.select_related("objective__cycle", "metric").get(pk=key_result.pk)


def said_on(world: World, day: date, key_result: KeyResult, who: str = "cem", **said: Any) -> CheckIn:
    """A check-in made on that day."""
    with clock.writing_at(at(day)):
        return check_in(world.actor(who), key_result, **({"confidence": 7} | said))


def days(count: int) -> timedelta:
    return timedelta(days=count)
