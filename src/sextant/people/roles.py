"""The role table: the least role each action needs, in the one place that says so (SX-14).

Actions are named `kind.verb`. A role holds in its team and in the teams below it.
"""

from __future__ import annotations

from sextant.core.actors import Actor

LEAST_ROLE = {
    "organisation.change": "admin",
    "team.create": "admin",
    "team.change": "lead",
    "team.assign": "lead",
    "person.invite": "admin",
    "person.change": "admin",
    "theme.change": "admin",
    "cycle.change": "admin",
    "vision.change": "admin",
    "token.push": "lead",
    "metric.create": "contributor",
    "metric.record": "contributor",
    "metric.change": "lead",
    "kpi.create": "contributor",
    "kpi.change": "lead",
    "kpi.activate": "lead",
    "scorecard.create": "lead",
    "scorecard.change": "lead",
    "import.run": "contributor",
}


def allows(actor: Actor, action: str, team_id: int | None) -> bool:
    """Whether the actor's role in the team, and the scopes of a token, cover the action."""
    if action == "metric.record" and actor.push_team_ids is not None:
        return team_id in actor.push_team_ids
    return actor.may_write and actor.has_role(team_id, LEAST_ROLE[action])
