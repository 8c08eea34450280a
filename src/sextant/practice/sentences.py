"""Pitfalls, checks, levels and the statements of the pulse in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sextant.calc.numbers import format_value
from sextant.core.words import Words
from sextant.practice.queries.evidence import Item
from sextant.practice.queries.pitfalls import Verdict


@dataclass(frozen=True, slots=True)
class PitfallWords:
    """A pitfall for people: its name, what goes wrong, what is counted with the thresholds, and what prevents it."""

    title: Words
    means: Words
    counted: Words
    remedy: Words
    action: Words


SEVERITIES: Mapping[str, Words] = {
    "untold": _("cannot be told yet"), "none": _("no signs"), "some": _("some signs"), "clear": _("clear signs"),
}  # fmt: skip
WORDS: Mapping[str, PitfallWords] = {
    "okr-too-prescriptive": PitfallWords(
        _("Too prescriptive"),
        _("Key results name work to be done instead of what changes when it succeeds. People then deliver lists."),
        _("Key results not yet closed that are worded as work. Some signs from 20 %, clear ones from 40 %."),
        _("Ask “what changes if this succeeds?” and keep the work as initiatives below, where it may change freely."),
        _("Tell results from work"),
    ),
    "okr-misfit-culture": PitfallWords(
        _("Misfit with the culture"),
        _("The rhythm is not kept, or people say that it does not help them. Goals are then kept for show."),
        _(
            "Check-ins of the last three months that came late or not at all: some signs from 30 %, clear ones from "
            "60 %. Or a mean of the last pulse below 3.5 of 5, clear below 3. Counted for at least five people."
        ),
        _("Ask people what gets in the way, begin with KPIs alone, use your own words, and keep goals with teams."),
        _("Ask for the pulse"),
    ),
    "okr-hard-to-set": PitfallWords(
        _("Hard to set"),
        _("Writing an objective takes weeks, or is given up."),
        _(
            "Objectives written here in the last half year, at least a month ago: left or archived as a draft, more "
            "than 30 days in draft, or with three wording warnings or more. Some signs from 25 %, clear ones from 50 %."
        ),
        _("Begin a draft from a KPI that worsens, from examples, and let another team read it before it starts."),
        _("Draft with help"),
    ),
    "okr-not-measurable": PitfallWords(
        _("Progress not measurable"),
        _("Nobody can say how far a key result has come."),
        _(
            "Key results at work without a baseline, target or bound, or without a value in the last two whole "
            "periods. Some signs from 20 %, clear ones from 40 %."
        ),
        _("Make it a key result of the kind “baseline first”, which has to become a measured one by a date."),
        _("Look at the key results"),
    ),
    "okr-low-buy-in": PitfallWords(
        _("Low buy-in"),
        _("Goals belong to a few. Most people neither check in nor say anything about them."),
        _(
            "People with a role who neither checked in nor commented on an objective or key result in half a year. "
            "Some signs from 50 %, clear ones from 75 %. Counted for at least five people, never by name."
        ),
        _("Let everybody propose objectives, ask teams what they contribute instead of cascading, and rank nobody."),
        _("Propose an objective"),
    ),
    "okr-time-consuming": PitfallWords(
        _("Time-consuming"),
        _("Checking in costs so much that people put it off."),
        _(
            "The median time of a check-in in the last quarter, times five. Some signs from one minute, clear ones "
            "from two. Counted for at least five people."
        ),
        _("Use the one list with prefilled values, and let numbers come from KPIs and imports instead of typing."),
        _("Open the list"),
    ),
    "okr-hard-to-adapt": PitfallWords(
        _("Hard to adapt"),
        _("The world changes and the goals do not, or they change without a word."),
        _(
            "Key results at work whose target never moved while three dated notes or more gathered on the chart, and "
            "those changed without a reason. Some signs from 10 %, clear ones from 30 %."
        ),
        _("Change the target in the middle of the cycle with a reason: both stay drawn, and the score names both."),
        _("Look at the key results"),
    ),
    "okr-unclear-ownership": PitfallWords(
        _("Unclear ownership"),
        _("Nobody answers for it, so nobody acts."),
        _(
            "Objectives and key results, not yet closed, without an owner or whose owner has left. One is some sign, "
            "from 20 % on clear. More than one accountable person cannot be entered."
        ),
        _("Name exactly one person. Who leaves hands over first."),
        _("Look at the objectives"),
    ),
    "kpi-no-context": PitfallWords(
        _("No context"),
        _("A number stands alone: nobody can say whether it is good, usual or even what it counts."),
        _(
            "KPIs with fewer than six values, without a target for the running period, or without words on how they "
            "are measured. Some signs from 20 %, clear ones from 40 %."
        ),
        _("Set a target, say how it is measured, and import the past values."),
        _("Look at KPIs without a target"),
    ),
    "kpi-narrow-focus": PitfallWords(
        _("Narrow focus"),
        _("One side is watched, and the other pays for it."),
        _(
            "Teams with four KPIs or more that all have one perspective, or none of which leads; and KPIs worked on as "
            "key results, half of them or more without a guard metric. Some signs from one of three, clear from two."
        ),
        _("Add a KPI of another perspective, one that moves early, and a guard metric to what you push."),
        _("Find one in the library"),
    ),
    "kpi-inflexible": PitfallWords(
        _("Inflexible"),
        _("KPIs and targets stay because they have always been there."),
        _(
            "KPIs without a review date, with one that has passed, or with a target said more than four quarters ago. "
            "Some signs from 20 %, clear ones from 40 %."
        ),
        _("Review them: keep, change the target, replace or retire. Their history stays."),
        _("Look at overdue reviews"),
    ),
    "kpi-hard-to-measure": PitfallWords(
        _("Hard to measure"),
        _("Values are typed in, guessed or rare, so the picture is always old."),
        _(
            "KPIs typed in by hand that are late or come once in half a year, ratings without words on how they are "
            "given, and KPIs of which half of a year is estimated. Some signs from 20 %, clear ones from 40 %."
        ),
        _("Let the value come from a file or a program, or measure what stands near it; say how a rating is given."),
        _("Import values"),
    ),
    "kpi-data-quality": PitfallWords(
        _("Poor data"),
        _("Values come late, are missing, or are changed afterwards, and people stop believing them."),
        _(
            "KPIs with a trust grade of C or D, and those whose values stand still or are too smooth. Some signs from "
            "15 %, clear ones from 35 %."
        ),
        _("The reasons stand beside each grade; the heaviest one first."),
        _("Look at stale KPIs"),
    ),
    "kpi-over-reliance": PitfallWords(
        _("Over-reliance"),
        _("The target is met, and what it was for gets worse."),
        _(
            "Key results that meet their target while their guard metric gets worse: one is some sign, from 20 % on "
            "clear. Also a sign: fewer than one in five KPIs say what they do not show."
        ),
        _("Look at the guard metric before you praise the number, and write down what the KPI does not show."),
        _("Look at the KPIs"),
    ),
    "kpi-hidden-causes": PitfallWords(
        _("Hidden causes"),
        _("A number moves, and nobody knows what moved it."),
        _("KPIs without a driver and without a formula. Some signs from 50 %, clear ones from 80 %."),
        _("Name what you believe drives it, and after how long. What follows, or does not, is then shown."),
        _("Name the drivers"),
    ),
    "kpi-resistance": PitfallWords(
        _("Resistance to change"),
        _("A KPI was changed over people's heads: they stop recording, dispute it, or reject what it says."),
        _(
            "KPIs measured in another way since half a year at most, or proposed to be: values stay away, a finding "
            "was rejected or three comments written since, or somebody objected. Some signs from 25 %, clear from 50 %."
        ),
        _("Change a KPI by a proposal: with a reason, the history restated to look at, notice, and a sign-off."),
        _("Look at the KPIs"),
    ),
}
LEVELS: Mapping[int, tuple[Words, Words]] = {
    0: (_("No KPIs"), _("The team watches no KPI.")),
    1: (_("Listed"), _("There are KPIs.")),
    2: (_("Defined"), _("Each says how it is measured, and somebody here answers for it.")),
    3: (_("Kept"), _("Each has a target for the running period, and values come in time.")),
    4: (_("Acted on"), _("Each has a response plan, a review date ahead, and a reason to be watched.")),
    5: (_("Understood"), _("Drivers are named, the set is balanced, and what is pushed has a guard metric.")),
}
CHECKS: Mapping[str, tuple[Words, Words]] = {
    "definition": (_("How it is measured"), _("Say how it is measured, or give its formula.")),
    "owner": (_("An owner who is here"), _("Name the person who answers for it.")),
    "target": (_("A target for the running period"), _("Set a target.")),
    "fresh": (_("Values in time"), _("Record the value that is overdue.")),
    "response": (_("A response plan"), _("Write down what you do when it goes off.")),
    "review": (_("A review date ahead"), _("Review it, and say when next.")),
    "strategy": (_("A theme or a reason"), _("Link it to a theme, or say why it is watched.")),
    "drivers": (_("Drivers"), _("Name what drives it.")),
    "balance": (
        _("Perspectives, leading and lagging"), _("Say its perspective, and whether it leads or lags."),
    ),
    "guard": (_("A guard metric where it is pushed"), _("Name what must not get worse meanwhile.")),
}  # fmt: skip
BALANCE_FINDINGS: Mapping[str, Words] = {
    "only-financial": _("All KPIs that name a perspective are financial: add one of another kind."),
    "nothing-leads": _("Nothing leads: add a KPI that moves before the result does."),
}
STATEMENTS: Mapping[str, Words] = {
    "focus": _("OKRs help my team to decide what not to do."),
    "say": _("I have a say in the goals I work for."),
    "worth": _("Check-ins and reviews are worth the time they take."),
    "candour": _("I can report bad news here without having to fear for it."),
    "numbers": _("I trust the numbers we look at."),
}
_REASONS: Mapping[str, Words] = {
    "worded-as-work": _("worded as work: “%(words)s”"),
    "left-as-draft": _("archived as a draft after %(days)s days"),
    "long-in-draft": _("%(days)s days in draft"),
    "many-warnings": _("%(count)s wording warnings"),
    "no-metric": _("no metric"), "no-baseline": _("no baseline"), "no-target": _("no target"),
    "no-bound": _("no bound"), "no-planned_periods": _("number of periods not said"),
    "no-value": _("no value in the last %(periods)s periods"),
    "changed-without-reason": _("target changed without a reason"),
    "never-adapted": _("%(notes)s notes on the chart since it began, and the target as it was"),
    "no-owner": _("no owner"), "owner-left": _("the owner has left"),
    "no-definition": _("does not say how it is measured"),
    "no-running-target": _("no target for the running period"),
    "no-history": _("values so far: %(count)s"),
    "one-perspective": _("all of %(count)s KPIs have one perspective"),
    "nothing-leads": _("none of %(count)s KPIs leads"),
    "no-guard": _("worked on without a guard metric: %(count)s"),
    "no-review": _("no review date"), "review-passed": _("its review date has passed"),
    "old-target": _("its target has stood for %(days)s days"),
    "typed-and-late": _("typed in by hand, and late"),
    "typed-and-rare": _("typed in by hand, once in half a year or less"),
    "rating-without-rubric": _("a rating that does not say how it is given"),
    "mostly-estimated": _("%(share)s %% of the values are estimates"),
    "weak-trust": _("trust %(grade)s: %(because)s"),
    "frozen": _("the same value %(count)s times in a row"),
    "too-smooth": _("the last %(count)s values hardly move, unlike those before"),
    "guard-worse": _("met while %(guard)s went from %(before)s to %(after)s"),
    "unseen-guard-worse": _("met while its guard metric got worse"),
    "says-nothing-hidden": _("does not say what it does not show"),
    "no-drivers": _("no drivers named"),
    "stopped-after-change": _("values stay away since it is measured in another way"),
    "rejected-after-change": _("a finding was rejected since it is measured in another way"),
    "objected": _("somebody concerned objected to a change"),
    "disputed-after-change": _("%(count)s comments since it is measured in another way"),
}  # fmt: skip


def reason_words(item: Item) -> str:
    """Why a case is in the pitfall."""
    figures = {name: format_value(value) if isinstance(value, float) else value for name, value in item.figures}
    return str(_REASONS[item.reason]) % figures


def verdict_words(verdict: Verdict) -> str:
    """What was counted, in a few words; why nothing can be told where it cannot."""
    if verdict.why == "few-people":
        if verdict.counted_in:
            return gettext("fewer than five people; counted with %(team)s") % {"team": verdict.counted_in}
        return gettext("fewer than five people")
    if not verdict.total:
        return gettext("nothing to look at yet") if verdict.why else ""
    if verdict.pitfall.key == "okr-time-consuming" and verdict.figure is not None:
        return gettext("%(seconds)s seconds for five check-ins") % {"seconds": f"{verdict.figure:.0f}"}
    words = {"count": verdict.count, "total": verdict.total}
    if verdict.why == "few-cases":
        return ngettext("only %(total)s case so far", "only %(total)s cases so far", verdict.total) % words
    return gettext("%(count)s of %(total)s") % words
