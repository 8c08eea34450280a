"""The board of lives: every KPI that is suspected, worked on, accepted or watched closely, and who decides next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from sextant.calc import promotion as calc
from sextant.lifecycle.queries.board import Board, board
from sextant.metrics.queries.standpoint import standpoint
from sextant.web.alerts import team_of
from sextant.web.context import day_asked_for
from sextant.web.lifecycle_rows import Card, card_of
from sextant.web.requests import PageRequest

COLUMNS = (calc.SUSPECTED, calc.PROMOTED, calc.RESTORING, calc.ACCEPTED, calc.WATCHED)


@dataclass(frozen=True, slots=True)
class Scope:
    """All KPIs, or those one owns or was given."""

    words: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One state with its cards; `none` says what would be here."""

    key: str
    cards: Sequence[Card]
    none: str


@dataclass(frozen=True, slots=True)
class Page:
    """The board as it is shown."""

    answer: str
    first: Sequence[Card]
    columns: Sequence[Column]
    monitored: int
    kpis_url: str
    scopes: Sequence[Scope]
    reds_url: str

    @property
    def is_empty(self) -> bool:
        return not self.first and not any(column.cards for column in self.columns)


@require_safe
def page(request: PageRequest) -> HttpResponse:
    """`?scope=mine`, `team`, `as_of`."""
    actor, point = request.actor, standpoint(day_asked_for(request))
    team = team_of(request)
    is_mine = request.GET.get("scope") == "mine"
    found = board(actor, point, team=team, is_mine=is_mine)
    cards = {column.state: [card_of(actor, one, point) for one in column.entries] for column in found.columns}
    kept = {"team": team.key if team else "", "as_of": str(point.as_of or "")}
    shown = Page(
        answer=_answer(found),
        first=cards[calc.OVERDUE],
        columns=[Column(state, cards[state], _none(state)) for state in COLUMNS],
        monitored=found.monitored,
        kpis_url=_address("kpis", team=kept["team"]),
        scopes=[
            Scope(_("All"), _address("lifecycle", **kept), not is_mine),
            Scope(_("Mine"), _address("lifecycle", scope="mine", **kept), is_mine),
        ],
        reds_url=_address("lifecycle_reds", **kept),
    )
    return render(request, "lifecycle/board.html", {"page": shown, "is_past": point.as_of is not None})


def _address(name: str, **asked: str) -> str:
    given = {key: value for key, value in asked.items() if value}
    return reverse(name) + (f"?{urlencode(given)}" if given else "")


def _answer(found: Board) -> str:
    """What is going on, in a sentence."""
    counts = found.counts
    n = counts[calc.PROMOTED]
    said = [ngettext("%(n)s KPI is being worked on", "%(n)s KPIs are being worked on", n) % {"n": n}]
    if not n:
        said = [_("No KPI is being worked on that is still off target")]
    if counts[calc.RESTORING]:
        n = counts[calc.RESTORING]
        said.append(ngettext("%(n)s is coming back", "%(n)s are coming back", n) % {"n": n})
    if counts[calc.OVERDUE]:
        n = counts[calc.OVERDUE]
        said.append(ngettext("%(n)s waits for a decision", "%(n)s wait for a decision", n) % {"n": n})
    if counts[calc.SUSPECTED]:
        n = counts[calc.SUSPECTED]
        said.append(ngettext("%(n)s is worth promoting", "%(n)s are worth promoting", n) % {"n": n})
    return ", ".join(said) + "."


def _none(state: str) -> str:
    return {
        calc.SUSPECTED: _("No KPI is off target for long enough to suggest it."),
        calc.PROMOTED: _("Nothing is being restored that is still off target."),
        calc.RESTORING: _("Nothing that was promoted is back on target yet."),
        calc.ACCEPTED: _("Nothing off target was accepted as it is."),
        calc.WATCHED: _("Nothing was restored or graduated lately."),
    }[state]


urlpatterns = [path("lifecycle", page, name="lifecycle")]
