"""Evaluating the rules: many things at once, with a fixed number of statements for each group of them.

A group is looked at outside of any transaction; only what would change is looked at again and decided inside one, so
that nobody waits for arithmetic and nothing is decided on old values. One transaction per group: whoever dies in
between leaves whole groups, and doing a group again changes nothing. What people are to hear is left as untold steps
(`telling`), so that one message can tell of many.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Max, Q

from sextant.alerts import looking
from sextant.alerts.affected import Affected
from sextant.alerts.changing import Changes
from sextant.alerts.deciding import Decision, Seen, asks_for_more, decide
from sextant.alerts.hearing import Hearing
from sextant.alerts.looks import NOTHING_TO_SEE
from sextant.alerts.models import Alert, AlertStep, Response, RuleFailure
from sextant.alerts.queries.rules import RulesInForce
from sextant.alerts.rules import RULES
from sextant.calc.episodes import FAILED, HOLDS
from sextant.core import clock, jobs
from sextant.core.editing import held
from sextant.core.writing import alone, writing
from sextant.kpis.models import Kpi
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.models import KeyResult
from sextant.people import queries as people

AT_FIRST, GROUP = 2000, 500  # looked at together, and changed in one transaction
TELL = "alerts.tell"
RULES_OF = {kind: tuple(rule for rule in RULES.values() if kind in rule.things and rule.is_available)
            for kind in ("kpi", "key_result")}  # fmt: skip


def evaluate(
    metric_ids: Collection[int] | None = None, *, rules: Collection[str] = (), as_of: date | None = None
) -> int:
    """Look at the KPIs on these metrics (None: at all) and change the episodes that are not as they should be.

    `rules` narrows which ones (none: all, but a value becomes late only where `late` is named); `as_of` looks from the
    end of a past day, for builders of history. KPIs that are not watched any more end their alerts. Returns how many
    episodes or failures changed; repeating it at once changes nothing.
    """
    watched = Kpi.objects.filter(state="active", archived_at=None, metric__archived_at=None)
    alive = Kpi.objects.filter(alerts__closed_at=None, alerts__isnull=False)
    ids: set[int] = set()
    for part in [None] if metric_ids is None else _parts(sorted(metric_ids)):
        where = Q() if part is None else Q(metric_id__in=part)
        ids |= set(watched.filter(where).order_by().values_list("pk", flat=True))
        ids |= set(alive.filter(where).order_by().values_list("pk", flat=True))
    return _in_groups("kpi", ids, frozenset(rules), as_of)


def evaluate_key_results(
    ids: Collection[int] | None = None, *, rules: Collection[str] = (), as_of: date | None = None
) -> int:
    """As `evaluate`, for key results by their own ids (None: all)."""
    found: set[int] = set()
    for part in [None] if ids is None else _parts(sorted(ids)):
        where = Q() if part is None else Q(pk__in=part)
        found |= set(looking.watched_key_results().filter(where).order_by().values_list("pk", flat=True))
        alive = KeyResult.objects.filter(where, alerts__closed_at=None, alerts__isnull=False)
        found |= set(alive.order_by().values_list("pk", flat=True))
    return _in_groups("key_result", found, frozenset(rules), as_of)


def evaluate_affected(affected: Affected) -> int:
    """Look at what events made worth a new look: KPIs and key results on these metrics, and others named."""
    changed = evaluate(affected.metrics)
    if affected.metrics is None or affected.key_results is None:
        return changed + evaluate_key_results()
    return changed + evaluate_key_results(affected.key_results | key_results_on(affected.metrics))


def key_results_on(metric_ids: Iterable[int]) -> set[int]:
    """The running key results whose value one of these metrics is."""
    found: set[int] = set()
    for part in _parts(sorted(metric_ids)):
        rows = looking.watched_key_results().filter(metric_id__in=part).order_by()
        found |= set(rows.values_list("pk", flat=True))
    return found


def sweep() -> int:
    """What time alone changes: values and check-ins that became late, key results that fell behind, responses due."""
    changed = evaluate(rules=("late",))
    changed += evaluate_key_results()
    return changed + remind()


def recheck() -> int:
    """Wake the snoozed alerts whose day has come, or end those that no longer hold."""
    due = Alert.objects.filter(recheck_at__lte=clock.now(), closed_at=None)
    changed = 0
    for kind in RULES_OF:
        ids = set(due.exclude(**{kind: None}).values_list(f"{kind}_id", flat=True))
        changed += _in_groups(kind, ids, frozenset(), None)
    return changed


def remind() -> int:
    """Tell who is to answer that a response is past its day, once. Returns how many."""
    today = standpoint().now.date()
    late = Response.objects.filter(answered_at=None, reminded_at=None, due_on__lt=today, alert__closed_at=None)
    if not late.exists():
        return 0
    with writing():
        alone("alerts")
        rows = list(late.select_related("alert"))
        now = clock.now()
        steps = [
            AlertStep(
                alert=row.alert, kind="response_due", before=row.alert.state, after=row.alert.state,
                evidence=row.alert.evidence, author="Sextant", known_at=now, is_untold=True,
            )
            for row in rows
        ]  # fmt: skip
        AlertStep.objects.bulk_create(steps, batch_size=500)
        Response.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_at=now)
        jobs.enqueue(TELL, {}, once="tell")
    return len(rows)


def _in_groups(kind: str, ids: Collection[int], rules: frozenset[str], as_of: date | None) -> int:
    if not ids:
        return 0
    changed = 0
    with people.remembering():
        for part in _parts(sorted(ids), AT_FIRST):
            changing, _ = _decisions(kind, part, rules, as_of, newest=looking.FIRST_LOOK)
            for group in _parts(sorted(changing)):
                changed += _change_group(kind, group, rules, as_of)
    return changed


def _change_group(kind: str, ids: Sequence[int], rules: frozenset[str], as_of: date | None) -> int:
    with writing():
        alone("alerts")
        decided, point = _decisions(kind, ids, rules, as_of, newest=looking.WHOLE_LOOK)
        if not decided:
            return 0
        things = looking.with_relations(kind, set(decided))
        changes = Changes(point, clock.now(), Hearing())
        for thing_id, decisions in decided.items():
            changes.take(things[thing_id], decisions)
        changes.write()
        if changes.is_something_to_tell:
            jobs.enqueue(TELL, {}, once="tell")
    return sum(len(decisions) for decisions in decided.values())


def _decisions(
    kind: str, ids: Sequence[int], rules: frozenset[str], as_of: date | None, *, newest: int
) -> tuple[dict[int, list[Decision]], Standpoint]:
    """What asks for a change, by thing."""
    point = standpoint(as_of)
    rules_held = RulesInForce(point)
    chosen = [rule.key for rule in RULES_OF[kind] if not rules or rule.key in rules]
    look: Callable[..., looking.Looked] = looking.look_at_kpis if kind == "kpi" else looking.look_at_key_results
    found = look(ids, rules_held, point, frozenset(chosen), newest=newest)
    episodes = _newest_episodes(kind, ids, is_held=newest == looking.WHOLE_LOOK)
    failures = _failures(kind, ids)
    now, changing = clock.now(), {}
    known = {thing_id for _, thing_id in (*episodes, *failures)}
    for thing_id, team_id in found.teams.items():
        is_watched, looks, own = thing_id in found.looks, found.looks.get(thing_id, {}), {f"{kind}_id": thing_id}
        if thing_id not in known and not any(look.check.verdict in (HOLDS, FAILED) for look in looks.values()):
            continue  # nearly all of them
        seen = {
            rule: Seen(
                episodes.get((rule, thing_id)), rules_held.at(rule, team_id, **own), looks.get(rule, NOTHING_TO_SEE),
                is_watched, failures.get((rule, thing_id)),
            )
            for rule in chosen
        }  # fmt: skip
        decided = decide(seen, found.frequencies[thing_id], now)
        more = [one for one in decided if asks_for_more(one, now) and (rules or not _is_only_time(one))]
        if more:
            changing[thing_id] = more
    return changing, point


def _is_only_time(one: Decision) -> bool:
    """Whether a value would become late: time alone does that, while others may just be on their way."""
    return one.rule == "late" and one.outcome.opens


def _newest_episodes(kind: str, ids: Sequence[int], *, is_held: bool) -> dict[tuple[str, int], Alert]:
    """The newest episode of each rule, by (rule, id of the thing); held, so that no person's word is written over."""
    column = f"{kind}_id"
    newest = Alert.objects.filter(**{f"{column}__in": ids}).order_by().values("rule", column).annotate(newest=Max("pk"))
    found = held(Alert).order_by("pk") if is_held else Alert.objects.all()
    rows = found.in_bulk([row["newest"] for row in newest])
    related = looking.with_relations(kind, {getattr(row, column) for row in rows.values()})
    for row in rows.values():
        setattr(row, kind, related[getattr(row, column)])
    return {(row.rule, getattr(row, column)): row for row in rows.values()}


def _failures(kind: str, ids: Sequence[int]) -> dict[tuple[str, int], RuleFailure]:
    column, asked = f"{kind}_id", set(ids)
    # A range, since a list of hundreds of ids takes longer to read than the few failures there are.
    rows = RuleFailure.objects.filter(cleared_at=None, **{f"{column}__gte": min(asked), f"{column}__lte": max(asked)})
    return {(row.rule, getattr(row, column)): row for row in rows if getattr(row, column) in asked}


def _parts(ids: Sequence[Any], size: int = GROUP) -> Iterator[Sequence[Any]]:
    for first in range(0, len(ids), size):
        yield ids[first : first + size]
