"""What drives a number: the tree, the evidence for each line of it, what each input explains, and what to try next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.core import access
from sextant.core.errors import Hidden
from sextant.kpis.queries.kpi_page import metric_ids_beside
from sextant.metrics.commands import change_driver, link_driver, relink_driver, unlink_driver
from sextant.metrics.models import DriverLink, Metric
from sextant.metrics.queries.driver_evidence import read
from sextant.metrics.queries.driver_shares import Shares, shares
from sextant.metrics.queries.driver_suggestions import LAGS, Suggestion, bound, candidates, suggested
from sextant.metrics.queries.drivers import driver_tree, links_of, nodes_of
from sextant.web.context import require_present
from sextant.web.driver_evidence import evidence_view
from sextant.web.driver_forms import ChangeForm, EndForm, LinkForm, OutcomeForm, StretchForm
from sextant.web.driver_view import move_lines, page_of, tree_view
from sextant.web.driver_words import ShareLine, SuggestionLine, lengths, share_lines, share_problem, suggestion_line
from sextant.web.form_fields import known_metrics
from sextant.web.kpi_subject import Subject, found
from sextant.web.kpis import shared
from sextant.web.requests import PageRequest, carry_out, say, status_of, whole

TOGETHER = 8
"""So many candidates are tried in one answer, which takes about half a second."""
LATELY = 13


@dataclass(frozen=True, slots=True)
class SharesView:
    """What each input explains, or why that cannot be said."""

    sentence: str
    rows: list[ShareLine]
    problem: str
    form: StretchForm


@require_http_methods(["GET", "POST"])
def page(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """The tree. POST adds a link; `?driver=&lag=&way=` prefills its form, `?outcome=` goes to another metric's tree."""
    subject = found(request, kind, key)
    if request.GET.get("outcome"):
        asked = OutcomeForm(request.actor, request.GET)
        if asked.is_valid():
            return redirect(page_of(asked.cleaned_data["outcome"], "drivers", subject.point))
    else:
        asked = OutcomeForm(request.actor)
    form = LinkForm(request.actor, subject.metric, request.POST or None, initial=_prefilled(request))
    if request.method == "POST":
        _require(subject)
        if form.is_valid():
            link = carry_out(form, lambda: link_driver(request.actor, subject.metric, **_given(form)))
            if link is not None:
                undo = _url(subject, "driver_removal", link.driver.key)
                say(request, _("Noted: it will be judged with every real move of the driver."), undo=undo)
                return redirect(subject.url("drivers"))
    may_change = _may_change(subject)
    context = subject.frame("drivers") | {
        "view": tree_view(request.actor, subject.metric, subject.point),
        "form": form if may_change else None, "asked": asked, "shares": _shares_view(request, subject),
        "suggestions_url": subject.url("driver_suggestions") if may_change else "",
        "is_open": bool(form.errors or request.GET.get("driver")),
        "known_metrics": known_metrics(request.actor), "here": subject.url("drivers"),
    }  # fmt: skip
    return render(request, "drivers/drivers.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def driver(request: PageRequest, kind: str, key: str, driver: str) -> HttpResponse:
    """The evidence for one link; POST states its hypothesis anew."""
    subject = found(request, kind, key)
    link = _link(subject, driver)
    form = _change_form(subject, link, request)
    if request.method == "POST":
        _require(subject)
        if form.is_valid():
            said = form.cleaned_data
            done = carry_out(form, lambda: change_driver(request.actor, subject.metric, link.driver, **said))
            if done is not None:
                say(request, _("The hypothesis is stated anew; the former one stays in the history."))
                return redirect(_url(subject, "driver", driver))
    return _evidence_page(request, subject, link, form, EndForm())


def _evidence_page(
    request: PageRequest, subject: Subject, link: DriverLink, form: ChangeForm, end_form: EndForm
) -> HttpResponse:
    may_change = _may_change(subject)
    driver = link.driver.key
    context = subject.frame("drivers") | {
        "view": evidence_view(link, subject.point), "link": link, "here": _url(subject, "driver", driver),
        "form": form if may_change else None, "end_form": end_form if may_change else None,
        "removal_url": _url(subject, "driver_removal", driver), "tree_url": subject.url("drivers"),
    }  # fmt: skip
    return render(request, "drivers/driver.html", context, status=max(status_of(form), status_of(end_form)))


@require_POST
def removal(request: PageRequest, kind: str, key: str, driver: str) -> HttpResponse:
    """End a link. Taken back from the message that it was added, it needs no reason of its own."""
    subject = found(request, kind, key)
    _require(subject)
    link = _link(subject, driver)
    form = EndForm(request.POST if "reason" in request.POST else {"reason": _("Taken back.")})
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if carry_out(form, lambda: unlink_driver(request.actor, subject.metric, link.driver, reason=reason)):
            undo = _url(subject, "driver_restoral", driver)
            say(request, _("The link has ended; it stays in the history."), undo=undo)
            return redirect(subject.url("drivers"))
    return _evidence_page(request, subject, link, _change_form(subject, link), form)


@require_POST
def restoral(request: PageRequest, kind: str, key: str, driver: str) -> HttpResponse:
    """Bring an ended link back."""
    subject = found(request, kind, key)
    _require(subject)
    metric: Metric = access.find("metric", request.actor, driver)
    relink_driver(request.actor, subject.metric, metric)
    say(request, _("The link is back."))
    return redirect(subject.url("drivers"))


@require_safe
def suggestions(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """What might drive it: a few candidates at a time for a page that asks for the next, else all at once.

    `?from=` is the first candidate to try, `?shown=` how many were suggested before.
    """
    subject = found(request, kind, key)
    metric, point = subject.metric, subject.point
    tried = candidates(request.actor, metric, point, _beside(subject))
    least = bound(len(tried))
    is_part = request.headers.get("HX-Request") == "true"
    first = min(whole(request.GET.get("from", "")) or 0, len(tried))
    part = tried[first : first + TOGETHER] if is_part else tried
    rows = suggested(metric, part, read([metric, *part], point), least) if part else []
    done, shown = first + len(part), (whole(request.GET.get("shown", "")) or 0) + len(rows)
    separator = "&" if "?" in subject.url("driver_suggestions") else "?"
    context = subject.frame("drivers") | {
        "rows": [_suggestion(subject, one) for one in rows], "done": done, "total": len(tried), "shown": shown,
        "lags": len(LAGS), "is_done": done >= len(tried), "tree_url": subject.url("drivers"),
        "next_url": f"{subject.url('driver_suggestions')}{separator}from={done}&shown={shown}",
    }  # fmt: skip
    return render(request, "drivers/_suggested.html" if is_part else "drivers/suggestions.html", context)


@require_safe
def moved(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """A line for the page of the KPI: which of its drivers moved before it last did."""
    subject = found(request, kind, key)
    root = driver_tree(request.actor, subject.metric, subject.point)
    line = None
    if root.children:
        known = read([root.metric, *(one.metric for one in nodes_of(root))], subject.point)
        newest = known.moves(root.metric.pk)[-1:]
        lately = known.series[root.metric.pk].complete - LATELY
        if newest and (newest[0].is_open or newest[0].last >= lately):
            line = move_lines(root, known, most=1)[0]
    context = {"line": line, "has_drivers": bool(root.children), "drivers_url": subject.url("drivers")}
    return render(request, "drivers/_moved.html", context)


def _shares_view(request: PageRequest, subject: Subject) -> SharesView | None:
    """None for a number that is not calculated."""
    form = StretchForm(lengths(subject.metric.frequency), request.GET if "over" in request.GET else None)
    asked: dict[str, Any] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    made: Shares | None = shares(request.actor, subject.metric, subject.point, **asked)
    if made is None:
        return None
    sentence, rows = share_lines(subject.metric, made)
    return SharesView(sentence, rows, share_problem(made), form)


def _suggestion(subject: Subject, one: Suggestion) -> SuggestionLine:
    separator = "&" if subject.as_of else "?"
    asked = f"{separator}driver={one.metric.key}&lag={one.lag}&way={one.way}#add"
    return suggestion_line(one, subject.metric, subject.url("drivers") + asked)


def _beside(subject: Subject) -> list[int]:
    """Ids of the metrics on the same scorecards."""
    return metric_ids_beside(subject.actor, subject.kpi, subject.point) if subject.is_watched else []


def _change_form(subject: Subject, link: DriverLink, request: PageRequest | None = None) -> ChangeForm:
    initial = {"lag": link.lag, "way": link.way, "why": link.why, "version": link.pk}
    return ChangeForm(subject.metric, (request.POST or None) if request else None, initial=initial)


def _given(form: LinkForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("driver", "lag", "way", "why")}


def _prefilled(request: PageRequest) -> dict[str, Any]:
    return {name: request.GET[name] for name in ("driver", "lag", "way") if name in request.GET}


def _link(subject: Subject, driver: str) -> DriverLink:
    """The link as it stood at the standpoint; 404 for one that is not there or whose driver may not be seen."""
    for link in links_of(subject.actor, subject.metric, subject.point):
        if link.driver.key == driver:
            return link
    raise Hidden("driver", driver)


def _may_change(subject: Subject) -> bool:
    is_now = subject.as_of is None and not subject.is_archived
    return is_now and access.can("metric", subject.actor, "change", subject.metric)


def _require(subject: Subject) -> None:
    require_present(subject.as_of)
    access.require("metric", subject.actor, "change", subject.metric)


def _url(subject: Subject, page_name: str, driver: str) -> str:
    return page_of(subject.metric, page_name, subject.point, driver)


urlpatterns = [
    *shared("drivers", page, "_drivers"),
    *shared("driver-moves", moved, "_driver_moves"),
    *shared("driver-suggestions", suggestions, "_driver_suggestions"),
    *shared("drivers/<str:driver>", driver, "_driver"),
    *shared("drivers/<str:driver>/removal", removal, "_driver_removal"),
    *shared("drivers/<str:driver>/restoral", restoral, "_driver_restoral"),
]
