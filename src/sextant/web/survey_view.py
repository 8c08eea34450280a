"""The page of a survey as its template needs it: everything worked out, nothing to be decided there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.numbers import format_value
from sextant.calc.surveys import Group, Sample, bounds
from sextant.core.access import can
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import standpoint
from sextant.surveys.models import Survey
from sextant.surveys.queries.asking import INTERNAL, INVITED, audience_of, is_asked
from sextant.surveys.queries.results import Result, open_link, pooled, results, running
from sextant.web.kpi_words import locale, thing_url
from sextant.web.survey_form import Choice, choices_of
from sextant.web.survey_sample import margin_words, rough_words

STATE_WORDS = {
    "draft": gettext_lazy("Draft"), "open": gettext_lazy("Open"), "paused": gettext_lazy("Paused"),
    "closed": gettext_lazy("Closed"),
}  # fmt: skip
GROUP_WORDS = {
    "detractors": gettext_lazy("detractors"), "passives": gettext_lazy("passives"),
    "promoters": gettext_lazy("promoters"), "dissatisfied": gettext_lazy("dissatisfied"),
    "neutral": gettext_lazy("neutral"), "satisfied": gettext_lazy("satisfied"),
}  # fmt: skip
NOTHING = SafeString()
ZERO_LINE = SafeString('<line class="r-zero" x1="50%" x2="50%" y1="1" y2="17"/>')


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A published period in words; withheld: only `period`."""

    period: str
    value: str = ""
    margin: str = ""
    within: str = ""
    n: str = ""
    response: str = ""
    groups: str = ""
    rough: str = ""
    bar: SafeString = NOTHING
    parts: SafeString = NOTHING
    is_entered: bool = False

    @property
    def is_withheld(self) -> bool:
        return not self.value


@dataclass(frozen=True, slots=True)
class SurveyView:
    survey: Survey
    choices: list[Choice]
    state: str
    reach: str
    lines: list[ResultLine]
    together: str
    withheld: str
    running: str
    link: str
    answer_url: str
    metric_url: str
    has_kpi: bool
    may_change: bool
    may_answer: bool
    has_mail: bool
    ends: tuple[str, str]


def survey_view(actor: Actor, survey: Survey, day: date | None) -> SurveyView:
    """Everything the page shows, from the present or as it was known at the end of a past day."""
    point = standpoint(day)
    lines = [result_line(survey, one) for one in results(survey, point.known_at)]
    low, high = bounds(survey.kind, survey.points)
    return SurveyView(
        survey=survey,
        choices=choices_of(survey),
        state=str(STATE_WORDS[survey.state]),
        reach=_reach(survey),
        lines=lines,
        together=_together(survey, day),
        withheld=_("fewer than %(fewest)d answers") % {"fewest": survey.min_answers},
        running="" if day is not None or not survey.is_open else _running(survey),
        link=open_link(actor, survey),
        answer_url=_address(survey) if survey.audience == INTERNAL else "",
        metric_url=thing_url(survey.metric),
        has_kpi=getattr(survey.metric, "kpi", None) is not None,
        may_change=day is None and can("survey", actor, "change", survey),
        may_answer=survey.audience == INTERNAL and survey.is_open and is_asked(actor, survey),
        has_mail=settings.HAS_MAIL_SERVER,
        ends=(_said(survey, low), _said(survey, high)),
    )


def result_line(survey: Survey, one: Result) -> ResultLine:
    found = one.sample
    if found is None or found.value is None or found.low is None or found.high is None:
        return ResultLine(one.words, is_entered=one.is_entered)
    within = _("%(low)s to %(high)s") % {"low": _said(survey, found.low, 1), "high": _said(survey, found.high, 1)}
    return ResultLine(
        period=one.words,
        value=_said(survey, found.value, survey.metric.precision, signed=survey.kind == "nps"),
        margin=margin_words(found),
        within=within,
        n=format_value(found.n, "count", 0, locale=locale()),
        response="" if one.response is None else format_value(100 * one.response, "percent", 0, locale=locale()),
        groups=", ".join(f"{group.count} {GROUP_WORDS[group.key]}" for group in one.groups),
        rough=rough_words(found),
        bar=range_bar(survey, found),
        parts=group_bar(one.groups),
        is_entered=one.is_entered,
    )


def range_bar(survey: Survey, found: Sample) -> SafeString:
    """The value on its scale with the range of its margin; the numbers stand beside it in words."""
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    low, high = bounds(survey.kind, survey.points)
    at, left, right = (f"{100 * (value - low) / (high - low):.2f}" for value in (found.value, found.low, found.high))
    middle = ZERO_LINE if survey.kind == "nps" else ""
    return format_html(
        '<svg class="result-bar" height="18" width="100%" aria-hidden="true">'
        '<rect class="r-scale" x="0" y="7" width="100%" height="4" rx="2"/>{}'
        '<line class="r-range" x1="{}%" x2="{}%" y1="9" y2="9"/><circle class="r-value" cx="{}%" cy="9" r="5"/></svg>',
        middle, left, right, at,
    )  # fmt: skip


def group_bar(groups: Sequence[Group]) -> SafeString:
    """Shares of the groups side by side, the worst first."""
    if not groups:
        return NOTHING
    starts = [100 * sum(group.share for group in groups[:index]) for index in range(len(groups))]
    rects = format_html_join(
        "",
        '<rect class="g-{}" x="{}%" width="{}%" y="0" height="8"/>',
        (
            (index, f"{start:.2f}", f"{100 * group.share:.2f}")
            for index, (group, start) in enumerate(zip(groups, starts, strict=True))
        ),
    )
    return format_html('<svg class="group-bar" height="8" width="100%" aria-hidden="true">{}</svg>', rects)


def _said(survey: Survey, value: float, precision: int | None = 0, *, signed: bool = False) -> str:
    words = format_value(value, survey.metric.unit, precision, locale=locale())
    return f"+{words}" if signed and value > 0 else words


def _together(survey: Survey, day: date | None) -> str:
    found = pooled(survey, standpoint(day).known_at)
    if found is None or found.sample.value is None:
        return ""
    words = {
        "periods": found.periods,
        "first": found.first,
        "value": _said(survey, found.sample.value, 1, signed=survey.kind == "nps"),
        "margin": margin_words(found.sample),
        "n": found.sample.n,
    }
    return _("%(periods)d results since %(first)s taken as one: %(value)s, %(margin)s from %(n)d answers.") % words


def _running(survey: Survey) -> str:
    now = running(survey)
    words = {"period": now.words, "n": now.n, "invited": now.invited}
    if now.n is None:
        return _("%(period)s so far: fewer than 5 answers.") % words
    if now.invited:
        return _("%(period)s so far: %(n)d answers to %(invited)d links.") % words
    return _("%(period)s so far: %(n)d answers.") % words


def _reach(survey: Survey) -> str:
    """Who is asked, in words."""
    if survey.audience == INVITED:
        return _("People with a personal link, one answer each")
    if survey.audience == INTERNAL:
        words = {"count": audience_of(survey).count(), "team": survey.metric.team.name}
        return _("The people of %(team)s who can sign in, %(count)d at present, one answer each per period") % words
    return _("Whoever has the link, one answer per browser and period")


def _address(survey: Survey) -> str:
    return f"{settings.SITE_URL}{reverse('survey_answer', args=[survey.key])}"
