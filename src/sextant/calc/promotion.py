"""The life of a KPI, between being watched and being worked on, as one pure state machine over one series.

    monitored -> suspected -> promoted -> restoring -> (reverted) watched -> monitored
                                 |-> overdue -> extended | accepted
    key result met steadily -> (graduated) watched -> monitored

Values are never part of a life: evidence names periods and findings of the one series, by their hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

MONITORED, SUSPECTED, PROMOTED, RESTORING, OVERDUE, ACCEPTED, WATCHED = (
    "monitored", "suspected", "promoted", "restoring", "overdue", "accepted", "watched",
)  # fmt: skip
STATES = (MONITORED, SUSPECTED, PROMOTED, RESTORING, OVERDUE, ACCEPTED, WATCHED)
AT_WORK = (PROMOTED, RESTORING, OVERDUE)
# What a complete period says: target met, between target and red flag, off target, no value or no target.
MET, SHORT, MISSED, NONE = "met", "short", "missed", "none"
RELAPSE = "relapse"
# From which states a person's decision may be taken.
DECISIONS: Mapping[str, tuple[str, ...]] = {
    "promoted": (MONITORED, SUSPECTED, ACCEPTED, WATCHED),
    "extended": AT_WORK,
    "replanned": AT_WORK,
    "accepted": (SUSPECTED, *AT_WORK),
    "withdrawn": AT_WORK,
    "set_aside": (SUSPECTED,),
    "graduated": (MONITORED, SUSPECTED, ACCEPTED, WATCHED),
}
MOST_STEPS = 8  # in one look; the longest way is restoring, reverted, relapsed, cleared


@dataclass(frozen=True, slots=True)
class Life:
    """Where a KPI is in its life. Hours are on the calendar line, of which `ends` is the first that is past.

    `since`: periods that end after it count for this state. `ends`: of a promotion, a watch or an acceptance.
    `promotion` is the id of the one at work, or the last one while watched after it. `origin` is how a watch began
    (reverted, graduated) or that a suspicion is a relapse. `answered`: evidence that began by then was set aside.
    `proof` are the periods that proved the newest reversion; `told` the newest period a correction was told of.
    """

    state: str = MONITORED
    since: int | None = None
    ends: int | None = None
    promotion: int | None = None
    origin: str = ""
    answered: int | None = None
    proof: tuple[int, ...] = ()
    told: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One complete period of the series and what it says."""

    start: int
    end: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Adverse:
    """A finding on the worse side: the starts of its first and its newest period."""

    first: int
    last: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What the series says now. `periods` ascend and leave out what was not applicable; `now` is an hour.

    `discounted`: by kind of step, the newest period whose evidence somebody took back; it counts no more for that kind.
    """

    periods: tuple[Seen, ...]
    adverse: tuple[Adverse, ...]
    now: int
    is_followed: bool = True
    discounted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the rules are, in periods. `watch_ends` is the hour at which a watch that begins now ends."""

    suspect_after: int = 3
    revert_after: int = 3
    heeds_findings: bool = True
    watch_ends: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One transition: its kind, the rule that asked for it, the evidence (starts of periods; the first period of a
    finding), and the life after it.

    suspected | cleared | restoring | slipped | reverted | overdue | relapsed | watch_ended | acceptance_ended |
    restated (nothing changes but what is known) | retired, and the decisions of people.
    """

    kind: str
    rule: str
    after: Life
    periods: tuple[int, ...] = ()
    finding: int | None = None


def steps(life: Life, look: Look, policy: Policy) -> list[Step]:
    """Everything this look asks for, in order; the same look a second time asks for nothing."""
    found: list[Step] = []
    while len(found) < MOST_STEPS and (step := next_step(life, look, policy)) is not None:
        found.append(step)
        life = step.after
    return found


def next_step(life: Life, look: Look, policy: Policy) -> Step | None:
    """The one thing that is to happen next, or None."""
    if not look.is_followed:
        return None if life == Life() else Step("retired", "kpi-not-watched", Life())
    if life.state in AT_WORK:
        return _of_work(life, look, policy)
    rules: Mapping[str, Callable[[Life, Look, Policy], Step | None]] = {
        MONITORED: _of_monitored, SUSPECTED: _of_suspected, ACCEPTED: _of_accepted, WATCHED: _of_watched,
    }  # fmt: skip
    return rules[life.state](life, look, policy)


def replay(lives: Iterable[Life]) -> Life:
    """The life after these transitions, given as the lives after them: the last one."""
    life = Life()
    for each in lives:
        life = each
    return life


def run_of(periods: Sequence[Seen], *verdicts: str, skips: tuple[str, ...] = ()) -> tuple[Seen, ...]:
    """The unbroken row of periods with these verdicts that ends with the newest one; `skips` end no row."""
    row: list[Seen] = []
    for one in reversed(periods):
        if one.verdict in verdicts:
            row.append(one)
        elif one.verdict not in skips:
            break
    return tuple(reversed(row))


def counted(life: Life, look: Look) -> tuple[Seen, ...]:
    """The periods that count for the state: those that were not over when it began."""
    return tuple(one for one in look.periods if life.since is None or one.end > life.since)


def _of_monitored(life: Life, look: Look, policy: Policy) -> Step | None:
    trouble = _trouble(life, look, look.periods, policy, "suspected")
    if trouble is None:
        return None
    rule, periods, finding = trouble
    return Step("suspected", rule, Life(SUSPECTED), periods, finding)


def _of_suspected(life: Life, look: Look, policy: Policy) -> Step | None:
    newest = run_of(look.periods, MET, SHORT, skips=(NONE,))
    nothing_left = not run_of(look.periods, MISSED, skips=(NONE,))
    if not nothing_left or _open_adverse(look, policy) is not None:
        return None
    return Step("cleared", "no-longer-off-target", Life(), tuple(one.start for one in newest[-1:]))


def _of_accepted(life: Life, look: Look, policy: Policy) -> Step | None:
    met = run_of(counted(life, look), MET, skips=(NONE,))
    if met:
        return Step("cleared", "target-met", Life(), (met[-1].start,))
    if life.ends is not None and look.now >= life.ends:
        return Step("acceptance_ended", "date-reached", Life())
    return None


def _of_watched(life: Life, look: Look, policy: Policy) -> Step | None:
    trouble = _trouble(life, look, counted(life, look), policy, "relapsed")
    if trouble is not None:
        rule, periods, finding = trouble
        return Step("relapsed", rule, Life(SUSPECTED, promotion=life.promotion, origin=RELAPSE), periods, finding)
    if life.ends is not None and look.now >= life.ends:
        return Step("watch_ended", "date-reached", Life())
    return _restated_proof(life, look)


def _of_work(life: Life, look: Look, policy: Policy) -> Step | None:
    periods = tuple(one for one in counted(life, look) if one.start > look.discounted.get("reverted", -(2**62)))
    run = run_of(periods, MET)
    if len(run) >= policy.revert_after and not _spoilt(run, look, policy):
        proof = tuple(one.start for one in run[-policy.revert_after :])
        watched = Life(WATCHED, look.now, policy.watch_ends, life.promotion, "reverted", proof=proof)
        if life.state == PROMOTED:
            return Step("restoring", "first-on-target", replace(life, state=RESTORING), (run[0].start,))
        return Step("reverted", "exit-rule", watched, proof)
    if life.state == PROMOTED and run:
        return Step("restoring", "first-on-target", replace(life, state=RESTORING), (run[0].start,))
    if life.state == RESTORING and periods and periods[-1].verdict in (SHORT, MISSED):
        return Step("slipped", "target-missed", replace(life, state=PROMOTED), (periods[-1].start,))
    if life.state != OVERDUE and life.ends is not None and look.now >= life.ends:
        return Step("overdue", "date-reached", replace(life, state=OVERDUE))
    return _would_have_reverted(life, look, periods, policy)


def _would_have_reverted(life: Life, look: Look, periods: Sequence[Seen], policy: Policy) -> Step | None:
    """A row long enough that ended since: values that came late or were corrected; told once, changes nothing."""
    row: list[Seen] = []
    newest: tuple[Seen, ...] = ()
    for one in periods:
        row = [*row, one] if one.verdict == MET else []
        if len(row) >= policy.revert_after:
            newest = tuple(row[-policy.revert_after :])
    if not newest or (life.told is not None and newest[-1].start <= life.told) or _spoilt(newest, look, policy):
        return None
    return Step("restated", "would-have-reverted", replace(life, told=newest[-1].start), _starts(newest))


def _restated_proof(life: Life, look: Look) -> Step | None:
    """A period that proved the reversion and does not meet the target any more."""
    gone = tuple(one.start for one in look.periods if one.start in life.proof and one.verdict != MET)
    if not gone or life.told == gone[-1]:
        return None
    return Step("restated", "proof-corrected", replace(life, told=gone[-1]), gone)


def _trouble(
    life: Life, look: Look, periods: Sequence[Seen], policy: Policy, kind: str
) -> tuple[str, tuple[int, ...], int | None] | None:
    """(rule, periods, finding) that speak for a suspicion; what began by `answered` was set aside."""
    quiet = max((one for one in (life.answered, look.discounted.get(kind)) if one is not None), default=-(2**62))
    run = run_of(periods, MISSED, skips=(NONE,))
    if len(run) >= policy.suspect_after and run[0].start > quiet:
        return "off-target", _starts(run), None
    finding = _open_adverse(look, policy)
    if finding is not None and finding.first > quiet and any(one.start >= finding.first for one in periods):
        first = min((one.start for one in periods), default=finding.first)
        if finding.first >= first:
            return "adverse-finding", (finding.last,), finding.first
    return None


def _open_adverse(look: Look, policy: Policy) -> Adverse | None:
    found = [one for one in look.adverse if one.is_open]
    return found[-1] if found and policy.heeds_findings else None


def _spoilt(run: Sequence[Seen], look: Look, policy: Policy) -> bool:
    """Whether an adverse finding touches the row."""
    return policy.heeds_findings and any(
        one.last >= run[0].start and one.first <= run[-1].start for one in look.adverse
    )


def _starts(periods: Iterable[Seen]) -> tuple[int, ...]:
    return tuple(one.start for one in periods)
