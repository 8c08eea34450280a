"""What the looks at one thing mean for its episodes, rule after rule; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sextant.alerts.looks import NOTHING_TO_SEE, Look
from sextant.alerts.models import Alert, RuleFailure
from sextant.alerts.queries.rules import InForce
from sextant.alerts.rules import ABOUT_THE_TARGET, FROM_FINDINGS
from sextant.calc.episodes import (
    BY_PERSON,
    CLOSED,
    ESCALATED,
    FAILED,
    HOLDS,
    LIVE,
    MUTED,
    RETIRED,
    UNDECIDED,
    Outcome,
    Policy,
    Snapshot,
    after,
    step,
)

HOURS = {"hour": 1, "day": 24, "week": 168, "month": 730, "quarter": 2190, "tertial": 2920, "half": 4380, "year": 8760}
SEEN = ("value", "status", "chance", "start", "actual", "gap", "side")  # a change of these is worth a fresh evidence
NO_EPISODE = Snapshot()


@dataclass(frozen=True, slots=True)
class Seen:
    """One rule at one thing: the newest episode, the rule as it holds, and the look; `failure` is the open one."""

    row: Alert | None
    held: InForce
    look: Look
    is_watched: bool
    failure: RuleFailure | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about a rule at a thing."""

    rule: str
    seen: Seen
    look: Look
    outcome: Outcome


def decide(seen: Mapping[str, Seen], frequency: str, now: datetime) -> list[Decision]:
    """Decisions by rule, in the order in which one rule covers another: a red flag covers a missed target, both cover a
    deviation that began no later than they did, and unusual values join a red flag that is up.
    """
    decisions: list[Decision] = []
    so_far: dict[str, Snapshot] = {}
    for rule, one in seen.items():
        snapshot = snapshot_of(one.row)
        look = _with_findings(rule, one.look, seen)
        policy = policy_of(rule, one, frequency)
        if not policy.silence and _is_covered(rule, look, seen, so_far):
            policy = replace(policy, silence=ESCALATED)
        outcome = step(snapshot, look.check, now, policy)
        so_far[rule] = after(snapshot, look.check, outcome, now)
        decisions.append(Decision(rule, one, look, outcome))
    return decisions


def asks_for_more(decision: Decision, now: datetime) -> bool:
    """Whether anything is to be written."""
    one, look = decision.seen, decision.look
    if decision.outcome.kind != "nothing":
        return True
    if look.check.verdict == FAILED:
        known = one.failure
        return known is None or known.message != look.fault or now - known.last_at > timedelta(hours=1)
    if one.failure is not None or has_moved(decision):
        return True
    return one.row is not None and look.check.verdict == HOLDS and bool(corrected_in(one.row, look))


def has_moved(decision: Decision) -> bool:
    """Whether a live episode has new evidence; also where it neither holds nor has ended, such as between target and
    red flag.
    """
    row, look = decision.seen.row, decision.look
    if row is None or not row.is_live or look.check.verdict not in (HOLDS, UNDECIDED) or not look.evidence:
        return False
    return any(look.evidence.get(name) != row.evidence.get(name) for name in SEEN)


def corrected_in(row: Alert, look: Look) -> list[dict[str, Any]]:
    """The values within a live episode's periods that were corrected since it opened, or since that was noted."""
    since = max([int(row.opened_at.timestamp() * 1000), *(each["at"] for each in row.evidence.get("corrected", ()))])
    first, last = row.since, row.until
    if not row.is_live or first is None or last is None:
        return []
    return [
        {"start": start, "at": at, "value": value}
        for start, at, value in look.corrected
        if first <= start <= last and at > since
    ]


def snapshot_of(row: Alert | None) -> Snapshot:
    """What the rule of episodes has to know of a stored alert; `NO_EPISODE` where there is none."""
    if row is None:
        return NO_EPISODE
    return Snapshot(
        row.state, row.closed_how, row.closed_at, row.snooze_until, row.until, row.level, row.is_over
    )  # fmt: skip


def policy_of(rule: str, one: Seen, frequency: str) -> Policy:
    """How episodes of a rule open and end for this thing; what is muted or not watched stays silent."""
    settings = one.held.settings
    silence = "" if one.is_watched else RETIRED
    if not silence and not one.held.is_heard:
        silence = MUTED
    window = timedelta(hours=settings.relapse_periods * HOURS[frequency])
    return Policy(settings.open_after, settings.recover_after, window, silence, one.held.rule.is_moment)


def _is_covered(rule: str, look: Look, seen: Mapping[str, Seen], so_far: Mapping[str, Snapshot]) -> bool:
    """Whether another alert on the same KPI tells the same already."""
    flag = so_far.get("red_flag", NO_EPISODE)
    if rule == "target_crossed":
        return flag.state in LIVE or (flag.state == CLOSED and flag.how == BY_PERSON and not flag.is_over)
    if rule not in FROM_FINDINGS or not look.evidence.get("is_adverse"):
        return False
    first, last = look.evidence["since"], look.evidence["start"]
    # A red flag closed since tells of the values it was up at, or closing it would bring them back as alerts.
    if rule == "unusual" and (flag.state in LIVE or (flag.until is not None and first <= flag.until)):
        return True
    for other in ABOUT_THE_TARGET:
        if other not in so_far or so_far[other].state not in (*LIVE, CLOSED):
            continue
        row = seen[other].row
        opened_now = row is None or (so_far[other].state in LIVE and not row.is_live)
        evidence = seen[other].look.evidence if opened_now or row is None else {"start": row.start, "since": row.since}
        start, since = evidence.get("start"), evidence.get("since")
        if start is not None and since is not None and first <= start and last >= since:
            return True
    return False


def _with_findings(rule: str, look: Look, seen: Mapping[str, Seen]) -> Look:
    """A missed target tells of the deviation that goes with it, a red flag of a value that stands out as well."""
    if rule not in ABOUT_THE_TARGET or look.check.verdict not in (HOLDS, UNDECIDED) or not look.evidence:
        return look
    found: dict[str, Any] = {}
    if look.check.verdict == HOLDS and (deviation := _adverse(seen, "deviation")):
        found["finding"] = deviation
    if rule == "red_flag" and (unusual := _adverse(seen, "unusual")):
        found["unusual"] = unusual
    return replace(look, evidence={**look.evidence, **found}) if found else look


def _adverse(seen: Mapping[str, Seen], rule: str) -> dict[str, Any]:
    """The evidence of a finding for the worse that is there to be seen; empty where there is none."""
    look = seen[rule].look if rule in seen else NOTHING_TO_SEE
    return dict(look.evidence) if look.check.verdict == HOLDS and look.evidence.get("is_adverse") else {}
