"""The findings of a KPI as its page shows them: in words, as shapes on the chart, and what a person says to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from sextant.alerts.queries.detected import detection_of
from sextant.calc.findings import Detection, Finding
from sextant.calc.periods import spoken
from sextant.core.errors import refuse
from sextant.core.words import stretch_words
from sextant.kpis.chart_sentences import tone_of
from sextant.kpis.finding_sentences import explain_finding, finding_sentence, stays
from sextant.kpis.queries.standing import Standing
from sextant.metrics.commands import confirm_baseline, reject_finding, reopen_finding
from sextant.metrics.models import DetectionSetting
from sextant.reports.chart_judgement import arrow
from sextant.reports.pictures import FoundShape
from sextant.web.kpi_chart import Floats
from sextant.web.kpi_subject import found
from sextant.web.kpi_words import Told, told
from sextant.web.requests import PageRequest, say

MOST_EARLIER = 12


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding in words; `start` is the first hour of its first period, `sign` the path of its arrow."""

    start: int
    tone: str
    sign: str
    text: str
    periods: str
    is_open: bool
    why: Told


@dataclass(frozen=True, slots=True)
class FindingsView:
    """`current` are the open findings, or the newest one where its level has stayed; `earlier` the others, the newest
    in front. `lacking` says how much history there is while too little.

    `shapes` and `expected` are for the chart of the KPI's own periods, `expected` only where `?expected=1` asks for it.
    """

    current: list[FindingLine]
    earlier: list[FindingLine]
    lacking: str
    shapes: list[FoundShape]
    expected: Floats | None
    has_expected: bool

    @property
    def expected_shown(self) -> bool:
        return self.expected is not None


def findings_view(standing: Standing, asked: QueryDict, *, is_own: bool) -> FindingsView:
    """What the detector says of a KPI by its own periods; `is_own`: the chart shows those."""
    judged = detection_of(standing)
    newest_first = sorted(judged.findings, key=lambda one: (one.is_open, one.last), reverse=True)
    lines = [_line(standing, judged, one) for one in newest_first]
    current = [line for line in lines if line.is_open]
    if not current and newest_first and stays(standing, newest_first[0]):
        current = lines[:1]  # the last change was never undone: it is what there is to know
    shapes = [
        FoundShape(one.first, one.last, one.side, tone_of(standing, one.side), line.text, one.is_open)
        for one, line in zip(newest_first, lines, strict=True)
    ]
    is_asked = asked.get("expected") == "1"
    return FindingsView(
        current=current,
        earlier=[line for line in lines if line not in current][:MOST_EARLIER],
        lacking="" if judged.enough_history else lacking_words(judged),
        shapes=shapes if is_own else [],
        expected=judged.expected if is_own and is_asked else None,
        has_expected=is_own and judged.enough_history,
    )


def lacking_words(judged: Detection) -> str:
    return _("Not enough history yet to tell real changes: %(points)s of about %(needed)s values.") % {
        "points": judged.points, "needed": judged.points_needed,
    }  # fmt: skip


def _line(standing: Standing, judged: Detection, one: Finding) -> FindingLine:
    series = standing.series
    first, last = (spoken(series.period(index), series.calendar) for index in (one.first, one.last))
    return FindingLine(
        start=int(series.starts[one.first]),
        tone=tone_of(standing, one.side),
        sign=arrow(0, -4 if one.side == "above" else -2, one.side),
        text=finding_sentence(standing, one),
        periods=stretch_words(first, last),
        is_open=one.is_open,
        why=told(explain_finding(standing, judged, one), standing),
    )


WORDS: dict[str, tuple[Callable[..., DetectionSetting], Promise, Promise]] = {
    "baseline": (
        confirm_baseline, gettext_lazy("The new normal since %(period)s."),
        gettext_lazy("From %(period)s on it is judged by its new level."),
    ),
    "rejection": (
        reject_finding, gettext_lazy("No change in %(period)s."),
        gettext_lazy("Noted as no change. It is not raised again."),
    ),
    "reopening": (
        reopen_finding, gettext_lazy("What was said of %(period)s is taken back."),
        gettext_lazy("Taken back: it is judged as before."),
    ),
}  # fmt: skip
"""By what is said: the command, the reason where none is typed, and the answer."""


@require_POST
def judgement(request: PageRequest, kind: str, key: str, start: str, said: str) -> HttpResponse:
    """The new normal, no change, or neither after all; each kept with its reason and taken back from the message."""
    subject = found(request, kind, key)
    subject.require("change")
    series = subject.standing.series
    places = {str(int(hour)): index for index, hour in enumerate(series.starts)}
    if start not in places:
        raise refuse("unknown-period", _("There is no such period in this series."))
    words = {"period": spoken(series.period(places[start]), series.calendar)}
    command, reason, answer = WORDS[said]
    typed = request.POST.get("reason", "").strip()
    command(request.actor, subject.metric, int(start), reason=typed or str(reason) % words)
    undo = "" if said == "reopening" else reverse(f"{subject.kind}_finding_reopening", args=[subject.key, start])
    say(request, str(answer) % words, undo=undo)
    return redirect(f"{subject.url()}#findings")
