"""Watching a metric: drafting, activating, changing, reviewing and retiring a KPI."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import NotAllowed, Problem, Refused, refuse
from sextant.core.events import emit
from sextant.core.keys import new_keys
from sextant.core.writing import writing
from sextant.kpis.models import Kpi
from sextant.metrics.commands import change_metric, create_metric
from sextant.metrics.commands.metrics import CHANGEABLE as METRIC_FIELDS
from sextant.metrics.commands.metrics import require_version
from sextant.metrics.models import Definition, Metric
from sextant.people.models import Person, Team
from sextant.people.queries import today
from sextant.people.roles import allows

CHANGEABLE = (
    "reason", "decision", "response_plan", "does_not_show", "review_on", "review_every_months", "needs_approval",
)  # fmt: skip


def create_kpi(actor: Actor, *, name: str, team: Team, key: str = "", **fields: Any) -> Kpi:
    """A draft KPI with a metric of its own. Fields are those of the metric, its definition and the KPI."""
    own = {name_: fields.pop(name_) for name_ in CHANGEABLE if name_ in fields}
    library_key = fields.pop("library_key", "")
    with writing():
        metric = create_metric(actor, name=name, team=team, key=key, **fields)
        return watch_metric(actor, metric, library_key=library_key, **own)


def watch_metric(actor: Actor, metric: Metric, *, library_key: str = "", **fields: Any) -> Kpi:
    """A draft KPI on an existing metric."""
    if not allows(actor, "kpi.create", metric.team_id):
        raise NotAllowed(Problem("not-allowed", f"You may not add KPIs to {metric.team.name}."))
    with writing():
        hold(metric)
        if metric.visibility == "private":
            raise refuse("private-metric", "It belongs to a private objective. A KPI is for others to see.", "metric")
        if Kpi.objects.filter(metric=metric).exists():
            raise refuse("already-watched", f"{metric.name} is a KPI already.", "metric")
        taken = Kpi.objects.filter(key=metric.key).exists()
        kpi = Kpi(
            key=new_keys(Kpi, [metric.name])[0] if taken else metric.key,
            metric=metric,
            library_key=library_key,
        )
        _assign(kpi, fields)
        kpi.save()
        announce_kpi(actor, "kpi.created", kpi)
    return kpi


def change_kpi(actor: Actor, kpi: Kpi, *, version: int, **changes: Any) -> Kpi:
    """Change a KPI and what its metric says of it. Raises Stale when somebody else was faster."""
    access.require("kpi", actor, "change", kpi)
    with writing():
        kpi = Kpi.objects.select_for_update(of=("self",), no_key=True).select_related("metric").get(pk=kpi.pk)
        own = {name: value for name, value in changes.items() if name in CHANGEABLE}
        of_metric = {name: value for name, value in changes.items() if name not in CHANGEABLE}
        require_version(_Both(kpi), version, changes, (*CHANGEABLE, *METRIC_FIELDS))
        _assign(kpi, own)
        kpi.assumed = [name for name in kpi.assumed if name not in changes]
        changed_metric = (
            change_metric(actor, kpi.metric, version=kpi.metric.version, **of_metric) if of_metric else None
        )
        if changed_metric is not None:
            kpi.metric = changed_metric
        if kpi.state == "active" and (missing := missing_for_activation(kpi)):
            raise Refused(*missing)
        kpi.version += 1
        kpi.save()
        announce_kpi(actor, "kpi.changed", kpi, fields=", ".join(sorted(changes)))
    return kpi


class _Both:
    """KPI and metric as one thing to edit."""

    def __init__(self, kpi: Kpi) -> None:
        self._kpi = kpi
        self.version = kpi.version

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kpi if name in CHANGEABLE else self._kpi.metric, name)


def missing_for_activation(kpi: Kpi) -> list[Problem]:
    """What a KPI still lacks before a person may activate it: owner, theme or reason, and how it is measured."""
    return missing_with(kpi, kpi.metric.definitions.filter(superseded_at=None).order_by("number").last())


def missing_with(kpi: Kpi, definition: Definition | None) -> list[Problem]:
    """The same for callers that have read the newest definition already."""
    metric, problems = kpi.metric, []
    calculated = metric.numerator_id is not None or (definition is not None and definition.formula)
    if definition is None or not (definition.how_measured or calculated):
        problems.append(Problem("how-measured-missing", "Say how the KPI is measured.", "how_measured"))
    if kpi.assumed:
        what = ", ".join(kpi.assumed)
        problems.append(Problem("assumption-open", f"Confirm what the import assumed: {what}.", "assumed"))
    if metric.owner_id is None:
        problems.append(Problem("owner-missing", "Name the person who owns this KPI.", "owner"))
    if metric.theme_id is None and not kpi.reason:
        problems.append(
            Problem(
                "theme-or-reason-missing",
                "Link the KPI to a strategic theme, or say why you watch it.",
                "theme",
            )
        )
    return problems


def activate_kpi(actor: Actor, kpi: Kpi) -> Kpi:
    """From draft (or retired) to active. Raises Refused with everything that is missing."""
    access.require("kpi", actor, "activate", kpi)
    with writing():
        hold(kpi)
        problems = missing_for_activation(kpi)
        if problems:
            raise Refused(*problems)
        kpi.state, kpi.activated_at, kpi.retired_at = "active", kpi.activated_at or clock.now(), None
        kpi.review_on = kpi.review_on or add_months(today(), kpi.review_every_months)
        kpi.version += 1
        kpi.save()
        announce_kpi(actor, "kpi.activated", kpi)
    return kpi


def retire_kpi(actor: Actor, kpi: Kpi) -> Kpi:
    """Stop watching, keep everything. Activating it again brings it back."""
    access.require("kpi", actor, "change", kpi)
    with writing():
        hold(kpi)
        kpi.state, kpi.retired_at, kpi.version = "retired", clock.now(), kpi.version + 1
        kpi.save()
        announce_kpi(actor, "kpi.retired", kpi)
    return kpi


def review_kpi(actor: Actor, kpi: Kpi) -> Kpi:
    """Say that the KPI was reviewed today; the next review is due after its cadence."""
    access.require("kpi", actor, "change", kpi)
    with writing():
        hold(kpi)
        kpi.review_on, kpi.version = add_months(today(), kpi.review_every_months), kpi.version + 1
        kpi.save()
        announce_kpi(actor, "kpi.reviewed", kpi)
    return kpi


def archive_kpi(actor: Actor, kpi: Kpi, *, version: int | None = None, with_metric: bool = True) -> Kpi:
    """Put the KPI away; its metric stays where a key result still goes by it (`with_metric` False)."""
    return _set_archived(actor, kpi, version, archived=True, with_metric=with_metric)


def restore_kpi(actor: Actor, kpi: Kpi, *, version: int | None = None) -> Kpi:
    return _set_archived(actor, kpi, version, archived=False, with_metric=True)


def _set_archived(actor: Actor, kpi: Kpi, version: int | None, *, archived: bool, with_metric: bool) -> Kpi:
    access.require("kpi", actor, "change", kpi)
    with writing():
        hold(kpi)
        require_version(kpi, kpi.version if version is None else version, {}, ())
        moment = clock.now() if archived else None
        kpi.archived_at = moment
        kpi.save(update_fields=["archived_at"])
        if with_metric:
            kpi.metric.archived_at = moment
            kpi.metric.save(update_fields=["archived_at"])
        announce_kpi(actor, "kpi.archived" if archived else "kpi.restored", kpi)
    return kpi


def complete_kpis(
    actor: Actor, kpis: Sequence[Kpi], *, owner: Person | None = None, theme: Any = None, reason: str = "",
    how_measured: str = "", confirm: bool = False, activate: bool = False,
) -> tuple[list[Kpi], dict[str, tuple[Problem, ...]]]:  # fmt: skip
    """Fill what is empty on many drafts at once, and confirm what was assumed; what is already said stays.

    Returns the KPIs that were changed (and activated, when asked), and per key what still keeps one from it. What was
    filled in is kept even where something else keeps the KPI from being activated.
    """
    done: list[Kpi] = []
    kept_back: dict[str, tuple[Problem, ...]] = {}
    for kpi in kpis:
        try:
            with writing():
                done.append(_complete(actor, kpi, owner, theme, reason, how_measured, confirm))
            if activate:
                activate_kpi(actor, kpi)
        except Refused as refusal:
            kept_back[kpi.key] = refusal.problems
    return done, kept_back


def _complete(
    actor: Actor, kpi: Kpi, owner: Person | None, theme: Any, reason: str, how_measured: str, confirm: bool
) -> Kpi:
    hold(kpi)
    access.require("kpi", actor, "change", kpi)
    metric, filled = kpi.metric, []
    if owner is not None and metric.owner_id is None:
        metric.owner = owner
        filled.append("owner")
    if theme is not None and metric.theme_id is None:
        metric.theme = theme
        filled.append("theme")
    if filled:
        metric.version += 1
        metric.save(update_fields=[*filled, "version"])
    if reason and not kpi.reason:
        kpi.reason = reason
        filled.append("reason")
    definition = metric.definitions.filter(superseded_at=None).order_by("number").last()
    if how_measured and definition is not None and not definition.how_measured:
        definition.how_measured = how_measured
        definition.save(update_fields=["how_measured"])
        filled.append("how_measured")
    if confirm and kpi.assumed:
        filled += kpi.assumed
        kpi.assumed = []
    if filled:
        kpi.version += 1
        kpi.save()
        announce_kpi(actor, "kpi.changed", kpi, fields=", ".join(filled))
    return kpi


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of the month when there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def announce_kpi(actor: Actor, name: str, kpi: Kpi, **data: Any) -> None:
    """Write the event about this KPI for those who may see its metric."""
    metric = kpi.metric
    restricted = metric.visibility != "organisation"
    viewer_ids = set(metric.viewers.values_list("id", flat=True)) if metric.visibility == "people" else set()
    if restricted and metric.owner_id:
        viewer_ids.add(metric.owner_id)
    emit(
        actor, name, "kpi", kpi.key, metric.name, team_id=metric.team_id if restricted else None,
        visibility=metric.visibility, viewer_ids=sorted(viewer_ids), topics=[f"metric:{metric.key}"], **data,
    )  # fmt: skip


def _assign(kpi: Kpi, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name not in CHANGEABLE:
            raise refuse("unknown-field", f"A KPI has no field '{name}'.", name)
        setattr(kpi, name, value.strip() if isinstance(value, str) else value)
    if not 1 <= kpi.review_every_months <= 60:
        raise refuse("bad-cadence", "Review a KPI every 1 to 60 months.", "review_every_months")
