"""Verbs that write surveys and count answers."""

from sextant.surveys.commands.answers import answer_as_member, answer_by_link
from sextant.surveys.commands.counting import enter_counts
from sextant.surveys.commands.history import collect_past
from sextant.surveys.commands.invitations import Mailed, mail_invitations, make_invitations
from sextant.surveys.commands.publishing import publish_due, publish_round
from sextant.surveys.commands.surveys import (
    archive_survey,
    change_survey,
    close_survey,
    create_survey,
    open_survey,
    pause_survey,
    renew_link,
    restore_survey,
)

__all__ = [
    "Mailed",
    "answer_as_member",
    "answer_by_link",
    "archive_survey",
    "change_survey",
    "close_survey",
    "collect_past",
    "create_survey",
    "enter_counts",
    "mail_invitations",
    "make_invitations",
    "open_survey",
    "pause_survey",
    "publish_due",
    "publish_round",
    "renew_link",
    "restore_survey",
]
