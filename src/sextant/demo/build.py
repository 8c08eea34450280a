"""Building the demo organisation, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from sextant.calc.periods import Frequency, Period, period_of, shift
from sextant.core import clock
from sextant.core.actors import SYSTEM, Actor
from sextant.core.errors import refuse
from sextant.core.jobs import enqueue
from sextant.core.writing import writing
from sextant.demo import asking, lives, objectives, plan, story, watching
from sextant.demo.crowd import TEAMS, Crowd, gather, is_here
from sextant.demo.history import History, Kind
from sextant.demo.plan import DemoKpi
from sextant.demo.timeline import Timeline
from sextant.kpis.commands import (
    activate_kpi,
    change_kpi,
    create_kpi,
    create_scorecard,
    install_from_library,
    note_action,
    place_kpi,
    set_target,
)
from sextant.kpis.library import library
from sextant.kpis.models import Kpi, Scorecard
from sextant.metrics.commands import create_metric
from sextant.people import queries as people
from sextant.people.commands import create_token
from sextant.strategy.models import Theme

FIRST_DAY = 752  # days before today on which the organisation began with Sextant
Tell = Callable[[int, int], None]


def build_demo(password: str, tell: Tell = lambda part, whole: None) -> None:
    """Make the organisation with its two years, in one transaction. Refused where there is an organisation already."""
    if people.is_set_up():
        name = people.organisation().name
        key = "demo-is-here" if is_here() else "data-folder-in-use"
        raise refuse(key, f"This data folder holds “{name}” already. Choose another one by SEXTANT_DATA.")
    with writing():
        Builder(password, tell).build()


class Builder:
    """What the steps of the timeline share."""

    def __init__(self, password: str, tell: Tell) -> None:
        self.password, self.tell = password, tell
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.now = timezone.now().astimezone(self.zone)
        self.timeline = Timeline(self.now)
        self.sources = plan.sources()
        self.kpis: dict[str, Kpi] = {}
        self.scorecards: dict[str, Scorecard] = {}

    def build(self) -> None:
        with clock.writing_at(self.now - timedelta(days=FIRST_DAY)):
            self.crowd: Crowd = gather(self.password, settings.TIME_ZONE)
            self.actors = self._actors()
            story.set_strategy(self)
        self.history = History(self.now.replace(tzinfo=None), self.zone, people.calendar(), self.kpis)
        self.boss = self.crowd.actor("priya")
        for team in TEAMS:
            self.timeline.add(self.history.moment(FIRST_DAY - 2), self._scorecard(team))
        for demo_kpi in plan.kpis():
            self._plan(demo_kpi)
        story.plan_adoption(self)
        story.plan_events(self)
        objectives.plan_objectives(self)
        asking.plan_asking(self)
        lives.plan_lives(self)
        watching.plan_watching(self)
        self.history.put_on(self.timeline, self.actors, self.sources)
        self.timeline.run(self.tell)
        for job in ("forecasts.refresh", "alerts.evaluate", "lifecycle.evaluate"):
            enqueue(job, {})

    def _actors(self) -> dict[str, Actor]:
        """Who records for each source: a person, or a push token of the whole organisation."""
        found = {}
        for key, source in self.sources.items():
            if source.person:
                found[key] = self.crowd.actor(source.person)
            else:
                made = create_token(SYSTEM, name=source.name, scope="push", team=self.crowd.teams[""])
                actor = people.actor_of_token(made.secret)
                assert actor is not None
                found[key] = actor
        return found

    def _plan(self, demo_kpi: DemoKpi) -> None:
        """Creation, targets, values and action of one KPI, each at its time."""
        began = min(FIRST_DAY - 4, demo_kpi.days + 12)
        self.timeline.add(self.history.moment(began, 10), lambda: self._create(demo_kpi))
        kind = kind_of(demo_kpi)
        for target in demo_kpi.targets:
            days_ago = float(target.get("from", began))
            self.timeline.add(self.history.moment(days_ago, 11), self._target(demo_kpi.name, kind, target))
        if demo_kpi.state == "active":
            self.timeline.add(self.history.moment(began, 14), self._activation(demo_kpi.name))
        if demo_kpi.shape is not None and demo_kpi.days:
            self.history.add(
                demo_kpi.name, kind, demo_kpi.shape, demo_kpi.base, self.sources[demo_kpi.source],
                days=demo_kpi.days, running=demo_kpi.running, stopped=demo_kpi.stopped,
            )  # fmt: skip
        if demo_kpi.action:
            self.timeline.add(self.history.moment(9, 15), self._action(demo_kpi))

    def _create(self, demo_kpi: DemoKpi) -> None:
        team = self.crowd.teams[demo_kpi.team]
        owner = self.crowd.people[demo_kpi.owner] if demo_kpi.owner else None
        if demo_kpi.library:
            kpi = install_from_library(self.boss, demo_kpi.library, team, owner=owner)
        else:
            kpi = self._create_own(demo_kpi)
        changes: dict[str, Any] = {
            "name": demo_kpi.name,
            "reason": demo_kpi.reason,
            "response_plan": demo_kpi.response_plan,
            "review_on": people.today() + timedelta(days=demo_kpi.review_in),
            "visibility": demo_kpi.visibility,
        }
        if demo_kpi.theme:
            changes["theme"] = Theme.objects.get(name=demo_kpi.theme)
        self.kpis[demo_kpi.name] = change_kpi(self.boss, kpi, version=kpi.version, **changes)
        place_kpi(self.boss, self.scorecards[demo_kpi.team], self.kpis[demo_kpi.name], weight=demo_kpi.weight)
        if demo_kpi.weight >= 2:
            place_kpi(self.boss, self.scorecards[""], self.kpis[demo_kpi.name])

    def _create_own(self, demo_kpi: DemoKpi) -> Kpi:
        """A KPI that is not in the library, with the metrics of its ratio."""
        fields = dict(demo_kpi.fields)
        team = self.crowd.teams[demo_kpi.team]
        owner = self.crowd.people[demo_kpi.owner]
        for part in ("numerator", "denominator"):
            unit = fields.pop(f"{part}_unit", "count")
            if part in fields:
                fields[part] = create_metric(
                    self.boss, name=fields[part], team=team, unit=unit, frequency=fields["frequency"],
                    aggregation="sum", how_measured=fields["how_measured"], lower_bound=0, owner=owner,
                )  # fmt: skip
        return create_kpi(
            self.boss, name=demo_kpi.name, team=team, owner=owner, visibility=demo_kpi.visibility, **fields
        )

    def _scorecard(self, team: str) -> Callable[[], None]:
        def step() -> None:
            if "" not in self.scorecards:
                self.scorecards[""] = create_scorecard(
                    self.boss, name="Group scorecard", team=self.crowd.teams[""], key="group"
                )
            if team not in ("Shared Services",):
                found = self.crowd.teams[team]
                self.scorecards[team] = create_scorecard(self.boss, name=team, team=found, key=found.key)

        return step

    def _activation(self, name: str) -> Callable[[], None]:
        def step() -> None:
            self.kpis[name] = activate_kpi(self.boss, Kpi.objects.select_related("metric").get(pk=self.kpis[name].pk))

        return step

    def _target(self, name: str, kind: Kind, target: Mapping[str, Any]) -> Callable[[], object]:
        figures = {key: value for key, value in target.items() if key not in ("from", "aim_year", "aim_quarter")}
        when = self.when(target, kind.frequency)
        return lambda: set_target(self.boss, self.kpis[name], **when, **figures)

    def when(self, target: Mapping[str, Any], frequency: Frequency) -> dict[str, Any]:
        if "aim_year" in target:
            return {"aim_by": self.ahead(Frequency.YEAR, target["aim_year"])}
        if "aim_quarter" in target:
            return {"aim_by": self.ahead(Frequency.QUARTER, target["aim_quarter"])}
        if "from" in target:
            return {"valid_from": self.history.hour(target["from"], frequency)}
        return {}

    def ahead(self, frequency: Frequency, steps: int) -> Period:
        """The period so many steps after the running one."""
        return shift(period_of(self.history.now, frequency, self.history.calendar), steps, self.history.calendar)

    def _action(self, demo_kpi: DemoKpi) -> Callable[[], object]:
        words = demo_kpi.action
        owner = self.crowd.people[words["owner"]]
        due = people.today() + timedelta(days=words["due_in"])
        return lambda: note_action(self.boss, self.kpis[demo_kpi.name], text=words["text"], owner=owner, due_on=due)


def kind_of(demo_kpi: DemoKpi) -> Kind:
    """What its values look like, from the library or from its own fields."""
    if demo_kpi.library:
        entry = library()[demo_kpi.library]
        return Kind(
            Frequency(entry.frequency), entry.unit, entry.aggregation, entry.precision, entry.bounds,
            entry.numerator_unit, entry.denominator_unit,
        )  # fmt: skip
    fields = demo_kpi.fields
    return Kind(
        Frequency(fields["frequency"]), fields["unit"], fields["aggregation"], fields["precision"],
        (fields.get("lower_bound"), fields.get("upper_bound")), fields.get("numerator_unit", "count"),
        fields.get("denominator_unit", "count"),
    )  # fmt: skip
