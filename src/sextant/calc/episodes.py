"""The life of an alert as one pure state machine: what the newest look at a rule means for its episode.

An episode is one time a rule holds for one thing. It opens once, may be acknowledged, snoozed and closed by people,
and ends by itself when the rule no longer holds; whatever stays the same changes nothing and is told to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

NONE, OPEN, ACKNOWLEDGED, SNOOZED, CLOSED = "none", "open", "acknowledged", "snoozed", "closed"
LIVE = (OPEN, ACKNOWLEDGED, SNOOZED)
# What a look at the rule says. Undecided: no value, a stale one, or neither good nor bad enough. Failed: a fault.
HOLDS, CLEAR, UNDECIDED, FAILED = "holds", "clear", "undecided", "failed"
# How an episode ended.
RECOVERED, PASSED, BY_PERSON, MUTED, RETIRED, ESCALATED = (
    "recovered", "passed", "person", "muted", "retired", "escalated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest episode of a rule on a thing. Without one: the state none.

    `until` is the last place (an hour, say the start of a period) at which the rule was seen to hold. `is_over` says of
    an episode closed by a person that the rule ceased to hold since, so that the next time counts again.
    """

    state: str = NONE
    how: str = ""
    closed_at: datetime | None = None
    snooze_until: datetime | None = None
    until: int | None = None
    level: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One look: what it says, for how many periods in a row, how bad (a greater level is worse), and where.

    `since` is given where the rule names its occurrence, such as a deviation by its first period: one that began after
    the last place of an episode is another one. `place` is where the rule was looked at.
    """

    verdict: str
    streak: int = 1
    level: int = 0
    place: int | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient a rule is. `silence` ends a live episode without a note: muted, retired or escalated.

    `is_moment`: what it tells of is over as soon as it was told, so its end is no recovery.
    """

    open_after: int = 1
    recover_after: int = 1
    relapse_window: timedelta = timedelta(0)
    silence: str = ""
    is_moment: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to do.

    nothing | opened | relapsed (opened again soon after a recovery) | replaced (the old episode passed, another one
    opened) | recovered | passed | silenced | woken (a snooze ended) | worsened | eased | lifted (a person closed it,
    and by now it no longer holds). `tells`: whether people hear of it.
    """

    kind: str
    tells: bool = False
    how: str = ""

    @property
    def opens(self) -> bool:
        return self.kind in ("opened", "relapsed", "replaced")

    @property
    def ends(self) -> bool:
        return self.kind in ("recovered", "passed", "silenced", "replaced")


NOTHING = Outcome("nothing")


def step(snapshot: Snapshot, check: Check, now: datetime, policy: Policy) -> Outcome:
    """What this look means for the newest episode. The same look twice means nothing the second time."""
    if policy.silence:
        return Outcome("silenced", how=policy.silence) if snapshot.state in LIVE else NOTHING
    if snapshot.state in LIVE:
        return _of_live(snapshot, check, now, policy)
    return _of_none(snapshot, check, now, policy)


def after(snapshot: Snapshot, check: Check, outcome: Outcome, now: datetime) -> Snapshot:
    """The newest episode once the outcome is carried out."""
    if outcome.opens:
        return Snapshot(OPEN, until=check.place, level=check.level)
    if outcome.ends:
        return replace(snapshot, state=CLOSED, how=outcome.how, closed_at=now, snooze_until=None)
    if outcome.kind == "lifted":
        return replace(snapshot, is_over=True)
    if outcome.kind == "woken":
        snapshot = replace(snapshot, state=OPEN, snooze_until=None)
    if snapshot.state in LIVE and check.verdict == HOLDS:
        return replace(snapshot, until=_later(snapshot.until, check.place), level=check.level)
    return snapshot


def _of_live(snapshot: Snapshot, check: Check, now: datetime, policy: Policy) -> Outcome:
    if check.verdict == CLEAR and check.streak >= policy.recover_after:
        if policy.is_moment:
            return Outcome("passed", how=PASSED)
        return Outcome("recovered", tells=True, how=RECOVERED)
    if check.verdict == HOLDS and _is_another(snapshot, check):
        return Outcome("replaced", tells=True, how=PASSED)
    if snapshot.state == SNOOZED and snapshot.snooze_until is not None and now >= snapshot.snooze_until:
        return Outcome("woken", tells=True)
    if check.verdict == HOLDS and check.level != snapshot.level:
        return Outcome("worsened" if check.level > snapshot.level else "eased")
    return NOTHING


def _of_none(snapshot: Snapshot, check: Check, now: datetime, policy: Policy) -> Outcome:
    closed_by_person = snapshot.how == BY_PERSON and not snapshot.is_over
    if closed_by_person and check.verdict == CLEAR and check.streak >= policy.recover_after:
        return Outcome("lifted")
    if check.verdict != HOLDS or check.streak < policy.open_after:
        return NOTHING
    if check.since is not None:
        if snapshot.how in (BY_PERSON, PASSED, ESCALATED) and not _is_another(snapshot, check):
            return NOTHING  # the same occurrence, told before
    elif closed_by_person:
        return NOTHING
    ended = snapshot.closed_at if snapshot.how == RECOVERED else None
    if ended is not None and policy.relapse_window and now - ended <= policy.relapse_window:
        return Outcome("relapsed", tells=True)
    return Outcome("opened", tells=True)


def _is_another(snapshot: Snapshot, check: Check) -> bool:
    return check.since is not None and snapshot.until is not None and check.since > snapshot.until


def _later(one: int | None, other: int | None) -> int | None:
    return max(one, other) if one is not None and other is not None else other if one is None else one
