"""What a name, an address or a password has to be, said once."""

from __future__ import annotations

from typing import TypeVar

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from sextant.core.errors import Problem, Refused, refuse
from sextant.people.models import User

M = TypeVar("M", bound=Model)
LONGEST_ADDRESS = 254


def besides(rows: QuerySet[M], thing: M | None) -> QuerySet[M]:
    """The rows without this one, for "is the name taken by another?"."""
    return rows if thing is None else rows.exclude(pk=thing.pk)


def clean_name(text: str, field: str = "name", longest: int = 200) -> str:
    """The name without surplus spaces. Refused when empty or too long."""
    name = " ".join(text.split())
    if not name:
        raise refuse("name-missing", _("Give it a name."), field)
    if len(name) > longest:
        raise refuse("name-too-long", _("Use at most %(count)d characters.") % {"count": longest}, field)
    return name


def clean_email(text: str, *, required: bool = True) -> str:
    """The address in lower case; empty only where it is not required."""
    address = text.strip().lower()
    if not address and not required:
        return ""
    try:
        if len(address) > LONGEST_ADDRESS:
            raise ValidationError("too long")
        validate_email(address)
    except ValidationError:
        message = _("“%(text)s” is not an e-mail address; it needs a form like name@example.org.") % {"text": text}
        raise refuse("email-wrong", message, "email") from None
    return address


def check_password(password: str, user: User | None = None) -> None:
    """Refused with every rule the password breaks."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(*(Problem("password-weak", message, "password") for message in error.messages)) from None
