"""What every page knows: who is looking, where they are, and what can be reached from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sextant.core.actors import NOBODY, Actor
from sextant.core.errors import refuse
from sextant.core.words import Words
from sextant.people import queries
from sextant.people.tree import TeamNode

FIRST_DAY = date(1900, 1, 1)

# Key, name of the address, icon, label, and other beginnings of addresses that belong under it. A page that this
# installation does not have is left out.
NAVIGATION: tuple[tuple[str, str, str, Words, tuple[str, ...]], ...] = (
    ("home", "home", "home", _("Home"), ()),
    ("scorecards", "scorecards", "scorecards", _("Scorecards"), ()),
    ("objectives", "objectives", "objectives", _("Objectives"),
     ("/key-results", "/initiatives", "/chooser", "/okr-library")),
    ("check_in", "check_in", "check-in", _("Check-in"), ("/check-ins",)),
    ("alerts", "alerts", "alerts", _("Alerts"), ()),
    ("lifecycle", "lifecycle", "lifecycle", _("Lifecycle"), ()),
    ("kpis", "kpis", "kpis", _("KPIs"), ("/metrics", "/kpi-reports", "/values", "/surveys")),
    ("imports", "imports", "import", _("Import"), ()),
    ("library", "library", "library", _("Library"), ()),
    ("people", "teams", "people", _("People"), ("/people", "/practice", "/pulse")),
    ("strategy", "strategy", "strategy", _("Strategy"), ("/themes", "/cycles", "/backlog", "/candidates")),
    ("audit", "audit", "audit", _("Audit"), ()),
    ("settings", "profile", "settings", _("Settings"), ("/settings", "/tokens", "/account")),
    ("help", "help", "help", _("Help"), ()),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NavItem:
    key: str
    icon: str
    label: str
    url: str
    current: bool


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every template; what a page sets itself wins.

    `actor`, `organisation`, `teams` (at work, in tree order), `nav`, `team` and `team_path` (`?team=key`),
    `as_of` (a day before today, from `?as_of=`). Takes no query of its own: the middleware read
    the organisation and the tree.
    """
    actor: Actor = getattr(request, "actor", NOBODY)
    if not actor.may_read:
        return {"actor": actor, "organisation": queries.organisation(), "teams": [], "nav": []}
    team, path = team_asked_for(request)
    return {
        "actor": actor,
        "organisation": queries.organisation(),
        "teams": queries.team_tree().at_work(),
        "nav": navigation(request),
        "team": team,
        "team_path": path,
        "as_of": day_asked_for(request),
    }


def team_asked_for(request: HttpRequest) -> tuple[TeamNode | None, list[TeamNode]]:
    """The team of `?team=key` and the way to it from the root, itself included."""
    team = queries.team_tree().find(request.GET.get("team", ""))
    return team, [*queries.team_tree().ancestors(team.pk), team] if team else []


def day_asked_for(request: HttpRequest) -> date | None:
    """The past day of `?as_of=2026-03-31`; None for today, later days, days nobody knew anything, and other texts."""
    try:
        day = date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return None
    return day if FIRST_DAY <= day < queries.today() else None


def refuse_past(request: HttpRequest) -> None:
    """Refused while the page is looked at as of a past day."""
    require_present(day_asked_for(request))


def require_present(day: date | None) -> None:
    """Refused on a past day; None is today."""
    if day is not None:
        message = gettext("This is how it was known then; nothing can be changed there. Go back to today.")
        raise refuse("past-view", message)


def navigation(request: HttpRequest) -> list[NavItem]:
    items = []
    for key, name, icon, label, others in NAVIGATION:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        is_below = any(f"{request.path}/".startswith(f"{start.rstrip('/')}/") for start in (url, *others))
        current = request.path == url or (url != "/" and is_below)
        items.append(NavItem(key, icon, str(label), url, current))
    return items
