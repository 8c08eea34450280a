"""Ways of looking at a series: by longer periods, and at how many of them; each with its address."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.kpis.queries import kpi_page
from sextant.kpis.queries.standing import Standing
from sextant.web import kpi_chart
from sextant.web.kpi_subject import Subject

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
class Choice:
    """One way of looking at the series, with its address; without one, why it cannot be."""

    label: str
    url: str
    current: bool
    refusal: str = ""


def at_grain(subject: Subject, asked: str) -> tuple[Standing, str]:
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


def grains(subject: Subject, seen: Standing, asked: QueryDict) -> list[Choice]:
    choices = []
    for choice in kpi_page.grains(subject.metric, subject.point):
        current = choice.frequency == seen.series.frequency
        own = choice.frequency == subject.metric.frequency
        url = with_(asked, grain="" if own else str(choice.frequency), periods="")
        refusal = grain_refusal(choice.refusal) if choice.refusal else ""
        choices.append(Choice(str(PERIOD_WORDS[choice.frequency]), "" if refusal else url, current, refusal))
    return choices if len(choices) > 1 else []


def windows(window: kpi_chart.Window, asked: QueryDict) -> list[Choice]:
    counts = [count for count in kpi_chart.WINDOWS if count < window.total]
    if not counts:
        return []
    choices = [Choice(str(count), with_(asked, periods=str(count)), window.shown == count) for count in counts]
    return [*choices, Choice(_("All"), with_(asked, periods="all"), window.shown == window.total)]


def with_(asked: QueryDict, **changes: str) -> str:
    query = asked.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"
