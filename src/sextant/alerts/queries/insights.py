"""Insights: what the numbers of some KPIs say, one sentence each, with rule, window and what it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from sextant.alerts.insight_sentences import InsightTeller
from sextant.alerts.models import LIVE_STATES, Alert, Dismissal
from sextant.alerts.queries.insight_rules import (
    Cause,
    Facts,
    Found,
    causes_of,
    corrections_of,
    deviations,
    first_time_met,
    heading_of,
    restated,
)
from sextant.alerts.queries.rules import RulesInForce, budgets_of
from sextant.calc.why import Why, method
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import standings
from sextant.metrics.queries.findings import findings
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people.models import Team
from sextant.people.queries import team_tree

MOST_KPIS = 300  # a page about more looks at those with alerts first
NEAR = 4  # the beginning of a deviation may move by so many periods as values arrive, and it is the same one
RULES: tuple[Callable[[Facts], Iterator[Found]], ...] = (deviations, first_time_met, heading_of, restated)
FORMULA = "one sentence per finding: the rule, its window, and what was noted near the beginning of it"


@dataclass(frozen=True, slots=True)
class Insight:
    """`key` is the same on every day the insight is given; `first` and `last` are the start hours of its window.

    `tone` is better, worse or odd. `items` are what it rests on: the KPI itself and what was noted near its beginning.
    """

    key: str
    rule: str
    kpi: Kpi
    first: int
    last: int
    items: tuple[Cause, ...]
    tone: str
    text: str
    why: Why
    is_dismissed: bool = False


def insights(
    actor: Actor, point: Standpoint, *, team: Team | None = None, kpi: Kpi | None = None, is_mine: bool = False,
    limit: int = 6, with_dismissed: bool = False, locale: str = "en",
) -> list[Insight]:  # fmt: skip
    """The insights about one KPI, about the KPIs of a team and those below it, about those the actor owns or whose team
    they belong to (`is_mine`), or about all the actor may see.

    What worsened comes first, then the newest. What the actor dismissed is left out, or marked. A fixed number of
    statements, however many KPIs.
    """
    return _insights(
        actor, point, _kpis(actor, team, kpi, is_mine=is_mine), limit, with_dismissed=with_dismissed, locale=locale
    )


def worsening(
    actor: Actor, point: Standpoint, *, team: Team | None = None, limit: int = 6, locale: str = "en"
) -> list[Insight]:
    """The newest reason to worry per KPI, for planning: KPIs that got worse or head away from their target."""
    found = _insights(actor, point, _kpis(actor, team, None), MOST_KPIS, with_dismissed=False, locale=locale)
    bad = [one for one in found if one.tone == "worse" and one.rule in ("deviation", "heading")]
    return list({one.kpi.pk: one for one in reversed(bad)}.values())[::-1][:limit]


def _kpis(actor: Actor, team: Team | None, kpi: Kpi | None, *, is_mine: bool = False) -> list[Kpi]:
    if kpi is not None:
        return [kpi] if kpi.state == "active" else []
    found = visible("kpi", actor).filter(archived_at=None, state="active")
    if team is not None:
        found = found.filter(metric__team_id__in=team_tree().with_descendants(team.pk))
    if is_mine:
        own = [
            team_id for team_id in actor.roles if team_id in team_tree() and team_tree()[team_id].parent_id is not None
        ]
        found = found.filter(Q(metric__owner_id=actor.person_id) | Q(metric__team_id__in=own))
    found = found.select_related("metric", "metric__team").order_by("metric__name")
    if found.count() <= MOST_KPIS:
        return list(found)
    alarmed = found.filter(pk__in=Alert.objects.filter(state__in=LIVE_STATES).exclude(kpi=None).values("kpi_id"))
    first = list(alarmed[:MOST_KPIS])
    return first + list(found.exclude(pk__in=[one.pk for one in first])[: MOST_KPIS - len(first)])


def _insights(
    actor: Actor, point: Standpoint, kpis: Sequence[Kpi], limit: int, *, with_dismissed: bool, locale: str
) -> list[Insight]:
    if not kpis:
        return []
    stand = standings(kpis, point, newest=None)
    metrics = [each.metric for each in stand]
    series = {each.metric.pk: each.series for each in stand}
    judged = findings(metrics, point, budgets=budgets_of(RulesInForce(point), kpis), series=series)
    causes, corrected = causes_of(actor, metrics, point), corrections_of(metrics, point)
    found = [
        (facts, one)
        for each in stand
        if each.metric.pk in judged
        for facts in [Facts(each, judged[each.metric.pk].findings, causes.get(each.metric.pk, ()),
                            corrected.get(each.metric.pk, ()))]
        for rule in RULES
        for one in rule(facts)
    ]  # fmt: skip
    dismissed = _dismissed(actor)
    teller = InsightTeller(locale)
    told = [
        _told(facts, one, teller, is_dismissed=gone)
        for facts, one in found
        if not (gone := _is_among(facts, one, dismissed)) or with_dismissed
    ]
    told.sort(key=lambda one: (one.tone != "worse", -one.last, one.kpi.metric.name, one.rule))
    return told[:limit]


def _told(facts: Facts, one: Found, teller: InsightTeller, *, is_dismissed: bool) -> Insight:
    kpi = facts.standing.kpi
    items = (Cause("kpi", kpi.metric.name, one.first, kpi.key), *one.causes)
    inputs = {
        "rule": one.rule,
        "from": one.first,
        "to": one.last,
        **one.figures,
        "noted": [c.label for c in one.causes],
    }
    return Insight(
        key_of(facts, one), one.rule, kpi, one.first, one.last, items, one.tone, teller.sentence(facts.standing, one),
        Why(f"insight-{one.rule.replace('_', '-')}", FORMULA, inputs, method("insights")), is_dismissed,
    )  # fmt: skip


def key_of(facts: Facts, one: Found) -> str:
    """Rule, KPI, side and the period it began with."""
    return f"{one.rule}:{facts.standing.kpi.key}:{one.side}:{one.first}"


def kpi_key_in(insight: str) -> str:
    """The key of the KPI an insight is about, empty where the text is no key of one."""
    parts = insight.split(":")
    return parts[1] if len(parts) == 4 and parts[3].lstrip("-").isdecimal() else ""


def _dismissed(actor: Actor) -> Mapping[str, list[int]]:
    """The hours at which dismissed insights began, by the rest of their key."""
    found: dict[str, list[int]] = defaultdict(list)
    if actor.person_id is None:
        return found
    for key in Dismissal.objects.filter(person_id=actor.person_id, superseded_at=None).values_list(
        "insight", flat=True
    ):
        rest, _colon, hour = key.rpartition(":")
        if hour.lstrip("-").isdecimal():
            found[rest].append(int(hour))
    return found


def _is_among(facts: Facts, one: Found, dismissed: Mapping[str, list[int]]) -> bool:
    """Whether it was dismissed; a beginning that moved a little as values arrived makes it no new one."""
    rest, _colon, _hour = key_of(facts, one).rpartition(":")
    reach = NEAR * facts.period_hours
    return any(one.first - reach <= hour <= max(one.last, one.first + reach) for hour in dismissed.get(rest, ()))
