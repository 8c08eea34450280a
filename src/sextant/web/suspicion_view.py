"""What is worth a second look at a KPI, as its page says it: what is seen, what to check, and who explained it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.core.actors import Actor
from sextant.kpis import suspicion_sentences as sentences
from sextant.kpis.queries.suspicions import suspicions
from sextant.okrs.queries.gaming import flags_in
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.web.flag_words import flag_sentences
from sextant.web.kpi_subject import Subject
from sextant.web.kpi_uses import UseLine
from sextant.web.kpi_words import locale, moment_words


@dataclass(frozen=True, slots=True)
class LookLine:
    """One thing worth a look; `url` leads to the key result it is about, `explained` says who explained it and why."""

    key: str
    title: str
    sentence: str
    advice: str = ""
    url: str = ""
    explained: str = ""


@dataclass(frozen=True, slots=True)
class LookView:
    open: list[LookLine]
    explained: list[LookLine]
    may_explain: bool


def look_view(subject: Subject, uses: Sequence[UseLine]) -> LookView:
    """Of a KPI at work; a draft or a metric nobody watches is not looked at."""
    if not subject.is_watched or subject.kpi.state != "active":
        return LookView([], [], False)
    found = suspicions([subject.kpi], subject.point, known={subject.kpi.id: subject.standing}, with_explained=True)
    lines = [
        LookLine(
            one.key, sentences.title(one),
            sentences.sentence(one, subject.metric, subject.standing.series.calendar, locale()), sentences.advice(one),
            explained=_explained(one.explanation.reason, one.explanation.author, moment_words(one.explanation.known_at))
            if one.explanation
            else "",
        )
        for one in found[subject.kpi.id]
    ]  # fmt: skip
    guarded = _guarded(subject.actor, [use for use in uses if not use.is_guard], subject)
    return LookView(
        [one for one in lines if not one.explained] + guarded,
        [one for one in lines if one.explained],
        subject.may["change"] and not subject.is_archived,
    )


def _explained(reason: str, author: str, day: str) -> str:
    return _("%(author)s, %(day)s: %(reason)s") % {"author": author, "day": day, "reason": reason}


def _guarded(actor: Actor, uses: Sequence[UseLine], subject: Subject) -> list[LookLine]:
    """Guards that gave way while the key results this KPI moves were worked on."""
    running: list[KeyResultStanding] = [use.standing for use in uses if use.standing.key_result.guard_id is not None]
    if not running:
        return []
    flags = flags_in(running, subject.point)
    return [
        LookLine("guard-worse", _("Guard gave way"), words, url=reverse("key_result", args=[each.key]))
        for each in running
        for words in flag_sentences(actor, each, [one for one in flags[each.pk] if one.key == "guard-worse"])
    ]
