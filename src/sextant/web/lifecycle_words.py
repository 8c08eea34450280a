"""Words of a KPI's life that pages share: what each state is called, what it means, and how long it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sextant.calc import promotion
from sextant.web.templatetags.sextant import icon

Words = str | Promise
# Icon, word, and what it means.
STATES: Mapping[str, tuple[str, Words, Words]] = {
    promotion.MONITORED: ("kpis", gettext_lazy("Monitored"), gettext_lazy("It is watched and needs nothing.")),
    promotion.SUSPECTED: (
        "warning", gettext_lazy("Suspected"),
        gettext_lazy("Off target for some time, or changed for the worse: somebody should decide whether to act."),
    ),
    promotion.PROMOTED: (
        "objectives", gettext_lazy("Promoted"), gettext_lazy("Worked on as a key result for a limited time."),
    ),
    promotion.RESTORING: (
        "up", gettext_lazy("Restoring"),
        gettext_lazy("On target again since it was promoted. It comes back by itself if it stays there."),
    ),
    promotion.OVERDUE: (
        "clock", gettext_lazy("Overdue"), gettext_lazy("Its time is over and it is not back on target: decide."),
    ),
    promotion.ACCEPTED: (
        "check", gettext_lazy("Accepted"), gettext_lazy("Somebody accepted it as it is, until a day."),
    ),
    promotion.WATCHED: (
        "info", gettext_lazy("Watched closely"),
        gettext_lazy("Back on target or graduated not long ago: going off target now is called a relapse."),
    ),
    promotion.RELAPSE: (
        "undo", gettext_lazy("Relapse"), gettext_lazy("It was back on target not long ago, and is off target again."),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """How far the exit rule has come: one step per period it asks for."""

    steps: list[bool]
    words: str


def way_of(met: int, needed: int, words: str) -> Way:
    return Way([place < met for place in range(needed)], words)


def state_word(state: str) -> str:
    return str(STATES.get(state, STATES[promotion.MONITORED])[1])


def state_meaning(state: str) -> str:
    return str(STATES.get(state, STATES[promotion.MONITORED])[2])


def mark_html(state: str, url: str = "", note: str = "", word: str = "") -> SafeString:
    """The state as shape and word; what it means, or the note, on hover. A link where there is an address."""
    shape = STATES.get(state, STATES[promotion.MONITORED])[0]
    kind = f"life-mark life-{escape(state)}{' is-relapse' if state == promotion.RELAPSE else ''}"
    title = escape(note or state_meaning(state))
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
