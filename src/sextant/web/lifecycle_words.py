"""Words of a KPI's life that pages share: what each state is called, what it means, and how long it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sextant.alerts.insight_sentences import span_words
from sextant.calc import promotion
from sextant.core.words import Words
from sextant.lifecycle.models import Promotion, Transition
from sextant.lifecycle.sentences import STATE_WORDS
from sextant.web.templatetags.sextant import icon

SHAPES: Mapping[str, str] = {
    promotion.MONITORED: "kpis", promotion.SUSPECTED: "warning", promotion.PROMOTED: "lifecycle",
    promotion.RESTORING: "up", promotion.OVERDUE: "clock", promotion.ACCEPTED: "check", promotion.WATCHED: "info",
    promotion.RELAPSE: "undo", "reverted": "check", "withdrawn": "close", "retired": "archive",
}  # fmt: skip
OUTCOMES: Mapping[str, Words] = {
    "reverted": gettext_lazy("Restored"), "accepted": gettext_lazy("Accepted as it is"),
    "withdrawn": gettext_lazy("Ended"), "retired": gettext_lazy("KPI no longer watched"),
}  # fmt: skip
MEANINGS: Mapping[str, Words] = {
    promotion.MONITORED: gettext_lazy("It is watched and needs nothing."),
    promotion.SUSPECTED: gettext_lazy(
        "Off target for some time, or changed for the worse: somebody should decide whether to act."
    ),
    promotion.PROMOTED: gettext_lazy("Worked on as a key result for a limited time."),
    promotion.RESTORING: gettext_lazy("On target again since it was promoted; it comes back by itself if it stays."),
    promotion.OVERDUE: gettext_lazy("Its time is over and it is not back on target."),
    promotion.ACCEPTED: gettext_lazy("Somebody accepted it as it is, until a day."),
    promotion.WATCHED: gettext_lazy("Restored or graduated not long ago: going off target now is called a relapse."),
    promotion.RELAPSE: gettext_lazy("It was back on target not long ago, and is off target again."),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How far the exit rule has come: one step per period it asks for."""

    steps: list[bool]
    words: str


def way_of(met: int, needed: int, words: str) -> Way:
    return Way([place < met for place in range(needed)], words)


def state_word(state: str) -> str:
    """What a state, a relapse or the outcome of a promotion is called."""
    if state == promotion.RELAPSE:
        return _("Relapse")
    return str(STATE_WORDS.get(state) or OUTCOMES.get(state, state))


def mark_html(state: str, url: str = "", note: str = "", word: str = "") -> SafeString:
    """The state as shape and word; what it means, or the note, on hover. A link where there is an address."""
    shape = SHAPES.get(state, "kpis")
    kind = f"life-mark life-{escape(state)}{' is-relapse' if state == promotion.RELAPSE else ''}"
    title = escape(note or str(MEANINGS.get(state, "")))
    inside = f"{icon(shape)}{escape(word or state_word(state))}"
    if url:
        return mark_safe(f'<a class="{kind}" href="{escape(url)}" title="{title}">{inside}</a>')  # noqa: S308
    return mark_safe(f'<span class="{kind}" title="{title}">{inside}</span>')  # noqa: S308


def long_words(since: datetime | date, today: date) -> str:
    """ "for 3 weeks", in days below a fortnight and in months from a quarter on."""
    began = since.date() if isinstance(since, datetime) else since
    gone = max((today - began).days, 0)
    if gone == 0:
        return _("since today")
    if gone < 14:
        return ngettext("for %(n)s day", "for %(n)s days", gone) % {"n": gone}
    if gone < 91:
        return ngettext("for %(n)s week", "for %(n)s weeks", gone // 7) % {"n": gone // 7}
    months = gone // 30
    return ngettext("for %(n)s month", "for %(n)s months", months) % {"n": months}


def day_of(day: date | datetime) -> str:
    return date_format(day, "j M Y")


def undo_url(step: Transition) -> str:
    """Where a step is taken back by POST."""
    return reverse("lifecycle_undo", args=[step.pk])


def exit_words(promotion: Promotion) -> str:
    """ "After 3 weeks in a row on target, and no change for the worse among them." """
    words = {"span": span_words(promotion.kpi.metric.frequency, promotion.revert_after)}
    if promotion.heeds_findings:
        return _("By itself, after %(span)s in a row on target and no change for the worse among them.") % words
    return _("By itself, after %(span)s in a row on target.") % words
