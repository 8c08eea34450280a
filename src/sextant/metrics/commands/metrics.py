"""Adding, changing, archiving and bringing back a metric."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import NotAllowed, Problem, Refused, Stale, refuse
from sextant.core.events import confine, emit
from sextant.core.keys import is_taken, new_keys
from sextant.core.models import Event
from sextant.core.writing import writing
from sextant.metrics.commands.definitions import add_first_definition
from sextant.metrics.models import (
    AGGREGATION_CHOICES,
    DIRECTION_CHOICES,
    FREQUENCY_CHOICES,
    LEADS_CHOICES,
    PERSPECTIVE_CHOICES,
    Metric,
)
from sextant.people.models import VISIBILITY_CHOICES, Person, Team
from sextant.people.roles import allows

CHANGEABLE = (
    "name", "unit", "unit_label", "direction", "frequency", "span", "year_start_month", "aggregation", "precision",
    "numerator", "denominator", "part_of", "slice", "perspective", "leads", "grace_days", "lower_bound",
    "upper_bound", "team", "owner", "theme", "visibility",
)  # fmt: skip
_CHOICES = {
    "direction": DIRECTION_CHOICES,
    "frequency": FREQUENCY_CHOICES,
    "aggregation": AGGREGATION_CHOICES,
    "perspective": [("", ""), *PERSPECTIVE_CHOICES],
    "leads": [("", ""), *LEADS_CHOICES],
    "visibility": [*VISIBILITY_CHOICES, ("private", "Only me")],  # see `keep_to`
}
_UNIT = re.compile(r"number|percent|count|rating|currency:[A-Z]{3}|duration:[a-z]{1,5}")
LONGEST = {"name": 300, "unit_label": 80}
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,118}")


def create_metric(
    actor: Actor,
    *,
    name: str,
    team: Team,
    key: str = "",
    description: str = "",
    how_measured: str = "",
    formula: str = "",
    source: str = "",
    external_id: str = "",
    viewers: Sequence[Person] = (),
    **fields: Any,
) -> Metric:
    """A new metric with the first version of its definition. Raises Refused with one problem per field."""
    if not allows(actor, "metric.create", team.id):
        raise NotAllowed(Problem("not-allowed", f"You may not add metrics to {team.name}."))
    metric = Metric(name=name.strip(), team=team, source=source, external_id=external_id)
    _assign(metric, fields)
    check(metric)
    if key:
        check_key(key)
    with writing():
        if key and is_taken(Metric, key):
            raise refuse("key-taken", f"The key '{key}' is already used by another metric.", "key")
        metric.key = key or new_keys(Metric, [name])[0]
        metric.save()
        metric.viewers.set(viewers)
        add_first_definition(actor, metric, description=description, how_measured=how_measured, formula=formula)
        announce_metric(actor, "metric.created", metric)
    return metric


_followers: list[Callable[[Actor, Metric], None]] = []


def follow_circle(follow: Callable[[Actor, Metric], None]) -> None:
    """Let a package above keep what it made of a metric to those who see it, inside the transaction that changes it."""
    if follow not in _followers:
        _followers.append(follow)


def change_metric(
    actor: Actor, metric: Metric, *, version: int, viewers: Sequence[Person] | None = None, **changes: Any
) -> Metric:
    """Change what is said about a metric, not how it is measured (that is `change_definition`)."""
    access.require("metric", actor, "change", metric)
    with writing():
        metric = Metric.objects.select_for_update(of=("self",), no_key=True).get(pk=metric.pk)
        require_version(metric, version, changes, CHANGEABLE)
        require_team(actor, "metric.create", metric.team_id, changes.get("team"))
        before = circle_of(metric)
        if changes.get("frequency", metric.frequency) != metric.frequency and metric.measurements.exists():
            raise refuse(
                "frequency-is-fixed",
                "The metric has values of its present periods. Add a new metric for the new frequency.",
                "frequency",
            )
        _assign(metric, changes)
        check(metric)
        metric.version += 1
        metric.save()
        if viewers is not None:
            metric.viewers.set(viewers)
        things = [("metric", metric.key)]
        kpi = getattr(metric, "kpi", None)  # of a package above this one
        if kpi is not None:
            things.append(("kpi", kpi.key))
            # A form about the KPI that is open somewhere shows what has just been changed.
            type(kpi)._default_manager.filter(pk=kpi.pk).update(version=F("version") + 1)
        if (survey := getattr(metric, "survey", None)) is not None:  # of another package above this one
            things.append(("survey", survey.key))
        if (circle := circle_of(metric)) != before:
            _confine(metric, things, circle)
            for follow in _followers:
                follow(actor, metric)
        announce_metric(actor, "metric.changed", metric, fields=", ".join(sorted(changes)) or "viewers")
    return metric


def keep_to(
    actor: Actor, metric: Metric, *, team: Team, owner: Person | None, visibility: str, viewers: Sequence[Person]
) -> Metric:
    """Show a metric to the circle of the thing it belongs to, which decides about the right to do so.

    Here alone it may become "private": its owner's, and not even an administrator's.
    """
    with writing():
        hold(metric)
        before = circle_of(metric)
        metric.team, metric.owner, metric.visibility = team, owner, visibility
        metric.viewers.set(viewers)
        if (circle := circle_of(metric)) != before:
            metric.version += 1
            metric.save()
            _confine(metric, [("metric", metric.key)], circle)
            announce_metric(actor, "metric.changed", metric, fields="visibility")
    return metric


def _confine(metric: Metric, things: list[tuple[str, str]], circle: tuple[int | None, str, list[int]]) -> None:
    """Show the past of the metric to whom it is shown from now on; what it drives goes on in the log without it."""
    if metric.visibility != "organisation":
        told = Event.objects.filter(name__startswith="driver.", topics__icontains=f'"metric:{metric.key}"')
        told.exclude(subject_key=metric.key).update(data={})
    confine(things, *circle, topic=f"metric:{metric.key}")


def check_key(key: str) -> None:
    """Refuse what cannot stand in an address."""
    if not KEY.fullmatch(key):
        raise refuse("bad-key", "A key has letters, digits, points, hyphens and underscores, up to 119 of them.", "key")


def require_team(actor: Actor, action: str, team_id: int, wanted: Team | None) -> None:
    """Raise NotAllowed for moving a thing to a team to which the actor may not add such things."""
    if wanted is not None and wanted.pk != team_id and not allows(actor, action, wanted.pk):
        raise NotAllowed(Problem("not-allowed", f"You may not move this to {wanted.name}.", "team"))


def archive_metric(actor: Actor, metric: Metric, *, version: int | None = None) -> Metric:
    """Take a metric out of lists and pickers. Its values stay; `restore_metric` brings it back."""
    return _set_archived(actor, metric, version, archived=True)


def restore_metric(actor: Actor, metric: Metric, *, version: int | None = None) -> Metric:
    return _set_archived(actor, metric, version, archived=False)


def _set_archived(actor: Actor, metric: Metric, version: int | None, *, archived: bool) -> Metric:
    access.require("metric", actor, "change", metric)
    with writing():
        hold(metric)
        require_version(metric, metric.version if version is None else version, {}, ())
        metric.archived_at = timezone.now() if archived else None
        metric.save(update_fields=["archived_at"])
        announce_metric(actor, "metric.archived" if archived else "metric.restored", metric)
    return metric


def announce_metric(actor: Actor, name: str, metric: Metric, **data: Any) -> None:
    """Write the event about this metric for those who may see it."""
    team_id, visibility, viewer_ids = circle_of(metric)
    emit(
        actor, name, "metric", metric.key, metric.name, team_id=team_id, visibility=visibility, viewer_ids=viewer_ids,
        **data,
    )  # fmt: skip


def circle_of(metric: Metric) -> tuple[int | None, str, list[int]]:
    """Team, visibility and people by id: who may see the metric, as events say it."""
    if metric.visibility == "organisation":
        return None, metric.visibility, []
    viewer_ids = set(metric.viewers.values_list("id", flat=True)) if metric.visibility == "people" else set()
    if metric.owner_id:
        viewer_ids.add(metric.owner_id)
    return metric.team_id, metric.visibility, sorted(viewer_ids)


def require_version(thing: Any, version: int, changes: dict[str, Any], fields: Sequence[str]) -> None:
    """Raise Stale with both versions when somebody else changed the thing meanwhile."""
    if thing.version != version:
        theirs = {name: _shown(getattr(thing, name)) for name in fields if name in changes}
        yours = {name: _shown(value) for name, value in changes.items()}
        raise Stale({**theirs, "version": thing.version}, {**yours, "version": version})


def _shown(value: Any) -> object:
    return value if isinstance(value, (str, int, float, bool, dict, list, type(None))) else str(value)


def _assign(metric: Metric, changes: dict[str, Any]) -> None:
    if "private" in (metric.visibility, changes.get("visibility")) and metric.visibility != changes.get(
        "visibility", metric.visibility
    ):
        message = _("It is as visible as the objective it belongs to. Change that one.")
        raise refuse("private-with-objective", message, "visibility")
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise refuse("unknown-field", f"A metric has no field '{sorted(unknown)[0]}'.", sorted(unknown)[0])
    for name, value in changes.items():
        setattr(metric, name, value.strip() if isinstance(value, str) else value)


def check(metric: Metric) -> None:
    """Raise Refused, one problem per field, unless the metric makes sense."""
    problems = [
        Problem("unknown-choice", f"'{getattr(metric, name)}' is not one of the choices.", name)
        for name, choices in _CHOICES.items()
        if getattr(metric, name) not in {choice for choice, _ in choices}
    ]
    if not metric.name:
        problems.append(Problem("name-missing", "Give the metric a name.", "name"))
    problems += [
        Problem("too-long", f"Use at most {longest} characters.", name)
        for name, longest in LONGEST.items()
        if len(getattr(metric, name)) > longest
    ]
    if not _UNIT.fullmatch(metric.unit):
        message = f"'{metric.unit}' is not a unit: use number, percent, count, rating, currency:EUR or duration:s."
        problems.append(Problem("unknown-unit", message, "unit"))
    if metric.precision is not None and metric.precision > 9:
        problems.append(Problem("bad-precision", "Show at most 9 decimals.", "precision"))
    if metric.year_start_month is not None and not 1 <= metric.year_start_month <= 12:
        problems.append(Problem("bad-month", "The year starts in a month from 1 to 12.", "year_start_month"))
    if not 1 <= metric.span <= 120:
        problems.append(Problem("bad-span", "A rolling value covers 1 to 120 periods.", "span"))
    problems += _parts_problems(metric)
    if problems:
        raise Refused(*problems)


def _parts_problems(metric: Metric) -> list[Problem]:
    problems = []
    if (metric.numerator is None) != (metric.denominator is None):
        problems.append(Problem("ratio-incomplete", "A ratio needs both its parts.", "denominator"))
    if metric.numerator is not None and metric.numerator_id == metric.denominator_id:
        problems.append(Problem("ratio-of-itself", "The two parts of a ratio are different metrics.", "denominator"))
    for name in ("numerator", "denominator"):
        part = getattr(metric, name)
        if (
            part is not None
            and metric.pk is not None
            and metric.pk in (part.pk, part.numerator_id, part.denominator_id)
        ):
            problems.append(Problem("formula-cycle", f"{metric.name} would be made of itself.", name))
    ancestor, seen = metric.part_of, set()
    while ancestor is not None and ancestor.pk not in seen:
        if ancestor.pk == metric.pk:
            problems.append(Problem("part-of-cycle", f"{metric.name} would be a part of itself.", "part_of"))
            break
        seen.add(ancestor.pk)
        ancestor = ancestor.part_of
    if metric.slice and metric.part_of is None:
        problems.append(Problem("slice-without-headline", "A slice belongs to a breakdown of a headline.", "slice"))
    return problems
