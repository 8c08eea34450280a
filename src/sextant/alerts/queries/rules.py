"""The rules in force: as shipped, set for everybody, for a team and those below it, or for one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from django.db.models import Q, QuerySet

from sextant.alerts.access import may_set
from sextant.alerts.models import AlertRule, RuleFailure
from sextant.alerts.rules import RULES, Rule, Settings, merged
from sextant.calc.why import Why, method
from sextant.core.actors import Actor
from sextant.kpis.access import visible_to as visible_kpis
from sextant.kpis.models import Kpi
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.access import visible_key_results
from sextant.okrs.models import KeyResult
from sextant.people.models import Team
from sextant.people.queries import team_tree

SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting was said: shipped, organisation, team, kpi or key_result, and what that place is called."""

    kind: str
    name: str
    row: AlertRule | None


@dataclass(frozen=True, slots=True)
class InForce:
    """One rule as it holds in a place. `origins` says of each setting where it comes from; `mute` is the row that
    silences it, None when nobody did."""

    rule: Rule
    settings: Settings
    origins: Mapping[str, Origin]
    mute: AlertRule | None

    @property
    def is_muted(self) -> bool:
        return self.mute is not None

    @property
    def is_heard(self) -> bool:
        """Whether it may raise alerts here."""
        return self.rule.is_available and self.settings.on and self.mute is None

    @property
    def why(self) -> Why:
        """Each setting with the place that said it."""
        values = asdict(self.settings)
        inputs: dict[str, object] = {
            name: {"value": values[name], "from": self.origins[name].kind, "place": self.origins[name].name}
            for name in self.rule.settable
        }
        if self.mute is not None:
            inputs["muted"] = {"reason": self.mute.reason, "until": self.mute.until, "by": self.mute.author}
        return Why("alert-rule", "the nearest place that says a setting counts", inputs, method("alerts"))


_AS_SHIPPED = Origin(SHIPPED, "", None)


class RulesInForce:
    """All settings at a standpoint, read with one statement; asked for any number of things."""

    def __init__(self, point: Standpoint) -> None:
        rows = AlertRule.objects.filter(standing_at(point)).order_by("id")
        self._tree, self._day = team_tree(), point.now.date()
        self._places: dict[tuple[str, str, int], AlertRule] = {}
        for row in rows.select_related("team", "kpi__metric", "key_result"):
            for kind, own in (("team", row.team_id), ("kpi", row.kpi_id), ("key_result", row.key_result_id)):
                if own is not None:
                    self._places[row.rule, kind, own] = row
                    break
            else:
                self._places[row.rule, "organisation", 0] = row
        self._teams: dict[tuple[str, int | None], InForce] = {}
        self._ways: dict[int | None, list[tuple[str, int]]] = {}

    def at(
        self, rule: str, team_id: int | None, *, kpi_id: int | None = None, key_result_id: int | None = None
    ) -> InForce:
        """The rule as it holds for a thing of the team; worked out once per team where the thing says nothing."""
        kind, own = ("kpi", kpi_id) if kpi_id is not None else ("key_result", key_result_id)
        if own is not None and (rule, kind, own) in self._places:
            return self._in_force(RULES[rule], [*self._way(team_id), (kind, own)])
        found = self._teams.get((rule, team_id))
        if found is None:
            found = self._teams[rule, team_id] = self._in_force(RULES[rule], self._way(team_id))
        return found

    @property
    def most_patient(self) -> int:
        """The greatest number of periods any rule waits for, whatever the place."""
        said = [
            int(row.settings.get(name, 1)) for row in self._places.values() for name in ("open_after", "recover_after")
        ]
        return max([1, *said])

    def _way(self, team_id: int | None) -> list[tuple[str, int]]:
        """The places from the organisation down to the team."""
        if team_id not in self._ways:
            above = self._tree.ancestors(team_id) if team_id is not None else []
            teams = [("team", node.pk) for node in above] + ([("team", team_id)] if team_id is not None else [])
            self._ways[team_id] = [("organisation", 0), *teams]
        return self._ways[team_id]

    def _in_force(self, rule: Rule, way: Sequence[tuple[str, int]]) -> InForce:
        rows = [row for place in way if (row := self._places.get((rule.key, *place))) is not None]
        origins = dict.fromkeys(rule.settable, _AS_SHIPPED)
        mute: AlertRule | None = None
        for row in rows:
            origin = _origin(row)
            origins.update({name: origin for name in row.settings if name in origins})
            if row.is_muted and (row.until is None or row.until >= self._day):
                mute = row
            elif row.settings.get("on"):  # said nearer than the place that muted it
                mute = None
        return InForce(rule, merged(rule.shipped, [row.settings for row in rows]), origins, mute)

    def row(self, rule: str, kind: str, own: int = 0) -> AlertRule | None:
        """What was said at this very place."""
        return self._places.get((rule, kind, own))


def _origin(row: AlertRule) -> Origin:
    if row.kpi is not None:
        return Origin("kpi", str(row.kpi), row)
    if row.key_result is not None:
        return Origin("key_result", str(row.key_result), row)
    return Origin("organisation", "", row) if row.team is None else Origin("team", str(row.team), row)


@dataclass(frozen=True, slots=True)
class RulesHere:
    """What a page of rules shows: each rule in force in a place, and whether this person may set it there."""

    team: Team | None
    kpi: Kpi | None
    key_result: KeyResult | None
    rules: list[InForce]
    own: Mapping[str, AlertRule]  # what was said at this very place, by rule
    may_set: bool


def rules_for(
    actor: Actor, *, team: Team | None = None, kpi: Kpi | None = None, key_result: KeyResult | None = None,
    point: Standpoint | None = None,
) -> RulesHere:  # fmt: skip
    """Every rule that can hold in the place: for everybody without one, for a team, a KPI or a key result."""
    held = RulesInForce(point or standpoint())
    kind, own_id, team_id = place_of(team, kpi, key_result)
    chosen = [rule for rule in RULES.values() if kind not in ("kpi", "key_result") or kind in rule.things]
    ids = {"kpi_id": kpi.pk if kpi else None, "key_result_id": key_result.pk if key_result else None}
    in_force = [held.at(rule.key, team_id, **ids) for rule in chosen]
    own = {rule.key: row for rule in chosen if (row := held.row(rule.key, kind, own_id)) is not None}
    allowed = may_set(actor, team=team, kpi=kpi, key_result=key_result)
    return RulesHere(team, kpi, key_result, in_force, own, allowed)


def place_of(team: Team | None, kpi: Kpi | None, key_result: KeyResult | None) -> tuple[str, int, int | None]:
    """(kind, id, team id) of the place."""
    if kpi is not None:
        return "kpi", kpi.pk, kpi.metric.team_id
    if key_result is not None:
        return "key_result", key_result.pk, key_result.team_id or key_result.objective.team_id
    return ("organisation", 0, None) if team is None else ("team", team.pk, team.pk)


def history_of_rule(
    rule: str, *, team: Team | None = None, kpi: Kpi | None = None, key_result: KeyResult | None = None,
    point: Standpoint | None = None,
) -> QuerySet[AlertRule]:  # fmt: skip
    """What was ever said about the rule at this place, by the standpoint, the newest first."""
    found = AlertRule.objects.filter(rule=rule, team=team, kpi=kpi, key_result=key_result)
    if point is not None and point.known_at is not None:
        found = found.filter(known_at__lte=point.known_at)
    return found.order_by("-known_at", "-id")


def failures(actor: Actor) -> QuerySet[RuleFailure]:
    """Rules that cannot be evaluated at present: of what the actor owns or leads; an administrator hears
    of all they may see."""
    found = RuleFailure.objects.filter(cleared_at=None).select_related(
        "kpi__metric__team", "key_result__objective__team"
    )
    if not actor.may_read:
        return found.none()
    seen = Q(kpi_id__in=visible_kpis(actor).values("id")) | Q(key_result_id__in=visible_key_results(actor).values("id"))
    if actor.is_admin:
        return found.filter(seen | Q(kpi=None, key_result=None))
    leading = [team_id for team_id in actor.roles if actor.has_role(team_id, "lead")]
    mine = Q(kpi__metric__owner_id=actor.person_id) | Q(key_result__owner_id=actor.person_id)
    led = Q(kpi__metric__team_id__in=leading) | Q(key_result__objective__team_id__in=leading)
    whole = Q(kpi=None, key_result=None) if leading else Q(pk__in=[])
    return found.filter((mine | led) & seen | whole)


def budgets_of(held: RulesInForce, kpis: Sequence[Kpi]) -> dict[int, float]:
    """The alarm budget by metric id, where one is set: what detection is asked to keep to."""
    found = {}
    for kpi in kpis:
        budget = held.at("deviation", kpi.metric.team_id, kpi_id=kpi.pk).settings.budget
        if budget is not None:
            found[kpi.metric_id] = budget
    return found
