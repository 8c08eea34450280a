"""Who is asking: sets `request.actor`, and keeps every page behind sign-in unless it says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from sextant.core.actors import NOBODY, Actor
from sextant.people import queries

# These check for themselves: the API reads tokens, the two others are for the watchers of the machine.
OPEN_PREFIXES = ("/api/", "/healthz", "/readyz")


class CurrentActor:
    """Sets `request.actor`; views without `login_not_required` send visitors to the sign-in page first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with queries.remembering():
            request.actor = actor_of(request)  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], arguments: Any, named: Any
    ) -> HttpResponse | None:
        is_open = not getattr(view, "login_required", True) or request.path.startswith(OPEN_PREFIXES)
        if is_open or request.actor is not NOBODY:  # type: ignore[attr-defined]
            return None
        if request.user.is_authenticated:
            return redirect("account_inactive")
        response = redirect_to_login(request.get_full_path(), reverse("account_login"))
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(response.url)
        return response


def actor_of(request: HttpRequest) -> Actor:
    """The person behind the session; NOBODY for visitors and for sign-ins that belong to nobody."""
    if not request.user.is_authenticated:
        return NOBODY
    return queries.actor_of_user(request.user.pk) or NOBODY
