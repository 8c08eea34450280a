"""The eight pitfalls of KPIs, each detected from what is there (docs/guide/practice.md says the same in words)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count, Q

from sextant.calc.pitfalls import NONE, SOME
from sextant.kpis.models import ChangeProposal, Target
from sextant.kpis.queries.balance import FEWEST, NOTHING_LEADS, findings_of
from sextant.kpis.queries.facts import standing_at
from sextant.kpis.queries.standing import Standing
from sextant.kpis.sentences import trust_reason
from sextant.metrics.models import DetectionSetting, Metric
from sextant.notifications.models import Comment
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.second_looks import SecondLook
from sextant.people import queries as people
from sextant.practice.queries.evidence import Evidence, Item
from sextant.practice.queries.maturity import has_definition, has_target
from sextant.practice.queries.situation import Situation, team_counts

FEWEST_VALUES = 6
"""Fewer values than these are no history."""
YEAR = timedelta(days=365)
CHANGED_DAYS = 182
DISPUTED = 3
"""So many comments since a change are more than a question."""
SAYS = 0.2
"""Where fewer KPIs than this share say what they do not show, people read too much into them."""
RARE = ("half", "year")
WEAK_GRADES = ("C", "D")
DOUBTFUL_VALUES = ("frozen", "too-smooth")


def no_context(now: Situation) -> Evidence:
    """KPIs that lack a history, a target for the running period, or words that say how they are measured."""
    items = []
    for each in now.kpis:
        values = int(np.count_nonzero(~np.isnan(each.series.values[: each.series.complete])))
        if not has_definition(each):
            items.append(_item(each, "no-definition"))
        if not has_target(each):
            items.append(_item(each, "no-running-target"))
        if values < FEWEST_VALUES:
            items.append(_item(each, "no-history", count=values))
    return Evidence.of(_all(now), items)


def narrow_focus(now: Situation) -> Evidence:
    """Teams whose KPIs look at one side only; of up to three questions, how many find something.

    With four KPIs or more: is there more than one perspective, and does anything lead? Where a KPI is worked on as a
    key result: has it a guard metric?
    """
    tree = people.team_tree()
    totals: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    items = []
    for team_id, own in now.kpis_by_team.items():
        found: list[tuple[str, int]] = []
        if len(own) >= FEWEST:
            totals[team_id] += 2
            found += [(reason, len(own)) for reason in _one_sided(own)]
        worked_on = [each for each in own if each.kpi.pk in now.guards or each.kpi.pk in now.promoted]
        unguarded = [each for each in worked_on if not now.guards.get(each.kpi.pk, False)]
        if worked_on:
            totals[team_id] += 1
            found += [("no-guard", len(unguarded))] if 2 * len(unguarded) >= len(worked_on) else []
        counts[team_id] += len(found)
        node = tree[team_id]
        items += [Item(team_id, "team", node.key, node.name, reason, (("count", n),)) for reason, n in found]
    return Evidence(totals, counts, items)


def _one_sided(own: Sequence[Standing]) -> list[str]:
    pairs = [(each.metric.perspective, each.metric.leads) for each in own]
    said = [perspective for perspective, _leads in pairs if perspective]
    found = ["one-perspective"] if 2 * len(said) > len(pairs) and len(set(said)) == 1 else []
    return [*found, *([NOTHING_LEADS] if NOTHING_LEADS in findings_of(pairs) else [])]


def inflexible(now: Situation) -> Evidence:
    """KPIs with a review date that has passed, without any, or with a target older than four quarters."""
    said = _targets_said(now)
    day = now.point.now.date()
    items = []
    for each in now.kpis:
        review = each.kpi.review_on
        if review is None or review < day:
            items.append(_item(each, "no-review" if review is None else "review-passed"))
        newest = said.get(each.kpi.pk)
        if newest is not None and newest < now.moment - YEAR:
            items.append(_item(each, "old-target", days=(now.moment - newest).days))
    return Evidence.of(_all(now), items)


def _targets_said(now: Situation) -> dict[int, datetime]:
    """When the newest standing target of each KPI was said."""
    rows = Target.objects.filter(standing_at(now.point), kpi_id__in=[each.kpi.pk for each in now.kpis])
    found: dict[int, datetime] = {}
    for kpi_id, known_at in rows.values_list("kpi_id", "known_at"):
        found[kpi_id] = max(known_at, found.get(kpi_id, known_at))
    return found


def hard_to_measure(now: Situation) -> Evidence:
    """KPIs typed in by hand that come late or once in half a year, ratings nobody explained, and mostly estimates."""
    items = []
    for each in now.kpis:
        typed = each.recording is not None and each.recording.kind == "form"
        if typed and each.freshness in ("stale", "never"):
            items.append(_item(each, "typed-and-late"))
        if typed and each.metric.frequency in RARE:
            items.append(_item(each, "typed-and-rare"))
        if each.metric.unit == "rating" and not has_definition(each):
            items.append(_item(each, "rating-without-rubric"))
        if each.trust_facts.estimated_share >= 0.5:
            items.append(_item(each, "mostly-estimated", share=round(100 * each.trust_facts.estimated_share)))
    return Evidence.of(_all(now), items)


def data_quality(now: Situation) -> Evidence:
    """KPIs with a trust grade of C or D, and those whose values stand still or are too smooth."""
    items = []
    for each in now.kpis:
        if each.trust.grade in WEAK_GRADES:
            heaviest = max(each.trust.reasons, key=lambda reason: reason.points)
            items.append(_item(each, "weak-trust", grade=each.trust.grade, because=trust_reason(heaviest)))
        for one in now.kpi_looks.get(each.kpi.pk, ()):
            if one.key in DOUBTFUL_VALUES:
                items.append(_item(each, one.key, count=one.count))
    return Evidence.of(_all(now), items)


def over_reliance(now: Situation) -> Evidence:
    """Key results and KPIs that meet their target while their guard metric gets worse; and, as a weaker sign, teams in
    which hardly a KPI says what it does not show.
    """
    looked, found = list[int](), list[tuple[KeyResultStanding, Metric, SecondLook]]()
    items: list[Item] = []
    on_target = {each.metric.id for each in now.kpis if each.computed == "on_target"}
    for one in now.running:
        if not one.is_published or one.metric is None or one.key_result.guard_id is None:
            continue
        looked.append(now.team_of(one))
        is_met = one.progress is not None and one.progress >= 1
        if not is_met and one.metric.id not in on_target:
            continue
        worse = next((look for look in now.key_result_looks.get(one.pk, ()) if look.key == "guard-worse"), None)
        if worse is not None and worse.guard is not None:
            found.append((one, worse.guard, worse))
    seen = now.seen_metrics(guard.pk for _one, guard, _look in found)
    for one, guard, look in found:
        figures = (("guard", guard.name), ("before", look.before), ("after", look.after))
        reason, told = ("guard-worse", figures) if guard.pk in seen else ("unseen-guard-worse", ())
        items.append(Item(now.team_of(one), "key_result", one.key, one.title, reason, told))
    silent = [each for each in now.kpis if not each.kpi.does_not_show.strip()]
    hints: dict[int | None, str] = {}
    for team_id, own in [(None, now.kpis), *now.kpis_by_team.items()]:
        said = sum(bool(each.kpi.does_not_show.strip()) for each in own)
        if len(own) >= FEWEST:
            hints[team_id] = SOME if said < SAYS * len(own) else NONE
    counted = Evidence.of(team_counts(looked), items)
    named = [*items, *(_item(each, "says-nothing-hidden") for each in silent if hints.get(each.metric.team_id) == SOME)]
    return Evidence(counted.totals, counted.counts, named, hints=hints)


def hidden_causes(now: Situation) -> Evidence:
    """KPIs to which no driver is linked and that are calculated from nothing."""
    items = [_item(each, "no-drivers") for each in now.kpis if each.metric.id not in now.driven]
    return Evidence.of(_all(now), items)


def resistance(now: Situation) -> Evidence:
    """KPIs measured in another way since half a year at most, or proposed to be, where values stay away, findings are
    rejected since, many comments were written, or somebody concerned objected.
    """
    changed = {each.kpi.pk: (each, at) for each in now.kpis if (at := _changed_at(each, now)) is not None}
    objections = _objections(now)
    rejected, comments = _rejected_since(now, changed), _comments_since(now, changed)
    items = []
    for each, _at in changed.values():
        if each.freshness in ("stale", "never"):
            items.append(_item(each, "stopped-after-change"))
        if each.metric.id in rejected:
            items.append(_item(each, "rejected-after-change"))
        if comments[each.kpi.key] >= DISPUTED:
            items.append(_item(each, "disputed-after-change", count=comments[each.kpi.key]))
    concerned = [each for each in now.kpis if each.kpi.pk in changed or each.kpi.pk in objections]
    items += [_item(each, "objected") for each in concerned if objections.get(each.kpi.pk)]
    return Evidence.of(team_counts([each.metric.team_id for each in concerned]), items)


def _objections(now: Situation) -> dict[int, bool]:
    """KPIs with a change announced within the window, by id: whether anybody objected."""
    rows = ChangeProposal.objects.filter(
        kpi_id__in=[each.kpi.pk for each in now.kpis], announced_at__gte=now.since(CHANGED_DAYS),
        announced_at__lte=now.moment,
    )  # fmt: skip
    against = Q(sign_offs__answer="objected", sign_offs__answered_at__lte=now.moment)
    found: dict[int, bool] = {}
    for kpi_id, number in rows.annotate(against=Count("sign_offs", filter=against)).values_list("kpi_id", "against"):
        found[kpi_id] = found.get(kpi_id, False) or number > 0
    return found


Changed = Mapping[int, tuple[Standing, datetime]]


def _changed_at(each: Standing, now: Situation) -> datetime | None:
    """When its newest definition was written, if it replaced one within the window."""
    newest = each.versions[-1] if each.versions else None
    if newest is None or newest.number < 2 or not now.since(CHANGED_DAYS) <= newest.known_at <= now.moment:
        return None
    return newest.known_at


def _rejected_since(now: Situation, changed: Changed) -> set[int]:
    """Metrics of which a finding was rejected after they changed."""
    at = {each.metric.id: moment for each, moment in changed.values()}
    rows = DetectionSetting.objects.filter(standing_at(now.point), metric_id__in=list(at))
    return {row.metric_id for row in rows if row.limits.get("rejected") and row.known_at >= at[row.metric_id]}


def _comments_since(now: Situation, changed: Changed) -> Counter[str]:
    """Comments on KPIs, by key, since they changed."""
    at = {each.kpi.key: moment for each, moment in changed.values()}
    rows = Comment.objects.filter(
        subject_kind="kpi", subject_key__in=list(at), deleted_at=None, known_at__lte=now.moment
    )
    return Counter(key for key, moment in rows.values_list("subject_key", "known_at") if moment >= at[key])


def _all(now: Situation) -> dict[int, int]:
    return {team_id: len(own) for team_id, own in now.kpis_by_team.items()}


def _item(each: Standing, reason: str, **figures: object) -> Item:
    return Item(each.metric.team_id, "kpi", each.kpi.key, each.metric.name, reason, tuple(figures.items()))


DETECTORS: Mapping[str, Callable[[Situation], Evidence]] = {
    "kpi-no-context": no_context,
    "kpi-narrow-focus": narrow_focus,
    "kpi-inflexible": inflexible,
    "kpi-hard-to-measure": hard_to_measure,
    "kpi-data-quality": data_quality,
    "kpi-over-reliance": over_reliance,
    "kpi-hidden-causes": hidden_causes,
    "kpi-resistance": resistance,
}
