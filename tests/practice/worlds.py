"""For each of the sixteen pitfalls a world that is in it and one that is not, built through the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils import timezone

from sextant.calc.periods import Frequency, hour_of, label, period_of, shift
from sextant.core import clock
from sextant.kpis.commands import set_target
from sextant.kpis.models import Kpi
from sextant.metrics.commands import RawPoint, add_marker, change_definition, record
from sextant.metrics.commands.drivers import link_driver
from sextant.notifications.commands import comment
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import KeyResult, Objective
from sextant.people import queries as people
from sextant.people.commands import archive_person, create_person, set_role
from sextant.people.models import Person, Team
from tests.make import admin, day, make_cycle, make_key_result, make_kpi, make_metric, make_objective, start

RESULTS = ("Wait at most 20 minutes", "Cut falls from 60 to 20 a month", "Raise answered calls from 20 to 60 %")
WORK = ("Write the onboarding guide", "Launch the new website", "Organise three workshops for managers")


@contextmanager
def days_ago(count: int) -> Iterator[None]:
    with clock.writing_at(timezone.now() - timedelta(days=count)):
        yield


def staff(count: int, team: str = "emergency", role: str = "contributor") -> list[Person]:
    """More people of a team."""
    made = [create_person(admin(), f"Nurse {team} {number}") for number in range(count)]
    for one in made:
        set_role(admin(), one, team=Team.objects.get(key=team), role=role)
    return made


def running(titles: Sequence[str] = RESULTS, *, gone: int = 45, **fields: Any) -> Objective:
    """An objective of the Emergency team at work, with a key result per title."""
    with days_ago(gone):
        objective = make_objective(cycle=make_cycle(f"Cycle of {gone} days", gone=gone, length=90))
        for title in titles:
            make_key_result(objective, title, **fields)
        start(objective)
    return Objective.objects.get(pk=objective.pk)


def key_results(objective: Objective) -> list[KeyResult]:
    return list(KeyResult.objects.filter(objective=objective).select_related("objective", "metric"))


def newest(count: int, frequency: str = "month") -> list[str]:
    """The newest whole periods as people write them, oldest first."""
    running_one = period_of(people.today(), Frequency(frequency))
    return [label(shift(running_one, -back)) for back in range(count, 0, -1)]


def fed(kpi: Kpi, count: int = 13, *, value: float = 30.0, kind: str = "push") -> Kpi:
    """The KPI with a value for each of its newest whole periods."""
    periods = newest(count, kpi.metric.frequency)
    record(admin(), [RawPoint(kpi.metric.key, one, value + at % 3) for at, one in enumerate(periods)], kind=kind)
    return kpi


def watched(count: int = 3, **fields: Any) -> list[Kpi]:
    """KPIs of the Emergency team that are active."""
    first = Kpi.objects.count()
    return [make_kpi(f"kpi-{first + number}", active=True, **fields) for number in range(count)]


def work_as_results() -> None:
    objective = make_objective()
    for title in WORK:
        make_key_result(objective, title)


def results_as_results() -> None:
    objective = make_objective()
    for title in RESULTS:
        make_key_result(objective, title)


def nobody_checks_in() -> None:
    staff(4)
    staff(4, "surgery")
    running()


def everybody_checks_in() -> None:
    staff(4)
    objective = running()
    for gone in range(45, 0, -1):
        if day(-gone).weekday() == 3:
            with days_ago(gone):
                for one in key_results(objective):
                    check_in(admin(), one, confidence=7)


def drafts_that_lie() -> None:
    with days_ago(60):
        for number in range(3):
            make_objective(f"Be kinder in every way {number}", cycle=None)


def drafts_that_start() -> None:
    with days_ago(60):
        cycle = make_cycle("A long cycle", gone=0, length=90)
        objectives = [make_objective(f"Be kinder in every way {number}", cycle=cycle) for number in range(3)]
        for one in objectives:
            make_key_result(one)
    with days_ago(55):
        for one in objectives:
            start(one)


def silent_key_results() -> None:
    running()


def measured_key_results() -> None:
    for one in key_results(running()):
        assert one.metric is not None
        record(admin(), [RawPoint(one.metric.key, newest(1, one.metric.frequency)[0], 50)])


def few_take_part() -> None:
    staff(5)
    staff(4, "surgery")
    running()


def most_take_part() -> None:
    objective = running()
    for one in [*staff(5), *staff(4, "surgery")]:
        comment(people.actor_of_person(one), "objective", objective.key, "This helps the night shift.")


def _checked_in_within(seconds: float) -> None:
    objective = running()
    for one in staff(6, role="contributor"):
        check_in(people.actor_of_person(one), key_results(objective)[0], confidence=7, seconds=seconds)


def slow_check_ins() -> None:
    _checked_in_within(40)


def quick_check_ins() -> None:
    _checked_in_within(6)


def never_adapted() -> None:
    for one in key_results(running()):
        _note(one)


def adapted_with_a_reason() -> None:
    for one in key_results(running()):
        _note(one)
        set_terms(admin(), one, target=30.0, reason="The second desk opens later.")


def _note(one: KeyResult) -> None:
    assert one.metric is not None
    for gone in (30, 20, 10):
        add_marker(admin(), one.metric, start=hour_of(day(-gone)), label=f"Ward {gone} closed")


def owner_who_left() -> None:
    leaver = staff(1)[0]
    objective = running()
    for one in key_results(objective):
        one.owner = leaver
        one.save()
    Person.objects.filter(pk=leaver.pk).update(archived_at=timezone.now())


def owners_who_are_here() -> None:
    running()
    archive_person(admin(), staff(1)[0])


def bare_kpis() -> None:
    watched()


def kpis_with_context() -> None:
    for kpi in watched():
        set_target(admin(), fed(kpi), target=25)


def one_sided() -> None:
    watched(4, perspective="financial", leads="lagging")


def balanced() -> None:
    watched(3, perspective="financial", leads="lagging")
    watched(1, perspective="people", leads="leading")


def never_reviewed() -> None:
    with days_ago(500):
        for kpi in watched():
            set_target(admin(), kpi, target=25)


def reviewed() -> None:
    for kpi in watched():
        set_target(admin(), kpi, target=25)


def typed_and_late() -> None:
    for kpi in watched(frequency="year"):
        fed(kpi, 2, kind="form")


def pushed() -> None:
    for kpi in watched():
        fed(kpi)


def untrusted() -> None:
    for kpi in watched():
        record(admin(), [RawPoint(kpi.metric.key, newest(13)[0], 30)])


def trusted() -> None:
    pushed()


def _met_while_the_guard_is_at(now: float) -> None:
    guard = make_metric("kindness", unit="rating", frequency="week", aggregation="last", direction="up")
    objective = running(RESULTS[:1], guard=guard)
    periods = newest(9, "week")
    record(admin(), [RawPoint(guard.key, periods[0], 8.0), RawPoint(guard.key, periods[-1], now)])
    metric = key_results(objective)[0].metric
    assert metric is not None
    record(admin(), [RawPoint(metric.key, periods[-1], 15)])


def met_at_a_price() -> None:
    _met_while_the_guard_is_at(6.0)


def met_without_a_price() -> None:
    _met_while_the_guard_is_at(8.5)


def no_drivers() -> None:
    watched()


def drivers_named() -> None:
    driver = make_metric("staff-on-duty")
    for kpi in watched():
        link_driver(admin(), kpi.metric, driver, lag=1, why="More hands, shorter waits.")


def _changed(kpi: Kpi) -> None:
    change_definition(
        admin(), kpi.metric, number=1, description="", how_measured="By the new system.", reason="New system.",
        valid_from=hour_of(day(-90)),
    )  # fmt: skip


def values_stay_away() -> None:
    for kpi in watched(2):
        record(admin(), [RawPoint(kpi.metric.key, newest(6)[0], 30)])
        _changed(kpi)


def change_is_taken_up() -> None:
    for kpi in watched(2):
        _changed(fed(kpi))


World = Callable[[], None]
WORLDS: Mapping[str, tuple[World, World]] = {
    "okr-too-prescriptive": (work_as_results, results_as_results),
    "okr-misfit-culture": (nobody_checks_in, everybody_checks_in),
    "okr-hard-to-set": (drafts_that_lie, drafts_that_start),
    "okr-not-measurable": (silent_key_results, measured_key_results),
    "okr-low-buy-in": (few_take_part, most_take_part),
    "okr-time-consuming": (slow_check_ins, quick_check_ins),
    "okr-hard-to-adapt": (never_adapted, adapted_with_a_reason),
    "okr-unclear-ownership": (owner_who_left, owners_who_are_here),
    "kpi-no-context": (bare_kpis, kpis_with_context),
    "kpi-narrow-focus": (one_sided, balanced),
    "kpi-inflexible": (never_reviewed, reviewed),
    "kpi-hard-to-measure": (typed_and_late, pushed),
    "kpi-data-quality": (untrusted, trusted),
    "kpi-over-reliance": (met_at_a_price, met_without_a_price),
    "kpi-hidden-causes": (no_drivers, drivers_named),
    "kpi-resistance": (values_stay_away, change_is_taken_up),
}
