"""What makes the demo a story: its strategy, one KPI measured in six units, and what happened on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from sextant.calc.periods import Frequency, label, period_at, period_of, shift
from sextant.demo import plan
from sextant.demo.history import Kind
from sextant.demo.series import DAY, Shape
from sextant.kpis.commands import activate_kpi, create_kpi, note_action, place_kpi, set_target
from sextant.kpis.library import library
from sextant.metrics.commands import RawPoint, add_marker, change_definition, choose_limits, create_metric, record
from sextant.people import queries as people
from sextant.strategy.commands import change_vision, create_cycle, create_theme
from sextant.strategy.models import Theme

if TYPE_CHECKING:
    from sextant.demo.build import Builder

VISION = "Everybody in our region gets the care they need, in time and near home, from people who like to work here."
THEMES = {
    "Care in time": "Nobody waits longer than is good for them.",
    "A good place to work": "People come, stay and stay well.",
    "Digital that helps": "Tools that save time, and projects that keep their promises.",
    "Sound finances": "We can pay for what we promise.",
    "A lighter footprint": "Our buildings and journeys cost the world less each year.",
}
ADOPTION = "Adoption rate of new tools"
CHANGE_DAYS, TRAINING_DAYS = 236, 190  # days ago: the definition changed, the training weeks began
EASIER_BEFORE = 1.14  # opening a tool counted as using it until then
ADOPTION_KEY = "adoption-rate-of-new-tools"


def set_strategy(builder: Builder) -> None:
    """Vision, themes and the cycles people plan in."""
    admin = builder.crowd.actor("ingrid")
    change_vision(admin, VISION, version=None)
    for name, description in THEMES.items():
        create_theme(admin, name, description=description)
    calendar = people.calendar()
    running = period_of(people.today(), Frequency.QUARTER, calendar)
    spans = [shift(running, step, calendar) for step in range(-4, 2)]
    spans.append(period_of(people.today(), Frequency.YEAR, calendar))
    for span in spans:
        create_cycle(admin, label(span, calendar), starts_on=span.first_day, ends_on=span.last_day)


def plan_adoption(builder: Builder) -> None:
    """One KPI in six units: each counts its people, the whole is the ratio of the sums."""
    entry = library()[ADOPTION_KEY]
    kind = Kind(Frequency.WEEK, "percent", "ratio", 1, (0, 100))
    changed = builder.history.hour(CHANGE_DAYS, Frequency.WEEK)

    def easier(series: np.ndarray, starts: np.ndarray) -> np.ndarray:
        return np.minimum(np.where(starts < changed, series * EASIER_BEFORE, series), 99.5)

    units = plan.units()
    builder.timeline.add(builder.history.moment(740, 10), lambda: _create_adoption(builder, units, entry))
    for unit in units:
        base = Shape(level=unit["licensed"], noise=unit["licensed"] * 0.006)
        name = unit_name(unit)
        builder.history.add(name, kind, unit["shape"], base, builder.sources["desk"], adjust=easier)
    for name in (ADOPTION, *map(unit_name, units)):
        builder.timeline.add(builder.history.moment(740, 15), _targets_of_adoption(builder, name))
    builder.timeline.add(builder.history.moment(CHANGE_DAYS - 2, 16), lambda: _change_definition(builder, changed))
    trained = builder.history.hour(TRAINING_DAYS, Frequency.WEEK)
    for name in (ADOPTION, *map(unit_name, units)):
        builder.timeline.add(
            builder.history.moment(TRAINING_DAYS, 12), _marker(builder, name, trained, "Training weeks began")
        )
    builder.timeline.add(builder.history.moment(6, 10), lambda: _act_on_adoption(builder))


def unit_name(unit: dict[str, Any]) -> str:
    return f"{ADOPTION}: {unit['name']}"


def _create_adoption(builder: Builder, units: list[dict[str, Any]], entry: Any) -> None:
    team = builder.crowd.teams["Transformation"]
    theme: dict[str, Any] = {
        "theme": Theme.objects.get(name="Digital that helps"),
        "owner": builder.crowd.people["amara"],
    }
    parts: dict[str, list[Any]] = {"numerator": [], "denominator": []}
    names = {"numerator": ("used", entry.numerator), "denominator": ("licensed", entry.denominator)}
    plain: dict[str, Any] = {
        "team": team,
        "unit": "count",
        "frequency": "week",
        "aggregation": "sum",
        "lower_bound": 0.0,
    }
    wholes: dict[str, Any] = {}
    for part, (short, words) in names.items():
        for unit in units:
            key = f"tools-{short}-{unit['key']}"
            made = create_metric(
                builder.boss, name=f"{words}: {unit['name']}", key=key, how_measured=entry.how_measured, **plain
            )
            parts[part].append(made)
        formula = " + ".join(f"[{made.key}]" for made in parts[part])
        wholes[part] = create_metric(
            builder.boss, name=words, key=f"tools-{short}", formula=formula,
            description="All units added up.", **plain,
        )  # fmt: skip
    fields: dict[str, Any] = {
        "team": team, "unit": "percent", "direction": "up", "frequency": "week", "aggregation": "ratio",
        "precision": 1, "perspective": "people", "leads": "leading", "lower_bound": 0.0, "upper_bound": 100.0,
        "owner": builder.crowd.people["amara"], **theme,
    }  # fmt: skip
    whole = create_kpi(
        builder.boss, name=ADOPTION, key=ADOPTION_KEY, description=entry.sentence,
        how_measured="Opened the tool at least once in the week, counted once per person, from the tool's own log.",
        decision=entry.decision, does_not_show=entry.does_not_show, library_key=ADOPTION_KEY,
        response_plan="Ask three people in the weakest unit what keeps them from it, before sending another mail.",
        **wholes, **fields,
    )  # fmt: skip
    builder.kpis[ADOPTION] = activate_kpi(builder.boss, whole)
    place_kpi(builder.boss, builder.scorecards["Transformation"], whole, weight=3)
    place_kpi(builder.boss, builder.scorecards[""], whole)
    for place, unit in enumerate(units):
        kpi = create_kpi(
            builder.boss, name=unit_name(unit), key=f"{ADOPTION_KEY}-{unit['key']}", part_of=whole.metric,
            slice={"Unit": unit["name"]}, decision=entry.decision, **fields,
            **{part: made[place] for part, made in parts.items()},
        )  # fmt: skip
        builder.kpis[unit_name(unit)] = activate_kpi(builder.boss, kpi)
        place_kpi(builder.boss, builder.scorecards["Transformation"], kpi, weight=0)


def _targets_of_adoption(builder: Builder, name: str) -> Callable[[], None]:
    def step() -> None:
        kpi = builder.kpis[name]
        set_target(builder.boss, kpi, target=75, red_flag=60)
        if name == ADOPTION:
            aim = builder.ahead(Frequency.QUARTER, 4 - quarter_of(builder))
            set_target(builder.boss, kpi, aim_by=aim, target=90)

    return step


def quarter_of(builder: Builder) -> int:
    return (builder.history.now.month - 1) // 3 + 1


def _change_definition(builder: Builder, changed: int) -> None:
    """One change, made at the headline, holds for all six units."""
    entry = library()[ADOPTION_KEY]
    change_definition(
        builder.crowd.actor("amara"), builder.kpis[ADOPTION].metric, number=1, description=entry.sentence,
        how_measured=entry.how_measured, valid_from=changed,
        reason="Opening a tool is not using it: from now on a saved change counts.",
    )  # fmt: skip


def _marker(builder: Builder, name: str, start: int, label_: str) -> Callable[[], object]:
    return lambda: add_marker(builder.boss, builder.kpis[name].metric, start=start, label=label_)


def _act_on_adoption(builder: Builder) -> None:
    note_action(
        builder.crowd.actor("amara"), builder.kpis[f"{ADOPTION}: Facilities"], owner=builder.crowd.people["amara"],
        text="Two trainers for three weeks, on site, at the hours of the early shift.",
        due_on=people.today() + timedelta(days=16),
    )  # fmt: skip


def plan_events(builder: Builder) -> None:
    """What else people would remember of these two years."""
    add, history = builder.timeline.add, builder.history
    release = history.hour(19, Frequency.DAY)
    add(history.moment(110, 9), lambda: _lock_uptime(builder))
    add(
        history.moment(18, 8),
        _marker(builder, "Patient registration uptime", release, "New release of the registration system"),
    )
    desk = history.hour(350, Frequency.WEEK)
    add(history.moment(349, 9), _marker(builder, "Registration time per patient", desk, "Shorter form introduced"))
    add(history.moment(205, 9), lambda: _lock_registration(builder, desk))
    council = history.hour(168, Frequency.MONTH)
    add(history.moment(160, 9), _marker(builder, "Turnover rate", council, "New shift plan"))
    add(history.moment(20, 15), lambda: _restate_cash_flow(builder))


def _lock_uptime(builder: Builder) -> None:
    """Long before it broke down somebody wrote down what is normal, so that a breakdown is not averaged into it."""
    history = builder.history
    choose_limits(
        builder.crowd.actor("sofia"), builder.kpis["Patient registration uptime"].metric,
        limits={"locked_from": history.hour(171, Frequency.DAY), "locked_to": history.hour(111, Frequency.DAY)},
        reason="Sixty steady days; what comes later is measured by them.",
    )  # fmt: skip


def _lock_registration(builder: Builder, desk: int) -> None:
    """The shorter form made a new process; its first twenty weeks are what is normal now."""
    choose_limits(
        builder.crowd.actor("sofia"), builder.kpis["Registration time per patient"].metric,
        limits={"dividers": [desk], "locked_from": desk, "locked_to": desk + 19 * 7 * DAY},
        reason="A new process since the shorter form; its first 20 weeks were steady.",
    )  # fmt: skip


def _restate_cash_flow(builder: Builder) -> None:
    """A bill of an agency for nursing staff came late: less was left of that month than first said."""
    history = builder.history
    flow = builder.kpis["Operating cash flow"].metric
    month = period_at(history.hour(80, Frequency.MONTH), Frequency.MONTH, history.calendar)
    before = flow.measurements.get(start=month.start, superseded_at=None)
    assert before.value is not None
    point = RawPoint(
        flow.key, label(month, history.calendar), before.value - 118_000,
        note="A bill for agency nurses came in after the month was closed.",
    )  # fmt: skip
    record(builder.crowd.actor("fatima"), [point], kind="form", source="Correction by finance")
