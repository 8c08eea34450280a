"""What can be taken back, until when, and what goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from sextant.calc.promotion import DECISIONS
from sextant.core.errors import Problem
from sextant.lifecycle.days import local_day
from sextant.lifecycle.models import Transition
from sextant.lifecycle.sentences import KIND_WORDS, day_words

UNDO_DAYS = 7
BY_DATE = ("overdue", "watch_ended", "acceptance_ended")
ENDED_OTHERWISE = ("retired", "withdrawn")  # by a rule, because somebody ended what they rested on


def undo_until(transition: Transition) -> datetime:
    """The moment after which it stays."""
    return transition.known_at + timedelta(days=UNDO_DAYS)


def later_ones(transition: Transition) -> list[Transition]:
    """What happened to the KPI since then and stands, oldest first."""
    found = Transition.objects.filter(kpi_id=transition.kpi_id, pk__gt=transition.pk, undone_at=None)
    return list(found.exclude(kind="undone").order_by("pk"))


def is_by_person(transition: Transition) -> bool:
    """Whether a person decided it; closing a key result ends a promotion by itself."""
    return transition.kind in DECISIONS and transition.rule != "key-result-closed"


def why_not(transition: Transition, later: Sequence[Transition], now: datetime) -> Problem | None:
    """Why it cannot be taken back, and what to do instead; None when it can. `later` is what stands of what followed.

    What rules did since goes along; what a person decided since has to be taken back first.
    """
    if transition.undone_at is not None or transition.kind == "undone":
        return Problem(
            "already-undone", _("That is taken back already. Decide anew if it was right after all."), "state"
        )
    if now > undo_until(transition):
        message = _("Things are taken back within %(days)s days. Promote it again, or end what is at work now.")
        return Problem("too-late", message % {"days": UNDO_DAYS}, "state")
    if transition.kind in BY_DATE:
        message = _("A date that has passed is not taken back. Extend it, plan it anew, or decide otherwise.")
        return Problem("date-passed", message, "state")
    if transition.kind == "restated":
        return Problem("nothing-changed", _("Nothing was changed by it, so there is nothing to take back."), "state")
    if transition.kind in ENDED_OTHERWISE and not is_by_person(transition):
        message = _(
            "It followed from something else. Bring that back (the KPI, or its key result), and promote it again."
        )
        return Problem("followed-from-other", message, "state")
    for one in later:
        if is_by_person(one) or one.kind in ENDED_OTHERWISE:
            words = {
                "kind": KIND_WORDS[one.kind], "day": day_words(local_day(one.known_at)), "author": one.author,
            }  # fmt: skip
            message = _("Since then: “%(kind)s”, %(day)s, by %(author)s. Take that back first.") % words
            return Problem("later-decision", message, "state")
    return None
