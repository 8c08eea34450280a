"""Setting and removing what a KPI is judged against."""

from __future__ import annotations

import math

from sextant.calc.periods import Period
from sextant.calc.targets import TargetValues, check_target_values
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import Problem, Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.models import FIGURES, Kpi, Target


def set_target(
    actor: Actor,
    kpi: Kpi,
    *,
    period: Period | None = None,
    valid_from: int | None = None,
    aim_by: Period | None = None,
    reason: str = "",
    batch_key: str = "",
    target: float | None = None,
    red_flag: float | None = None,
    low: float | None = None,
    high: float | None = None,
    red_low: float | None = None,
    red_high: float | None = None,
    stretch: float | None = None,
) -> Target:
    """Set the target of one period, from an hour on, or as a long-term aim; it replaces the one for the same time.

    With none of the three given it holds since the beginning. What stood before is kept as history. The same
    target again changes nothing.
    """
    access.require("kpi", actor, "change", kpi)
    if sum(when is not None for when in (period, valid_from, aim_by)) > 1:
        raise refuse(
            "when-is-unclear",
            "A target holds for one period, from a date on, or by a date: choose one.",
            "period",
        )
    values = TargetValues(target, red_flag, low, high, red_low, red_high, stretch)
    _check(values, kpi.metric.direction)
    when = {
        "valid_from": valid_from,
        "start": period.start if period else None,
        "end": period.end if period else None,
        "aim_by": aim_by.end if aim_by else None,
    }
    with writing():
        hold(kpi)
        standing = Target.objects.filter(
            kpi=kpi, superseded_at=None, **{k: v for k, v in when.items() if v is not None}
        )
        if not any(v is not None for v in when.values()):
            standing = standing.filter(valid_from=None, start=None, aim_by=None)
        same = standing.first()
        if same is not None and all(getattr(same, name) == getattr(values, name) for name in FIGURES):
            return same
        now = clock.now()
        standing.update(superseded_at=now)
        row = Target.objects.create(
            kpi=kpi, reason=reason.strip(), author=actor.label, known_at=now, batch_key=batch_key, **when,
            **{name: getattr(values, name) for name in FIGURES},
        )  # fmt: skip
        announce_kpi(actor, "target.set", kpi)
    return row


def remove_target(actor: Actor, kpi: Kpi, target_id: int) -> Target:
    """Take a target back; it stays in the history."""
    access.require("kpi", actor, "change", kpi)
    with writing():
        hold(kpi)
        row = Target.objects.filter(kpi=kpi, pk=target_id, superseded_at=None).first()
        if row is None:
            raise refuse("unknown-target", "This target is no longer set; nothing was changed.")
        row.superseded_at = clock.now()
        row.save(update_fields=["superseded_at"])
        announce_kpi(actor, "target.removed", kpi)
    return row


def _check(values: TargetValues, direction: str) -> None:
    given = {name: getattr(values, name) for name in FIGURES if getattr(values, name) is not None}
    problems = [
        Problem("not-finite", "A target is a finite number.", name)
        for name, value in given.items()
        if not math.isfinite(value)
    ]
    if not given:
        problems.append(Problem("target-missing", "Give at least one figure.", "target"))
    problems += [Problem(*fault) for fault in check_target_values(values, direction)]
    if problems:
        raise Refused(*problems)
