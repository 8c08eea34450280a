"""Taking many metrics and KPIs in at once, as an import brings them: a few statements for thousands.

The single-thing commands would hold the writer for minutes; the rules are the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sextant.calc.periods import Period
from sextant.calc.targets import TargetValues
from sextant.core import clock
from sextant.core.actors import Actor
from sextant.core.errors import Refused
from sextant.core.keys import new_keys
from sextant.core.writing import writing
from sextant.kpis.models import FIGURES, Kpi, Target
from sextant.metrics.commands.metrics import check
from sextant.metrics.models import Definition, Metric

CHUNK = 500


@dataclass(frozen=True, slots=True)
class NewTarget:
    """A target as found; exactly one of the three times, or none for "always"."""

    values: TargetValues
    period: Period | None = None
    valid_from: int | None = None
    aim_by: Period | None = None


@dataclass(slots=True)
class NewMetric:
    """A metric to take in; `fields` are model fields. Links name other members of the same list by index."""

    fields: dict[str, Any]
    key: str = ""
    description: str = ""
    how_measured: str = ""
    reason: str = ""
    assumed: list[str] = field(default_factory=list)
    is_kpi: bool = True
    part_of: int | Metric | None = None
    numerator: int | Metric | None = None
    denominator: int | Metric | None = None
    targets: list[NewTarget] = field(default_factory=list)


def adopt(actor: Actor, news: Sequence[NewMetric], *, batch_key: str) -> list[Metric]:
    """Store the metrics with first definitions, draft KPIs and targets, in the order given.

    Call inside the transaction that records their values. A key that is taken or missing is made from the name.
    """
    with writing():
        now = clock.now()
        # A slice needs its headline, which may be a member of this list: both are set once all have ids.
        metrics = [Metric(**new.fields | {"slice": {}}) for new in news]
        _give_keys(metrics, news)
        for metric in metrics:
            check(metric)
        Metric.objects.bulk_create(metrics, batch_size=CHUNK)
        _link(metrics, news)
        Definition.objects.bulk_create(
            [
                Definition(
                    metric=metric, number=1, description=new.description, how_measured=new.how_measured,
                    author=actor.label, known_at=now,
                )
                for metric, new in zip(metrics, news, strict=True)
            ],
            batch_size=CHUNK,
        )  # fmt: skip
        watched = [(metric, new) for metric, new in zip(metrics, news, strict=True) if new.is_kpi]
        kpis = [Kpi(metric=metric, key=metric.key, reason=new.reason, assumed=new.assumed) for metric, new in watched]
        taken = set(Kpi.objects.filter(key__in=[kpi.key for kpi in kpis]).values_list("key", flat=True))
        for kpi in kpis:
            if kpi.key in taken:
                kpi.key = new_keys(Kpi, [kpi.metric.name])[0]
        Kpi.objects.bulk_create(kpis, batch_size=CHUNK)
        rows = [
            _target(actor, kpi, target, now, batch_key)
            for kpi, (_, new) in zip(kpis, watched, strict=True)
            for target in new.targets
        ]
        Target.objects.bulk_create(rows, batch_size=CHUNK)
    return metrics


def _give_keys(metrics: Sequence[Metric], news: Sequence[NewMetric]) -> None:
    """The file's own keys where they are free, keys made from the names for the others."""
    wanted = [new.key for new in news if new.key]
    taken = set(Metric.objects.filter(key__in=wanted).values_list("key", flat=True))
    used: set[str] = set()
    nameless = []
    for metric, new in zip(metrics, news, strict=True):
        if new.key and new.key not in taken and new.key not in used:
            metric.key = new.key
            used.add(new.key)
        else:
            nameless.append(metric)
    for metric, key in zip(nameless, new_keys(Metric, [metric.name for metric in nameless]), strict=True):
        while key in used:
            key = new_keys(Metric, [f"{key}-2"])[0]
        metric.key = key
        used.add(key)


def _link(metrics: Sequence[Metric], news: Sequence[NewMetric]) -> None:
    linked = []
    for metric, new in zip(metrics, news, strict=True):
        links = {name: getattr(new, name) for name in ("part_of", "numerator", "denominator")}
        found = {
            name: metrics[link] if isinstance(link, int) else link for name, link in links.items() if link is not None
        }
        for name, other in found.items():
            setattr(metric, name, other)
        if "part_of" in found:
            metric.slice = new.fields.get("slice", {})
        if found:
            linked.append(metric)
    Metric.objects.bulk_update(linked, ["part_of", "slice", "numerator", "denominator"], batch_size=CHUNK)


def _target(actor: Actor, kpi: Kpi, new: NewTarget, now: Any, batch_key: str) -> Target:
    return Target(
        kpi=kpi,
        valid_from=new.valid_from,
        start=new.period.start if new.period else None,
        end=new.period.end if new.period else None,
        aim_by=new.aim_by.end if new.aim_by else None,
        author=actor.label,
        known_at=now,
        batch_key=batch_key,
        **{name: getattr(new.values, name) for name in FIGURES},
    )


def would_refuse(fields: dict[str, Any]) -> Refused | None:
    """Why a metric with these fields would not be taken in; None when it would."""
    try:
        check(Metric(**fields))
    except Refused as refusal:
        return refusal
    return None
