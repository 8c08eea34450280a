"""Can the chances be believed? Of everything that was called likely, how much came true, counted on closed cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sextant.calc.why import Why, method
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import KeyResult
from sextant.okrs.queries.reliability import CHECKPOINTS, EDGES, Bin, Case, Reliability, reliability
from sextant.reports.reliability_diagram import Dot, interval, reliability_diagram
from sextant.web.context import day_asked_for
from sextant.web.requests import PageRequest


@dataclass(frozen=True, slots=True)
class Line:
    """One class of chances in words and figures."""

    called: str
    count: int
    met: int
    share: str
    said: str
    range: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str


@require_safe
def page(request: PageRequest) -> HttpResponse:
    """`?cycle=` keeps the key results of one cycle, `?when=` what was said at one share of their time."""
    found = reliability(request.actor, standpoint(day_asked_for(request)))
    cycles = _cycles(found.cases)
    chosen, when = request.GET.get("cycle", ""), request.GET.get("when", "")
    kept = [
        case
        for case in found.cases
        if (not chosen or cycles[case.key_result_id][0] == chosen) and (not when or f"{case.checkpoint:g}" == when)
    ]
    shown = replace(found, cases=kept)
    lines = [_line(one) for one in shown.bins if one.count]
    context = {
        "found": shown,
        "has_any": bool(found.cases),
        "lines": lines,
        "picture": _picture(shown, lines) if lines else "",
        "cycles": [Choice(key, name) for key, name in dict.fromkeys(cycles.values())],
        "moments": [Choice(f"{at:g}", _moment(at)) for at in CHECKPOINTS],
        "cycle": chosen,
        "when": when,
        "brier": "" if shown.brier is None else f"{shown.brier:.3f}",
        "why": _why(shown),
    }
    return render(request, "reliability/reliability.html", context)


def _cycles(cases: Sequence[Case]) -> dict[int, tuple[str, str]]:
    """Key and name of the cycle of each key result; empty ones for those without."""
    rows = KeyResult.objects.filter(pk__in={case.key_result_id for case in cases})
    named = rows.order_by("-objective__cycle__starts_on").values_list(
        "pk", "objective__cycle__key", "objective__cycle__name"
    )
    return {pk: (key or "-", name or _("Without a cycle")) for pk, key, name in named}


def _line(one: Bin) -> Line:
    words = {
        "low": f"{100 * one.low:.0f}", "high": f"{100 * one.high:.0f}", "met": one.met, "count": one.count,
        "share": _percent(one.share),
    }  # fmt: skip
    low, high = interval(one.met, one.count)
    return Line(
        _("%(low)s to %(high)s %%") % words, one.count, one.met, _percent(one.share), _percent(one.said),
        f"{_percent(low)} – {_percent(high)}",
        _("Called %(low)s to %(high)s %% likely: %(met)s of %(count)s were met (%(share)s).") % words,
    )  # fmt: skip


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _moment(at: float) -> str:
    return _("at the start") if not at else _("after %(share)s %% of the time") % {"share": f"{100 * at:.0f}"}


def _picture(shown: Reliability, lines: Sequence[Line]) -> SafeString:
    counted = [one for one in shown.bins if one.count]
    dots = [Dot(one.said or 0.0, one.met, one.count, line.sentence) for one, line in zip(counted, lines, strict=True)]
    return SafeString(
        reliability_diagram(dots, title=_("What was said, and what came true"), description=lines[-1].sentence)
    )


def _why(shown: Reliability) -> Why:
    inputs = {
        "cases": len(shown.cases), "moments_without_a_chance": shown.without, "checkpoints": list(CHECKPOINTS),
        "classes": list(EDGES), "result": shown.brier,
    }  # fmt: skip
    formula = "chances as they were known at each checkpoint, against whether the target was met at the end"
    return Why("reliability", formula, inputs, method("chance"))


urlpatterns = [path("reliability", page, name="reliability")]
