"""What an objective hangs together with: teams, other objectives, KPIs and the work for it, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.core.access import visible
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import standings
from sextant.metrics.effect_sentences import verdict_words
from sextant.okrs.access import visible_to
from sextant.okrs.models import Objective
from sextant.okrs.queries.contributions import contributions
from sextant.okrs.queries.cycles import Stop
from sextant.okrs.queries.effects import OPEN, Effect, effects
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import LinkRow, day_of
from sextant.okrs.queries.standing import ObjectiveStanding, okr_board
from sextant.people import queries as people
from sextant.web import okr_words
from sextant.web.kpi_words import day_words, said
from sextant.web.objective_subject import ObjectiveSubject, asked_day


@dataclass(frozen=True, slots=True)
class TeamShare:
    """What one team does for the objective."""

    name: str
    url: str
    share: str
    progress: str
    key_results: list[str]
    children: list[tuple[str, str]]
    hidden: int


@dataclass(frozen=True, slots=True)
class Related:
    """Another objective that hangs together with this one; `link` is the id of the link, 0 where it is not ours."""

    title: str
    url: str
    team: str
    cycle: str
    standing: ObjectiveStanding | None
    score: str
    weight: str = ""
    link: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """An initiative with what it should move and whether that moved."""

    title: str
    url: str
    state: str
    owner: str
    dates: str
    link: str
    key_result: str
    key_result_url: str
    effect: str
    verdict: str
    verdict_words: str
    moved: str


@dataclass(frozen=True, slots=True)
class KpiBehind:
    name: str
    url: str
    value: str
    status: str
    used: str


def day_of_words(value: object) -> str:
    """A day or moment as a driver gives it, as people say it; empty for none."""
    day = value.date() if isinstance(value, datetime) else day_of(value)
    return day_words(day) if day is not None else ""


def kpis_of(subject: ObjectiveSubject) -> dict[int, Kpi]:
    """KPIs the actor may see that watch a metric of a key result, or guard one, by metric id."""
    ids = {one.metric.id for one in subject.standing.key_results if one.metric is not None}
    guards = {one.key_result.guard_id for one in subject.standing.key_results if one.key_result.guard_id}
    found = visible("kpi", subject.actor).filter(metric_id__in=ids | guards, archived_at=None)
    return {one.metric_id: one for one in found.exclude(state="retired").select_related("metric", "metric__team")}


def kpis_behind(subject: ObjectiveSubject, kpis: dict[int, Kpi]) -> list[KpiBehind]:
    moved = {one.metric.id: one.title for one in subject.standing.key_results if one.metric is not None}
    day = asked_day(subject.as_of)
    return [
        KpiBehind(
            each.metric.name,
            reverse("kpi", args=[each.kpi.key]) + day,
            said(each.value, each.metric),
            each.status,
            moved.get(each.metric.pk) or _("guards a key result"),
        )
        for each in standings(list(kpis.values()), subject.point)
    ]


def teams_of(subject: ObjectiveSubject) -> list[TeamShare]:
    tree, day = people.team_tree(), asked_day(subject.as_of)
    found = contributions(subject.actor, subject.standing)
    if len(found) < 2 and not any(one.team_id != subject.objective.team_id for one in found):
        return []
    return [
        TeamShare(
            tree[one.team_id].name if one.team_id in tree else "",
            reverse("team", args=[tree[one.team_id].key]) if one.team_id in tree else "",
            okr_words.share_words(one.share) if one.share else "",
            okr_words.share_words(one.progress),
            [each.title for each in one.key_results],
            [(each.title, reverse("objective", args=[each.key]) + day) for each in one.children],
            one.hidden,
        )
        for one in found
    ]


def children_of(subject: ObjectiveSubject) -> list[Related]:
    board, day = subject.standing.board, asked_day(subject.as_of)
    links = {one.child_id: one for one in board.children.get(subject.standing.pk, ())}
    seen = visible_to(subject.actor).filter(pk__in=list(links), archived_at=None)
    return [
        Related(
            one.title, reverse("objective", args=[one.key]) + day, one.team.name, one.cycle.name if one.cycle else "",
            board.objectives.get(one.pk), "", "" if links[one.pk].weight == 1 else f"{links[one.pk].weight:g}",
        )
        for one in seen
    ]  # fmt: skip


def hidden_children(subject: ObjectiveSubject) -> int:
    ids = subject.standing.children
    return len(ids) - visible_to(subject.actor).filter(pk__in=ids).count()


def ends_of(subject: ObjectiveSubject, links: Sequence[LinkRow]) -> list[Related]:
    """The objectives these links lead to, as far as the actor may see them."""
    return _related(subject, {one.parent_id: one.id for one in links})


def starts_of(subject: ObjectiveSubject, kind: str) -> list[Related]:
    own = subject.standing
    return _related(
        subject, {one.child_id: 0 for one in own.board.links if one.kind == kind and one.parent_id == own.pk}
    )


def _related(subject: ObjectiveSubject, wanted: dict[int, int]) -> list[Related]:
    seen = list(visible_to(subject.actor).filter(pk__in=list(wanted), archived_at=None))
    if not seen:
        return []
    board = okr_board(Objective.objects.filter(pk__in=[one.pk for one in seen]), subject.point,
                      links=subject.standing.board.links)  # fmt: skip
    day = asked_day(subject.as_of)
    return [
        Related(
            one.title, reverse("objective", args=[one.key]) + day, one.team.name, one.cycle.name if one.cycle else "",
            board.objectives.get(one.pk), "", link=wanted[one.pk],
        )
        for one in seen
    ]  # fmt: skip


def step_line(stop: Stop, subject: ObjectiveSubject) -> Related:
    one = stop.objective
    score = okr_words.share_words(stop.so_far) if stop.closure is None else _score_words(stop.score)
    url = reverse("objective", args=[one.key]) + asked_day(subject.as_of)
    return Related(one.title, url, one.team.name, one.cycle.name if one.cycle else "", None, score)


def _score_words(score: float | None) -> str:
    return _("closed without a score") if score is None else _("score %(score)s") % {"score": f"{score:.2f}"}


def initiatives_of(subject: ObjectiveSubject, key_result_id: int | None = None) -> list[Work]:
    """Work for the objective, or for one of its key results, with whether it moved what it should."""
    found = subject.objective.initiatives.filter(archived_at=None).select_related("owner", "key_result")
    if key_result_id is not None:
        found = found.filter(key_result_id=key_result_id)
    if subject.point.known_at is not None:
        found = found.filter(created_at__lte=subject.point.known_at)
    rows = list(found)
    moved = effects(rows, subject.standing.board, subject.point)
    board = subject.standing.board
    lines = []
    for one in rows:
        each = board.key_results.get(one.key_result_id or 0)
        lines.append(
            Work(
                one.title, reverse("initiative", args=[one.key]), str(one.get_state_display()),
                one.owner.name if one.owner else "", span_words(one.starts_on, one.done_on or one.due_on), one.link,
                each.title if each is not None else "",
                reverse("key_result", args=[each.key]) if each is not None else "",
                moved.get(one.pk, OPEN).sentence, moved.get(one.pk, OPEN).verdict,
                verdict_words(moved.get(one.pk, OPEN).verdict), moved_words(each, moved.get(one.pk, OPEN)),
            )
        )  # fmt: skip
    return lines


def moved_words(each: KeyResultStanding | None, effect: Effect) -> str:
    """ "60 min before, 40 min now"; empty without values on both sides."""
    if each is None or effect.before is None or effect.after is None:
        return ""
    return _("%(before)s before, %(after)s now") % {
        "before": okr_words.figure(each, effect.before), "after": okr_words.figure(each, effect.after),
    }  # fmt: skip


def span_words(first: object, last: object) -> str:
    begin, end = day_of_words(first) if first else "", day_of_words(last) if last else ""
    return f"{begin} – {end}" if begin or end else ""
