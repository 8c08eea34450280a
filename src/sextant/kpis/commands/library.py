"""Taking a KPI of the library into a team: one call makes the draft and the metrics it is made of."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from sextant.calc.periods import Frequency
from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.writing import writing
from sextant.kpis.commands.kpis import create_kpi
from sextant.kpis.library import LibraryKpi, library
from sextant.kpis.models import Kpi
from sextant.metrics.commands import create_metric
from sextant.metrics.models import Metric
from sextant.people.models import Person, Team
from sextant.people.queries import organisation
from sextant.people.roles import allows


def install_from_library(actor: Actor, key: str, team: Team, *, owner: Person | None = None) -> Kpi:
    """A draft KPI of the team, described as in the library; a ratio brings the metrics it is made of.

    An input the team has already, by name and unit, is used again. Refused with "already-installed" when the
    team has the KPI, and with "not-in-library" when there is none with this key.
    """
    entry = library().get(key)
    if entry is None:
        raise refuse("not-in-library", _("The library has no KPI “%(key)s”.") % {"key": key[:120]}, "key")
    if not allows(actor, "kpi.create", team.id):
        raise NotAllowed(Problem("not-allowed", _("You may not add KPIs to %(team)s.") % {"team": team.name}))
    with writing():
        _check_not_installed(actor, entry, team)
        parts: dict[str, Any] = {}
        if entry.is_ratio:
            parts = {
                "numerator": _input(actor, entry, team, entry.numerator, entry.numerator_unit, owner),
                "denominator": _input(actor, entry, team, entry.denominator, entry.denominator_unit, owner),
            }
        lower, upper = entry.bounds
        return create_kpi(
            actor, name=entry.name, team=team, owner=owner, description=entry.sentence,
            how_measured=f"{entry.how_measured} {_('Formula:')} {entry.formula}.", unit=unit_of(entry.unit),
            direction=entry.direction, frequency=entry.frequency, aggregation=entry.aggregation,
            precision=entry.precision, perspective=entry.perspective, leads=entry.leads, lower_bound=lower,
            upper_bound=upper, decision=entry.decision, does_not_show=entry.does_not_show, library_key=entry.key,
            **parts,
        )  # fmt: skip


def unit_of(unit: str) -> str:
    """The unit as metrics keep it: the organisation's currency where the library says `currency`."""
    return f"currency:{organisation().currency}" if unit == "currency" else unit


def _check_not_installed(actor: Actor, entry: LibraryKpi, team: Team) -> None:
    there = access.visible("kpi", actor).filter(library_key=entry.key, metric__team=team, archived_at=None)
    if there.exists():
        message = _("%(team)s has “%(name)s” from the library already; nothing was added.")
        raise refuse("already-installed", message % {"team": team.name, "name": entry.name}, "team")


def _input(actor: Actor, entry: LibraryKpi, team: Team, name: str, unit: str, owner: Person | None) -> Metric:
    """The team's metric of this name, in the same unit and not coarser than needed; a new one where there is none."""
    same = access.visible("metric", actor).filter(
        team=team, name__iexact=name, unit=unit_of(unit), aggregation="sum", archived_at=None
    )
    fitting: list[Metric] = [one for one in same if Frequency(one.frequency).rank <= Frequency(entry.frequency).rank]
    if fitting:
        return fitting[0]
    # A result can be a loss; only what is counted or timed cannot go below nothing.
    lower = 0.0 if unit == "count" or unit.startswith("duration") else None
    return create_metric(
        actor, name=name, team=team, unit=unit_of(unit), direction=entry.direction, frequency=entry.frequency,
        aggregation="sum", perspective=entry.perspective, lower_bound=lower, owner=owner,
        description=_("Input of “%(name)s”.") % {"name": entry.name}, how_measured=entry.how_measured,
    )  # fmt: skip
