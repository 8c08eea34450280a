"""The life of a KPI, between being watched and being worked on, as one pure state machine over one series.

    monitored -> suspected -> promoted -> restoring -> (reverted) watched -> monitored
                                 |-> overdue -> extended | accepted
    key result met steadily -> (graduated) watched -> monitored

Values are never part of a life: evidence names periods and findings of the one series, by their hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sextant.calc.promotion_advice import Entry, Offer, doubts, graduation, watch_end

__all__ = [
    "Adverse", "Entry", "Life", "Look", "Offer", "Policy", "Seen", "Step", "calmed", "counted", "doubts", "graduation",
    "next_step", "replay", "run_of", "steps", "watch_end",
]  # fmt: skip

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
BORNE_AFTER = 6  # periods on target in a row since a change for the worse: the target bears it
MOST_STEPS = 8  # in one look; far more than any way needs
LONG_AGO = -(2**62)


@dataclass(frozen=True, slots=True)
class Life:
    """Where a KPI is in its life. Hours are on the calendar line, of which `ends` is the first that is past.

    `since`: periods that end after it count for this state. `ends`: of a promotion, a watch or an acceptance; a relapse
    keeps the end of the watch it broke, which goes on when the relapse is over.
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

    They reach back to all that the life names: to the first period of `proof`, and to before `since` and `answered`.
    `is_worked_on`: the key result of the promotion is open. `discounted`: by kind of step, the newest period whose
    evidence somebody took back; it counts no more for that kind. What time alone asks for cannot be discounted.
    """

    periods: tuple[Seen, ...]
    adverse: tuple[Adverse, ...]
    now: int
    is_followed: bool = True
    is_worked_on: bool = True
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
    restated (nothing changes but what is known) | retired | withdrawn (the key result was closed by somebody), and the
    decisions of people.
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
        return None if life.state == MONITORED else Step("retired", "kpi-not-watched", Life())
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


def calmed(life: Life, now: int) -> Life:
    """The life once a suspicion is over: monitored; after a relapse watched again, while its watch lasts."""
    if life.origin == RELAPSE and life.ends is not None and now < life.ends:
        origin = "reverted" if life.promotion is not None else "graduated"
        return Life(WATCHED, now, life.ends, life.promotion, origin, life.answered, life.proof, life.told)
    return Life(answered=life.answered)


def _of_monitored(life: Life, look: Look, policy: Policy) -> Step | None:
    trouble = _trouble(life, look, look.periods, policy, "suspected")
    if trouble is None:
        return None
    rule, periods, finding = trouble
    return Step("suspected", rule, Life(SUSPECTED, answered=life.answered), periods, finding)


def _of_suspected(life: Life, look: Look, policy: Policy) -> Step | None:
    """Over when the newest value is not past the red flag any more, and no other finding is open than those answered.

    Silence ends no suspicion; values or a target that were taken away do.
    """
    if run_of(look.periods, MISSED, skips=(NONE,)) or _open_adverse(look, life.answered) is not None:
        return None
    newest = run_of(look.periods, MET, SHORT, skips=(NONE,))
    after = calmed(life, look.now)
    if not newest:
        return Step("cleared", "nothing-to-judge", after)
    if newest[-1].start <= look.discounted.get("cleared", LONG_AGO):
        return None
    return Step("cleared", "no-longer-off-target", after, (newest[-1].start,))


def _of_accepted(life: Life, look: Look, policy: Policy) -> Step | None:
    met = run_of(counted(life, look), MET, skips=(NONE,))
    if met and met[-1].start > look.discounted.get("cleared", LONG_AGO):
        return Step("cleared", "target-met", Life(), (met[-1].start,))
    if life.ends is not None and look.now >= life.ends:
        return Step("acceptance_ended", "date-reached", Life())
    return None


def _of_watched(life: Life, look: Look, policy: Policy) -> Step | None:
    trouble = _trouble(life, look, counted(life, look), policy, "relapsed")
    if trouble is not None:
        rule, periods, finding = trouble
        return Step("relapsed", rule, replace(life, state=SUSPECTED, origin=RELAPSE), periods, finding)
    if life.ends is not None and look.now >= life.ends:
        return Step("watch_ended", "date-reached", Life(answered=life.answered))
    return _restated_proof(life, look)


def _of_work(life: Life, look: Look, policy: Policy) -> Step | None:
    if not look.is_worked_on:
        return Step("withdrawn", "key-result-closed", Life())
    periods = tuple(one for one in counted(life, look) if one.start > look.discounted.get("reverted", LONG_AGO))
    run, needed = run_of(periods, MET), max(1, policy.revert_after)
    back = run_of(periods, MET, skips=(NONE,))
    if life.state == PROMOTED and back and back[-1].start > look.discounted.get("restoring", LONG_AGO):
        return Step("restoring", "first-on-target", replace(life, state=RESTORING), (back[0].start,))
    if life.state != PROMOTED and len(run) >= needed and not _spoilt(run[-needed:], look, policy):
        proof = _starts(run[-needed:])
        watched = Life(WATCHED, look.now, policy.watch_ends, life.promotion, "reverted", proof=proof)
        return Step("reverted", "exit-rule", watched, proof)
    slip = run_of(periods, SHORT, MISSED, skips=(NONE,))
    if life.state == RESTORING and slip and slip[-1].start > look.discounted.get("slipped", LONG_AGO):
        return Step("slipped", "target-missed", replace(life, state=PROMOTED), (slip[-1].start,))
    if life.state != OVERDUE and life.ends is not None and look.now >= life.ends:
        return Step("overdue", "date-reached", replace(life, state=OVERDUE))
    return _would_have_reverted(life, look, periods, policy)


def _would_have_reverted(life: Life, look: Look, periods: Sequence[Seen], policy: Policy) -> Step | None:
    """A row long enough that ended since: values that came late or were corrected; told once, changes nothing."""
    row: list[Seen] = []
    newest: tuple[Seen, ...] = ()
    needed = max(1, policy.revert_after)
    for one in periods:
        row = [*row, one] if one.verdict == MET else []
        if len(row) >= needed and not _spoilt(row[-needed:], look, policy):
            newest = tuple(row[-needed:])
    known = max(LONG_AGO if life.told is None else life.told, look.discounted.get("restated", LONG_AGO))
    if not newest or newest[-1].start <= known or newest[-1] == periods[-1]:
        return None
    return Step("restated", "would-have-reverted", replace(life, told=newest[-1].start), _starts(newest))


def _restated_proof(life: Life, look: Look) -> Step | None:
    """A period that proved the reversion and does not meet the target any more, or has no value any more."""
    met = {one.start for one in look.periods if one.verdict == MET}
    gone = tuple(start for start in life.proof if start not in met)
    if not gone or life.told == gone[-1] or gone[-1] <= look.discounted.get("restated", LONG_AGO):
        return None
    return Step("restated", "proof-corrected", replace(life, told=gone[-1]), gone)


def _trouble(
    life: Life, look: Look, periods: Sequence[Seen], policy: Policy, kind: str
) -> tuple[str, tuple[int, ...], int | None] | None:
    """(rule, periods, finding) that speak for a suspicion; what began by `answered` was set aside."""
    quiet = max(LONG_AGO if life.answered is None else life.answered, look.discounted.get(kind, LONG_AGO))
    run = run_of(periods, MISSED, skips=(NONE,))
    if len(run) >= policy.suspect_after and run[0].start > quiet:
        return "off-target", _starts(run), None
    if life.state == WATCHED:  # what began before is no relapse
        quiet = max(quiet, periods[0].start - 1 if periods else look.now)
    finding = _open_adverse(look, quiet)
    return None if finding is None else ("adverse-finding", (finding.last,), finding.first)


def _open_adverse(look: Look, quiet: int | None) -> Adverse | None:
    """The newest adverse finding that is open, began after `quiet`, and that the target does not bear for long."""
    met = run_of(look.periods, MET, skips=(NONE,))
    since = met[-BORNE_AFTER].start if len(met) >= BORNE_AFTER else None
    found = [
        one for one in look.adverse
        if one.is_open and one.first > (LONG_AGO if quiet is None else quiet) and (since is None or one.first > since)
    ]  # fmt: skip
    return found[-1] if found else None


def _spoilt(run: Sequence[Seen], look: Look, policy: Policy) -> bool:
    """Whether an adverse finding touches the row."""
    return policy.heeds_findings and any(
        one.last >= run[0].start and one.first <= run[-1].start for one in look.adverse
    )


def _starts(periods: Iterable[Seen]) -> tuple[int, ...]:
    return tuple(one.start for one in periods)
