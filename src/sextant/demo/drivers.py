"""What the people of the demo suppose to drive their numbers: some of it holds, some of it is still to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sextant.metrics.commands import link_driver
from sextant.metrics.models import Metric

if TYPE_CHECKING:
    from sextant.demo.build import Builder

SUPPOSED_DAYS = 210
LINKS = (
    ("time-per-process", "adoption-rate-of-new-tools", 2, "other", "Work in the new tools needs fewer steps."),
    ("time-per-process", "feedback-score-of-new-tools", 0, "other", "People are quicker with tools they like."),
    ("adoption-rate-of-new-tools", "managers-trained-in-the-new-tools", 3, "same",
     "Where managers know the tools, their people begin to use them."),
    ("adoption-rate-of-new-tools", "time-per-process", 4, "other", "What saves time is used more."),
    ("feedback-score-of-new-tools", "adoption-rate-of-new-tools", 2, "same", "Who uses a tool daily comes to like it."),
    ("open-requests", "adoption-rate-of-new-tools-day-centres", 4, "other",
     "The day centres, once they know the tools, ask the help desk less."),
    ("home-visits-on-time", "visits-per-carer-and-day", 1, "other", "Full rounds run late."),
    ("requests-we-could-not-fill", "supplier-deliveries-on-time", 1, "other", "What comes late is not on the shelf."),
)  # fmt: skip
"""Outcome, driver, lag in periods of the outcome, way, and why."""


def plan_drivers(builder: Builder) -> None:
    """All of it was written down in one workshop."""
    builder.timeline.add(builder.history.moment(SUPPOSED_DAYS, 14), lambda: _link(builder))


def _link(builder: Builder) -> None:
    admin = builder.crowd.actor("ingrid")
    known = {one.key: one for one in Metric.objects.filter(key__in={key for row in LINKS for key in row[:2]})}
    for outcome, driver, lag, way, why in LINKS:
        link_driver(admin, known[outcome], known[driver], lag=lag, way=way, why=why)
