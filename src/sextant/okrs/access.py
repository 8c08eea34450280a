"""Who may see and change objectives and what hangs on them: a key result is as visible as its objective."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from sextant.core import access
from sextant.core.actors import Actor
from sextant.metrics.models import Metric
from sextant.notifications import subjects
from sextant.okrs.models import Candidate, CheckIn, Initiative, KeyResult, Objective
from sextant.people.roles import allows

# What a contributor of the team may do to a draft they wrote, and the owner to what they own.
OWNER_ACTIONS = frozenset({"change", "check_in", "propose", "work", "activate", "close"})


def visible_to(actor: Actor) -> QuerySet[Objective]:
    """Objectives the actor may see; a private one is its owner's alone, not even an administrator's."""
    found = Objective.objects.select_related("team", "owner", "cycle", "theme")
    return found.filter(access.seen_by(actor, Objective))


def can(actor: Actor, action: str, objective: Objective) -> bool:
    """Actions: view, change, propose, agree, activate, close, check_in, work (initiatives)."""
    if action == "view":
        return actor.may_read
    if actor.person_id is not None and actor.person_id == objective.owner_id and action in OWNER_ACTIONS:
        return actor.may_write
    if action == "change" and objective.state in ("draft", "proposed"):
        return allows(actor, "objective.create", objective.team_id)
    return allows(actor, f"objective.{action}", objective.team_id)


def visible_key_results(actor: Actor) -> QuerySet[KeyResult]:
    found = KeyResult.objects.select_related("objective", "objective__team", "objective__cycle", "owner", "metric")
    return found.filter(objective_id__in=visible_to(actor).values("id"))


def can_key_result(actor: Actor, action: str, key_result: KeyResult) -> bool:
    """The owner of a key result checks in on it, and so do those who contribute; its figures are the objective's."""
    mine = actor.person_id is not None and actor.person_id == key_result.owner_id
    if mine and action in OWNER_ACTIONS:
        return actor.may_write
    helps = action == "check_in"
    if helps and key_result.contributors.filter(pk=actor.person_id or 0).exists():
        return actor.may_write
    return can(actor, action, key_result.objective)


def visible_initiatives(actor: Actor) -> QuerySet[Initiative]:
    found = Initiative.objects.select_related("objective", "objective__team", "key_result", "owner")
    return found.filter(objective_id__in=visible_to(actor).values("id"))


def can_initiative(actor: Actor, action: str, initiative: Initiative) -> bool:
    mine = actor.person_id is not None and actor.person_id == initiative.owner_id
    if mine and action != "view":
        return actor.may_write
    return can(actor, "work" if action == "change" else action, initiative.objective)


def visible_check_ins(actor: Actor) -> QuerySet[CheckIn]:
    """Published check-ins on what the actor may see, and their own drafts."""
    from sextant.kpis.access import visible_to as visible_kpis

    found = CheckIn.objects.select_related("key_result", "kpi", "kpi__metric", "author_person")
    on_key_results = Q(key_result_id__in=visible_key_results(actor).values("id"))
    on_kpis = Q(kpi_id__in=visible_kpis(actor).values("id"))
    return found.filter(on_key_results | on_kpis).filter(
        Q(is_draft=False) | Q(author_person_id=actor.person_id or 0, is_draft=True)
    )


def can_check_in(actor: Actor, action: str, check_in: CheckIn) -> bool:
    """The author takes it back or changes a draft; who leads the team acknowledges."""
    if action == "view":
        return actor.may_read
    if action == "acknowledge":
        team_id = (
            check_in.key_result.objective.team_id
            if check_in.key_result is not None
            else check_in.kpi.metric.team_id
            if check_in.kpi is not None
            else None
        )
        return allows(actor, "check_in.acknowledge", team_id)
    return actor.may_write and actor.person_id is not None and actor.person_id == check_in.author_person_id


def visible_candidates(actor: Actor) -> QuerySet[Candidate]:
    """Those of the actor's reach: one about a KPI, or drafted as an objective, is as visible as that."""
    from sextant.kpis.access import visible_to as visible_kpis

    found = Candidate.objects.select_related("team", "cycle", "kpi", "objective")
    if not actor.may_read:
        return found.none()
    open_kpi = Q(kpi=None) | Q(kpi_id__in=visible_kpis(actor).values("id"))
    return found.filter(open_kpi, Q(objective=None) | Q(objective_id__in=visible_to(actor).values("id")))


def can_candidate(actor: Actor, action: str, candidate: Candidate) -> bool:
    if action == "view":
        return actor.may_read
    return allows(actor, f"candidate.{action}", candidate.team_id)


def register() -> None:
    kinds: dict[str, tuple[Any, Any]] = {
        "objective": (visible_to, can),
        "key_result": (visible_key_results, can_key_result),
        "initiative": (visible_initiatives, can_initiative),
        "check_in": (visible_check_ins, can_check_in),
        "candidate": (visible_candidates, can_candidate),
    }
    for kind, rule in kinds.items():
        access.register(kind, *rule)
    subjects.register("objective", also=lambda one: [("key_result", key) for key in _keys_below(one)])
    subjects.register("key_result", row=lambda one: one.objective)
    subjects.register("initiative", row=lambda one: one.objective)
    subjects.register(
        "check_in",
        row=_row_of_check_in,
        owners=lambda one: [one.author_person_id],
        label=_label_of_check_in,
        log=_thing_of_check_in,
        by_id=True,
    )


def _keys_below(objective: Objective) -> list[str]:
    return list(objective.key_results.values_list("key", flat=True))


def _row_of_check_in(check_in: CheckIn) -> Objective | Metric | None:
    """What holds the rights to it; a draft is its author's alone and not talked about."""
    if check_in.is_draft:
        return None
    if check_in.key_result is not None:
        return check_in.key_result.objective
    return check_in.kpi.metric if check_in.kpi is not None else None


def _thing_of_check_in(check_in: CheckIn) -> tuple[str, str]:
    """What the events of a conversation about it are about."""
    if check_in.key_result is not None:
        return "key_result", check_in.key_result.key
    assert check_in.kpi is not None
    return "kpi", check_in.kpi.key


def _label_of_check_in(check_in: CheckIn) -> str:
    return _("Check-in on %(thing)s") % {"thing": check_in.key_result or check_in.kpi}
