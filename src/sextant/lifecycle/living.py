"""Reading a life and writing its next transition: the only place where `Life` and `Transition` rows are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sextant.alerts.commands.announcing import announce_thing
from sextant.calc import promotion as calc
from sextant.core import clock
from sextant.core.actors import Actor
from sextant.core.editing import held
from sextant.kpis.models import Kpi
from sextant.lifecycle.models import Graduation, Life, Promotion, Transition


def life_of(row: Life | None) -> calc.Life:
    """The life as plain values; without a row the KPI is monitored."""
    if row is None:
        return calc.Life()
    return calc.Life(
        row.state, row.since, row.ends, row.promotion_id, row.origin, row.answered, tuple(row.proof), row.told
    )


def as_facts(life: calc.Life) -> dict[str, Any]:
    """The life as a transition keeps it."""
    return asdict(life) | {"proof": list(life.proof)}


def from_facts(facts: dict[str, Any]) -> calc.Life:
    """The life a transition kept."""
    return calc.Life(**facts | {"proof": tuple(facts.get("proof", ()))}) if facts else calc.Life()


def lives_of(kpi_ids: Iterable[int], *, is_held: bool = False) -> dict[int, calc.Life]:
    """The lives of these KPIs, by id; held for this transaction where somebody is about to change them."""
    rows = held(Life).order_by("kpi_id") if is_held else Life.objects.all()
    found = {row.kpi_id: life_of(row) for row in rows.filter(kpi_id__in=list(kpi_ids))}
    return {kpi_id: found.get(kpi_id, calc.Life()) for kpi_id in kpi_ids}


def move(
    actor: Actor, kpi: Kpi, prior: calc.Life, step: calc.Step, *, promotion: Promotion | None = None,
    graduation: Graduation | None = None, reason: str = "", undoes: Transition | None = None,
    kept: Mapping[str, Any] | None = None, **said: Any,
) -> Transition:  # fmt: skip
    """Write one transition and the life after it, and say so to those who may see the KPI; inside `writing()`.

    `kept` is what an undo needs besides the life before: dates, ids and words, never a value. `said` is what the
    sentence of the event needs besides. Whoever moves a life holds the KPI's row first.
    """
    now = clock.now()
    evidence = {"periods": list(step.periods), "finding": step.finding} | ({"kept": dict(kept)} if kept else {})
    transition = Transition.objects.create(
        kpi=kpi, promotion=promotion, graduation=graduation, kind=step.kind, rule=step.rule, before=prior.state,
        state=step.after.state, prior=as_facts(prior), after=as_facts(step.after),
        evidence=evidence, reason=reason.strip(),
        actor_kind=actor.kind, author=actor.label, known_at=now, undoes=undoes,
    )  # fmt: skip
    keep(kpi, step.after)
    announce_thing(
        actor, f"lifecycle.{step.kind}", kpi, topics=["lifecycle", f"kpi:{kpi.key}"], rule=step.rule,
        transition=transition.pk, reason=reason.strip(), **said,
    )  # fmt: skip
    return transition


def keep(kpi: Kpi, life: calc.Life) -> None:
    """Write where the KPI is now."""
    fields = {
        "state": life.state, "since": life.since, "ends": life.ends, "promotion_id": life.promotion,
        "origin": life.origin, "answered": life.answered, "proof": list(life.proof), "told": life.told,
        "changed_at": clock.now(),
    }  # fmt: skip
    row, is_new = Life.objects.get_or_create(kpi=kpi, defaults=fields)
    if not is_new:
        for name, value in fields.items():
            setattr(row, name, value)
        row.version += 1
        row.save()
