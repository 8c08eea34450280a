"""What is worth a second look at a KPI or a key result, as its page says it: what is seen, what to check, and who
explained it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.core.actors import Actor
from sextant.kpis import second_look_sentences as kpi_sentences
from sextant.kpis.models import Explanation as KpiExplanation
from sextant.kpis.queries.second_looks import second_looks
from sextant.okrs import second_look_sentences as key_result_sentences
from sextant.okrs.models import Explanation as KeyResultExplanation
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.second_looks import SecondLook, second_looks_in
from sextant.web.kpi_subject import Subject
from sextant.web.kpi_uses import UseLine
from sextant.web.kpi_words import locale, moment_words
from sextant.web.objective_subject import KeyResultSubject


@dataclass(frozen=True, slots=True)
class SecondLookLine:
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
class SecondLookView:
    open: list[SecondLookLine]
    explained: list[SecondLookLine]
    may_explain: bool


def kpi_second_looks(subject: Subject, uses: Sequence[UseLine]) -> SecondLookView:
    """Of a KPI at work; a draft or a metric nobody watches is not looked at."""
    if not subject.is_watched or subject.kpi.state != "active":
        return SecondLookView([], [], False)
    found = second_looks([subject.kpi], subject.point, known={subject.kpi.id: subject.standing}, with_explained=True)
    calendar, key = subject.standing.series.calendar, subject.kpi.key
    lines = [
        SecondLookLine(
            one.key, kpi_sentences.title(one), kpi_sentences.sentence(one, subject.metric, calendar, locale()),
            kpi_sentences.advice(one), explained=_explained(one.explanation),
            explain_url=reverse("kpi_explanation", args=[key, one.key]),
            removal_url=reverse("kpi_explanation_removal", args=[key, one.key]),
        )
        for one in found[subject.kpi.id]
    ]  # fmt: skip
    guarded = _guarded(subject.actor, [use for use in uses if not use.is_guard], subject)
    return SecondLookView(
        [one for one in lines if not one.explained] + guarded,
        [one for one in lines if one.explained],
        subject.may["change"] and not subject.is_archived,
    )


def key_result_second_looks(subject: KeyResultSubject, each: KeyResultStanding) -> SecondLookView:
    """Of a key result."""
    looks = second_looks_in([each], subject.point, with_explained=True)[each.pk]
    seen = key_result_sentences.seen_guards(subject.actor, looks)
    lines = [
        SecondLookLine(
            one.key, key_result_sentences.title(one), key_result_sentences.sentence(each, one, seen, locale()),
            key_result_sentences.advice(one), explained=_explained(one.explanation),
            explain_url=reverse("key_result_explanation", args=[each.key, one.key]),
            removal_url=reverse("key_result_explanation_removal", args=[each.key, one.key]),
        )
        for one in looks
    ]  # fmt: skip
    return SecondLookView(
        [one for one in lines if not one.explained], [one for one in lines if one.explained],
        subject.may["change"] and not subject.is_archived,
    )  # fmt: skip


def second_look_words(
    actor: Actor, rows: Iterable[tuple[KeyResultStanding, Sequence[SecondLook]]]
) -> dict[int, list[str]]:
    """Second looks at key results in sentences, by id; one statement for all their guards."""
    known = list(rows)
    seen = key_result_sentences.seen_guards(actor, [look for _each, looks in known for look in looks])
    return {
        each.pk: [key_result_sentences.sentence(each, look, seen, locale()) for look in looks] for each, looks in known
    }  # fmt: skip


def _explained(explanation: KpiExplanation | KeyResultExplanation | None) -> str:
    if explanation is None:
        return ""
    words = {
        "author": explanation.author, "day": moment_words(explanation.known_at), "reason": explanation.reason,
    }  # fmt: skip
    return _("%(author)s, %(day)s: %(reason)s") % words


def _guarded(actor: Actor, uses: Sequence[UseLine], subject: Subject) -> list[SecondLookLine]:
    """Guards that gave way while the key results this KPI moves were worked on; they are explained there."""
    running: list[KeyResultStanding] = [use.standing for use in uses if use.standing.key_result.guard_id is not None]
    if not running:
        return []
    looks = second_looks_in(running, subject.point)
    worse = [(each, [one for one in looks[each.pk] if one.key == "guard-worse"]) for each in running]
    said, title = second_look_words(actor, worse), str(key_result_sentences.TITLES["guard-worse"])
    return [
        SecondLookLine("guard-worse", title, words, url=f"{reverse('key_result', args=[each.key])}#second-looks")
        for each in running
        for words in said[each.pk]
    ]
