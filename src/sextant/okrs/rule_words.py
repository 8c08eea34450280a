"""Rules where they are tuned: what each looks at, beside what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sextant.core.words import Words
from sextant.okrs import wording_sentences as wording


@dataclass(frozen=True, slots=True)
class RuleWords:
    """`threshold` says what the number counts; empty for a rule without one."""

    title: Words
    says: Words
    threshold: Words = ""


_SAYS: Mapping[str, Words] = {
    "no-key-results": _("An objective without a key result says nothing about when it is reached."),
    "few-key-results": _("With one or two key results a single number stands for the aim."),
    "many-key-results": _("More key results than anybody keeps in mind."),
    "number-in-objective": _("An objective says what is to be better; the number belongs in a key result."),
    "objective-as-task": _("It says what is to be done, not what is to be different afterwards."),
    "key-result-without-number": _("Without a number nobody can say whether it is reached."),
    "activity-as-outcome": _("Counting what is done is not the same as counting what it changes."),
    "key-result-as-task": _("Work belongs below the key result, as an initiative."),
    "baseline-near-target": _("Most of the way is gone before it starts."),
    "no-baseline": _("Without a start there is no progress to show."),
    "no-guard": _("A number that is pushed needs a second one that must not get worse."),
    "no-due-date": _("Without a day it is never late and never done."),
    "duplicate": _("Another objective or key result nearby says nearly the same."),
    "vague-verb": _("“Improve” or “support” leave open what will be different."),
    "jargon": _("Words people nod at without meaning the same."),
    "long-title": _("What cannot be said in a breath is not remembered."),
}
_FOCUS: Mapping[str, RuleWords] = {
    "focus-cap-objectives": RuleWords(
        _("Objectives of a team in a cycle"),
        _("A team with more objectives than this is marked on the planning page. Nothing is stopped."),
        _("at most"),
    ),
    "focus-cap-key-results": RuleWords(
        _("Key results of a team in a cycle"),
        _("The same for the key results of all its objectives together."),
        _("at most"),
    ),
}
RULE_WORDS: Mapping[str, RuleWords] = {
    **_FOCUS,
    **{key: RuleWords(title, _SAYS[key], wording.THRESHOLDS.get(key, "")) for key, title in wording.RULES.items()},
}
LEVEL_WORDS: Mapping[str, Words] = wording.LEVELS
