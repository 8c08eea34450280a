"""How the alerts are looked at: all of it stands in the address, so a link shows a colleague the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.alerts.queries.inbox import STATE_FILTERS, Inbox, InboxFilter
from sextant.alerts.rules import RULES, title
from sextant.alerts.sentences import STATES
from sextant.core.access import find
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.people.models import Team
from sextant.web.requests import whole
from sextant.web.scorecard_look import Choice, Filter, of_all

SCOPES: Mapping[str, Words] = {
    "mine": gettext_lazy("Mine"), "teams": gettext_lazy("My teams"), "all": gettext_lazy("All"),
}  # fmt: skip
GROUPED: Mapping[str, Words] = {
    "": gettext_lazy("Not grouped"), "team": gettext_lazy("Team"), "thing": gettext_lazy("KPI or key result"),
}  # fmt: skip
STATE_CHOICES: Mapping[str, Words] = {
    "live": gettext_lazy("Not closed"), **STATES, "all": gettext_lazy("All of them"),
}  # fmt: skip
USUAL_SCOPE, USUAL_STATE = "mine", "live"


@dataclass(frozen=True, slots=True)
class Look:
    """What the address asks for; what it does not name has its usual value."""

    scope: str = USUAL_SCOPE
    state: str = USUAL_STATE
    rule: str = ""
    team: str = ""
    kpi: str = ""
    key_result: str = ""
    unanswered: str = ""
    group: str = ""
    page: str = ""
    as_of: str = ""

    @classmethod
    def of(cls, asked: QueryDict) -> Look:
        """Anything unknown counts as not asked for. Whoever names a thing or a team means all of its alerts."""
        given = {one.name: asked.get(one.name, "").strip()[:200] for one in fields(cls)}
        if given["scope"] not in SCOPES:
            about = given["kpi"] or given["key_result"] or given["team"]
            given["scope"] = "all" if about else USUAL_SCOPE
        if given["state"] not in STATE_FILTERS:
            given["state"] = USUAL_STATE
        if given["rule"] not in RULES:
            given["rule"] = ""
        if given["group"] not in GROUPED:
            given["group"] = ""
        given["unanswered"] = "1" if given["unanswered"] else ""
        return cls(**given)

    def url(self, **changes: str) -> str:
        """The address of the page with some of its look changed, on its first page; what is usual is left out."""
        wanted, usual = replace(self, **{"page": ""} | changes), Look()
        pairs = [(one.name, getattr(wanted, one.name)) for one in fields(self)]
        asked = [(name, value) for name, value in pairs if value != getattr(usual, name) or name == "scope"]
        if asked == [("scope", USUAL_SCOPE)]:
            asked = []
        return reverse("alerts") + (f"?{urlencode(asked)}" if asked else "")

    @property
    def number(self) -> int:
        return whole(self.page) or 1

    @property
    def is_filtered(self) -> bool:
        return bool(self.rule or self.unanswered or self.kpi or self.key_result or self.state != USUAL_STATE)

    def filters(self, actor: Actor, team: Team | None) -> InboxFilter:
        """As the query takes it. Raises Hidden for a KPI or key result that is not there or not visible."""
        return InboxFilter(
            state=self.state, rule=self.rule, team=team, mine=self.scope == "mine", my_teams=self.scope == "teams",
            unanswered=bool(self.unanswered), kpi=find("kpi", actor, self.kpi) if self.kpi else None,
            key_result=find("key_result", actor, self.key_result) if self.key_result else None,
        )  # fmt: skip

    def choices(self, found: Inbox) -> list[Filter]:
        """What may be chosen instead, with how many there are of each."""
        live = sum(found.states.get(one, 0) for one in ("open", "acknowledged", "snoozed"))
        counts = {**found.states, "live": live, "all": sum(found.states.values())}
        states = [
            Choice("" if value == USUAL_STATE else value, _counted(words, counts.get(value, 0)), value == self.state)
            for value, words in STATE_CHOICES.items()
        ]
        rules = [Choice("", _("Any"), not self.rule)]
        rules += [
            Choice(rule, _counted(title(rule), found.rules.get(rule, 0)), rule == self.rule)
            for rule in RULES
            if found.rules.get(rule) or rule == self.rule
        ]
        answers = [
            Choice("", _("Any"), not self.unanswered), Choice("1", _("Waits for an answer"), bool(self.unanswered)),
        ]  # fmt: skip
        return [
            Filter("state", _("State"), states),
            Filter("rule", _("Rule"), rules),
            Filter("unanswered", _("Response"), answers),
            Filter("group", _("Group by"), of_all(GROUPED, self.group)),
        ]


def _counted(words: Words, count: int) -> str:
    return f"{words} ({count})" if count else str(words)
