"""Handing messages over to the outside: mail through Django, chats through a process of their own (`posting`).

Nothing here is called inside a transaction.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext as _

from sextant.notifications import posting

SECONDS_FOR_MAIL = 10
SECONDS_TO_START = 20  # on a machine that is busy with other things
# Nothing of ours but what a program needs to find its libraries and the organisation's certificates.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
FINAL_ANSWERS = ("status:400", "status:401", "status:403", "status:404", "status:405", "status:410")


@dataclass(frozen=True, slots=True)
class Post:
    """A message to a chat."""

    address: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How handing over ended: `error` in words for people, "" when it was taken; `is_final`: trying again is vain."""

    error: str = ""
    is_final: bool = False


def post_all(posts: Sequence[Post], *, seconds: float = posting.SECONDS) -> list[Outcome]:
    """Post to all these chats at the same time; within `seconds` each was taken, refused or given up."""
    asked = {
        "seconds": seconds,
        "allow_private": settings.ALLOW_PRIVATE_CHAT,
        "posts": [{"address": one.address, "title": one.title, "body": one.body} for one in posts],
    }
    said = _ask(asked, seconds + SECONDS_TO_START)
    errors = dict.fromkeys(range(len(posts)), posting.TIMEOUT)
    for line in said.splitlines():
        answer = json.loads(line)
        errors[answer["number"]] = answer["error"]
    return [_outcome(error) for error in errors.values()]


def is_understood(address: str) -> bool:
    """Whether the chat library knows how to post to this address."""
    return _ask({"read": address}, SECONDS_TO_START).strip() == "true"


def _ask(question: dict[str, Any], seconds: float) -> str:
    """What the process says until it ends, or until the time is over."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    process = subprocess.Popen(  # noqa: S603 - our own script, and what it is told comes by its input
        [sys.executable, "-I", str(Path(posting.__file__))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True,
    )  # fmt: skip
    try:
        return process.communicate(json.dumps(question), timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]


def _outcome(error: str) -> Outcome:
    return Outcome(_in_words(error), error in (*FINAL_ANSWERS, posting.UNKNOWN, posting.PRIVATE, posting.REDIRECT))


def _in_words(error: str) -> str:
    if error.startswith("status:"):
        return _("The chat answered with the error %(status)s.") % {"status": error.partition(":")[2]}
    words = {
        "": "",
        posting.PRIVATE: _("The address leads into the own network, which is not allowed here."),
        posting.TIMEOUT: _("The chat did not answer in time."),
        posting.REDIRECT: _("The chat has moved to another address. Add it anew."),
        posting.TOO_LARGE: _("The chat answered with too much."),
        posting.NOT_TAKEN: _("The chat did not take the message."),
        posting.UNKNOWN: _("The address cannot be understood any more. Add it anew."),
    }
    return words.get(error, _("The chat cannot be reached."))


class PostOffice:
    """One connection to the mail server for many mails, opened anew after a fault."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None
        self._is_closed = False

    def send(self, mail: EmailMultiAlternatives) -> Outcome:
        """Hand over one mail. After the server could not be reached at all nothing more is tried here."""
        if self._is_closed:
            return Outcome(_("The mail server does not answer."))
        try:
            if self._connection is None:
                self._connection = get_connection(timeout=SECONDS_FOR_MAIL)
                self._connection.open()
        except (OSError, SMTPException):
            self._connection, self._is_closed = None, True
            return Outcome(_("The mail server does not answer."))
        mail.connection = self._connection
        try:
            mail.send()
        except SMTPRecipientsRefused as refused:
            codes = [code for code, _words in refused.recipients.values()]
            return Outcome(_("The mail server does not know the address."), all(code >= 500 for code in codes))
        except SMTPResponseException as refused:
            self.close()
            message = _("The mail server refused the message (%(code)d).")
            return Outcome(message % {"code": refused.smtp_code}, refused.smtp_code >= 500)
        except (OSError, SMTPException):
            self.close()
            return Outcome(_("The connection to the mail server broke off."))
        return Outcome()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except (OSError, SMTPException):
                return  # it is closed either way
