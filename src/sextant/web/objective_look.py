"""How the objectives are looked at: all of it stands in the address, so a link shows a colleague the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.okrs.queries.alignment import Filters
from sextant.people import queries as people
from sextant.people.models import Person
from sextant.strategy import queries as strategy
from sextant.strategy.models import Cycle, Theme
from sextant.web.okr_words import STATE_WORDS, STATUS_WORDS
from sextant.web.scorecard_look import Choice, Filter, of_all

VIEWS: Mapping[str, Words] = {
    "list": gettext_lazy("List"), "tree": gettext_lazy("Tree"), "map": gettext_lazy("Map"),
}  # fmt: skip
GROUPED: Mapping[str, Words] = {
    "team": gettext_lazy("Team"), "theme": gettext_lazy("Theme"), "none": gettext_lazy("Not grouped"),
}  # fmt: skip
LANES: Mapping[str, Words] = {
    "orphans": gettext_lazy("Without a path to the vision"), "watermelons": gettext_lazy("Watermelons"),
    "incomplete": gettext_lazy("Incomplete"),
}  # fmt: skip
# A draft has a status of its own here, though not in `calc`: it is counted in nothing.
STATUSES = ("off_track", "at_risk", "stale", "no_data", "incomplete", "too_early", "on_track", "draft")
RUNNING, ALL, BACKLOG, MINE, NOBODY = "", "all", "backlog", "mine", "nobody"
MOST_OWNERS = 400


@dataclass(frozen=True, slots=True)
class Look:
    """What the address asks for; what it does not name has its usual value."""

    view: str = "list"
    cycle: str = RUNNING
    team: str = ""
    state: str = ""
    theme: str = ""
    owner: str = ""
    status: str = ""
    q: str = ""
    focus: str = ""
    group: str = "team"
    lane: str = ""
    unfold: str = ""  # on the map: keys of folded objectives that are open, or "all"
    fold: str = ""
    as_of: str = ""

    @classmethod
    def of(cls, asked: QueryDict) -> Look:
        """Anything unknown counts as not asked for."""
        given = {one.name: asked.get(one.name, "").strip()[:2000] for one in fields(cls)}
        allowed: Mapping[str, Iterable[str]] = {"view": VIEWS, "group": GROUPED, "lane": LANES, "state": STATE_WORDS}
        for name, words in allowed.items():
            if given[name] not in words:
                given[name] = ""
        given["view"] = given["view"] or "list"
        given["group"] = given["group"] or "team"
        return cls(**given)

    def url(self, **changes: str) -> str:
        """The address of the page with some of its look changed; what is usual is left out."""
        wanted, usual = replace(self, **changes), Look()
        pairs = [(one.name, getattr(wanted, one.name)) for one in fields(self)]
        asked = urlencode([(name, value) for name, value in pairs if value != getattr(usual, name)])
        return f"/objectives/?{asked}" if asked else "/objectives/"

    @property
    def query(self) -> str:
        return self.url().partition("?")[2]

    @property
    def is_filtered(self) -> bool:
        return any((self.state, self.theme, self.owner, self.status, self.q, self.focus, self.lane))

    @property
    def statuses(self) -> frozenset[str]:
        return frozenset(part for part in self.status.split(",") if part in STATUSES)


@dataclass(frozen=True, slots=True)
class Asked:
    """A look with what it names: the filters of the query, the cycles meant, and what may be chosen instead."""

    look: Look
    filters: Filters
    cycles: Sequence[Cycle]
    choices: Sequence[Filter]

    @property
    def cycle_words(self) -> str:
        if self.look.cycle == BACKLOG:
            return _("Backlog")
        return ", ".join(cycle.name for cycle in self.cycles)


def asked_for(look: Look, actor: Actor, team_id: int | None, today: date) -> Asked:
    """What the look means to this actor. A key nobody knows, or may not see, finds nothing."""
    every = list(strategy.cycles(actor))
    themes = list(strategy.themes(actor))
    meant = _cycles_meant(look, every, today)
    is_backlog = look.cycle == BACKLOG
    filters = Filters(
        cycles=None if look.cycle == ALL or is_backlog else tuple(cycle.pk for cycle in meant),
        with_backlog=is_backlog,
        with_restoring=look.cycle == RUNNING,
        teams=tuple(people.team_tree().with_descendants(team_id)) if team_id is not None else (),
        states=(look.state,) if look.state else (),
        theme=next((theme.pk for theme in themes if theme.key == look.theme), 0) if look.theme else None,
        owner=_owner(look, actor),
        statuses=look.statuses,
        words="" if look.view == "map" else look.q,  # the map shows where the hits are among the others
        focus=look.focus,
    )
    return Asked(look, filters, meant, _choices(look, actor, every, themes))


def _cycles_meant(look: Look, every: Sequence[Cycle], today: date) -> list[Cycle]:
    """The one named, or those running; where none is running the newest that has begun."""
    if look.cycle in (ALL, BACKLOG):
        return []
    if look.cycle:
        return [cycle for cycle in every if cycle.key == look.cycle]
    running = [cycle for cycle in every if cycle.starts_on <= today <= cycle.ends_on]
    return running or [cycle for cycle in every if cycle.starts_on <= today][:1]


def _owner(look: Look, actor: Actor) -> int | None:
    if look.owner == MINE:
        return actor.person_id or 0
    if not look.owner:
        return None
    return Person.objects.filter(key=look.owner).values_list("pk", flat=True).first() or 0


def _choices(look: Look, actor: Actor, cycles: Sequence[Cycle], themes: Sequence[Theme]) -> list[Filter]:
    owners = Person.objects.filter(pk__in=visible("objective", actor).order_by().values("owner_id"))
    names = list(owners.order_by("name").values_list("key", "name")[:MOST_OWNERS])
    offered: tuple[tuple[str, Words, str, list[tuple[str, Words]]], ...] = (
        ("cycle", gettext_lazy("Cycle"), look.cycle, [
            (RUNNING, _("Running")), *((cycle.key, cycle.name) for cycle in cycles),
            (BACKLOG, _("Backlog")), (ALL, _("All of them")),
        ]),
        ("status", gettext_lazy("Status"), look.status, [
            ("", _("Any")), *((status, STATUS_WORDS[status]) for status in STATUSES),
        ]),
        ("state", gettext_lazy("State"), look.state, [("", _("Any")), *STATE_WORDS.items()]),
        ("theme", people.term("theme").capitalize(), look.theme, [
            ("", _("Any")), *((theme.key, theme.name) for theme in themes),
        ]),
        ("owner", gettext_lazy("Owner"), look.owner, [("", _("Anybody")), (MINE, _("Me")), *names]),
        ("lane", gettext_lazy("Only"), look.lane, [("", _("Everything")), *LANES.items()]),
    )  # fmt: skip
    return [
        Filter(name, str(label), [Choice(value, str(words), value == chosen) for value, words in choices])
        for name, label, chosen, choices in offered
    ]


def views(look: Look) -> list[tuple[str, str, bool]]:
    """Words, address and whether it is shown, of the three views of the same objectives."""
    return [(str(words), look.url(view=view), view == look.view) for view, words in VIEWS.items()]


def grouped(look: Look) -> list[Choice]:
    return of_all(GROUPED, look.group)
