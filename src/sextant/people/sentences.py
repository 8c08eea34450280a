"""Roles and actions in words for people."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.actors import ROLES, Actor
from sextant.core.words import Words
from sextant.people import queries
from sextant.people.models import Person
from sextant.people.roles import LEAST_ROLE, ORGANISATION, OWNER_MAY

ROLE_WORDS: dict[str, Words] = {
    "viewer": gettext_lazy("Viewer"),
    "contributor": gettext_lazy("Contributor"),
    "lead": gettext_lazy("Lead"),
    "admin": gettext_lazy("Administrator"),
    ORGANISATION: gettext_lazy("Administrator of the organisation"),
}
ACTION_WORDS: dict[str, Words] = {
    "organisation.change": gettext_lazy("Change the settings of the organisation"),
    "vision.change": gettext_lazy("Change the vision"),
    "theme.create": gettext_lazy("Add a theme"),
    "theme.change": gettext_lazy("Change and order themes"),
    "theme.archive": gettext_lazy("Archive a theme"),
    "cycle.create": gettext_lazy("Add a cycle"),
    "cycle.change": gettext_lazy("Change a cycle"),
    "cycle.archive": gettext_lazy("Archive a cycle"),
    "team.create": gettext_lazy("Add a team below"),
    "team.change": gettext_lazy("Rename the team"),
    "team.move": gettext_lazy("Move the team"),
    "team.archive": gettext_lazy("Archive the team"),
    "team.assign": gettext_lazy("Give and end roles, up to one's own"),
    "channel.change": gettext_lazy("Keep the chat channels of the team"),
    "token.push": gettext_lazy("Make push tokens of the team"),
    "token.revoke": gettext_lazy("Revoke tokens of the team"),
    "person.create": gettext_lazy("Add a person without sign-in"),
    "person.invite": gettext_lazy("Invite a person"),
    "person.see_email": gettext_lazy("See e-mail addresses"),
    "person.change": gettext_lazy("Change a person's details"),
    "person.archive": gettext_lazy("Archive a person who left"),
    "person.erase": gettext_lazy("Erase a person's identity"),
    "person.password_link": gettext_lazy("Make a one-time password link for somebody"),
    "metric.create": gettext_lazy("Add a metric"),
    "metric.record": gettext_lazy("Record and correct values"),
    "metric.change": gettext_lazy("Change a metric and its definition"),
    "kpi.create": gettext_lazy("Draft a KPI"),
    "kpi.change": gettext_lazy("Change a KPI, its targets and actions"),
    "kpi.activate": gettext_lazy("Activate or retire a KPI"),
    "kpi.approve": gettext_lazy("Approve the value of a sensitive KPI"),
    "scorecard.create": gettext_lazy("Add a scorecard"),
    "scorecard.change": gettext_lazy("Change a scorecard"),
    "objective.create": gettext_lazy("Draft an objective"),
    "objective.propose": gettext_lazy("Propose an objective"),
    "objective.change": gettext_lazy("Change an objective and its key results"),
    "objective.agree": gettext_lazy("Agree to an objective, or send it back"),
    "objective.activate": gettext_lazy("Start an objective"),
    "objective.close": gettext_lazy("Close and reopen an objective"),
    "objective.override": gettext_lazy("Put a word of one's own beside a computed state"),
    "objective.work": gettext_lazy("Add and change initiatives"),
    "objective.check_in": gettext_lazy("Check in on a key result"),
    "check_in.acknowledge": gettext_lazy("Acknowledge a check-in"),
    "rule.tune": gettext_lazy("Tune or mute a rule"),
    "candidate.create": gettext_lazy("Put a candidate forward for a cycle"),
    "candidate.change": gettext_lazy("Score, take and leave candidates"),
    "cycle.plan": gettext_lazy("Choose what candidates are scored by"),
    "cycle.close": gettext_lazy("Close and reopen a cycle"),
    "import.run": gettext_lazy("Import a file"),
}


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One action: which of ROLES and the administrator of the organisation may do it, the owner, and I."""

    action: str
    words: str
    allowed: tuple[bool, ...]
    owner_may: bool
    least: str
    i_may: str


def action_words(action: str) -> str:
    return str(ACTION_WORDS.get(action, action.replace(".", ": ").replace("_", " ")))


def role_table(actor: Actor | None = None) -> list[RoleRow]:
    """The role table in the order of `LEAST_ROLE`; with an actor also in how many teams they may."""
    return [
        RoleRow(
            action,
            action_words(action),
            (*(least != ORGANISATION and ROLES.index(role) >= ROLES.index(least) for role in ROLES), True),
            action in OWNER_MAY,
            str(ROLE_WORDS[least]),
            _where(actor, least) if actor else "",
        )
        for action, least in LEAST_ROLE.items()
    ]


def _where(actor: Actor, least: str) -> str:
    if actor.is_admin:
        return _("everywhere")
    if least == ORGANISATION:
        return _("no")
    tree = queries.team_tree()
    teams = [id_ for id_ in actor.roles if actor.has_role(id_, least)]
    tops = [id_ for id_ in teams if id_ in tree and tree[id_].parent_id not in set(teams)]
    names = sorted(tree[id_].name for id_ in tops)
    return _("in %(teams)s") % {"teams": ", ".join(names)} if names else _("no")


def roles_in_words(person: Person) -> str:
    """ "Administrator of the organisation; Lead of Sales"."""
    words = [str(ROLE_WORDS[ORGANISATION])] if person.is_admin else []
    for membership in queries.current_memberships(person).order_by("team__name"):
        parts = {"role": str(ROLE_WORDS[membership.role]), "team": membership.team.name}
        words.append(_("%(role)s of %(team)s") % parts)
    return "; ".join(words)
