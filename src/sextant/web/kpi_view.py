"""The KPI page as its template needs it: everything worked out, nothing to be decided there."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sextant.calc.periods import spoken
from sextant.kpis import sentences
from sextant.kpis.chart_sentences import ReadingAid, basis, reading_aids
from sextant.kpis.commands.kpis import missing_for_activation
from sextant.kpis.queries import kpi_page
from sextant.kpis.queries.standing import Standing
from sextant.kpis.queries.why import explain, origins
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.formula_check import formula_in_words
from sextant.people.queries import today
from sextant.reports.pictures import KpiPicture, TableRow, table_rows
from sextant.reports.sparklines import sparkline
from sextant.web import kpi_chart, kpi_ways
from sextant.web.kpi_facts import definition_facts
from sextant.web.kpi_findings import FindingsView, findings_view
from sextant.web.kpi_known import ThenKnown, then_known
from sextant.web.kpi_outlook import OutlookView, outlook_view
from sextant.web.kpi_subject import Subject
from sextant.web.kpi_words import (
    Figure,
    Told,
    address,
    brief,
    change_words,
    changed,
    day_words,
    headline_figure,
    linked,
    locale,
    said,
    target_words,
    thing_url,
    told,
)
from sextant.web.survey_sample import sample_line

SPARK_PERIODS = 26
OLD_TARGET_DAYS = 366
MOST_ROWS = 260


@dataclass(frozen=True, slots=True)
class Line:
    """A row of one of the small tables; figures are said already."""

    period: str
    value: str
    before: str = ""
    change: str = ""
    status: str = ""
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class PartLine:
    """A breakdown below its headline."""

    name: str
    slice: str
    url: str
    card_url: str
    value: str
    period: str
    status: str
    against: str
    spark: SafeString


@dataclass(frozen=True, slots=True)
class Missing:
    """What a draft lacks, and where to say it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Headline:
    """The largest thing on the page and what is said about it."""

    figure: Figure
    period: str
    status: str
    against_target: str
    change: str
    range_words: str
    fresh: str
    freshness: str
    grade: str
    reasons: list[str]
    assurance: str
    assurance_words: str
    score: str
    target: str
    running: str
    sample: str


@dataclass(frozen=True)
class KpiView:
    headline: Headline
    whys: dict[str, Told]
    picture: KpiPicture | None
    window: kpi_chart.Window
    grains: list[kpi_ways.Choice]
    windows: list[kpi_ways.Choice]
    marks: list[ReadingAid]
    more_marks: int
    known: ThenKnown
    outlook: OutlookView
    findings: FindingsView
    basis: str
    recent: list[Line]
    trailing: list[Line]
    trailing_total: Line | None
    table: list[TableRow]
    parts: list[PartLine]
    aims: list[str]
    aim_words: str
    formula: SafeString
    inputs: list[tuple[str, str]]
    dependants: list[tuple[str, str]]
    headline_of: tuple[str, str] | None
    scorecards: list[tuple[str, str]]
    definition: Definition | None
    missing: list[Missing]
    assumed: list[str]
    review: str
    review_overdue: bool
    target_is_old: bool
    grain_problem: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)


def kpi_view(subject: Subject, asked: QueryDict) -> KpiView:
    """Everything the page shows. `asked` may name `grain`, `periods`, `known`, `expected` and `forecast`."""
    own = subject.standing
    seen, problem = kpi_ways.at_grain(subject, asked.get("grain", ""))
    window = kpi_chart.window(seen, asked.get("periods", ""))
    over = over_values(subject, seen, asked, window)
    has_values = seen.series.complete or seen.series.running is not None
    drawn = kpi_chart.picture(seen, window, over.layers) if has_values else None
    marks, more = reading_aids(seen, window.first)
    made_of = origins(subject.actor, [own])
    related = kpi_page.related(subject.actor, subject.metric, subject.point)
    trail = kpi_page.trailing(seen)
    formula = own.definition.formula if own.definition else ""
    words, named = formula_in_words(subject.actor, subject.metric, formula)
    return KpiView(
        headline=headline(own),
        whys={
            name: told(why, own, related.inputs, words if name == "value" else "")
            for name, why in explain(own, made_of).items()
        },
        picture=drawn,
        window=window,
        grains=kpi_ways.grains(subject, seen, asked),
        windows=kpi_ways.windows(window, asked),
        marks=marks,
        more_marks=more,
        known=over.known,
        outlook=over.outlook,
        findings=over.findings,
        basis=basis(seen),
        recent=[_recent_line(one, seen) for one in kpi_page.recent(seen)],
        trailing=[_trailing_line(one, seen) for one in trail.rows],
        trailing_total=_total_line(trail, subject.metric),
        table=_table(seen, window, drawn),
        parts=[part_line(one) for one in kpi_page.breakdowns(subject.actor, subject.metric, subject.point)],
        aims=[_aim_words(own, at) for at in range(len(own.aims))],
        aim_words=_path_words(own),
        formula=linked(words, named),
        inputs=[(one.name, thing_url(one)) for one in related.inputs],
        dependants=[(one.name, thing_url(one)) for one in related.dependants],
        headline_of=(related.headline.name, thing_url(related.headline)) if related.headline else None,
        scorecards=_scorecards(subject),
        definition=own.definition,
        missing=missing_words(subject),
        assumed=list(subject.kpi.assumed),
        review=_review_words(subject),
        review_overdue=bool(subject.kpi.review_on and subject.kpi.review_on < today()),
        target_is_old=(kpi_page.target_age_days(subject.kpi, subject.point) or 0) > OLD_TARGET_DAYS,
        grain_problem=problem,
        facts=definition_facts(subject),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OverValues:
    """What is said and drawn over the values: what changed, what may come, and what was known then."""

    findings: FindingsView
    outlook: OutlookView
    known: ThenKnown

    @property
    def layers(self) -> kpi_chart.Layers:
        return kpi_chart.Layers(
            self.findings.shapes, self.findings.expected, self.outlook.fan, self.known.former, self.known.markers
        )


def over_values(subject: Subject, seen: Standing, asked: QueryDict, window: kpi_chart.Window) -> OverValues:
    """As an address asks for it: the same for the page and for the picture that leaves it."""
    own = subject.standing
    return OverValues(
        findings_view(own, asked, is_own=seen.series.frequency == own.series.frequency),
        outlook_view(subject, seen, asked),
        then_known(seen, asked, window.first),
    )


def headline(standing: Standing) -> Headline:
    """The newest judged value in words."""
    metric, series = standing.kpi.metric, standing.series
    index = series.running
    so_far = ""
    if index is not None:
        so_far = _("%(period)s so far: %(value)s") % {
            "period": spoken(series.period(index), series.calendar), "value": said(float(series.values[index]), metric),
        }  # fmt: skip
    return Headline(
        figure=headline_figure(standing.value, metric),
        period=spoken(standing.period, series.calendar) if standing.period else "",
        status="exceeded" if standing.is_exceeded and standing.status == "on_target" else standing.status,
        against_target=sentences.against_target(standing, locale()),
        change=change_words(standing),
        range_words=sentences.against_range(standing, locale()) if standing.value is not None else "",
        fresh=sentences.fresh_words(standing),
        freshness=str(sentences.FRESHNESS[standing.freshness]),
        grade=standing.trust.grade,
        reasons=[sentences.trust_reason(reason) for reason in standing.trust.reasons],
        assurance=standing.assurance,
        assurance_words=str(sentences.ASSURANCE[standing.assurance]),
        score="" if standing.score is None else f"{standing.score:.1f}",
        target=target_words(standing.target, metric).removeprefix(_("target") + " "),
        running=so_far,
        sample=sample_line(standing),
    )


def _table(standing: Standing, window: kpi_chart.Window, drawn: KpiPicture | None) -> list[TableRow]:
    """The table twin, the newest first; of very many periods the newest (the download has all)."""
    if drawn is not None and window.shown > MOST_ROWS:
        drawn = kpi_chart.picture(standing, kpi_chart.window(standing, str(MOST_ROWS)))
    return table_rows(drawn, newest_first=True) if drawn else []


def _recent_line(one: kpi_page.RecentPeriod, standing: Standing) -> Line:
    metric = standing.kpi.metric
    return Line(
        spoken(one.period, standing.series.calendar), brief(one.value, metric), change=changed(one.change, metric),
        status=one.status, is_running=one.is_running,
    )  # fmt: skip


def _trailing_line(one: kpi_page.TrailingPeriod, standing: Standing) -> Line:
    metric = standing.kpi.metric
    return Line(
        spoken(one.period, standing.series.calendar), brief(one.value, metric), brief(one.before, metric),
        changed(one.change, metric),
    )  # fmt: skip


def _total_line(trail: kpi_page.Trailing, metric: Metric) -> Line | None:
    if trail.total is None:
        return None
    label = _("In total") if metric.aggregation == "sum" else _("On average")
    change = None if trail.total_before is None else trail.total - trail.total_before
    return Line(label, brief(trail.total, metric), brief(trail.total_before, metric), changed(change, metric))


def part_line(standing: Standing) -> PartLine:
    metric, series = standing.kpi.metric, standing.series
    known = series.newest(SPARK_PERIODS)
    chart = standing.chart
    running = None if series.running is None else float(series.values[series.running])
    spark = sparkline(
        known.values[: known.complete], lower=chart.lower_now, upper=chart.upper_now,
        target=standing.target.target if standing.target else None, running=running, title=metric.name,
    )  # fmt: skip
    is_kpi = standing.kpi.id > 0
    key = standing.kpi.key if is_kpi else metric.key
    return PartLine(
        name=metric.name,
        slice=", ".join(f"{name}: {member}" for name, member in metric.slice.items()),
        url=reverse("kpi" if is_kpi else "metric", args=[key]),
        card_url=reverse("kpi_card" if is_kpi else "metric_card", args=[key]),
        value=said(standing.value, metric),
        period=spoken(standing.period, series.calendar) if standing.period else "",
        status=standing.status,
        against=sentences.against_target(standing, locale()),
        spark=spark,
    )


def _aim_words(standing: Standing, at: int) -> str:
    aim, metric = standing.aims[at], standing.kpi.metric
    return _("%(values)s by the end of %(period)s") % {
        "values": target_words(aim.values, metric).removeprefix(_("target") + " "),
        "period": spoken(aim.by, standing.series.calendar),
    }


def _path_words(standing: Standing) -> str:
    """Where the straight path to the aim stands in the judged period."""
    expected = kpi_page.expected_on_path(standing, kpi_page.aim_corners(standing))
    if expected is None or standing.value is None:
        return ""
    metric = standing.kpi.metric
    words = {"expected": said(expected, metric), "value": said(standing.value, metric)}
    return _("The straight path to it stands at %(expected)s now; the value is %(value)s.") % words


def _scorecards(subject: Subject) -> list[tuple[str, str]]:
    found = kpi_page.scorecards_of(subject.actor, subject.kpi, subject.point) if subject.is_watched else []
    return [(card.name, address("scorecard", card.key)) for card in found]


def missing_words(subject: Subject) -> list[Missing]:
    """What a draft lacks before it can be activated, each with the field that says it."""
    if not subject.is_watched or subject.kpi.state != "draft":
        return []
    edit = subject.url("edit")
    where = {
        "how-measured-missing": f"{subject.url('definition')}#id_how_measured",
        "owner-missing": f"{edit}#id_owner",
        "theme-or-reason-missing": f"{edit}#id_theme",
        "assumption-open": f"{edit}#id_confirm",
    }
    return [Missing(problem.message, where.get(problem.key, edit)) for problem in missing_for_activation(subject.kpi)]


def _review_words(subject: Subject) -> str:
    due = subject.kpi.review_on
    return day_words(due) if due else ""
