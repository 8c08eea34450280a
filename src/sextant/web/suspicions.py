"""Explaining what is worth a second look at a KPI, and taking the explanation back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sextant.kpis.commands.suspicions import explain_suspicion, take_back_explanation
from sextant.web.kpi_subject import kpi_asked_for
from sextant.web.requests import PageRequest, say


@require_POST
def explanation(request: PageRequest, key: str, seen: str) -> HttpResponse:
    """Say why it is all right. Field: reason."""
    subject = kpi_asked_for(request, key)
    subject.require("change")
    explain_suspicion(request.actor, subject.kpi, key=seen, reason=request.POST.get("reason", ""))
    undo = reverse("kpi_explanation_removal", args=[key, seen])
    say(request, _("Explained. It is shown again when something new is seen."), undo=undo)
    return redirect(subject.url())


@require_POST
def explanation_removal(request: PageRequest, key: str, seen: str) -> HttpResponse:
    subject = kpi_asked_for(request, key)
    subject.require("change")
    take_back_explanation(request.actor, subject.kpi, key=seen)
    say(request, _("It is worth a look again."))
    return redirect(subject.url())


urlpatterns = [
    path("kpis/<str:key>/looks/<slug:seen>/explanation", explanation, name="kpi_explanation"),
    path("kpis/<str:key>/looks/<slug:seen>/explanation/removal", explanation_removal, name="kpi_explanation_removal"),
]
