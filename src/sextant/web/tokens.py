"""API tokens: mine, and revoking any I may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sextant.core.access import find, visible
from sextant.people import commands
from sextant.people.models import Token
from sextant.web.requests import PageRequest, carry_out, say, status_of

SCOPE_WORDS = {
    "read": gettext_lazy("Read"),
    "write": gettext_lazy("Read and write"),
    "push": gettext_lazy("Push values only"),
}
DAYS_CHOICES = [
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
    ("30", gettext_lazy("30 days")),
    ("", gettext_lazy("without end")),
]


@dataclass(frozen=True, slots=True)
class TokenRow:
    name: str
    beginning: str
    scope: str
    whose: str
    made_at: datetime
    expires_at: datetime | None
    last_used_on: date | None
    revoke_url: str


class PushTokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What is it for?"), max_length=200,
        help_text=gettext_lazy("Such as the name of the script that will use it."),
    )  # fmt: skip
    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"),
        choices=DAYS_CHOICES,
        coerce=int,
        empty_value=None,
        required=False,
        initial="90",
    )


class TokenForm(PushTokenForm):
    scope = forms.ChoiceField(
        label=gettext_lazy("It may"),
        choices=[("read", SCOPE_WORDS["read"]), ("write", SCOPE_WORDS["write"])],
        help_text=gettext_lazy("Never more than you may yourself."),
    )
    field_order = ["name", "scope", "days"]


def shown_tokens(tokens: Iterable[Token]) -> list[TokenRow]:
    return [
        TokenRow(
            token.name,
            f"{token.key}…",
            str(SCOPE_WORDS[token.scope]),
            str(token.team or token.person or ""),
            token.created_at,
            token.expires_at,
            token.last_used_on,
            reverse("token_revoke", args=[token.key]),
        )
        for token in tokens
    ]


@require_http_methods(["GET", "POST"])
def tokens(request: PageRequest) -> HttpResponse:
    """My tokens in force, and a form for a new one; its secret is shown once."""
    actor = request.actor
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        me = find("person", actor, actor.key)
        made = carry_out(form, lambda: commands.create_token(actor, person=me, **words))
        if made is not None:
            response = render(request, "tokens/new.html", {"made": made, "back": reverse("tokens")})
            response.headers["Cache-Control"] = "no-store"
            return response
    in_force = visible("token", actor).filter(revoked_at=None).select_related("team", "person")
    context = {
        "form": form,
        "rows": shown_tokens(in_force.filter(person_id=actor.person_id).order_by("-created_at")),
        "others": shown_tokens(in_force.exclude(person_id=actor.person_id).order_by("name")),
    }
    return render(request, "tokens/tokens.html", context, status=status_of(form))


@require_POST
def token_revoke(request: PageRequest, key: str) -> HttpResponse:
    """End a token at once."""
    found: Token = find("token", request.actor, key)
    commands.revoke_token(request.actor, found)
    say(request, _("The token “%(name)s” no longer works.") % {"name": found.name})
    return redirect("team", found.team.key) if found.team else redirect("tokens")


urlpatterns = [
    path("tokens", tokens, name="tokens"),
    path("tokens/<str:key>/revocation", token_revoke, name="token_revoke"),
]
