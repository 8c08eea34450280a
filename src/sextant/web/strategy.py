"""The strategy: vision, themes and cycles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.core.access import can, find, kinds, require, visible
from sextant.core.actors import Actor
from sextant.people import queries as people
from sextant.strategy import commands, queries
from sextant.strategy.models import CYCLE_KINDS, Cycle, Theme
from sextant.web.requests import PageRequest, carry_out, say, status_of
from sextant.web.terms import terms


@dataclass(frozen=True, slots=True)
class CycleRow:
    cycle: Cycle
    url: str
    state: str  # words
    share: float  # 0..1 of its days gone
    percent: str


class VisionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Why does the organisation exist?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=commands.LONGEST_VISION,
        help_text=gettext_lazy("One or two sentences people remember. Earlier wordings are kept."),
    )


class ThemeForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    description = forms.CharField(
        label=gettext_lazy("What belongs to it?"), widget=forms.Textarea(attrs={"rows": 4}), required=False
    )


class CycleForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=CYCLE_KINDS, required=False,
        help_text=gettext_lazy("A sprint is a short one; it is listed apart."),
    )  # fmt: skip
    starts_on = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


@require_safe
def strategy(request: PageRequest) -> HttpResponse:
    """Why we exist, our pillars, and the spans we plan in."""
    actor = request.actor
    show_archived = request.GET.get("show") == "archived"
    context = {
        "vision": queries.vision(actor),
        "themes": list(queries.themes(actor)),
        "cycles": [cycle_row(cycle) for cycle in queries.cycles(actor)],
        "archived_themes": visible("theme", actor).exclude(archived_at=None) if show_archived else [],
        "archived_cycles": visible("cycle", actor).exclude(archived_at=None) if show_archived else [],
        "show_archived": show_archived,
        "may": rights(actor),
        **words(),
    }
    return render(request, "strategy/strategy.html", context)


def rights(actor: Actor) -> dict[str, bool]:
    pairs = [("vision", "change"), ("theme", "create"), ("theme", "change"), ("theme", "archive"),
             ("cycle", "create"), ("cycle", "change"), ("cycle", "archive")]  # fmt: skip
    return {f"{action}_{kind}": can(kind, actor, action, None) for kind, action in pairs}


def words() -> dict[str, str]:
    """The organisation's own words for theme and cycle; ours, translated, where it has none."""
    own = terms()
    return {"theme_word": own.theme, "cycle_word": own.cycle}


def cycle_row(cycle: Cycle) -> CycleRow:
    today = people.today()
    share = queries.share_elapsed(cycle, today)
    if today < cycle.starts_on:
        state = _("not started")
    elif today > cycle.ends_on:
        state = _("over")
    else:
        state = _("running")
    return CycleRow(cycle, reverse("cycle_change", args=[cycle.key]), state, share, f"{share:.0%}")


@require_http_methods(["GET", "POST"])
def vision(request: PageRequest) -> HttpResponse:
    """The vision with every wording it had, and a form for those who may change it."""
    actor = request.actor
    current = queries.vision(actor)
    may_change = can("vision", actor, "change", None)
    if request.method == "POST":
        require("vision", actor, "change", None)
    initial = {"text": current.text if current else "", "version": current.pk if current else 0}
    form = VisionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        done = carry_out(form, lambda: commands.change_vision(actor, asked["text"], version=asked["version"]))
        if done is not None:
            say(request, _("The vision is set."))
            return redirect("strategy")
    context = {"form": form if may_change else None, "visions": queries.visions(actor), "current": current}
    return render(request, "strategy/vision.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def theme_new(request: PageRequest) -> HttpResponse:
    require("theme", request.actor, "create", None)
    form = ThemeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        made = carry_out(
            form,
            lambda: commands.create_theme(request.actor, asked["name"], description=asked["description"]),
        )
        if made is not None:
            say(request, _("Added %(name)s.") % {"name": made.name})
            return redirect("strategy")
    return render(request, "strategy/theme_form.html", {"form": form, **words()}, status=status_of(form))


@require_safe
def theme(request: PageRequest, key: str) -> HttpResponse:
    """A theme and the KPIs under it."""
    found: Theme = find("theme", request.actor, key)
    context = {"found": found, "kpis": kpis_of(request.actor, found), "may": rights(request.actor), **words()}
    return render(request, "strategy/theme.html", context)


def kpis_of(actor: Actor, theme: Theme) -> list[Any]:
    if "kpi" not in kinds():
        return []
    return list(visible("kpi", actor).filter(metric__theme=theme, archived_at=None).order_by("metric__name"))


@require_http_methods(["GET", "POST"])
def theme_change(request: PageRequest, key: str) -> HttpResponse:
    found: Theme = find("theme", request.actor, key, action="change")
    initial = {"name": found.name, "description": found.description, "version": found.version}
    form = ThemeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: commands.change_theme(request.actor, found, **form.cleaned_data))
        if done is not None:
            say(request, _("Saved."))
            return redirect("theme", key)
    context = {"form": form, "found": found, **words()}
    return render(request, "strategy/theme_form.html", context, status=status_of(form))


@require_POST
def theme_order(request: PageRequest) -> HttpResponse:
    """Move one theme a place up or down: `key` and `to` ("up" or "down")."""
    keys = list(queries.themes(request.actor).values_list("key", flat=True))
    key, step = request.POST.get("key", ""), -1 if request.POST.get("to") == "up" else 1
    find("theme", request.actor, key, action="change")
    at = keys.index(key) if key in keys else -1
    if at >= 0 and 0 <= at + step < len(keys):
        keys[at], keys[at + step] = keys[at + step], keys[at]
        commands.order_themes(request.actor, keys)
    return redirect("strategy")


@require_POST
def theme_archive(request: PageRequest, key: str) -> HttpResponse:
    found: Theme = find("theme", request.actor, key)
    commands.archive_theme(request.actor, found)
    undo = reverse("theme_restore", args=[key])
    say(request, _("%(name)s is archived.") % {"name": found.name}, undo=undo)
    return redirect("strategy")


@require_POST
def theme_restore(request: PageRequest, key: str) -> HttpResponse:
    found: Theme = find("theme", request.actor, key)
    commands.restore_theme(request.actor, found)
    say(request, _("%(name)s is back.") % {"name": found.name})
    return redirect("theme", key)


@require_http_methods(["GET", "POST"])
def cycle_new(request: PageRequest) -> HttpResponse:
    """A new cycle, with the usual ones offered."""
    require("cycle", request.actor, "create", None)
    offered = {name: request.GET.get(name, "") for name in ("name", "starts_on", "ends_on")}
    form = CycleForm(request.POST or None, initial=offered)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        made = carry_out(
            form,
            lambda: commands.create_cycle(
                request.actor,
                asked["name"],
                starts_on=asked["starts_on"],
                ends_on=asked["ends_on"],
                kind=asked["kind"] or "cycle",
            ),
        )
        if made is not None:
            say(request, _("Added %(name)s.") % {"name": made.name})
            return redirect("strategy")
    taken = frozenset(queries.cycles(request.actor).values_list("name", flat=True))
    ideas = queries.cycle_ideas(people.today(), people.calendar(), taken)
    context = {"form": form, "ideas": ideas, **words()}
    return render(request, "strategy/cycle_form.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def cycle_change(request: PageRequest, key: str) -> HttpResponse:
    found: Cycle = find("cycle", request.actor, key, action="change")
    initial = {name: getattr(found, name) for name in ("name", "starts_on", "ends_on", "version")}
    form = CycleForm(request.POST or None, initial=initial)
    del form.fields["kind"]  # what it is does not change
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: commands.change_cycle(request.actor, found, **form.cleaned_data))
        if done is not None:
            say(request, _("Saved."))
            return redirect("strategy")
    context = {"form": form, "cycle": found, "may": rights(request.actor), **words()}
    return render(request, "strategy/cycle_form.html", context, status=status_of(form))


@require_POST
def cycle_archive(request: PageRequest, key: str) -> HttpResponse:
    found: Cycle = find("cycle", request.actor, key)
    commands.archive_cycle(request.actor, found)
    undo = reverse("cycle_restore", args=[key])
    say(request, _("%(name)s is archived.") % {"name": found.name}, undo=undo)
    return redirect("strategy")


@require_POST
def cycle_restore(request: PageRequest, key: str) -> HttpResponse:
    found: Cycle = find("cycle", request.actor, key)
    commands.restore_cycle(request.actor, found)
    say(request, _("%(name)s is back.") % {"name": found.name})
    return redirect("strategy")


urlpatterns = [
    path("strategy", strategy, name="strategy"),
    path("strategy/vision", vision, name="vision"),
    path("themes/new", theme_new, name="theme_new"),
    path("themes/order", theme_order, name="theme_order"),
    path("themes/<str:key>", theme, name="theme"),
    path("themes/<str:key>/change", theme_change, name="theme_change"),
    path("themes/<str:key>/archive", theme_archive, name="theme_archive"),
    path("themes/<str:key>/restore", theme_restore, name="theme_restore"),
    path("cycles/new", cycle_new, name="cycle_new"),
    path("cycles/<str:key>", cycle_change, name="cycle_change"),
    path("cycles/<str:key>/archive", cycle_archive, name="cycle_archive"),
    path("cycles/<str:key>/restore", cycle_restore, name="cycle_restore"),
]
