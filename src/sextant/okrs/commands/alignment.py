"""Saying what an objective is for: the parent it contributes to, what it supports, the longer aim it is a step of."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import Hidden, refuse
from sextant.core.writing import alone, writing
from sextant.okrs.commands.announcing import announce_objective
from sextant.okrs.models import LINK_CHOICES, KeyResult, Link, Objective

End = Objective | KeyResult
OPEN = frozenset({"organisation"})


def align(actor: Actor, child: Objective, to: End, *, kind: str = "contributes", weight: float = 1) -> Link:
    """Link the objective to another one or to a key result. A new parent takes the place of the former one.

    Raises Refused for an unknown kind, a circle, or a parent that fewer people may see than the child.
    """
    access.require("objective", actor, "change", child)
    if kind not in dict(LINK_CHOICES):
        raise refuse("unknown-choice", _("An objective contributes to, supports or is a step of another."), "kind")
    if not 0 <= weight <= 1000:
        raise refuse("bad-weight", _("A weight lies between 0 and 1000."), "weight")
    end = to if isinstance(to, Objective) else to.objective
    if not access.visible("objective", actor).filter(pk=end.pk).exists():
        raise Hidden("objective")  # its key may tell already
    with writing():
        hold(child)
        alone("okrs_link")  # two links made at once could close a circle that neither sees
        if end.pk == child.pk:
            raise refuse("own-parent", _("An objective cannot be its own parent."), "parent")
        if path := circle_of(actor, child, end):
            message = _("%(child)s would be its own ancestor: %(path)s. Choose another parent; nothing was changed.")
            raise refuse("alignment-circle", message % {"child": child.title, "path": " → ".join(path)}, "parent")
        if end.visibility != "organisation" and child.visibility == "organisation":
            message = _("%(parent)s is not open to everyone, so what contributes to it cannot be either.")
            raise refuse("confidential-parent", message % {"parent": end.title}, "parent")
        now = clock.now()
        standing = Link.objects.filter(child=child, superseded_at=None)
        same_end = {"objective": to} if isinstance(to, Objective) else {"key_result": to}
        same = standing.filter(kind=kind, weight=weight, **same_end).first()
        if same is not None:
            return same
        replaced = standing.filter(kind=kind) if kind == "contributes" else standing.filter(kind=kind, **same_end)
        replaced.update(superseded_at=now)
        link = Link.objects.create(
            child=child, kind=kind, weight=weight, author=actor.label, known_at=now, **same_end
        )  # fmt: skip
        _announce(actor, child, link)
    return link


def unlink(actor: Actor, link: Link) -> None:
    """Take a link back; it stays in the history."""
    access.require("objective", actor, "change", link.child)
    with writing():
        hold(link)
        if link.superseded_at is None:
            link.superseded_at = clock.now()
            link.save(update_fields=["superseded_at"])
            _announce(actor, link.child, link)


def circle_of(actor: Actor, child: Objective, end: Objective) -> list[str]:
    """The titles on the way from the new parent up to the child, when there is one: the circle the link would close.

    What the actor may not see stands there as three dots.
    """
    parents = _parents()
    path, at = [end.pk], end.pk
    while at in parents and len(path) <= len(parents) + 1:
        at = parents[at]
        path.append(at)
        if at == child.pk:
            titles = dict(access.visible("objective", actor).filter(pk__in=path).values_list("pk", "title"))
            return [child.title, *(titles.get(one, "…") for one in path)]
    return []


def _parents() -> Mapping[int, int]:
    """Objective id -> id of the objective it contributes to, a parent key result counting as its objective."""
    rows = Link.objects.filter(superseded_at=None, kind="contributes").values_list(
        "child_id", "objective_id", "key_result__objective_id"
    )
    return {child: objective or of_key_result for child, objective, of_key_result in rows}


def _announce(actor: Actor, child: Objective, link: Link) -> None:
    end = link.objective if link.objective is not None else link.key_result
    topics = [f"objective:{link.objective.key}"] if link.objective is not None else []
    if link.key_result is not None:
        topics += [f"key_result:{link.key_result.key}", f"objective:{link.key_result.objective.key}"]
    words = f"{link.get_kind_display()} {end}" if link.superseded_at is None else "–"
    announce_objective(actor, "objective.aligned", child, topics=topics, link=words)
