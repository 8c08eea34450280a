"""Where the rows of this package name people, for the day somebody is to be forgotten."""

from __future__ import annotations

from sextant.core import erasure
from sextant.core.erasure import Erased
from sextant.metrics.models import Batch, Definition, DetectionSetting, DriverLink, Marker


def register() -> None:
    for model in (Definition, Marker, DetectionSetting, DriverLink):
        erasure.register(erasure.names_in(model, "author"))
    erasure.register(forget_in_batches)


def forget_in_batches(who: Erased) -> None:
    """A batch names its actor by kind, key and label."""
    Batch.objects.filter(actor_kind="person", actor_key=who.old_key).update(
        actor_key=who.new_key, actor_label=who.new_label
    )
    Batch.objects.filter(actor_label__in=who.old_labels).update(actor_label=who.new_label)
