"""What every decision about a KPI checks: its reason, its last day, and that nobody else decided meanwhile."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.editing import hold
from sextant.core.errors import Stale, refuse
from sextant.kpis.models import Kpi
from sextant.lifecycle.days import today
from sextant.lifecycle.models import Life
from sextant.lifecycle.sentences import STATE_WORDS, day_words
from sextant.okrs.commands.planning import require_open_cycle
from sextant.people.leavers import require_here
from sextant.people.models import Person
from sextant.people.queries import actor_of_person
from sextant.strategy.models import Cycle

MOST_PERIODS = 24


def checked_reason(reason: str) -> str:
    """The reason without its margins. Refused where there is none or it is too long."""
    return checked_text(reason, "reason", missing=_("Say why. Whoever meets it next will want to know."))


def checked_end(cycle: Cycle | None, ends_on: date | None) -> date:
    """The last day: the one said, else that of the cycle. A promotion without an end is refused (PL-3)."""
    if cycle is None and ends_on is None:
        message = _("Choose a cycle, a sprint or a last day: nothing is promoted without an end.")
        raise refuse("end-missing", message, "ends_on")
    require_open_cycle(cycle)
    last = ends_on if ends_on is not None else cycle.ends_on if cycle is not None else today()
    if last < today():
        raise refuse("end-in-past", _("Choose today or a later day."), "ends_on" if cycle is None else "cycle")
    if last.year > 9000:
        raise refuse("bad-day", _("Choose a day in this age."), "ends_on")
    if cycle is not None and last > cycle.ends_on:
        words = {"cycle": cycle.name, "day": day_words(cycle.ends_on)}
        raise refuse("ends-after-cycle", _("%(cycle)s ends on %(day)s. Choose a day until then.") % words, "ends_on")
    return last


def checked_periods(revert_after: int) -> int:
    """The number of periods in a row after which it comes back. Refused unless from 1 to `MOST_PERIODS`."""
    if isinstance(revert_after, bool) or not 1 <= revert_after <= MOST_PERIODS:
        message = _("Let it come back after 1 to %(most)s periods in a row.") % {"most": MOST_PERIODS}
        raise refuse("bad-periods", message, "revert_after")
    return revert_after


def checked_owner(owner: Person, kpi: Kpi) -> Person:
    """Raises Refused for somebody who left or may not see the KPI."""
    require_here(owner)
    if not access.visible("kpi", actor_of_person(owner)).filter(pk=kpi.pk).exists():
        message = _("%(name)s may not see what this is about.") % {"name": owner.name}
        raise refuse("owner-may-not-see", message, "owner")
    return owner


def held_life(actor: Actor, kpi: Kpi, version: int | None) -> Life | None:
    """The life of the KPI, which nobody else moves until this transaction ends; None where nothing ever happened.

    `version` is what the editor saw (0 without a life), None for writers who state a whole new truth. Raises Stale.
    """
    access.require("kpi", actor, "change", kpi)
    hold(kpi)
    row = Life.objects.filter(kpi=kpi).select_related("promotion").first()
    current = row.version if row is not None else 0
    if version is not None and version != current:
        state = row.state if row is not None else "monitored"
        raise Stale({"state": str(STATE_WORDS[state]), "version": current}, {"version": version})
    return row
