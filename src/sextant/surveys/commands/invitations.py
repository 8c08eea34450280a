"""Personal links: each takes one answer. They are given out once; only their fingerprints are kept."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.notifications.outgoing import PostOffice
from sextant.people.queries import hash_of, organisation
from sextant.surveys.commands.surveys import announce
from sextant.surveys.models import Invitation, Survey
from sextant.surveys.periods import link_ends, period_now

log = logging.getLogger(__name__)
MOST_LINKS = 2000
MOST_MAILS = 200
LONGEST_PASTE = 20_000


@dataclass(frozen=True, slots=True)
class Mailed:
    """What became of the addresses: how many mails were taken, and which addresses got none."""

    sent: int
    failed: tuple[str, ...] = ()


def make_invitations(actor: Actor, survey: Survey, *, count: int) -> list[str]:
    """So many one-time links, given back this once. They end some days after the running period.

    Raises Refused with "not-by-invitation", "survey-state" or "bad-count".
    """
    survey = _open(actor, survey)
    if not 1 <= count <= MOST_LINKS:
        raise refuse("bad-count", _("Make 1 to %(most)d links at once.") % {"most": MOST_LINKS}, "count")
    return [_address(token) for token in _make(actor, survey, count)]


def mail_invitations(actor: Actor, survey: Survey, addresses: str) -> Mailed:
    """Send each address a link of its own. The addresses are not kept; links whose mail was not taken are deleted.

    `addresses`: text with up to 200 of them, on lines or with commas between. Never inside a transaction.
    """
    survey = _open(actor, survey)
    if not settings.HAS_MAIL_SERVER:
        message = _("This installation has no mail server. Make links and send them yourself.")
        raise refuse("no-mail-server", message, "addresses")
    people = read_addresses(addresses)
    tokens = _make(actor, survey, len(people))
    office, failed = PostOffice(), []
    for address, token in zip(people, tokens, strict=True):
        if office.send(_letter(survey, address, token)).error:
            failed.append((address, token))
    office.close()
    if failed:
        log.warning("%d of %d invitations to a survey could not be mailed.", len(failed), len(people))
        with writing():
            Invitation.objects.filter(token_hash__in=[hash_of(token) for _one, token in failed]).delete()
    return Mailed(len(people) - len(failed), tuple(address for address, _token in failed))


def read_addresses(text: str) -> list[str]:
    """The addresses in a pasted text, each once. Raises Refused naming the first that is none."""
    if len(text) > LONGEST_PASTE:
        raise refuse("too-many-addresses", _("Paste up to %(most)d addresses.") % {"most": MOST_MAILS}, "addresses")
    words = [word.strip("<>\"'") for word in re.split(r"[\s,;]+", text)]
    found = {word.lower(): word for word in words if word}
    if not found:
        raise refuse("addresses-missing", _("Paste the addresses, one on each line."), "addresses")
    if len(found) > MOST_MAILS:
        message = _("These are %(count)d addresses; send to %(most)d at once.")
        raise refuse("too-many-addresses", message % {"count": len(found), "most": MOST_MAILS}, "addresses")
    for word in found.values():
        try:
            validate_email(word)
        except ValidationError:
            message = _("“%(text)s” is not an e-mail address. Nothing was sent.")
            raise refuse("bad-address", message % {"text": word[:80]}, "addresses") from None
    return list(found.values())


def _open(actor: Actor, survey: Survey) -> Survey:
    """The survey as it is now, when it may be asked by personal link."""
    access.require("survey", actor, "change", survey)
    survey = Survey.objects.select_related("metric").get(pk=survey.pk)
    if survey.audience != "invited":
        message = _("Only a survey for people with a personal link has such links.")
        raise refuse("not-by-invitation", message)
    if not survey.is_open:
        raise refuse("survey-state", _("Open the survey first: a link that cannot be answered is a nuisance."))
    return survey


def _make(actor: Actor, survey: Survey, count: int) -> Sequence[str]:
    tokens = [secrets.token_urlsafe(24) for _number in range(count)]
    with writing():
        period = period_now(survey)
        until = link_ends(survey, period)
        Invitation.objects.bulk_create(
            [
                Invitation(survey=survey, start=period.start, until=until, token_hash=hash_of(token))
                # In another order than they are given out: row numbers must not stand for lines of a list.
                for token in sorted(tokens, key=hash_of)
            ]
        )
        announce(actor, "invitations.made", survey, count=count)
    return tokens


def _address(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('survey_form', args=[token])}"


def _letter(survey: Survey, address: str, token: str) -> EmailMultiAlternatives:
    words = {"survey": survey, "link": _address(token), "organisation": organisation()}
    with translation.override(organisation().locale):
        subject = " ".join(render_to_string("surveys/mail/subject.txt", words).split())
        body = render_to_string("surveys/mail/body.txt", words)
    return EmailMultiAlternatives(subject, body, None, [address])
