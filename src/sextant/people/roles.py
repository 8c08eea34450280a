"""The role table: the least role each action needs, in the one place that says so (SX-14).

Actions are named `kind.verb`. A role holds in its team and in the teams below it; an administrator of the
organisation may do everything. docs/guide/roles.md shows this table, and a test keeps the two equal.
"""

from __future__ import annotations

from sextant.core.actors import Actor

# Not a role in a team: kept for administrators of the whole organisation.
ORGANISATION = "organisation"

LEAST_ROLE = {
    "organisation.change": ORGANISATION,
    "vision.change": ORGANISATION,
    "theme.create": ORGANISATION,
    "theme.change": ORGANISATION,
    "theme.archive": ORGANISATION,
    "cycle.create": "lead",
    "cycle.change": "lead",
    "cycle.archive": ORGANISATION,
    "team.create": "admin",
    "team.change": "lead",
    "team.move": "admin",
    "team.archive": "admin",
    "team.assign": "lead",
    "channel.change": "lead",
    "token.push": "lead",
    "token.revoke": "lead",
    "person.create": "lead",
    "person.invite": "admin",
    "person.see_email": "lead",
    "person.change": ORGANISATION,
    "person.archive": ORGANISATION,
    "person.erase": ORGANISATION,
    "person.password_link": ORGANISATION,
    "metric.create": "contributor",
    "metric.record": "contributor",
    "metric.change": "lead",
    "kpi.create": "contributor",
    "kpi.change": "lead",
    "kpi.activate": "lead",
    "kpi.approve": "lead",
    "scorecard.create": "lead",
    "scorecard.change": "lead",
    "objective.create": "contributor",
    "objective.propose": "contributor",
    "objective.change": "lead",
    "objective.agree": "lead",
    "objective.activate": "lead",
    "objective.close": "lead",
    "objective.override": "lead",
    "objective.work": "contributor",
    "objective.check_in": "contributor",
    "check_in.acknowledge": "lead",
    "rule.tune": "lead",
    "candidate.create": "contributor",
    "candidate.change": "lead",
    "cycle.plan": "lead",
    "cycle.close": "lead",
    "import.run": "contributor",
}
# What a push token of a team may do there, and nothing else.
PUSHABLE = frozenset({"metric.record", "objective.check_in"})
# What one may do to what one owns whatever the role; a person owns their own details and tokens.
OWNER_MAY = frozenset(
    {
        "metric.record", "metric.change", "kpi.change", "kpi.activate", "kpi.approve", "scorecard.change",
        "objective.change", "objective.propose", "objective.activate", "objective.close", "objective.work",
        "objective.check_in", "person.change", "person.see_email", "token.revoke",
    }
)  # fmt: skip


def allows(actor: Actor, action: str, team_id: int | None, *, owner_id: int | None = None) -> bool:
    """Whether the actor's role in the team, and the scopes of a token, cover the action.

    `team_id` None is a thing of the whole organisation, for which a role in any team counts.
    `owner_id` is given where OWNER_MAY is to count.
    """
    if action in PUSHABLE and actor.push_team_ids is not None:
        return "push" in actor.scopes and team_id in actor.push_team_ids
    if not actor.may_write:
        return False
    if action in OWNER_MAY and owner_id is not None and owner_id == actor.person_id:
        return True
    least = LEAST_ROLE[action]
    return actor.is_admin if least == ORGANISATION else actor.has_role(team_id, least)
