"""A key result and where it stands: value, progress, pace, and the three truths. The arithmetic is `calc`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.functional import cached_property

from sextant.calc import pace as pacing
from sextant.calc.freshness import freshness as age_of
from sextant.calc.pace import elapsed_share, expected_share, key_result_status, plan_path
from sextant.calc.periods import Calendar, Frequency, hour_of
from sextant.calc.progress import (
    Tally,
    checkpoint_progress,
    guardrail_tally,
    milestones_progress,
    progress,
    relative_target,
)
from sextant.calc.rollup import Part
from sextant.calc.truths import Truths, truths
from sextant.forecasts.queries.chances import Chance
from sextant.metrics.queries.series import Series
from sextant.okrs.models import KeyResult
from sextant.okrs.queries.rows import (
    CheckInRow,
    CheckInSign,
    KeyResultRow,
    MetricRow,
    MilestoneRow,
    ObjectiveRow,
    TermsRow,
    day_of,
    json_of,
)
from sextant.okrs.queries.values import Value, periods_since, total_since, value_at

if TYPE_CHECKING:
    from sextant.okrs.queries.standing import Board

_truths = lru_cache(maxsize=512)(truths)  # a few words in, a few words out, thousands of times
CADENCE_DAYS = {"week": 7, "two_weeks": 14, "month": 31}


@lru_cache(maxsize=8192)
def _hour(day: date) -> int:
    return hour_of(day)


@lru_cache(maxsize=8192)
def _age(end: int | None, now: int, frequency: str, grace_days: int, calendar: Calendar) -> str:
    return age_of(end, now, Frequency(frequency), grace_days, calendar)


@dataclass(slots=True, eq=False)
class Facts:
    """What was read for a key result."""

    row: KeyResultRow
    objective: ObjectiveRow
    terms: Sequence[TermsRow]
    metric: MetricRow | None
    latest: Value | None
    series: Series | None
    milestones: Sequence[MilestoneRow]
    check_in: CheckInSign | None


class KeyResultStanding:
    """A key result and where it stands at a standpoint."""

    def __init__(self, board: Board, facts: Facts) -> None:
        self.board, self.facts = board, facts
        row = facts.row
        self.pk, self.key, self.title, self.kind = row.id, row.key, row.title, row.kind
        self.metric = facts.metric
        self.milestones = facts.milestones
        self.is_published = bool(row.is_published)

    def __repr__(self) -> str:
        return f"<{self.key}: {self.progress} {self.status}>"

    @property
    def latest_check_in(self) -> CheckInRow | None:
        """The newest published check-in with all it says; the first one asked for reads those of the whole board."""
        return None if self.facts.check_in is None else self.board.check_ins[self.facts.check_in.id]

    @property
    def key_result(self) -> KeyResult:
        """The model; the first one asked for reads those of the whole board."""
        return self.board.models[self.pk]

    @property
    def starts_on(self) -> date | None:
        return day_of(self.facts.row.starts_on) or day_of(self.facts.objective.starts_on)

    @property
    def due_on(self) -> date | None:
        return day_of(self.facts.row.due_on) or day_of(self.facts.objective.ends_on)

    @cached_property
    def start(self) -> int | None:
        """The hour it begins."""
        return None if self.starts_on is None else _hour(self.starts_on)

    @cached_property
    def end(self) -> int | None:
        """The hour after its last day."""
        return None if self.due_on is None else _hour(self.due_on) + 24

    @cached_property
    def terms(self) -> TermsRow | None:
        """The figures in force now: the newest whose hour has come."""
        own = self.facts.terms
        if len(own) <= 1:
            return own[0] if own else None
        now = self.board.now
        due = [one for one in own if one.valid_from is None or one.valid_from <= now]
        return due[-1] if due else own[0]

    @property
    def weight(self) -> float:
        return 1.0 if self.terms is None else self.terms.weight

    @cached_property
    def baseline(self) -> float | None:
        terms = self.terms
        if terms is None:
            return None
        if terms.baseline is None and terms.from_series and self.facts.series is not None and self.start is not None:
            found = value_at(self.facts.series, self.start)
            return None if found is None else found.value
        return terms.baseline

    @cached_property
    def target(self) -> float | None:
        """The value to reach; a relative one is resolved from the baseline."""
        terms = self.terms
        if terms is None or not terms.relative or terms.amount is None:
            return None if terms is None else terms.target
        if self.baseline is None or self.metric is None:
            return None
        return relative_target(self.baseline, terms.amount, terms.relative, self.metric.direction)

    @cached_property
    def former_target(self) -> float | None:
        """The target before it was changed, which stays drawn beside the new one."""
        if self.terms is None or len(self.facts.terms) < 2:
            return None
        others = [one.target for one in self.facts.terms if one.id != self.terms.id and one.target != self.terms.target]
        return others[-1] if others else None

    @cached_property
    def reading(self) -> Value | None:
        """The value that counts with its period."""
        facts = self.facts
        if facts.row.reading == "total" and facts.series is not None and self.start is not None:
            return total_since(facts.series, self.start, min(self.end or self.board.now, self.board.now + 1))
        return facts.latest

    @property
    def value(self) -> float | None:
        return None if self.reading is None else self.reading.value

    @cached_property
    def tally(self) -> Tally | None:
        """How a guardrail was kept so far."""
        terms = self.terms
        if self.kind != "guardrail" or terms is None or not terms.planned:
            return None
        values: list[float | None] = []
        if self.facts.series is not None and self.start is not None:
            values = periods_since(self.facts.series, self.start, self.end or self.board.now)
        return guardrail_tally(
            values,
            low=terms.low,
            high=terms.high,
            is_strict=bool(terms.is_strict),
            planned=max(terms.planned, len(values)),
        )

    @cached_property
    def checkpoints(self) -> list[tuple[float, float]]:
        raw = json_of(self.terms.checkpoints) if self.terms is not None else []
        return [(float(value), float(share)) for value, share in raw]

    @cached_property
    def progress(self) -> float | None:
        """The raw share of the way, not clamped; None without data."""
        kind = self.kind
        if kind == "metric":
            if self.terms is not None and self.terms.checkpoints not in ("[]", []):
                return checkpoint_progress(self.value, self.checkpoints)
            return progress(self.value, self.baseline, self.target)
        if kind == "guardrail":
            return None if self.tally is None else self.tally.share
        if kind in ("milestones", "yes_no"):
            return milestones_progress([(one.weight, bool(one.is_done)) for one in self.milestones])
        return None

    def share_of(self, value: float) -> float | None:
        """The progress a value would mean."""
        if self.checkpoints:
            return checkpoint_progress(value, self.checkpoints)
        return progress(value, self.baseline, self.target)

    @cached_property
    def elapsed(self) -> float | None:
        """The share of the time that has gone by."""
        if self.start is None or self.end is None:
            return None
        return elapsed_share(self.board.now, self.start, self.end)

    @cached_property
    def plan(self) -> list[tuple[float, float]]:
        """Plan values by the hour they are for."""
        raw = json_of(self.terms.plan) if self.terms is not None else []
        return [(float(hour), float(value)) for hour, value in raw]

    @cached_property
    def expected(self) -> float | None:
        """The progress expected by now."""
        if self.elapsed is None or self.start is None or self.end is None:
            return None
        if self.kind == "guardrail":
            return None if self.tally is None else self.tally.expected
        if self.kind in ("milestones", "yes_no"):
            today = self.board.point.now.date()
            due = [(one.weight, (day_of(one.due_on) or self.due_on or today) < today) for one in self.milestones]
            return milestones_progress(due)
        if self.terms is not None and self.terms.plan not in ("[]", []):
            path = plan_path(self.plan, self.start, self.end, self.share_of)
            return expected_share(self.elapsed, plan=path)
        return expected_share(self.elapsed)

    @property
    def pace(self) -> float | None:
        return pacing.pace(self.progress, self.expected)

    @cached_property
    def freshness(self) -> str:
        """The age of the value, or of the last check-in where there is no metric: fresh, due, stale or never."""
        metric = self.metric
        if self.facts.objective.state == "closed":  # nobody waits for another value
            return "fresh" if self.progress is not None else "never"
        if metric is not None:
            end = None if self.reading is None else self.reading.end
            now = self.board.now if metric.frequency != "hour" else self.board.now_utc
            return _age(end, now, metric.frequency, metric.grace_days, self.board.calendar_of(metric))
        if self.milestones and all(one.is_done for one in self.milestones):
            return "fresh"
        days = CADENCE_DAYS[self.facts.row.check_in_every]
        signs = [_moment(one.done_at) for one in self.milestones if one.is_done]
        if (said := self.latest_check_in) is not None:
            signs.append(_moment(said.known_at))
        since = max(signs, default=self.starts_on)
        if since is None:
            return "never"
        gone = (self.board.point.now.date() - since).days
        if gone <= days:
            return "fresh"
        return "due" if gone <= days + 7 else "stale"

    @cached_property
    def computed(self) -> str:
        """The computed status, the age of the data apart: by the chance where there is one, else by the pace."""
        if self.kind == "baseline":
            overdue = self.due_on is not None and self.board.point.now.date() > self.due_on
            return "off_track" if overdue else "incomplete"
        if self.kind in ("metric", "guardrail") and self.progress is None and self._is_incomplete():
            return "incomplete"
        return key_result_status(self.progress, self.expected, self.elapsed, self.chance)

    @property
    def outlook(self) -> Chance:
        """The chance of reaching the target by the end, with its fan, or why there is none."""
        return self.board.outlooks[self.pk]

    @cached_property
    def chance(self) -> float | None:
        """The share of the futures in which the target is met; it decides the status where it is known."""
        return self.board.outlooks[self.pk].share if self.kind == "metric" else None

    def _is_incomplete(self) -> bool:
        if self.terms is None or self.metric is None:
            return True
        if self.kind == "guardrail":
            return self.tally is None
        return self.target is None or (self.baseline is None and not self.terms.from_series)

    @cached_property
    def status(self) -> str:
        """The computed status once the age of the data counts: silence is never green."""
        if self.facts.objective.state == "closed":
            return self.computed
        return pacing.with_freshness(self.computed, self.freshness)

    @property
    def reported(self) -> str:
        return "" if self.facts.check_in is None else self.facts.check_in.status

    @property
    def confidence(self) -> int | None:
        return None if self.facts.check_in is None else self.facts.check_in.confidence

    @cached_property
    def truths(self) -> Truths:
        return _truths(self.reported, self.computed, self.freshness)

    @cached_property
    def part(self) -> Part:
        return Part(self.progress, self.weight, self.status, self.kind == "guardrail")

    @property
    def missing(self) -> list[Any]:
        """What keeps it from being published; empty once it is."""
        return [] if self.is_published else self.board.missing[self.pk]

    @property
    def is_sandbagged(self) -> bool:
        """Whether the start lay at nine tenths of the target or beyond already (D10)."""
        if self.kind != "metric" or self.baseline is None or not self.target or self.baseline * self.target <= 0:
            return False
        share, direction = self.baseline / self.target, self.metric.direction if self.metric else "up"
        if direction == "within":
            return min(share, 1 / share) >= 0.9
        return (share if (direction == "down") == (self.target < 0) else 1 / share) >= 0.9


def _moment(value: Any) -> date:
    """The day of a moment as the driver gives it."""
    if isinstance(value, datetime):
        return value.date()
    return day_of(value) or date.min
