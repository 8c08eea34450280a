"""The words in braces of the table of addresses, and what has to exist for them."""

from __future__ import annotations

from tests.access.driver_words import DriverWords
from tests.access.lifecycle_words import LifecycleWords
from tests.access.news_words import NewsWords
from tests.access.okr_words import OkrWords
from tests.access.practice_words import PracticeWords
from tests.access.proposal_words import ProposalWords
from tests.access.survey_words import SurveyWords
from tests.world import World


class Words(NewsWords, OkrWords, DriverWords, LifecycleWords, PracticeWords, ProposalWords, SurveyWords):
    """Fills "{token}", "{cycle}" and the like with what the test needs to exist."""

    def __init__(self, world: World) -> None:
        self.world = world

    def fill(self, text: str) -> str:
        make = getattr(self, f"make_{text[1:-1].replace('-', '_')}", None) if text.startswith("{") else None
        return make() if make else text
