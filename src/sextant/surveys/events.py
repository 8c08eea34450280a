"""What can happen to surveys, in sentences. That somebody answered is no event: nothing may say who, or when."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sextant.core import events
from sextant.notifications import notices


def register() -> None:
    events.register("survey.created", _("added the survey %(subject)s"))
    events.register("survey.changed", _("changed the survey %(subject)s: %(fields)s"))
    events.register("survey.opened", _("opened the survey %(subject)s"))
    events.register("survey.paused", _("paused the survey %(subject)s"))
    events.register("survey.closed", _("closed the survey %(subject)s"))
    events.register("survey.archived", _("archived the survey %(subject)s"))
    events.register("survey.restored", _("brought the survey %(subject)s back"))
    events.register("survey.link_renewed", _("made a new link for the survey %(subject)s; the old one no longer works"))
    events.register("survey.counted", _("entered counts of the survey %(subject)s for %(period)s"))
    events.register("survey.published", _("published the survey %(subject)s for %(period)s: %(result)s"))
    notices.register(
        "survey_opened", _("asks for your answer: %(subject)s"), group="mentions",
        reason=_("You are one of those it asks. Nobody can see what you answer."),
    )  # fmt: skip
    notices.register(
        "survey_asks_again", _("asks for your answer again: %(subject)s"), group="check_ins",
        reason=_("You are one of those it asks. Nobody can see what you answer."),
    )  # fmt: skip
    events.register("invitations.made", _("made personal links for the survey %(subject)s: %(count)s"))
