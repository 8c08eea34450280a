"""Teams, people, themes and cycles that files name: found, made where one may, and said where neither holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sextant.calc.periods import Calendar, Period, PeriodError, parse_period
from sextant.core.actors import SYSTEM, Actor
from sextant.core.errors import Refused
from sextant.core.keys import slug
from sextant.exchange.okr_reading import OkrDocument, ReadCycle, ReadTeam
from sextant.people.commands import create_person, create_team
from sextant.people.matching import named
from sextant.people.models import Person, Team
from sextant.people.queries import calendar as house_calendar
from sextant.people.roles import allows
from sextant.strategy.commands import create_cycle
from sextant.strategy.models import Cycle, Theme

NEW = "new"
Said = Mapping[str, Mapping[str, Any]]


class Names:
    """What the names of a document mean. Asking changes nothing until `make` was called."""

    def __init__(
        self, actor: Actor, document: OkrDocument, team: Team, source: str, mapping: Mapping[str, Any],
        calendar: Calendar,
    ) -> None:  # fmt: skip
        self.actor, self.team_of_import, self.source, self.calendar = actor, team, source, calendar
        self.house_month = house_calendar().year_start_month
        self.may_make_teams = allows(actor, "team.create", team.pk)
        self.allowed: dict[int, bool] = {}
        self.teams: dict[str, Team] = {}
        self.people: dict[str, Person | None] = {}
        self.new_teams: list[ReadTeam] = []
        self.new_people: list[str] = []
        self.asked: list[tuple[str, str, list[str]]] = []  # (kind, name, keys of those nearly called so)
        self.unknown_teams: list[str] = []
        self.cycles: dict[tuple[str, str], Cycle | None] = {}
        self.themes = {theme.name.casefold(): theme for theme in Theme.objects.filter(archived_at=None)}
        self.themes |= {theme.key: theme for theme in self.themes.values()}
        self._find_teams(document, mapping.get("teams", {}))
        self._find_people(document, mapping.get("people", {}))

    def _find_teams(self, document: OkrDocument, said: Said) -> None:
        wanted = {team.name: team for team in document.teams}
        aliases = {alias: team.name for team in document.teams for alias in team.aliases}
        used = [name for one in document.objectives for name in one.teams]
        used += [name for one in document.key_results for name in one.teams]
        needed: dict[str, ReadTeam] = {}
        for name in used:
            full = aliases.get(name, name)
            needed.setdefault(full, wanted.get(full, ReadTeam(full)))
        for team in needed.values():
            found = self._team(team, said)
            for name in (team.name, *team.aliases):
                if found is not None:
                    self.teams[name] = found

    def _team(self, team: ReadTeam, said: Said) -> Team | None:
        answer = next((str(said[name].get("match", "")) for name in (team.name, *team.aliases) if name in said), "")
        names = [answer] if answer not in ("", NEW) else [team.name, *team.aliases]
        matches = named(Team, [(name, "") for name in names], source=self.source)
        for match in matches:
            if match.thing is not None:
                return match.thing
        near = [one for match in matches[:1] for one in match.near]
        if near and answer != NEW:
            self.asked.append(("team", team.name, [one.key for one in near]))
        elif self.may_make_teams:
            self.new_teams.append(team)
        else:
            self.unknown_teams.append(team.name)
        return None

    def _find_people(self, document: OkrDocument, said: Said) -> None:
        names = document.people
        answers = [str(said.get(name, {}).get("match", "")) for name in names]
        wanted = [answer if answer not in ("", NEW) else name for name, answer in zip(names, answers, strict=True)]
        matches = named(Person, [(name, "") for name in wanted], source=self.source) if wanted else []
        for name, answer, match in zip(names, answers, matches, strict=True):
            self.people[name] = match.thing
            if match.thing is None and match.near and answer != NEW:
                self.asked.append(("person", name, [one.key for one in match.near]))
            elif match.thing is None:
                self.new_people.append(name)

    def make(self) -> None:
        """Make the teams and people nobody knows yet: people without a sign-in, teams below that of the import."""
        for team in self.new_teams:
            try:
                made = create_team(self.actor, team.name[:200], parent=self.team_of_import, source=self.source)
            except Refused:
                continue  # somebody made it meanwhile: then it is asked about when the files come again
            for name in (team.name, *team.aliases):
                self.teams[name] = made
        for name in self.new_people:
            try:
                self.people[name] = create_person(SYSTEM, name[:200], source=self.source)
            except Refused:
                self.people[name] = None

    def team(self, names: Iterable[str]) -> Team:
        """The team that holds a thing: the first one known, else the import's."""
        found = (self.teams[name] for name in names if name in self.teams)
        return next((team for team in found if self._may_add(team)), self.team_of_import)

    def _may_add(self, team: Team) -> bool:
        if team.pk not in self.allowed:
            self.allowed[team.pk] = team.archived_at is None and allows(self.actor, "objective.create", team.pk)
        return self.allowed[team.pk]

    def partners(self, names: Iterable[str]) -> list[Team]:
        """The other teams that take part."""
        first = self.team(names)
        found = [self.teams[name] for name in names if name in self.teams]
        return [team for team in dict.fromkeys(found) if team.pk != first.pk]

    def person(self, names: Iterable[str]) -> Person | None:
        """The one who answers for a thing: the first one known who is still here."""
        found = (self.people.get(name) for name in names)
        return next((person for person in found if person is not None and person.archived_at is None), None)

    def others(self, names: Iterable[str]) -> list[Person]:
        first = self.person(names)
        found = [person for name in names if (person := self.people.get(name)) is not None]
        return [person for person in dict.fromkeys(found) if first is None or person.pk != first.pk]

    def theme(self, name: str) -> Theme | None:
        return self.themes.get(name.casefold()) or self.themes.get(slug(name)) if name else None

    def cycle(self, read: ReadCycle | None, *, make: bool = True) -> Cycle | None:
        """The cycle of this key, name or span; made when there is none and it names a span of time."""
        if read is None:
            return None
        place = (read.key or read.first, read.last)
        if place not in self.cycles:
            self.cycles[place] = self._known_cycle(read)
        if self.cycles[place] is None and make:
            self.cycles[place] = self._make_cycle(read)
        return self.cycles[place]

    def span(self, read: ReadCycle) -> tuple[date, date] | None:
        """First and last day of the span that a cycle names; None when it names none."""
        first, last = self._period(read.first), self._period(read.last or read.first)
        if first is None or last is None or last.last_day < first.first_day:
            return None
        return first.first_day, last.last_day

    def _period(self, text: str) -> Period | None:
        try:
            return parse_period(text, calendar=self.calendar)
        except PeriodError:
            return None

    def _known_cycle(self, read: ReadCycle) -> Cycle | None:
        at_work = Cycle.objects.filter(archived_at=None)
        if read.key and (by_key := at_work.filter(key=read.key).first()) is not None:
            return by_key
        if not read.last:
            named_so = at_work.filter(key=read.first).first() or at_work.filter(name__iexact=read.first).first()
            if named_so is not None:
                return named_so
        span = self.span(read)
        if span is None:
            return None
        return at_work.filter(starts_on=span[0], ends_on=span[1]).order_by("pk").first()

    def _make_cycle(self, read: ReadCycle) -> Cycle | None:
        span = self.span(read)
        if span is None:
            return None
        name = cycle_name(read)
        if Cycle.objects.filter(name__iexact=name, archived_at=None).exists():
            name = f"{name} ({span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d})"
        kind = "sprint" if span[1] - span[0] < timedelta(days=28) else "cycle"
        return create_cycle(SYSTEM, name, starts_on=span[0], ends_on=span[1], kind=kind)


def cycle_name(read: ReadCycle) -> str:
    """ "2019-Q2" is called "Q2 2019"; two ends are called by both."""
    if read.name:
        return read.name
    if read.last and read.last != read.first:
        return f"{read.first} to {read.last}"
    year, _, part = read.first.partition("-")
    return f"{part} {year}" if part[:1] in ("Q", "H", "T") else read.first
