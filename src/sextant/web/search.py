"""Search over everything one may see: a page, and the fragment the palette shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.access import visible_to
from sextant.lifecycle.queries.answers import answered
from sextant.metrics.access import visible_to as visible_metrics
from sextant.people import queries as people
from sextant.strategy import queries as strategy
from sextant.web.context import navigation
from sextant.web.okr_links import url_of
from sextant.web.requests import PageRequest
from sextant.web.search_words import ranked

PER_GROUP = 6
PER_GROUP_ON_PAGE = 40
MOST_LOOKED_AT = 50_000
MOST_WORDS = 20


@dataclass(frozen=True, slots=True)
class Hit:
    label: str
    url: str
    hint: str = ""
    icon: str = "forward"


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind. Named `items` because templates of the palette ask for that."""

    label: str
    items: list[Hit]


Row = tuple[str, ...]
"""What a hit is made of; made into an address only once it is among the best."""
Kind = tuple[str, Iterable[tuple[Row, str]], Callable[[Row], Hit]]


@require_safe
def search(request: PageRequest) -> HttpResponse:
    """`?q=`: by the beginnings of words in any order; small slips are forgiven."""
    query = request.GET.get("q", "").strip()[:200]
    is_fragment = bool(request.headers.get("HX-Request"))
    most = PER_GROUP if is_fragment else PER_GROUP_ON_PAGE
    groups = search_groups(request, query, most) if query else []
    template = "components/_search_results.html" if is_fragment else "search/search.html"
    return render(request, template, {"groups": groups, "query": query})


def search_groups(request: PageRequest, query: str, most: int) -> list[Group]:
    actor = request.actor
    kinds: tuple[Kind, ...] = (
        (_("KPIs"), _kpis(actor), lambda row: Hit(row[1], reverse("kpi", args=[row[0]]), row[2], "kpis")),
        (_("Scorecards"), _scorecards(actor),
         lambda row: Hit(row[1], reverse("scorecard", args=[row[0]]), row[2], "scorecards")),
        (_("Surveys"), _surveys(actor), lambda row: Hit(row[1], reverse("survey", args=[row[0]]), row[2], "comment")),
        (_("Objectives"), _objectives(actor),
         lambda row: Hit(row[1], url_of("objective", row[0]), row[2], "objectives")),
        (_("Key results"), _key_results(actor),
         lambda row: Hit(row[1], url_of("key_result", row[0]), row[2], "objectives")),
        (_("Initiatives"), _initiatives(actor),
         lambda row: Hit(row[1], url_of("initiative", row[0]), row[2], "objectives")),
        (_("What changed it"), _answers(actor),
         lambda row: Hit(row[1], f"{reverse('kpi', args=[row[0]])}#life", row[2], "lifecycle")),
        (_("Metrics"), _metrics(actor), lambda row: Hit(row[1], reverse("metric", args=[row[0]]), row[2], "file")),
        (_("Teams"), _teams(), lambda row: Hit(row[1], reverse("team", args=[row[0]]), row[2], "team")),
        (_("People"), _people(), lambda row: Hit(row[1], reverse("person", args=[row[0]]), "", "person")),
        (_("Themes"), _themes(actor), lambda row: Hit(row[1], reverse("theme", args=[row[0]]), "", "strategy")),
        (_("Pages"), _pages(request), lambda row: Hit(row[1], row[0], "", row[2])),
    )  # fmt: skip
    groups = [Group(label, [make(row) for row in ranked(query, rows, most)]) for label, rows, make in kinds]
    return [group for group in groups if group.items]


def _kpis(actor: Actor) -> Iterator[tuple[Row, str]]:
    rows = visible_to(actor).filter(archived_at=None).order_by()
    for key, name, team in rows.values_list("key", "metric__name", "metric__team__name")[:MOST_LOOKED_AT]:
        yield (key, name, team), f"{name} {key}"


def _metrics(actor: Actor) -> Iterator[tuple[Row, str]]:
    """Metrics nobody watches; the others are found as their KPI."""
    rows = visible_metrics(actor).filter(archived_at=None, kpi=None).order_by()
    for key, name, team in rows.values_list("key", "name", "team__name")[:MOST_LOOKED_AT]:
        yield (key, name, team), f"{name} {key}"


def _scorecards(actor: Actor) -> Iterator[tuple[Row, str]]:
    rows = visible("scorecard", actor).filter(archived_at=None).order_by()
    for key, name, team in rows.values_list("key", "name", "team__name"):
        yield (key, name, team), name


def _surveys(actor: Actor) -> Iterator[tuple[Row, str]]:
    rows = visible("survey", actor).filter(archived_at=None).order_by()
    for key, name, team in rows.values_list("key", "name", "metric__team__name"):
        yield (key, name, team), name


def _objectives(actor: Actor) -> Iterator[tuple[Row, str]]:
    rows = visible("objective", actor).filter(archived_at=None).order_by()
    for key, title, team in rows.values_list("key", "title", "team__name")[:MOST_LOOKED_AT]:
        yield (key, title, team), f"{title} {key}"


def _key_results(actor: Actor) -> Iterator[tuple[Row, str]]:
    rows = visible("key_result", actor).filter(archived_at=None, objective__archived_at=None).order_by()
    for key, title, objective in rows.values_list("key", "title", "objective__title")[:MOST_LOOKED_AT]:
        yield (key, title, objective), f"{title} {key}"


def _initiatives(actor: Actor) -> Iterator[tuple[Row, str]]:
    rows = visible("initiative", actor).filter(archived_at=None, objective__archived_at=None).order_by()
    for key, title, objective in rows.values_list("key", "title", "objective__title")[:MOST_LOOKED_AT]:
        yield (key, title, objective), f"{title} {key}"


def _answers(actor: Actor) -> Iterator[tuple[Row, str]]:
    """What people say brought a KPI back; every word of it is found."""
    rows = answered(actor).order_by("-answered_at")
    for key, name, text in rows.values_list("kpi__key", "kpi__metric__name", "what_changed")[:MOST_LOOKED_AT]:
        yield (key, name, Truncator(text).words(MOST_WORDS)), f"{name} {text}"


def _teams() -> Iterator[tuple[Row, str]]:
    for node in people.team_tree().at_work():
        yield (node.key, node.name, " › ".join(node.path[:-1])), node.name


def _people() -> Iterator[tuple[Row, str]]:
    for key, name in people.people_at_work().order_by().values_list("key", "name"):
        yield (key, name), name


def _themes(actor: Actor) -> Iterator[tuple[Row, str]]:
    for key, name in strategy.themes(actor).values_list("key", "name"):
        yield (key, name), name


def _pages(request: PageRequest) -> Iterator[tuple[Row, str]]:
    for item in navigation(request):
        yield (item.url, item.label, item.icon), item.label
    more = (
        ("objective_new", _("New objective")), ("values", _("Enter values")),
        ("kpi_reports", _("KPI reports")), ("kpi_new", _("New KPI")),
        ("scorecard_new", _("New scorecard")), ("permissions", _("What each role may do")), ("help", _("Help")),
        ("lifecycle_reds", _("What we did about the red ones")),
        ("tokens", _("Tokens")), ("scratch", _("Chart of pasted figures")),
        ("practice", _("How well we practise")), ("practice_pulse", _("The pulse")),
    )  # fmt: skip
    for name, label in more:
        try:
            yield (reverse(name), label, "forward"), label
        except NoReverseMatch:
            continue


urlpatterns = [path("search", search, name="search")]
