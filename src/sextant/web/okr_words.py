"""Objectives and key results in words: statuses, states, shares of the way, figures, and how old the data are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from sextant.calc.numbers import format_value
from sextant.calc.periods import Frequency, period_at, spoken
from sextant.core.words import Words
from sextant.forecasts.words import chance_words
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import day_of
from sextant.okrs.queries.standing import ObjectiveStanding
from sextant.reports.key_result_bar import KeyResultBar

STATUS_WORDS: Mapping[str, Words] = {
    "exceeded": gettext_lazy("Exceeded"),
    "on_track": gettext_lazy("On track"),
    "at_risk": gettext_lazy("At risk"),
    "off_track": gettext_lazy("Off track"),
    "too_early": gettext_lazy("Too early to tell"),
    "stale": gettext_lazy("Stale"),
    "no_data": gettext_lazy("No data"),
    "incomplete": gettext_lazy("Incomplete"),
    "draft": gettext_lazy("Draft"),
}
# The shapes are those of KPIs; what cannot be judged is hollow.
SHAPES: Mapping[str, str] = {
    "exceeded": "exceeded", "on_track": "on_target", "at_risk": "watch", "off_track": "off_target",
    "too_early": "no_target", "stale": "stale", "no_data": "no_data", "incomplete": "no_data", "draft": "no_target",
}  # fmt: skip
STATE_WORDS: Mapping[str, Words] = {
    "draft": gettext_lazy("Draft"), "proposed": gettext_lazy("Proposed"), "agreed": gettext_lazy("Agreed"),
    "active": gettext_lazy("Active"), "closed": gettext_lazy("Closed"),
}  # fmt: skip
KIND_WORDS: Mapping[str, Words] = {
    "metric": gettext_lazy("Metric"), "baseline": gettext_lazy("Baseline first"),
    "guardrail": gettext_lazy("Guardrail"), "milestones": gettext_lazy("Milestones"),
    "yes_no": gettext_lazy("Yes or no"),
}  # fmt: skip
LINK_WORDS: Mapping[str, Words] = {
    "contributes": gettext_lazy("contributes to"), "supports": gettext_lazy("supports"),
    "step_of": gettext_lazy("is a step of"),
}  # fmt: skip
REASON_WORDS: Mapping[str, Words] = {
    "reported-better-than-computed": gettext_lazy("What was reported is better than what the numbers say."),
    "reported-on-track-while-stale": gettext_lazy("Reported on track, but there is no recent value."),
}
FRESH_WORDS: Mapping[str, Words] = {
    "fresh": gettext_lazy("Fresh"), "due": gettext_lazy("Next value is due"), "stale": gettext_lazy("Stale"),
    "never": gettext_lazy("No value yet"),
}  # fmt: skip


def locale() -> str:
    return get_language() or "en"


def share_words(share: float | None) -> str:
    """Raw progress as people say it: "75 %", "−1,900 %"; "–" for none. 100 % is only said once it is reached."""
    return _share_words(share, locale())


@lru_cache(maxsize=8192)
def _share_words(share: float | None, language: str) -> str:
    if share is None or not math.isfinite(share):
        return "–"
    percent = share * 100
    whole = math.floor(percent + 0.5 + 1e-9)
    if whole == 100 and percent < 100 - 1e-9:
        whole = 99
    return format_value(float(whole), "percent", 0, locale=language)


def figure(standing: KeyResultStanding, value: float | None) -> str:
    """A value in the unit and precision of the key result's metric."""
    metric = standing.metric
    if metric is None:
        return format_value(value, "number", None, locale=locale())
    return format_value(value, metric.unit, metric.precision, locale=locale())


def newest_words(standing: KeyResultStanding) -> str:
    """The period of the newest value ("Mar 2026"), or the day of the last word; empty without any."""
    metric, reading = standing.metric, standing.reading
    if metric is not None and reading is not None:
        calendar = standing.board.calendar_of(metric)
        frequency = Frequency(metric.frequency)
        start = reading.start if standing.facts.row.reading != "total" else reading.end - 1
        return spoken(period_at(start, frequency, calendar), calendar)
    check_in = standing.latest_check_in
    if check_in is None:
        return ""
    known_at = check_in.known_at
    day = known_at.date() if isinstance(known_at, datetime) else day_of(known_at)
    return date_format(day, "j M Y") if day is not None else ""


def now_and_target(standing: KeyResultStanding) -> str:
    """The way in one line: "30 min, from 60 min to 20 min"; of other kinds what they count."""
    if standing.kind in ("metric", "baseline"):
        way = _("from %(baseline)s to %(target)s") % {
            "baseline": figure(standing, standing.baseline), "target": figure(standing, standing.target),
        }  # fmt: skip
        return f"{figure(standing, standing.value)}, {way}" if standing.value is not None else way
    if standing.kind == "guardrail" and standing.tally is not None:
        tally = standing.tally
        words = _("held %(good)s of %(planned)s times") % {"good": tally.successes, "planned": tally.planned}
        if tally.failed:
            words += ", " + _("failed %(count)s") % {"count": tally.failed}
        return words + (", " + _("missed %(count)s") % {"count": tally.missed} if tally.missed else "")
    if standing.kind in ("milestones", "yes_no"):
        done = sum(bool(one.is_done) for one in standing.milestones)
        total = len(standing.milestones)
        return ngettext("%(done)s of %(total)s step", "%(done)s of %(total)s steps", total) % {
            "done": done, "total": total,
        }  # fmt: skip
    return ""


def shown_status(status: str, share: float | None, state: str = "active") -> str:
    """The status as it is shown: a draft is one, and what is past its target has exceeded it."""
    if state == "draft":
        return "draft"
    return "exceeded" if status == "on_track" and share is not None and share > 1 + 1e-9 else status


def bar_of(standing: KeyResultStanding) -> KeyResultBar:
    """The bar of a key result, with its words."""
    stretch = standing.terms.stretch if standing.terms is not None else None
    former = standing.former_target
    ambition = standing.facts.row.ambition or standing.facts.objective.ambition
    return KeyResultBar(
        share=standing.progress,
        expected=standing.expected,
        status=shown_status(standing.status, standing.progress),
        checkpoints=tuple(share for _value, share in standing.checkpoints),
        stretch=None if stretch is None else standing.share_of(stretch),
        former=None if former is None else standing.share_of(former),
        is_aspirational=ambition == "aspirational",
        words=bar_words(standing.progress, standing.expected, standing.chance),
        baseline_label=figure(standing, standing.baseline) if standing.kind == "metric" else "",
        target_label=figure(standing, standing.target) if standing.kind == "metric" else "",
        value_label=figure(standing, standing.value) if standing.kind == "metric" else share_words(standing.progress),
    )


def bar_of_objective(standing: ObjectiveStanding, expected: float | None = None) -> KeyResultBar:
    return KeyResultBar(
        share=standing.progress,
        expected=expected,
        status=shown_status(standing.status, standing.progress, standing.state),
        is_aspirational=standing.row.ambition == "aspirational",
        words=bar_words(standing.progress, expected),
    )


def bar_words(share: float | None, expected: float | None, chance: float | None = None) -> str:
    """ "75 % of the way; 52 % expected by now; likely, 78 %"."""
    if share is None:
        return _("No progress known yet")
    said = [_("%(share)s of the way") % {"share": share_words(share)}]
    if expected is not None:
        said.append(_("%(share)s expected by now") % {"share": share_words(expected)})
    if chance is not None:
        said.append(chance_words(chance))
    return "; ".join(said)


def counted_words(counted: int, total: int) -> str:
    """ "2 of 3": how many key results the number is made of."""
    return _("%(counted)s of %(total)s") % {"counted": counted, "total": total}
