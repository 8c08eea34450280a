"""What can happen to the organisation, its teams, people and tokens, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events

SENTENCES = {
    "organisation.set_up": _("set up the organisation %(subject)s"),
    "organisation.changed": _("changed the settings of the organisation: %(changes)s"),
    "team.created": _("created the team %(subject)s"),
    "team.renamed": _("renamed the team %(before)s to %(subject)s"),
    "team.moved": _("moved the team %(subject)s from %(before)s to %(after)s"),
    "team.archived": _("archived the team %(subject)s"),
    "team.restored": _("restored the team %(subject)s"),
    "person.created": _("added %(subject)s"),
    "person.changed": _("changed the details of %(subject)s: %(changes)s"),
    "person.archived": _("archived %(subject)s"),
    "person.restored": _("restored %(subject)s"),
    "person.made_administrator": _("made %(subject)s an administrator of the organisation"),
    "person.ended_administrator": _("ended the administration of the organisation by %(subject)s"),
    "person.erased": _("erased a person; their rows now name a former member"),
    "person.invited": _("invited %(subject)s"),
    "person.joined": _("accepted the invitation"),
    "person.password_link_made": _("made a one-time password link for %(subject)s"),
    "person.password_set": _("set a new password through a one-time link"),
    "role.set": _("made %(subject)s %(role)s of %(team)s"),
    "role.ended": _("ended the role of %(subject)s in %(team)s"),
    "token.created": _("created the token %(subject)s"),
    "token.revoked": _("revoked the token %(subject)s"),
}


def register() -> None:
    for name, sentence in SENTENCES.items():
        events.register(name, sentence)
