"""The page of an objective as its template needs it: everything worked out, nothing to be decided there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sextant.calc.number_display import MINUS
from sextant.core.errors import Problem
from sextant.kpis.models import Kpi
from sextant.okrs.commands.objectives import missing_for_activation
from sextant.okrs.queries.closing import closing_of
from sextant.okrs.queries.cycles import steps_of
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import OverrideRow
from sextant.okrs.queries.second_looks import second_looks_in
from sextant.okrs.queries.standing import ObjectiveStanding
from sextant.web import okr_words
from sextant.web.kpi_words import Told, day_words
from sextant.web.lifecycle_marks import NOTHING, marks_of_key_results
from sextant.web.objective_related import (
    KpiBehind,
    Related,
    TeamShare,
    Work,
    children_of,
    day_of_words,
    ends_of,
    hidden_children,
    initiatives_of,
    kpis_behind,
    kpis_of,
    starts_of,
    step_line,
    teams_of,
)
from sextant.web.objective_subject import ObjectiveSubject, asked_day
from sextant.web.okr_whys import whys_of_key_result, whys_of_objective
from sextant.web.second_look_view import second_look_words
from sextant.web.wording_view import FindingLine, finding_lines


@dataclass(frozen=True, slots=True)
class Missing:
    """What something lacks, and where to say it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class KeyResultLine:
    """A key result as a row."""

    standing: KeyResultStanding
    url: str
    owner: str
    way: str
    pace: str
    weight: str
    newest: str
    checked: str
    confidence: int | None
    whys: dict[str, Told]
    missing: list[Missing]
    kpi_url: str
    kpi_name: str
    second_looks: list[str]
    life: SafeString  # the mark of a key result that a KPI was promoted to


@dataclass(frozen=True)
class ObjectiveView:
    standing: ObjectiveStanding
    progress: str
    computed_progress: str
    counted: str
    whys: dict[str, Told]
    override: OverrideRow | None
    override_until: str
    score: str
    outcome: str
    learning: str
    lines: list[KeyResultLine]
    missing: list[Missing]
    findings: list[FindingLine]
    teams: list[TeamShare]
    children: list[Related]
    hidden_children: int
    supports: list[Related]
    supported_by: list[Related]
    step_of: list[Related]
    steps: list[Related]
    initiatives: list[Work]
    kpis: list[KpiBehind]
    dates: str

    @property
    def proposals(self) -> int:
        return sum(line.has_proposal for line in self.findings)


def objective_view(subject: ObjectiveSubject) -> ObjectiveView:
    """Everything the page shows."""
    standing = subject.standing
    kpis = kpis_of(subject)
    own_links = standing.board.links_of.get(standing.pk, [])
    closing = closing_of(subject.objective, subject.point) if standing.state == "closed" else None
    closure = closing.closure if closing is not None else None
    override = standing.override
    found = second_looks_in(standing.key_results, subject.point)
    looks = second_look_words(subject.actor, [(one, found[one.pk]) for one in standing.key_results])
    lives = marks_of_key_results(subject.actor, [one.pk for one in standing.key_results], subject.point)
    return ObjectiveView(
        standing=standing,
        progress=okr_words.share_words(standing.progress),
        computed_progress=okr_words.share_words(standing.computed_progress),
        counted=okr_words.counted_words(standing.counted, standing.total),
        whys=whys_of_objective(standing),
        override=override,
        override_until="" if override is None else day_of_words(override.expires_on),
        score=f"{closure.score:.2f}" if closure is not None and closure.score is not None else "",
        outcome=closure.outcome if closure is not None else "",
        learning=closure.learning if closure is not None else "",
        lines=[
            key_result_line(subject, one, kpis, looks[one.pk], lives.get(one.pk, NOTHING))
            for one in standing.key_results
        ],
        missing=missing_of(subject) if standing.state in ("draft", "proposed", "agreed") else [],
        findings=finding_lines(subject) if subject.as_of is None else [],
        teams=teams_of(subject),
        children=children_of(subject),
        hidden_children=hidden_children(subject),
        supports=ends_of(subject, [one for one in own_links if one.kind == "supports"]),
        supported_by=starts_of(subject, "supports"),
        step_of=ends_of(subject, [one for one in own_links if one.kind == "step_of"]),
        steps=[step_line(one, subject) for one in steps_of(subject.actor, subject.objective, subject.point)],
        initiatives=initiatives_of(subject),
        kpis=kpis_behind(subject, kpis),
        dates=_dates(standing),
    )


def _dates(standing: ObjectiveStanding) -> str:
    if standing.starts_on is None or standing.ends_on is None:
        return ""
    return f"{day_words(standing.starts_on)} – {day_words(standing.ends_on)}"


def key_result_line(
    subject: ObjectiveSubject, each: KeyResultStanding, kpis: dict[int, Kpi], looks: list[str], life: SafeString
) -> KeyResultLine:
    key_result = each.key_result
    kpi = kpis.get(each.metric.id) if each.metric is not None else None
    day = asked_day(subject.as_of)
    return KeyResultLine(
        standing=each,
        url=reverse("key_result", args=[each.key]) + day,
        owner=key_result.owner.name if key_result.owner else "",
        way=okr_words.now_and_target(each),
        pace=pace_words(each.pace),
        weight="" if each.weight == 1 else f"{each.weight:g}",
        newest=okr_words.newest_words(each),
        checked=checked_words(each),
        confidence=each.confidence,
        whys=whys_of_key_result(each),
        missing=missing_lines(each.key, each.missing, metric_key(subject, each)),
        kpi_url=reverse("kpi", args=[kpi.key]) + day if kpi is not None else "",
        kpi_name=kpi.name if kpi is not None else "",
        second_looks=looks,
        life=life,
    )


def pace_words(pace: float | None) -> str:
    """Progress as a multiple of what is expected: "0.94"; empty for none."""
    return "" if pace is None else f"{pace:.2f}".replace("-", MINUS)


def checked_words(each: KeyResultStanding) -> str:
    """Who said something last, and when."""
    last = each.latest_check_in
    if last is None:
        return ""
    return _("%(name)s, %(day)s") % {"name": last.author, "day": day_of_words(last.known_at)}


def metric_key(subject: ObjectiveSubject, each: KeyResultStanding) -> str:
    """The key of its metric, empty without one the actor may see."""
    return each.metric.key if each.metric is not None and each.metric.id in subject.seen_metrics else ""


def topics_of(subject: ObjectiveSubject, each: KeyResultStanding) -> list[str]:
    """What a page with this key result listens to; a calculated metric moves with the values it is made of."""
    topics = [f"key_result:{each.key}"]
    if each.metric is not None and each.metric.id in subject.seen_metrics:
        topics.append(f"metric:{each.metric.key}")
        if each.metric.numerator_id is not None or each.metric.has_formula:
            topics.append("measurements")
    return topics


def missing_of(subject: ObjectiveSubject) -> list[Missing]:
    """What a draft lacks before it can be started, each with the place where it is said."""
    metrics = {one.key: metric_key(subject, one) for one in subject.standing.key_results}
    edit, found = subject.url("objective_edit"), []
    for problem in missing_for_activation(subject.objective):
        field = problem.field or ""
        if field.startswith("key_result:"):
            key = field.partition(":")[2]
            found += missing_lines(key, [problem], metrics.get(key, ""))
        elif field == "key_results":
            found.append(Missing(problem.message, subject.url("key_result_new")))
        else:
            found.append(Missing(problem.message, f"{edit}#id_{field}"))
    return found


FIGURE_PROBLEMS = {
    "baseline-missing": "baseline", "target-missing": "target", "bound-missing": "low",
    "periods-missing": "planned_periods",
}  # fmt: skip
WORD_PROBLEMS = {
    "metric-missing": "metric", "due-missing": "due_on", "owner-missing": "owner", "owner-left": "owner",
    "milestones-missing": "milestones", "milestone-due-missing": "milestones",
}  # fmt: skip


def missing_lines(key: str, problems: Sequence[Problem], metric_key: str) -> list[Missing]:
    """What a key result lacks, with the field that says it."""
    found = []
    for one in problems:
        if one.key in FIGURE_PROBLEMS:
            url = f"{reverse('key_result_figures', args=[key])}#id_{FIGURE_PROBLEMS[one.key]}"
        elif one.key == "how-measured-missing" and metric_key:
            url = f"{reverse('metric_definition', args=[metric_key])}#id_how_measured"
        else:
            url = f"{reverse('key_result_edit', args=[key])}#id_{WORD_PROBLEMS.get(one.key, 'title')}"
        found.append(Missing(one.message, url))
    return found
