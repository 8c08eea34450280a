"""Surveys that have to be there for the table of addresses."""

from __future__ import annotations

from sextant.surveys.commands import archive_survey, make_invitations
from sextant.surveys.models import Survey
from sextant.surveys.queries.results import open_link
from tests.make import admin
from tests.surveys.make import make_survey, opened, token_of


class SurveyWords:
    def make_survey(self) -> str:
        """The key of a draft of the Emergency team that everybody may see."""
        return make_survey("draft-survey").key

    def make_open_survey(self) -> str:
        return opened("open-survey").key

    def make_hidden_survey(self) -> str:
        """The key of one whose results are its team's alone; its link leads there for everybody."""
        return opened("hidden-survey", visibility="team").key

    def make_link_survey(self) -> str:
        return opened("poster", audience="link").key

    def make_staff_survey(self) -> str:
        """The key of one that asks the people of the Emergency team."""
        return opened("staff", audience="internal").key

    def make_archived_survey(self) -> str:
        return archive_survey(admin(), make_survey("archived-survey")).key

    def make_personal_link(self) -> str:
        survey = Survey.objects.filter(key="asked").first() or opened("asked", visibility="team")
        return token_of(make_invitations(admin(), survey, count=1)[0])

    def make_open_link(self) -> str:
        survey: Survey = opened("poster", audience="link")
        return token_of(open_link(admin(), survey))
