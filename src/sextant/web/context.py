"""What every page knows: who is looking, where they are, and what can be reached from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sextant.core.actors import NOBODY, Actor
from sextant.people import queries
from sextant.people.tree import TeamNode

THEMES = ("light", "dark")
# Address name, icon, label. A page that this installation does not have is left out.
NAVIGATION: tuple[tuple[str, str, str | Promise], ...] = (
    ("home", "home", _("Home")),
    ("scorecards", "scorecards", _("Scorecards")),
    ("kpis", "kpis", _("KPIs")),
    ("imports", "import", _("Import")),
    ("library", "library", _("Library")),
    ("teams", "people", _("Teams and people")),
    ("strategy", "strategy", _("Strategy")),
    ("audit", "audit", _("Audit")),
    ("settings", "settings", _("Settings")),
)


@dataclass(frozen=True, slots=True)
class NavItem:
    name: str
    icon: str
    label: str
    url: str
    is_current: bool


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: `actor`, `organisation`, `teams` (at work, in tree order), `nav`, `theme`
    ("", "light" or "dark"), `is_signed_in`.

    Takes no query of its own: the actor's middleware read the organisation and the tree.
    """
    actor: Actor = getattr(request, "actor", NOBODY)
    is_signed_in = actor is not NOBODY
    theme = request.COOKIES.get("theme", "")
    return {
        "actor": actor,
        "organisation": queries.organisation(),
        "teams": teams_of(actor),
        "nav": navigation(request) if is_signed_in else [],
        "theme": theme if theme in THEMES else "",
        "is_signed_in": is_signed_in,
    }


def teams_of(actor: Actor) -> list[TeamNode]:
    return queries.team_tree().at_work() if actor.may_read else []


def navigation(request: HttpRequest) -> list[NavItem]:
    items = []
    for name, icon, label in NAVIGATION:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        is_current = request.path == url or (url != "/" and request.path.startswith(f"{url}/"))
        items.append(NavItem(name, icon, str(label), url, is_current))
    return items
