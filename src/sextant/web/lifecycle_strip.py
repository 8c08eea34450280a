"""What is at work on a KPI, as the strip on top of its page, of its key result, and of the page that decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.calc import promotion as calc
from sextant.core import access
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.lifecycle.looking import is_followed
from sextant.lifecycle.models import Life, Promotion
from sextant.lifecycle.queries.deeds import answer_at
from sextant.lifecycle.queries.lives import lives_at
from sextant.lifecycle.queries.marks import Mark, marks
from sextant.lifecycle.queries.promotions import exit_progress, promotion_of
from sextant.lifecycle.queries.suggested import trouble_of
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult
from sextant.web.kpi_words import thing_url
from sextant.web.lifecycle_words import Way, day_of, state_word, way_of


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done next."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Where the KPI is in its life, in words, with what can be done about it from here."""

    state: str
    word: str  # the state, or that it is a relapse
    says: str
    way: Way | None
    facts: Sequence[tuple[str, str]]  # words and an address, which may be empty
    acts: Sequence[Act]
    url: str
    asks_url: str  # where "what changed it?" is answered, while nobody did


def strip_of(actor: Actor, kpi: Kpi, point: Standpoint) -> Strip | None:
    """None for a KPI that is monitored and needs nothing."""
    mark = marks([kpi.pk], point).get(kpi.pk)
    if mark is None:
        return None
    promotion = last_promotion(kpi, point)
    at_work = promotion if mark.is_at_work else None
    is_past = point.as_of is not None
    return Strip(
        state=mark.state,
        word=calc.RELAPSE if mark.is_relapse else mark.state,
        says=(trouble_of(kpi, point) if mark.state == calc.SUSPECTED and not mark.is_relapse else "") or mark.sentence,
        way=_way(at_work, point) if at_work is not None else None,
        facts=_facts(actor, at_work) if at_work is not None else (),
        acts=() if is_past or not access.can("kpi", actor, "change", kpi) else acts_of(kpi, mark),
        url=reverse("kpi", args=[kpi.key]),
        asks_url="" if is_past or promotion is None else asks_url(actor, promotion),
    )


def strip_of_key_result(actor: Actor, key_result: KeyResult, point: Standpoint) -> Strip | None:
    """For a key result that a KPI was promoted to: how far it has come back, or how the promotion ended."""
    promotion = promotion_of(key_result)
    if promotion is None or (point.known_at is not None and promotion.started_at > point.known_at):
        return None
    kpi = promotion.kpi
    if not access.visible("kpi", actor).filter(pk=kpi.pk).exists():
        return None
    named = [(_("Its KPI: %(name)s") % {"name": kpi.metric.name}, reverse("kpi", args=[kpi.key]))]
    mark = marks([kpi.pk], point).get(kpi.pk)
    if mark is not None and mark.is_at_work and mark.key_result == key_result.key:
        strip = strip_of(actor, kpi, point)
        facts = [*named, *_guard_facts(actor, promotion)]
        is_waiting = mark.state == calc.OVERDUE and point.as_of is None and access.can("kpi", actor, "change", kpi)
        decide = [Act(_("Decide"), reverse("kpi_decision", args=[kpi.key]))] if is_waiting else []
        return None if strip is None else replace(strip, facts=facts, acts=[*decide, *strip.acts], asks_url="")
    if promotion.ended_at is None or (point.known_at is not None and promotion.ended_at > point.known_at):
        return None
    words = {"outcome": state_word(promotion.outcome), "day": day_of(promotion.ended_at)}
    says = _("%(outcome)s on %(day)s.") % words
    if answer := answer_at(promotion, point):
        says += " " + _("What changed it: %(text)s") % {"text": answer}
    asks = "" if point.as_of is not None else asks_url(actor, promotion)
    return Strip("watched", promotion.outcome, says, None, named, (), named[0][1], asks)


def last_promotion(kpi: Kpi, point: Standpoint) -> Promotion | None:
    """The promotion at work on it, or the one it is watched after."""
    number = lives_at([kpi.pk], point)[kpi.pk].promotion
    if number is None:
        return None
    found = Promotion.objects.filter(pk=number)
    return found.select_related("kpi__metric", "key_result__objective", "key_result__guard", "owner").first()


def asks_url(actor: Actor, promotion: Promotion) -> str:
    """Where the question what changed it is answered; empty where it was, or where it is not theirs to answer."""
    is_open = promotion.outcome == "reverted" and not promotion.what_changed
    if not is_open or not access.can("promotion", actor, "answer", promotion):
        return ""
    return reverse("promotion_answer", args=[promotion.pk])


def promote_url(actor: Actor, kpi: Kpi, point: Standpoint) -> str:
    """Where it is promoted; empty where it cannot be now, or not by them."""
    return promote_urls(actor, [kpi], point)[kpi.pk]


def promote_urls(actor: Actor, kpis: Sequence[Kpi], point: Standpoint) -> dict[int, str]:
    """The same for many, by id, with one statement."""
    may = [one for one in kpis if point.as_of is None and is_followed(one) and access.can("kpi", actor, "change", one)]
    lives = lives_at([one.pk for one in may], point) if may else {}
    possible = {pk for pk, life in lives.items() if life.state in calc.DECISIONS["promoted"]}
    return {one.pk: reverse("kpi_promote", args=[one.key]) if one.pk in possible else "" for one in kpis}


def acts_of(kpi: Kpi, mark: Mark) -> list[Act]:
    """What else can be done about it; the first thing to do stands in the head of the page."""
    decide = reverse("kpi_decision", args=[kpi.key])
    if mark.state == calc.SUSPECTED:
        return [Act(_("Accept it or set it aside"), decide)]
    if mark.state == calc.OVERDUE:
        return []
    if mark.is_at_work:
        return [Act(_("Extend, plan anew or end it"), decide)]
    return [Act(_("Promote"), reverse("kpi_promote", args=[kpi.key]))]


def _way(promotion: Promotion, point: Standpoint) -> Way:
    found = exit_progress(promotion, point)
    return way_of(found.met, found.needed, found.sentence)


def _facts(actor: Actor, promotion: Promotion) -> list[tuple[str, str]]:
    """Its key result, and what must not get worse; what the actor may not see is not named."""
    facts = []
    key_result = promotion.key_result
    if access.visible("key_result", actor).filter(pk=key_result.pk).exists():
        facts.append((key_result.title, reverse("key_result", args=[key_result.key])))
    return [*facts, *_guard_facts(actor, promotion)]


def _guard_facts(actor: Actor, promotion: Promotion) -> list[tuple[str, str]]:
    guard = seen_guard(actor, promotion)
    return [] if guard is None else [(_("%(name)s must not get worse") % {"name": guard.name}, thing_url(guard))]


def seen_guard(actor: Actor, promotion: Promotion) -> Metric | None:
    """What must not get worse meanwhile, if the actor may see it."""
    guard = promotion.key_result.guard
    if guard is None or not access.visible("metric", actor).filter(pk=guard.pk).exists():
        return None
    return guard


def version_of(kpi: Kpi) -> int:
    """The version of its life, 0 before anything happened: what a decision about the KPI itself is checked against."""
    return Life.objects.filter(kpi=kpi).values_list("version", flat=True).first() or 0
