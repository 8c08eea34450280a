"""Create, change, archive, restore and erase people; find or make the person a file names."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import belongings, editing, erasure, events
from sextant.core.access import require
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Problem, Refused, refuse
from sextant.core.keys import new_key
from sextant.core.writing import writing
from sextant.people.access import require_organisation
from sextant.people.commands.checks import besides, clean_email, clean_name
from sextant.people.matching import named
from sextant.people.models import Invitation, Membership, Person, Token, User

# Kept in English in the data, whatever the language of who erases; pages translate it when they show it.
FORMER_MEMBER = "former member"


def create_person(actor: Actor, name: str, *, email: str = "", source: str = "", external_id: str = "") -> Person:
    """Somebody of the organisation, without a sign-in until they are invited."""
    name, email = clean_name(name), clean_email(email, required=False)
    require("person", actor, "create", None)
    with writing():
        check_email_free(email)
        person = Person.objects.create(
            key=new_key(Person, name), name=name, email=email, source=source, external_id=external_id
        )
        events.emit(actor, "person.created", "person", person.key, person.name)
    return person


def change_person(
    actor: Actor, person: Person, *, version: int | None, name: str | None = None, email: str | None = None
) -> Person:
    """Change name and e-mail address. The address one signs in with is changed by administrators."""
    values: dict[str, object] = {}
    if name is not None:
        values["name"] = clean_name(name)
    if email is not None:
        values["email"] = clean_email(email, required=person.user_id is not None)
    with writing():
        row = editing.fresh(person, version, values)
        require("person", actor, "change", row)
        _check_not_erased(row)
        is_new_address = "email" in values and values["email"] != row.email
        if is_new_address:
            _check_may_change_address(actor, row)
            check_email_free(str(values["email"]), but=row)
        changes = editing.change(row, values)
        if is_new_address and row.user_id is not None:
            User.objects.filter(person=row).update(email=row.email)
        if changes:
            words = {n: pair for n, pair in changes.items() if n != "email"}
            said = editing.in_words(words) or str(_("e-mail address"))
            events.emit(actor, "person.changed", "person", row.key, row.name, changes=said)
    return row


def set_administrator(actor: Actor, person: Person, *, is_admin: bool, version: int | None) -> Person:
    """Make somebody an administrator of the organisation, or end it. The last one stays."""
    with writing():
        row = editing.fresh(person, version, {"is_admin": is_admin})
        require_organisation(actor)
        _check_not_erased(row)
        if not is_admin:
            _check_not_last_administrator(row)
        changes = editing.change(row, {"is_admin": is_admin})
        if changes:
            name = "person.made_administrator" if is_admin else "person.ended_administrator"
            events.emit(actor, name, "person", row.key, row.name)
    return row


def archive_person(
    actor: Actor, person: Person, *, version: int | None = None, hand_over_to: Person | None = None
) -> Person:
    """Somebody left: no sign-in, no tokens in force; what they did stays. `restore_person` undoes it.

    What they answer for goes to `hand_over_to`. Raises Refused with the list of it when nobody is named.
    """
    with writing():
        row = editing.fresh(person, version, {})
        require("person", actor, "archive", row)
        if row.archived_at is not None:
            return row
        _check_not_last_administrator(row)
        _hand_over(actor, row, hand_over_to)
        editing.change(row, {"archived_at": timezone.now()})
        User.objects.filter(person=row).update(is_active=False)
        Invitation.objects.filter(person=row, used_at=None, revoked_at=None).update(revoked_at=timezone.now())
        events.emit(actor, "person.archived", "person", row.key, row.name)
    return row


def _hand_over(actor: Actor, leaver: Person, to: Person | None) -> None:
    """Give what the leaver answers for to somebody who is here; nothing is left without an owner."""
    held = belongings.of_person(leaver.pk)
    if not held:
        return
    if to is None:
        words = _("%(name)s still answers for other things (%(count)d). Say who takes them over; nothing was changed.")
        first = Problem("answers-for-things", words % {"name": leaver.name, "count": len(held)}, "hand_over_to")
        raise Refused(first, *[Problem("answers-for", one.label, f"{one.kind}:{one.key}") for one in held[:50]])
    if to.pk == leaver.pk or to.archived_at is not None or to.erased_at is not None:
        raise refuse("successor-not-here", _("Choose somebody else who is here."), "hand_over_to")
    belongings.hand_over_all(actor, leaver.pk, to)


def restore_person(actor: Actor, person: Person, *, version: int | None = None) -> Person:
    with writing():
        row = editing.fresh(person, version, {})
        require("person", actor, "archive", row)
        _check_not_erased(row)
        if row.archived_at is None:
            return row
        editing.change(row, {"archived_at": None})
        User.objects.filter(person=row).update(is_active=True)
        events.emit(actor, "person.restored", "person", row.key, row.name)
    return row


def erase_person(actor: Actor, person: Person, *, version: int | None = None) -> Person:
    """Replace the identity by "former member" and keep every row. This cannot be undone.

    Name, address, key, sign-in, outside ids and the names in the event log go; what the person
    recorded, owned or decided stays, with the former member in their place.
    """
    now = timezone.now()
    with writing():
        row = editing.fresh(person, version, {})
        require("person", actor, "erase", row)
        if row.erased_at is not None:
            return row
        _check_not_last_administrator(row)
        tokens = Token.objects.filter(person=row)
        before = erasure.Erased(
            person_id=row.pk,
            old_key=row.key,
            old_labels=_labels_of_this_one_alone(row),
            token_keys=tuple(tokens.values_list("key", flat=True)),
            new_key=f"former-member-{row.pk}",
            new_label=FORMER_MEMBER,
        )
        user = row.user
        Membership.objects.filter(person=row, superseded_at=None).update(superseded_at=now)
        Invitation.objects.filter(person=row, used_at=None, revoked_at=None).update(revoked_at=now)
        tokens.filter(revoked_at=None).update(revoked_at=now)
        for token in tokens:
            token.name = erasure.without_names(token.name, before)
            token.save(update_fields=["name"])
        editing.change(row, {
            "key": before.new_key, "name": FORMER_MEMBER, "email": "", "user": None, "is_admin": False,
            "source": "", "external_id": "", "archived_at": row.archived_at or now, "erased_at": now,
        })  # fmt: skip
        if user is not None:
            user.delete()
        erasure.forget_everywhere(before)
        events.emit(actor, "person.erased", "person", row.key, row.name)
    return row


def _labels_of_this_one_alone(person: Person) -> tuple[str, ...]:
    """The names the person went by, without those that in a text may as well mean a namesake who is still here."""
    labels = erasure.labels_known(person.key, person.name)
    namesakes = set(Person.objects.filter(name__in=labels).exclude(pk=person.pk).values_list("name", flat=True))
    return tuple(label for label in labels if label not in namesakes)


def person_named(
    actor: Actor,
    name: str,
    *,
    source: str = "",
    external_id: str = "",
    is_new: bool = False,
) -> Person:
    """The person a file names: by source and outside id, then key, then exact name; made when none is alike.

    Refused with "name-near-match" when somebody is nearly called so: `details["candidates"]` lists the keys.
    The caller asks, and comes back with the key as the name, or with `is_new=True`.
    """
    match = named(Person, [(name, external_id)], source=source)[0]
    if match.thing is not None:
        return match.thing
    if match.near and not is_new:
        names = ", ".join(f"{person.name} ({person.key})" for person in match.near)
        message = _("“%(name)s” may be somebody already here: %(names)s. Say who it is, or that it is somebody new.")
        raise Refused(
            Problem(
                "name-near-match",
                message % {"name": name, "names": names},
                details={"candidates": [person.key for person in match.near]},
            )
        )
    return create_person(actor, name, source=source, external_id=external_id)


def check_email_free(email: str, but: Person | None = None) -> None:
    taken = besides(Person.objects.filter(email=email), but).first() if email else None
    if taken is not None:
        message = _("The address %(email)s belongs to %(name)s already.")
        raise refuse("email-taken", message % {"email": email, "name": taken.name}, "email")


def _check_not_erased(person: Person) -> None:
    if person.erased_at is not None:
        raise refuse("person-erased", _("This person was erased; nothing is known of them that could be changed."))


def _check_may_change_address(actor: Actor, person: Person) -> None:
    if person.user_id is not None and not actor.is_admin:
        message = _("Ask an administrator to change the address you sign in with.")
        raise NotAllowed(Problem("not-allowed", message, "email"))


def _check_not_last_administrator(person: Person) -> None:
    if not person.is_admin:
        return
    others = Person.objects.filter(is_admin=True, archived_at=None, erased_at=None, user__is_active=True)
    if not others.exclude(pk=person.pk).exists():
        message = _("%(name)s is the last administrator. Make somebody else administrator first.")
        raise refuse("last-administrator", message % {"name": person.name})
