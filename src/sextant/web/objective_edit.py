"""Changing an objective: its words, what it is for, and a person's word beside its computed figures."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sextant.core.errors import refuse
from sextant.okrs.access import visible_to
from sextant.okrs.commands.alignment import align, unlink
from sextant.okrs.commands.objectives import change_objective
from sextant.okrs.commands.overrides import end_override, override
from sextant.okrs.models import Link
from sextant.web import okr_words
from sextant.web.kpi_words import day_words
from sextant.web.objective_related import day_of_words
from sextant.web.objective_subject import ObjectiveSubject, objective_asked_for
from sextant.web.okr_forms import (
    AlignmentForm,
    ChangeObjectiveForm,
    OverrideForm,
    differing,
    known_parents,
    of_objective,
)
from sextant.web.requests import PageRequest, carry_out, say, status_of

FIELDS = (
    "title", "description", "team", "owner", "cycle", "theme", "ambition", "rollup", "visibility", "is_personal",
)  # fmt: skip


@require_http_methods(["GET", "POST"])
def edit(request: PageRequest, key: str) -> HttpResponse:
    """What is said of it. Only fields that differ are changed, on the version the person saw."""
    subject = objective_asked_for(request, key)
    subject.require("change")
    thing = subject.objective
    form = ChangeObjectiveForm(request.POST or None, actor=request.actor, objective=thing, initial=of_objective(thing))
    if request.method == "POST" and form.is_valid():
        changes = _changes(subject, form.cleaned_data)
        version = form.cleaned_data["version"]
        done = carry_out(form, lambda: change_objective(request.actor, thing, version=version, **changes))
        if done is not None:
            say(request, _("Saved."))
            return redirect(subject.url())
    return render(request, "objectives/edit.html", subject.frame() | {"form": form}, status=status_of(form))


def _changes(subject: ObjectiveSubject, asked: dict[str, Any]) -> dict[str, Any]:
    thing = subject.objective
    changes = differing(asked, thing, FIELDS)
    for name in ("contributors", "viewers"):
        if {one.pk for one in asked[name]} != set(getattr(thing, name).values_list("pk", flat=True)):
            changes[name] = asked[name]
    return changes


@require_http_methods(["GET", "POST"])
def alignment(request: PageRequest, key: str) -> HttpResponse:
    """What it contributes to, supports, or is a step of; the links there are can be taken back."""
    subject = objective_asked_for(request, key)
    subject.require("change")
    initial = {"kind": "contributes", "parent": request.GET.get("parent", "")}
    form = AlignmentForm(request.POST or None, actor=request.actor, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        weight = 1.0 if asked["weight"] is None else asked["weight"]
        done = carry_out(
            form, lambda: align(request.actor, subject.objective, asked["parent"], kind=asked["kind"], weight=weight)
        )
        if done is not None:
            say(request, _("Aligned."), undo=reverse("objective_link_removal", args=[key, done.pk]))
            return redirect(subject.url())
    context = subject.frame() | {
        "form": form, "known_parents": known_parents(request.actor, subject.objective.pk), "links": _links(subject),
    }  # fmt: skip
    return render(request, "objectives/alignment.html", context, status=status_of(form))


def _links(subject: ObjectiveSubject) -> list[tuple[Link, str, str]]:
    """The links that stand, with their words; an end the actor may not see has no title."""
    rows = list(subject.objective.links.filter(superseded_at=None).select_related("objective", "key_result__objective"))
    ends = {one.pk: one.objective or (one.key_result.objective if one.key_result else None) for one in rows}
    ids = [end.pk for end in ends.values() if end is not None]
    seen = set(visible_to(subject.actor).filter(pk__in=ids).values_list("pk", flat=True))
    found = []
    for one in rows:
        end = ends[one.pk]
        title = str(one.objective or one.key_result) if end is not None and end.pk in seen else _("Not visible to you")
        found.append((one, str(okr_words.LINK_WORDS[one.kind]), title))
    return found


@require_POST
def link_removal(request: PageRequest, key: str, link: int) -> HttpResponse:
    """Take a link back; it stays in the history."""
    subject = objective_asked_for(request, key)
    subject.require("change")
    unlink(request.actor, _link(subject, link))
    say(request, _("The link is taken back."), undo=reverse("objective_link_restoral", args=[key, link]))
    return redirect(subject.url())


@require_POST
def link_restoral(request: PageRequest, key: str, link: int) -> HttpResponse:
    subject = objective_asked_for(request, key)
    subject.require("change")
    former = _link(subject, link)
    end = former.objective or former.key_result
    assert end is not None  # the table holds none without an end
    align(request.actor, subject.objective, end, kind=former.kind, weight=former.weight)
    say(request, _("The link is back."))
    return redirect(subject.url())


def _link(subject: ObjectiveSubject, link: int) -> Link:
    rows = subject.objective.links.select_related("child", "objective", "key_result__objective")
    found = rows.filter(pk=link).first() if link < 10**18 else None
    if found is None:
        raise refuse("unknown-link", _("There is no such link."))
    return found


@require_http_methods(["GET", "POST"])
def overriding(request: PageRequest, key: str) -> HttpResponse:
    """A person's word beside the computed figures, and every word there was."""
    subject = objective_asked_for(request, key)
    subject.require("override")
    form = OverrideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: override(request.actor, subject.objective, **form.cleaned_data))
        if done is not None:
            say(request, _("Your word stands beside the computed figures until %(day)s.") % {
                "day": day_words(done.expires_on),
            }, undo=reverse("objective_override_end", args=[key]))  # fmt: skip
            return redirect(subject.url())
    standing = subject.standing
    rows = [
        {
            "said": ", ".join(filter(None, [
                okr_words.share_words(one.progress) if one.progress is not None else "",
                str(okr_words.STATUS_WORDS[one.status]) if one.status else "",
            ])),
            "author": one.author, "reason": one.reason, "since": day_of_words(one.known_at),
            "until": day_words(one.expires_on), "ended": day_of_words(one.superseded_at) if one.superseded_at else "",
        }
        for one in subject.objective.overrides.order_by("-known_at")[:20]
    ]  # fmt: skip
    context = subject.frame() | {
        "form": form, "rows": rows, "stands": standing.override,
        "computed": okr_words.share_words(standing.computed_progress), "computed_status": standing.rolled.worst,
    }  # fmt: skip
    return render(request, "objectives/override.html", context, status=status_of(form))


@require_POST
def override_end(request: PageRequest, key: str) -> HttpResponse:
    subject = objective_asked_for(request, key)
    subject.require("override")
    end_override(request.actor, subject.objective)
    say(request, _("The computed figures hold again."))
    return redirect(subject.url())


urlpatterns = [
    path("objectives/<str:key>/edit", edit, name="objective_edit"),
    path("objectives/<str:key>/alignment", alignment, name="objective_alignment"),
    path("objectives/<str:key>/links/<int:link>/removal", link_removal, name="objective_link_removal"),
    path("objectives/<str:key>/links/<int:link>/restoral", link_restoral, name="objective_link_restoral"),
    path("objectives/<str:key>/override", overriding, name="objective_override"),
    path("objectives/<str:key>/override/end", override_end, name="objective_override_end"),
]
