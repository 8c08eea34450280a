"""Looking at the series of many KPIs for their lives: first which ones could be asked for a step, then those whole.

Both with a fixed number of statements. The values are judged by `calc.status`, the findings by the one judge.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.db.models import Q

from sextant.alerts.finding_looks import ADVERSE, READ
from sextant.alerts.kpi_looks import KpiFacts
from sextant.alerts.looking import facts_of
from sextant.alerts.looks import in_halves
from sextant.alerts.models import Alert
from sextant.alerts.queries.rules import RulesInForce, budgets_of
from sextant.calc import promotion as calc
from sextant.calc.findings import Detection
from sextant.calc.period_grid import unit_of
from sextant.calc.periods import Frequency, hour_of
from sextant.calc.progress import relative_target
from sextant.calc.status import OFF_TARGET, ON_TARGET, WATCH
from sextant.calc.targets import TargetRow, TargetValues
from sextant.kpis.models import Kpi
from sextant.kpis.queries import facts as reading
from sextant.lifecycle.first_look import perhaps_off_target
from sextant.lifecycle.living import life_of
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.metrics.models import Metric
from sextant.metrics.queries.findings import findings
from sextant.metrics.queries.series import BASELINE, Series, calendar_for, series_many
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult
from sextant.okrs.queries.rows import TermsRow, terms_rows
from sextant.okrs.queries.values import value_at
from sextant.people.queries import organisation

SUSPECT_AFTER = 3  # periods off target in a row
FIRST_LOOK = 2  # periods more than those, so that one without a value hides nothing
VERDICTS = {ON_TARGET: calc.MET, WATCH: calc.SHORT, OFF_TARGET: calc.MISSED}
ABOUT_VALUES = ("red_flag", "target_crossed", "deviation")


@dataclass(frozen=True, slots=True)
class Case:
    """A KPI, the life it has, and what its series says of it now."""

    kpi: Kpi
    life: calc.Life
    look: calc.Look
    policy: calc.Policy
    promotion: Promotion | None

    @property
    def steps(self) -> list[calc.Step]:
        return calc.steps(self.life, self.look, self.policy)


def worth_a_look(kpi_ids: Sequence[int], point: Standpoint) -> list[int]:
    """Which of these could be asked for a step: those with a life, with an alert about their values, and those whose
    newest periods are off target. Most KPIs are none of them, and cost no more than their newest values.
    """
    chosen = set(Life.objects.filter(kpi_id__in=kpi_ids).exclude(state="monitored").values_list("kpi_id", flat=True))
    alive = Alert.objects.filter(kpi_id__in=kpi_ids, rule__in=ABOUT_VALUES, closed_at=None)
    chosen |= {kpi_id for kpi_id in alive.values_list("kpi_id", flat=True) if kpi_id is not None}
    perhaps = perhaps_off_target([pk for pk in kpi_ids if pk not in chosen], point)
    rest = Kpi.objects.filter(followed(), pk__in=perhaps)
    facts, _faults = in_halves(  # what cannot be read is told by its alerts, which stumble over the same
        list(rest.select_related("metric")),
        lambda part: facts_of(part, point, newest=SUSPECT_AFTER + FIRST_LOOK, is_brief=True),
    )
    chosen |= {pk for pk, own in facts.items() if _is_off_target(own)}
    return sorted(chosen)


def cases(kpi_ids: Sequence[int], point: Standpoint) -> dict[int, Case]:
    """These KPIs looked at as a whole, by id."""
    kpis = Kpi.objects.select_related("metric").in_bulk(list(kpi_ids))
    lives = {row.kpi_id: life_of(row) for row in Life.objects.filter(kpi_id__in=kpis)}
    promotions = _promotions(one.promotion for one in lives.values())
    context = _Context(point, kpis, lives, promotions)
    found, _faults = in_halves(list(kpis.values()), context.cases)
    return found


def followed() -> Q:
    """KPIs that are watched."""
    return Q(state="active", archived_at=None, metric__archived_at=None)


def is_followed(kpi: Kpi) -> bool:
    """The same for one KPI with its metric, without a statement."""
    return kpi.state == "active" and kpi.archived_at is None and kpi.metric.archived_at is None


def is_worked_on(promotion: Promotion | None) -> bool:
    """Whether the key result of the promotion is open."""
    if promotion is None or promotion.ended_at is not None:
        return False
    key_result = promotion.key_result
    objective = key_result.objective
    is_gone = key_result.archived_at is not None or objective.archived_at is not None
    return not is_gone and key_result.closed_at is None and objective.state != "closed"


class _Context:
    """What the looks at many KPIs share."""

    def __init__(
        self, point: Standpoint, kpis: Mapping[int, Kpi], lives: Mapping[int, calc.Life],
        promotions: Mapping[int, Promotion],
    ) -> None:  # fmt: skip
        self.point, self.lives, self.promotions = point, lives, promotions
        self.rules = RulesInForce(point)
        self.discounted = discounted(kpis, point)
        self.dismissed = _dismissed(kpis)
        own = [one.key_result_id for one in promotions.values() if one.has_own_target]
        self.terms = terms_rows(KeyResult.objects.filter(pk__in=own), point) if own else {}

    def cases(self, kpis: Sequence[Kpi]) -> dict[int, Case]:
        series = series_many([kpi.metric for kpi in kpis], self.point, newest=max(map(self._needed, kpis), default=0))
        watched = [kpi for kpi in kpis if is_followed(kpi)]
        judged = findings(
            [kpi.metric for kpi in watched], self.point, budgets=budgets_of(self.rules, watched), series=series
        )
        targets = reading.target_rows({kpi.pk: kpi.metric for kpi in kpis}, self.point)
        zone = ZoneInfo(organisation().time_zone)
        found = {}
        for kpi in kpis:
            own = series[kpi.metric_id]
            facts = KpiFacts(kpi, own, targets.get(kpi.pk, ()), self.point, zone)
            found[kpi.pk] = self._case(facts, judged.get(kpi.metric_id))
        return found

    def _case(self, facts: KpiFacts, detection: Detection | None) -> Case:
        kpi = facts.kpi
        life, promotion = self.lives.get(kpi.pk, calc.Life()), self._promotion(kpi)
        look = calc.Look(
            periods=self._periods(facts, life, promotion), adverse=self._adverse(facts, detection), now=facts.now,
            is_followed=is_followed(kpi), is_worked_on=is_worked_on(promotion),
            discounted=self.discounted.get(kpi.pk, {}),
        )  # fmt: skip
        return Case(kpi, life, look, self._policy(facts, promotion), promotion)

    def _promotion(self, kpi: Kpi) -> Promotion | None:
        return self.promotions.get(self.lives.get(kpi.pk, calc.Life()).promotion or 0)

    def _policy(self, facts: KpiFacts, promotion: Promotion | None) -> calc.Policy:
        rule = self.rules.at("target_crossed", facts.kpi.metric.team_id, kpi_id=facts.kpi.pk)
        patience = max(SUSPECT_AFTER, rule.settings.open_after)  # nothing is suspected before it may be an alert
        if promotion is None:
            return calc.Policy(patience)
        series = facts.series
        watched_until = calc.watch_end(facts.now, length_of(promotion), series.frequency, series.calendar, series.span)
        return calc.Policy(patience, promotion.revert_after, promotion.heeds_findings, watched_until)

    def _periods(self, facts: KpiFacts, life: calc.Life, promotion: Promotion | None) -> tuple[calc.Seen, ...]:
        """Judged by the KPI's target, and while it is at work by that of the key result where that is another one.

        After such a promotion it relapses only where both are missed; its proof is judged as it was then.
        """
        newest = self._count(facts.kpi)
        if promotion is None or not promotion.has_own_target:
            return verdicts(facts, newest)
        rows = self.terms.get(promotion.key_result_id, ())
        own = [
            TargetRow(_figures(row, facts.kpi.metric, facts.series, promotion.since), row.valid_from) for row in rows
        ]
        by_own = verdicts(replace(facts, targets=own), newest)
        if promotion.ended_at is None:
            return by_own
        pairs = zip(by_own, verdicts(facts, newest), strict=True)
        return tuple(mine if mine.start in life.proof else min(mine, its, key=_badness) for mine, its in pairs)

    def _adverse(self, facts: KpiFacts, detection: Detection | None) -> tuple[calc.Adverse, ...]:
        """The findings on the worse side, where anybody wants to hear of findings."""
        kpi, starts = facts.kpi, facts.series.starts
        is_heard = self.rules.at("deviation", kpi.metric.team_id, kpi_id=kpi.pk).is_heard
        if detection is None or not detection.enough_history or not is_heard:
            return ()
        found = []
        for one in detection.findings:
            if one.side in ADVERSE[kpi.metric.direction]:
                first, last = int(starts[one.first]), int(starts[one.last])
                is_open = one.is_open and one.kind == "deviation" and (kpi.pk, first) not in self.dismissed
                found.append(calc.Adverse(first, last, is_open))
        return tuple(found)

    def _needed(self, kpi: Kpi) -> int:
        return max(READ, self._count(kpi))

    def _count(self, kpi: Kpi) -> int:
        """How many of the newest periods the life needs: all that it names, with the one before."""
        life, frequency = self.lives.get(kpi.pk, calc.Life()), Frequency(kpi.metric.frequency)
        named = [hour for hour in (life.since, life.answered, *life.proof[:1]) if hour is not None]
        if not named:
            return BASELINE
        now, calendar = self.point.hour(frequency), calendar_for(kpi.metric, self.point)
        back = unit_of(now, frequency, calendar) - unit_of(min(named), frequency, calendar)
        return max(BASELINE, back + kpi.metric.span + 2)


def verdicts(facts: KpiFacts, newest: int) -> tuple[calc.Seen, ...]:
    """What each of the newest complete periods says, oldest first; those in which nothing applied are left out."""
    series, found = facts.series, []
    for index in range(max(0, series.complete - newest), series.complete):
        if index in series.flags and series.flags[index].state == "not_applicable":
            continue
        verdict = VERDICTS.get(facts.status(index), calc.NONE)
        found.append(calc.Seen(int(series.starts[index]), facts.end(index), verdict))
    return tuple(found)


def _badness(seen: calc.Seen) -> int:
    return (calc.MET, calc.SHORT, calc.MISSED, calc.NONE).index(seen.verdict)


def discounted(kpi_ids: Collection[int], point: Standpoint) -> dict[int, dict[str, int]]:
    """By KPI and kind of step, the newest period whose evidence somebody took back."""
    rows = Transition.objects.filter(kpi_id__in=kpi_ids, undone_at__isnull=False)
    if point.known_at is not None:
        rows = rows.filter(undone_at__lte=point.known_at)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for kpi_id, kind, evidence in rows.order_by().values_list("kpi_id", "kind", "evidence"):
        for hour in evidence.get("periods", ()):
            found[kpi_id][kind] = max(hour, found[kpi_id].get(kind, hour))
    return found


def length_of(promotion: Promotion) -> int:
    """The hours of its cycle, or of the promotion itself where it has an end of its own."""
    if promotion.cycle is not None:
        return ((promotion.cycle.ends_on - promotion.cycle.starts_on).days + 1) * 24
    return max(24, hour_of(promotion.ends_on) + 24 - promotion.since)


def _promotions(ids: Iterable[int | None]) -> dict[int, Promotion]:
    named = [one for one in ids if one is not None]
    return Promotion.objects.select_related("key_result__objective", "cycle").in_bulk(named) if named else {}


def _dismissed(kpi_ids: Collection[int]) -> set[tuple[int, int]]:
    """Deviations, by KPI and the first period, that a person closed the alert of while they lasted."""
    rows = Alert.objects.filter(kpi_id__in=kpi_ids, rule="deviation", closed_how="person", is_over=False)
    return {(kpi_id, since) for kpi_id, since in rows.values_list("kpi_id", "since") if kpi_id and since is not None}


def _is_off_target(facts: KpiFacts) -> bool:
    """Whether the newest values are off target, for as many periods as were read."""
    series, count = facts.series, 0
    for index in range(series.complete - 1, -1, -1):
        if math.isnan(series.values[index]):
            continue
        if facts.status(index) != OFF_TARGET:
            return False
        count += 1
        if count == SUSPECT_AFTER:
            return True
    return False


def _figures(row: TermsRow, metric: Metric, series: Series, since: int) -> TargetValues:
    """The figures of a key result as what its periods are judged against."""
    if metric.direction == "within":
        return TargetValues(low=row.low, high=row.high)
    target = row.target if row.target is not None else row.low if metric.direction == "up" else row.high
    if row.relative and row.amount is not None:
        stood = value_at(series, since) if row.baseline is None else None
        baseline = stood.value if stood is not None else row.baseline
        target = None if baseline is None else relative_target(baseline, row.amount, row.relative, metric.direction)
    return TargetValues(target=target)
