"""The time a change is dated with: the present, unless somebody is writing down the past.

`known_at` decides what a page shows as of a past day, so nothing a user, a token or an import sends may set it.
Only a builder of history, such as the demo organisation, works inside `writing_at`; a test names who does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """When what is written now became known; always with a time zone."""
    return _moment.get() or timezone.now()


def is_history() -> bool:
    """Whether what is written now is dated in the past."""
    return _moment.get() is not None


@contextmanager
def writing_at(moment: datetime) -> Iterator[None]:
    """Date everything the commands inside write with this moment of the past, events included."""
    if timezone.is_naive(moment) or moment > timezone.now():
        raise ValueError("History is written at moments of the past, with a time zone.")
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
