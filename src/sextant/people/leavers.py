"""Naming somebody who has left."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.core.errors import Problem, Refused
from sextant.people.models import Person


def named_leaver(person: Person | None, field: str = "owner") -> Problem | None:
    """What is wrong with naming this person, where they have left; None where they are here, or nobody is named."""
    if person is None or (person.archived_at is None and person.erased_at is None):
        return None
    return Problem("owner-left", _("%(name)s has left. Name somebody who is here.") % {"name": person.name}, field)


def require_here(person: Person | None, field: str = "owner") -> None:
    """Refused where the person has left."""
    if (problem := named_leaver(person, field)) is not None:
        raise Refused(problem)
