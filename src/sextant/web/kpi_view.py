"""The KPI page as its template needs it: everything worked out, nothing to be decided there."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.periods import spoken
from sextant.kpis import sentences
from sextant.kpis.chart_sentences import Finding, basis, findings
from sextant.kpis.commands.kpis import missing_for_activation
from sextant.kpis.queries import kpi_page
from sextant.kpis.queries.standing import Standing
from sextant.kpis.queries.why import explain, origins
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.formula_check import formula_in_words
from sextant.people.queries import today
from sextant.reports.pictures import KpiPicture, TableRow, table_rows
from sextant.reports.sparklines import sparkline
from sextant.web import kpi_chart
from sextant.web.kpi_forms import UNIT_WORDS
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
    moment_words,
    said,
    target_words,
    thing_url,
    told,
)

SPARK_PERIODS = 26
OLD_TARGET_DAYS = 366
MOST_ROWS = 260
PERIOD_WORDS = {
    "hour": gettext_lazy("Hour"),
    "day": gettext_lazy("Day"),
    "week": gettext_lazy("Week"),
    "month": gettext_lazy("Month"),
    "quarter": gettext_lazy("Quarter"),
    "tertial": gettext_lazy("4 months"),
    "half": gettext_lazy("Half-year"),
    "year": gettext_lazy("Year"),
}


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
class Choice:
    """One way of looking at the series, with its address; without one, why it cannot be."""

    label: str
    url: str
    current: bool
    refusal: str = ""


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


@dataclass(frozen=True)
class KpiView:
    headline: Headline
    whys: dict[str, Told]
    picture: KpiPicture | None
    window: kpi_chart.Window
    grains: list[Choice]
    windows: list[Choice]
    findings: list[Finding]
    more_findings: int
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
    """Everything the page shows. `asked` may name `grain` and `periods`."""
    own = subject.standing
    seen, problem = _at_grain(subject, asked.get("grain", ""))
    window = kpi_chart.window(seen, asked.get("periods", ""))
    drawn = kpi_chart.picture(seen, window) if seen.series.complete or seen.series.running is not None else None
    found, more = findings(seen, window.first)
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
        grains=_grains(subject, seen, asked),
        windows=_windows(window, asked),
        findings=found,
        more_findings=more,
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
    )


def _table(standing: Standing, window: kpi_chart.Window, drawn: KpiPicture | None) -> list[TableRow]:
    """The table twin, the newest first; of very many periods the newest (the download has all)."""
    if drawn is not None and window.shown > MOST_ROWS:
        drawn = kpi_chart.picture(standing, kpi_chart.window(standing, str(MOST_ROWS)))
    return table_rows(drawn, newest_first=True) if drawn else []


def _at_grain(subject: Subject, asked: str) -> tuple[Standing, str]:
    """The standing by the periods asked for; where that cannot be, the own ones and the reason."""
    own = subject.standing
    if not asked or asked == subject.metric.frequency:
        return own, ""
    for choice in kpi_page.grains(subject.metric, subject.point):
        if choice.frequency == asked:
            if choice.refusal:
                return own, grain_refusal(choice.refusal)
            return kpi_page.at_grain(own, choice.frequency), ""
    return own, _("There are no periods called “%(name)s” here.") % {"name": asked}


def grain_refusal(key: str) -> str:
    if key == "ratio-needs-parts":
        return _(
            "Percentages are not averaged. Name the two metrics it is the ratio of, and longer periods can be told."
        )
    return key


def _grains(subject: Subject, seen: Standing, asked: QueryDict) -> list[Choice]:
    choices = []
    for choice in kpi_page.grains(subject.metric, subject.point):
        current = choice.frequency == seen.series.frequency
        own = choice.frequency == subject.metric.frequency
        url = _with(asked, grain="" if own else str(choice.frequency), periods="")
        refusal = grain_refusal(choice.refusal) if choice.refusal else ""
        choices.append(Choice(str(PERIOD_WORDS[choice.frequency]), "" if refusal else url, current, refusal))
    return choices if len(choices) > 1 else []


def _windows(window: kpi_chart.Window, asked: QueryDict) -> list[Choice]:
    counts = [count for count in kpi_chart.WINDOWS if count < window.total]
    if not counts:
        return []
    choices = [Choice(str(count), _with(asked, periods=str(count)), window.shown == count) for count in counts]
    return [*choices, Choice(_("All"), _with(asked, periods="all"), window.shown == window.total)]


def _with(asked: QueryDict, **changes: str) -> str:
    query = asked.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


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


def definition_facts(subject: Subject) -> list[tuple[str, str]]:
    """Unit, direction and the like, as name and words: the same list on the page, the card and the export."""
    metric, standing = subject.metric, subject.standing
    recording = standing.recording
    source = metric.source or (recording.source if recording else "")
    if standing.series.is_calculated:
        source = _("calculated")
    rows = [
        (_("Unit"), unit_words(metric)),
        (_("Direction"), str(metric.get_direction_display())),
        (_("Frequency"), frequency_words(metric)),
        (_("Longer periods"), str(metric.get_aggregation_display())),
        (_("Source"), source),
        (_("Owner"), metric.owner.name if metric.owner else ""),
        (_("Team"), metric.team.name),
        (_("Theme"), metric.theme.name if metric.theme else ""),
        (_("Perspective"), str(metric.get_perspective_display()) if metric.perspective else ""),
        (_("Leading or lagging"), str(metric.get_leads_display()) if metric.leads else ""),
    ]
    if metric.part_of_id and metric.slice:
        rows.append((_("Part"), ", ".join(f"{name}: {member}" for name, member in metric.slice.items())))
    if recording:
        rows.append((_("Newest value recorded"), f"{moment_words(recording.recorded_at)}, {recording.recorded_by}"))
    return rows


def unit_words(metric: Metric) -> str:
    word = str(UNIT_WORDS.get(metric.unit, metric.unit.partition(":")[2] or metric.unit)).partition(" (")[0]
    return f"{word} ({metric.unit_label})" if metric.unit_label else word


def frequency_words(metric: Metric) -> str:
    word = str(metric.get_frequency_display())
    if metric.span == 1:
        return word
    return _("%(frequency)s, over %(span)s periods") % {"frequency": word, "span": metric.span}
