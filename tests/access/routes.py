"""Who gets which answer from which address. Add a line for every new address to the file it belongs to.

Four personas: a visitor who is not signed in; a contributor of the Emergency team; the lead of another team; an
administrator of the organisation. An answer is a status code, or "sign-in" for being sent there first.
Parts of an address and values of a form in braces are filled in from the world, see `Words`.
"""

from __future__ import annotations

from tests.access.answers import Answer, Route
from tests.access.kpi_routes import IMPORTS, KPI_PAGES, LIBRARY, LIFECYCLE, SCORECARDS, SURVEYS
from tests.access.news_routes import ALERTS, DISCUSSION, INSIGHTS, NOTIFICATIONS
from tests.access.okr_routes import CHECK_INS, OBJECTIVE_LISTS, OBJECTIVE_PAGES, PLANNING, PRACTICE
from tests.access.organisation_routes import HELP, PEOPLE, SETTINGS, SIGN_IN_PAGES, STRATEGY, TEAMS, TOKENS, WATCHING
from tests.access.words import Words

__all__ = ["ROUTES", "Answer", "Route", "Words"]

ROUTES = [
    *LIFECYCLE,
    *PRACTICE,
    *SURVEYS,
    Route("without_slash", anonymous=301, member=301, outsider=301, admin=301, args=("people",)),
    *SCORECARDS,
    *IMPORTS,
    *KPI_PAGES,
    *WATCHING,
    *SIGN_IN_PAGES,
    *PEOPLE,
    *TEAMS,
    *TOKENS,
    *STRATEGY,
    *PLANNING,
    *LIBRARY,
    *HELP,
    *SETTINGS,
    *INSIGHTS,
    *DISCUSSION,
    *NOTIFICATIONS,
    *CHECK_INS,
    *ALERTS,
    *OBJECTIVE_LISTS,
    *OBJECTIVE_PAGES,
]
