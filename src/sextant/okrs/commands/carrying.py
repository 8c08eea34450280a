"""Drafting an objective anew for another cycle, on the same metrics; nothing of the old one is changed.

Who may close an objective may carry it over, so no other right is asked for here.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from sextant.core import clock
from sextant.core.actors import Actor
from sextant.core.keys import new_keys
from sextant.okrs.commands.announcing import announce_key_result, announce_objective
from sextant.okrs.models import IN_FORCE, Closure, KeyResult, Link, Milestone, Objective, Terms
from sextant.people.models import Person
from sextant.strategy.models import Cycle

SAME = ("title", "description", "team", "is_personal", "theme", "ambition", "rollup", "visibility", "library_key")
SAME_KEY_RESULT = ("title", "kind", "metric", "guard", "reading", "team", "ambition", "check_in_every", "note")
SAME_FIGURES = ("low", "high", "is_strict", "planned_periods", "weight")
AIMS = ("target", "relative", "amount", "stretch", "checkpoints")


def carry(
    actor: Actor, objective: Objective, going: Sequence[tuple[KeyResult, str]], *, decision: str, cycle: Cycle | None
) -> Objective:
    """A draft in the cycle (None: the backlog) with these key results, each kept or modified.

    Call it inside `writing()`. Baselines come from the series at the new start; a kept key result takes its target
    along, a modified one waits for a new one; only steps that are not done go on. Alignment follows what is open.
    """
    draft = Objective(
        **{name: getattr(objective, name) for name in SAME}, owner=_at_work(objective.owner), cycle=cycle,
        created_at=clock.now(),
    )  # fmt: skip
    draft.key = new_keys(Objective, [draft.title])[0]
    draft.save()
    draft.viewers.set(objective.viewers.all())
    draft.contributors.set(objective.contributors.all())
    announce_objective(actor, "objective.created", draft)
    for position, (key_result, verdict) in enumerate(going, 1):
        _carry_key_result(actor, key_result, draft, position, keeps_aim=verdict == "keep")
    _carry_links(actor, objective, draft)
    return draft


def _at_work(person: Person | None) -> Person | None:
    return person if person is not None and person.archived_at is None else None


def _carry_key_result(
    actor: Actor, key_result: KeyResult, draft: Objective, position: int, *, keeps_aim: bool
) -> KeyResult:
    made = KeyResult(
        **{name: getattr(key_result, name) for name in SAME_KEY_RESULT}, objective=draft, position=position,
        owner=_at_work(key_result.owner), created_at=clock.now(),
    )  # fmt: skip
    made.key = new_keys(KeyResult, [made.title])[0]
    made.save()
    made.contributors.set(key_result.contributors.filter(archived_at=None))
    newest = key_result.terms.filter(superseded_at=None).order_by(*IN_FORCE).last()
    terms = Terms(key_result=made, author=actor.label, known_at=clock.now())
    if newest is not None:
        for name in (*SAME_FIGURES, *(AIMS if keeps_aim else ())):
            setattr(terms, name, getattr(newest, name))
    terms.baseline_from_series = key_result.kind in ("metric", "baseline")
    terms.save()
    steps = key_result.milestones.filter(superseded_at=None, done_at=None)
    Milestone.objects.bulk_create(
        Milestone(
            key_result=made, title=one.title, weight=one.weight, position=one.position, known_at=clock.now()
        )
        for one in steps
    )  # fmt: skip
    announce_key_result(actor, "key_result.created", made)
    return made


def _carry_links(actor: Actor, objective: Objective, draft: Objective) -> None:
    """Upwards to what is open, or to what the closed one above became; what went to the new cycle before follows."""
    standing = Link.objects.filter(superseded_at=None).select_related("objective", "key_result__objective", "child")
    for link in standing.filter(child=objective):
        end = _above(link)
        if end.archived_at is not None:
            continue
        if end.state != "closed":
            _link(actor, draft, link, objective=link.objective, key_result=link.key_result)
        elif (above := carried_to(end)) is not None:
            _link(actor, draft, link, objective=above)
    if draft.cycle_id is None:
        return
    below = standing.filter(Q(objective=objective) | Q(key_result__objective=objective), child__archived_at=None)
    for link in below.filter(child__cycle_id=draft.cycle_id).exclude(child__state="closed"):
        link.superseded_at = clock.now()
        link.save(update_fields=["superseded_at"])
        _link(actor, link.child, link, objective=draft)


def _above(link: Link) -> Objective:
    """The objective a link leads to; of a key result, its objective."""
    if link.objective is not None:
        return link.objective
    if link.key_result is None:
        raise LookupError(f"The link {link.pk} leads nowhere.")
    return link.key_result.objective


def carried_to(objective: Objective) -> Objective | None:
    """What a closed objective became, unless that was archived."""
    found = Closure.objects.filter(objective=objective, superseded_at=None, carried_to__archived_at=None)
    closure = found.select_related("carried_to").first()
    return closure.carried_to if closure is not None else None


def _link(
    actor: Actor, child: Objective, like: Link, *, objective: Objective | None = None,
    key_result: KeyResult | None = None,
) -> None:  # fmt: skip
    Link.objects.create(
        child=child, objective=objective, key_result=key_result, kind=like.kind, weight=like.weight,
        author=actor.label, known_at=clock.now(),
    )  # fmt: skip
    end = objective or key_result
    announce_objective(actor, "objective.aligned", child, link=f"{like.get_kind_display()} {end}")
