"""Verbs that change the organisation, its teams, people, roles, invitations and tokens."""

from sextant.people.commands.invitations import (
    Invited,
    accept_invitation,
    ask_password_link,
    invite,
    make_password_link,
    set_password_by_link,
)
from sextant.people.commands.organisation import change_organisation, set_up_organisation
from sextant.people.commands.persons import (
    archive_person,
    change_person,
    create_person,
    erase_person,
    person_named,
    restore_person,
    set_administrator,
)
from sextant.people.commands.roles import end_role, set_role
from sextant.people.commands.teams import (
    archive_team,
    change_team,
    create_team,
    move_team,
    rename_team,
    restore_team,
)
from sextant.people.commands.tokens import NewToken, create_token, revoke_token

__all__ = [
    "Invited",
    "NewToken",
    "accept_invitation",
    "archive_person",
    "archive_team",
    "ask_password_link",
    "change_organisation",
    "change_person",
    "change_team",
    "create_person",
    "create_team",
    "create_token",
    "end_role",
    "erase_person",
    "invite",
    "make_password_link",
    "move_team",
    "person_named",
    "rename_team",
    "restore_person",
    "restore_team",
    "revoke_token",
    "set_administrator",
    "set_password_by_link",
    "set_role",
    "set_up_organisation",
]
