"""Drafts of objectives and key results as the wording checks see them, and what the checks say about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OBJECTIVE = "objective"  # the ref of findings on the objective itself
LEVELS = ("block", "warn", "hint")


@dataclass(frozen=True, slots=True)
class KeyResultDraft:
    """A key result as written so far. `ref` tells it apart within its objective and means nothing else.

    Figures are in `unit` (percent 0-100). `relative` is "percent" or "points" when `amount` says how far the target
    lies from the baseline. `is_baseline_asked`: somebody will bring the baseline, or the series gives it at the start.
    """

    ref: str
    title: str
    kind: str = "metric"  # metric baseline guardrail milestones yes_no
    baseline: float | None = None
    target: float | None = None
    current: float | None = None
    unit: str = "number"
    direction: str = "up"
    has_guard: bool = False
    due: bool = True
    relative: str = ""
    amount: float | None = None
    low: float | None = None
    high: float | None = None
    is_baseline_asked: bool = False


@dataclass(frozen=True, slots=True)
class ObjectiveDraft:
    """An objective with its key results; `siblings` are the titles of the team's other objectives in the cycle."""

    title: str
    description: str = ""
    key_results: tuple[KeyResultDraft, ...] = ()
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repair:
    """A proposed change, as data. `kind` is one of `wording_repairs.KINDS`; `text` a new title.

    `fields` are fields of a `KeyResultDraft`. An alternative is offered beside the proposal and is not part of
    accepting everything.
    """

    kind: str
    ref: str
    text: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    is_alternative: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that has something to say. `span` is the text that triggered it, "" when it is about figures."""

    rule: str
    level: str  # block warn hint; a block stops publishing, never drafting or import
    ref: str
    span: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as shipped; `value` is its threshold, None for a rule without one."""

    key: str
    level: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class RuleTuning:
    """What an organisation, team or objective changed about a rule; "" and None leave it as shipped."""

    level: str = ""
    value: float | None = None
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class WordingSettings:
    """Tunings by rule key. A key no rule has is ignored, so that settings outlive a rule."""

    tunings: Mapping[str, RuleTuning] = field(default_factory=dict)

    def level(self, rule: str) -> str | None:
        """The level in force, None when the rule is muted."""
        tuning = self.tunings.get(rule, RuleTuning())
        return None if tuning.is_muted else tuning.level or RULES[rule].level

    def value(self, rule: str) -> float:
        """The threshold in force. Raises KeyError for a rule without one."""
        shipped = RULES[rule].value
        if shipped is None:
            raise KeyError(rule)
        tuned = self.tunings.get(rule, RuleTuning()).value
        return shipped if tuned is None else tuned


_RULES = (
    Rule("no-key-results", "block"),
    Rule("few-key-results", "hint", 3),  # fewer than
    Rule("many-key-results", "hint", 5),  # more than
    Rule("number-in-objective", "warn"),
    Rule("objective-as-task", "warn"),
    Rule("key-result-without-number", "block"),
    Rule("activity-as-outcome", "warn"),
    Rule("key-result-as-task", "warn"),
    Rule("baseline-near-target", "warn", 0.9),  # share of the way already gone, from
    Rule("no-baseline", "hint"),
    Rule("no-guard", "hint"),
    Rule("no-due-date", "hint"),
    Rule("duplicate", "warn", 0.8),  # likeness of two titles, from
    Rule("vague-verb", "warn"),
    Rule("jargon", "hint"),
    Rule("long-title", "hint", 20),  # words, more than
)
RULES: Mapping[str, Rule] = {rule.key: rule for rule in _RULES}
DEFAULT = WordingSettings()
