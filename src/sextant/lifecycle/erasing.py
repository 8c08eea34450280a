"""Where the rows of this package name people, for the day somebody is to be forgotten."""

from __future__ import annotations

from sextant.core import erasure
from sextant.lifecycle.models import Graduation, Promotion, Transition


def register() -> None:
    for model in (Transition, Graduation):
        erasure.register(erasure.names_in(model, "author"))
    for column in ("started_by", "answered_by"):
        erasure.register(erasure.names_in(Promotion, column))
