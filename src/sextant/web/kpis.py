"""A KPI's page: how it is doing and whether that can be believed; its card, its downloads, its states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sextant.core.errors import Problem, Refused, refuse
from sextant.core.events import sentence
from sextant.kpis import commands
from sextant.kpis.queries import kpi_page
from sextant.kpis.queries.proposals import open_proposal
from sextant.metrics import commands as metric_commands
from sextant.metrics.queries.formula_check import formula_in_words
from sextant.metrics.queries.revisions import batches_of
from sextant.reports import charts
from sextant.web import kpi_chart, kpi_edit, kpi_findings, kpi_limits, kpi_markers, kpi_targets, kpi_values
from sextant.web.kpi_facts import definition_facts
from sextant.web.kpi_subject import found
from sextant.web.kpi_uses import uses_of
from sextant.web.kpi_view import headline, kpi_view, over_values
from sextant.web.kpi_words import address, hour_words, linked
from sextant.web.lifecycle_kpi import life_of_page
from sextant.web.requests import PageRequest, say
from sextant.web.second_look_view import kpi_second_looks

PER_PAGE = 60
COMMANDS: dict[tuple[str, str], Callable[..., object]] = {
    ("kpi", "retired"): commands.retire_kpi,
    ("kpi", "reviewed"): commands.review_kpi,
    ("kpi", "archived"): commands.archive_kpi,
    ("kpi", "restored"): commands.restore_kpi,
    ("metric", "archived"): metric_commands.archive_metric,
    ("metric", "restored"): metric_commands.restore_metric,
}
FILE_TYPES = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}


@require_safe
def kpi(request: PageRequest, kind: str, key: str) -> HttpResponseBase:
    """The page. `?as_of=` looks from a past day, `?grain=` by longer periods, `?periods=` at more or fewer."""
    subject = found(request, kind, key)
    if kind == "metric" and subject.is_watched:
        return redirect(subject.url())
    uses = uses_of(subject)
    context = subject.frame("") | {
        "view": kpi_view(subject, request.GET),
        "topics": f"kpi:{subject.kpi.key} metric:{subject.metric.key} measurements",
        "library_url": address("library"),
        "uses": uses,
        "second_looks": kpi_second_looks(subject, uses),
        "proposal": open_proposal(subject.actor, subject.kpi) if subject.is_watched and not subject.as_of else None,
        "life": life_of_page(subject),
        "drawn_as": _drawn_as(request),
    }
    return render(request, "kpis/kpi.html", context)


def _drawn_as(request: PageRequest) -> str:
    """What the address adds to the picture, to be added to that of its file; the past day is there already."""
    asked = request.GET.copy()
    has_day = bool(asked.pop("as_of", None))
    return f"{'&' if has_day else '?'}{asked.urlencode()}" if asked else ""


@require_safe
def card(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """What the number means: one click from everywhere it shows; a fragment inside a page, a page on its own."""
    subject = found(request, kind, key)
    standing = subject.standing
    definition = standing.definition
    words, named = formula_in_words(subject.actor, subject.metric, definition.formula if definition else "")
    context = subject.frame("card") | {
        "headline": headline(standing),
        "definition": definition,
        "formula": linked(words, named),
        "facts": definition_facts(subject),
        "since": hour_words(definition.valid_from) if definition and definition.valid_from is not None else "",
    }
    template = "kpis/_card.html" if request.headers.get("HX-Request") else "kpis/card.html"
    response = render(request, template, context)
    response.headers["Vary"] = "HX-Request"
    return response


@require_safe
def history(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """Everything that happened to it, and the acts of recording that brought its values."""
    subject = found(request, kind, key)
    events = Paginator(kpi_page.events_of(subject.actor, subject.kpi, subject.point), PER_PAGE)
    page = events.get_page(request.GET.get("page"))
    context = subject.frame("history") | {
        "rows": [(event.at, event.actor_label, sentence(event)) for event in page],
        "page_obj": page,
        "batches": batches_of(subject.metric, subject.point, 20),
    }
    return render(request, "kpis/history.html", context)


@require_safe
def download(request: PageRequest, kind: str, key: str, ending: str) -> HttpResponse:
    """The chart as SVG or PNG, or its table as CSV; the same question as the page, in another form."""
    subject = found(request, kind, key)
    standing = subject.standing
    grain = request.GET.get("grain", "")
    if grain and grain != subject.metric.frequency:
        known = [one.frequency for one in kpi_page.grains(subject.metric, subject.point) if not one.refusal]
        standing = kpi_page.at_grain(standing, next((one for one in known if one == grain), known[0]))
    asked = request.GET.get("periods", "all" if ending == "csv" else "")
    window = kpi_chart.window(standing, asked)
    layers = kpi_chart.Layers() if ending == "csv" else over_values(subject, standing, request.GET, window).layers
    drawn = kpi_chart.picture(standing, window, layers)
    theme = "dark" if request.GET.get("theme") == "dark" else "light"
    body: str | bytes
    if ending == "csv":
        body = kpi_chart.as_csv(standing, drawn)
    else:
        body = charts.svg(drawn, standalone=True, theme=theme)
        if ending == "png":
            body = charts.png(body)
    response = HttpResponse(body, content_type=FILE_TYPES[ending])
    shown = "inline" if "inline" in request.GET else "attachment"
    response.headers["Content-Disposition"] = f'{shown}; filename="{subject.key}.{ending}"'
    return response


@require_POST
def activation(request: PageRequest, key: str) -> HttpResponse:
    """From draft to active; what is missing is said with the field that says it."""
    subject = found(request, "kpi", key)
    subject.require("activate")
    try:
        commands.activate_kpi(request.actor, subject.kpi)
    except Refused as refusal:
        context = subject.frame("") | {
            "view": kpi_view(subject, request.GET), "problems": refusal.problems, "topics": f"kpi:{key}",
            "uses": uses_of(subject), "life": life_of_page(subject),
        }  # fmt: skip
        return render(request, "kpis/kpi.html", context, status=422)
    say(request, _("%(name)s is active.") % {"name": subject.name})
    return redirect(subject.url())


@require_POST
def approval(request: PageRequest, key: str) -> HttpResponse:
    """Vouch for the newest value of a sensitive KPI: the one that was looked at, named by the form."""
    subject = found(request, "kpi", key)
    subject.require("approve")
    try:
        value = float(request.POST.get("value", ""))
    except ValueError as error:
        raise refuse("not-a-number", _("Say which value you approve."), "value") from error
    commands.approve_value(request.actor, subject.kpi, value=value)
    say(request, _("The value is approved."))
    return redirect(subject.url())


@require_POST
def confirmation(request: PageRequest, key: str) -> HttpResponse:
    """Say that what the import assumed is right."""
    subject = found(request, "kpi", key)
    subject.require("change")
    done, kept_back = commands.complete_kpis(request.actor, [subject.kpi], confirm=True)
    if not done:
        raise Refused(*kept_back[key])
    say(request, _("Confirmed."))
    return redirect(subject.url())


@require_POST
def state(request: PageRequest, kind: str, key: str, to: str) -> HttpResponse:
    """Retire, review, archive or bring back; archiving and retiring can be undone from the message."""
    subject = found(request, kind, key)
    if kind == "metric" and subject.is_watched:
        raise Refused(Problem("metric-is-watched", _("This metric is a KPI: do that on the KPI's page.")))
    subject.require("change")
    words = {
        "retired": _("%(name)s is retired: it is watched no longer."),
        "reviewed": _("%(name)s is reviewed."),
        "archived": _("%(name)s is archived. Its values stay."),
        "restored": _("%(name)s is back."),
    }
    undo = {"archived": f"{kind}_restoral", "retired": "kpi_activation"}.get(to)
    COMMANDS[kind, to](request.actor, subject.kpi if kind == "kpi" else subject.metric)
    say(request, words[to] % {"name": subject.name}, undo=reverse(undo, args=[key]) if undo else "")
    return redirect(subject.url())


def shared(page: str, view: Callable[..., HttpResponseBase], name: str, **more: str) -> list[Any]:
    """The same page for a KPI and for a metric nobody watches."""
    end = f"/{page}" if page else "/"
    return [
        path(f"kpis/<str:key>{end}", view, {"kind": "kpi", **more}, name=f"kpi{name}"),
        path(f"metrics/<str:key>{end}", view, {"kind": "metric", **more}, name=f"metric{name}"),
    ]


urlpatterns = [
    path("kpis/new", kpi_edit.kpi_new, name="kpi_new"),
    path("metrics/formula-check", kpi_edit.formula_check, name="formula_check"),
    *shared("card", card, "_card"),
    *shared("history", history, "_history"),
    *shared("chart.svg", download, "_chart_svg", ending="svg"),
    *shared("chart.png", download, "_chart_png", ending="png"),
    *shared("data.csv", download, "_data_csv", ending="csv"),
    *shared("values", kpi_values.values, "_values"),
    *shared("values/paste", kpi_values.paste, "_values_paste"),
    *shared("values/<str:batch>/undo", kpi_values.undo, "_values_undo"),
    *shared("limits", kpi_limits.limits, "_limits"),
    *shared("findings/<str:start>/baseline", kpi_findings.judgement, "_finding_baseline", said="baseline"),
    *shared("findings/<str:start>/rejection", kpi_findings.judgement, "_finding_rejection", said="rejection"),
    *shared("findings/<str:start>/reopening", kpi_findings.judgement, "_finding_reopening", said="reopening"),
    *shared("markers", kpi_markers.markers, "_markers"),
    *shared("markers/<int:marker>/removal", kpi_markers.removal, "_marker_removal"),
    *shared("markers/<int:marker>/restoral", kpi_markers.restoral, "_marker_restoral"),
    *shared("definition", kpi_edit.definition, "_definition"),
    path("kpis/<str:key>/edit", kpi_edit.kpi_change, name="kpi_edit"),
    path("metrics/<str:key>/edit", kpi_edit.metric_change, name="metric_edit"),
    path("kpis/<str:key>/targets", kpi_targets.targets, name="kpi_targets"),
    path("kpis/<str:key>/targets/paste", kpi_targets.paste, name="kpi_targets_paste"),
    path("kpis/<str:key>/targets/<int:target>/removal", kpi_targets.removal, name="kpi_target_removal"),
    path("kpis/<str:key>/targets/<int:target>/restoral", kpi_targets.restoral, name="kpi_target_restoral"),
    path("kpis/<str:key>/action", kpi_markers.action, name="kpi_action"),
    path("kpis/<str:key>/action/clearing", kpi_markers.clearing, name="kpi_action_clearing"),
    path("kpis/<str:key>/activation", activation, name="kpi_activation"),
    path("kpis/<str:key>/approval", approval, name="kpi_approval"),
    path("kpis/<str:key>/confirmation", confirmation, name="kpi_confirmation"),
    path("kpis/<str:key>/retirement", state, {"kind": "kpi", "to": "retired"}, name="kpi_retirement"),
    path("kpis/<str:key>/review", state, {"kind": "kpi", "to": "reviewed"}, name="kpi_review"),
    *shared("archive", state, "_archive", to="archived"),
    *shared("restoral", state, "_restoral", to="restored"),
    path("metrics/<str:key>/watching", kpi_edit.watching, name="metric_watching"),
    *shared("", kpi, ""),
]
