"""Alerts that wait for somebody, for pages that are about more than alerts."""

from __future__ import annotations

from dataclasses import dataclass

from sextant.alerts.queries.inbox import InboxFilter, inbox, lines_of
from sextant.alerts.queries.waiting import my_responses
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.models import Team
from sextant.web.alert_rows import Row, locale, rows_of

MOST = 50


@dataclass(frozen=True, slots=True)
class Found:
    """The first of them, and how many there are."""

    rows: list[Row]
    total: int


def mine(actor: Actor, most: int) -> Found:
    """What asks this person for an answer, the soonest due first, then what is theirs and nobody took note of."""
    asked = responses(actor)
    known = {row.line.id for row in asked}
    others = _found(actor, InboxFilter(state="open", mine=True), MOST)
    rest = [row for row in others.rows if row.line.id not in known]
    return Found([*asked, *rest][:most], len(asked) + others.total - (len(others.rows) - len(rest)))


def of_team(actor: Actor, team: Team, most: int) -> Found:
    """What is not closed in the team and those below it."""
    return _found(actor, InboxFilter(team=team), most)


def _found(actor: Actor, filters: InboxFilter, most: int) -> Found:
    point = standpoint()
    page = inbox(actor, filters, point, per_page=most, locale=locale())
    return Found(rows_of(actor, page.lines, point), page.total)


def responses(actor: Actor) -> list[Row]:
    """Alerts whose response this person is to answer, the soonest due first."""
    due = list(my_responses(actor).values_list("alert_id", flat=True)[:MOST])
    if not due:
        return []
    point = standpoint()
    found = {one.pk: one for one in visible("alert", actor).filter(pk__in=due)}
    lines = lines_of(actor, [found[number] for number in due if number in found], point, locale=locale())
    return rows_of(actor, lines, point)
