"""The work meant to move key results: adding it, changing it, and whether the number moved."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sextant.core.access import can, find, require
from sextant.okrs.commands.initiatives import (
    CHANGEABLE,
    archive_initiative,
    change_initiative,
    create_initiative,
    restore_initiative,
)
from sextant.okrs.models import Initiative
from sextant.web.context import day_asked_for, require_present
from sextant.web.objective_related import initiatives_of
from sextant.web.objective_subject import ObjectiveSubject, objective_asked_for
from sextant.web.okr_forms import ChangeInitiativeForm, InitiativeForm, differing
from sextant.web.requests import PageRequest, carry_out, say, status_of

FIELDS = ("title", "description", "key_result", "owner", "state", "starts_on", "due_on", "link")


@require_http_methods(["GET", "POST"])
def new(request: PageRequest, key: str) -> HttpResponse:
    """Work for an objective, or with `?key_result=` for one of its key results."""
    subject = objective_asked_for(request, key)
    subject.require("work")
    initial = {"key_result": request.GET.get("key_result", ""), "title": request.GET.get("title", ""),
               "owner": request.actor.key}  # fmt: skip
    form = InitiativeForm(request.POST or None, objective=subject.objective, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: create_initiative(request.actor, subject.objective, **form.cleaned_data))
        if done is not None:
            undo = reverse("initiative_archive", args=[done.key])
            say(request, _("%(title)s is added.") % {"title": done.title}, undo=undo)
            return redirect(f"{subject.url()}#initiatives")
    context = subject.frame() | {"form": form, "initiative": None}
    return render(request, "objectives/initiative.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def initiative(request: PageRequest, key: str) -> HttpResponse:
    """What it is, the key result it should move and whether that moved; a form for those who may change it."""
    thing: Initiative = find("initiative", request.actor, key)
    day = day_asked_for(request)
    subject = ObjectiveSubject(request.actor, thing.objective, day)
    may = day is None and can("initiative", request.actor, "change", thing)
    values = {name: getattr(thing, name) for name in FIELDS if name not in ("key_result", "owner")}
    initial = values | {
        "version": thing.version, "owner": thing.owner.key if thing.owner else "",
        "key_result": thing.key_result.key if thing.key_result else "",
    }  # fmt: skip
    form = ChangeInitiativeForm(request.POST or None, objective=thing.objective, owner=thing.owner, initial=initial)
    if request.method == "POST":
        require_present(day)
        require("initiative", request.actor, "change", thing)
        if form.is_valid():
            changes = differing(form.cleaned_data, thing, CHANGEABLE)
            version = form.cleaned_data["version"]
            done = carry_out(form, lambda: change_initiative(request.actor, thing, version=version, **changes))
            if done is not None:
                say(request, _("Saved."))
                return redirect(f"{subject.url()}#initiatives")
    rows = initiatives_of(subject)
    own = reverse("initiative", args=[key])
    context = subject.frame() | {
        "form": form if may else None, "initiative": thing, "work": next((one for one in rows if one.url == own), None),
    }  # fmt: skip
    return render(request, "objectives/initiative.html", context, status=status_of(form) if may else 200)


@require_POST
def archive(request: PageRequest, key: str) -> HttpResponse:
    thing: Initiative = find("initiative", request.actor, key, action="change")
    archive_initiative(request.actor, thing)
    undo = reverse("initiative_restoral", args=[key])
    say(request, _("%(title)s is archived.") % {"title": thing.title}, undo=undo)
    return redirect("objective", thing.objective.key)


@require_POST
def restoral(request: PageRequest, key: str) -> HttpResponse:
    thing: Initiative = find("initiative", request.actor, key, action="change")
    restore_initiative(request.actor, thing)
    say(request, _("%(title)s is back.") % {"title": thing.title})
    return redirect("objective", thing.objective.key)


urlpatterns = [
    path("objectives/<str:key>/initiatives/new", new, name="initiative_new"),
    path("initiatives/<str:key>/", initiative, name="initiative"),
    path("initiatives/<str:key>/archive", archive, name="initiative_archive"),
    path("initiatives/<str:key>/restoral", restoral, name="initiative_restoral"),
]
