"""One-time links: into the organisation, and to a new password. Only their hashes are kept."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import events
from sextant.core.access import require
from sextant.core.actors import Actor
from sextant.core.errors import Refused, refuse
from sextant.core.keys import new_key
from sextant.core.writing import writing
from sextant.people import queries
from sextant.people.commands.checks import besides, check_password, clean_email, clean_name
from sextant.people.commands.roles import set_role
from sextant.people.models import Invitation, Person, Team, User

log = logging.getLogger(__name__)
JOIN, PASSWORD = "join", "password"
VALID_FOR = {JOIN: timedelta(days=7), PASSWORD: timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of an invitation. `link` is given once, where no mail could take it to the person."""

    person: Person
    valid_days: int
    link: str = ""
    mail_sent: bool = False


def invite(
    actor: Actor, *, email: str, name: str = "", team: Team | None = None, role: str = "viewer",
    person: Person | None = None,
) -> Invited:  # fmt: skip
    """Invite somebody, new or known from files, and give them a role. Earlier invitations of theirs end.

    With a mail server the link goes by mail; without, or when the mail fails, it is returned to be passed on.
    """
    email = clean_email(email)
    name = clean_name(name or (person.name if person else email.partition("@")[0].replace(".", " ").title()))
    require("person", actor, "invite", person)
    with writing():
        invited = person or Person.objects.filter(email=email).first()
        invited = _prepare(actor, invited, name, email)
        if team is not None:
            set_role(actor, invited, team=team, role=role)
        secret = _new_link(invited, JOIN)
        events.emit(actor, "person.invited", "person", invited.key, invited.name, team_id=team.pk if team else None)
    link = address_of("invitation", secret)
    return _hand_over(invited, link, JOIN, actor.label)


def _prepare(actor: Actor, person: Person | None, name: str, email: str) -> Person:
    """The person to invite, with the address to invite them at."""
    taken = besides(Person.objects.filter(email=email), person).first()
    if taken is not None:
        message = _("The address %(email)s belongs to %(name)s already.")
        raise refuse("email-taken", message % {"email": email, "name": taken.name}, "email")
    if person is None:
        person = Person.objects.create(key=new_key(Person, name), name=name, email=email)
        events.emit(actor, "person.created", "person", person.key, person.name)
        return person
    if person.user_id is not None:
        message = _("%(name)s can sign in already. If the password is lost, make a password link.")
        raise refuse("signs-in-already", message % {"name": person.name}, "email")
    if person.archived_at is not None:
        raise refuse("person-archived", _("%(name)s is archived. Restore them first.") % {"name": person.name})
    if person.email != email:
        person.email = email
        person.version += 1
        person.save(update_fields=["email", "version"])
    return person


def accept_invitation(secret: str, *, password: str, name: str = "") -> User:
    """Use the link once: makes the sign-in. Of two at the same moment one succeeds.

    Refused with "link-unknown", "link-expired" or "link-used"; each says what to do.
    """
    invitation = open_link(secret, JOIN)
    check_password(password, User(email=invitation.person.email))
    try:
        with writing():
            person = _use(invitation)
            if name:
                person.name = clean_name(name)
            person.user = User.objects.create_user(person.email, password)
            person.version += 1
            person.save(update_fields=["name", "user", "version"])
            events.emit(queries.actor_of_person(person), "person.joined", "person", person.key, person.name)
    except IntegrityError:
        raise _used(JOIN) from None
    return person.user


def ask_password_link(email: str) -> None:
    """Mail a password link to whoever signs in with this address.

    Says nothing about whether there is such a person. Refused without a mail server: then an administrator
    prints a link.
    """
    if not settings.HAS_MAIL_SERVER:
        message = _("No mail server is set up here. Ask an administrator for a one-time password link.")
        raise refuse("no-mail-server", message)
    person = queries.people_at_work().filter(email=clean_email(email), user__isnull=False).first()
    if person is None:
        return
    with writing():
        secret = _new_link(person, PASSWORD)
    _hand_over(person, address_of("password_link", secret), PASSWORD, "")


def make_password_link(actor: Actor, person: Person) -> str:
    """A one-time link to a new password, for an administrator to pass on. Shown once, valid for a day."""
    require("person", actor, "password_link", person)
    if person.user_id is None or person.archived_at is not None:
        message = _("%(name)s has no sign-in. Invite them instead.")
        raise refuse("no-sign-in", message % {"name": person.name})
    with writing():
        secret = _new_link(person, PASSWORD)
        events.emit(actor, "person.password_link_made", "person", person.key, person.name)
    return address_of("password_link", secret)


def set_password_by_link(secret: str, *, password: str) -> User:
    """Use a password link once. Every session opened with the old password ends."""
    invitation = open_link(secret, PASSWORD)
    user = invitation.person.user
    if user is None:
        raise _unknown()
    check_password(password, user)
    with writing():
        person = _use(invitation)
        user.set_password(password)
        user.save(update_fields=["password"])
        actor = queries.actor_of_person(person)
        events.emit(actor, "person.password_set", "person", person.key, person.name)
    return user


def address_of(page: str, secret: str) -> str:
    """The full address of a one-time link, as it is mailed or passed on."""
    return f"{settings.SITE_URL}{reverse(page, args=[secret])}"


def open_link(secret: str, purpose: str) -> Invitation:
    """The invitation behind a link that can still be used. Looking at it does not use it."""
    found = (
        Invitation.objects.filter(secret_hash=queries.hash_of(secret), purpose=purpose)
        .select_related("person", "person__user")
        .first()
    )
    if found is None or found.revoked_at is not None or found.person.archived_at is not None:
        raise _unknown()
    if found.used_at is not None:
        raise _used(purpose)
    if found.expires_at <= timezone.now():
        message = _("This link has expired. Ask an administrator for a new one.")
        raise refuse("link-expired", message)
    return found


def _unknown() -> Refused:
    return refuse("link-unknown", _("This link is not valid, or a newer one took its place. Ask for a new one."))


def _used(purpose: str) -> Refused:
    if purpose == JOIN:
        return refuse("link-used", _("This invitation has been used already. Sign in instead."))
    return refuse("link-used", _("This link has been used already. Ask for a new one if you need it."))


def _use(invitation: Invitation) -> Person:
    """Mark the link used; of two that try at the same moment only one finds it unused."""
    usable = Q(pk=invitation.pk, used_at=None, revoked_at=None, expires_at__gt=timezone.now())
    if not Invitation.objects.filter(usable).update(used_at=timezone.now()):
        raise _used(invitation.purpose)
    return Person.objects.select_for_update(of=("self",)).get(pk=invitation.person_id)


def _new_link(person: Person, purpose: str) -> str:
    """A new secret; links of the same purpose made before it end."""
    now = timezone.now()
    Invitation.objects.filter(person=person, purpose=purpose, used_at=None, revoked_at=None).update(revoked_at=now)
    secret = secrets.token_urlsafe(32)
    Invitation.objects.create(
        person=person,
        purpose=purpose,
        secret_hash=queries.hash_of(secret),
        created_at=now,
        expires_at=now + VALID_FOR[purpose],
    )
    return secret


def _hand_over(person: Person, link: str, purpose: str, by: str) -> Invited:
    """Mail the link when there is a mail server; otherwise give it back. Never inside a transaction."""
    days = VALID_FOR[purpose].days
    if not settings.HAS_MAIL_SERVER:
        return Invited(person, days, link=link)
    words = {"person": person, "link": link, "days": days, "by": by, "organisation": queries.organisation()}
    subject = render_to_string(f"account/mail/{purpose}_subject.txt", words).strip()
    try:
        send_mail(subject, render_to_string(f"account/mail/{purpose}.txt", words), None, [person.email])
    except (SMTPException, OSError) as error:
        log.warning("The mail to person %s could not be sent: %s", person.key, error)
        return Invited(person, days, link=link)
    return Invited(person, days, mail_sent=True)
