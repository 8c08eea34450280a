"""Explaining what is worth a second look at a KPI or a key result, and taking the explanation back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sextant.kpis.commands import second_looks as at_kpis
from sextant.okrs.commands import second_looks as at_key_results
from sextant.web.kpi_subject import kpi_asked_for
from sextant.web.objective_subject import key_result_asked_for
from sextant.web.requests import PageRequest, say


@require_POST
def explanation(request: PageRequest, key: str, seen: str) -> HttpResponse:
    """Say why it is all right. Field: reason."""
    subject = kpi_asked_for(request, key)
    subject.require("change")
    at_kpis.explain_second_look(request.actor, subject.kpi, key=seen, reason=request.POST.get("reason", ""))
    return _explained(request, subject.url(), reverse("kpi_explanation_removal", args=[key, seen]))


@require_POST
def explanation_removal(request: PageRequest, key: str, seen: str) -> HttpResponse:
    subject = kpi_asked_for(request, key)
    subject.require("change")
    at_kpis.take_back_explanation(request.actor, subject.kpi, key=seen)
    return _reopened(request, subject.url())


@require_POST
def key_result_explanation(request: PageRequest, key: str, seen: str) -> HttpResponse:
    """The same for a key result. Field: reason."""
    subject = key_result_asked_for(request, key)
    subject.require("change")
    at_key_results.explain_second_look(
        request.actor, subject.key_result, key=seen, reason=request.POST.get("reason", "")
    )
    return _explained(request, subject.url(), reverse("key_result_explanation_removal", args=[key, seen]))


@require_POST
def key_result_explanation_removal(request: PageRequest, key: str, seen: str) -> HttpResponse:
    subject = key_result_asked_for(request, key)
    subject.require("change")
    at_key_results.take_back_explanation(request.actor, subject.key_result, key=seen)
    return _reopened(request, subject.url())


def _explained(request: PageRequest, page: str, undo: str) -> HttpResponse:
    say(request, _("Explained. It is shown again when something new is seen."), undo=undo)
    return redirect(page)


def _reopened(request: PageRequest, page: str) -> HttpResponse:
    say(request, _("It is worth a look again."))
    return redirect(page)


urlpatterns = [
    path("kpis/<str:key>/second-looks/<slug:seen>/explanation", explanation, name="kpi_explanation"),
    path(
        "kpis/<str:key>/second-looks/<slug:seen>/explanation/removal",
        explanation_removal,
        name="kpi_explanation_removal",
    ),
    path(
        "key-results/<str:key>/second-looks/<slug:seen>/explanation",
        key_result_explanation,
        name="key_result_explanation",
    ),
    path(
        "key-results/<str:key>/second-looks/<slug:seen>/explanation/removal",
        key_result_explanation_removal,
        name="key_result_explanation_removal",
    ),
]
