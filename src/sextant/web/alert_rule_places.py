"""Where an alert rule is set: for everybody, for a team, for a KPI or for a key result; and what holds above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.alerts.access import may_set
from sextant.alerts.models import AlertRule
from sextant.alerts.queries.rules import InForce, Origin, RulesInForce, place_of
from sextant.alerts.rules import RULES, Rule, Settings
from sextant.core.access import find
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.okrs.models import KeyResult
from sextant.people.models import Team


@dataclass(frozen=True, slots=True)
class Place:
    """At most one of the three; none of them is everybody."""

    actor: Actor
    team: Team | None = None
    kpi: Kpi | None = None
    key_result: KeyResult | None = None

    @property
    def columns(self) -> dict[str, Any]:
        return {"team": self.team, "kpi": self.kpi, "key_result": self.key_result}

    @property
    def thing(self) -> Kpi | KeyResult | None:
        return self.kpi if self.kpi is not None else self.key_result

    @property
    def query(self) -> str:
        """What addresses carry to stay in this place."""
        for name, one in self.columns.items():
            if one is not None:
                return "?" + urlencode({name: one.key})
        return ""

    @property
    def name(self) -> str:
        one = self.team if self.team is not None else self.thing
        return str(one) if one is not None else _("everybody")

    @property
    def thing_url(self) -> str:
        """The page of what the rules are for, empty for everybody."""
        for kind, one in self.columns.items():
            if one is not None:
                return reverse(kind, args=[one.key])
        return ""

    @property
    def may_set(self) -> bool:
        return may_set(self.actor, **self.columns)

    @property
    def team_id(self) -> int | None:
        return place_of(self.team, self.kpi, self.key_result)[2]

    def fits(self, rule: Rule) -> bool:
        """Whether the rule looks at things of this place."""
        kind = "kpi" if self.kpi is not None else "key_result" if self.key_result is not None else ""
        return not kind or kind in rule.things

    def held(self, rule: str, rules: RulesInForce) -> InForce:
        """The rule as it holds here."""
        thing = {
            "kpi_id": self.kpi.pk if self.kpi is not None else None,
            "key_result_id": self.key_result.pk if self.key_result is not None else None,
        }
        return rules.at(rule, self.team_id, **thing)

    def above(self, rule: str, rules: RulesInForce) -> Settings:
        """How the rule would be set here if nobody had said anything at this very place."""
        if self.thing is not None:
            return rules.at(rule, self.team_id).settings
        if self.team is not None:
            return rules.at(rule, self.team.parent_id).settings
        return RULES[rule].shipped

    def own(self, rule: str) -> AlertRule | None:
        """What was said at this very place."""
        return AlertRule.objects.filter(rule=rule, superseded_at=None, **self.columns).first()


def place_asked_for(actor: Actor, asked: QueryDict) -> Place:
    """The place of `?team=`, `?kpi=` or `?key_result=`. Raises Hidden for one that is not there or not visible."""
    if key := asked.get("kpi", ""):
        return Place(actor, kpi=find("kpi", actor, key))
    if key := asked.get("key_result", ""):
        return Place(actor, key_result=find("key_result", actor, key))
    if key := asked.get("team", ""):
        return Place(actor, team=find("team", actor, key))
    return Place(actor)


def origin_words(origin: Origin) -> str:
    """Where a setting was said."""
    said = {
        "shipped": _("as shipped"),
        "organisation": _("for everybody"),
        "team": _("for %(name)s"),
        "kpi": _("for this KPI"),
        "key_result": _("for this key result"),
    }[origin.kind]
    return said % {"name": origin.name} if origin.kind == "team" else said
