"""Versions of how a metric is measured (PL-11)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _

from sextant.calc.formula import Formula, FormulaError, find_cycle, parse
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.dependants import formulas, totals
from sextant.metrics.queries.formula_sight import hidden_inputs, without_hidden


def add_first_definition(
    actor: Actor, metric: Metric, *, description: str, how_measured: str, formula: str
) -> Definition:
    """Version 1. Call inside `writing()`."""
    formula = check_formula(actor, metric, formula)
    return Definition.objects.create(
        metric=metric, number=1, description=description.strip(), how_measured=how_measured.strip(),
        formula=formula, author=actor.label, known_at=clock.now(),
    )  # fmt: skip


def change_definition(
    actor: Actor,
    metric: Metric,
    *,
    number: int,
    description: str,
    how_measured: str,
    formula: str = "",
    reason: str = "",
    valid_from: int | None = None,
    is_correction: bool = False,
) -> Definition:
    """Say how the metric is measured from a period on.

    `number` is the version the editor started from. A correction of the wording (`is_correction`) replaces that
    version; anything else starts a new one, needs a reason, marks the chart and ends comparison across it.
    """
    from sextant.metrics.commands.metrics import announce_metric, require_version

    access.require("metric", actor, "change", metric)
    with writing():
        current = metric.definitions.filter(superseded_at=None).order_by("number").last()
        assert current is not None
        changes = {"description": description, "how_measured": how_measured, "formula": formula}
        shown = without_hidden(current.formula, hidden_inputs(actor, [current.formula]))
        require_version(_Edited(current, shown), number, changes, tuple(changes))
        is_same = formula.strip() in (current.formula, shown)
        formula = current.formula if is_same else check_formula(actor, metric, formula)
        if is_correction and formula != current.formula:
            raise refuse("formula-needs-a-version", "A changed formula starts a new version; give a reason.", "formula")
        if not is_correction and not reason.strip():
            raise refuse("reason-missing", "Say why the definition changes: the chart is marked with it.", "reason")
        now = clock.now()
        if is_correction:
            Definition.objects.filter(pk=current.pk).update(superseded_at=now)
        definition = Definition.objects.create(
            metric=metric,
            number=current.number if is_correction else current.number + 1,
            valid_from=current.valid_from if is_correction else valid_from,
            description=description.strip(),
            how_measured=how_measured.strip(),
            formula=formula,
            reason=current.reason if is_correction else reason.strip(),
            author=actor.label,
            known_at=now,
        )
        announce_metric(
            actor,
            "definition.changed",
            metric,
            number=definition.number,
            reason=reason or "wording corrected",
        )
        if formula:
            _announce_dependants(actor, metric)
    return definition


def take_back_definition(actor: Actor, metric: Metric, definition: Definition, *, reason: str) -> Definition:
    """Return to the version before the newest one, which is as if it had never been in force. It stays in the history.

    Raises Refused when it is not the newest standing version any more, or the only one.
    """
    from sextant.metrics.commands.metrics import announce_metric

    access.require("metric", actor, "change", metric)
    with writing():
        newest = list(metric.definitions.filter(superseded_at=None).order_by("-number")[:2])
        if len(newest) < 2 or newest[0].pk != definition.pk:
            message = _("The definition has changed since. Change it as it is now instead.")
            raise refuse("changed-since", message)
        Definition.objects.filter(pk=definition.pk).update(superseded_at=clock.now())
        announce_metric(actor, "definition.changed", metric, number=newest[1].number, reason=reason)
        if definition.formula or newest[1].formula:
            _announce_dependants(actor, metric)
    return newest[1]


class _Edited:
    """The current definition, as the editor may read it, in the shape `require_version` compares."""

    def __init__(self, definition: Definition, formula: str) -> None:
        self.version = definition.number
        self.description = definition.description
        self.how_measured = definition.how_measured
        self.formula = formula


def check_formula(actor: Actor, metric: Metric, text: str) -> str:
    """The formula in canonical form. Refuses what can't be read, unknown inputs, and cycles with their path."""
    if not text.strip():
        return ""
    try:
        formula = parse(text)
    except FormulaError as error:
        raise refuse(error.key, f"{error} (at position {error.position + 1})", "formula") from error
    visible = access.visible("metric", actor).filter(key__in=formula.inputs)
    known = set(visible.values_list("key", flat=True))
    unknown = formula.inputs - known
    if unknown - {metric.key}:
        missing = ", ".join(sorted(unknown))
        raise refuse("unknown-input", f"There is no metric '{missing}' here, or it is not visible to you.", "formula")
    _check_parts(actor, formula)
    if metric.pk is not None and metric.measurements.exists():
        raise refuse("has-own-values", "The metric has recorded values; a calculated one can't have any.", "formula")
    keys = dict(
        Metric.objects.values_list("id", "key").filter(models.Q(definitions__formula__gt="") | models.Q(key=metric.key))
    )
    others = {keys[metric_id]: other for metric_id, other in formulas().items() if metric_id in keys}
    cycle = find_cycle({**others, metric.key: formula})
    if cycle:
        seen = set(access.visible("metric", actor).filter(key__in=cycle).values_list("key", flat=True)) | {metric.key}
        path = " → ".join(key if key in seen else _("a metric not visible to you") for key in cycle)
        raise refuse("formula-cycle", f"The formula would need its own result: {path}.", "formula")
    return formula.text


def _check_parts(actor: Actor, formula: Formula) -> None:
    """A total tells what its parts add up to, so it is for who may see them all."""
    parts = Metric.objects.filter(part_of__key__in=totals(formula), archived_at=None)
    if parts.exclude(pk__in=access.visible("metric", actor).values("pk")).exists():
        message = _("The total is over breakdowns of which you may not see all. Name the ones you mean.")
        raise refuse("hidden-parts", message, "formula")


def _announce_dependants(actor: Actor, metric: Metric) -> None:
    from sextant.metrics.commands.batches import announce, open_batch

    batch = open_batch(actor, "form", source=metric.name)
    announce(actor, batch, [metric.id])
