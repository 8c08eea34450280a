"""Cycles side by side, with the scores of their time."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.queries.cycles import Row, Tally, compare
from sextant.strategy import queries as strategy
from sextant.web.context import day_asked_for
from sextant.web.okr_words import share_words
from sextant.web.requests import PageRequest
from sextant.web.terms import terms

MOST = 8
USUAL = 4


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of every cycle."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Teams or themes by cycle."""

    title: str
    nobody: str  # what stands for no team or theme
    rows: tuple[Row, ...]


@require_safe
def cycles_compare(request: PageRequest) -> HttpResponse:
    """`?cycle=` once for each; without any, the four that began last."""
    actor = request.actor
    offered = list(strategy.cycles(actor))
    asked = list(dict.fromkeys(request.GET.getlist("cycle")))[:MOST]
    began = [one for one in offered if one.kind != "sprint" and one.starts_on <= standpoint().now.date()]
    chosen = [one for one in offered if one.key in asked] if asked else began[:USUAL]
    chosen.sort(key=lambda one: (one.starts_on, one.ends_on, one.pk))
    found = compare(actor, chosen, standpoint(day_asked_for(request)))
    words = terms()
    context = {
        "found": found, "offered": offered, "chosen": {one.key for one in chosen}, "words": words,
        "figures": _figures(found.overall, words.objectives),
        "groups": [
            GroupTable(_("By team"), "", found.teams),
            GroupTable(_("By %(word)s") % {"word": words.theme}, _("none"), found.themes),
        ],
    }  # fmt: skip
    return render(request, "planning/compare.html", context)


def _figures(tallies: tuple[Tally, ...], objectives: str) -> list[FigureRow]:
    def row(label: str, *cells: str) -> FigureRow:
        return FigureRow(label, cells)

    return [
        row(objectives.capitalize(), *[str(one.objectives) for one in tallies]),
        row(_("Closed"), *[str(one.closed) for one in tallies]),
        row(_("Mean score"), *[score_words(one.mean_score) for one in tallies]),
        row(_("Achieved"), *[_achieved(one) for one in tallies]),
        row(_("Progress of those still running"), *[share_words(one.mean_so_far) for one in tallies]),
    ]


def _achieved(tally: Tally) -> str:
    if not tally.scored:
        return "–"
    words = {"share": share_words(tally.share_achieved), "count": tally.achieved, "all": tally.scored}
    return _("%(share)s (%(count)s of %(all)s)") % words


def score_words(score: float | None) -> str:
    """A score at close as people write it: 0.75."""
    return "–" if score is None else f"{score:.2f}"


urlpatterns = [path("cycles/compare", cycles_compare, name="cycles_compare")]
