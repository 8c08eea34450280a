"""Findings of the wording checks, their repairs and the chooser's choice as sentences people read."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sextant.calc.chooser import Choice
from sextant.calc.numbers import format_value
from sextant.calc.wording_drafts import Finding, Repair
from sextant.core.words import Words

# What a rule is called where it can be tuned or muted.
RULES: Mapping[str, Words] = {
    "no-key-results": gettext_lazy("An objective without a key result"),
    "few-key-results": gettext_lazy("Too few key results"),
    "many-key-results": gettext_lazy("Too many key results"),
    "number-in-objective": gettext_lazy("A number in the objective"),
    "objective-as-task": gettext_lazy("An objective worded as work"),
    "key-result-without-number": gettext_lazy("A key result without a number"),
    "activity-as-outcome": gettext_lazy("Activity counted as a result"),
    "key-result-as-task": gettext_lazy("A key result worded as work"),
    "baseline-near-target": gettext_lazy("A target that is nearly met at the start"),
    "no-baseline": gettext_lazy("A key result without a baseline"),
    "no-guard": gettext_lazy("A key result without a guard metric"),
    "no-due-date": gettext_lazy("A key result without a due date"),
    "duplicate": gettext_lazy("Two titles that say the same"),
    "vague-verb": gettext_lazy("A verb that promises nothing"),
    "jargon": gettext_lazy("Jargon"),
    "long-title": gettext_lazy("A title too long to remember"),
}
LEVELS: Mapping[str, Words] = {
    "block": gettext_lazy("Must be solved before publishing"),
    "warn": gettext_lazy("Warning"),
    "hint": gettext_lazy("Hint"),
}
# What a threshold of a rule counts.
THRESHOLDS: Mapping[str, Words] = {
    "few-key-results": gettext_lazy("key results at least"),
    "many-key-results": gettext_lazy("key results at most"),
    "baseline-near-target": gettext_lazy("share of the way already gone, from 0 to 1"),
    "duplicate": gettext_lazy("share of words in common, from 0 to 1"),
    "long-title": gettext_lazy("words at most"),
}
_FINDINGS: Mapping[str, Words] = {
    "no-key-results": gettext_lazy("There is no key result yet: nobody could tell whether this is reached."),
    "number-in-objective": gettext_lazy(
        "“%(span)s” is a number. An objective says what should become better; how much is said by its key results."
    ),
    "objective-as-task": gettext_lazy(
        "“%(span)s” is work. What will be different for somebody once it is done? That is the objective."
    ),
    "key-result-without-number": gettext_lazy(
        "This key result has no number, so nobody could say whether it is reached."
    ),
    "activity-as-outcome": gettext_lazy(
        "This counts what the team does itself (“%(span)s”). What should change because of it?"
    ),
    "key-result-as-task": gettext_lazy(
        "“%(span)s” is work to be done, not a result. Put it under a key result it moves."
    ),
    "no-baseline": gettext_lazy("It is not said where this stands today, so progress cannot be calculated."),
    "no-guard": gettext_lazy("Nothing shows what this might cost elsewhere. A guard metric would."),
    "no-due-date": gettext_lazy("It is not said by when this should be reached."),
    "duplicate": gettext_lazy("This says much the same as “%(other)s”."),
    "vague-verb": gettext_lazy("“%(span)s” can be done without anything changing. Say what will be different."),
    "jargon": gettext_lazy("“%(span)s” means something else to everybody. Plain words are remembered."),
}
_REPAIRS: Mapping[str, Words] = {
    "reword-without-number": gettext_lazy("Say it without the number: “%(text)s”"),
    "plain-words": gettext_lazy("Say it in plain words: “%(text)s”"),
    "add-key-result": gettext_lazy("Make the number a key result: “%(text)s”"),
    "add-initiative": gettext_lazy("Keep “%(text)s” as an initiative"),
    "move-to-initiative": gettext_lazy("Make “%(text)s” an initiative"),
    "drop-key-result": gettext_lazy("Leave this key result out"),
    "fill-figures": gettext_lazy("Take baseline and target from the title"),
    "make-guardrail": gettext_lazy("Keep it as a guardrail: hold what is reached"),
    "make-yes-no": gettext_lazy("Make it a yes-or-no key result"),
    "measure-first": gettext_lazy("Measure first, and set baseline and target by a date"),
}
# Asked of a person; the same words stand on the repair and on what remains to be answered.
_QUESTIONS: Mapping[str, Words] = {
    "ask-what-changes": gettext_lazy("What changes, and for whom, if this succeeds?"),
    "ask-key-results": gettext_lazy("How else would you see that the objective is reached? Three to five are good."),
    "ask-split": gettext_lazy("Which of these matter most? The rest may be an objective of their own, or KPIs."),
    "ask-number": gettext_lazy("Which number would show it, and how far should it go?"),
    "ask-target": gettext_lazy("What would be a target worth the effort?"),
    "ask-baseline": gettext_lazy("Where does this stand today?"),
    "ask-guard": gettext_lazy("What must not get worse while this improves?"),
    "ask-due-date": gettext_lazy("By when should this be reached?"),
    "ask-shorter": gettext_lazy("How would you say it to a colleague in the lift? The rest fits in the description."),
    "ask-what-differs": gettext_lazy("What is different from “%(text)s”? Say that in the title, or join the two."),
}
KINDS: Mapping[str, Words] = {
    "kpi": gettext_lazy("KPI"),
    "key_result": gettext_lazy("Key result"),
    "initiative": gettext_lazy("Initiative"),
    "objective": gettext_lazy("Objective"),
}
_REASONS: Mapping[str, Words] = {
    "nothing-said": gettext_lazy("There is nothing to go by yet."),
    "measurable-change": gettext_lazy("It says how far a number should move."),
    "change-without-number": gettext_lazy("It says which way something should go, and not how far: an aim."),
    "level-to-hold": gettext_lazy("A number is to be held at a level, with no end: something to watch."),
    "level-by-a-date": gettext_lazy("It says which level is to be reached by when."),
    "state-to-hold": gettext_lazy("It says what should stay good, and no number: an aim."),
    "share-reached": gettext_lazy("It says how much of a whole should be reached."),
    "results-counted": gettext_lazy("It counts a result others decide about, not one's own work."),
    "quantity-watched": gettext_lazy("It names a quantity with no end and no change: something to watch."),
    "work-to-do": gettext_lazy("It is work: once it is done, it is done, whatever has changed."),
    "work-counted": gettext_lazy("It counts what the team does itself."),
    "thing-to-make": gettext_lazy("It names something to be made."),
    "aim-without-number": gettext_lazy("It says what should become better, without a number: an aim."),
    "nothing-recognised": gettext_lazy("Nothing in the words decides it; please choose yourself."),
}


def finding_sentence(finding: Finding) -> str:
    """What was found, with the words or figures that triggered it."""
    params = finding.params
    if finding.rule == "few-key-results":
        return ngettext(
            "%(count)d key result is few: one number alone is easily reached the wrong way.",
            "%(count)d key results are few: one number alone is easily reached the wrong way.",
            _whole(params["count"]),
        ) % {"count": params["count"]}
    if finding.rule == "many-key-results":
        sentence = _("%(count)d key results are more than anybody keeps in mind; %(most)d are plenty.")
        return sentence % {"count": params["count"], "most": params["most"]}
    if finding.rule == "long-title":
        return _("The title has %(words)d words; up to %(most)d can be remembered.") % dict(params)
    if finding.rule == "baseline-near-target":
        return _near_target(finding)
    return str(_FINDINGS[finding.rule]) % {"span": finding.span, **params}


def _near_target(finding: Finding) -> str:
    share, target = finding.params["share"], finding.params["target"]
    start = finding.params["current"] if finding.params["current"] is not None else finding.params["baseline"]
    if not isinstance(share, float) or share >= 1:
        return _("The target of %(target)s is met already.") % {"target": _figure(target)}
    return _("From %(start)s to %(target)s: %(share)s %% of the way lie behind it before it starts.") % {
        "start": _figure(start),
        "target": _figure(target),
        "share": _figure(int(share * 100)),  # rounded down: 99.6 % is not all of it
    }


def _figure(value: object) -> str:
    return format_value(float(value)) if isinstance(value, (int, float)) else "–"


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def repair_label(repair: Repair) -> str:
    """What accepting a repair does, or the question it asks."""
    words = _REPAIRS.get(repair.kind) or _QUESTIONS[repair.kind]
    return str(words) % {"text": repair.text}


def choice_sentence(choice: Choice) -> str:
    """Why the chooser thinks so."""
    return str(_REASONS[choice.reason])
