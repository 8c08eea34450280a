"""Putting KPIs on a team's scorecard, in order and with weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.db.models import Max

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.events import confine, emit
from sextant.core.keys import is_taken, new_keys
from sextant.core.writing import writing
from sextant.kpis.models import Kpi, Scorecard, ScorecardItem
from sextant.metrics.commands.metrics import check_key, require_team, require_version
from sextant.people.models import VISIBILITY_CHOICES, Person, Team
from sextant.people.roles import allows

CHANGEABLE = ("name", "team", "owner", "visibility")
MOST_KPIS = 500
LONGEST_NAME = 200


def create_scorecard(
    actor: Actor, *, name: str, team: Team, kpis: Sequence[Kpi] = (), key: str = "", owner: Person | None = None,
    visibility: str = "organisation",
) -> Scorecard:  # fmt: skip
    """A scorecard of a team with these KPIs, in this order, each with weight 1."""
    if not allows(actor, "scorecard.create", team.id):
        raise NotAllowed(Problem("not-allowed", f"You may not add scorecards to {team.name}."))
    if key:
        check_key(key)
    with writing():
        scorecard = Scorecard(name=name.strip(), team=team, owner=owner, visibility=visibility)
        _check(scorecard)
        if key and is_taken(Scorecard, key):
            raise refuse("key-taken", f"The key '{key}' is already used by another scorecard.", "key")
        scorecard.key = key or new_keys(Scorecard, [name])[0]
        scorecard.save()
        now = clock.now()
        ScorecardItem.objects.bulk_create(
            ScorecardItem(scorecard=scorecard, kpi=kpi, position=place, known_at=now)
            for place, kpi in enumerate(kpis, 1)
        )
        announce_scorecard(actor, "scorecard.created", scorecard)
    return scorecard


def change_scorecard(
    actor: Actor,
    scorecard: Scorecard,
    *,
    version: int,
    viewers: Sequence[Person] | None = None,
    **changes: Any,
) -> Scorecard:
    access.require("scorecard", actor, "change", scorecard)
    with writing():
        scorecard = Scorecard.objects.select_for_update(of=("self",), no_key=True).get(pk=scorecard.pk)
        require_version(scorecard, version, changes, CHANGEABLE)
        require_team(actor, "scorecard.create", scorecard.team_id, changes.get("team"))
        before = _circle(scorecard)
        for name, value in changes.items():
            if name not in CHANGEABLE:
                raise refuse("unknown-field", f"A scorecard has no field '{name}'.", name)
            setattr(scorecard, name, value.strip() if isinstance(value, str) else value)
        _check(scorecard)
        scorecard.version += 1
        scorecard.save()
        if viewers is not None:
            scorecard.viewers.set(viewers)
        if (circle := _circle(scorecard)) != before:
            confine([("scorecard", scorecard.key)], *circle)
        announce_scorecard(actor, "scorecard.changed", scorecard, fields=", ".join(sorted(changes)) or "viewers")
    return scorecard


def place_kpi(actor: Actor, scorecard: Scorecard, kpi: Kpi, *, weight: float = 1, position: int | None = None) -> None:
    """Put a KPI on the scorecard (at the end unless told), or change its weight or place there."""
    access.require("scorecard", actor, "change", scorecard)
    check_weight(weight)
    with writing():
        hold(scorecard)
        now, items = clock.now(), ScorecardItem.objects.filter(scorecard=scorecard, superseded_at=None)
        standing = items.filter(kpi=kpi).first()
        if standing is None and items.count() >= MOST_KPIS:
            raise refuse("scorecard-full", f"A scorecard shows at most {MOST_KPIS} KPIs.")
        if position is None:
            position = standing.position if standing else (items.aggregate(last=Max("position"))["last"] or 0) + 1
        if standing is not None:
            if (standing.weight, standing.position) == (weight, position):
                return
            items.filter(kpi=kpi).update(superseded_at=now)
        ScorecardItem.objects.create(scorecard=scorecard, kpi=kpi, position=position, weight=weight, known_at=now)
        announce_scorecard(actor, "scorecard.changed", scorecard, fields="KPIs")


def remove_kpi(actor: Actor, scorecard: Scorecard, kpi: Kpi) -> None:
    """Take a KPI off the scorecard; pages of past dates still show it."""
    access.require("scorecard", actor, "change", scorecard)
    with writing():
        gone = ScorecardItem.objects.filter(scorecard=scorecard, kpi=kpi, superseded_at=None)
        if gone.update(superseded_at=clock.now()):
            announce_scorecard(actor, "scorecard.changed", scorecard, fields="KPIs")


def arrange_scorecard(actor: Actor, scorecard: Scorecard, kpis: Sequence[Kpi]) -> None:
    """Put the KPIs in this order; those not named keep their order behind them."""
    access.require("scorecard", actor, "change", scorecard)
    order = {kpi.id: place for place, kpi in enumerate(kpis)}
    with writing():
        hold(scorecard)
        now = clock.now()
        standing = list(ScorecardItem.objects.filter(scorecard=scorecard, superseded_at=None))
        standing.sort(key=lambda item: (order.get(item.kpi_id, len(order)), item.position, item.id))
        moved = [(place, item) for place, item in enumerate(standing, 1) if item.position != place]
        ScorecardItem.objects.filter(id__in=[item.id for _, item in moved]).update(superseded_at=now)
        ScorecardItem.objects.bulk_create(
            ScorecardItem(scorecard=scorecard, kpi_id=item.kpi_id, position=place, weight=item.weight, known_at=now)
            for place, item in moved
        )
        if moved:
            announce_scorecard(actor, "scorecard.changed", scorecard, fields="order")


def archive_scorecard(actor: Actor, scorecard: Scorecard, *, version: int | None = None) -> Scorecard:
    return _set_archived(actor, scorecard, version, archived=True)


def restore_scorecard(actor: Actor, scorecard: Scorecard, *, version: int | None = None) -> Scorecard:
    return _set_archived(actor, scorecard, version, archived=False)


def _set_archived(actor: Actor, scorecard: Scorecard, version: int | None, *, archived: bool) -> Scorecard:
    access.require("scorecard", actor, "change", scorecard)
    with writing():
        hold(scorecard)
        require_version(scorecard, scorecard.version if version is None else version, {}, ())
        scorecard.archived_at = clock.now() if archived else None
        scorecard.save(update_fields=["archived_at"])
        announce_scorecard(actor, "scorecard.archived" if archived else "scorecard.restored", scorecard)
    return scorecard


def check_weight(weight: float) -> None:
    """Refuse what is no weight."""
    if not math.isfinite(weight) or not 0 <= weight <= 1000:
        raise refuse("bad-weight", "A weight is a number from 0 to 1000; 0 is shown and not counted.", "weight")


def _check(scorecard: Scorecard) -> None:
    if not scorecard.name:
        raise refuse("name-missing", "Give the scorecard a name.", "name")
    if len(scorecard.name) > LONGEST_NAME:
        raise refuse("too-long", f"The name of a scorecard has at most {LONGEST_NAME} characters.", "name")
    if scorecard.visibility not in dict(VISIBILITY_CHOICES):
        raise refuse("unknown-choice", f"'{scorecard.visibility}' is not one of the choices.", "visibility")


def announce_scorecard(actor: Actor, name: str, scorecard: Scorecard, **data: Any) -> None:
    """Write the event about this scorecard for those who may see it."""
    team_id, visibility, viewer_ids = _circle(scorecard)
    emit(
        actor, name, "scorecard", scorecard.key, scorecard.name, team_id=team_id, visibility=visibility,
        viewer_ids=viewer_ids, **data,
    )  # fmt: skip


def _circle(scorecard: Scorecard) -> tuple[int | None, str, list[int]]:
    """Team, visibility and people by id: who may see the scorecard, as events say it."""
    if scorecard.visibility == "organisation":
        return None, scorecard.visibility, []
    viewer_ids = set(scorecard.viewers.values_list("id", flat=True)) if scorecard.visibility == "people" else set()
    if scorecard.owner_id:
        viewer_ids.add(scorecard.owner_id)
    return scorecard.team_id, scorecard.visibility, sorted(viewer_ids)
