"""The first run, and the settings of the organisation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import editing, events
from sextant.core.actors import Actor
from sextant.core.errors import Refused, refuse
from sextant.core.keys import new_key
from sextant.core.writing import writing
from sextant.people import queries
from sextant.people.access import require_organisation
from sextant.people.commands.checks import check_password, clean_email, clean_name
from sextant.people.models import Membership, Organisation, Person, Team, User

THE_ONLY_ONE = 1
RENAMABLE = ("theme", "cycle", "team", "kpi", "scorecard", "objective", "key_result", "initiative")


def set_up_organisation(
    *, name: str, admin_name: str, email: str, password: str | None, is_demo: bool = False, **settings: Any
) -> Person:
    """The first run: the organisation, its root team and its first administrator, all or nothing.

    `settings` as in `change_organisation`. Refused with "already-set-up" when there is an organisation, also
    when two people try at the same moment.
    """
    name, admin_name = clean_name(name, "name"), clean_name(admin_name, "admin_name")
    email = clean_email(email)
    if password is not None:
        check_password(password, User(email=email))
    checked = checked_settings(settings)
    try:
        with writing():
            if Organisation.objects.exists():
                raise _already_set_up()
            Organisation.objects.create(pk=THE_ONLY_ONE, name=name, is_demo=is_demo, **checked)
            root = Team.objects.create(key=new_key(Team, name), name=name)
            admin = Person.objects.create(
                key=new_key(Person, admin_name),
                name=admin_name,
                email=email,
                user=User.objects.create_user(email, password),
                is_admin=True,
            )
            Membership.objects.create(person=admin, team=root, role="admin", known_at=timezone.now())
            queries.forget()
            events.emit(
                queries.actor_of_person(admin), "organisation.set_up", "organisation", "organisation", name,
                team_id=root.pk,
            )  # fmt: skip
    except IntegrityError:
        raise _already_set_up() from None
    queries.forget()
    return admin


def _already_set_up() -> Refused:
    return refuse("already-set-up", _("This installation is set up already. Sign in, or ask to be invited."))


def change_organisation(actor: Actor, *, version: int | None, **settings: Any) -> Organisation:
    """Change any of name, time_zone, locale, currency, year_start_month, fiscal_year_named_by, terms,
    personal_objectives, check_in_weekday.

    `terms` maps words such as "theme" to the organisation's own; an empty word takes the renaming back.
    """
    require_organisation(actor)
    checked = checked_settings(settings)
    with writing():
        row = editing.fresh(Organisation.objects.get(pk=THE_ONLY_ONE), version, checked)
        changes = editing.change(row, checked)
        if changes:
            events.emit(
                actor, "organisation.changed", "organisation", "organisation", row.name,
                changes=editing.in_words(changes),
            )  # fmt: skip
        queries.forget()
    return row


def checked_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with every value checked. Refused with the first one that is wrong."""
    unknown = set(settings) - set(_CHECKS)
    if unknown:
        raise refuse("setting-unknown", _("There is no setting “%(name)s”.") % {"name": sorted(unknown)[0]})
    return {name: _CHECKS[name](value) for name, value in settings.items()}


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        message = _("“%(value)s” is not a time zone; choose one like Europe/Lisbon or UTC.") % {"value": value}
        raise refuse("time-zone-unknown", message, "time_zone")
    return value


def _locale(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", value):
        message = _("“%(value)s” is not a language and country such as en, en-GB or pt-PT.") % {"value": value}
        raise refuse("locale-wrong", message, "locale")
    return value


def _currency(value: str) -> str:
    code = value.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        message = _("“%(value)s” is not a currency code of three letters, such as EUR.") % {"value": value}
        raise refuse("currency-wrong", message, "currency")
    return code


def _month(value: object) -> int:
    if not isinstance(value, (int, str)) or not str(value).isdecimal() or not 1 <= int(value) <= 12:
        raise refuse("month-wrong", _("The year starts in a month from 1 to 12."), "year_start_month")
    return int(value)


def _named_by(value: str) -> str:
    if value not in ("start", "end"):
        message = _("A fiscal year is named by the calendar year of its start or of its end.")
        raise refuse("fiscal-name-wrong", message, "fiscal_year_named_by")
    return value


def _weekday(value: object) -> int:
    if not str(value).isdecimal() or int(str(value)) > 6:
        raise refuse("weekday-wrong", _("Check-ins are due on a day of the week, 0 (Monday) to 6."), "check_in_weekday")
    return int(str(value))


def _terms(value: Mapping[str, str]) -> dict[str, str]:
    unknown = set(value) - set(RENAMABLE)
    if unknown:
        raise refuse("term-unknown", _("“%(word)s” cannot be renamed.") % {"word": sorted(unknown)[0]}, "terms")
    return {word: clean_name(own, "terms", 40) for word, own in value.items() if own.strip()}


_CHECKS: dict[str, Any] = {
    "name": clean_name,
    "time_zone": _time_zone,
    "locale": _locale,
    "currency": _currency,
    "year_start_month": _month,
    "fiscal_year_named_by": _named_by,
    "terms": _terms,
    "personal_objectives": bool,
    "check_in_weekday": _weekday,
}
