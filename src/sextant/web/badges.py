"""Counts beside the words of the frame, on every page; worked out again only after something happened."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from sextant.core.actors import NOBODY, Actor
from sextant.core.models import Event

KEPT = 4096
STAMP = "sextant_stamp"
_kept: OrderedDict[tuple[str, int], tuple[Any, int]] = OrderedDict()


def badge(name: str, request: HttpRequest | None, count: Callable[[Actor], int]) -> int:
    """What `count` gives for who asks. Asked again after any event, and every minute: things also become due, and an
    event with a lower number may be committed after one with a higher number.
    """
    actor: Actor = getattr(request, "actor", NOBODY)
    if request is None or actor.person_id is None:
        return 0
    place, stamp = (name, actor.person_id), _stamp(request)
    known = _kept.get(place)
    if known is None or known[0] != stamp:
        known = (stamp, count(actor))
        _kept[place] = known
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return known[1]


def _stamp(request: HttpRequest) -> tuple[Any, ...]:
    """The newest event and the minute, read once per request. More of the event than its number, because the number of
    one that was rolled back is given again.
    """
    found: tuple[Any, ...] | None = getattr(request, STAMP, None)
    if found is None:
        event = Event.objects.order_by("-pk").values_list("pk", "at", "name", "subject_key").first()
        found = (event, timezone.now().replace(second=0, microsecond=0))
        setattr(request, STAMP, found)
    return found
