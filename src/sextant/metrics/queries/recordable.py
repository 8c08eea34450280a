"""Which metrics take values from somebody, asked before anything is recorded."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from sextant.core.actors import Actor
from sextant.metrics.access import can, visible_to
from sextant.metrics.models import Definition, Metric


def recordable(actor: Actor, keys: Iterable[str]) -> tuple[dict[str, Metric], dict[str, str]]:
    """By key: the visible metrics that take values from this actor, and why the other visible ones do not."""
    calculated = Definition.objects.filter(metric=OuterRef("pk"), superseded_at=None).exclude(formula="")
    found = visible_to(actor).filter(key__in=list(keys)).annotate(has_formula=Exists(calculated))
    taking: dict[str, Metric] = {}
    refusing: dict[str, str] = {}
    for metric in found:
        if metric.archived_at is not None:
            refusing[metric.key] = _("It is archived.")
        elif metric.numerator_id is not None or metric.has_formula:
            refusing[metric.key] = _("It is calculated; enter the values it is made of.")
        elif not can(actor, "record", metric):
            refusing[metric.key] = _("Your role does not allow you to record its values.")
        else:
            taking[metric.key] = metric
    return taking, refusing
