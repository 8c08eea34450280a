"""Explaining what was worth a second look at a key result, and taking the explanation back."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.editing import hold
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs import subjects
from sextant.okrs.models import Explanation, KeyResult
from sextant.okrs.queries.second_looks import second_looks_in
from sextant.okrs.queries.standing import standing_on_board


def explain_second_look(actor: Actor, key_result: KeyResult, *, key: str, reason: str) -> Explanation:
    """Say why something worth a look is all right; it is not shown again until it rests on something new."""
    access.require("key_result", actor, "change", key_result)
    reason = checked_text(reason, "reason", missing=_("Say why it is all right: whoever looks next wants to know."))
    point = standpoint()
    each = standing_on_board(key_result, point)
    looks = [] if each is None else second_looks_in([each], point)[each.pk]
    look = next((one for one in looks if one.key == key), None)
    if look is None:
        raise refuse("nothing-to-explain", _("This is not seen any more; there is nothing to explain."), "key")
    with writing():
        hold(key_result)
        now = clock.now()
        Explanation.objects.filter(key_result=key_result, key=key, superseded_at=None).update(superseded_at=now)
        explanation = Explanation.objects.create(
            key_result=key_result, key=key, evidence=look.evidence, reason=reason, author=actor.label,
            known_at=now,
        )  # fmt: skip
        subjects.announce(actor, "second_look.explained", key_result)
    return explanation


def take_back_explanation(actor: Actor, key_result: KeyResult, *, key: str) -> None:
    """Let it be seen again; the explanation stays in the history."""
    access.require("key_result", actor, "change", key_result)
    with writing():
        hold(key_result)
        standing = Explanation.objects.filter(key_result=key_result, key=key, superseded_at=None)
        if standing.update(superseded_at=clock.now()):
            subjects.announce(actor, "second_look.reopened", key_result)
