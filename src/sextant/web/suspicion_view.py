"""What is worth a second look at a KPI or a key result, as its page says it: what is seen, what to check, and who
explained it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.core.actors import Actor
from sextant.kpis import suspicion_sentences as sentences
from sextant.kpis.models import Explanation
from sextant.kpis.queries.suspicions import suspicions
from sextant.okrs import flag_sentences
from sextant.okrs.models import FlagExplanation
from sextant.okrs.queries.gaming import Flag, flags_in
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.web.kpi_subject import Subject
from sextant.web.kpi_uses import UseLine
from sextant.web.kpi_words import locale, moment_words
from sextant.web.objective_subject import KeyResultSubject


@dataclass(frozen=True, slots=True)
class LookLine:
    """One thing worth a look; `url` leads to the key result it is about, `explained` says who explained it and why.

    `explain_url` and `removal_url` explain it and take that back; empty where that is done elsewhere.
    """

    key: str
    title: str
    sentence: str
    advice: str = ""
    url: str = ""
    explained: str = ""
    explain_url: str = ""
    removal_url: str = ""


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
    calendar, key = subject.standing.series.calendar, subject.kpi.key
    lines = [
        LookLine(
            one.key, sentences.title(one), sentences.sentence(one, subject.metric, calendar, locale()),
            sentences.advice(one), explained=_explained(one.explanation),
            explain_url=reverse("kpi_explanation", args=[key, one.key]),
            removal_url=reverse("kpi_explanation_removal", args=[key, one.key]),
        )
        for one in found[subject.kpi.id]
    ]  # fmt: skip
    guarded = _guarded(subject.actor, [use for use in uses if not use.is_guard], subject)
    return LookView(
        [one for one in lines if not one.explained] + guarded,
        [one for one in lines if one.explained],
        subject.may["change"] and not subject.is_archived,
    )


def flag_view(subject: KeyResultSubject, each: KeyResultStanding) -> LookView:
    """Of a key result."""
    flags = flags_in([each], subject.point, with_explained=True)[each.pk]
    seen = flag_sentences.seen_guards(subject.actor, flags)
    lines = [
        LookLine(
            one.key, flag_sentences.title(one), flag_sentences.sentence(each, one, seen, locale()),
            flag_sentences.advice(one), explained=_explained(one.explanation),
            explain_url=reverse("key_result_explanation", args=[each.key, one.key]),
            removal_url=reverse("key_result_explanation_removal", args=[each.key, one.key]),
        )
        for one in flags
    ]  # fmt: skip
    return LookView(
        [one for one in lines if not one.explained], [one for one in lines if one.explained],
        subject.may["change"] and not subject.is_archived,
    )  # fmt: skip


def flag_words(actor: Actor, rows: Iterable[tuple[KeyResultStanding, Sequence[Flag]]]) -> dict[int, list[str]]:
    """Flags of key results in sentences, by id; one statement for all their guards."""
    known = list(rows)
    seen = flag_sentences.seen_guards(actor, [flag for _each, flags in known for flag in flags])
    return {
        each.pk: [flag_sentences.sentence(each, flag, seen, locale()) for flag in flags] for each, flags in known
    }  # fmt: skip


def _explained(explanation: Explanation | FlagExplanation | None) -> str:
    if explanation is None:
        return ""
    words = {
        "author": explanation.author, "day": moment_words(explanation.known_at), "reason": explanation.reason,
    }  # fmt: skip
    return _("%(author)s, %(day)s: %(reason)s") % words


def _guarded(actor: Actor, uses: Sequence[UseLine], subject: Subject) -> list[LookLine]:
    """Guards that gave way while the key results this KPI moves were worked on; they are explained there."""
    running: list[KeyResultStanding] = [use.standing for use in uses if use.standing.key_result.guard_id is not None]
    if not running:
        return []
    flags = flags_in(running, subject.point)
    worse = [(each, [one for one in flags[each.pk] if one.key == "guard-worse"]) for each in running]
    said, title = flag_words(actor, worse), str(flag_sentences.TITLES["guard-worse"])
    return [
        LookLine("guard-worse", title, words, url=f"{reverse('key_result', args=[each.key])}#looks")
        for each in running
        for words in said[each.pk]
    ]
