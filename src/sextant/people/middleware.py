"""Who is asking: sets `request.actor`, and keeps every page behind sign-in unless it says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from sextant.core.actors import NOBODY, Actor
from sextant.people import queries

# These check for themselves: the API reads tokens, the two others are for the watchers of the machine.
OPEN_PREFIXES = ("/api/", "/healthz", "/readyz")


class CurrentActor(LoginRequiredMiddleware):
    """Sets `request.actor`. A page without `login_not_required` sends visitors who are not signed in to the sign-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with queries.remembering():
            request.actor = actor_of(request)  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.path.startswith(OPEN_PREFIXES):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseBase:
        response: HttpResponse = super().handle_no_permission(request, view_func)
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(response["Location"])
        return response


def actor_of(request: HttpRequest) -> Actor:
    """The person behind the session; NOBODY for visitors and for sign-ins that belong to nobody."""
    if not request.user.is_authenticated:
        return NOBODY
    return queries.actor_of_user(request.user.pk) or NOBODY
