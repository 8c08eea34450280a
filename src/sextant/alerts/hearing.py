"""Who answers for an alert, and who hears of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sextant.alerts.models import Alert
from sextant.alerts.rules import Settings
from sextant.kpis.models import Kpi
from sextant.notifications.models import Follow
from sextant.okrs.models import KeyResult
from sextant.people.models import Membership, Person
from sextant.people.queries import people_at_work, team_tree


class Hearing:
    """The people an evaluation may have to name, read with two statements for any number of alerts."""

    def __init__(self) -> None:
        self._tree = team_tree()
        self._leads: dict[int, list[int]] = defaultdict(list)
        held = Membership.objects.filter(superseded_at=None, role="lead", person__archived_at=None)
        for team_id, person_id in (
            held.filter(person__erased_at=None).order_by("id").values_list("team_id", "person_id")
        ):
            self._leads[team_id].append(person_id)
        self._here = dict(people_at_work().in_bulk())

    def leads(self, team_id: int) -> list[int]:
        """The leads of the team, else those of the nearest team above that has any."""
        way = [team_id, *(node.pk for node in reversed(self._tree.ancestors(team_id)))]
        return next((self._leads[one] for one in way if one in self._leads), [])

    def owner_of(self, thing: Kpi | KeyResult) -> int | None:
        """Who answers: the owner, of a key result else that of its objective, else a lead; nobody who left."""
        own = [thing.metric.owner_id] if isinstance(thing, Kpi) else [thing.owner_id, thing.objective.owner_id]
        candidates = [*own, *self.leads(team_id_of(thing))]
        return next((one for one in candidates if one is not None and one in self._here), None)

    def people(self, ids: Iterable[int]) -> list[Person]:
        """Those of them who are still here."""
        return [self._here[one] for one in dict.fromkeys(ids) if one in self._here]

    def hearers(self, alert: Alert, settings: Settings, followers: Sequence[int]) -> list[Person]:
        """Who is told: as the rule is set, and always who the alert was given to."""
        thing = alert.thing
        ids = [] if alert.owner_id is None else [alert.owner_id]
        if "owner" in settings.hears and (owner := self.owner_of(thing)) is not None:
            ids.append(owner)
        if "lead" in settings.hears:
            ids += self.leads(team_id_of(thing))
        if "followers" in settings.hears:
            ids += followers
        return self.people([*ids, *settings.people])


def team_id_of(thing: Kpi | KeyResult) -> int:
    """The team whose leads hear of a thing: its own, else that of its objective."""
    return thing.metric.team_id if isinstance(thing, Kpi) else thing.team_id or thing.objective.team_id


def followers_of(alerts: Sequence[Alert]) -> dict[tuple[str, str], list[int]]:
    """Who asked to follow the KPIs and key results, by (kind, key); one statement."""
    keys = {alert.thing.key for alert in alerts}
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    rows = Follow.objects.filter(subject_kind__in=("kpi", "key_result"), ended_at=None)
    for kind, key, person_id in rows.values_list("subject_kind", "subject_key", "person_id"):
        if key in keys:
            found[kind, key].append(person_id)
    return found
