"""All KPIs one may see, those of a report, and completing many drafts at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from sextant.core.access import can, find, visible
from sextant.core.actors import Actor
from sextant.core.errors import Problem
from sextant.core.words import Words
from sextant.kpis.access import visible_to
from sextant.kpis.commands import complete_kpis
from sextant.kpis.models import Kpi
from sextant.kpis.queries import balance, discipline, lists
from sextant.kpis.queries.scorecards import ScorecardView, board, overviews_of
from sextant.kpis.sentences import MISSING
from sextant.people import queries as people
from sextant.people.roles import allows
from sextant.strategy import queries as strategy
from sextant.web import scorecards
from sextant.web.context import day_asked_for, team_asked_for
from sextant.web.kpi_reports import REPORTS, TEAM_REPORTS, balance_line, discipline_line, report_head, reports
from sextant.web.requests import PageRequest, say
from sextant.web.scorecard_export import csv_answer, xlsx_answer
from sextant.web.scorecard_lines import frequency_word
from sextant.web.scorecard_look import FREQUENCIES, LEADS, NOBODY, NONE, PERSPECTIVES, STATUSES, Choice, Filter, Look

PER_PAGE = 50
MOST_WORKED_OUT = 3_000  # a status filter works out so many KPIs at most
MOST_AT_ONCE = 500
STATES: Mapping[str, Words] = {
    "": gettext_lazy("In use"), "active": gettext_lazy("Active"), "draft": gettext_lazy("Drafts"),
    "retired": gettext_lazy("Retired"), "archived": gettext_lazy("Archived"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft with what keeps it from being activated."""

    kpi: Kpi
    url: str
    missing: list[str]
    assumed: str
    may_change: bool
    chosen: bool
    problems: list[str]


@require_http_methods(["GET", "POST"])
def kpis(request: PageRequest) -> HttpResponseBase:
    """The list, in the look the address asks for; `?report=` names one of the lists to work through."""
    if request.method == "POST":
        return _complete(request)
    report = request.GET.get("report", "")
    if report in TEAM_REPORTS:
        return _team_report(request, report)
    if request.GET.get("state") == "draft" and report not in REPORTS:
        return _drafts(request)
    return _listed(request, report if report in REPORTS else "")


def _listed(request: PageRequest, report: str) -> HttpResponse:
    look = Look.of(request.GET)
    found = narrowed(request, chosen(request, report), look)
    view, page = paged(request, found, look)
    shown = scorecards.page_of(view, request)
    context = _frame(request, report) | {
        "page": shown,
        "page_obj": page,
        "filters": filters(request.actor, look),
        "look": look,
        "rows_url": reverse("kpi_rows"),
        "is_cut": bool(look.status) and page.paginator.count >= MOST_WORKED_OUT,
        "exports": [
            (_("CSV"), reverse("kpis_csv") + scorecards.here(request)),
            (_("Excel"), reverse("kpis_xlsx") + scorecards.here(request)),
        ],
    }
    return render(request, "kpi_list/kpis.html", context)


def chosen(request: PageRequest, report: str) -> QuerySet[Kpi]:
    """The KPIs of the report or of the state asked for."""
    if report:
        return lists.REPORTS[report](request.actor)
    state = request.GET.get("state", "")
    if state == "archived":
        return visible_to(request.actor).exclude(archived_at=None)
    if state in ("active", "draft", "retired"):
        return visible_to(request.actor).filter(archived_at=None, state=state)
    return lists.at_work(request.actor)


def narrowed(request: PageRequest, found: QuerySet[Kpi], look: Look) -> QuerySet[Kpi]:
    """Every filter the database can answer; status and action are worked out afterwards."""
    team, _path = team_asked_for(request)
    if team:
        found = found.filter(metric__team_id__in=people.team_tree().with_descendants(team.pk))
    if look.owner:
        found = (
            found.filter(metric__owner=None) if look.owner == NOBODY else found.filter(metric__owner__key=look.owner)
        )
    if look.theme:
        wanted = Q(metric__theme=None) if look.theme == NONE else Q(metric__theme__key=look.theme)
        found = found.filter(wanted)
    if look.perspective:
        found = found.filter(metric__perspective="" if look.perspective == NONE else look.perspective)
    if look.leads:
        found = found.filter(metric__leads="" if look.leads == NONE else look.leads)
    if look.frequency:
        found = found.filter(metric__frequency=look.frequency)
    for word in look.q.split()[:8]:
        found = found.filter(Q(metric__name__icontains=word) | Q(key__icontains=word))
    return found.order_by("metric__name", "id")


def paged(request: PageRequest, found: QuerySet[Kpi], look: Look) -> tuple[ScorecardView, Any]:
    """One page of the list, worked out; filters and orders that depend on status look at all KPIs first."""
    day = day_asked_for(request)
    number = request.GET.get("page")
    if not (look.status or look.action or look.sort in ("status", "score", "change", "fresh", "assurance")):
        if look.sort in ("name", "owner"):
            field = {"name": "metric__name", "owner": "metric__owner__name"}[look.sort]
            found = found.order_by(f"-{field}" if look.descending else field, "id")
        page = Paginator(found, PER_PAGE).get_page(number)
        return board(list(page.object_list), as_of=day), page
    everything = list(found[:MOST_WORKED_OUT])
    quick = overviews_of(everything, as_of=day) if look.sort != "assurance" else board(everything, as_of=day)
    arranged = [row.standing.kpi for row in look.arranged(quick.rows)]
    page = Paginator(arranged, PER_PAGE).get_page(number)
    return board(list(page.object_list), as_of=day), page


def filters(actor: Actor, look: Look) -> list[Filter]:
    """The filters of the whole list; what they offer does not depend on the page."""
    owning = visible("kpi", actor).filter(archived_at=None).order_by().values("metric__owner_id")
    owners = people.people_at_work().filter(pk__in=owning).values_list("key", "name")
    offered: tuple[tuple[str, str, list[tuple[str, str]], str], ...] = (
        ("status", _("Status"), [(k, str(w)) for k, w in STATUSES.items()], look.status),
        ("owner", _("Owner"), [*owners, (NOBODY, _("Nobody"))], look.owner),
        ("theme", _("Theme"), [*((t.key, t.name) for t in strategy.themes(actor)), (NONE, _("None"))], look.theme),
        ("perspective", _("Perspective"), [(k or NONE, str(w)) for k, w in PERSPECTIVES.items()], look.perspective),
        ("leads", _("Leading or lagging"), [(k or NONE, str(w)) for k, w in LEADS.items()], look.leads),
        ("frequency", _("Frequency"), [(f, frequency_word(f)) for f in FREQUENCIES], look.frequency),
    )  # fmt: skip
    return [
        Filter(name, label, [Choice("", _("All"), not used), *(Choice(v, w, v == used) for v, w in choices)])
        for name, label, choices, used in offered
    ]


def _frame(request: PageRequest, report: str) -> dict[str, Any]:
    """Tabs, reports and rights that stand around every list."""
    actor, state = request.actor, request.GET.get("state", "")
    tabs = [
        Tab(str(label), reverse("kpis") + (f"?state={key}" if key else ""), not report and key == state,
            lists.drafts(actor).count() if key == "draft" else None)
        for key, label in STATES.items()
    ]  # fmt: skip
    may_add = any(allows(actor, "kpi.create", node.pk) for node in people.team_tree().at_work())
    return {
        "tabs": tabs,
        "report": report_head(report),
        "may_add": may_add,
        "state": state,
    }


@require_safe
def kpi_reports(request: PageRequest) -> HttpResponse:
    """All lists to work through at a glance."""
    return render(request, "kpi_list/reports.html", _frame(request, "") | {"reports": reports(request.actor)})


def _team_report(request: PageRequest, report: str) -> HttpResponse:
    """The reports whose rows are teams."""
    actor = request.actor
    team, _path = team_asked_for(request)
    ids = people.team_tree().with_descendants(team.pk) if team else None
    context = _frame(request, report)
    if report == "teams-without":
        without = {found.pk for found in lists.teams_without_kpis()}
        nodes = [
            node for node in people.team_tree().at_work() if node.pk in without and (ids is None or node.pk in ids)
        ]
        context["teams_without"] = nodes
        context["may_create"] = {node.pk for node in nodes if allows(actor, "kpi.create", node.pk)}
    elif report == "balance":
        found = balance.balances(actor, ids)
        context |= {"balances": [balance_line(one) for one in found], "perspectives": list(PERSPECTIVES.items())}
    else:
        rows = discipline.discipline(actor, team_ids=ids)
        context |= {"discipline": [discipline_line(one) for one in rows], "months": rows[0].months if rows else ()}
    return render(request, "kpi_list/team_report.html", context)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be filled in on the chosen drafts."""

    keys: list[str]
    owner: str = ""
    theme: str = ""
    reason: str = ""
    how_measured: str = ""
    confirm: bool = False
    activate: bool = False

    @classmethod
    def of(cls, request: PageRequest) -> Asked:
        sent = request.POST
        words = {name: sent.get(name, "").strip() for name in ("owner", "theme", "reason", "how_measured")}
        return cls(sent.getlist("kpi"), **words, confirm="confirm" in sent, activate="activate" in sent)


def _drafts(
    request: PageRequest, asked: Asked | None = None, kept_back: Mapping[str, Sequence[Problem]] | None = None
) -> HttpResponse:
    """The drafts with what each still lacks, and a form that fills it in on many at once."""
    look = Look.of(request.GET)
    found = narrowed(request, lists.drafts(request.actor), look)
    page = Paginator(found, 100).get_page(request.GET.get("page"))
    drafts = list(page.object_list)
    missing = lists.missing_many(drafts)
    kept_back = kept_back or {}
    lines = [
        DraftLine(
            kpi, reverse("kpi", args=[kpi.key]), [str(MISSING.get(p.key, p.message)) for p in missing[kpi.id]],
            ", ".join(name.replace("_", " ") for name in kpi.assumed), can("kpi", request.actor, "change", kpi),
            asked is not None and kpi.key in asked.keys, [p.message for p in kept_back.get(kpi.key, ())],
        )
        for kpi in drafts
    ]  # fmt: skip
    context = _frame(request, "") | {
        "lines": lines,
        "page_obj": page,
        "filters": [one for one in filters(request.actor, look) if one.name in ("owner", "theme", "frequency")],
        "look": look,
        "asked": asked,
        "kept_back": len(kept_back),
        "people": people.people_at_work().values_list("key", "name"),
        "themes": strategy.themes(request.actor),
        "may_complete": any(line.may_change for line in lines),
    }
    return render(request, "kpi_list/drafts.html", context, status=422 if kept_back else 200)


def _complete(request: PageRequest) -> HttpResponse:
    """Fill in and activate the chosen drafts; those that cannot be come back with what keeps them."""
    actor, asked = request.actor, Asked.of(request)
    chosen_ones = list(visible("kpi", actor).filter(key__in=asked.keys[:MOST_AT_ONCE], archived_at=None))
    if not chosen_ones:
        say(request, _("No KPI was chosen, so nothing was changed."))
        return redirect(f"{reverse('kpis')}?state=draft")
    done, kept_back = complete_kpis(
        actor,
        chosen_ones,
        owner=find("person", actor, asked.owner) if asked.owner else None,
        theme=find("theme", actor, asked.theme) if asked.theme else None,
        reason=asked.reason,
        how_measured=asked.how_measured,
        confirm=asked.confirm,
        activate=asked.activate,
    )
    ready = [kpi for kpi in done if kpi.key not in kept_back]
    if ready:
        words = ngettext("%(count)s KPI is active now.", "%(count)s KPIs are active now.", len(ready))
        if not asked.activate:
            words = ngettext("%(count)s KPI is completed.", "%(count)s KPIs are completed.", len(ready))
        say(request, words % {"count": len(ready)})
    if kept_back:
        return _drafts(request, asked, kept_back)
    return redirect(f"{reverse('kpis')}?state=draft")


@require_safe
def kpi_rows(request: PageRequest) -> HttpResponseBase:
    """The named rows again (`?kpi=a&kpi=b`), for a list that heard that something changed."""
    keys = request.GET.getlist("kpi")[: scorecards.MOST_AT_ONCE]
    named = list(visible_to(request.actor).filter(key__in=keys))
    return scorecards.rows_answer(request, board(named, as_of=day_asked_for(request)))


def _exported(request: PageRequest) -> ScorecardView:
    report = request.GET.get("report", "")
    look = Look.of(request.GET)
    found = narrowed(request, chosen(request, report if report in REPORTS else ""), look)
    return board(list(found[:MOST_WORKED_OUT]), as_of=day_asked_for(request))


@require_safe
def kpis_csv(request: PageRequest) -> HttpResponse:
    return csv_answer(request, _exported(request), "kpis")


@require_safe
def kpis_xlsx(request: PageRequest) -> HttpResponse:
    return xlsx_answer(request, _exported(request), "kpis", _("KPIs"))


urlpatterns = [
    path("kpis/", kpis, name="kpis"),
    path("kpi-reports", kpi_reports, name="kpi_reports"),
    path("kpi-list/rows", kpi_rows, name="kpi_rows"),
    path("kpi-list/kpis.csv", kpis_csv, name="kpis_csv"),
    path("kpi-list/kpis.xlsx", kpis_xlsx, name="kpis_xlsx"),
]
