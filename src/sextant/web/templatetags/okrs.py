"""Parts of the pages about objectives: status, state, share of the way, bars, the three truths, the path.

What shows up a thousand times on a page is written in Python and remembered; the rest are templates in `objectives/`.
"""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from sextant.calc.truths import Truths, explain_truths
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import ObjectiveStanding
from sextant.reports.key_result_bar import small_bar, tall_bar
from sextant.web import okr_chances, okr_words
from sextant.web.templatetags.sextant import freshness, status_shape

register = template.Library()


@register.simple_tag
def okr_status(key: str, note: str = "", compact: bool = False) -> SafeString:
    """A status as shape, word and colour; `compact` leaves the word to screen readers."""
    return _okr_status(key, note, compact, get_language() or "")


@lru_cache(maxsize=1024)
def _okr_status(key: str, note: str, compact: bool, language: str) -> SafeString:
    known = key if key in okr_words.STATUS_WORDS else "no_data"
    word = conditional_escape(str(okr_words.STATUS_WORDS[known]))
    title = format_html(' title="{}"', f"{word}: {note}" if note else word) if note or compact else ""
    shown = format_html('<span class="{}">{}</span>', "unseen" if compact else "status-word", word)
    light = okr_words.SHAPES[known]
    return format_html('<span class="status status-{}"{}>{}{}</span>', light, title, status_shape(light), shown)


@register.simple_tag
def okr_standing_status(standing: KeyResultStanding | ObjectiveStanding, compact: bool = False) -> SafeString:
    """The status of a standing as it is shown: draft and exceeded told apart, and what it is judged by on hover."""
    state = standing.state if isinstance(standing, ObjectiveStanding) else standing.facts.objective.state
    note = "" if isinstance(standing, ObjectiveStanding) else okr_chances.status_reason(standing)
    return okr_status(okr_words.shown_status(standing.status, standing.progress, state), note, compact)


@register.simple_tag
def key_result_chance(standing: KeyResultStanding) -> SafeString:
    """How likely it is reached, in words: "likely, 78 %"; empty without a chance."""
    return okr_chances.chance_mark(standing)


@register.filter
def okr_status_word(key: str) -> str:
    return str(okr_words.STATUS_WORDS.get(key, okr_words.STATUS_WORDS["no_data"]))


@register.filter
def share(value: float | None) -> str:
    """Progress in words: "75 %", "−1,900 %", "–"."""
    return okr_words.share_words(value)


@register.simple_tag
def objective_state(state: str) -> SafeString:
    """The state as a chip; drafts and proposals are dashed, nothing is said of what is active."""
    if state == "active":
        return SafeString("")
    kind = "chip draft" if state in ("draft", "proposed") else "chip"
    return format_html('<span class="{}">{}</span>', kind, okr_words.STATE_WORDS.get(state, state))


@register.simple_tag
def key_result_bar(standing: KeyResultStanding, tall: bool = False) -> SafeString:
    """From baseline to target with today's expected position, checkpoints, zones, and what lies outside."""
    bar = okr_words.bar_of(standing)
    return tall_bar(bar) if tall else small_bar(bar)


@register.simple_tag
def objective_bar(standing: ObjectiveStanding) -> SafeString:
    return small_bar(okr_words.bar_of_objective(standing))


@register.simple_tag
def key_result_figure(standing: KeyResultStanding, value: float | None) -> str:
    """A value in the unit of the key result's metric."""
    return okr_words.figure(standing, value)


@register.simple_tag
def key_result_freshness(standing: KeyResultStanding) -> SafeString:
    """How recent what it is judged by is, in words."""
    return freshness(standing.freshness, okr_words.newest_words(standing))


@register.inclusion_tag("objectives/_truths.html")
def three_truths(standing: KeyResultStanding) -> dict[str, object]:
    """Reported, computed and fresh side by side, the disagreement named, the arithmetic one click away."""
    found: Truths = standing.truths
    return {
        "reported": found.reported,
        "computed": okr_words.shown_status(found.computed, standing.progress),
        "fresh": found.fresh,
        "latest": okr_words.newest_words(standing),
        "is_watermelon": found.is_watermelon,
        "reasons": [okr_words.REASON_WORDS.get(reason, reason) for reason in found.reasons],
        "why": explain_truths(found),
    }


@register.simple_tag
def watermelon(standing: KeyResultStanding | ObjectiveStanding) -> SafeString:
    """The mark of what is reported better than it is; empty where nothing is."""
    if isinstance(standing, KeyResultStanding):
        return watermelon_mark(1) if standing.truths.is_watermelon else SafeString("")
    return watermelon_mark(len(standing.watermelons))


def watermelon_mark(count: int) -> SafeString:
    return _watermelon_mark(count, get_language() or "") if count else SafeString("")


@lru_cache(maxsize=64)
def _watermelon_mark(count: int, language: str) -> SafeString:
    return format_html(
        '<span class="watermelon" title="{}"><svg class="mark" viewBox="0 0 12 12" aria-hidden="true">'
        '<path class="rind" d="M.6 4h10.8a5.4 5.4 0 0 1-10.8 0z"/>'
        '<path class="flesh" d="M2.4 4h7.2a3.6 3.6 0 0 1-7.2 0z"/></svg><span>{}</span></span>',
        gettext("Reported better than the numbers say"),
        gettext("Watermelon") if count == 1 else f"{gettext('Watermelon')} × {count}",
    )
