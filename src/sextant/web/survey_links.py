"""Personal links of a survey, given out once, and counts that were taken elsewhere."""

from __future__ import annotations

import csv
from io import StringIO

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from sextant.core.access import find, require
from sextant.surveys import commands
from sextant.surveys.models import Survey
from sextant.web.context import day_asked_for, require_present
from sextant.web.requests import PageRequest, carry_out, say, status_of
from sextant.web.survey_forms import CountsForm, LinksForm, MailForm
from sextant.web.surveys import survey_page


@require_POST
def links(request: PageRequest, key: str) -> HttpResponse:
    """Make links and show them this once, or with `as=csv` as a file."""
    found: Survey = find("survey", request.actor, key)
    require("survey", request.actor, "change", found)
    form = LinksForm(request.POST)
    if form.is_valid():
        count = form.cleaned_data["count"]
        made = carry_out(form, lambda: commands.make_invitations(request.actor, found, count=count))
        if made is not None:
            response = _as_file(found, made) if request.POST.get("as") == "csv" else _shown(request, found, made)
            response.headers["Cache-Control"] = "no-store"
            return response
    return survey_page(request, found, links=form)


def _shown(request: PageRequest, found: Survey, made: list[str]) -> HttpResponse:
    return render(request, "surveys/links.html", {"survey": found, "links": made, "text": "\n".join(made)})


def _as_file(found: Survey, made: list[str]) -> HttpResponse:
    text = StringIO()
    csv.writer(text).writerows([[_("Link")], *([one] for one in made)])
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.key}-links.csv"'
    return response


@require_POST
def mails(request: PageRequest, key: str) -> HttpResponse:
    """Mail each address a link of its own."""
    found: Survey = find("survey", request.actor, key)
    require("survey", request.actor, "change", found)
    form = MailForm(request.POST)
    if form.is_valid():
        addresses = form.cleaned_data["addresses"]
        done = carry_out(form, lambda: commands.mail_invitations(request.actor, found, addresses))
        if done is not None and not done.failed:
            words = ngettext("%(sent)d mail is on its way.", "%(sent)d mails are on their way.", done.sent)
            say(request, words % {"sent": done.sent})
            return redirect("survey", found.key)
        if done is not None:
            message = _("%(sent)d mails were taken. These addresses got none: %(failed)s")
            form.add_error("addresses", message % {"sent": done.sent, "failed": ", ".join(done.failed)})
    return survey_page(request, found, mail=form)


@require_http_methods(["GET", "POST"])
def counts(request: PageRequest, key: str) -> HttpResponse:
    """Enter what was counted on paper or by another tool."""
    found: Survey = find("survey", request.actor, key)
    require("survey", request.actor, "change", found)
    require_present(day_asked_for(request))
    form = CountsForm(request.POST or None, survey=found)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        row = carry_out(form, lambda: commands.enter_counts(
            request.actor, found, period=said["period"], counts=form.counts, invited=said["invited"]
        ))  # fmt: skip
        if row is not None:
            say(request, _("Counted and published.") if row.value is not None else _("Withheld: too few answers."))
            return redirect("survey", found.key)
    return render(request, "surveys/counts.html", {"form": form, "survey": found}, status=status_of(form))


urlpatterns = [
    path("surveys/<str:key>/links", links, name="survey_links"),
    path("surveys/<str:key>/mails", mails, name="survey_mails"),
    path("surveys/<str:key>/counts", counts, name="survey_counts"),
]
