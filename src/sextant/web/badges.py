"""Counts beside the words of the frame, on every page; worked out again only after something happened."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from sextant.core.actors import Actor
from sextant.core.models import Event

KEPT = 4096
_kept: OrderedDict[tuple[str, int], tuple[Any, int]] = OrderedDict()


def badge(name: str, actor: Actor, count: Callable[[Actor], int]) -> int:
    """What `count` gives for this person. Asked again after any event, and every minute: things also become due, and an
    event with a lower number may be committed after one with a higher number.
    """
    if actor.person_id is None:
        return 0
    place, stamp = (name, actor.person_id), (_newest_event(), timezone.now().replace(second=0, microsecond=0))
    known = _kept.get(place)
    if known is None or known[0] != stamp:
        known = (stamp, count(actor))
        _kept[place] = known
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return known[1]


def _newest_event() -> tuple[Any, ...] | None:
    """More than its number, because the number of an event that was rolled back is given again."""
    return Event.objects.order_by("-pk").values_list("pk", "at", "name", "subject_key").first()
