"""What one row of a scorecard can do without leaving it: saying what is being done about its KPI."""

from __future__ import annotations

import json

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from sextant.core.access import find
from sextant.core.errors import NotAllowed, Refused
from sextant.kpis.commands import clear_action, note_action
from sextant.kpis.models import ActionNote, Kpi
from sextant.web.kpi_forms import ActionForm
from sextant.web.requests import PageRequest


@require_http_methods(["GET", "POST"])
def row_action(request: PageRequest, key: str) -> HttpResponseBase:
    """The form inside the row, and what it sends; without JavaScript the KPI's own page for it."""
    kpi: Kpi = find("kpi", request.actor, key, action="change")
    if not request.headers.get("HX-Request"):
        return redirect("kpi_action", key)
    note = ActionNote.objects.filter(kpi=kpi, superseded_at=None).select_related("owner").first()
    if request.method == "GET":
        initial = (
            {"due_on": note.due_on, "text": note.text, "owner": note.owner.key if note.owner else ""} if note else {}
        )
        return _form(request, kpi, ActionForm(initial=initial), bool(note))
    if "clear" in request.POST:
        clear_action(request.actor, kpi)
        return _changed(kpi)
    form = ActionForm(request.POST)
    if form.is_valid():
        try:
            note_action(request.actor, kpi, **form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as refusal:
            form.add_error(None, refusal.problems[0].message)
        else:
            return _changed(kpi)
    return _form(request, kpi, form, bool(note))


def _form(request: PageRequest, kpi: Kpi, form: ActionForm, is_noted: bool) -> HttpResponse:
    # A refusal answers 200: htmx shows only what succeeded, and the form says what was wrong.
    return render(request, "scorecards/_action_form.html", {"kpi": kpi, "form": form, "is_noted": is_noted})


def _changed(kpi: Kpi) -> HttpResponse:
    """Tells the page to fetch the row again, with the count above it."""
    response = HttpResponse(status=204)
    response.headers["HX-Trigger"] = json.dumps({"scorecard-row": {"key": kpi.key}})
    return response


urlpatterns = [path("rows/<str:key>/action", row_action, name="row_action")]
