"""The organisation's settings, one's own profile, and what one may do."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sextant.core.access import find
from sextant.people import commands, queries
from sextant.people.access import require_organisation
from sextant.people.commands.organisation import RENAMABLE
from sextant.people.sentences import role_table, roles_in_words
from sextant.web.requests import PageRequest, carry_out, say, status_of

A_YEAR = 365 * 24 * 3600


def time_zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]


class OrganisationFields(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the organisation"), max_length=200)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=time_zones,
        initial=settings.TIME_ZONE,
        help_text=gettext_lazy("Periods are complete when they are over here."),
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"), min_length=3, max_length=3, initial="EUR",
        help_text=gettext_lazy("Three letters, such as EUR."),
    )  # fmt: skip
    locale = forms.CharField(
        label=gettext_lazy("Number and date format"), max_length=10, initial="en",
        help_text=gettext_lazy("A language and a country, such as en, en-GB or pt-PT."),
    )  # fmt: skip
    year_start_month = forms.TypedChoiceField(
        label=gettext_lazy("The fiscal year starts in"), choices=list(MONTHS.items()), coerce=int, initial=1
    )
    fiscal_year_named_by = forms.ChoiceField(
        label=gettext_lazy("A fiscal year across two calendar years is named by"),
        choices=[
            ("end", gettext_lazy("the year it ends in")),
            ("start", gettext_lazy("the year it starts in")),
        ],
        initial="end",
    )


class OrganisationForm(OrganisationFields):
    version = forms.IntegerField(widget=forms.HiddenInput)
    term_theme = forms.CharField(
        label=gettext_lazy("Your word for “theme”"), max_length=40, required=False,
        help_text=gettext_lazy("Pillar, priority, focus area … Empty: theme."),
    )  # fmt: skip
    term_cycle = forms.CharField(label=gettext_lazy("Your word for “cycle”"), max_length=40, required=False)
    term_objective = forms.CharField(label=gettext_lazy("Your word for “objective”"), max_length=40, required=False)
    term_key_result = forms.CharField(label=gettext_lazy("Your word for “key result”"), max_length=40, required=False)
    term_initiative = forms.CharField(label=gettext_lazy("Your word for “initiative”"), max_length=40, required=False)
    check_in_weekday = forms.TypedChoiceField(
        label=gettext_lazy("Check-ins are due on"), choices=list(WEEKDAYS.items()), coerce=int, initial=4
    )
    personal_objectives = forms.BooleanField(
        label=gettext_lazy("People may keep objectives of their own"), required=False,
        help_text=gettext_lazy("Seen by themselves, their team or all, as they choose; never ranked or compared."),
    )  # fmt: skip


class ProfileForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class AppearanceForm(forms.Form):
    theme = forms.ChoiceField(
        label=gettext_lazy("Appearance"),
        required=False,
        choices=[
            ("", gettext_lazy("As the system")),
            ("light", gettext_lazy("Light")),
            ("dark", gettext_lazy("Dark")),
        ],
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)


@require_http_methods(["GET", "POST"])
def organisation(request: PageRequest) -> HttpResponse:
    """Name, time zone, formats, fiscal year and the organisation's own words."""
    require_organisation(request.actor)
    now = queries.organisation()
    initial = {field: getattr(now, field) for field in OrganisationFields.base_fields}
    terms = {f"term_{word}": own for word, own in now.terms.items()}
    initial |= {"check_in_weekday": now.check_in_weekday, "personal_objectives": now.personal_objectives}
    form = OrganisationForm(request.POST or None, initial={**initial, **terms, "version": now.version})
    if request.method == "POST" and form.is_valid():
        words = dict(form.cleaned_data)
        kept = {word: own for word, own in now.terms.items() if f"term_{word}" not in words}
        own_words = {word: words.pop(f"term_{word}") for word in RENAMABLE if f"term_{word}" in words}
        done = carry_out(
            form, lambda: commands.change_organisation(request.actor, **words, terms={**kept, **own_words})
        )
        if done is not None:
            say(request, _("The settings hold from now on."))
            return redirect("settings")
    return render(request, "settings/organisation.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "POST"])
def profile(request: PageRequest) -> HttpResponse:
    """One's own name; language and appearance of this browser; the way to the password."""
    me = find("person", request.actor, request.actor.key)
    form = ProfileForm(request.POST or None, initial={"name": me.name, "version": me.version})
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: commands.change_person(request.actor, me, **form.cleaned_data))
        if done is not None:
            say(request, _("Saved."))
            return redirect("profile")
    chosen = {"theme": request.COOKIES.get("theme", ""), "language": getattr(request, "LANGUAGE_CODE", "en")}
    context = {"form": form, "me": me, "appearance": AppearanceForm(initial=chosen)}
    return render(request, "settings/profile.html", context, status=status_of(form))


@require_POST
def appearance(request: PageRequest) -> HttpResponse:
    """Light or dark and the language, kept in this browser."""
    response = redirect("profile")
    form = AppearanceForm(request.POST)
    if not form.is_valid():
        return response
    if form.cleaned_data["theme"]:
        response.set_cookie("theme", form.cleaned_data["theme"], max_age=A_YEAR, samesite="Lax")
    else:
        response.delete_cookie("theme", samesite="Lax")
    language = form.cleaned_data["language"]
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=A_YEAR, samesite="Lax")
    return response


@require_safe
def permissions(request: PageRequest) -> HttpResponse:
    """What may I do? My roles, and the role table with what they allow."""
    me = find("person", request.actor, request.actor.key)
    context = {"me": me, "my_roles": roles_in_words(me), "table": role_table(request.actor)}
    return render(request, "settings/permissions.html", context)


urlpatterns = [
    path("settings", organisation, name="settings"),
    path("me", profile, name="profile"),
    path("me/appearance", appearance, name="appearance"),
    path("me/permissions", permissions, name="permissions"),
]
