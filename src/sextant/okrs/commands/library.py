"""Taking an objective of the OKR library into a team: one call makes the draft with its key results."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.kpis.commands.library import unit_of
from sextant.kpis.models import Kpi
from sextant.okrs.commands.drafting import draft_objective
from sextant.okrs.library import TemplateKeyResult, template
from sextant.okrs.models import Objective
from sextant.people.models import Person, Team
from sextant.people.queries import today
from sextant.strategy.models import Cycle


def install_template(
    actor: Actor, template_key: str, team: Team, cycle: Cycle | None = None, owner: Person | None = None
) -> Objective:
    """A draft of the team, worded as in the library, with key results, due days and initiatives.

    A key result that the library measures by a KPI takes the team's own where it has it; its baseline comes from the
    series at the start. Raises Refused with "not-in-library" when there is no such template.
    """
    try:
        chosen = template(template_key)
    except KeyError:
        message = _("The library has no objective “%(key)s”.") % {"key": template_key[:120]}
        raise refuse("not-in-library", message, "template") from None
    begins = cycle.starts_on if cycle is not None else today()
    rows = [key_result_fields(actor, one, team, begins) for one in chosen.key_results]
    return draft_objective(
        actor, title=chosen.title, description=chosen.why, team=team, cycle=cycle, owner=owner,
        ambition=chosen.ambition, library_key=chosen.key, key_results=rows, initiatives=chosen.initiatives,
    )  # fmt: skip


def key_result_fields(actor: Actor, one: TemplateKeyResult, team: Team, begins: date) -> dict[str, Any]:
    """The arguments of `create_key_result` that make this key result of the library in the team."""
    note = one.good
    if one.guard:
        note = f"{note}\n{_('Watch beside it:')} {one.guard}".strip()
    terms: dict[str, Any] = {
        "baseline": one.baseline, "target": one.target, "relative": one.relative, "amount": one.amount,
        "low": one.low, "high": one.high, "is_strict": one.is_strict, "planned_periods": one.planned_periods,
        "baseline_from_series": one.kind == "metric" and one.baseline is None,
    }  # fmt: skip
    due_on = months_after(begins, one.due_months)
    fields: dict[str, Any] = {"title": one.title, "kind": one.kind, "due_on": due_on, "note": note}
    if one.kind in ("milestones", "yes_no"):
        return fields | {"milestones": [{"title": one.title, "due_on": due_on}]}
    kpi = kpi_of(actor, one.kpi, team) if one.kpi else None
    if kpi is not None:
        return fields | {"terms": terms, "metric": kpi.metric}
    own = {
        "unit": unit_of(one.unit), "direction": one.direction, "frequency": one.frequency,
        "how_measured": one.how_measured,
    }  # fmt: skip
    return fields | {"terms": terms, "own_metric": own}


def kpi_of(actor: Actor, library_key: str, team: Team) -> Kpi | None:
    """The team's KPI taken from the KPI library under this key."""
    found = visible("kpi", actor).filter(library_key=library_key, metric__team=team, archived_at=None)
    first: Kpi | None = found.first()
    return first


def months_after(day: date, months: int) -> date:
    """The day before the same day so many months later: three months from 1 January end on 31 March."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    same = date(year, month + 1, min(day.day, last))
    return date.fromordinal(same.toordinal() - 1)
